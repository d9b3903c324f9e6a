//! The shape of a value: a 32-bit hash of what its `Serialize` implementation emits.
//!
//! postcard writes no names and no types, so a struct whose fields changed places would read an old
//! body without any error. Comparing shapes after decoding turns that into a refusal. The events and
//! their bytes are section 2 of the specification of bodies.

use serde::ser::{self, Serialize, Serializer};

use super::{containers::containers, depth::Depth, packed};
use crate::error::EncodeReason;

/// The shape of `value`. It allocates nothing.
pub(crate) fn of<T: Serialize + ?Sized>(value: &T) -> Result<u32, EncodeReason> {
    let mut hash = Fnv::new();
    value.serialize(Shaper { hash: &mut hash, depth: Depth::FULL })?;
    // The low half is the shape; both halves are kept for the entries of maps.
    let [_, _, _, _, a, b, c, d] = hash.0.to_be_bytes();
    Ok(u32::from_be_bytes([a, b, c, d]))
}

/// Serializer methods whose argument does not enter the shape.
macro_rules! scalars {
    ($($method:ident($type:ty) = $event:ident;)*) => {
        $(fn $method(self, _: $type) -> Result<(), EncodeReason> {
            self.scalar($event)
        })*
    };
}

// --- events ---------------------------------------------------------------------------------------

const BOOL: u8 = 0x01;
const U8: u8 = 0x02;
const UNSIGNED: u8 = 0x03;
const I8: u8 = 0x04;
const SIGNED: u8 = 0x05;
const F32: u8 = 0x06;
const F64: u8 = 0x07;
const CHAR: u8 = 0x08;
const STRING: u8 = 0x09;
const BYTES: u8 = 0x0a;
const PACKED: u8 = 0x0b;
const NONE: u8 = 0x0c;
const SOME: u8 = 0x0d;
const UNIT: u8 = 0x0e;
const SEQUENCE: u8 = 0x0f;
const TUPLE: u8 = 0x10;
const STRUCT: u8 = 0x11;
const MAP: u8 = 0x12;
const UNIT_VARIANT: u8 = 0x13;
const NEWTYPE_VARIANT: u8 = 0x14;
const TUPLE_VARIANT: u8 = 0x15;
const STRUCT_VARIANT: u8 = 0x16;

/// FNV-1a 64, as in the Internet draft "The FNV Non-Cryptographic Hash Algorithm".
#[derive(Clone, Copy)]
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    fn number(&mut self, mut n: u64) {
        while n > 0x7f {
            self.byte(n.to_le_bytes()[0] | 0x80);
            n >>= 7;
        }
        self.byte(n.to_le_bytes()[0]);
    }

    fn length(&mut self, length: usize) -> Result<(), EncodeReason> {
        self.number(u64::try_from(length).map_err(|_| EncodeReason::TooLong)?);
        Ok(())
    }

    /// The length goes first, so that no two lists of names have the same bytes.
    fn name(&mut self, name: &str) -> Result<(), EncodeReason> {
        self.length(name.len())?;
        name.bytes().for_each(|byte| self.byte(byte));
        Ok(())
    }
}

struct Shaper<'a> {
    hash: &'a mut Fnv,
    depth: Depth,
}

impl<'a> Shaper<'a> {
    fn scalar(self, event: u8) -> Result<(), EncodeReason> {
        self.hash.byte(event);
        Ok(())
    }

    fn wrapped<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeReason> {
        let depth = self.depth.wrapper().ok_or(EncodeReason::TooDeep)?;
        value.serialize(Shaper { hash: self.hash, depth })
    }

    fn container(self, event: u8, length: usize) -> Result<Inside<'a>, EncodeReason> {
        self.hash.byte(event);
        self.inside(length)
    }

    fn variant(&mut self, event: u8, index: u32, name: &str) -> Result<(), EncodeReason> {
        self.hash.byte(event);
        self.hash.number(u64::from(index));
        self.hash.name(name)
    }

    fn inside(self, length: usize) -> Result<Inside<'a>, EncodeReason> {
        self.hash.length(length)?;
        let depth = self.depth.container().ok_or(EncodeReason::TooDeep)?;
        Ok(Inside { hash: self.hash, depth })
    }
}

impl<'a> Serializer for Shaper<'a> {
    type Ok = ();
    type Error = EncodeReason;
    type SerializeSeq = Inside<'a>;
    type SerializeTuple = Inside<'a>;
    type SerializeTupleStruct = Inside<'a>;
    type SerializeTupleVariant = Inside<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Inside<'a>;
    type SerializeStructVariant = Inside<'a>;

    scalars! {
        serialize_bool(bool) = BOOL;
        serialize_u8(u8) = U8;
        serialize_u16(u16) = UNSIGNED;
        serialize_u32(u32) = UNSIGNED;
        serialize_u64(u64) = UNSIGNED;
        serialize_u128(u128) = UNSIGNED;
        serialize_i8(i8) = I8;
        serialize_i16(i16) = SIGNED;
        serialize_i32(i32) = SIGNED;
        serialize_i64(i64) = SIGNED;
        serialize_i128(i128) = SIGNED;
        serialize_f32(f32) = F32;
        serialize_f64(f64) = F64;
        serialize_char(char) = CHAR;
        serialize_str(&str) = STRING;
        serialize_bytes(&[u8]) = BYTES;
        serialize_unit_struct(&'static str) = UNIT;
    }

    fn collect_str<T: core::fmt::Display + ?Sized>(self, _: &T) -> Result<(), EncodeReason> {
        self.scalar(STRING)
    }

    fn serialize_none(self) -> Result<(), EncodeReason> {
        self.scalar(NONE)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeReason> {
        self.hash.byte(SOME);
        self.wrapped(value)
    }

    fn serialize_unit(self) -> Result<(), EncodeReason> {
        self.scalar(UNIT)
    }

    fn serialize_unit_variant(
        mut self,
        _: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<(), EncodeReason> {
        self.variant(UNIT_VARIANT, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeReason> {
        if name == packed::NEWTYPE { self.scalar(PACKED) } else { self.wrapped(value) }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeReason> {
        self.variant(NEWTYPE_VARIANT, index, variant)?;
        let depth = self.depth.container().ok_or(EncodeReason::TooDeep)?;
        value.serialize(Shaper { hash: self.hash, depth })
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Inside<'a>, EncodeReason> {
        self.container(SEQUENCE, length.ok_or(EncodeReason::Unsupported)?)
    }

    fn serialize_tuple(self, length: usize) -> Result<Inside<'a>, EncodeReason> {
        self.container(TUPLE, length)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        length: usize,
    ) -> Result<Inside<'a>, EncodeReason> {
        self.container(TUPLE, length)
    }

    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Inside<'a>, EncodeReason> {
        self.variant(TUPLE_VARIANT, index, variant)?;
        self.inside(length)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Entries<'a>, EncodeReason> {
        let inside = self.container(MAP, length.ok_or(EncodeReason::Unsupported)?)?;
        Ok(Entries { inside, sum: 0, entry: Fnv::new() })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Inside<'a>, EncodeReason> {
        self.container(STRUCT, length)
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Inside<'a>, EncodeReason> {
        self.variant(STRUCT_VARIANT, index, variant)?;
        self.inside(length)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// A container whose values are hashed in order.
struct Inside<'a> {
    hash: &'a mut Fnv,
    depth: Depth,
}

impl Inside<'_> {
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeReason> {
        value.serialize(Shaper { hash: self.hash, depth: self.depth })
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), EncodeReason> {
        self.hash.name(name)?;
        self.value(value)
    }

    fn finish(self) -> Result<(), EncodeReason> {
        Ok(())
    }
}

/// A map, whose entries may come in any order.
struct Entries<'a> {
    inside: Inside<'a>,
    sum: u64,
    entry: Fnv,
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = EncodeReason;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeReason> {
        self.entry = Fnv::new();
        key.serialize(Shaper { hash: &mut self.entry, depth: self.inside.depth })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeReason> {
        value.serialize(Shaper { hash: &mut self.entry, depth: self.inside.depth })?;
        // A sum and not an XOR, under which two entries of one shape would cancel out.
        self.sum = self.sum.wrapping_add(self.entry.0);
        Ok(())
    }

    fn end(self) -> Result<(), EncodeReason> {
        self.sum.to_be_bytes().into_iter().for_each(|byte| self.inside.hash.byte(byte));
        Ok(())
    }
}

containers!(Inside);
