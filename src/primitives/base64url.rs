//! base64url without padding (RFC 4648, section 5), strict: one text for every byte string.
//!
//! Padding, blanks, line ends, `+`, `/`, left-over bits and a length of 1 modulo 4 are all refused.
//! The crate's own errors quote the input, which may be a key, so they end here as `None`.

use alloc::{string::String, vec::Vec};

use base64::Engine;
#[cfg(not(feature = "simd"))]
use base64::prelude::BASE64_URL_SAFE_NO_PAD as ENGINE;

/// The same text and the same refusals, in vector instructions where the processor has them.
#[cfg(feature = "simd")]
static ENGINE: std::sync::LazyLock<base64::engine::Simd> = std::sync::LazyLock::new(|| {
    base64::engine::Simd::url_safe(base64::engine::general_purpose::NO_PAD)
});

/// Bytes that are encoded at once where the text takes their place: whole groups of three.
const CHUNK: usize = 384;

/// The text for `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// Appends the text for `bytes` to `text`.
pub(crate) fn encode_into(bytes: &[u8], text: &mut String) {
    ENGINE.encode_string(bytes, text);
}

/// The text for the bytes of `buffer` from `start` on, written over `buffer` from its front.
///
/// `None` if the text would overtake the bytes: it does not where `start` is a third of what follows.
pub(crate) fn encode_over(mut buffer: Vec<u8>, start: usize) -> Option<String> {
    let mut chunk = [0; CHUNK];
    let (mut read, mut written) = (start, 0_usize);
    while read < buffer.len() {
        let piece = buffer.get(read..)?;
        let piece = piece.get(..CHUNK).unwrap_or(piece);
        let copy = chunk.get_mut(..piece.len())?;
        copy.copy_from_slice(piece);
        read = read.checked_add(copy.len())?;
        // No further than what has been read.
        let room = buffer.get_mut(written..read)?;
        written = written.checked_add(ENGINE.encode_slice(copy, room).ok()?)?;
    }
    buffer.truncate(written);
    String::from_utf8(buffer).ok()
}

/// Decodes into the front of `out` and returns the number of bytes; `None` unless `text` is exactly
/// what [`encode`] would write, and if `out` is too small.
pub(crate) fn decode_into(text: &[u8], out: &mut [u8]) -> Option<usize> {
    ENGINE.decode_slice(text, out).ok()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn decode(text: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = vec![0; text.len()];
        let len = decode_into(text, &mut bytes)?;
        bytes.truncate(len);
        Some(bytes)
    }

    /// Accepted means canonical: what was decoded encodes to the same text again.
    fn assert_canonical(text: &[u8]) -> bool {
        let Some(bytes) = decode(text) else { return false };
        assert_eq!(encode(&bytes).as_bytes(), text);
        true
    }

    #[test]
    fn the_vectors_of_rfc_4648_hold_without_their_padding() {
        let cases = [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (bytes, text) in cases {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).unwrap().as_slice(), bytes.as_bytes());
        }
        assert_eq!(encode(&[0xfb, 0xff, 0xfe]), "-__-");
    }

    #[test]
    fn of_all_one_and_two_byte_texts_exactly_the_canonical_ones_decode() {
        assert!((0..=255).all(|a| decode(&[a]).is_none()));
        let mut accepted = 0;
        for a in 0..=255 {
            for b in 0..=255 {
                accepted += usize::from(assert_canonical(&[a, b]));
            }
        }
        assert_eq!(accepted, 256);
    }

    #[test]
    fn of_all_three_character_tails_exactly_the_canonical_ones_decode() {
        // 0 to 127 holds the alphabet, padding, blanks and controls; above it nothing is text.
        let mut accepted = 0;
        for a in 0..128 {
            for b in 0..128 {
                for c in 0..128 {
                    accepted += usize::from(decode(&[a, b, c]).is_some());
                }
            }
        }
        // As many as there are strings of two bytes, and every one of those has a text.
        assert_eq!(accepted, 65_536);
        for n in 0..=u16::MAX {
            let text = encode(&n.to_be_bytes());
            assert_eq!(decode(text.as_bytes()).unwrap().as_slice(), n.to_be_bytes());
        }
        for high in 128..=255 {
            assert!(decode(&[b'A', b'A', high]).is_none());
            assert!(decode(&[b'A', high, b'A']).is_none());
            assert!(decode(&[high, b'A', b'A']).is_none());
        }
    }

    /// Long texts, which vector instructions take block by block.
    #[test]
    fn a_byte_outside_the_alphabet_is_refused_wherever_it_stands() {
        // Whole groups of three, so that the last character has no spare bits.
        let bytes: Vec<u8> = (0..255).collect();
        let good = encode(&bytes).into_bytes();
        for at in 0..good.len() {
            for bad in (0..=255_u8).filter(|bad| !bad.is_ascii_alphanumeric()) {
                let mut text = good.clone();
                text[at] = bad;
                assert_eq!(decode(&text).is_some(), b"-_".contains(&bad), "{bad:#x} at {at}");
            }
        }
        for len in 0..bytes.len() {
            let text = encode(&bytes[..len]);
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(&bytes[..len]));
        }
    }

    #[test]
    fn padding_blanks_line_ends_and_the_other_alphabet_are_refused() {
        for text in ["Zg==", "Zg=", "Zm9v ", " Zm9v", "Zm9v\n", "Zm\r\n9v", "+A", "/A", "Zm9v\0"] {
            assert!(decode(text.as_bytes()).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_buffer_may_be_exact_but_not_too_small() {
        let mut out = [0; 4];
        assert_eq!(decode_into(b"Zm9vYg", &mut out), Some(4));
        assert_eq!(&out, b"foob");
        assert_eq!(decode_into(b"Zm9vYg", &mut out[..3]), None);
        assert_eq!(decode_into(b"Zg", &mut out), Some(1));
    }

    #[test]
    fn bytes_are_encoded_over_themselves_unless_the_text_would_overtake_them() {
        for len in 0..3000_u16 {
            let bytes: Vec<u8> =
                (0..len).map(|n| n.to_le_bytes()[0] ^ n.to_be_bytes()[0]).collect();
            let room = usize::from(len).div_ceil(3);
            let buffer = [&vec![0; room], &bytes[..]].concat();
            assert_eq!(encode_over(buffer, room), Some(encode(&bytes)));
        }
        assert_eq!(encode_over(vec![1; 4], 1).as_deref(), Some("AQEB"));
        assert_eq!(encode_over(vec![1; 6], 0), None);
        assert_eq!(encode_over(vec![1; 2_400], 599), None);
        assert_eq!(encode_over(vec![1; 2], 3).as_deref(), Some(""));
    }

    #[test]
    fn encoding_into_a_string_appends() {
        let mut text = String::from("id=");
        encode_into(b"foo", &mut text);
        assert_eq!(text, "id=Zm9v");
    }
}
