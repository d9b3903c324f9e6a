//! How many bytes postcard takes for a value, known without writing it. Its integers are in base 128.

use core::fmt::{self, Display, Write};

use crate::error::EncodeReason;

/// Bytes of a number: one for every seven bits.
pub(super) fn varint(n: u64) -> usize {
    septets(u64::BITS.saturating_sub((n | 1).leading_zeros()))
}

pub(super) fn wide_varint(n: u128) -> usize {
    septets(u128::BITS.saturating_sub((n | 1).leading_zeros()))
}

/// Bytes of a signed number, whose sign goes into the lowest bit.
pub(super) fn zigzag(n: i64) -> usize {
    varint(((n << 1) ^ (n >> 63)).cast_unsigned())
}

pub(super) fn wide_zigzag(n: i128) -> usize {
    wide_varint(((n << 1) ^ (n >> 127)).cast_unsigned())
}

/// Bytes of so much text, or of so many bytes, behind their length.
pub(super) fn long(len: usize) -> usize {
    u64::try_from(len).map_or(usize::MAX, varint).saturating_add(len)
}

/// Bytes of what `value` displays, without the length before it.
pub(super) fn displayed<T: Display + ?Sized>(value: &T) -> Result<usize, EncodeReason> {
    let mut counter = Counter(0);
    write!(counter, "{value}").map_err(|_| EncodeReason::Unsupported)?;
    Ok(counter.0)
}

struct Counter(usize);

impl Write for Counter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.saturating_add(text.len());
        Ok(())
    }
}

fn septets(bits: u32) -> usize {
    usize::try_from(bits.div_ceil(7)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use serde::Serialize;

    use super::*;
    use crate::primitives::postcard;

    fn written<T: Serialize>(value: T) -> usize {
        let mut bytes = Vec::new();
        postcard::encode(&value, |piece| bytes.extend_from_slice(piece)).unwrap();
        bytes.len()
    }

    #[test]
    fn numbers_take_what_postcard_writes_on_both_sides_of_every_power_of_two() {
        for shift in 0..64 {
            for n in [(1_u64 << shift) - 1, 1 << shift] {
                assert_eq!(varint(n), written(n), "{n}");
                for n in [n.cast_signed(), n.cast_signed().wrapping_neg()] {
                    assert_eq!(zigzag(n), written(n), "{n}");
                }
            }
        }
        assert_eq!((varint(u64::MAX), zigzag(i64::MIN)), (written(u64::MAX), written(i64::MIN)));
    }

    #[test]
    fn wide_numbers_take_what_postcard_writes_on_both_sides_of_every_power_of_two() {
        for shift in 0..128 {
            for n in [(1_u128 << shift) - 1, 1 << shift] {
                assert_eq!(wide_varint(n), written(n), "{n}");
                for n in [n.cast_signed(), n.cast_signed().wrapping_neg()] {
                    assert_eq!(wide_zigzag(n), written(n), "{n}");
                }
            }
        }
        assert_eq!(wide_varint(u128::MAX), written(u128::MAX));
        assert_eq!(wide_zigzag(i128::MIN), written(i128::MIN));
    }

    #[test]
    fn text_takes_its_length_too() {
        for len in [0, 1, 127, 128, 16_383, 16_384] {
            let text = String::from_utf8([b'a'].repeat(len)).unwrap();
            assert_eq!(long(len), written(&text));
            assert_eq!(displayed(&text), Ok(len));
        }
    }
}
