//! Bodies under a genuine seal: deflate streams that are bombs or lie, and postcard that lies.

use cloakroom::{
    __fuzz::{Kind, Whole, deflate},
    Claims, Codec, Deflate, EntropyRng, First, FixedEntropy, Protection,
    Rejection::{self, Body, Malformed},
    SealError, SessionData,
};
use miniz_oxide::deflate::compress_to_vec;
use serde::{Deserialize, Serialize};

use crate::workbench::{MODES, NOW, codec, forge, seal};

/// One of everything that postcard can misread.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Odd {
    flag: bool,
    some: Option<u8>,
    text: String,
    bytes: Vec<u8>,
    numbers: Vec<u64>,
    letter: char,
    choice: Choice,
    small: u16,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Choice {
    #[default]
    First,
    Second(u8),
}

impl SessionData for Odd {
    const VERSION: u8 = 1;
    type Previous = First;
}

fn odd() -> Odd {
    let choice = Choice::Second(7);
    Odd { text: "text".into(), numbers: vec![1, 2], letter: 'x', choice, ..Odd::default() }
}

fn body_of<T: SessionData>(value: &T) -> Vec<u8> {
    let codec = codec(Protection::Signed);
    let opened = codec.open(seal(&codec, value, 1).unwrap().as_bytes(), b"", NOW).unwrap();
    opened.expose_body().to_vec()
}

/// A value around `body` as it is, said to be deflated or not.
fn sealed(mode: Protection, body: &[u8], deflated: bool) -> String {
    let mut payload = vec![u8::from(deflated)];
    payload.extend([0xa5; 16]);
    payload.extend(&NOW.as_unix().to_be_bytes()[3..]);
    payload.extend([0; 4]);
    payload.extend(body);
    payload.push(0x80);
    forge(mode).seal(&payload, b"", &FixedEntropy::repeating(9)).unwrap()
}

fn read<T: SessionData>(codec: &Codec, value: &str) -> Result<T, Rejection> {
    let opened = codec.open(value.as_bytes(), b"", NOW).map_err(|error| error.reason())?;
    opened.decode().map_err(|error| error.reason())
}

#[track_caller]
fn comes_to(body: &[u8], deflated: bool, expected: Result<Odd, Rejection>) {
    for mode in MODES {
        assert_eq!(read(&codec(mode), &sealed(mode, body, deflated)), expected);
    }
}

/// Stored blocks of DEFLATE, of at most `most` bytes each.
fn blocks(body: &[u8], most: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    let last = body.len().div_ceil(most);
    for (nth, block) in body.chunks(most).enumerate() {
        let len = u16::try_from(block.len()).unwrap();
        stream.push(u8::from(nth + 1 == last));
        stream.extend([len.to_le_bytes(), (!len).to_le_bytes()].concat());
        stream.extend(block);
    }
    stream
}

#[test]
fn deflated_bodies_open_in_every_spelling() {
    let body = body_of(&odd());
    comes_to(&body, false, Ok(odd()));
    for stream in [blocks(&body, 1), blocks(&body, 100), compress_to_vec(&body, 0)] {
        comes_to(&stream, true, Ok(odd()));
    }
    let mut long = odd();
    long.text = "again and ".repeat(100);
    let body = body_of(&long);
    for level in 1..=10 {
        comes_to(&compress_to_vec(&body, level), true, Ok(long.clone()));
    }
    comes_to(&deflate(&body).unwrap(), true, Ok(long));
}

#[test]
fn a_body_inflates_to_16384_bytes_and_to_no_more() {
    let codec = codec(Protection::Encrypted).with_deflate(Deflate::ToFit).unwrap();
    let zeros = |len| Odd { bytes: vec![0; len], ..odd() };
    // From 16 384 on postcard takes a third byte for the length, below that two.
    let around = body_of(&zeros(1000)).len() - 1000;
    let most = zeros(16_384 - around);
    let value = seal(&codec, &most, 1).unwrap();
    let opened = codec.open(value.as_bytes(), b"", NOW).unwrap();
    assert_eq!((opened.was_deflated(), opened.expose_body().len()), (true, 16_384));
    assert_eq!(opened.decode(), Ok(most));

    let more = zeros(16_385 - around);
    assert!(matches!(seal(&codec, &more, 1), Err(SealError::TooLarge(_))));
    let body = [opened.expose_body(), &[0]].concat();
    comes_to(&compress_to_vec(&body, 9), true, Err(Malformed));
    comes_to(&compress_to_vec(opened.expose_body(), 9), true, Ok(opened.decode().unwrap()));
}

#[test]
fn bombs_of_every_size_are_refused() {
    for len in [16_385, 20_000, 65_536, 1 << 20, 2 << 20] {
        for byte in [0, 0x41] {
            let bomb = compress_to_vec(&vec![byte; len], 9);
            assert!(bomb.len() < 2990);
            comes_to(&bomb, true, Err(Malformed));
        }
    }
}

#[test]
fn a_stream_within_a_stream_is_unpacked_once() {
    let body = body_of(&odd());
    let twice = compress_to_vec(&compress_to_vec(&body, 9), 9);
    for mode in MODES {
        let found = read::<Odd>(&codec(mode), &sealed(mode, &twice, true));
        assert!(found.is_err());
    }
}

#[test]
fn a_truncated_stream_and_one_with_a_byte_behind_it_are_refused() {
    let body = body_of(&Odd { text: "again and ".repeat(20), ..odd() });
    for stream in [compress_to_vec(&body, 9), blocks(&body, 50)] {
        for len in 1..stream.len() {
            comes_to(&stream[..len], true, Err(Malformed));
        }
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            comes_to(&[&stream[..], &[byte, 1]].concat(), true, Err(Malformed));
            comes_to(&[&stream[..], &stream].concat(), true, Err(Malformed));
        }
    }
}

#[test]
fn a_stream_with_any_one_bit_flipped_neither_panics_nor_grows() {
    let body = body_of(&Odd { text: "again and ".repeat(20), ..odd() });
    let stream = compress_to_vec(&body, 9);
    for bit in 0..stream.len() * 8 {
        let mut damaged = stream.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let value = sealed(Protection::Signed, &damaged, true);
        if let Ok(opened) = codec(Protection::Signed).open(value.as_bytes(), b"", NOW) {
            assert!(opened.expose_body().len() <= 16_384);
        }
    }
}

#[test]
fn other_formats_of_deflate_are_refused() {
    let body = body_of(&odd());
    let zlib = miniz_oxide::deflate::compress_to_vec_zlib(&body, 6);
    comes_to(&zlib, true, Err(Malformed));
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &compress_to_vec(&body, 6)].concat();
    comes_to(&gzip, true, Err(Malformed));
    comes_to(&body, true, Err(Malformed));
}

#[test]
fn postcard_with_bytes_left_over_is_refused() {
    let body = body_of(&odd());
    for more in [&[0][..], &[1], &[0x80, 0], &[0xff; 8], &[0; 40]] {
        // Zeros behind the body are inside it: only what follows the last marker is padding.
        comes_to(&[&body[..], more].concat(), false, Err(Body));
    }
}

#[test]
fn postcard_cut_anywhere_is_refused() {
    let body = body_of(&odd());
    for len in 5..body.len() {
        comes_to(&body[..len], false, Err(Body));
    }
}

#[test]
fn impossible_values_are_refused() {
    // flag, some, text, bytes, numbers, letter, choice, small
    let head = body_of(&odd())[..5].to_vec();
    let with = |data: &[u8]| [&head[..], data].concat();
    let (one, huge) = ([1, b'x'], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    for (what, data) in [
        ("a flag of 2", [&[2, 0, 0, 0, 0][..], &one, &[0, 0]].concat()),
        ("an option of 2", [&[0, 2, 0, 0, 0, 0][..], &one, &[0, 0]].concat()),
        ("text that is not UTF-8", [&[0, 0, 1, 0xff, 0, 0][..], &one, &[0, 0]].concat()),
        ("a surrogate", [&[0, 0, 3, 0xed, 0xa0, 0x80, 0, 0][..], &one, &[0, 0]].concat()),
        ("a letter of none", vec![0, 0, 0, 0, 0, 0, 0, 0]),
        ("a third choice", [&[0, 0, 0, 0, 0][..], &one, &[2, 0]].concat()),
        ("a number too large", [&[0, 0, 0, 0, 0][..], &one, &[0, 0xff, 0xff, 0x04]].concat()),
        (
            "a number of too many bytes",
            [&[0, 0, 0, 0, 0][..], &one, &[0, 0x80, 0x80, 0x80, 0]].concat(),
        ),
        ("text of 2^64 - 1 bytes", [&[0, 0][..], &huge].concat()),
        ("bytes of 2^64 - 1", [&[0, 0, 0][..], &huge].concat()),
        ("2^64 - 1 numbers", [&[0, 0, 0, 0][..], &huge].concat()),
        ("2^28 numbers", vec![0, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x01, 1, 2, 3]),
    ] {
        for mode in MODES {
            let found = read::<Odd>(&codec(mode), &sealed(mode, &with(&data), false));
            assert_eq!(found, Err(Body), "{what}");
        }
    }
}

#[test]
fn a_number_in_a_longer_form_is_the_same_number_and_sealed_in_its_short_form() {
    // postcard takes 81 00 for 1. Nobody can make such a body without the key, and nothing
    // compares bodies that came with ones that were made.
    let short = body_of(&odd());
    let mut long = short.clone();
    let last = long.len() - 1;
    assert_eq!(long[last], 0, "the field `small`");
    long.splice(last.., [0x80, 0x00]);
    comes_to(&long, false, Ok(odd()));
    let codec = codec(Protection::Encrypted);
    let value = sealed(Protection::Encrypted, &long, false);
    let opened = codec.open(value.as_bytes(), b"", NOW).unwrap();
    let entropy = FixedEntropy::repeating(1);
    let again =
        codec.seal_again(&opened, &odd(), b"", NOW, &mut EntropyRng::new(&entropy)).unwrap();
    let again = codec.open(again.as_bytes(), b"", NOW).unwrap();
    assert_eq!(again.expose_body(), short);
}

#[test]
fn a_body_of_every_kind_is_refused_by_a_type_of_another() {
    let whole = |kind| Whole {
        sid: [1; 16],
        created: NOW.as_unix(),
        issued: NOW.as_unix(),
        life: 0,
        idle: 0,
        browser: true,
        kind,
        claims: Claims::default(),
        body: if kind == Kind::Stored { vec![] } else { body_of(&odd()) },
    };
    for mode in MODES {
        for (kind, expected) in [
            (Kind::Typed, Ok(odd())),
            (Kind::Values, Err(Rejection::Kind)),
            (Kind::Stored, Err(Rejection::Kind)),
        ] {
            let codec = codec(mode);
            let value = whole(kind).seal(&codec, b"", 0, NOW, &FixedEntropy::repeating(1)).unwrap();
            assert_eq!(read(&codec, &value), expected);
        }
    }
}

/// A session that is as deep as its bytes are many.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Chain {
    next: Option<Box<Chain>>,
}

impl SessionData for Chain {
    const VERSION: u8 = 1;
    type Previous = First;
}

#[test]
fn a_chain_of_16_000_links_in_a_small_cookie_is_refused() {
    let mut body = body_of(&Chain::default())[..5].to_vec();
    body.extend(vec![1; 16_000]);
    body.push(0);
    let bomb = compress_to_vec(&body, 9);
    assert!(bomb.len() < 100);
    for mode in MODES {
        assert_eq!(read::<Chain>(&codec(mode), &sealed(mode, &bomb, true)), Err(Body));
    }
}
