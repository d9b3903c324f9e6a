//! What reaches a body through parts of serde that derived types seldom use.

use alloc::{
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{
        DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor,
        value::{Error, MapDeserializer, StrDeserializer},
    },
};

use super::{First, Kind, SessionData, ValueError, Values, decode, encode, limited::Limited};
use crate::error::EncodeReason;

/// A value as some formats hand it over: options and newtypes as such, and enums.
#[derive(Clone, Copy)]
enum Odd {
    None,
    Some(u8),
    Newtype(u8),
    Enum,
}

impl<'de> IntoDeserializer<'de, Error> for Odd {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Odd {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let name: StrDeserializer<'_, Error> = "name".into_deserializer();
        match self {
            Self::None => visitor.visit_none(),
            Self::Some(n) => visitor.visit_some(n.into_deserializer()),
            Self::Newtype(n) => visitor.visit_newtype_struct(n.into_deserializer()),
            Self::Enum => visitor.visit_enum(name),
        }
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

fn map_of(value: Odd) -> Result<Values, Error> {
    Values::deserialize(MapDeserializer::new([("key", value)].into_iter()))
}

fn plain<V: Serialize>(value: V) -> Values {
    let mut values = Values::new();
    values.insert("key", &value).unwrap();
    values
}

#[test]
fn a_map_takes_options_and_newtypes_of_any_format_as_what_is_inside() {
    assert_eq!(map_of(Odd::None).unwrap(), plain(()));
    assert_eq!(map_of(Odd::Some(5)).unwrap(), plain(5));
    assert_eq!(map_of(Odd::Newtype(6)).unwrap(), plain(6));
    assert_ne!(map_of(Odd::Some(5)).unwrap(), plain(6));
}

#[test]
fn a_map_refuses_enums_of_a_format_that_has_them() {
    let error = map_of(Odd::Enum).unwrap_err().to_string();
    assert_eq!(error, "invalid type: enum, expected a value");
}

#[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
struct Marker;
#[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
struct Point(i16, i16);
#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Step {
    Wait,
    Walk(u8),
    Jump(i8, Box<Step>),
    Go { to: Point },
}

/// Every part of serde that a typed session can be made of.
#[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
struct Everything {
    marker: Marker,
    nothing: (),
    point: Point,
    steps: vec::Vec<Step>,
    array: [u16; 2],
    names: BTreeMap<char, Option<String>>,
    numbers: (bool, i128, u128, f32),
}

impl SessionData for Everything {
    const VERSION: u8 = 1;
    type Previous = First;
}

#[test]
fn every_part_of_a_typed_session_comes_back() {
    let session = Everything {
        point: Point(-1, 2),
        steps: vec![
            Step::Wait,
            Step::Walk(3),
            Step::Jump(-4, Box::new(Step::Go { to: Point(5, -6) })),
        ],
        array: [700, 8],
        names: BTreeMap::from([('a', Some("Ada".into())), ('b', None)]),
        numbers: (true, i128::from(i64::MIN), u128::from(u64::MAX), 0.5),
        ..Everything::default()
    };
    let encoded = encode(&session, None).unwrap();
    assert_eq!(decode(Kind::Typed, &encoded), Ok(session));
}

/// Whether the format says that people read it.
#[derive(Debug, PartialEq)]
struct ReadByPeople(bool);

impl Serialize for ReadByPeople {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let people = serializer.is_human_readable();
        serializer.serialize_bool(people)
    }
}

impl<'de> Deserialize<'de> for ReadByPeople {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let people = deserializer.is_human_readable();
        bool::deserialize(deserializer).map(|_| Self(people))
    }
}

#[test]
fn a_value_is_written_for_machines_and_read_for_them() {
    let mut values = Values::new();
    values.insert("key", &ReadByPeople(true)).unwrap();
    assert_eq!(values.get("key"), Ok(Some(false)));
    assert_eq!(values.get("key"), Ok(Some(ReadByPeople(false))));
}

/// `json` read within the limits.
fn limited<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
    Limited::new().deserialize(&mut serde_json::Deserializer::from_str(json))
}

/// The limits stand between a type and its format and change nothing that either says.
#[test]
fn what_goes_through_the_limits_is_what_the_format_says() {
    assert_eq!(limited::<ReadByPeople>("true").unwrap(), ReadByPeople(true));
    assert_eq!(limited::<Step>(r#""Wait""#).unwrap(), Step::Wait);
    assert_eq!(limited::<Step>(r#"{"Wait":null}"#).unwrap(), Step::Wait);
    assert!(limited::<Step>(r#"{"Wait":1}"#).is_err());
    let seed = Limited::<Point>::new();
    let error: Error = seed.deserialize(5_u8.into_deserializer()).unwrap_err();
    assert_eq!(error.to_string(), "invalid type: integer `5`, expected tuple struct Point");
}

#[test]
fn a_variant_without_content_is_not_read_from_one_that_has_some() {
    let mut values = Values::new();
    values.insert("key", &BTreeMap::from([("Wait", 1)])).unwrap();
    assert_eq!(values.get::<Step>("key"), Err(ValueError::Type));
}

#[test]
fn a_packed_field_reads_every_form_of_a_string_in_a_map() {
    #[derive(Deserialize)]
    struct Field {
        #[serde(with = "super::packed")]
        text: String,
    }
    for text in ["", "\u{e9}", "hello, world", "deadbeef"] {
        let mut values = Values::new();
        values.insert("key", &BTreeMap::from([("text", text)])).unwrap();
        assert_eq!(values.get::<Field>("key").unwrap().unwrap().text, text);
    }
}

#[test]
fn whoever_reads_the_wrong_thing_hears_what_was_expected() {
    let error = super::packed::deserialize::<String, _>(Odd::Newtype(5)).unwrap_err();
    assert_eq!(error.to_string(), "invalid type: integer `5`, expected a packed string");
    let error = Values::deserialize(Odd::Newtype(5)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid type: newtype struct, expected a map with strings for keys"
    );
}

#[test]
fn an_error_of_a_value_says_which_side_is_wrong() {
    for (error, words) in [
        (ValueError::Type, "the value is not of the type asked for"),
        (ValueError::Malformed, "the bytes of the value break the format"),
        (
            ValueError::Encode(EncodeReason::Integer),
            "the value cannot be encoded: an integer outside 64 bits",
        ),
    ] {
        assert_eq!(error.to_string(), words);
    }
}
