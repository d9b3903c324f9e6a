//! Typed web sessions in a sealed cookie. (The tour is written last.)

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

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

#[cfg(all(feature = "test-util", feature = "std", feature = "encrypted"))]
#[doc(hidden)]
#[path = "fuzz_door.rs"]
pub mod __fuzz;
pub mod guide;

#[cfg(feature = "axum")]
pub use adapters::axum;
#[cfg(feature = "tower")]
pub use adapters::tower;
pub use body::{First, SessionData, Upgrade, packed};
#[cfg(feature = "test-util")]
pub use clock::FixedClock;
#[cfg(feature = "std")]
pub use clock::SystemClock;
pub use clock::{Clock, Timestamp};
pub use codec::{Codec, Deflate, Opened};
pub use envelope::{Anatomy, Claims, Policy, Protection};
pub use error::{
    CommitError, ConfigError, EncodeReason, OpenError, Rejection, SealError, SessionError,
};
pub use keys::{Key, KeyRing};
pub use kid::KeyId;
#[cfg(feature = "std")]
pub use manager::{SessionManager, SessionSlot};
#[cfg(feature = "test-util")]
pub use primitives::entropy::FixedEntropy;
#[cfg(feature = "std")]
pub use primitives::entropy::OsEntropy;
pub use primitives::entropy::{Entropy, EntropyError};
#[cfg(feature = "std")]
pub use session::{
    Counters, Event, Failure, Headers, ReSeal, ReadSession, RequestHeaders, RequestParts, SaveOn,
    Session, SessionConfig,
};
pub use session::{SessionId, SessionStatus};
