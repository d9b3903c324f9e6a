//! Web sessions in a sealed cookie: typed, encrypted by default, with keys that rotate while
//! everybody stays logged in.
//!
//! The visitor carries the coat, only the server can open the pocket. What a handler sees is
//! `Session<T>`: your own data, read and changed by closures. What the browser sees is one cookie
//! with its id, its two times of expiry and its data under a seal, and never more than browsers keep.
//!
//! # A first session
//!
//! ```
//! # #[cfg(feature = "axum")] fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use cloakroom::{First, Key, KeyRing, Session, SessionConfig, SessionData, SessionError};
//! use cloakroom::{SessionManager, axum::SessionLayer};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, Default)]
//! struct Visitor {
//!     name: Option<String>,
//!     views: u32,
//! }
//!
//! impl SessionData for Visitor {
//!     const VERSION: u8 = 1;
//!     type Previous = First;
//! }
//!
//! async fn visit(session: Session<Visitor>) -> Result<String, SessionError> {
//!     let views = session.update(|visitor| {
//!         visitor.views += 1;
//!         visitor.views
//!     })?;
//!     Ok(format!("visit number {views}"))
//! }
//!
//! let ring = KeyRing::new(Key::generate()?); // in production: a file, see `keys`
//! let sessions = SessionManager::<Visitor>::new(SessionConfig::new(ring, "shop"))?;
//! let layer = SessionLayer::new(sessions);
//! // axum::Router::new().route("/visit", post(visit)).layer(layer)
//! # Ok(()) }
//! # #[cfg(not(feature = "axum"))] fn main() {}
//! ```
//!
//! # Where to go
//!
//! | you want to | look at |
//! |---|---|
//! | read and change a session | [`Session`] |
//! | keep your own type in it, and change that type later | [`SessionData`] |
//! | keep a map of anything instead | [`Values`] |
//! | choose timeouts, cookie, mode | [`SessionConfig`], [`Policy`], [`cookie::CookieConfig`] |
//! | make, rotate and revoke keys | [`keys`], [`guide::key_rotation`] |
//! | plug it into a framework | `actix`, `axum`, `poem`, `rocket`, `salvo`, `tower`, `warp` (features) |
//! | use it without a framework | [`SessionManager`], or [`Codec`] without `std` |
//! | know what can go wrong | [`SealError`], [`Rejection`], [`guide::security`] |
//! | log visitors in and out, everywhere if need be | `auth` and `guide::login` (feature `auth`) |
//! | move here from Django or another framework | [`guide::from_django`] |
//! | write a reader in another language | [`guide::wire_format`] |
//!
//! # What it promises
//!
//! * A cookie that was altered, moved, outlived or sealed by somebody else is a fresh session: no
//!   error page, no difference in the response, an [`Event`] for you.
//! * A session too large for a cookie is an error with numbers before the response leaves, never a
//!   cookie that the browser drops.
//! * A session that nobody touches costs nothing and adds no header.
//! * Changing your session's type migrates old cookies or refuses them, and never misreads one.
//!
//! # What it does not promise
//!
//! A visitor can send an older valid cookie of their own again, so balances and one-time flags do not
//! belong in one. A copied cookie works until it expires, unless revocation is on. Of two responses in parallel, the last
//! `Set-Cookie` wins. [`guide::security`] says more.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `std` | yes | the clock, the generator, [`Session`] and [`SessionManager`] |
//! | `encrypted` | yes | XAES-256-GCM cookies |
//! | `signed` | yes | HMAC-SHA256 cookies |
//! | `deflate` | yes | [`Deflate`], off until configured |
//! | `simd` | no | base64 in vector instructions, see [`guide::performance`] |
//! | `tower`, `actix`, `axum`, `poem`, `rocket`, `salvo`, `warp` | no | the adapters; `salvo` needs Rust 1.95 |
//! | `import-django` | no | Django's sessions, read once: [`guide::from_django`] |
//! | `import-flask`, `import-rails`, `import-express`, `import-iron`, `import-laravel`, `import-cookie` | no | the same for session cookies of other frameworks |
//! | `memory-store`, `file-store`, `sqlite`, `sqlite-bundled` | no | [`store`]s that keep sessions on the server; `sqlite` links the library that is installed |
//! | `postgres`, `mysql` | no | [`store`]s for several machines, over sqlx 0.9; needs Rust 1.94 |
//! | `redis`, `memcached` | no | the same in Redis or Valkey, in Memcached: [`guide::stores`] |
//! | `auth` | no | logins, CSRF tokens, flash messages, revocation, lists of devices |
//! | `tracing` | no | events as log lines |
//! | `test-util` | no | fixed clocks and entropy, minted cookies: for tests only |
//!
//! Turning a feature on changes no byte of a cookie and no default.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]
// The session handle, which uses what seems unused then, needs threads and so needs `std`.
#![cfg_attr(not(feature = "std"), allow(dead_code))]

#[cfg(not(any(feature = "encrypted", feature = "signed")))]
compile_error!("cloakroom seals in at least one mode: turn on `encrypted`, `signed` or both");

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

// --- 0 ground -----------------------------------------------------------------------------------
mod clock;
mod error;
mod kid;
mod limits;
// --- 1 quarry and gatehouse ---------------------------------------------------------------------
pub mod cookie;
mod primitives;
// --- 2 strongroom and press-room ----------------------------------------------------------------
mod body;
pub mod keys;
// --- 3 envelope ---------------------------------------------------------------------------------
mod envelope;
// --- 4 staircase --------------------------------------------------------------------------------
mod codec;
// --- 5 parlour ----------------------------------------------------------------------------------
mod session;
// --- 6 cellar -----------------------------------------------------------------------------------
#[cfg(feature = "import")]
pub mod import;
#[cfg(feature = "auth")]
pub mod revocation;
#[cfg(all(feature = "std", feature = "encrypted"))]
pub mod store;
// --- 7 bridge -----------------------------------------------------------------------------------
#[cfg(feature = "auth")]
pub mod auth;
#[cfg(feature = "std")]
mod manager;
// --- 8 doors ------------------------------------------------------------------------------------
mod adapters;
// --- roof ---------------------------------------------------------------------------------------

#[cfg(all(feature = "test-util", feature = "std", feature = "encrypted"))]
#[doc(hidden)]
#[path = "fuzz_door.rs"]
pub mod __fuzz;
pub mod guide;

#[cfg(feature = "actix")]
pub use adapters::actix;
#[cfg(feature = "axum")]
pub use adapters::axum;
#[cfg(feature = "poem")]
pub use adapters::poem;
#[cfg(feature = "rocket")]
pub use adapters::rocket;
#[cfg(feature = "salvo")]
pub use adapters::salvo;
#[cfg(feature = "tower")]
pub use adapters::tower;
#[cfg(feature = "warp")]
pub use adapters::warp;
pub use body::{First, Kind, SessionData, Upgrade, ValueError, Values, packed};
#[cfg(feature = "test-util")]
pub use clock::FixedClock;
#[cfg(feature = "std")]
pub use clock::SystemClock;
pub use clock::{Clock, Timestamp};
pub use codec::{Codec, Opened};
pub use envelope::{Anatomy, Claims, Deflate, Policy, Protection};
pub use error::{
    CommitError, ConfigError, EncodeReason, LoadError, OpenError, Rejection, SealError,
    SessionError, SessionRejection, StoreError, TooLarge,
};
pub use keys::{Key, KeyRing};
pub use kid::KeyId;
#[cfg(all(feature = "std", feature = "encrypted"))]
pub use manager::Backing;
#[cfg(feature = "auth")]
pub use manager::Guard;
#[cfg(feature = "std")]
pub use manager::{SessionManager, SessionSlot};
#[cfg(feature = "test-util")]
pub use primitives::entropy::FixedEntropy;
#[cfg(feature = "std")]
pub use primitives::entropy::OsEntropy;
pub use primitives::entropy::{Entropy, EntropyError, EntropyRng};
#[cfg(feature = "auth")]
pub use session::Subject;
#[cfg(feature = "std")]
pub use session::{
    Counters, Event, Failure, Headers, ReSeal, ReadSession, RequestHeaders, RequestParts,
    ResponseHeaders, SaveOn, Session, SessionConfig,
};
pub use session::{SessionId, SessionStatus};
