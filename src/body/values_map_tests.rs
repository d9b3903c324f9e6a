//! The laws of a map of values, through its public methods and as a session.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    First, Kind, SessionData, Upgrade, ValueError, Values, can_hold, decode, encode, is_emptied,
    kind_of, largest,
    values_tests::{Role, body, item, reopened},
};
use crate::error::{EncodeReason, Rejection, SealError};

#[test]
fn keys_ascend_whatever_the_order_of_insertion() {
    let mut values = Values::new();
    for key in ["b", "", "\u{e9}", "a", "ab", "Z"] {
        values.insert(key, &()).unwrap();
    }
    assert_eq!(values.keys().collect::<Vec<_>>(), ["", "Z", "a", "ab", "b", "\u{e9}"]);
    assert!(values.remove("ab") && !values.remove("ab") && !values.contains_key("ab"));
    assert_eq!(values.len(), 5);
    values.clear();
    assert!(values.is_empty() && values.keys().next().is_none());
}

#[test]
fn equal_content_has_equal_bytes_whatever_the_order_of_insertion() {
    let insert = |values: &mut Values, n: usize| {
        let key = format!("key {n}");
        match n {
            0 => values.insert(&key, &item(1)),
            1 => values.insert(&key, &Role::Admin { since: 1, by: "x".into() }),
            2 => values.insert(&key, &BTreeMap::from([("name", 1), ("since", 2), ("z", 3)])),
            _ => values.insert(&key, "text"),
        }
        .unwrap();
    };
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]];
    let bodies = orders.map(|order| {
        let mut values = Values::new();
        values.insert("gone", &BTreeMap::from([("unused name", 1)])).unwrap();
        values.insert("key 0", "written over").unwrap();
        for n in order {
            insert(&mut values, n);
            values = reopened(&values);
        }
        values.remove("gone");
        body(&values)
    });
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    assert_eq!(body(&decode(Kind::Values, &bodies[0]).unwrap()), bodies[0]);
}

#[test]
fn a_removed_value_takes_its_names_along() {
    let mut values = Values::new();
    values.insert("a", &1).unwrap();
    let before = body(&values);
    values.insert("b", &item(1)).unwrap();
    let mut values = reopened(&values);
    values.remove("b");
    assert_eq!(body(&values), before);
}

#[test]
fn any_history_of_one_content_has_its_bytes() {
    let mut state = 7_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    let insert = |values: &mut Values, key: &str, value: u64| match value % 6 {
        0 => values.insert(key, &value),
        1 => values.insert(key, "text"),
        2 => values.insert(key, &[value, 1]),
        3 => values.insert(key, &item(u32::try_from(value).unwrap())),
        4 => values.insert(key, &Role::Admin { since: value, by: "x".into() }),
        _ => values.insert(key, &BTreeMap::from([(format!("n{value}"), Role::Guest)])),
    };
    for _ in 0..300 {
        let mut values = Values::new();
        let mut model = BTreeMap::new();
        for _ in 0..random(25) {
            let (key, value) = (format!("key {}", random(6)), random(40));
            match random(4) {
                0 => assert_eq!(values.remove(&key), model.remove(&key).is_some()),
                1 => values = reopened(&values),
                _ => {
                    insert(&mut values, &key, value).unwrap();
                    model.insert(key, value);
                }
            }
        }
        let mut fresh = Values::new();
        model.iter().rev().for_each(|(key, value)| insert(&mut fresh, key, *value).unwrap());
        assert_eq!(body(&values), body(&fresh));
        assert_eq!(values, fresh);
    }
}

#[test]
fn places_beyond_127_are_renumbered_with_their_lengths() {
    let wide: BTreeMap<String, u8> = (0..200).map(|n| (format!("n{n:03}"), 1)).collect();
    let mut values = Values::new();
    values.insert("b", &wide).unwrap();
    values.insert("c", &BTreeMap::from([("n199", 1)])).unwrap();
    values.insert("a", &BTreeMap::from([("n199", 1)])).unwrap();
    assert_eq!(reopened(&values).get("b"), Ok(Some(wide)));
    values.remove("b");
    let mut fresh = Values::new();
    for key in ["a", "c"] {
        fresh.insert(key, &BTreeMap::from([("n199", 1)])).unwrap();
    }
    assert_eq!(body(&values), body(&fresh));
}

#[test]
fn a_failed_insert_leaves_the_map_as_it_was() {
    struct Fails;
    impl Serialize for Fails {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("4111 1111"))
        }
    }
    let mut values = Values::new();
    values.insert("key", &item(1)).unwrap();
    let before = body(&values);
    let custom = ValueError::Encode(EncodeReason::Custom);
    assert_eq!(values.insert("key", &BTreeMap::from([("new name", Fails)])), Err(custom));
    assert_eq!(values.insert("other", &(1, Fails)), Err(custom));
    assert_eq!(values.update([("other", Some(1)), ("b", None)]), Ok(()));
    values.remove("other");
    values.remove("b");
    assert_eq!(body(&values), before);
    assert!(!format!("{custom} {custom:?}").contains("4111"));
    let long = "\u{e9}".repeat(9_000);
    let too_long = Err(ValueError::Encode(EncodeReason::TooLong));
    assert_eq!(values.update([("a", "short"), ("b", &long)]), too_long);
    assert_eq!(body(&values), before);
}

#[test]
fn a_map_holds_1024_keys_and_no_more() {
    let mut values = Values::new();
    for n in 0..1_024 {
        values.insert(&format!("{n:04}"), &n).unwrap();
    }
    let error = Err(ValueError::Encode(EncodeReason::TooManyEntries));
    assert_eq!(values.insert("more", &1), error);
    values.insert("0000", &1).unwrap();
    assert_eq!(reopened(&values).len(), 1_024);
}

#[test]
fn a_key_written_over_and_over_stays_small() {
    let mut values = Values::new();
    values.insert("other", &item(1)).unwrap();
    for n in 0..20_000 {
        values.insert("key", &BTreeMap::from([(format!("name {}", n % 50), n)])).unwrap();
    }
    assert!(values.bytes.len() < 100_000);
    assert_eq!(values.get("key"), Ok(Some(BTreeMap::from([(String::from("name 49"), 19_999)]))));
    assert_eq!(values.get("other"), Ok(Some(item(1))));
}

#[test]
fn inserting_the_value_that_is_there_changes_nothing() {
    let mut values = Values::new();
    values.insert("key", &item(1)).unwrap();
    let mut values = reopened(&values);
    values.insert("key", &item(1)).unwrap();
    assert!(values.intact.is_some());
    values.insert("key", &item(2)).unwrap();
    assert!(values.intact.is_none());
}

#[test]
fn the_verbs_of_django_work() {
    let mut values = Values::new();
    assert_eq!(values.get_or_insert_with("views", || 1_u32), Ok(1));
    assert_eq!(values.get_or_insert_with("views", || 2_u32), Ok(1));
    values.update(BTreeMap::from([("a", 1), ("views", 5)])).unwrap();
    assert_eq!(values.take::<u32>("views"), Ok(Some(5)));
    assert_eq!(values.take::<u32>("views"), Ok(None));
    assert_eq!((values.len(), values.get("a")), (1, Ok(Some(1))));
}

#[test]
fn debug_shows_how_many_keys_there_are_and_nothing_else() {
    let mut values = Values::new();
    values.insert("secret key", "secret value").unwrap();
    assert_eq!(format!("{values:?}"), "Values { len: 1, .. }");
}

#[test]
fn the_largest_entries_are_named_largest_first() {
    let mut values = Values::new();
    for (key, len) in [("a", 10), ("b", 3_000), ("c", 200), ("d", 30), ("e", 5), ("f", 30)] {
        values.insert(key, &"\u{e9}".repeat(len)).unwrap();
    }
    let named = largest(&values);
    let expected =
        [("b", 6_007), ("c", 407), ("d", 65), ("f", 65), ("a", 24)].map(|(key, n)| (key.into(), n));
    assert_eq!(named, expected);
}

#[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
struct Typed {
    user: String,
}

impl SessionData for Typed {
    const VERSION: u8 = 1;
    type Previous = Values;
}

impl Upgrade<Typed> for Values {
    fn upgrade(self) -> Typed {
        Typed { user: self.get("user").ok().flatten().unwrap_or_default() }
    }
}

#[test]
fn a_typed_session_can_follow_a_map() {
    let mut values = Values::new();
    values.insert("user", "ada").unwrap();
    assert_eq!(decode(Kind::Values, &body(&values)), Ok(Typed { user: "ada".into() }));
    assert_eq!(decode::<Typed>(Kind::Values, &[]), Err(Rejection::Body));
    let typed = encode(&Typed { user: "ada".into() }, None).unwrap();
    assert_eq!(decode(Kind::Typed, &typed), Ok(Typed { user: "ada".into() }));
    let mut older = typed.to_vec();
    older[0] = 0;
    assert_eq!(decode::<Typed>(Kind::Typed, &older), Err(Rejection::OlderVersion));
    assert!(can_hold::<Typed>(1) && !can_hold::<Typed>(0));
}

#[test]
fn a_map_is_a_session_of_its_own_kind() {
    assert_eq!((kind_of::<Values>(), kind_of::<Plain>()), (Kind::Values, Kind::Typed));
    let mut values = Values::new();
    assert!(is_emptied(&values));
    assert_eq!(body(&values), [0]);
    values.insert("a", &1).unwrap();
    assert!(!is_emptied(&values) && !is_emptied(&Plain {}));
    assert_eq!(decode::<Values>(Kind::Typed, &body(&values)), Err(Rejection::Kind));
    assert!(can_hold::<Values>(0) && !can_hold::<Values>(1));
    let held = SealError::HeldVersion { version: 1 };
    assert_eq!(encode(&values, Some(1)).unwrap_err(), held);
    assert_eq!(encode(&values, Some(0)).unwrap().as_slice(), body(&values));
}

#[derive(Serialize, Deserialize, Default)]
struct Plain {}

impl SessionData for Plain {
    const VERSION: u8 = 1;
    type Previous = First;
}

#[test]
fn a_map_that_nobody_has_touched_is_known_to_be_what_it_was_opened_from() {
    let mut values = Values::new();
    values.insert("a", &1).unwrap();
    let body = super::encode(&values, None).unwrap();
    let mut opened: Values = super::decode(Kind::Values, &body).unwrap();
    let is =
        |values: &Values, kind, held, body: &[u8]| super::is_encoded_as(values, held, kind, body);
    assert!(is(&opened, Kind::Values, None, &body));
    assert!(is(&opened, Kind::Values, Some(Values::VERSION), &body));
    assert!(!is(&opened, Kind::Values, Some(Values::VERSION + 1), &body));
    assert!(!is(&opened, Kind::Typed, None, &body));
    assert!(!is(&opened, Kind::Values, None, &body[1..]));
    opened.insert("a", &2).unwrap();
    assert!(!is(&opened, Kind::Values, None, &body));
}
