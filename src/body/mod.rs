//! The press-room: session data to bytes and back.
//!
//! Two kinds of bodies: typed ones, which are postcard behind a version and a shape, and
//! [`Values`], which describe themselves. Whoever seals or opens a token calls the functions
//! of this file and need not know which kind it is.

mod buffer;
mod chain;
mod containers;
mod data;
mod depth;
mod forms;
mod huffman;
mod limited;
pub mod packed;
mod prepared;
mod shape;
mod value_error;
mod values;
mod values_body;
mod values_de;
mod values_key;
#[cfg(all(feature = "std", feature = "encrypted"))]
mod values_merge;
mod values_names;
mod values_ser;
mod values_serde;
mod values_walk;
mod values_wire;

#[cfg(test)]
#[cfg(feature = "std")]
mod evolution_tests;
#[cfg(test)]
mod migration_tests;
#[cfg(test)]
mod recorded_tests;
#[cfg(test)]
mod shape_tests;
#[cfg(test)]
#[cfg(feature = "std")]
mod values_format_tests;
#[cfg(test)]
#[cfg(feature = "std")]
mod values_hostile_tests;
#[cfg(test)]
mod values_key_tests;
#[cfg(test)]
mod values_limits_tests;
#[cfg(test)]
#[cfg(feature = "std")]
mod values_map_tests;
#[cfg(test)]
#[cfg(feature = "std")]
mod values_tests;

use alloc::{string::String, vec::Vec};
use core::any::{Any, TypeId};

pub(crate) use buffer::{Buffer, Part};
pub use data::{First, SessionData, Upgrade};
pub(crate) use prepared::{Body, prepare};
pub use value_error::ValueError;
pub use values::Values;

use crate::error::{Rejection, SealError};

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

/// The kind that sessions of type `T` are written as.
pub(crate) fn kind_of<T: SessionData>() -> Kind {
    if TypeId::of::<T>() == TypeId::of::<Values>() { Kind::Values } else { Kind::Typed }
}

/// The whole body for `value`; with `held`, as that older version of its type.
pub(crate) fn encode<T: SessionData>(value: &T, held: Option<u8>) -> Result<Buffer, SealError> {
    let body = prepare(value, held)?;
    let mut bytes = Buffer::with_capacity(body.len());
    body.write(&mut bytes).map_err(SealError::Encode)?;
    Ok(bytes)
}

/// Whether `body` of this kind is what [`encode`] makes of `value`, found out without making it. Where
/// that takes more than a look, the answer is no.
#[cfg(feature = "std")]
pub(crate) fn is_encoded_as<T: SessionData>(
    value: &T,
    held: Option<u8>,
    kind: Kind,
    body: &[u8],
) -> bool {
    match (as_values(value), held) {
        (Some(values), None | Some(Values::VERSION)) => {
            kind == Kind::Values && values.is_intact(body)
        }
        (None, None) => kind == Kind::Typed && chain::writes(value, body),
        _ => false,
    }
}

/// The session that `body` holds, converted up to `T` where an older version wrote it.
///
/// A type whose chain of versions begins with [`Values`] also reads bodies of that kind.
pub(crate) fn decode<T: SessionData>(kind: Kind, body: &[u8]) -> Result<T, Rejection> {
    match (kind, kind_of::<T>()) {
        (Kind::Typed, Kind::Typed) => chain::read(body),
        (Kind::Values, _) => chain::read_values(body),
        (Kind::Typed | Kind::Stored, _) => Err(Rejection::Kind),
    }
}

/// Whether sessions of type `T` can be written as `version`, tried on the default session.
pub(crate) fn can_hold<T: SessionData>(version: u8) -> bool {
    encode(&T::default(), Some(version)).is_ok()
}

/// Whether `value` is a [`Values`] without a single key.
pub(crate) fn is_emptied<T: SessionData>(value: &T) -> bool {
    as_values(value).is_some_and(Values::is_empty)
}

/// The five largest entries of a [`Values`], largest first, with their encoded bytes; nothing for a
/// typed session.
pub(crate) fn largest<T: SessionData>(value: &T) -> Vec<(String, usize)> {
    as_values(value).map(Values::largest).unwrap_or_default()
}

/// `theirs` with what `mine` changed since `base`; `None` for what is not a [`Values`], or too much
/// together.
#[cfg(all(feature = "std", feature = "encrypted"))]
pub(crate) fn merged<T: SessionData>(base: &T, mine: &T, mut theirs: T) -> Option<T> {
    let (base, mine) = (as_values(base)?, as_values(mine)?);
    let place: &mut Values = (&mut theirs as &mut dyn Any).downcast_mut()?;
    *place = Values::merge(base, mine, core::mem::take(place)).ok()?;
    Some(theirs)
}

/// The map that `value` is, if it is one. The compiler decides this for each `T`.
fn as_values<T: SessionData>(value: &T) -> Option<&Values> {
    (value as &dyn Any).downcast_ref()
}
