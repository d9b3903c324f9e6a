//! The tags and numbers of the Values format: section 4 of the specification of bodies.

use core::str;

use super::{
    buffer::Buffer,
    forms::{self, Form, Packed},
};
use crate::limits::VALUES_ENTRIES;

const NULL: u8 = 0xa0;
const FALSE: u8 = 0xa1;
const TRUE: u8 = 0xa2;
const FLOAT: u8 = 0xa5;
const BYTES: u8 = 0xa6;
const UUID: u8 = 0xab;

/// A number with two forms: the smallest values stand in the tag, the others after a long tag.
#[derive(Clone, Copy)]
pub(crate) struct Family {
    /// The tag of `least`; the next values have the next tags.
    short: u8,
    least: u64,
    /// How many values stand in the tag.
    shorts: u64,
    /// The tag before the number itself.
    long: u8,
}

pub(crate) const UNSIGNED: Family = Family { short: 0x00, least: 0, shorts: 64, long: 0xa3 };
pub(crate) const NEGATIVE: Family = Family { short: 0xb0, least: 0, shorts: 16, long: 0xa4 };
pub(crate) const LIST: Family = Family { short: 0x80, least: 0, shorts: 16, long: 0xa7 };
pub(crate) const MAP: Family = Family { short: 0x90, least: 0, shorts: 16, long: 0xa8 };
const TEXT: Family = Family { short: 0x40, least: 0, shorts: 32, long: 0xa9 };
const HUFFMAN: Family = strings(0x60, forms::HUFFMAN_MIN, 0xaa);
const BASE64URL: Family = strings(0xc0, forms::BASE64URL_MIN, 0xac);
const HEX: Family = strings(0xe0, forms::HEX_MIN, 0xad);

const fn strings(short: u8, least: usize, long: u8) -> Family {
    Family { short, least: least as u64, shorts: 32, long }
}

// --- writing --------------------------------------------------------------------------------------

/// A tag and, where it does not hold the number, the number.
pub(crate) fn write_head(out: &mut Buffer, family: Family, n: u64) {
    let offset = n.checked_sub(family.least).filter(|offset| *offset < family.shorts);
    match offset.and_then(|offset| family.short.checked_add(offset.to_le_bytes()[0])) {
        Some(tag) => out.push(tag),
        None => {
            out.push(family.long);
            write_varint(out, n);
        }
    }
}

pub(crate) fn write_varint(out: &mut Buffer, mut n: u64) {
    while n > 0x7f {
        out.push(n.to_le_bytes()[0] | 0x80);
        n >>= 7;
    }
    out.push(n.to_le_bytes()[0]);
}

/// A length or count before what it counts.
pub(crate) fn write_len(out: &mut Buffer, len: usize) {
    write_varint(out, as_u64(len));
}

/// Bytes of such a length.
pub(crate) fn varint_len(len: usize) -> usize {
    let bits = u64::BITS.saturating_sub(as_u64(len).leading_zeros());
    usize::try_from(bits.div_ceil(7).max(1)).unwrap_or(usize::MAX)
}

pub(crate) fn write_null(out: &mut Buffer) {
    out.push(NULL);
}

pub(crate) fn write_bool(out: &mut Buffer, value: bool) {
    out.push(if value { TRUE } else { FALSE });
}

pub(crate) fn write_signed(out: &mut Buffer, n: i64) {
    match u64::try_from(n) {
        Ok(n) => write_head(out, UNSIGNED, n),
        // The complement of n is -1 - n.
        Err(_) => write_head(out, NEGATIVE, (!n).unsigned_abs()),
    }
}

pub(crate) fn write_float(out: &mut Buffer, value: f64) {
    out.push(FLOAT);
    out.extend(&value.to_bits().to_be_bytes());
}

pub(crate) fn write_bytes(out: &mut Buffer, bytes: &[u8]) {
    out.push(BYTES);
    write_len(out, bytes.len());
    out.extend(bytes);
}

pub(crate) fn write_string(out: &mut Buffer, text: &str) {
    let packed = Packed::of(text);
    let family = match packed.form {
        Form::Text => TEXT,
        Form::Huffman => HUFFMAN,
        Form::Base64url => BASE64URL,
        Form::Hex => HEX,
        Form::Uuid => {
            out.push(UUID);
            return packed.write(out);
        }
    };
    write_head(out, family, as_u64(packed.len));
    packed.write(out);
}

pub(crate) fn as_u64(n: usize) -> u64 {
    // A usize has at most 64 bits everywhere.
    u64::try_from(n).unwrap_or(u64::MAX)
}

// --- reading --------------------------------------------------------------------------------------

/// What a tag says, with everything that is not a value of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Head<'a> {
    Null,
    Bool(bool),
    /// The number itself.
    Unsigned(u64),
    /// A number below zero.
    Negative(i64),
    Float(f64),
    Bytes(&'a [u8]),
    /// A string in one of its forms, not yet checked.
    String(Form, &'a [u8]),
    /// As many values follow.
    List(usize),
    /// As many names and values follow.
    Map(usize),
}

impl Head<'_> {
    /// Whether no value and no name can follow.
    pub(crate) fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }
}

/// Reads from the front; `None` is the end or a form that is not canonical.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes that were read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Whether a null comes next.
    pub(crate) fn at_null(&self) -> bool {
        self.bytes.get(self.at) == Some(&NULL)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at = self.at.checked_add(1)?;
        Some(byte)
    }

    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(len)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    pub(crate) fn varint(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let mut n = u64::from(first & 0x7f);
        if first == n.to_le_bytes()[0] {
            return Some(n);
        }
        // Nine groups of seven bits, and one bit in the tenth byte.
        for shift in (7_u32..=63).step_by(7) {
            let byte = self.byte()?;
            let group = u64::from(byte & 0x7f);
            n |= group << shift;
            if byte & 0x80 == 0 {
                return (byte != 0 && (shift < 63 || group == 1)).then_some(n);
            }
        }
        None
    }

    /// A varint that counts something in memory.
    pub(crate) fn length(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok()
    }

    /// The next tag and what belongs to it.
    pub(crate) fn head(&mut self) -> Option<Head<'a>> {
        let tag = self.byte()?;
        Some(match tag {
            0x00..=0x3f => Head::Unsigned(u64::from(tag)),
            0x40..=0x5f => self.short_string(Form::Text, TEXT, tag)?,
            0x60..=0x7f => self.short_string(Form::Huffman, HUFFMAN, tag)?,
            0x80..=0x8f => self.list(usize::from(tag & 0x0f))?,
            0x90..=0x9f => self.map(usize::from(tag & 0x0f))?,
            0xb0..=0xbf => Head::Negative(!i64::from(tag & 0x0f)),
            0xc0..=0xdf => self.short_string(Form::Base64url, BASE64URL, tag)?,
            0xe0..=0xff => self.short_string(Form::Hex, HEX, tag)?,
            NULL => Head::Null,
            FALSE => Head::Bool(false),
            TRUE => Head::Bool(true),
            0xa3 => Head::Unsigned(self.long(UNSIGNED)?),
            0xa4 => Head::Negative(!i64::try_from(self.long(NEGATIVE)?).ok()?),
            FLOAT => {
                let bytes = self.take(8)?.try_into().ok()?;
                Head::Float(f64::from_bits(u64::from_be_bytes(bytes)))
            }
            BYTES => {
                let len = self.length()?;
                Head::Bytes(self.take(len)?)
            }
            0xa7 => {
                let count = self.long_len(LIST)?;
                self.list(count)?
            }
            0xa8 => {
                let count = self.long_len(MAP)?;
                self.map(count)?
            }
            0xa9 => self.long_string(Form::Text, TEXT)?,
            0xaa => self.long_string(Form::Huffman, HUFFMAN)?,
            UUID => Head::String(Form::Uuid, self.take(forms::UUID_LEN)?),
            0xac => self.long_string(Form::Base64url, BASE64URL)?,
            0xad => self.long_string(Form::Hex, HEX)?,
            0xae | 0xaf => return None,
        })
    }

    /// A string value, such as a key: its form and its payload.
    pub(crate) fn string(&mut self) -> Option<(Form, &'a [u8])> {
        match self.head()? {
            Head::String(form, payload) => Some((form, payload)),
            _ => None,
        }
    }

    /// The number after a long tag, if no short tag could have held it.
    fn long(&mut self, family: Family) -> Option<u64> {
        let n = self.varint()?;
        let offset = n.checked_sub(family.least)?;
        (offset >= family.shorts).then_some(n)
    }

    fn long_len(&mut self, family: Family) -> Option<usize> {
        usize::try_from(self.long(family)?).ok()
    }

    fn short_string(&mut self, form: Form, family: Family, tag: u8) -> Option<Head<'a>> {
        let len = u64::from(tag.checked_sub(family.short)?).checked_add(family.least)?;
        Some(Head::String(form, self.take(usize::try_from(len).ok()?)?))
    }

    fn long_string(&mut self, form: Form, family: Family) -> Option<Head<'a>> {
        let len = self.long_len(family)?;
        Some(Head::String(form, self.take(len)?))
    }

    /// A value takes at least one byte, so a count above the bytes that remain is a lie.
    fn list(&self, count: usize) -> Option<Head<'a>> {
        (count <= VALUES_ENTRIES && count <= self.remaining()).then_some(Head::List(count))
    }

    /// A name and a value take at least two bytes.
    fn map(&self, count: usize) -> Option<Head<'a>> {
        (count <= VALUES_ENTRIES && count <= self.remaining() / 2).then_some(Head::Map(count))
    }

    fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }
}

/// The text of a string that needs no decoding, if it is UTF-8.
pub(crate) fn plain(form: Form, payload: &[u8]) -> Option<&str> {
    match form {
        Form::Text => str::from_utf8(payload).ok(),
        _ => None,
    }
}
