//! From the Values format to serde, straight from the bytes of the map.

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess,
        Visitor, value::StrDeserializer,
    },
};

use super::{
    depth::Depth,
    forms::{self, Form},
    value_error::ValueError,
    values_key::KeyDecoder,
    values_names::{Cited, Names},
    values_wire::{Cursor, Head, plain},
};

/// Reads the one value that `bytes` hold, all of it.
pub(crate) fn decode<V: DeserializeOwned>(bytes: &[u8], names: &Names) -> Result<V, ValueError> {
    let mut decoder = Decoder { input: Cursor::new(bytes), names, depth: Depth::FULL };
    let value = V::deserialize(&mut decoder)?;
    if decoder.input.is_empty() { Ok(value) } else { Err(ValueError::Malformed) }
}

struct Decoder<'a> {
    input: Cursor<'a>,
    names: &'a Names,
    depth: Depth,
}

impl<'a> Decoder<'a> {
    fn head(&mut self) -> Result<Head<'a>, ValueError> {
        self.input.head().ok_or(ValueError::Malformed)
    }

    /// Runs `inside` one container deeper.
    fn container<T>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        let outside = self.depth;
        self.depth = outside.container().ok_or(ValueError::Malformed)?;
        let result = inside(self);
        self.depth = outside;
        result
    }

    /// Runs `inside` one option or newtype struct deeper: a property of the type, not of the bytes.
    fn wrapper<T>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        let outside = self.depth;
        self.depth = outside.wrapper().ok_or(ValueError::Type)?;
        let result = inside(self);
        self.depth = outside;
        result
    }

    fn name(&mut self) -> Result<(usize, &'a str), ValueError> {
        let place = self.input.length().ok_or(ValueError::Malformed)?;
        let name = self.names.get(place).ok_or(ValueError::Malformed)?;
        Ok((place, name))
    }
}

fn visit_string<'de, V: Visitor<'de>>(
    form: Form,
    payload: &[u8],
    visitor: V,
) -> Result<V::Value, ValueError> {
    match plain(form, payload) {
        Some(text) => visitor.visit_str(text),
        None => visitor.visit_string(forms::unpack(form, payload).ok_or(ValueError::Malformed)?),
    }
}

impl<'de> Deserializer<'de> for &mut Decoder<'_> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.head()? {
            Head::Null => visitor.visit_unit(),
            Head::Bool(value) => visitor.visit_bool(value),
            Head::Unsigned(n) => visitor.visit_u64(n),
            Head::Negative(n) => visitor.visit_i64(n),
            Head::Float(value) => visitor.visit_f64(value),
            Head::Bytes(bytes) => visitor.visit_bytes(bytes),
            Head::String(form, payload) => visit_string(form, payload, visitor),
            Head::List(count) => self.container(|decoder| {
                let mut list = List { decoder, left: count };
                let value = visitor.visit_seq(&mut list)?;
                // A visitor that wanted fewer values than there are wanted another type.
                if list.left == 0 { Ok(value) } else { Err(ValueError::Type) }
            }),
            Head::Map(count) => self.container(|decoder| {
                let mut map = Map { decoder, left: count, cited: Cited::default() };
                let value = visitor.visit_map(&mut map)?;
                if map.left == 0 { Ok(value) } else { Err(ValueError::Type) }
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if self.input.at_null() {
            self.head()?;
            return visitor.visit_none();
        }
        self.wrapper(|decoder| visitor.visit_some(decoder))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.wrapper(|decoder| visitor.visit_newtype_struct(decoder))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self.head()? {
            Head::String(form, payload) => match plain(form, payload) {
                Some(text) => visitor.visit_enum(StrDeserializer::<ValueError>::new(text)),
                None => {
                    let text = forms::unpack(form, payload).ok_or(ValueError::Malformed)?;
                    visitor.visit_enum(StrDeserializer::<ValueError>::new(&text))
                }
            },
            Head::Map(1) => self.container(|decoder| visitor.visit_enum(Enum { decoder })),
            _ => Err(ValueError::Type),
        }
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct List<'d, 'a> {
    decoder: &'d mut Decoder<'a>,
    left: usize,
}

impl<'de> SeqAccess<'de> for List<'_, '_> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    /// Backed by bytes: each value takes at least one.
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

struct Map<'d, 'a> {
    decoder: &'d mut Decoder<'a>,
    left: usize,
    cited: Cited,
}

impl<'de> MapAccess<'de> for Map<'_, '_> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ValueError> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let (place, name) = self.decoder.name()?;
        if !self.cited.add(place) {
            return Err(ValueError::Malformed);
        }
        seed.deserialize(KeyDecoder { name, depth: self.decoder.depth }).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, ValueError> {
        seed.deserialize(&mut *self.decoder)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// A variant with content: the one entry of a map.
struct Enum<'d, 'a> {
    decoder: &'d mut Decoder<'a>,
}

impl<'de> EnumAccess<'de> for Enum<'_, '_> {
    type Error = ValueError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), ValueError> {
        let (_, name) = self.decoder.name()?;
        let variant = seed.deserialize(StrDeserializer::<ValueError>::new(name))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Enum<'_, '_> {
    type Error = ValueError;

    /// A unit variant is a string and nothing else.
    fn unit_variant(self) -> Result<(), ValueError> {
        Err(ValueError::Type)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, ValueError> {
        seed.deserialize(self.decoder)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ValueError> {
        self.decoder.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.decoder.deserialize_any(visitor)
    }
}
