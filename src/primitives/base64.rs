//! Standard base64 (RFC 4648, section 4) of foreign cookies: canonical, with or without padding.

use alloc::{string::String, vec::Vec};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_URL_SAFE_NO_PAD,
};

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The padded text for `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The bytes that `text` stands for.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    ENGINE.decode(text).ok()
}

/// The bytes that `text` stands for in the alphabet of URLs, canonical and without padding.
pub(crate) fn decode_url(text: &[u8]) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_may_be_there_or_missing_and_nothing_else_is_loose() {
        assert_eq!(encode(&[0xfb, 0xff]), "+/8=");
        for text in [&b"+/8="[..], b"+/8"] {
            assert_eq!(decode(text).unwrap(), [0xfb, 0xff]);
        }
        for text in [&b"+/9="[..], b"-_8=", b"+/8= ", b"+/8==", b"+\n/8", b"+"] {
            assert_eq!(decode(text), None, "{}", text.escape_ascii());
        }
        assert_eq!(decode_url(b"-_8").unwrap(), [0xfb, 0xff]);
        for text in [&b"-_8="[..], b"-_9", b"+/8", b"-"] {
            assert_eq!(decode_url(text), None, "{}", text.escape_ascii());
        }
    }
}
