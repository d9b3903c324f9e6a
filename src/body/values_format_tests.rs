//! The bytes of the Values format, written out by hand from the specification.

use alloc::{collections::BTreeMap, string::String, vec, vec::Vec};

use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned};

use super::{Kind, ValueError, Values, buffer::Buffer, decode, encode, values_wire as wire};
use crate::{Rejection, error::EncodeReason};

/// The bytes of `value` alone, in a session with no names.
fn bytes_of<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut values = Values::new();
    values.insert("", value).unwrap();
    let body = encode(&values, None).unwrap();
    // An empty table, an empty key, and a length of one or two bytes.
    let header = if body[2] < 0x80 { 3 } else { 4 };
    assert_eq!(body[..2], [0x00, 0x40]);
    body[header..].to_vec()
}

/// A body with one value under the empty key, and a table of names.
fn body_with(table: &[u8], value: &[u8]) -> Vec<u8> {
    let mut body = Buffer::default();
    wire::write_len(&mut body, table.len());
    body.extend(table);
    wire::write_string(&mut body, "");
    wire::write_len(&mut body, value.len());
    body.extend(value);
    body.as_slice().to_vec()
}

fn opened(body: &[u8]) -> Result<Values, Rejection> {
    decode(Kind::Values, body)
}

/// What a reader makes of `value`, in a session with the names "a" and "b".
fn read<T: DeserializeOwned>(value: &[u8]) -> Result<T, ValueError> {
    opened(&body_with(b"\x41a\x41b", value)).unwrap().get("").map(Option::unwrap)
}

struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// Anything at all: reading it verifies a value without wanting one.
#[derive(Debug, PartialEq)]
struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

#[test]
fn scalars_have_the_bytes_of_the_specification() {
    assert_eq!(bytes_of(&0_u8), [0x00]);
    assert_eq!(bytes_of(&63_i64), [0x3f]);
    assert_eq!(bytes_of(&64_u16), [0xa3, 64]);
    assert_eq!(bytes_of(&300_u64), [0xa3, 0xac, 2]);
    assert_eq!(bytes_of(&u64::MAX), [&[0xa3][..], &[0xff; 9], &[1]].concat());
    assert_eq!(bytes_of(&-1_i8), [0xb0]);
    assert_eq!(bytes_of(&-16_i32), [0xbf]);
    assert_eq!(bytes_of(&-17_i32), [0xa4, 16]);
    assert_eq!(bytes_of(&i64::MIN), [&[0xa4][..], &[0xff; 8], &[0x7f]].concat());
    assert_eq!(bytes_of(&1.5_f64), [0xa5, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes_of(&1.5_f32), [0xa5, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes_of(&()), [0xa0]);
    assert_eq!((bytes_of(&false), bytes_of(&true)), (vec![0xa1], vec![0xa2]));
    assert_eq!(bytes_of(&Bytes(vec![7, 8])), [0xa6, 2, 7, 8]);
}

#[test]
fn strings_have_the_bytes_of_the_specification() {
    assert_eq!(bytes_of(""), [0x40]);
    assert_eq!(bytes_of("a"), [0x41, b'a']);
    assert_eq!(bytes_of("302"), [0x60, 0x64, 0x02]);
    assert_eq!(bytes_of("private"), [0x63, 0xae, 0xc3, 0x77, 0x1a, 0x4b]);
    assert_eq!(bytes_of("deadbeef"), [0xe0, 0xde, 0xad, 0xbe, 0xef]);
    let bytes = [&[0xc0][..], b"\x74\x18\xdf\xb4\x97\x99\xe0\x25"].concat();
    assert_eq!(bytes_of("dBjftJeZ4CU"), bytes);
    let uuid = [&[0xab][..], b"\x0f\x8f\xad\x5b\xd9\xcb\x46\x9f\xa1\x65\x70\x86\x77\x28\x95\x0e"];
    assert_eq!(bytes_of("0f8fad5b-d9cb-469f-a165-70867728950e"), uuid.concat());
    assert_eq!(bytes_of(&"ab".repeat(35)), [&[0xff][..], &[0xab; 35]].concat());
    assert_eq!(bytes_of(&"ab".repeat(36)), [&[0xad, 36][..], &[0xab; 36]].concat());
    assert_eq!(bytes_of(&"A".repeat(52)), [&[0xdf][..], &[0; 39]].concat());
    assert_eq!(bytes_of(&"A".repeat(54)), [&[0xac, 40][..], &[0; 40]].concat());
    let text = "\u{e9}".repeat(16);
    assert_eq!(bytes_of(&text), [&[0xa9, 32], text.as_bytes()].concat());
    assert_eq!(bytes_of(&" a ".repeat(15))[0], 0x60 + 32 - 2);
    assert_eq!(bytes_of(&" a ".repeat(17))[..2], [0xaa, 37]);
}

#[test]
fn lists_and_maps_have_the_bytes_of_the_specification() {
    assert_eq!(bytes_of(&[1, 2]), [0x82, 1, 2]);
    assert_eq!(bytes_of(&vec![0; 15])[0], 0x8f);
    assert_eq!(bytes_of(&vec![0; 16])[..3], [0xa7, 16, 0]);
    assert_eq!(bytes_of(&BTreeMap::<u8, u8>::new()), [0x90]);

    #[derive(Serialize)]
    struct Point {
        x: u8,
        y: u8,
    }
    #[derive(Serialize)]
    enum Shape {
        Dot,
        Disc(Point, u8),
    }
    let mut values = Values::new();
    values.insert("b", &vec![Shape::Dot, Shape::Disc(Point { x: 1, y: 2 }, 3)]).unwrap();
    values.insert("a", &Point { x: 4, y: 5 }).unwrap();
    let body = [
        // The table: x and y, cited first by "a", then Disc.
        &b"\x08\x41x\x41y\x61\xbe\x64\x13"[..],
        b"\x41a\x05\x92\x00\x04\x01\x05",
        b"\x41b\x0e\x82\x43Dot\x91\x02\x82\x92\x00\x01\x01\x02\x03",
    ]
    .concat();
    assert_eq!(encode(&values, None).unwrap().as_slice(), body);
}

#[test]
fn an_unknown_tag_is_refused() {
    for tag in [0xae, 0xaf] {
        assert_eq!(read::<Anything>(&[tag]), Err(ValueError::Malformed));
        assert_eq!(read::<Anything>(&[tag, 0]), Err(ValueError::Malformed));
    }
}

#[test]
fn a_long_tag_for_what_a_short_one_holds_is_refused() {
    let filled = |tag: u8, n: u8, fill: u8| {
        let mut value = vec![tag, n];
        value.extend(vec![fill; 2_048]);
        value
    };
    let least = [(0xa3, 64), (0xa4, 16), (0xa7, 16), (0xa9, 32), (0xac, 40), (0xad, 36)];
    for (tag, least) in least {
        for n in 0..0x80 {
            // As many bytes as a list, a text or nothing at all needs.
            let end = match tag {
                0xa3 | 0xa4 => 2,
                _ => 2 + usize::from(n),
            };
            let value = &filled(tag, n, 0)[..end];
            assert_eq!(read::<Anything>(value).is_ok(), n >= least, "{tag:x} {n}");
        }
    }
    // Huffman: "a" is 00011, so eight of them make five bytes again and again.
    let code: Vec<u8> = [0x18, 0xc6, 0x31, 0x8c, 0x63].repeat(20);
    for n in (5..=100).step_by(5) {
        let value = [&[0xaa, u8::try_from(n).unwrap()], &code[..n]].concat();
        assert_eq!(read::<String>(&value).is_ok(), n >= 34, "{n}");
    }
    let map: Vec<u8> = (0..32).flat_map(|_| [0, 0]).collect();
    assert!(read::<Anything>(&[&[0xa8, 15], &map[..30]].concat()).is_err());
}

#[test]
fn varints_that_are_not_canonical_are_refused() {
    for varint in [
        &[0x80, 0x00][..],
        &[0xc0, 0x80, 0x00],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x00],
        &[0xff],
    ] {
        assert_eq!(read::<u64>(&[&[0xa3], varint].concat()), Err(ValueError::Malformed));
    }
    // The negative range ends at -2^63.
    let below = [&[0xa4][..], &[0xff; 9], &[1]].concat();
    assert_eq!(read::<i128>(&below), Err(ValueError::Malformed));
    // In the frame too: the length of the table, and that of a value.
    assert_eq!(opened(&[0x80, 0x00]).unwrap_err(), Rejection::Body);
    assert_eq!(opened(&[0x00, 0x40, 0x81, 0x00, 0x01]).unwrap_err(), Rejection::Body);
}

#[test]
fn lists_nest_64_deep_and_no_deeper() {
    #[derive(Serialize, Deserialize)]
    struct Tree(Vec<Tree>);
    let tree = |depth| (1..depth).fold(Tree(vec![]), |inner, _| Tree(vec![inner]));
    assert_eq!(bytes_of(&tree(64)), [&[0x81; 63][..], &[0x80]].concat());
    let error = Err(ValueError::Encode(EncodeReason::TooDeep));
    assert_eq!(Values::new().insert("", &tree(65)), error);
    let deep = |depth: usize| [&vec![0x81; depth - 1][..], &[0x80]].concat();
    assert_eq!(read::<Anything>(&deep(64)), Ok(Anything));
    assert_eq!(read::<Anything>(&deep(65)), Err(ValueError::Malformed));
    assert_eq!(read::<Anything>(&deep(16_000)), Err(ValueError::Malformed));

    // Handed on to another format, as far as it was read.
    let copied = |depth| {
        let values = opened(&body_with(b"", &deep(depth))).unwrap();
        serde_json::to_value(values).is_ok()
    };
    assert!(copied(64) && !copied(65) && !copied(16_000));
}

#[test]
fn a_count_is_believed_as_far_as_the_bytes_behind_it_go() {
    let head = |tag: u8, count: &[u8], behind: usize| {
        let bytes = [&[tag][..], count, &vec![0; behind]].concat();
        wire::Cursor::new(&bytes).head().is_some()
    };
    // 1024 and 1025 as varints; a value takes a byte, and a name and a value take two.
    let (most, more) = ([0x80, 8], [0x81, 8]);
    let [list, map] = [0xa7, 0xa8];
    assert!(head(list, &most, 1_024) && !head(list, &most, 1_023));
    assert!(head(map, &most, 2_048) && !head(map, &most, 2_047));
    assert!(!head(list, &more, 4_096) && !head(map, &more, 4_096));
}

#[test]
fn a_list_holds_1024_values_and_no_more() {
    assert_eq!(bytes_of(&vec![0; 1_024])[..3], [0xa7, 0x80, 8]);
    let list =
        |more: u8| [&[0xa7, 0x80 | more, 8], &vec![0; 1_024 + usize::from(more)][..]].concat();
    assert_eq!(read::<Anything>(&list(0)), Ok(Anything));
    assert_eq!(read::<Anything>(&list(1)), Err(ValueError::Malformed));
}
