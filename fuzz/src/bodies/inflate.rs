//! Inflating any stream, and deflating any body.
//!
//! Input: the stream, which is also a body; `repeat` bytes of it are taken again to make it longer.

use cloakroom::__fuzz::{deflate, inflate};

const MOST: usize = 16_384;

pub fn run(input: &[u8]) {
    if let Some(body) = inflate(input) {
        assert!(body.len() <= MOST, "{} bytes came out", body.len());
        let (_, shorter) = input.split_last().expect("a stream is not empty");
        assert!(inflate(shorter).is_none(), "the last byte was not needed");
        for byte in [0, 0x80, 0xff] {
            assert!(inflate(&[input, &[byte]].concat()).is_none(), "a byte was left over");
        }
        deflating(&body);
    }
    deflating(input);
    deflating(&input.repeat(3));
    deflating(&input.repeat(MOST / input.len().max(1) + 1));
}

fn deflating(body: &[u8]) {
    match deflate(body) {
        Some(stream) => {
            assert!(stream.len() < body.len() && body.len() <= MOST);
            assert_eq!(inflate(&stream).as_deref(), Some(body));
        }
        // A thousand bytes that are one byte a thousand times shrink in any case.
        None => {
            let dull = body.len() >= 1000 && body.iter().all(|byte| *byte == body[0]);
            assert!(!dull || body.len() > MOST);
        }
    }
}
