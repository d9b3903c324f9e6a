//! What a store answers where it does not do what it was asked.

use core::{error::Error, fmt};

use crate::error::StoreError;

/// Why a record was not created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateError {
    /// A live record has this key.
    Exists,
    /// The store could not do it.
    Store(StoreError),
}

/// Why a record was not replaced or moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateError {
    /// No live record has this key: it expired, or somebody deleted or moved it.
    Gone,
    /// The record is not of the expected version, or, for a move, the new key is taken.
    Conflict,
    /// The store could not do it.
    Store(StoreError),
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists => f.write_str("a record with this key is there already"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("the record is gone"),
            Self::Conflict => f.write_str("somebody else changed the record"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for CreateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Exists => None,
        }
    }
}

impl Error for UpdateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Gone | Self::Conflict => None,
        }
    }
}

#[cfg(any(feature = "memcached", feature = "redis-1"))]
impl CreateError {
    /// Why the second step of a move failed, which creates the record under its new key.
    pub(super) fn of_a_move(self) -> UpdateError {
        match self {
            Self::Exists => UpdateError::Conflict,
            Self::Store(error) => UpdateError::Store(error),
        }
    }
}

impl From<StoreError> for CreateError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StoreError> for UpdateError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
