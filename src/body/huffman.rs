//! The static Huffman code of HTTP/2 header compression (RFC 7541, Appendix B).
//!
//! It was made for short texts beside secrets: every string is coded alone, by a table that never
//! adapts. The code is canonical, so its 257 lengths say everything; the tables below are computed
//! from them by the compiler.

/// Bits of the code of each byte, and of the end of string (which is never written), by symbol.
#[rustfmt::skip]
const LENGTHS: [u8; SYMBOLS] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];

const SYMBOLS: usize = 257;
const END_OF_STRING: u16 = 256;
/// Bits of the longest code.
const LONGEST: u32 = 30;
/// The number of code lengths, 0 included.
const LENGTHS_END: usize = LONGEST as usize + 1;
/// Bits that are looked up at once: enough for every letter, digit and usual sign.
const FAST_BITS: u32 = 8;
/// Bits of the shortest code that is not.
const FIRST_SLOW: usize = FAST_BITS as usize + 1;

static CODE: Code = Code::new();

/// Bytes of the code of `text`.
pub(crate) fn encoded_len(text: &[u8]) -> usize {
    let bits = |byte: &u8| LENGTHS.get(usize::from(*byte)).copied().map_or(0, usize::from);
    text.iter().map(bits).fold(0, usize::saturating_add).div_ceil(8)
}

/// Writes the code of `text` to the front of `out` and returns its length; `None` if it is too
/// small.
pub(crate) fn encode(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut slots = out.iter_mut();
    let mut written = 0_usize;
    // The low `waiting` bits of `bits` are not written yet: at most 7 before a code is added.
    let (mut bits, mut waiting) = (0_u64, 0_u32);
    for byte in text {
        let symbol = usize::from(*byte);
        let length = u32::from(*LENGTHS.get(symbol)?);
        bits = (bits << length) | u64::from(*CODE.codes.get(symbol)?);
        waiting = waiting.saturating_add(length);
        while waiting >= 8 {
            waiting = waiting.saturating_sub(8);
            *slots.next()? = low_byte(bits >> waiting);
            written = written.saturating_add(1);
        }
    }
    if waiting > 0 {
        let padding = 8_u32.saturating_sub(waiting);
        *slots.next()? = low_byte((bits << padding) | (0xff >> waiting));
        written = written.saturating_add(1);
    }
    Some(written)
}

/// The most bytes that `payload` bytes can decode to.
pub(crate) fn decoded_max(payload: usize) -> usize {
    // No code is shorter than five bits.
    payload.saturating_mul(8) / 5
}

/// Decodes `payload` into the front of `out` and returns the length of the text.
///
/// `None` if a code is incomplete or the end of string, or if the last byte is not filled up with
/// fewer than eight one bits.
pub(crate) fn decode(payload: &[u8], out: &mut [u8]) -> Option<usize> {
    let room = out.len();
    let mut input = payload.iter();
    let mut slots = out.iter_mut();
    // The top `waiting` bits of `bits` are not decoded yet; below them are zeros.
    let (mut bits, mut waiting) = (0_u64, 0_u32);
    loop {
        while waiting <= 56
            && let Some(byte) = input.next()
        {
            bits |= u64::from(*byte) << 56_u32.saturating_sub(waiting);
            waiting = waiting.saturating_add(8);
        }
        // Short codes, as long as one is certainly whole.
        while waiting >= FAST_BITS
            && let Some((symbol, length)) = CODE.short(bits)
        {
            *slots.next()? = symbol;
            bits <<= length;
            waiting = waiting.saturating_sub(length);
        }
        if !input.as_slice().is_empty() && waiting < LONGEST {
            continue;
        }
        // No code is all ones but the longest, so this is padding and nothing else.
        if waiting < 8 && bits.leading_ones() >= waiting {
            return room.checked_sub(slots.len());
        }
        let (symbol, length) = CODE.first(bits)?;
        waiting = waiting.checked_sub(length)?;
        bits <<= length;
        *slots.next()? = symbol;
    }
}

/// The tables, each derived from [`LENGTHS`].
struct Code {
    /// The code of each symbol, in its low bits.
    codes: [u32; SYMBOLS],
    /// By the next eight bits: the symbol whose code they begin with, and its length, or 0.
    fast: [(u8, u8); 1 << FAST_BITS],
    /// All symbols, ordered by length and then by value.
    symbols: [u16; SYMBOLS],
    /// By length: where its symbols begin in `symbols`, its first code, and the code after its last.
    ranges: [(usize, u32, u32); LENGTHS_END],
}

impl Code {
    /// The byte whose code stands at the top of `bits`, and the length of the code.
    fn first(&self, bits: u64) -> Option<(u8, u32)> {
        if let Some(found) = self.short(bits) {
            return Some(found);
        }
        let mut length = FAST_BITS;
        for (start, first, end) in self.ranges.iter().skip(FIRST_SLOW) {
            length = length.saturating_add(1);
            let code = u32::try_from(bits >> 64_u32.saturating_sub(length)).ok()?;
            if code < *end {
                let place = usize::try_from(code.checked_sub(*first)?).ok()?;
                let symbol = *self.symbols.get(start.saturating_add(place))?;
                // The end of string is no byte.
                return Some((u8::try_from(symbol).ok()?, length));
            }
        }
        None
    }

    /// The same, if the code has at most eight bits.
    fn short(&self, bits: u64) -> Option<(u8, u32)> {
        let (symbol, length) = *self.fast.get(usize::from(bits.to_be_bytes()[0]))?;
        (length > 0).then_some((symbol, u32::from(length)))
    }

    #[expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        reason = "the compiler evaluates this, and would refuse a fault"
    )]
    const fn new() -> Self {
        let mut code = Self {
            codes: [0; SYMBOLS],
            fast: [(0, 0); 1 << FAST_BITS],
            symbols: [0; SYMBOLS],
            ranges: [(0, 0, 0); LENGTHS_END],
        };
        let (mut next, mut place, mut length) = (0_u32, 0, 1);
        while length < LENGTHS_END {
            next <<= 1;
            let (start, first) = (place, next);
            let mut symbol = 0;
            while symbol < SYMBOLS {
                if LENGTHS[symbol] as usize == length {
                    code.codes[symbol] = next;
                    code.symbols[place] = symbol as u16;
                    if length <= FAST_BITS as usize {
                        let unused = FAST_BITS as usize - length;
                        let mut tail = 0;
                        while tail < 1 << unused {
                            let index = ((next as usize) << unused) | tail;
                            code.fast[index] = (symbol as u8, length as u8);
                            tail += 1;
                        }
                    }
                    next += 1;
                    place += 1;
                }
                symbol += 1;
            }
            code.ranges[length] = (start, first, next);
            length += 1;
        }
        // A complete code: the last one is all ones, and it ends the string.
        assert!(next == 1 << LONGEST && code.symbols[SYMBOLS - 1] == END_OF_STRING);
        code
    }
}

fn low_byte(bits: u64) -> u8 {
    bits.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;
    use crate::primitives::testing::unhex;

    fn encoded(text: &[u8]) -> Vec<u8> {
        let mut out = vec![0; encoded_len(text)];
        assert_eq!(encode(text, &mut out), Some(out.len()));
        out
    }

    fn decoded(payload: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; decoded_max(payload.len())];
        let len = decode(payload, &mut out)?;
        out.truncate(len);
        Some(out)
    }

    #[test]
    fn codes_printed_in_rfc_7541_appendix_b_hold() {
        let printed = [
            (b'0', 0x0, 5),
            (b'a', 0x3, 5),
            (b't', 0x9, 5),
            (b' ', 0x14, 6),
            (b'u', 0x2d, 6),
            (b':', 0x5c, 7),
            (b'z', 0x7b, 7),
            (b'&', 0xf8, 8),
            (b'Z', 0xfd, 8),
            (b'!', 0x3f8, 10),
            (b'|', 0x7fc, 11),
            (b'#', 0xffa, 12),
            (0, 0x1ff8, 13),
            (b'^', 0x3ffc, 14),
            (b'{', 0x7ffe, 15),
            (b'\\', 0x7fff0, 19),
            (128, 0xfffe6, 20),
            (153, 0x1fffdc, 21),
            (129, 0x3fffd2, 22),
            (1, 0x7fffd8, 23),
            (9, 0xffffea, 24),
            (199, 0x1ffffec, 25),
            (192, 0x3ffffe0, 26),
            (203, 0x7ffffde, 27),
            (2, 0xfffffe2, 28),
            (127, 0xffffffc, 28),
            (10, 0x3ffffffc, 30),
            (22, 0x3ffffffe, 30),
        ];
        for (symbol, code, length) in printed {
            let symbol = usize::from(symbol);
            assert_eq!((CODE.codes[symbol], LENGTHS[symbol]), (code, length), "{symbol}");
        }
        assert_eq!((CODE.codes[256], LENGTHS[256]), (0x3fff_ffff, 30));
    }

    #[test]
    fn the_examples_of_rfc_7541_appendix_c_hold() {
        for (text, hex) in [
            ("www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"),
            ("no-cache", "a8eb10649cbf"),
            ("custom-key", "25a849e95ba97d7f"),
            ("custom-value", "25a849e95bb8e8b4bf"),
            ("302", "6402"),
            ("private", "aec3771a4b"),
            ("Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"),
            ("https://www.example.com", "9d29ad171863c78f0b97c8e9ae82ae43d3"),
            ("gzip", "9bd9ab"),
            (
                "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
                "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
            ),
        ] {
            assert_eq!(encoded(text.as_bytes()), unhex(hex), "{text}");
            assert_eq!(decoded(&unhex(hex)).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn every_pair_of_bytes_round_trips() {
        for a in 0..=255 {
            for b in 0..=255 {
                assert_eq!(decoded(&encoded(&[a, b])).unwrap(), [a, b]);
            }
        }
    }

    #[test]
    fn of_all_two_byte_payloads_exactly_the_canonical_ones_decode() {
        for n in 0..=u16::MAX {
            let payload = n.to_be_bytes();
            if let Some(text) = decoded(&payload) {
                assert_eq!(encoded(&text), payload);
            }
        }
        assert_eq!(decoded(b""), Some(vec![]));
    }

    #[test]
    fn padding_other_than_short_ones_is_refused() {
        // "0" is 00000, so its byte is 00000111.
        assert_eq!(decoded(&[0b0000_0111]), Some(vec![b'0']));
        for wrong in [0b0000_0110, 0b0000_0011, 0b0000_0101] {
            assert_eq!(decoded(&[wrong]), None);
        }
        assert_eq!(decoded(&[0b0000_0111, 0xff]), None);
        assert_eq!(decoded(&[0xff]), None);
        // "&" fills its byte, so that nothing is left to fill up.
        assert_eq!(decoded(&[0xf8]), Some(vec![b'&']));
        assert_eq!(decoded(&[0xf8, 0xff]), None);
    }

    #[test]
    fn a_buffer_is_made_for_codes_of_five_bits_and_not_for_more() {
        for (payload, text) in [(0, 0), (1, 1), (2, 3), (3, 4), (4, 6), (5, 8), (1_000, 1_600)] {
            assert_eq!(decoded_max(payload), text);
        }
    }

    #[test]
    fn the_tables_are_the_same_made_by_the_compiler_and_by_the_program() {
        let made = Code::new();
        assert_eq!((made.codes, made.fast), (CODE.codes, CODE.fast));
        assert_eq!((made.symbols, made.ranges), (CODE.symbols, CODE.ranges));
    }

    #[test]
    fn the_end_of_string_is_refused() {
        assert_eq!(decoded(&[0xff; 4]), None);
        assert_eq!(decoded(&[0xff; 8]), None);
    }
}
