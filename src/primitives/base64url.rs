//! base64url without padding (RFC 4648, section 5), strict: one text for every byte string.
//!
//! Padding, blanks, line ends, `+`, `/`, left-over bits and a length of 1 modulo 4 are all refused.
//! The crate's own errors quote the input, which may be a key, so they end here as `None`.

use alloc::{string::String, vec, vec::Vec};

use base64::{Engine, decoded_len_estimate, prelude::BASE64_URL_SAFE_NO_PAD as ENGINE};
use zeroize::Zeroizing;

/// The text for `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// Appends the text for `bytes` to `text`.
pub(crate) fn encode_into(bytes: &[u8], text: &mut String) {
    ENGINE.encode_string(bytes, text);
}

/// The bytes that `text` stands for, if it is exactly what [`encode`] would write.
pub(crate) fn decode(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // Allocated once at full length, so that growing leaves no copy behind.
    let mut bytes = Zeroizing::new(vec![0; decoded_len_estimate(text.len())]);
    let len = decode_into(text, &mut bytes)?;
    bytes.truncate(len);
    Some(bytes)
}

/// Decodes into the front of `out` and returns the number of bytes; `None` also if it is too small.
pub(crate) fn decode_into(text: &[u8], out: &mut [u8]) -> Option<usize> {
    ENGINE.decode_slice(text, out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn encoding_into_a_string_appends() {
        let mut text = String::from("id=");
        encode_into(b"foo", &mut text);
        assert_eq!(text, "id=Zm9v");
    }
}
