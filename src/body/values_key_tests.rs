//! What keys of maps inside values can be, and what they cannot.

use alloc::{
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned, ser::SerializeMap};

use super::{ValueError, Values};
use crate::error::EncodeReason;

/// A map of one entry, whatever its key is.
struct By<K>(K);

impl<K: Serialize> Serialize for By<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.0, &7_u8)?;
        map.end()
    }
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct UserId(u32);
#[derive(Serialize)]
struct Unit;
#[derive(Serialize)]
struct Pair(u8, u8);
#[derive(Serialize)]
struct Named {
    x: u8,
}
#[derive(Serialize)]
enum Variant {
    Unit,
    New(u8),
    Pair(u8, u8),
    Named { x: u8 },
}

struct Bytes;

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(b"ab")
    }
}

/// The key as text, or why it is none.
fn text_of<K: Serialize>(key: K) -> Result<String, ValueError> {
    let mut values = Values::new();
    values.insert("key", &By(key))?;
    let map: BTreeMap<String, u8> = values.get("key")?.unwrap_or_default();
    assert_eq!(map.values().collect::<Vec<_>>(), [&7]);
    Ok(map.into_keys().collect())
}

/// A map with the key `text`, read as one whose keys are of type `K`.
fn read_as<K: DeserializeOwned + Ord>(text: &str) -> Result<K, ValueError> {
    let mut values = Values::new();
    values.insert("key", &BTreeMap::from([(text, 7)]))?;
    let map: BTreeMap<K, u8> = values.get("key")?.unwrap_or_default();
    map.into_keys().next().ok_or(ValueError::Type)
}

#[test]
fn every_scalar_is_its_own_text() {
    for (text, key) in [
        ("-128", text_of(i8::MIN)),
        ("-32768", text_of(i16::MIN)),
        ("-2147483648", text_of(i32::MIN)),
        ("-9223372036854775808", text_of(i64::MIN)),
        ("-9223372036854775808", text_of(i128::from(i64::MIN))),
        ("18446744073709551615", text_of(i128::from(u64::MAX))),
        ("255", text_of(u8::MAX)),
        ("65535", text_of(u16::MAX)),
        ("4294967295", text_of(u32::MAX)),
        ("18446744073709551615", text_of(u64::MAX)),
        ("18446744073709551615", text_of(u128::from(u64::MAX))),
        ("true", text_of(true)),
        ("false", text_of(false)),
        ("\u{e9}", text_of('\u{e9}')),
        ("a text", text_of("a text")),
        ("Unit", text_of(Variant::Unit)),
        ("9", text_of(UserId(9))),
    ] {
        assert_eq!(key.as_deref(), Ok(text));
    }
}

#[test]
fn what_has_no_text_is_no_key() {
    let unsupported = Err(ValueError::Encode(EncodeReason::Unsupported));
    for refused in [
        text_of(1.5_f32),
        text_of(1.5_f64),
        text_of(Bytes),
        text_of(None::<u8>),
        text_of(Some(1_u8)),
        text_of(()),
        text_of(Unit),
        text_of(Pair(1, 2)),
        text_of((1_u8, 2_u8)),
        text_of([1_u8].as_slice()),
        text_of(By(1_u8)),
        text_of(Named { x: 1 }),
        text_of(Variant::New(1)),
        text_of(Variant::Pair(1, 2)),
        text_of(Variant::Named { x: 1 }),
    ] {
        assert_eq!(refused, unsupported);
    }
    let integer = Err(ValueError::Encode(EncodeReason::Integer));
    assert_eq!(text_of(i128::from(i64::MIN) - 1), integer);
    assert_eq!(text_of(i128::from(u64::MAX) + 1), integer);
    assert_eq!(text_of(u128::from(u64::MAX) + 1), integer);
}

#[test]
fn a_key_reads_back_as_the_type_that_wrote_it() {
    assert_eq!(read_as::<UserId>("9"), Ok(UserId(9)));
    assert_eq!(read_as::<i8>("-128"), Ok(i8::MIN));
    assert_eq!(read_as::<i128>("-9223372036854775808"), Ok(i128::from(i64::MIN)));
    assert_eq!(read_as::<u128>("18446744073709551615"), Ok(u128::from(u64::MAX)));
    assert_eq!(read_as::<u64>("0"), Ok(0));
    assert_eq!(read_as::<bool>("true"), Ok(true));
    assert_eq!(read_as::<bool>("false"), Ok(false));
    assert_eq!(read_as::<char>("x"), Ok('x'));
    assert_eq!(read_as::<Option<u8>>("5"), Ok(Some(5)));
}

#[test]
fn a_name_that_is_not_exactly_a_number_is_none() {
    for name in ["", "-", "-0", "+1", "01", "-01", "1 ", " 1", "1.0", "0x1", "one"] {
        assert_eq!(read_as::<i64>(name), Err(ValueError::Type), "{name:?}");
        assert_eq!(read_as::<String>(name), Ok(name.to_string()));
    }
    assert_eq!(read_as::<u64>("18446744073709551616"), Err(ValueError::Type));
    assert_eq!(read_as::<i64>("-9223372036854775809"), Err(ValueError::Type));
    assert_eq!(read_as::<u8>("256"), Err(ValueError::Type));
    assert_eq!(read_as::<u8>("-1"), Err(ValueError::Type));
    assert_eq!(read_as::<bool>("TRUE"), Err(ValueError::Type));
}

/// A format that is read by people would be written and read differently by some types.
#[test]
fn neither_side_claims_to_be_read_by_people() {
    #[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
    struct Asks;
    impl Serialize for Asks {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let people = serializer.is_human_readable();
            serializer.serialize_str(if people { "people" } else { "machines" })
        }
    }
    impl<'de> Deserialize<'de> for Asks {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            assert!(!deserializer.is_human_readable());
            String::deserialize(deserializer).map(|_| Self)
        }
    }
    assert_eq!(text_of(Asks).as_deref(), Ok("machines"));
    assert_eq!(read_as::<Asks>("machines"), Ok(Asks));
}

#[test]
fn newtypes_around_a_key_end_before_the_stack_does() {
    struct Deep(usize);
    impl Serialize for Deep {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                0 => serializer.serialize_u8(1),
                n => serializer.serialize_newtype_struct("Deep", &Self(n - 1)),
            }
        }
    }
    assert_eq!(text_of(Deep(128)).as_deref(), Ok("1"));
    assert_eq!(text_of(Deep(129)), Err(ValueError::Encode(EncodeReason::TooDeep)));
}

/// Types that contain themselves and nothing else read for ever if nobody counts.
#[test]
fn a_key_of_an_endless_type_is_refused() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Options;
    impl<'de> Deserialize<'de> for Options {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Option::<Self>::deserialize(deserializer).map(|_| Self)
        }
    }
    #[derive(Deserialize, Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Newtypes(Box<Newtypes>);
    assert_eq!(read_as::<Options>("5"), Err(ValueError::Type));
    assert_eq!(read_as::<Newtypes>("5"), Err(ValueError::Type));
}
