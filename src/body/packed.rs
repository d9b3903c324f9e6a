//! Strings as short as they go: `#[serde(with = "cloakroom::packed")]`.
//!
//! Session ids, tokens and hashes are usually text that spells bytes. A field with this attribute is
//! written as those bytes: a UUID takes 16 instead of 36, lower-case hexadecimal half, base64url three
//! quarters; other text takes the static Huffman code of RFC 7541 (Appendix B) where that is shorter. The
//! string comes back exactly as it was.
//!
//! It works for `String`, `Box<str>`, and `Option` and `Vec` of them. A [`Values`](crate::Values)
//! packs every string by itself and needs no attribute. In a human-readable format such as JSON the
//! field is the plain string.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Login {
//!     #[serde(with = "cloakroom::packed")]
//!     device: String,
//!     #[serde(with = "cloakroom::packed")]
//!     tokens: Vec<String>,
//! }
//! ```
//!
//! Putting the attribute on a field, or taking it off, changes the field's type on the wire: raise
//! [`SessionData::VERSION`](crate::SessionData::VERSION).
//!
//! # Security
//!
//! Each string is packed alone, so the length of the cookie tells nothing of one field by way of
//! another, unlike deflate. What remains is that texts of one length may differ in coded length;
//! tokens in hex, UUIDs and base64url do not.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

use super::{
    buffer::Buffer,
    forms::{self, Form},
};

/// The name of the newtype struct around a packed string, by which formats of ours know it.
pub(crate) const NEWTYPE: &str = "cloakroom::packed";

/// Writes `value` packed; for `#[serde(with = "cloakroom::packed")]`.
///
/// # Errors
///
/// Those of `serializer`.
pub fn serialize<T: Pack + ?Sized, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.pack(serializer)
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
///
/// Those of `deserializer`, and one if the bytes are no packed string.
pub fn deserialize<'de, T: Pack, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::unpack(deserializer)
}

/// What can be packed: `String`, `Box<str>`, and `Option` and `Vec` of what can be packed.
pub trait Pack: sealed::Sealed {
    #[doc(hidden)]
    fn pack<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    #[doc(hidden)]
    fn unpack<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>
    where
        Self: Sized;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::String {}
    impl Sealed for super::Box<str> {}
    impl<T: Sealed> Sealed for Option<T> {}
    impl<T: Sealed> Sealed for super::Vec<T> {}
}

impl Pack for String {
    fn pack<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.serialize_str(self);
        }
        serializer.serialize_newtype_struct(NEWTYPE, &Payload(self))
    }

    fn unpack<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Self::deserialize(deserializer);
        }
        deserializer.deserialize_newtype_struct(NEWTYPE, Unpacker)
    }
}

impl Pack for Box<str> {
    fn pack<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.serialize_str(self);
        }
        serializer.serialize_newtype_struct(NEWTYPE, &Payload(self))
    }

    fn unpack<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::unpack(deserializer).map(String::into_boxed_str)
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Item).serialize(serializer)
    }

    fn unpack<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map(|Owned(value)| value))
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn pack<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Item))
    }

    fn unpack<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items: Vec<Owned<T>> = Vec::deserialize(deserializer)?;
        Ok(items.into_iter().map(|Owned(value)| value).collect())
    }
}

/// A value inside an option or a list, on its way out.
struct Item<'a, T>(&'a T);

impl<T: Pack> Serialize for Item<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.pack(serializer)
    }
}

/// A value inside an option or a list, on its way in.
struct Owned<T>(T);

impl<'de, T: Pack> Deserialize<'de> for Owned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::unpack(deserializer).map(Owned)
    }
}

/// `form | payload`, as bytes.
struct Payload<'a>(&'a str);

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let packed = forms::Packed::of(self.0);
        let mut bytes = Buffer::with_capacity(packed.len.saturating_add(1));
        bytes.push(match packed.form {
            Form::Text => 0,
            Form::Huffman => 1,
            Form::Base64url => 2,
            Form::Hex => 3,
            Form::Uuid => 4,
        });
        packed.write(&mut bytes);
        serializer.serialize_bytes(bytes.as_slice())
    }
}

/// Takes the newtype struct, the bytes inside it, or the string that a [`Values`](crate::Values)
/// has in its place.
struct Unpacker;

impl<'de> Visitor<'de> for Unpacker {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a packed string")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<String, D::Error> {
        inner.deserialize_bytes(self)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<String, E> {
        split(bytes)
            .and_then(|(form, payload)| forms::unpack(form, payload))
            .ok_or_else(|| E::custom("not a packed string"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.into())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<String, E> {
        Ok(text)
    }
}

/// Form and payload of a packed string.
pub(crate) fn split(bytes: &[u8]) -> Option<(Form, &[u8])> {
    let (form, payload) = bytes.split_first()?;
    let form = match form {
        0 => Form::Text,
        1 => Form::Huffman,
        2 => Form::Base64url,
        3 => Form::Hex,
        4 => Form::Uuid,
        _ => return None,
    };
    Some((form, payload))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::{
        Rejection,
        body::{self, First, Kind, SessionData, shape},
    };

    #[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
    struct Login {
        #[serde(with = "super")]
        device: String,
        #[serde(with = "super")]
        tokens: Vec<String>,
        #[serde(with = "super")]
        hint: Option<Box<str>>,
        views: u8,
    }

    impl SessionData for Login {
        const VERSION: u8 = 1;
        type Previous = First;
    }

    fn login() -> Login {
        Login {
            device: "0f8fad5b-d9cb-469f-a165-70867728950e".into(),
            tokens: vec!["deadbeef".into(), String::new(), "dBjftJeZ4CU".into()],
            hint: Some("hello".into()),
            views: 7,
        }
    }

    #[test]
    fn packed_fields_round_trip_in_a_typed_session() {
        let encoded = body::encode(&login(), None).unwrap();
        assert_eq!(body::decode(Kind::Typed, &encoded), Ok(login()));
    }

    #[test]
    fn packed_fields_have_the_bytes_of_the_specification() {
        let encoded = body::encode(&login(), None).unwrap();
        let expected = [
            &b"\x11\x04\x0f\x8f\xad\x5b\xd9\xcb\x46\x9f\xa1\x65\x70\x86\x77\x28\x95\x0e"[..],
            b"\x03\x05\x03\xde\xad\xbe\xef\x01\x00\x09\x02\x74\x18\xdf\xb4\x97\x99\xe0\x25",
            b"\x01\x05\x01\x9c\xb4\x50\x7f\x07",
        ]
        .concat();
        assert_eq!(encoded[5..], expected);
    }

    #[test]
    fn a_packed_field_is_the_plain_string_in_json() {
        let json = serde_json::to_value(login()).unwrap();
        assert_eq!(json["device"], "0f8fad5b-d9cb-469f-a165-70867728950e");
        assert_eq!(json["tokens"][0], "deadbeef");
        assert_eq!(serde_json::from_value::<Login>(json).unwrap(), login());
    }

    #[test]
    fn a_packed_field_has_another_shape_than_a_string_or_bytes() {
        struct Bytes;
        impl Serialize for Bytes {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(b"\0a")
            }
        }
        let text = String::from("a");
        let packed = shape::of(&Item(&text)).unwrap();
        assert_ne!(packed, shape::of(&text).unwrap());
        assert_ne!(packed, shape::of(&Bytes).unwrap());
        assert_eq!(packed, shape::of(&Item(&String::from("deadbeef"))).unwrap());
    }

    #[test]
    fn an_unknown_form_is_refused() {
        let mut encoded = body::encode(&login(), None).unwrap().into_vec();
        encoded[6] = 5;
        assert_eq!(body::decode::<Login>(Kind::Typed, &encoded), Err(Rejection::Body));
    }
}
