//! Keys of maps inside values: scalars as text, in both directions.

use alloc::string::ToString;

use serde::{
    Deserializer, Serialize, Serializer,
    de::{IntoDeserializer, Visitor, value::StrDeserializer},
    ser::Impossible,
};

use super::{depth::Depth, value_error::ValueError, values_names::Names};
use crate::error::EncodeReason;

/// Turns a key into the place of its name.
pub(crate) struct Key<'a> {
    pub(crate) names: &'a mut Names,
    pub(crate) depth: Depth,
}

/// Serializer methods of integers, which are keys in decimal.
macro_rules! decimal {
    ($($method:ident($type:ty))*) => {
        $(fn $method(self, v: $type) -> Result<usize, EncodeReason> {
            Ok(self.names.place_of(&v.to_string()))
        })*
    };
}

/// Serializer methods of what cannot be a key.
macro_rules! no_keys {
    ($($method:ident($($type:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $(_: $type),*) -> Result<$ok, EncodeReason> {
            Err(EncodeReason::Unsupported)
        })*
    };
}

impl Serializer for Key<'_> {
    type Ok = usize;
    type Error = EncodeReason;
    type SerializeSeq = Impossible<usize, EncodeReason>;
    type SerializeTuple = Impossible<usize, EncodeReason>;
    type SerializeTupleStruct = Impossible<usize, EncodeReason>;
    type SerializeTupleVariant = Impossible<usize, EncodeReason>;
    type SerializeMap = Impossible<usize, EncodeReason>;
    type SerializeStruct = Impossible<usize, EncodeReason>;
    type SerializeStructVariant = Impossible<usize, EncodeReason>;

    decimal! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
    }

    fn serialize_i128(self, v: i128) -> Result<usize, EncodeReason> {
        match u64::try_from(v) {
            Ok(v) => self.serialize_u64(v),
            Err(_) => self.serialize_i64(i64::try_from(v).map_err(|_| EncodeReason::Integer)?),
        }
    }

    fn serialize_u128(self, v: u128) -> Result<usize, EncodeReason> {
        self.serialize_u64(u64::try_from(v).map_err(|_| EncodeReason::Integer)?)
    }

    fn serialize_bool(self, v: bool) -> Result<usize, EncodeReason> {
        Ok(self.names.place_of(if v { "true" } else { "false" }))
    }

    fn serialize_char(self, v: char) -> Result<usize, EncodeReason> {
        Ok(self.names.place_of(v.encode_utf8(&mut [0; 4])))
    }

    fn serialize_str(self, v: &str) -> Result<usize, EncodeReason> {
        Ok(self.names.place_of(v))
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<usize, EncodeReason> {
        Ok(self.names.place_of(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<usize, EncodeReason> {
        let depth = self.depth.wrapper().ok_or(EncodeReason::TooDeep)?;
        value.serialize(Self { depth, ..self })
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<usize, EncodeReason> {
        Err(EncodeReason::Unsupported)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<usize, EncodeReason> {
        Err(EncodeReason::Unsupported)
    }

    no_keys! {
        serialize_f32(f32) -> usize;
        serialize_f64(f64) -> usize;
        serialize_bytes(&[u8]) -> usize;
        serialize_none() -> usize;
        serialize_unit() -> usize;
        serialize_unit_struct(&'static str) -> usize;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize)
            -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize)
            -> Self::SerializeStructVariant;
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Reads a key as the type that is asked for.
pub(crate) struct KeyDecoder<'a> {
    pub(crate) name: &'a str,
    pub(crate) depth: Depth,
}

/// Deserializer methods of numbers; a name that is none is a string, which the visitor refuses.
macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
            match (decimal(self.name), self.name.parse(), self.name.parse()) {
                (true, Ok(n), _) => visitor.visit_u64(n),
                (true, _, Ok(n)) => visitor.visit_i64(n),
                _ => visitor.visit_str(self.name),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for KeyDecoder<'_> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_str(self.name)
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.name {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            name => visitor.visit_str(name),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let depth = self.depth.wrapper().ok_or(ValueError::Type)?;
        visitor.visit_some(Self { depth, ..self })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let depth = self.depth.wrapper().ok_or(ValueError::Type)?;
        visitor.visit_newtype_struct(Self { depth, ..self })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let name: StrDeserializer<'_, ValueError> = self.name.into_deserializer();
        visitor.visit_enum(name)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// Whether `name` is a number as it was written: no plus sign, no leading zero, no negative zero.
fn decimal(name: &str) -> bool {
    let digits = name.strip_prefix('-').unwrap_or(name);
    name == "0" || matches!(digits.as_bytes().first(), Some(b'1'..=b'9'))
}
