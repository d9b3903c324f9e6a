//! The errors in words, and how one becomes another.

use core::error::Error;
use core::fmt;

use super::{
    CommitError, ConfigError, EncodeReason, KeyError, OpenError, Rejection, RingError, RingProblem,
    SealError, SessionError, TooLarge,
};

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
            Self::PreviousScope => {
                f.write_str("a previous scope is listed twice or is the cookie's own scope")
            }
            #[cfg(feature = "import")]
            Self::Import(fault) => write!(f, "import of {}: {}", fault.format, fault.problem),
            Self::Label { name } => {
                write!(f, "the {name} must be 1 to 255 bytes of printable ASCII without spaces")
            }
            Self::Lifetime { name, problem } => write!(f, "the {name} {problem}"),
            Self::TooManyAlsoOpen => f.write_str("at most two other contexts can be opened"),
            Self::HeldVersion { version } => {
                write!(f, "the session type has no conversion down to version {version}")
            }
            Self::VolatileStore { engine } => write!(
                f,
                "{engine} drops live sessions and forgets all at a restart; volatile_ok() takes it"
            ),
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
            Self::NoSuchKey { kid } => write!(f, "there is no key {kid} in it"),
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
            Self::Value => f.write_str("the value is not base64url text"),
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
            Self::Anonymous => "nobody is logged in",
        })
    }
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seal(error) => error.fmt(f),
            Self::Session(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Conflict => f.write_str("another request changed the session meanwhile"),
            Self::Ended => f.write_str("another request ended the session meanwhile"),
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

impl Error for ConfigError {}
impl Error for KeyError {}
impl Error for RingError {}
impl Error for SealError {}
impl Error for SessionError {}
impl Error for CommitError {}
impl Error for OpenError {}

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

impl From<SessionError> for CommitError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl From<super::StoreError> for CommitError {
    fn from(error: super::StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<super::LoadError> for CommitError {
    fn from(error: super::LoadError) -> Self {
        Self::Store(error.into_cause())
    }
}

impl From<SealError> for CommitError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

#[cfg(test)]
mod tests;
