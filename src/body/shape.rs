//! The shape of a value: a 32-bit hash of what its `Serialize` implementation emits.
//!
//! postcard writes no names and no types, so a struct whose fields changed places would read an old
//! body without any error. Comparing shapes after decoding turns that into a refusal. The events and
//! their bytes are section 2 of the specification of bodies.
//!
//! Who seals a value needs its length too, before anything is written. The same walk counts it.

use core::fmt::Display;

use serde::ser::{self, Serialize, Serializer};

use super::{
    containers::containers,
    depth::Depth,
    lengths::{displayed, long, varint, wide_varint, wide_zigzag, zigzag},
    packed,
};
use crate::{error::EncodeReason, primitives::postcard};

/// The shape of `value`. It allocates nothing.
pub(crate) fn of<T: Serialize + ?Sized>(value: &T) -> Result<u32, EncodeReason> {
    walk(value, false).map(|walk| walk.hash.shape())
}

/// The shape of `value`, and the bytes of its postcard.
pub(crate) fn measure<T: Serialize + ?Sized>(value: &T) -> Result<(u32, usize), EncodeReason> {
    walk(value, true).map(|walk| (walk.hash.shape(), walk.len))
}

fn walk<T: Serialize + ?Sized>(value: &T, counts: bool) -> Result<Walk, EncodeReason> {
    let mut walk = Walk { hash: Fnv::new(), len: 0, counts };
    value.serialize(Shaper { walk: &mut walk, depth: Depth::FULL })?;
    Ok(walk)
}

/// What a walk over a value has come to.
struct Walk {
    hash: Fnv,
    len: usize,
    /// Whether the length is wanted where it takes more than an addition.
    counts: bool,
}

impl Walk {
    fn add(&mut self, bytes: usize) {
        self.len = self.len.saturating_add(bytes);
    }
}

/// Serializer methods whose argument does not enter the shape: its event, and its bytes.
macro_rules! scalars {
    ($($method:ident($value:ident: $type:ty) = $event:ident, $len:expr;)*) => {
        $(fn $method(self, $value: $type) -> Result<(), EncodeReason> {
            self.scalar($event, $len)
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

    /// The low half is the shape; both halves are kept for the entries of maps.
    const fn shape(self) -> u32 {
        let [_, _, _, _, a, b, c, d] = self.0.to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
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
    walk: &'a mut Walk,
    depth: Depth,
}

impl<'a> Shaper<'a> {
    fn scalar(self, event: u8, len: usize) -> Result<(), EncodeReason> {
        self.walk.hash.byte(event);
        self.walk.add(len);
        Ok(())
    }

    fn wrapped<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeReason> {
        let depth = self.depth.wrapper().ok_or(EncodeReason::TooDeep)?;
        value.serialize(Shaper { walk: self.walk, depth })
    }

    /// A container whose length is in the bytes.
    fn counted(self, event: u8, length: Option<usize>) -> Result<Inside<'a>, EncodeReason> {
        let length = length.ok_or(EncodeReason::Unsupported)?;
        self.walk.add(varint(u64::try_from(length).map_err(|_| EncodeReason::TooLong)?));
        self.container(event, length)
    }

    fn container(self, event: u8, length: usize) -> Result<Inside<'a>, EncodeReason> {
        self.walk.hash.byte(event);
        self.inside(length)
    }

    fn variant(&mut self, event: u8, index: u32, name: &str) -> Result<(), EncodeReason> {
        self.walk.hash.byte(event);
        self.walk.hash.number(index.into());
        self.walk.add(varint(index.into()));
        self.walk.hash.name(name)
    }

    fn inside(self, length: usize) -> Result<Inside<'a>, EncodeReason> {
        self.walk.hash.length(length)?;
        let depth = self.depth.container().ok_or(EncodeReason::TooDeep)?;
        Ok(Inside { walk: self.walk, depth })
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
        serialize_bool(_v: bool) = BOOL, 1;
        serialize_u8(_v: u8) = U8, 1;
        serialize_u16(v: u16) = UNSIGNED, varint(v.into());
        serialize_u32(v: u32) = UNSIGNED, varint(v.into());
        serialize_u64(v: u64) = UNSIGNED, varint(v);
        serialize_u128(v: u128) = UNSIGNED, wide_varint(v);
        serialize_i8(_v: i8) = I8, 1;
        serialize_i16(v: i16) = SIGNED, zigzag(v.into());
        serialize_i32(v: i32) = SIGNED, zigzag(v.into());
        serialize_i64(v: i64) = SIGNED, zigzag(v);
        serialize_i128(v: i128) = SIGNED, wide_zigzag(v);
        serialize_f32(_v: f32) = F32, 4;
        serialize_f64(_v: f64) = F64, 8;
        serialize_char(v: char) = CHAR, long(v.len_utf8());
        serialize_str(v: &str) = STRING, long(v.len());
        serialize_bytes(v: &[u8]) = BYTES, long(v.len());
        serialize_unit_struct(_v: &'static str) = UNIT, 0;
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), EncodeReason> {
        let len = if self.walk.counts { displayed(value)? } else { 0 };
        self.scalar(STRING, long(len))
    }

    fn serialize_none(self) -> Result<(), EncodeReason> {
        self.scalar(NONE, 1)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeReason> {
        self.walk.hash.byte(SOME);
        self.walk.add(1);
        self.wrapped(value)
    }

    fn serialize_unit(self) -> Result<(), EncodeReason> {
        self.scalar(UNIT, 0)
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
        if name != packed::NEWTYPE {
            return self.wrapped(value);
        }
        let mut len = 0_usize;
        if self.walk.counts {
            postcard::encode(value, |piece| len = len.saturating_add(piece.len()))?;
        }
        self.scalar(PACKED, len)
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
        value.serialize(Shaper { walk: self.walk, depth })
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Inside<'a>, EncodeReason> {
        self.counted(SEQUENCE, length)
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
        let inside = self.counted(MAP, length)?;
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
    walk: &'a mut Walk,
    depth: Depth,
}

impl Inside<'_> {
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeReason> {
        value.serialize(Shaper { walk: self.walk, depth: self.depth })
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), EncodeReason> {
        self.walk.hash.name(name)?;
        self.value(value)
    }

    fn finish(self) -> Result<(), EncodeReason> {
        Ok(())
    }
}

/// A map, whose entries may come in any order: each has a hash of its own.
struct Entries<'a> {
    inside: Inside<'a>,
    sum: u64,
    entry: Fnv,
}

impl Entries<'_> {
    fn hashed<T: Serialize + ?Sized>(&mut self, part: &T) -> Result<(), EncodeReason> {
        core::mem::swap(&mut self.inside.walk.hash, &mut self.entry);
        let done = self.inside.value(part);
        core::mem::swap(&mut self.inside.walk.hash, &mut self.entry);
        done
    }
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = EncodeReason;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeReason> {
        self.entry = Fnv::new();
        self.hashed(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeReason> {
        self.hashed(value)?;
        // A sum and not an XOR, under which two entries of one shape would cancel out.
        self.sum = self.sum.wrapping_add(self.entry.0);
        Ok(())
    }

    fn end(self) -> Result<(), EncodeReason> {
        self.sum.to_be_bytes().into_iter().for_each(|byte| self.inside.walk.hash.byte(byte));
        Ok(())
    }
}

containers!(Inside);
