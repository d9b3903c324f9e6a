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
// --- 3 envelope -----------------------------------------------------------------------------------
mod envelope;

pub mod guide;

pub use body::{First, SessionData, Upgrade, ValueError, Values, packed};
#[cfg(feature = "test-util")]
pub use clock::FixedClock;
#[cfg(feature = "std")]
pub use clock::SystemClock;
pub use clock::{Clock, Timestamp};
pub use error::{
    CommitError, ConfigError, EncodeReason, OpenError, Rejection, SealError, SessionError,
};
pub use kid::KeyId;
#[cfg(feature = "test-util")]
pub use primitives::entropy::FixedEntropy;
#[cfg(feature = "std")]
pub use primitives::entropy::OsEntropy;
pub use primitives::entropy::{Entropy, EntropyError};
