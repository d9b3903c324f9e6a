//! Why a value of a map could not be written or read.

use core::fmt;

use serde::{de, ser};

use crate::error::EncodeReason;

/// Why [`Values`](crate::Values) could not write or read a value.
///
/// It never says what the value is: messages of serde and of a type's own implementation can quote
/// data, so they are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueError {
    /// The value has no encoding.
    Encode(EncodeReason),
    /// The value is of another type than the one asked for, or lacks a field, or its own
    /// `Deserialize` implementation refused it.
    Type,
    /// The bytes of the value break the format: they were not written by this crate.
    Malformed,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encode(reason) => write!(f, "the value cannot be encoded: {reason}"),
            Self::Type => f.write_str("the value is not of the type asked for"),
            Self::Malformed => f.write_str("the bytes of the value break the format"),
        }
    }
}

impl core::error::Error for ValueError {}

impl From<EncodeReason> for ValueError {
    fn from(reason: EncodeReason) -> Self {
        Self::Encode(reason)
    }
}

impl de::Error for ValueError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Type
    }
}

impl core::error::Error for EncodeReason {}

impl ser::Error for EncodeReason {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Custom
    }
}
