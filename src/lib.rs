//! Typed web sessions in a sealed cookie. (The tour is written last.)

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
// --- 7 bridge -----------------------------------------------------------------------------------
#[cfg(feature = "std")]
mod manager;
// --- 8 doors ------------------------------------------------------------------------------------
mod adapters;
// --- roof ---------------------------------------------------------------------------------------

#[cfg(feature = "test-util")]
#[doc(hidden)]
#[path = "fuzz_door.rs"]
pub mod __fuzz;
pub mod guide;

#[cfg(feature = "axum")]
pub use adapters::axum;
#[cfg(feature = "tower")]
pub use adapters::tower;
pub use body::{First, Kind, SessionData, Upgrade, ValueError, Values, packed};
#[cfg(feature = "test-util")]
pub use clock::FixedClock;
#[cfg(feature = "std")]
pub use clock::SystemClock;
pub use clock::{Clock, Timestamp};
pub use codec::{Codec, Opened};
pub use envelope::{Anatomy, Claims, Deflate, Policy, Protection};
pub use error::{
    CommitError, ConfigError, EncodeReason, OpenError, Rejection, SealError, SessionError, TooLarge,
};
pub use keys::{Key, KeyRing};
pub use kid::KeyId;
#[cfg(feature = "std")]
pub use manager::{SessionManager, SessionSlot};
#[cfg(feature = "test-util")]
pub use primitives::entropy::FixedEntropy;
#[cfg(feature = "std")]
pub use primitives::entropy::OsEntropy;
pub use primitives::entropy::{Entropy, EntropyError, EntropyRng};
#[cfg(feature = "std")]
pub use session::{
    Counters, Event, Failure, Headers, ReSeal, ReadSession, RequestHeaders, RequestParts, SaveOn,
    Session, SessionConfig,
};
pub use session::{SessionId, SessionStatus};
