//! base64 as Python's `base64.urlsafe_b64decode` reads it after padding, which is not strictly.
//!
//! Characters outside both alphabets are skipped and padding may be missing. It is used behind a
//! verified signature alone, which covers the text itself, so one payload still has one token.

use alloc::vec::Vec;

/// The bytes that `text` stands for, as far as Python would read it.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    // Python pads by the length of the whole text, skipped characters included.
    let missing = text.len().wrapping_neg() & 3;
    let padded = text.iter().chain(b"===".iter().take(missing));
    let mut bytes = Vec::with_capacity(text.len());
    // Characters of the group of four, padding behind them, and bits that wait for more.
    let (mut place, mut pads, mut waiting) = (0_u8, 0_u8, 0_u8);
    for &character in padded {
        if character == b'=' {
            if place >= 2 {
                pads = pads.saturating_add(1);
                if place.saturating_add(pads) >= 4 {
                    return Some(bytes);
                }
            }
            continue;
        }
        let Some(six) = value(character) else { continue };
        pads = 0;
        (place, waiting) = match place {
            0 => (1, six),
            1 => {
                bytes.push(waiting << 2 | six >> 4);
                (2, six & 0x0f)
            }
            2 => {
                bytes.push(waiting << 4 | six >> 2);
                (3, six & 0x03)
            }
            _ => {
                bytes.push(waiting << 6 | six);
                (0, 0)
            }
        };
    }
    (place == 0).then_some(bytes)
}

/// The six bits of a character of either alphabet.
const fn value(character: u8) -> Option<u8> {
    Some(match character {
        b'A'..=b'Z' => character.wrapping_sub(b'A'),
        b'a'..=b'z' => character.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => character.wrapping_sub(b'0').wrapping_add(52),
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_reads_is_read_as_python_reads_it() {
        // Each line from CPython: urlsafe_b64decode(text + b"=" * (-len(text) % 4)).
        let cases: [(&[u8], Option<&[u8]>); 14] = [
            (b"", Some(b"")),
            (b"e30", Some(b"{}")),
            (b"e30=", Some(b"{}")),
            (b"e30==", Some(b"{}")),
            (b"e3!0", None),
            (b"e3!!!0", Some(b"{}")),
            (b"YWJj", Some(b"abc")),
            (b"YW=Jj", Some(b"abc")),
            (b"YQ==YQ==", Some(b"a")),
            (b"-_+/", Some(&[0xfb, 0xff, 0xbf])),
            (b"A", None),
            (b"=", Some(b"")),
            (b"ABCDE", None),
            (b"\xc3\xa9e30", Some(b"{}")),
        ];
        for (text, bytes) in cases {
            assert_eq!(decode(text).as_deref(), bytes, "{}", text.escape_ascii());
        }
    }
}
