//! Versions: up a chain of types, and down again while a fleet is rolled over.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{First, Kind, SessionData, Upgrade, can_hold, decode, encode, kind_of};
use crate::error::{Rejection, SealError};

#[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
struct V1 {
    name: String,
}

#[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
struct V2 {
    name: String,
    views: u32,
}

/// Version 4: number 3 was never released.
#[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
struct V4 {
    names: Vec<String>,
    views: u32,
}

impl SessionData for V1 {
    const VERSION: u8 = 1;
    type Previous = First;
}

impl SessionData for V2 {
    const VERSION: u8 = 2;
    type Previous = V1;

    fn downgrade(&self) -> Option<V1> {
        Some(V1 { name: self.name.clone() })
    }
}

impl SessionData for V4 {
    const VERSION: u8 = 4;
    type Previous = V2;

    fn downgrade(&self) -> Option<V2> {
        let [name] = self.names.as_slice() else { return None };
        Some(V2 { name: name.clone(), views: self.views })
    }
}

impl Upgrade<V2> for V1 {
    fn upgrade(self) -> V2 {
        V2 { name: self.name, views: 1 }
    }
}

impl Upgrade<V4> for V2 {
    fn upgrade(self) -> V4 {
        V4 { names: Vec::from([self.name]), views: self.views }
    }
}

fn sealed<T: SessionData>(value: &T) -> Vec<u8> {
    encode(value, None).unwrap().to_vec()
}

fn ada(views: u32) -> V4 {
    V4 { names: Vec::from(["Ada".into()]), views }
}

#[test]
fn a_chain_of_three_versions_migrates_from_each() {
    let from_1: V4 = decode(Kind::Typed, &sealed(&V1 { name: "Ada".into() })).unwrap();
    let from_2: V4 = decode(Kind::Typed, &sealed(&V2 { name: "Ada".into(), views: 7 })).unwrap();
    let from_4: V4 = decode(Kind::Typed, &sealed(&ada(9))).unwrap();
    assert_eq!((from_1, from_2, from_4), (ada(1), ada(7), ada(9)));
}

#[test]
fn a_newer_version_is_refused_as_newer() {
    assert_eq!(decode::<V2>(Kind::Typed, &sealed(&ada(1))), Err(Rejection::NewerVersion));
}

#[test]
fn a_version_below_or_between_the_chain_is_refused_as_older() {
    for version in [0, 3] {
        let mut body = sealed(&ada(1));
        body[0] = version;
        assert_eq!(decode::<V4>(Kind::Typed, &body), Err(Rejection::OlderVersion));
    }
}

#[test]
fn a_value_of_another_shape_is_refused() {
    for bit in 0..32 {
        let mut body = sealed(&ada(1));
        body[1 + bit / 8] ^= 1 << (bit % 8);
        assert_eq!(decode::<V4>(Kind::Typed, &body), Err(Rejection::Shape));
    }
}

#[test]
fn a_body_cut_anywhere_is_refused() {
    let body = sealed(&ada(300));
    for len in 0..body.len() {
        assert_eq!(decode::<V4>(Kind::Typed, &body[..len]), Err(Rejection::Body), "{len}");
    }
}

#[test]
fn bytes_left_over_are_refused() {
    let mut body = sealed(&ada(1));
    body.push(0);
    assert_eq!(decode::<V4>(Kind::Typed, &body), Err(Rejection::Body));
}

#[test]
fn a_body_of_the_other_kind_is_refused() {
    assert_eq!(kind_of::<V4>(), Kind::Typed);
    assert_eq!(decode::<V4>(Kind::Values, &[0]), Err(Rejection::Kind));
}

#[test]
fn holding_an_older_version_writes_what_that_version_reads() {
    let as_2 = encode(&ada(7), Some(2)).unwrap();
    let as_1 = encode(&ada(7), Some(1)).unwrap();
    let v2 = V2 { name: "Ada".into(), views: 7 };
    assert_eq!(decode::<V2>(Kind::Typed, &as_2), Ok(v2));
    assert_eq!(decode::<V1>(Kind::Typed, &as_1), Ok(V1 { name: "Ada".into() }));
    assert_eq!(encode(&ada(7), Some(4)).unwrap().as_slice(), sealed(&ada(7)));
}

#[test]
fn a_version_that_the_value_cannot_be_expressed_in_is_an_error() {
    let two_names = V4 { names: Vec::from(["Ada".into(), "Bob".into()]), views: 1 };
    for (value, version) in [(two_names, 2), (ada(1), 3), (ada(1), 0), (ada(1), 5)] {
        let error = encode(&value, Some(version)).unwrap_err();
        assert_eq!(error, SealError::HeldVersion { version });
    }
}

#[test]
fn whether_a_version_can_be_held_is_tried_on_the_default() {
    assert!(can_hold::<V2>(2) && can_hold::<V2>(1));
    assert!(!can_hold::<V2>(0) && !can_hold::<V2>(3));
    // The default of version 4 has no name, so it has no form in version 2.
    assert!(can_hold::<V4>(4) && !can_hold::<V4>(2));
}
