//! Errors for three audiences.
//!
//! Whoever configures the crate gets [`ConfigError`], in detail, at start-up. Whoever writes a
//! session gets [`SealError`], [`SessionError`] and [`CommitError`], with numbers. Whoever sends a
//! cookie gets nothing at all: an [`OpenError`] is for logs and counters, and its `Display` is one
//! constant phrase. No error here carries a key, a cookie value, a session id or a payload.

#[cfg(feature = "import")]
mod import;
mod rejection;
mod store;
mod words;

use alloc::{string::String, vec::Vec};

pub use self::rejection::{OpenError, Rejection};
pub use self::store::{LoadError, SessionRejection, StoreError};
use crate::kid::KeyId;
#[cfg(feature = "import")]
pub use import::*;

/// A configuration that cannot work, found when it is built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A cookie name that is empty or not an RFC 9110 token.
    CookieName,
    /// A name prefix that promises what the attributes do not keep.
    Prefix {
        /// The prefix, such as `__Host-`.
        prefix: &'static str,
        /// What it requires, in words.
        requires: &'static str,
    },
    /// `SameSite=None` without `Secure`: browsers refuse the cookie.
    SameSiteNoneNeedsSecure,
    /// `Partitioned` without `Secure`: browsers refuse the cookie.
    PartitionedNeedsSecure,
    /// An attribute with a character it may not have, or longer than 1024 bytes.
    Attribute {
        /// The attribute's name, such as `Path`.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A previous scope that is listed twice, or is the cookie's own: removing the old cookie would
    /// remove the new one.
    PreviousScope,
    /// An application label or cookie name outside 1 to 255 bytes of printable ASCII.
    Label {
        /// Which label it is.
        name: &'static str,
    },
    /// A lifetime of 0 seconds, or over 400 days, or an idle timeout above its maximum.
    Lifetime {
        /// Which lifetime it is.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// More than two `also_open` contexts.
    TooManyAlsoOpen,
    /// A held version that the session type cannot be converted down to.
    HeldVersion {
        /// The version asked for.
        version: u8,
    },
    /// The protection asked for is compiled out: turn on this feature.
    FeatureOff {
        /// The feature's name.
        feature: &'static str,
    },
    /// A decoder of foreign cookies that cannot work.
    #[cfg(feature = "import")]
    Import(ImportFault),
    /// A store that drops live sessions and forgets all at a restart, as the only place of sessions.
    /// `volatile_ok` says that this is meant.
    VolatileStore {
        /// The engine.
        engine: &'static str,
    },
    /// A key that is not one.
    Key(KeyError),
    /// A key ring that is not one.
    Ring(RingError),
}

/// Why a text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// It does not begin with `ck1_`.
    Prefix,
    /// It is not 52 characters long.
    Length,
    /// It has a character outside the base64url alphabet.
    Alphabet,
    /// Its checksum does not fit: a character was mistyped or lost.
    Checksum,
    /// At most 16 distinct bytes, or printable text: not the output of a generator.
    Weak,
    /// It is printed in this crate's documentation, so everybody has it.
    Published,
    /// The operating system gave no random bytes.
    Entropy,
}

/// What is wrong with a key ring, and in which line (counted from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingError {
    /// The line or `;`-separated entry, from 1; `None` where the whole ring is at fault.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: RingProblem,
}

/// The faults a key ring can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RingProblem {
    /// The key itself.
    Key(KeyError),
    /// No key in the whole text.
    Empty,
    /// Over 16 keys.
    TooManyKeys,
    /// Over 64 KiB of text.
    TooLong,
    /// A carriage return: save the file with Unix line ends.
    CarriageReturn,
    /// A byte order mark: save the file without one.
    ByteOrderMark,
    /// Not UTF-8.
    NotUtf8,
    /// A word that means nothing in a ring.
    UnknownWord,
    /// A word that stands twice on one line.
    RepeatedWord,
    /// A date that is neither RFC 3339 in UTC nor Unix seconds.
    Date,
    /// Two keys with one key id: the same key twice, most likely.
    SameKeyId {
        /// The line of the other.
        first: usize,
    },
    /// Two keys, neither revoked, that would begin to seal in the same second.
    SameSealFrom {
        /// The line of the other.
        first: usize,
    },
    /// `seal_until` does not lie after `seal_from`.
    SealWindow,
    /// `open_until` without `seal_until`, or before it.
    OpenWindow,
    /// A second `not_before`.
    SecondNotBefore,
    /// No key of this name, where a change to one was asked for.
    NoSuchKey {
        /// The name.
        kid: KeyId,
    },
    /// A new ring without a key of the old one, whose cookies may still be in use.
    DroppedKey {
        /// The key that is missing.
        kid: KeyId,
    },
}

/// Why a session could not be sealed. It speaks to the developer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The finished `Set-Cookie` line would be too long for browsers.
    TooLarge(TooLarge),
    /// No key of the ring seals at this moment.
    NoSealingKey,
    /// The request context is longer than 1024 bytes.
    BindTooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// The session's data has no encoding that could be read back.
    Encode(EncodeReason),
    /// `hold_version` names a version this value cannot be converted down to.
    HeldVersion {
        /// The version asked for.
        version: u8,
    },
    /// The claims break the rules of the format.
    Claims,
    /// A cookie value that is not base64url text.
    Value,
    /// The clock stands beyond the year 36 812.
    Clock,
    /// The generator of random bytes failed.
    Entropy,
}

/// The numbers of a session that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooLarge {
    /// Bytes that the whole line would have.
    pub needed: usize,
    /// Bytes that it may have.
    pub limit: usize,
    /// The largest keys of a [`Values`](crate::Values) session with their encoded bytes, largest
    /// first, at most five; empty for a typed session.
    pub largest: Vec<(String, usize)>,
    /// Bytes that the line would have with deflate, where deflate is configured and was not used.
    pub deflated: Option<usize>,
}

/// Why a value has no encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeReason {
    /// A `Serialize` implementation asked for something the format does not have, such as a
    /// sequence of unknown length or a map key that is not a scalar.
    Unsupported,
    /// The type's own `Serialize` implementation failed.
    Custom,
    /// Containers nested deeper than 64.
    TooDeep,
    /// A container of more than 1024 entries.
    TooManyEntries,
    /// More than 16 KiB.
    TooLong,
    /// An integer outside the 64-bit ranges.
    Integer,
    /// The encoding does not decode to the same shape: an attribute such as `skip_serializing_if`,
    /// `untagged` or `flatten` that the format cannot read back. Found in debug builds.
    NotReadable,
}

/// Why an operation on a session handle was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The session was used inside a closure that was using it.
    Busy,
    /// The response has left, and the cookie with it.
    ResponseSent,
    /// A closure given to `update` panicked; its change is discarded and nothing will be saved.
    Panicked,
    /// Nobody is logged in, and what was asked for needs a login.
    Anonymous,
}

/// Why a session could not be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitError {
    /// It could not be sealed.
    Seal(SealError),
    /// The session was in use, or a closure given to `update` panicked.
    Session(SessionError),
    /// Its store could not keep it.
    Store(StoreError),
    /// Another request changed the same part of the stored session meanwhile.
    Conflict,
    /// Another request ended the session meanwhile; what this one changed is lost.
    Ended,
}

impl CommitError {
    /// The status of the response that replaces the handler's: 503 where a store failed or another
    /// request was quicker, else 500.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Store(_) | Self::Conflict => 503,
            Self::Seal(_) | Self::Session(_) | Self::Ended => 500,
        }
    }

    /// Seconds after which the visitor may try again, where that could help.
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Store(_) | Self::Conflict => Some(store::RETRY_AFTER),
            Self::Seal(_) | Self::Session(_) | Self::Ended => None,
        }
    }
}
