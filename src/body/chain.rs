//! The chain of versions of a session type, walked by number and never by trial.

#![expect(private_interfaces, reason = "nobody outside can name the trait or call its methods")]

use core::any::Any;

use super::{
    Body, First, Kind, SessionData, Upgrade, Values, buffer::Buffer, kind_of, limited::Limited,
    shape,
};
use crate::{
    error::{EncodeReason, Rejection, SealError},
    limits::TYPED_HEADER_LEN,
    primitives::postcard,
};

/// Reads the typed `body` as the type of its version and converts it up to `T`.
pub(crate) fn read<T: SessionData>(body: &[u8]) -> Result<T, Rejection> {
    const { T::DESCENDS }
    let (&version, rest) = body.split_first().ok_or(Rejection::Body)?;
    let (&shape, data) = rest.split_first_chunk().ok_or(Rejection::Body)?;
    if version > T::VERSION {
        return Err(Rejection::NewerVersion);
    }
    T::read_version(version, u32::from_be_bytes(shape), data)
}

/// Reads the Values `body` as the [`Values`] at the root of the chain and converts it up to `T`.
pub(crate) fn read_values<T: SessionData>(body: &[u8]) -> Result<T, Rejection> {
    const { T::DESCENDS }
    if !T::reads_values() {
        return Err(Rejection::Kind);
    }
    T::from_values(Values::open(body).ok_or(Rejection::Body)?)
}

/// Writes `value` as a typed body of that version of its type.
pub(crate) fn write<T: SessionData>(value: &T, version: u8) -> Result<Buffer, SealError> {
    const { T::DESCENDS }
    value.write_version(version)
}

/// Whether `body` is what is written of `value`: of a type's equal bytes the shape is equal too.
#[cfg(feature = "std")]
pub(crate) fn writes<T: SessionData>(value: &T, body: &[u8]) -> bool {
    let Some((&[version, ..], data)) = body.split_first_chunk::<TYPED_HEADER_LEN>() else {
        return false;
    };
    let mut rest = Some(data);
    let wrote =
        postcard::encode(value, |piece| rest = rest.and_then(|rest| rest.strip_prefix(piece)));
    version == T::VERSION && wrote.is_ok() && rest.is_some_and(<[u8]>::is_empty)
}

/// One link: a session type, or the end. Implemented for every [`SessionData`] and for [`First`].
pub trait Chain: Sized {
    /// The type's version; `None` at the end.
    #[doc(hidden)]
    const LINK: Option<u8>;

    /// Evaluates only if the versions from here to the end descend.
    #[doc(hidden)]
    const DESCENDS: ();

    /// Whether this type, or one before it, is [`Values`].
    #[doc(hidden)]
    fn reads_values() -> bool;

    /// Takes `values` as this type, or as a previous one.
    #[doc(hidden)]
    fn from_values(values: Values) -> Result<Self, Rejection>;

    /// Reads `data` as the type of `version`, which is this one or a previous one.
    #[doc(hidden)]
    fn read_version(version: u8, shape: u32, data: &[u8]) -> Result<Self, Rejection>;

    /// Writes the body as `version`, which is this one or a previous one.
    #[doc(hidden)]
    fn write_version(&self, version: u8) -> Result<Buffer, SealError>;
}

impl<T: SessionData> Chain for T {
    const LINK: Option<u8> = Some(T::VERSION);

    const DESCENDS: () = {
        assert!(
            descends(T::VERSION, T::Previous::LINK),
            "SessionData::VERSION must be above the version of SessionData::Previous"
        );
        T::Previous::DESCENDS
    };

    fn reads_values() -> bool {
        kind_of::<T>() == Kind::Values || T::Previous::reads_values()
    }

    fn from_values(values: Values) -> Result<Self, Rejection> {
        let mut values = Some(values);
        if let Some(this) = (&mut values as &mut dyn Any).downcast_mut::<Option<T>>() {
            return this.take().ok_or(Rejection::Kind);
        }
        T::Previous::from_values(values.ok_or(Rejection::Kind)?).map(Upgrade::upgrade)
    }

    fn read_version(version: u8, shape: u32, data: &[u8]) -> Result<Self, Rejection> {
        if version != T::VERSION || kind_of::<T>() == Kind::Values {
            return T::Previous::read_version(version, shape, data).map(Upgrade::upgrade);
        }
        let value = postcard::decode(data, Limited::<T>::new()).ok_or(Rejection::Body)?;
        match shape::of(&value) {
            Ok(found) if found == shape => Ok(value),
            _ => Err(Rejection::Shape),
        }
    }

    fn write_version(&self, version: u8) -> Result<Buffer, SealError> {
        if version == T::VERSION && kind_of::<T>() == Kind::Typed {
            return Measured::of(self).and_then(|body| body.encode()).map_err(SealError::Encode);
        }
        let held = SealError::HeldVersion { version };
        if version >= T::VERSION {
            return Err(held);
        }
        self.downgrade().ok_or(held)?.write_version(version)
    }
}

impl Chain for First {
    const LINK: Option<u8> = None;
    const DESCENDS: () = ();

    fn reads_values() -> bool {
        false
    }

    fn from_values(_: Values) -> Result<Self, Rejection> {
        Err(Rejection::Kind)
    }

    fn read_version(_: u8, _: u32, _: &[u8]) -> Result<Self, Rejection> {
        Err(Rejection::OlderVersion)
    }

    fn write_version(&self, _: u8) -> Result<Buffer, SealError> {
        match *self {}
    }
}

const fn descends(this: u8, previous: Option<u8>) -> bool {
    match previous {
        Some(previous) => previous < this,
        None => true,
    }
}

/// A typed body that has been measured: `version | shape | postcard`.
pub(crate) struct Measured<'v, T> {
    value: &'v T,
    shape: u32,
    len: usize,
}

impl<'v, T: SessionData> Measured<'v, T> {
    pub(super) fn of(value: &'v T) -> Result<Self, EncodeReason> {
        const { T::DESCENDS }
        // First the shape: it checks the depth before anything else recurses over the value.
        let shape = shape::of(value)?;
        let mut len = TYPED_HEADER_LEN;
        postcard::encode(value, |piece| len = len.saturating_add(piece.len()))?;
        Ok(Self { value, shape, len })
    }

    fn encode(&self) -> Result<Buffer, EncodeReason> {
        let mut bytes = Buffer::with_capacity(self.len);
        self.write(&mut bytes)?;
        Ok(bytes)
    }
}

impl<T: SessionData> Body for Measured<'_, T> {
    fn len(&self) -> usize {
        self.len
    }

    fn write(&self, out: &mut Buffer) -> Result<(), EncodeReason> {
        let start = out.len();
        out.push(T::VERSION);
        out.extend(&self.shape.to_be_bytes());
        postcard::encode(self.value, |piece| out.extend(piece))?;
        let written = out.get(start..).unwrap_or_default();
        // A `Serialize` implementation that says something else each time cannot be read back.
        if written.len() != self.len {
            return Err(EncodeReason::NotReadable);
        }
        #[cfg(debug_assertions)]
        check_readable::<T>(written)?;
        Ok(())
    }
}

/// Debug builds read back what they wrote. Comparing shapes and not values, because a value need
/// not be equal to itself: NaN is not.
#[cfg(debug_assertions)]
fn check_readable<T: SessionData>(body: &[u8]) -> Result<(), EncodeReason> {
    read::<T>(body).map_or(Err(EncodeReason::NotReadable), |_| Ok(()))
}

const _: () = assert!(TYPED_HEADER_LEN == size_of::<u8>() + size_of::<u32>());

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec, vec::Vec};

    use super::*;

    #[derive(serde::Serialize, serde::Deserialize, Default)]
    struct Cart {
        items: Vec<u32>,
        note: String,
    }

    impl SessionData for Cart {
        const VERSION: u8 = 2;
        type Previous = First;
    }

    #[test]
    #[cfg(feature = "std")]
    fn what_is_written_of_a_value_is_known_from_everything_else_without_being_written() {
        let cart = Cart { items: vec![7, 300], note: "gift".into() };
        let body = write(&cart, 2).unwrap();
        assert!(writes(&cart, &body));
        assert!(!writes(&Cart { note: "gifts".into(), ..Cart::default() }, &body));
        assert!(!writes(&cart, &[&body[..], &[0]].concat()));
        for at in 0..body.len() {
            assert!(!writes(&cart, &body[..at]), "{at}");
            let mut other = body.to_vec();
            other[at] ^= 1;
            // The shape follows from the bytes behind it.
            assert_eq!(writes(&cart, &other), (1..TYPED_HEADER_LEN).contains(&at), "{at}");
        }
        let is = |kind, held| crate::body::is_encoded_as(&cart, held, kind, &body);
        assert!(is(Kind::Typed, None) && !is(Kind::Values, None) && !is(Kind::Typed, Some(1)));
        assert!(!crate::body::is_encoded_as(&Cart::default(), None, Kind::Typed, &body));
    }

    #[test]
    fn versions_must_descend_strictly() {
        assert!(descends(1, None) && descends(0, None) && descends(2, Some(1)));
        assert!(!descends(1, Some(1)) && !descends(1, Some(2)));
    }
}
