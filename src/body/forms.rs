//! The five forms of a string: UUID, hex, base64url and Huffman as bytes, or plain text.
//!
//! The order in which they are tried and what each may hold is section 3 of the specification of
//! bodies. Every form is restored exactly, and none depends on any other string.

use alloc::string::String;

use zeroize::Zeroizing;

use super::{
    buffer::{Buffer, wipe},
    huffman,
};
use crate::primitives::base64url;

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is.
    Text,
    /// In the code of RFC 7541.
    Huffman,
    /// The bytes that it spells in base64url.
    Base64url,
    /// The bytes that it spells in lower-case hexadecimal.
    Hex,
    /// The 16 bytes that it spells as a UUID.
    Uuid,
}

/// Bytes of the shortest payload in hex: eight characters.
pub(crate) const HEX_MIN: usize = 4;
/// Bytes of the shortest payload in base64url: eleven characters.
pub(crate) const BASE64URL_MIN: usize = 8;
/// Bytes of the shortest payload in Huffman: nothing shorter saves a byte.
pub(crate) const HUFFMAN_MIN: usize = 2;
/// Bytes of a UUID.
pub(crate) const UUID_LEN: usize = 16;

const UUID_CHARS: usize = 36;
/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A string together with the form chosen for it.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'a> {
    pub(crate) form: Form,
    /// Bytes of the payload.
    pub(crate) len: usize,
    text: &'a str,
}

impl<'a> Packed<'a> {
    /// Chooses the first form that applies to `text`.
    pub(crate) fn of(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let (form, len) = if is_uuid(bytes) {
            (Form::Uuid, UUID_LEN)
        } else if let Some(len) = spelled_in_hex(bytes) {
            (Form::Hex, len)
        } else if let Some(len) = spelled_in_base64url(bytes) {
            (Form::Base64url, len)
        } else {
            let len = huffman::encoded_len(bytes);
            if len < bytes.len() { (Form::Huffman, len) } else { (Form::Text, bytes.len()) }
        };
        Self { form, len, text }
    }

    /// Appends the payload, `len` bytes.
    pub(crate) fn write(&self, out: &mut Buffer) {
        let bytes = self.text.as_bytes();
        let written = match self.form {
            Form::Text => {
                out.extend(bytes);
                Some(())
            }
            Form::Huffman => out.fill(self.len, |slots| huffman::encode(bytes, slots)),
            Form::Base64url => out.fill(self.len, |slots| base64url::decode_into(bytes, slots)),
            Form::Hex | Form::Uuid => out.fill(self.len, |slots| read_hex(bytes, slots)),
        };
        debug_assert!(written.is_some(), "a form was chosen that does not apply");
    }
}

/// The string that `payload` is `form` of; `None` if it may not be.
pub(crate) fn unpack(form: Form, payload: &[u8]) -> Option<String> {
    let mut bytes = Buffer::default();
    append(form, payload, &mut bytes)?;
    // Moved out, not copied: the string is the caller's to wipe.
    String::from_utf8(bytes.into_vec()).map_err(|error| wipe(error.into_bytes())).ok()
}

/// Appends the bytes of the string that `payload` is `form` of. Whether they are UTF-8 is the
/// caller's to check.
pub(crate) fn append(form: Form, payload: &[u8], out: &mut Buffer) -> Option<()> {
    match form {
        Form::Text => {
            out.extend(payload);
            Some(())
        }
        Form::Huffman => {
            let saves = |len: &usize| *len > payload.len();
            out.fill(huffman::decoded_max(payload.len()), |slots| {
                huffman::decode(payload, slots).filter(saves)
            })
        }
        Form::Base64url if payload.len() >= BASE64URL_MIN => {
            let text = Zeroizing::new(base64url::encode(payload));
            out.extend(text.as_bytes());
            Some(())
        }
        Form::Hex if payload.len() >= HEX_MIN => {
            payload.iter().for_each(|byte| write_hex(*byte, out));
            Some(())
        }
        Form::Uuid if payload.len() == UUID_LEN => {
            for (nth, byte) in payload.iter().enumerate() {
                // The hyphens stand before the bytes 4, 6, 8 and 10.
                if matches!(nth, 4 | 6 | 8 | 10) {
                    out.push(b'-');
                }
                write_hex(*byte, out);
            }
            Some(())
        }
        Form::Base64url | Form::Hex | Form::Uuid => None,
    }
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == UUID_CHARS
        && text.iter().enumerate().all(|(nth, byte)| match HYPHENS.contains(&nth) {
            true => *byte == b'-',
            false => digit(*byte).is_some(),
        })
}

/// The bytes that `text` spells in hex, if it is long enough to count.
fn spelled_in_hex(text: &[u8]) -> Option<usize> {
    let len = text.len() / 2;
    let spells = len >= HEX_MIN
        && text.len().is_multiple_of(2)
        && text.iter().all(|byte| digit(*byte).is_some());
    spells.then_some(len)
}

/// The bytes that `text` spells in base64url, if it is long enough and canonical.
fn spelled_in_base64url(text: &[u8]) -> Option<usize> {
    let (last, _) = text.split_last()?;
    let len = text.len().checked_mul(3)? / 4;
    // Bits of the last character that stand for nothing must be zero.
    let unused = match text.len() % 4 {
        0 => 0b00_0000,
        2 => 0b00_1111,
        3 => 0b00_0011,
        _ => return None,
    };
    let spells = len >= BASE64URL_MIN
        && text.iter().all(|byte| sextet(*byte).is_some())
        && sextet(*last)? & unused == 0;
    spells.then_some(len)
}

/// Writes the bytes that the digits of `text` spell to `out`, passing over hyphens.
fn read_hex(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut digits = text.iter().filter(|byte| **byte != b'-').map(|byte| digit(*byte));
    for slot in out.iter_mut() {
        *slot = (digits.next()?? << 4) | digits.next()??;
    }
    digits.next().is_none().then_some(out.len())
}

fn write_hex(byte: u8, out: &mut Buffer) {
    for nibble in [byte >> 4, byte & 0x0f] {
        out.push(HEX_DIGITS.get(usize::from(nibble)).copied().unwrap_or_default());
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => byte.checked_sub(b'0'),
        b'a'..=b'f' => byte.checked_sub(b'a' - 10),
        _ => None,
    }
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => byte.checked_sub(b'A'),
        b'a'..=b'z' => byte.checked_sub(b'a' - 26),
        b'0'..=b'9' => byte.checked_add(52 - b'0'),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, vec, vec::Vec};

    use super::*;

    fn packed(text: &str) -> (Form, Vec<u8>) {
        let packed = Packed::of(text);
        let mut out = Buffer::default();
        packed.write(&mut out);
        assert_eq!(out.len(), packed.len, "{text}");
        (packed.form, out.as_slice().to_vec())
    }

    fn assert_round_trip(text: &str) -> Form {
        let (form, payload) = packed(text);
        assert_eq!(unpack(form, &payload).as_deref(), Some(text), "{form:?}");
        assert!(payload.len() <= text.len());
        form
    }

    #[test]
    fn the_first_form_that_applies_is_taken() {
        for (text, form) in [
            ("", Form::Text),
            ("a", Form::Text),
            ("aaa", Form::Huffman),
            ("hello, world", Form::Huffman),
            ("\u{65e5}\u{672c}\u{8a9e}", Form::Text),
            ("0f8fad5b-d9cb-469f-a165-70867728950e", Form::Uuid),
            ("0F8FAD5B-D9CB-469F-A165-70867728950E", Form::Base64url),
            ("0f8fad5bd9cb469fa16570867728950e", Form::Hex),
            ("deadbeef", Form::Hex),
            ("deadbee", Form::Huffman),
            ("DEADBEEF", Form::Huffman),
            ("12345678", Form::Hex),
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", Form::Base64url),
            ("dBjftJeZ4CU", Form::Base64url),
            ("dBjftJeZ4CV", Form::Huffman),
            ("dBjftJeZ4C", Form::Huffman),
            ("dBjftJeZ4CUAA", Form::Huffman),
            ("a+b/aaaaaaaa", Form::Huffman),
        ] {
            assert_eq!(assert_round_trip(text), form, "{text}");
        }
    }

    #[test]
    fn base64url_is_told_by_the_unused_bits_of_its_last_character() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (start, unused) in [("zzzzzzzzzzz", 0), ("zzzzzzzzzz", 0b11), ("zzzzzzzzzzzzz", 0b1111)]
        {
            for (bits, last) in alphabet.char_indices() {
                let is_spelled = assert_round_trip(&format!("{start}{last}")) == Form::Base64url;
                assert_eq!(is_spelled, bits & unused == 0, "{start}{last}");
            }
        }
    }

    #[test]
    fn every_short_string_over_a_mixed_alphabet_round_trips() {
        let alphabet = ['0', 'f', 'g', 'Z', '-', '_', ' ', '\u{e9}', '\u{1f36a}', '\0'];
        for n in 0..10_000_usize {
            let text: String = (0..4).map(|place| alphabet[n / 10_usize.pow(place) % 10]).collect();
            for len in 0..=4 {
                assert_round_trip(&text.chars().take(len).collect::<String>());
            }
            assert_round_trip(&text.repeat(3));
        }
    }

    #[test]
    fn random_strings_of_every_class_round_trip() {
        let mut state = 1_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % below
        };
        for _ in 0..20_000 {
            let bytes: Vec<u8> =
                (0..random(40)).map(|_| u8::try_from(random(256)).unwrap()).collect();
            assert_round_trip(&String::from_utf8_lossy(&bytes));
            assert_round_trip(&base64url::encode(&bytes));
            assert_round_trip(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
            let ascii: Vec<u8> = bytes.iter().map(|byte| byte & 0x7f).collect();
            assert_round_trip(&String::from_utf8(ascii).unwrap());
        }
    }

    #[test]
    fn plain_text_is_accepted_for_any_string() {
        for text in ["", "hello, world", "deadbeef", "0f8fad5b-d9cb-469f-a165-70867728950e"] {
            assert_eq!(unpack(Form::Text, text.as_bytes()).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_later_form_is_accepted_though_an_earlier_one_applies() {
        // In the code of RFC 7541, where base64url, hex and UUID come first.
        for text in ["tttttttttttt", "00000000", "00000000-0000-0000-0000-000000000000"] {
            let mut code = vec![0; huffman::encoded_len(text.as_bytes())];
            huffman::encode(text.as_bytes(), &mut code).unwrap();
            assert!(!matches!(packed(text).0, Form::Huffman | Form::Text));
            assert_eq!(unpack(Form::Huffman, &code).as_deref(), Some(text));
        }
        let text = "deadbeefdead";
        assert_eq!(packed(text).0, Form::Hex);
        let mut bytes = [0; 9];
        assert_eq!(base64url::decode_into(text.as_bytes(), &mut bytes), Some(9));
        assert_eq!(unpack(Form::Base64url, &bytes).as_deref(), Some(text));
    }

    #[test]
    fn forms_of_a_wrong_length_are_refused() {
        for len in 0..20 {
            let payload = vec![0x18; len];
            assert_eq!(unpack(Form::Hex, &payload).is_some(), len >= 4);
            assert_eq!(unpack(Form::Base64url, &payload).is_some(), len >= 8);
            assert_eq!(unpack(Form::Uuid, &payload).is_some(), len == 16);
        }
    }

    #[test]
    fn huffman_that_saves_nothing_is_refused() {
        // "0" and "00" in one and two bytes: the code is right and saves nothing.
        assert_eq!(unpack(Form::Huffman, &[0b0000_0111]), None);
        assert_eq!(unpack(Form::Huffman, &[0b0000_0000, 0b0011_1111]), None);
        assert_eq!(unpack(Form::Huffman, &[0b0000_0000, 0b0000_0001]).as_deref(), Some("000"));
        assert_eq!(unpack(Form::Huffman, &[]), None);
    }

    #[test]
    fn what_is_not_utf8_is_refused() {
        assert_eq!(unpack(Form::Text, &[0xff]), None);
        let mut code = vec![0; huffman::encoded_len(b"aaaaaaaaaaaaaaaaaaaa\xff")];
        let len = huffman::encode(b"aaaaaaaaaaaaaaaaaaaa\xff", &mut code).unwrap();
        assert!(len < 21);
        assert_eq!(unpack(Form::Huffman, &code), None);
    }
}
