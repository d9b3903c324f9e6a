//! The press-room: session data to bytes and back.
//!
//! Two kinds of bodies: typed ones, which are postcard behind a version and a shape, and
//! [`Values`], which describe themselves. Whoever seals or opens a token calls the functions
//! of this file and need not know which kind it is.

mod buffer;
mod chain;
mod data;
mod depth;
mod forms;
mod huffman;
pub mod packed;
mod shape;

#[cfg(test)]
mod evolution_tests;
#[cfg(test)]
mod migration_tests;
#[cfg(test)]
mod shape_tests;

use alloc::{string::String, vec::Vec};

pub use data::{First, SessionData, Upgrade};
use zeroize::Zeroizing;

use crate::error::{EncodeReason, Rejection, SealError};

/// The kinds of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `version | shape | postcard`.
    Typed,
    /// A [`Values`] map.
    Values,
    /// None: a server-side store keeps the session.
    Stored,
}

/// An encoded body, wiped when dropped.
pub(crate) type Encoded = Zeroizing<Vec<u8>>;

/// The kind that sessions of type `T` are written as.
pub(crate) fn kind_of<T: SessionData>() -> Kind {
    Kind::Typed
}

/// The whole body for `value`; with `held`, as that older version of its type.
pub(crate) fn encode<T: SessionData>(value: &T, held: Option<u8>) -> Result<Encoded, SealError> {
    chain::write(value, held)
}

/// The session that `body` holds, converted up to `T` where an older version wrote it.
pub(crate) fn decode<T: SessionData>(kind: Kind, body: &[u8]) -> Result<T, Rejection> {
    match kind {
        Kind::Typed => chain::read(body),
        Kind::Values | Kind::Stored => Err(Rejection::Kind),
    }
}

/// Whether sessions of type `T` can be written as `version`, tried on the default session.
pub(crate) fn can_hold<T: SessionData>(version: u8) -> bool {
    encode(&T::default(), Some(version)).is_ok()
}

/// Whether `value` is a [`Values`] without a single key.
pub(crate) fn is_emptied<T: SessionData>(_: &T) -> bool {
    false
}

/// The five largest entries of a [`Values`], largest first, with their encoded bytes.
pub(crate) fn largest<T: SessionData>(_: &T) -> Vec<(String, usize)> {
    Vec::new()
}

impl core::error::Error for EncodeReason {}

/// A type's own message is dropped: it can quote what the session holds.
impl serde::ser::Error for EncodeReason {
    fn custom<T: core::fmt::Display>(_: T) -> Self {
        Self::Custom
    }
}
