//! Packed strings: any text comes back, in the first form that applies; any bytes are read or refused.
//!
//! Input: a packed string as a field holds it, `form | payload`, which is also a text.

use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Field {
    #[serde(with = "cloakroom::packed")]
    text: String,
}

pub fn run(input: &[u8]) {
    if let Ok(text) = core::str::from_utf8(input) {
        comes_back(text);
    }
    // A form and a payload that somebody made up.
    let encoded = postcard::to_allocvec(input).unwrap();
    let Ok(found) = postcard::from_bytes::<Field>(&encoded) else { return };
    let packed = comes_back(&found.text);
    assert!(packed.len() <= 1 + found.text.len(), "more than the plain text");
    if input[0] == packed[0] {
        assert_eq!(packed, input, "two spellings of one form");
    }
}

fn comes_back(text: &str) -> Vec<u8> {
    let field = Field { text: text.to_owned() };
    let encoded = postcard::to_allocvec(&field).unwrap();
    assert_eq!(postcard::from_bytes::<Field>(&encoded).unwrap(), field);
    let packed: Vec<u8> = postcard::from_bytes(&encoded).unwrap();
    let (form, payload) = packed.split_first().expect("a form");

    let expected = if is_uuid(text) {
        (4, 16)
    } else if is_hex(text) {
        (3, text.len() / 2)
    } else if is_base64url(text) {
        (2, text.len() * 3 / 4)
    } else {
        // Shorter by Huffman's code or as it is; the crate's own tests hold the code to its table.
        let is_shorter = *form == 1 && payload.len() < text.len();
        (u8::from(is_shorter), if is_shorter { payload.len() } else { text.len() })
    };
    assert_eq!((*form, payload.len()), expected, "{text:?}");
    if *form == 0 {
        assert_eq!(payload, text.as_bytes());
    }
    packed
}

fn is_uuid(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => is_digit(byte),
        })
}

fn is_hex(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() >= 8 && text.len().is_multiple_of(2) && text.bytes().all(is_digit)
}

fn is_base64url(text: &str) -> bool {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let places: Option<Vec<usize>> = text.chars().map(|c| alphabet.find(c)).collect();
    let Some(places) = places.filter(|places| places.len() >= 11) else { return false };
    let spare = match places.len() % 4 {
        0 => 1,
        1 => return false,
        2 => 16,
        _ => 4,
    };
    places.last().is_some_and(|last| last % spare == 0)
}
