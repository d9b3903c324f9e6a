//! What values can be: every type of serde, there and back.

use alloc::{boxed::Box, collections::BTreeMap, format, string::String, vec, vec::Vec};
use core::fmt::Debug;
use std::collections::HashMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Kind, ValueError, Values, decode, encode};
use crate::error::EncodeReason;

pub(super) fn body(values: &Values) -> Vec<u8> {
    encode(values, None).unwrap().to_vec()
}

pub(super) fn reopened(values: &Values) -> Values {
    decode(Kind::Values, &body(values)).unwrap()
}

fn round_trip<V: Serialize + DeserializeOwned + PartialEq + Debug>(value: V) {
    let mut values = Values::new();
    values.insert("key", &value).unwrap();
    assert_eq!(rebuilt::<V>(&values), value);
    assert_eq!(rebuilt::<V>(&reopened(&values)), value);
}

fn rebuilt<V: DeserializeOwned>(values: &Values) -> V {
    values.get("key").unwrap().unwrap()
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Unit;
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Newtype(String);
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Pair(u8, String);
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone, Default)]
pub(super) struct Item {
    id: u32,
    name: String,
    price: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon: Option<String>,
}
#[derive(Serialize, Deserialize, Debug, PartialEq, Eq, Clone, Hash, PartialOrd, Ord)]
pub(super) enum Role {
    Guest,
    User(u32),
    Pair(u8, u8),
    Admin { since: u64, by: String },
}
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
#[serde(untagged)]
enum Either {
    Number(i64),
    Text(String),
    Item(Item),
}
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
#[serde(tag = "kind")]
enum Tagged {
    A { n: u8 },
    B,
}
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Flat {
    id: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, u32>,
}

pub(super) fn item(id: u32) -> Item {
    Item { id, name: format!("Item {id}"), price: 1.5, coupon: None }
}

#[test]
fn every_type_of_the_serde_model_round_trips() {
    round_trip(true);
    for n in [0, 1, 15, 16, 17, 63, 64, 127, 128, 16_383, 16_384, i64::MAX] {
        round_trip(n);
        round_trip(-n);
        round_trip(n.unsigned_abs());
    }
    round_trip((i64::MIN, u64::MAX, i8::MIN, u8::MAX, u16::MAX, i16::MIN, u32::MAX, i32::MIN));
    round_trip((i128::from(i64::MIN), i128::from(u64::MAX), u128::from(u64::MAX)));
    round_trip((1.5_f32, f32::MIN_POSITIVE, -0.1_f64, f64::MAX, f64::INFINITY));
    round_trip(('a', '\u{1f36a}', String::new(), String::from("hello")));
    round_trip("x".repeat(9_000));
    round_trip((Some(1), None::<u8>, (), Unit, Newtype("n".into()), Pair(1, "p".into())));
    round_trip([[1, 2], [3, 4]]);
    round_trip((0..1_000).collect::<Vec<u32>>());
    round_trip((0..20).map(item).collect::<Vec<_>>());
    round_trip(vec![
        Role::Guest,
        Role::User(7),
        Role::Pair(1, 2),
        Role::Admin { since: 5, by: "root".into() },
    ]);
    round_trip(vec![Either::Number(-1), Either::Text("t".into()), Either::Item(item(1))]);
    round_trip(vec![Tagged::A { n: 1 }, Tagged::B]);
    round_trip(Flat { id: 1, rest: BTreeMap::from([("a".into(), 1), ("b".into(), 2)]) });
    round_trip(BTreeMap::from([(-5_i64, 'm'), (0, 'z'), (70_000, 'p')]));
    round_trip(BTreeMap::from([(true, 1), (false, 0)]));
    round_trip(BTreeMap::from([('\u{e9}', 1), ('a', 0)]));
    round_trip(BTreeMap::from([(Role::Guest, 1)]));
    round_trip(HashMap::from([(u64::MAX, Some(item(3))), (2, None)]));
    round_trip(BTreeMap::from([(String::from("b"), BTreeMap::from([(String::from("a"), 1)]))]));
}

#[test]
fn a_number_that_is_not_a_number_keeps_its_bits() {
    let mut values = Values::new();
    values.insert("key", &f64::from_bits(0x7ff8_0000_0000_1234)).unwrap();
    assert_eq!(rebuilt::<f64>(&values).to_bits(), 0x7ff8_0000_0000_1234);
}

#[test]
fn an_option_in_an_option_reads_back_as_one_that_is_empty() {
    let mut values = Values::new();
    values.insert("key", &Some(None::<u8>)).unwrap();
    assert_eq!(values.get::<Option<Option<u8>>>("key"), Ok(Some(None)));
}

#[test]
fn a_packed_field_is_a_string_inside_values() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Login {
        #[serde(with = "super::packed")]
        device: String,
        #[serde(with = "super::packed")]
        tokens: Vec<String>,
    }
    round_trip(Login { device: "deadbeef".into(), tokens: vec!["hello".into(), String::new()] });
    let mut values = Values::new();
    values.insert("key", &Login { device: "deadbeef".into(), tokens: vec![] }).unwrap();
    let as_map: (String, Vec<String>) = {
        #[derive(Deserialize)]
        struct Plain {
            device: String,
            tokens: Vec<String>,
        }
        let plain: Plain = rebuilt(&values);
        (plain.device, plain.tokens)
    };
    assert_eq!(as_map, ("deadbeef".into(), vec![]));
}

#[test]
fn a_field_may_be_added_removed_and_moved_as_serde_allows() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Newer {
        #[serde(default)]
        added: u8,
        name: String,
        id: u64,
    }
    let mut values = Values::new();
    values.insert("key", &item(7)).unwrap();
    assert_eq!(rebuilt::<Newer>(&values), Newer { added: 0, name: "Item 7".into(), id: 7 });
}

#[test]
fn reading_as_another_type_is_an_error_and_changes_nothing() {
    let mut values = Values::new();
    values.insert("key", &vec![1, 2, 3]).unwrap();
    assert_eq!(values.get::<String>("key"), Err(ValueError::Type));
    assert_eq!(values.get::<(u8, u8)>("key"), Err(ValueError::Type));
    assert_eq!(values.get::<BTreeMap<String, u8>>("key"), Err(ValueError::Type));
    assert_eq!(values.take::<u8>("key"), Err(ValueError::Type));
    assert_eq!(values.get_or_insert_with("key", || 1_u8), Err(ValueError::Type));
    assert_eq!(values.take::<Vec<u8>>("key"), Ok(Some(vec![1, 2, 3])));
    values.insert("key", &300).unwrap();
    assert_eq!(values.get::<u8>("key"), Err(ValueError::Type));
}

#[test]
fn what_has_no_form_is_refused_with_its_reason() {
    let mut values = Values::new();
    let refused = |result: Result<(), ValueError>| match result {
        Err(ValueError::Encode(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(values.insert("k", &u128::MAX)), EncodeReason::Integer);
    assert_eq!(refused(values.insert("k", &i128::MIN)), EncodeReason::Integer);
    let by_list = BTreeMap::from([(vec![1], 1)]);
    assert_eq!(refused(values.insert("k", &by_list)), EncodeReason::Unsupported);
    assert_eq!(refused(values.insert("k", &vec![0; 1_025])), EncodeReason::TooManyEntries);
    assert_eq!(refused(values.insert("k", &"\u{e9}".repeat(8_192))), EncodeReason::TooLong);
    let many_long = vec!["\u{e9}".repeat(100); 500];
    assert_eq!(refused(values.insert("k", &many_long)), EncodeReason::TooLong);
    let clash = BTreeMap::from([("id".into(), 1)]);
    assert_eq!(
        refused(values.insert("k", &Flat { id: 1, rest: clash })),
        EncodeReason::Unsupported
    );
    assert!(values.is_empty());
}

#[test]
fn a_recursive_type_ends_instead_of_exhausting_the_stack() {
    #[derive(Serialize, Deserialize, Debug)]
    struct Link(Option<Box<Link>>);
    let mut values = Values::new();
    values.insert("key", &5).unwrap();
    assert!(values.get::<Link>("key").is_err());
    values.insert("key", &BTreeMap::from([("5", 5)])).unwrap();
    let mut long = Link(None);
    for _ in 0..10_000 {
        long = Link(Some(Box::new(long)));
    }
    let too_deep = Err(ValueError::Encode(EncodeReason::TooDeep));
    assert_eq!(values.insert("key", &long), too_deep);
    // Taken apart by hand, because dropping it recurses too.
    while let Link(Some(inner)) = long {
        long = *inner;
    }
}

#[test]
fn a_map_is_a_map_in_other_formats_and_inside_itself() {
    let json = r#"{"a":null,"b":[true,-5,1.5,{"x":"y","z":[]}],"c":18446744073709551615}"#;
    let values = from_json(json);
    assert_eq!(serde_json::to_string(&values).unwrap(), json);
    assert_eq!(serde_json::to_string(&reopened(&values)).unwrap(), json);
    let mut outer = Values::new();
    outer.insert("key", &values).unwrap();
    assert_eq!(rebuilt::<Values>(&reopened(&outer)), values);
    assert!(serde_json::from_str::<Values>(r#"{"a":1,"a":2}"#).is_err());
    assert!(serde_json::from_str::<Values>(r#"{"a":{"b":1,"b":2}}"#).is_err());
    assert!(serde_json::from_str::<Values>("[]").is_err());
}

fn from_json(json: &str) -> Values {
    serde_json::from_str(json).unwrap()
}
