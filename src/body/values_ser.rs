//! From serde to the Values format, straight into the buffer of the map.

use serde::ser::{self, Serialize, Serializer};

use super::{
    buffer::Buffer,
    containers::containers,
    depth::Depth,
    forms, packed,
    values_key::Key,
    values_names::{Cited, Names},
    values_wire::{self as wire, Family},
};
use crate::{
    error::EncodeReason,
    limits::{VALUES_ENTRIES, VALUES_MAX},
};

/// Writes one value to the end of a buffer.
///
/// When it fails, what it wrote and the names it added are left there: the caller takes them back.
pub(crate) struct Encoder<'a> {
    out: &'a mut Buffer,
    names: &'a mut Names,
    /// Where the outermost value began: all of it has at most 16 KiB.
    start: usize,
    depth: Depth,
    /// Inside the newtype struct of a packed string: the bytes to come are one.
    packed: bool,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(out: &'a mut Buffer, names: &'a mut Names) -> Self {
        let start = out.len();
        Self { out, names, start, depth: Depth::FULL, packed: false }
    }

    /// Refuses before it writes what would be too long in any form.
    fn room_for(&self, len: usize) -> Result<(), EncodeReason> {
        // Packing at most halves a string.
        if len / 2 > VALUES_MAX { Err(EncodeReason::TooLong) } else { Ok(()) }
    }

    fn wrapped(self, packed: bool) -> Result<Self, EncodeReason> {
        let depth = self.depth.wrapper().ok_or(EncodeReason::TooDeep)?;
        Ok(Self { depth, packed, ..self })
    }

    fn unsigned(self, n: u64) -> Result<(), EncodeReason> {
        wire::write_head(self.out, wire::UNSIGNED, n);
        Ok(())
    }

    fn signed(self, n: i64) -> Result<(), EncodeReason> {
        wire::write_signed(self.out, n);
        Ok(())
    }

    fn container(
        self,
        family: Family,
        expected: Option<usize>,
    ) -> Result<Container<'a>, EncodeReason> {
        let depth = self.depth.container().ok_or(EncodeReason::TooDeep)?;
        let head = self.out.len();
        let expected = expected.unwrap_or(0);
        wire::write_head(self.out, family, wire::as_u64(expected));
        Ok(Container {
            head_len: self.out.len().saturating_sub(head),
            encoder: Encoder { depth, packed: false, ..self },
            family,
            head,
            expected,
            count: 0,
            cited: Cited::default(),
        })
    }

    /// A map of one entry, from the name of a variant to what follows.
    fn variant(mut self, name: &str) -> Result<Self, EncodeReason> {
        self.depth = self.depth.container().ok_or(EncodeReason::TooDeep)?;
        wire::write_head(self.out, wire::MAP, 1);
        wire::write_len(self.out, self.names.place_of(name));
        Ok(self)
    }
}

impl<'a> Serializer for Encoder<'a> {
    type Ok = ();
    type Error = EncodeReason;
    type SerializeSeq = Container<'a>;
    type SerializeTuple = Container<'a>;
    type SerializeTupleStruct = Container<'a>;
    type SerializeTupleVariant = Container<'a>;
    type SerializeMap = Container<'a>;
    type SerializeStruct = Container<'a>;
    type SerializeStructVariant = Container<'a>;

    fn serialize_bool(self, v: bool) -> Result<(), EncodeReason> {
        wire::write_bool(self.out, v);
        Ok(())
    }

    fn serialize_i8(self, v: i8) -> Result<(), EncodeReason> {
        self.signed(v.into())
    }

    fn serialize_i16(self, v: i16) -> Result<(), EncodeReason> {
        self.signed(v.into())
    }

    fn serialize_i32(self, v: i32) -> Result<(), EncodeReason> {
        self.signed(v.into())
    }

    fn serialize_i64(self, v: i64) -> Result<(), EncodeReason> {
        self.signed(v)
    }

    fn serialize_i128(self, v: i128) -> Result<(), EncodeReason> {
        match (u64::try_from(v), i64::try_from(v)) {
            (Ok(v), _) => self.unsigned(v),
            (_, Ok(v)) => self.signed(v),
            _ => Err(EncodeReason::Integer),
        }
    }

    fn serialize_u8(self, v: u8) -> Result<(), EncodeReason> {
        self.unsigned(v.into())
    }

    fn serialize_u16(self, v: u16) -> Result<(), EncodeReason> {
        self.unsigned(v.into())
    }

    fn serialize_u32(self, v: u32) -> Result<(), EncodeReason> {
        self.unsigned(v.into())
    }

    fn serialize_u64(self, v: u64) -> Result<(), EncodeReason> {
        self.unsigned(v)
    }

    fn serialize_u128(self, v: u128) -> Result<(), EncodeReason> {
        self.unsigned(u64::try_from(v).map_err(|_| EncodeReason::Integer)?)
    }

    fn serialize_f32(self, v: f32) -> Result<(), EncodeReason> {
        self.serialize_f64(v.into())
    }

    fn serialize_f64(self, v: f64) -> Result<(), EncodeReason> {
        wire::write_float(self.out, v);
        Ok(())
    }

    fn serialize_char(self, v: char) -> Result<(), EncodeReason> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, v: &str) -> Result<(), EncodeReason> {
        self.room_for(v.len())?;
        wire::write_string(self.out, v);
        Ok(())
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<(), EncodeReason> {
        self.room_for(v.len())?;
        if self.packed {
            // Strings are packed here anyway: such a field is the string that it stands for.
            let (form, payload) = packed::split(v).ok_or(EncodeReason::Unsupported)?;
            let text = forms::unpack(form, payload).ok_or(EncodeReason::Unsupported)?;
            wire::write_string(self.out, &text);
        } else {
            wire::write_bytes(self.out, v);
        }
        Ok(())
    }

    fn serialize_none(self) -> Result<(), EncodeReason> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeReason> {
        value.serialize(self.wrapped(false)?)
    }

    fn serialize_unit(self) -> Result<(), EncodeReason> {
        wire::write_null(self.out);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), EncodeReason> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), EncodeReason> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeReason> {
        value.serialize(self.wrapped(name == packed::NEWTYPE)?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeReason> {
        value.serialize(self.variant(variant)?)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Container<'a>, EncodeReason> {
        self.container(wire::LIST, len)
    }

    fn serialize_tuple(self, len: usize) -> Result<Container<'a>, EncodeReason> {
        self.container(wire::LIST, Some(len))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        len: usize,
    ) -> Result<Container<'a>, EncodeReason> {
        self.container(wire::LIST, Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Container<'a>, EncodeReason> {
        self.variant(variant)?.container(wire::LIST, Some(len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Container<'a>, EncodeReason> {
        self.container(wire::MAP, len)
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Container<'a>, EncodeReason> {
        self.container(wire::MAP, Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Container<'a>, EncodeReason> {
        self.variant(variant)?.container(wire::MAP, Some(len))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// A list or map whose values are written as they come.
pub(crate) struct Container<'a> {
    encoder: Encoder<'a>,
    family: Family,
    /// Where its head stands, how long that is, and the count it states.
    head: usize,
    head_len: usize,
    expected: usize,
    count: usize,
    /// The names of a map that were used.
    cited: Cited,
}

impl Container<'_> {
    /// An encoder for the next value of a list, or for the value of the name just written.
    pub(crate) fn next(&mut self) -> Result<Encoder<'_>, EncodeReason> {
        self.count = self.count.saturating_add(1);
        if self.count > VALUES_ENTRIES {
            return Err(EncodeReason::TooManyEntries);
        }
        let Encoder { start, depth, .. } = self.encoder;
        if self.encoder.out.len().saturating_sub(start) > VALUES_MAX {
            return Err(EncodeReason::TooLong);
        }
        let Encoder { out, names, .. } = &mut self.encoder;
        Ok(Encoder { out, names, start, depth, packed: false })
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeReason> {
        value.serialize(self.next()?)
    }

    pub(crate) fn name(&mut self, name: &str) -> Result<(), EncodeReason> {
        let place = self.encoder.names.place_of(name);
        self.cite(place)
    }

    /// The names of one map are distinct, whatever a `Serialize` implementation does.
    fn cite(&mut self, place: usize) -> Result<(), EncodeReason> {
        if !self.cited.add(place) {
            return Err(EncodeReason::Unsupported);
        }
        wire::write_len(self.encoder.out, place);
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), EncodeReason> {
        self.name(name)?;
        self.value(value)
    }

    pub(crate) fn finish(self) -> Result<(), EncodeReason> {
        if self.count != self.expected {
            let mut head = Buffer::default();
            wire::write_head(&mut head, self.family, wire::as_u64(self.count));
            self.encoder.out.replace(self.head, self.head_len, head.as_slice());
        }
        Ok(())
    }
}

impl ser::SerializeMap for Container<'_> {
    type Ok = ();
    type Error = EncodeReason;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeReason> {
        let place = key.serialize(Key { names: self.encoder.names, depth: self.encoder.depth })?;
        self.cite(place)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeReason> {
        self.value(value)
    }

    fn end(self) -> Result<(), EncodeReason> {
        self.finish()
    }
}

containers!(Container);
