//! The bytes of shape events, and what does and does not enter them.

use alloc::{boxed::Box, collections::BTreeMap, string::String, vec, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{First, SessionData, encode, shape};
use crate::error::{EncodeReason, SealError};

fn of<T: Serialize>(value: T) -> u32 {
    shape::of(&value).unwrap()
}

/// FNV-1a 64 of `events`, its low half: written a second time, straight from the specification.
fn hash(events: &[u8]) -> u32 {
    u32::try_from(hash_64(events) & 0xffff_ffff).unwrap()
}

fn hash_64(events: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    events.iter().fold(start, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

struct Bytes;

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(b"ab")
    }
}

#[derive(Serialize)]
struct Unit;
#[derive(Serialize)]
struct Newtype(u8);
#[derive(Serialize)]
struct Pair(bool, char);
#[derive(Serialize)]
struct Fields {
    ab: i64,
    c: Option<f32>,
}
#[derive(Serialize)]
enum Variants {
    Unit,
    New(u8),
    Pair(u8, u16),
    Fields { x: f64 },
}

#[test]
fn the_published_vectors_of_fnv_hold() {
    assert_eq!(hash_64(b""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(hash_64(b"a"), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(hash_64(b"foobar"), 0x8594_4171_f739_67e8);
}

#[test]
fn every_event_has_the_bytes_of_the_specification() {
    assert_eq!(of(true), hash(&[1]));
    assert_eq!(of(1_u8), hash(&[2]));
    assert!([of(1_u16), of(1_u32), of(1_u64), of(1_u128)].iter().all(|s| *s == hash(&[3])));
    assert_eq!(of(1_i8), hash(&[4]));
    assert!([of(1_i16), of(1_i32), of(1_i64), of(1_i128)].iter().all(|s| *s == hash(&[5])));
    assert_eq!((of(1_f32), of(1_f64)), (hash(&[6]), hash(&[7])));
    assert_eq!((of('a'), of("a")), (hash(&[8]), hash(&[9])));
    assert_eq!(of(format_args!("{}", 1)), hash(&[9]));
    assert_eq!(of(Bytes), hash(&[0x0a]));
    assert_eq!((of(None::<u8>), of(Some(1_u8))), (hash(&[0x0c]), hash(&[0x0d, 2])));
    assert_eq!((of(()), of(Unit)), (hash(&[0x0e]), hash(&[0x0e])));
    assert_eq!(of(vec![1_u8, 2]), hash(&[0x0f, 2, 2, 2]));
    assert_eq!(of(vec![1_u16; 300]), hash(&[&[0x0f, 0xac, 2][..], &[3; 300]].concat()));
    assert_eq!(of([0_u16; 3]), hash(&[0x10, 3, 3, 3, 3]));
    assert_eq!(of(Pair(true, 'a')), hash(&[0x10, 2, 1, 8]));
    let fields = Fields { ab: 1, c: Some(1.0) };
    assert_eq!(of(fields), hash(b"\x11\x02\x02ab\x05\x01c\x0d\x06"));
    assert_eq!(of(Variants::Unit), hash(b"\x13\x00\x04Unit"));
    assert_eq!(of(Variants::New(1)), hash(b"\x14\x01\x03New\x02"));
    assert_eq!(of(Variants::Pair(1, 2)), hash(b"\x15\x02\x04Pair\x02\x02\x03"));
    assert_eq!(of(Variants::Fields { x: 1.0 }), hash(b"\x16\x03\x06Fields\x01\x01x\x07"));
    assert_eq!(of(Newtype(1)), hash(&[2]));
}

#[test]
fn a_length_from_128_on_takes_two_bytes() {
    assert_eq!(of(vec![1_u8; 127]), hash(&[&[0x0f, 0x7f][..], &[2; 127]].concat()));
    assert_eq!(of(vec![1_u8; 128]), hash(&[&[0x0f, 0x80, 1][..], &[2; 128]].concat()));
    assert_eq!(of(vec![1_u8; 200]), hash(&[&[0x0f, 0xc8, 1][..], &[2; 200]].concat()));
}

#[test]
fn a_map_is_its_count_and_the_sum_of_its_entries() {
    let map = BTreeMap::from([("a", Some(1_u8)), ("b", None)]);
    let sum = hash_64(&[9, 0x0d, 2]).wrapping_add(hash_64(&[9, 0x0c]));
    assert_eq!(of(map), hash(&[&[0x12, 2][..], &sum.to_be_bytes()].concat()));
}

#[test]
fn values_do_not_enter_the_shape() {
    assert_eq!(of(("a", 1_u32, vec![1.5])), of(("a longer one", 70_000_u32, vec![0.0])));
}

#[test]
fn nesting_and_names_cannot_collide() {
    #[derive(Serialize)]
    struct B {
        b: u8,
    }
    #[derive(Serialize)]
    struct Bc {
        b: u8,
        c: u8,
    }
    #[derive(Serialize)]
    struct Nested {
        a: B,
        c: u8,
    }
    #[derive(Serialize)]
    struct Deeper {
        a: Bc,
    }
    assert_ne!(of(Nested { a: B { b: 1 }, c: 1 }), of(Deeper { a: Bc { b: 1, c: 1 } }));
    #[derive(Serialize)]
    struct Short {
        i: Option<String>,
    }
    #[derive(Serialize)]
    struct Long {
        im: String,
    }
    assert_ne!(of(Short { i: Some(String::new()) }), of(Long { im: String::new() }));
    assert_ne!(of(vec![vec![1_u16], vec![]]), of(vec![vec![], vec![1_u16]]));
}

#[derive(Serialize, Deserialize, Default)]
struct Tree(Vec<Tree>);

#[derive(Serialize, Deserialize, Default)]
struct Link(Option<Box<Link>>);

impl SessionData for Tree {
    const VERSION: u8 = 1;
    type Previous = First;
}

impl SessionData for Link {
    const VERSION: u8 = 1;
    type Previous = First;
}

#[test]
fn a_typed_value_nests_64_deep_and_no_deeper() {
    let tree = |depth| (1..depth).fold(Tree::default(), |inner, _| Tree(vec![inner]));
    assert!(encode(&tree(64), None).is_ok());
    let error = encode(&tree(65), None).unwrap_err();
    assert_eq!(error, SealError::Encode(EncodeReason::TooDeep));
    assert_eq!(encode(&tree(5_000), None).unwrap_err(), error);
}

#[test]
fn options_and_newtypes_nest_128_deep_and_no_deeper() {
    let link = |depth| (1..depth).fold(Link::default(), |inner, _| Link(Some(Box::new(inner))));
    assert!(encode(&link(64), None).is_ok());
    assert!(encode(&link(65), None).is_err());
}

#[test]
fn a_failing_serialize_is_reported_without_its_message() {
    struct Fails;
    impl Serialize for Fails {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("the card number 4111"))
        }
    }
    assert_eq!(shape::of(&Fails), Err(EncodeReason::Custom));
}
