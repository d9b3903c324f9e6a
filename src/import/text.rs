//! What several formats do with bytes and texts.

use alloc::{string::String, vec::Vec};

use super::{DOCUMENT_MAX, ImportError};
use crate::primitives::zlib::{self, InflateError};

/// What stands before and behind the last `separator`.
pub(super) fn split_last(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().rposition(|byte| *byte == separator)?;
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.get(1..)?))
}

/// What a zlib stream stands for, at most one document.
pub(super) fn inflated(stream: &[u8]) -> Result<Vec<u8>, ImportError> {
    zlib::inflate(stream, DOCUMENT_MAX).map_err(|error| match error {
        InflateError::TooLarge => ImportError::TooLarge,
        InflateError::Broken => ImportError::Compression,
    })
}

/// `bytes` in lower-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four & 0x0f), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_lower_case_with_two_digits_a_byte() {
        assert_eq!(hex(&[0x00, 0x0f, 0xa5, 0xff]), "000fa5ff");
    }

    #[test]
    fn the_last_separator_splits() {
        assert_eq!(split_last(b"a.b.c", b'.'), Some((&b"a.b"[..], &b"c"[..])));
        assert_eq!(split_last(b".", b'.'), Some((&b""[..], &b""[..])));
        assert_eq!(split_last(b"abc", b'.'), None);
    }
}
