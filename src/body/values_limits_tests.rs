//! Where the limits of a map stand, to the byte, and what a value that is refused leaves behind.

use alloc::{string::String, vec, vec::Vec};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{
        DeserializeSeed, SeqAccess,
        value::{Error, MapDeserializer, SeqDeserializer},
    },
    ser::SerializeSeq,
};

use super::{
    Kind, Rejection, SealError, ValueError, Values, buffer::Buffer, decode, encode,
    limited::Limited, values_names::Names, values_ser::Encoder,
};
use crate::{error::EncodeReason, limits::VALUES_MAX};

const TOO_LONG: ValueError = ValueError::Encode(EncodeReason::TooLong);

/// So many bytes, which take three more to encode.
struct Bytes(usize);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&vec![7; self.0])
    }
}

/// A value that takes so many bytes.
fn encoding_to(len: usize) -> Bytes {
    Bytes(len - 3)
}

/// What `value` is in the format, before a map looks at its length.
fn written<V: Serialize + ?Sized>(value: &V) -> (Result<(), EncodeReason>, usize) {
    let (mut out, mut names) = (Buffer::default(), Names::default());
    let result = value.serialize(Encoder::new(&mut out, &mut names));
    (result, out.len())
}

#[test]
fn a_body_of_16_kib_is_sealed_and_a_longer_one_is_not() {
    // The table's length, the key's tag and byte, and two bytes of the value's length.
    let map_of = |len: usize| {
        let mut values = Values::new();
        values.insert("!", &encoding_to(len - 5)).unwrap();
        values
    };
    let body = encode(&map_of(VALUES_MAX), None).unwrap();
    assert_eq!(body.len(), VALUES_MAX);
    assert_eq!(decode(Kind::Values, &body), Ok(map_of(VALUES_MAX)));
    for longer in [VALUES_MAX + 1, VALUES_MAX + 5] {
        assert_eq!(encode(&map_of(longer), None), Err(SealError::Encode(EncodeReason::TooLong)));
    }
}

#[test]
fn what_cannot_fit_in_any_form_is_refused_when_it_is_put_in() {
    let insert = |key: &str, len| Values::new().insert(key, &encoding_to(len));
    assert_eq!(insert("k", VALUES_MAX), Ok(()));
    assert_eq!(insert("k", VALUES_MAX + 1), Err(TOO_LONG));
    // A key counts half, as if it were packed.
    let key = "x".repeat(4_000);
    assert_eq!(insert(&key, VALUES_MAX - 2_000), Ok(()));
    assert_eq!(insert(&key, VALUES_MAX - 1_999), Err(TOO_LONG));
}

#[test]
fn what_is_in_a_map_counts_when_more_is_put_in() {
    let mut values = Values::new();
    values.insert("!", &encoding_to(9_000)).unwrap();
    // The first key takes two bytes.
    let room = VALUES_MAX - 9_002;
    assert_eq!(values.insert("k", &encoding_to(room + 1)), Err(TOO_LONG));
    assert_eq!(values.insert("k", &encoding_to(room)), Ok(()));
    // In the place of an old value there is the room that it took.
    assert_eq!(values.insert("!", &encoding_to(9_001)), Err(TOO_LONG));
    assert_eq!(values.insert("!", &encoding_to(8_000)), Ok(()));
}

#[test]
fn a_string_is_refused_before_it_is_written_if_no_form_is_short_enough() {
    for len in [2 * VALUES_MAX, 2 * VALUES_MAX + 1] {
        let (result, written) = written(&*"0".repeat(len));
        assert!(result.is_ok() && written >= VALUES_MAX);
    }
    let long = "0".repeat(2 * VALUES_MAX + 2);
    assert_eq!(written(&*long), (Err(EncodeReason::TooLong), 0));
    assert_eq!(written(&Bytes(long.len())), (Err(EncodeReason::TooLong), 0));
}

#[test]
fn a_list_is_given_up_once_it_is_too_long() {
    // The head of the list takes one byte.
    let with = |len: usize| written(&(encoding_to(len - 1), ()));
    assert_eq!(with(VALUES_MAX), (Ok(()), VALUES_MAX + 1));
    assert_eq!(with(VALUES_MAX + 1), (Err(EncodeReason::TooLong), VALUES_MAX + 1));

    struct Many;
    impl Serialize for Many {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut list = serializer.serialize_seq(None)?;
            for _ in 0..1_000 {
                list.serialize_element(&Bytes(1_000))?;
            }
            list.end()
        }
    }
    let (result, written) = written(&Many);
    assert_eq!(result, Err(EncodeReason::TooLong));
    assert!(written < VALUES_MAX + 1_100, "{written}");
}

#[test]
fn a_value_that_is_there_already_leaves_nothing_behind() {
    let mut values = Values::new();
    values.insert("key", &Bytes(100)).unwrap();
    let before = values.mark();
    for _ in 0..10 {
        values.insert("key", &Bytes(100)).unwrap();
    }
    assert_eq!(values.mark(), before);
}

/// How many values a reader says that it has, before the first and after the last.
#[derive(Debug, PartialEq)]
struct Announced(Vec<Option<usize>>);

struct Listener;

impl<'de> serde::de::Visitor<'de> for Listener {
    type Value = Announced;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a list or a map")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Announced, A::Error> {
        let mut announced = vec![list.size_hint()];
        while list.next_element::<u8>()?.is_some() {
            announced.push(list.size_hint());
        }
        Ok(Announced(announced))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Announced, A::Error> {
        let mut announced = vec![map.size_hint()];
        while map.next_entry::<String, u8>()?.is_some() {
            announced.push(map.size_hint());
        }
        Ok(Announced(announced))
    }
}

impl<'de> Deserialize<'de> for Announced {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Listener)
    }
}

/// The same for a reader that knows what it reads.
#[derive(Debug, PartialEq)]
struct Listed(Announced);

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Listener).map(Self)
    }
}

#[derive(Debug, PartialEq)]
struct Mapped(Announced);

impl<'de> Deserialize<'de> for Mapped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Listener).map(Self)
    }
}

/// A reader that makes room for what is announced need not move it afterwards.
#[test]
fn a_list_and_a_map_say_how_much_is_still_to_come() {
    let mut values = Values::new();
    values.insert("list", &[5_u8, 6, 7]).unwrap();
    values.insert("map", &alloc::collections::BTreeMap::from([("a", 5), ("b", 6)])).unwrap();
    let announced = |counts: &[usize]| Some(Announced(counts.iter().copied().map(Some).collect()));
    assert_eq!(values.get("list").unwrap(), announced(&[3, 2, 1, 0]));
    assert_eq!(values.get("map").unwrap(), announced(&[2, 1, 0]));

    // The same of a typed session, behind its limits.
    let list = SeqDeserializer::<_, Error>::new([5_u8, 6].into_iter());
    let list = Limited::<Listed>::new().deserialize(list).unwrap();
    assert_eq!(Some(list.0), announced(&[2, 1, 0]));
    let map = MapDeserializer::<_, Error>::new([("a", 5_u8), ("b", 6)].into_iter());
    let map = Limited::<Mapped>::new().deserialize(map).unwrap();
    assert_eq!(Some(map.0), announced(&[2, 1, 0]));
}

#[test]
fn a_body_of_the_other_kind_is_not_even_looked_at() {
    #[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
    struct Typed(u8);
    impl super::SessionData for Typed {
        const VERSION: u8 = 1;
        type Previous = super::First;
    }
    for body in [&b"\x00"[..], b"\xff not a map"] {
        assert_eq!(decode::<Typed>(Kind::Values, body), Err(Rejection::Kind));
    }
}
