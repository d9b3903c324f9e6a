//! Errors for three audiences.
//!
//! Whoever configures the crate gets [`ConfigError`], in detail, at start-up. Whoever writes a
//! session gets [`SealError`], [`SessionError`] and [`CommitError`], with numbers. Whoever sends a
//! cookie gets nothing at all: an [`OpenError`] is for logs and counters, and its `Display` is one
//! constant phrase. No error here carries a key, a cookie value, a session id or a payload.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::kid::KeyId;

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
}

/// Why a session could not be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitError {
    /// It could not be sealed.
    Seal(SealError),
    /// A closure given to `update` panicked.
    Panicked,
}

impl CommitError {
    /// The status of the response that replaces the handler's: 500.
    pub const fn status(&self) -> u16 {
        500
    }
}

/// A cookie that did not open. For logs and counters: a client is never shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenError {
    reason: Rejection,
    kid: Option<KeyId>,
}

impl OpenError {
    pub(crate) const fn new(reason: Rejection, kid: Option<KeyId>) -> Self {
        Self { reason, kid }
    }

    /// The coarse reason.
    pub const fn reason(&self) -> Rejection {
        self.reason
    }

    /// The key id that the cookie names, where it got that far.
    pub const fn kid(&self) -> Option<KeyId> {
        self.kid
    }
}

/// Why a cookie did not open, in the order in which the reasons are looked for.
///
/// The name of a reason ([`as_str`](Self::as_str)) is stable and fit for a metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// Too short, too long, or not a multiple of four characters.
    Length,
    /// Not canonical base64url.
    Encoding,
    /// Another version byte than the configured mode's.
    Version,
    /// No key of the ring has this key id.
    UnknownKey,
    /// The tag does not fit: altered, or sealed for another cookie, application, mode or context.
    Forged,
    /// Authentic, yet not laid out as the format says.
    Malformed,
    /// Sealed in the future.
    Future,
    /// Sealed outside the time in which its key seals.
    KeyWindow,
    /// Another kind of body than this application reads.
    Kind,
    /// Written by a newer version of the session type.
    NewerVersion,
    /// Written by a type of another shape under the same version.
    Shape,
    /// The body does not decode.
    Body,
    /// Not used for longer than the idle timeout.
    ExpiredIdle,
    /// Older than the absolute timeout.
    ExpiredAbsolute,
    /// The key's `open_until` has passed.
    KeyClosed,
    /// The key is revoked.
    KeyRevoked,
    /// The session began before the ring's `not_before`.
    NotBefore,
    /// The session was revoked.
    SessionRevoked,
    /// The record of a stored session is gone.
    RecordGone,
    /// Written by an older version of the session type, from which there is no migration.
    OlderVersion,
}

impl Rejection {
    /// Every reason, in order.
    pub const ALL: [Self; 20] = [
        Self::Length,
        Self::Encoding,
        Self::Version,
        Self::UnknownKey,
        Self::Forged,
        Self::Malformed,
        Self::Future,
        Self::KeyWindow,
        Self::Kind,
        Self::NewerVersion,
        Self::Shape,
        Self::Body,
        Self::ExpiredIdle,
        Self::ExpiredAbsolute,
        Self::KeyClosed,
        Self::KeyRevoked,
        Self::NotBefore,
        Self::SessionRevoked,
        Self::RecordGone,
        Self::OlderVersion,
    ];

    /// The reason in snake case, as logs, metrics and the command line print it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Encoding => "encoding",
            Self::Version => "version",
            Self::UnknownKey => "unknown_key",
            Self::Forged => "forged",
            Self::Malformed => "malformed",
            Self::Future => "future",
            Self::KeyWindow => "key_window",
            Self::Kind => "kind",
            Self::NewerVersion => "newer_version",
            Self::Shape => "shape",
            Self::Body => "body",
            Self::ExpiredIdle => "expired_idle",
            Self::ExpiredAbsolute => "expired_absolute",
            Self::KeyClosed => "key_closed",
            Self::KeyRevoked => "key_revoked",
            Self::NotBefore => "not_before",
            Self::SessionRevoked => "session_revoked",
            Self::RecordGone => "record_gone",
            Self::OlderVersion => "older_version",
        }
    }

    /// Whether the cookie is over for good, so that a touched session removes it.
    ///
    /// The other reasons may be somebody else's cookie, or one that a newer deployment or a fuller
    /// ring can open: those are kept, and nothing is sent.
    pub const fn removes(self) -> bool {
        matches!(
            self,
            Self::ExpiredIdle
                | Self::ExpiredAbsolute
                | Self::KeyClosed
                | Self::KeyRevoked
                | Self::NotBefore
                | Self::SessionRevoked
                | Self::RecordGone
                | Self::OlderVersion
        )
    }
}

// --- in words -----------------------------------------------------------------------------------

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CookieName => f.write_str("the cookie name is empty or not a token"),
            Self::Prefix { prefix, requires } => {
                write!(f, "a cookie named {prefix}... requires {requires}")
            }
            Self::SameSiteNoneNeedsSecure => f.write_str("SameSite=None requires Secure"),
            Self::PartitionedNeedsSecure => f.write_str("Partitioned requires Secure"),
            Self::Attribute { name, problem } => write!(f, "the {name} attribute {problem}"),
            Self::Label { name } => {
                write!(f, "the {name} must be 1 to 255 bytes of printable ASCII without spaces")
            }
            Self::Lifetime { name, problem } => write!(f, "the {name} {problem}"),
            Self::TooManyAlsoOpen => f.write_str("at most two other contexts can be opened"),
            Self::HeldVersion { version } => {
                write!(f, "the session type has no conversion down to version {version}")
            }
            Self::FeatureOff { feature } => write!(f, "turn on the feature `{feature}`"),
            Self::Key(error) => error.fmt(f),
            Self::Ring(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefix => "a key begins with ck1_",
            Self::Length => "a key has 52 characters",
            Self::Alphabet => "the key has a character that no key has",
            Self::Checksum => "the key's checksum does not fit: mistyped or cut short",
            Self::Weak => "the key is text or a pattern, not random bytes: make one with `keygen`",
            Self::Published => "the key is printed in the documentation: make one with `keygen`",
            Self::Entropy => "the operating system gave no random bytes",
        })
    }
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "key ring, line {line}: {}", self.problem),
            None => write!(f, "key ring: {}", self.problem),
        }
    }
}

impl fmt::Display for RingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::Empty => f.write_str("there is no key in it"),
            Self::TooManyKeys => f.write_str("over 16 keys"),
            Self::TooLong => f.write_str("over 64 KiB"),
            Self::CarriageReturn => f.write_str("a carriage return: use Unix line ends"),
            Self::ByteOrderMark => f.write_str("a byte order mark: save the file without one"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::UnknownWord => f.write_str("a word that means nothing here"),
            Self::RepeatedWord => f.write_str("a word that stands twice"),
            Self::Date => {
                f.write_str("a date that is neither like 2027-02-01T00:00:00Z nor Unix seconds")
            }
            Self::SameKeyId { first } => write!(f, "the same key id as line {first}"),
            Self::SameSealFrom { first } => write!(f, "the same seal_from as line {first}"),
            Self::SealWindow => f.write_str("seal_until must lie after seal_from"),
            Self::OpenWindow => f.write_str("open_until needs a seal_until that is not after it"),
            Self::SecondNotBefore => f.write_str("a second not_before"),
            Self::DroppedKey { kid } => {
                write!(f, "key {kid} is gone, but its cookies may live: keep it, or revoke it")
            }
        }
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(sizes) => sizes.fmt(f),
            Self::NoSealingKey => f.write_str("no key of the ring seals now"),
            Self::BindTooLong { len } => write!(f, "the context has {len} bytes, over 1024"),
            Self::Encode(reason) => write!(f, "the session cannot be encoded: {reason}"),
            Self::HeldVersion { version } => {
                write!(f, "the session cannot be converted down to version {version}")
            }
            Self::Claims => f.write_str("the claims break the rules of the format"),
            Self::Clock => f.write_str("the clock stands beyond the format's range"),
            Self::Entropy => f.write_str("the generator of random bytes failed"),
        }
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the cookie needs {} bytes of {}", self.needed, self.limit)?;
        if let Some(deflated) = self.deflated {
            write!(f, " ({deflated} with deflate)")?;
        }
        for (nth, (key, bytes)) in self.largest.iter().enumerate() {
            write!(f, "{}{key:?} {bytes}", if nth == 0 { "; largest: " } else { ", " })?;
        }
        Ok(())
    }
}

impl fmt::Display for EncodeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsupported => "the format has no form for a part of it",
            Self::Custom => "its Serialize implementation failed",
            Self::TooDeep => "containers nested deeper than 64",
            Self::TooManyEntries => "a container of more than 1024 entries",
            Self::TooLong => "more than 16 KiB",
            Self::Integer => "an integer outside 64 bits",
            Self::NotReadable => {
                "what is written cannot be read back (skip_serializing_if, untagged, flatten?)"
            }
        })
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the session is in use by the closure that asks for it",
            Self::ResponseSent => "the response has left: the session can no longer change",
            Self::Panicked => "an update of the session panicked",
        })
    }
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seal(error) => error.fmt(f),
            Self::Panicked => SessionError::Panicked.fmt(f),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cookie was not accepted")
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for ConfigError {}
impl core::error::Error for KeyError {}
impl core::error::Error for RingError {}
impl core::error::Error for SealError {}
impl core::error::Error for SessionError {}
impl core::error::Error for CommitError {}
impl core::error::Error for OpenError {}

impl From<KeyError> for ConfigError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<RingError> for ConfigError {
    fn from(error: RingError) -> Self {
        Self::Ring(error)
    }
}

impl From<SealError> for CommitError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}
