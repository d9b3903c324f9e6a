//! What happens to a session when its type changes: one sentence for each ordinary edit.
//!
//! In every test but those of migration, both types claim version 1: somebody forgot to number the
//! change. The answer must then be a refusal or the right value, never a wrong one.

use alloc::{string::String, vec::Vec};
use core::fmt::Debug;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{First, Kind, SessionData, decode, encode, shape};
use crate::error::{EncodeReason, Rejection, SealError};

/// Declares version 1 of a session.
macro_rules! session {
    ($name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),* $(,)? }) => {
        #[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
        struct $name { $($(#[$attribute])* $field: $type),* }

        impl SessionData for $name {
            const VERSION: u8 = 1;
            type Previous = First;
        }
    };
}

fn sealed<T: SessionData>(value: &T) -> Vec<u8> {
    encode(value, None).unwrap().to_vec()
}

/// What a deployment whose type is `New` makes of what one whose type is `Old` wrote.
fn reread<Old: SessionData, New: SessionData>(old: &Old) -> Result<New, Rejection> {
    decode(Kind::Typed, &sealed(old))
}

fn refused<Old: SessionData, New: SessionData + Debug>(old: &Old) -> Rejection {
    reread::<Old, New>(old).unwrap_err()
}

session!(Base { id: u32, age: u32, admin: bool, tries: u8, name: String, level: i32 });

fn base() -> Base {
    Base { id: 95_166, age: 40, admin: false, tries: 1, name: "Ada".into(), level: -566 }
}

#[test]
fn the_same_type_reads_what_it_wrote() {
    assert_eq!(reread::<Base, Base>(&base()), Ok(base()));
}

#[test]
fn two_u32_fields_that_change_places_are_refused() {
    session!(New { age: u32, id: u32, admin: bool, tries: u8, name: String, level: i32 });
    assert_eq!(refused::<Base, New>(&base()), Rejection::Shape);
}

#[test]
fn a_bool_and_a_u8_that_change_places_are_refused() {
    session!(New { id: u32, age: u32, tries: u8, admin: bool, name: String, level: i32 });
    assert_eq!(refused::<Base, New>(&base()), Rejection::Shape);
}

#[test]
fn a_u8_added_in_front_is_refused() {
    session!(New { new: u8, id: u32, age: u32, admin: bool, tries: u8, name: String, level: i32 });
    let misread_by_postcard = Base { id: 1, age: 0, level: 0, ..base() };
    assert!(matches!(refused::<Base, New>(&base()), Rejection::Shape | Rejection::Body));
    assert!(matches!(
        refused::<Base, New>(&misread_by_postcard),
        Rejection::Shape | Rejection::Body
    ));
}

#[test]
fn a_u8_removed_from_the_middle_is_refused() {
    session!(New { id: u32, age: u32, admin: bool, name: String, level: i32 });
    // An empty name after one try reads as the name "\0" and still uses every byte.
    let misread_by_postcard = Base { name: String::new(), ..base() };
    assert!(matches!(refused::<Base, New>(&base()), Rejection::Shape | Rejection::Body));
    assert_eq!(refused::<Base, New>(&misread_by_postcard), Rejection::Shape);
}

#[test]
fn a_u32_that_becomes_an_i32_is_refused() {
    session!(New { id: i32, age: u32, admin: bool, tries: u8, name: String, level: i32 });
    assert_eq!(refused::<Base, New>(&base()), Rejection::Shape);
}

#[test]
fn an_i32_that_becomes_a_u32_is_refused() {
    session!(New { id: u32, age: u32, admin: bool, tries: u8, name: String, level: u32 });
    assert_eq!(refused::<Base, New>(&base()), Rejection::Shape);
}

mod roles {
    use super::*;

    /// One enum of roles and the session that holds it.
    macro_rules! roles {
        ($session:ident, $role:ident { $first:ident $(, $rest:ident)* }) => {
            #[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
            enum $role { #[default] $first $(, $rest)* }
            session!($session { role: $role });
        };
    }

    roles!(Old, OldRole { User, Editor, Admin });

    #[test]
    fn a_variant_inserted_first_is_refused() {
        roles!(New, NewRole { Guest, User, Editor, Admin });
        for role in [OldRole::User, OldRole::Editor, OldRole::Admin] {
            assert_eq!(refused::<Old, New>(&Old { role }), Rejection::Shape);
        }
    }

    #[test]
    fn a_middle_variant_removed_refuses_what_moved_and_what_is_gone() {
        roles!(New, NewRole { User, Admin });
        assert_eq!(reread(&Old { role: OldRole::User }), Ok(New { role: NewRole::User }));
        assert_eq!(refused::<Old, New>(&Old { role: OldRole::Editor }), Rejection::Shape);
        assert_eq!(refused::<Old, New>(&Old { role: OldRole::Admin }), Rejection::Body);
    }

    #[test]
    fn variants_sorted_by_name_make_nobody_an_administrator() {
        roles!(New, NewRole { Admin, Editor, User });
        assert_eq!(refused::<Old, New>(&Old { role: OldRole::User }), Rejection::Shape);
        assert_eq!(refused::<Old, New>(&Old { role: OldRole::Admin }), Rejection::Shape);
        assert_eq!(reread(&Old { role: OldRole::Editor }), Ok(New { role: NewRole::Editor }));
    }

    #[test]
    fn two_map_entries_of_one_shape_do_not_cancel_out() {
        roles!(_New, NewRole { Admin, Editor, User });
        session!(OldTeam { members: HashMap<String, OldRole> });
        session!(NewTeam { members: HashMap<String, NewRole> });
        let member = |name: &str| (String::from(name), OldRole::User);
        let team = OldTeam { members: HashMap::from([member("ada"), member("bob")]) };
        assert_eq!(refused::<OldTeam, NewTeam>(&team), Rejection::Shape);
    }
}

#[test]
fn an_optional_string_that_becomes_required_is_refused() {
    session!(Old { name: Option<String>, tail: Vec<u32> });
    session!(New { name: String, tail: Vec<u32> });
    let present = Old { name: Some("a".into()), tail: Vec::new() };
    assert!(matches!(refused::<Old, New>(&present), Rejection::Shape | Rejection::Body));
    assert_eq!(refused::<Old, New>(&Old::default()), Rejection::Shape);
}

#[test]
fn a_bool_that_becomes_optional_is_refused() {
    session!(Old { seen: bool });
    session!(New { seen: Option<bool> });
    assert_eq!(refused::<Old, New>(&Old { seen: false }), Rejection::Shape);
    assert_eq!(refused::<Old, New>(&Old { seen: true }), Rejection::Body);
}

#[test]
fn a_u64_that_becomes_an_f64_is_refused() {
    session!(Old { n: u64 });
    session!(New { n: f64 });
    assert_eq!(refused::<Old, New>(&Old { n: 7 }), Rejection::Body);
    assert_eq!(refused::<Old, New>(&Old { n: 1 << 50 }), Rejection::Shape);
}

#[test]
fn a_field_added_at_the_end_is_refused_even_with_a_serde_default() {
    session!(New {
        id: u32,
        age: u32,
        admin: bool,
        tries: u8,
        name: String,
        level: i32,
        #[serde(default)]
        new: u32,
    });
    assert_eq!(refused::<Base, New>(&base()), Rejection::Body);
}

#[test]
fn the_last_field_removed_is_refused() {
    session!(New { id: u32, age: u32, admin: bool, tries: u8, name: String });
    assert_eq!(refused::<Base, New>(&base()), Rejection::Body);
}

#[test]
fn widening_u32_to_u64_is_accepted_and_correct() {
    session!(New { id: u64, age: u128, admin: bool, tries: u8, name: String, level: i64 });
    let new: New = reread(&base()).unwrap();
    assert_eq!((new.id, new.age, new.level, new.name), (95_166, 40, -566, "Ada".into()));
}

#[test]
fn narrowing_is_accepted_only_where_the_number_fits() {
    session!(Wide { n: u64 });
    session!(Narrow { n: u16 });
    assert_eq!(reread(&Wide { n: 65_535 }), Ok(Narrow { n: 65_535 }));
    assert_eq!(refused::<Wide, Narrow>(&Wide { n: 65_536 }), Rejection::Body);
}

#[test]
fn widening_u8_to_u32_is_refused() {
    session!(Old { n: u8, text: String });
    session!(New { n: u32, text: String });
    // postcard alone reads n = 584 and "abc": its u8 is a raw byte, its u32 a varint.
    let misread_by_postcard = Old { n: 200, text: "\u{3}abc".into() };
    assert_eq!(refused::<Old, New>(&misread_by_postcard), Rejection::Shape);
    assert_eq!(refused::<Old, New>(&Old { n: 5, text: String::new() }), Rejection::Shape);
}

#[test]
fn widening_i8_to_i32_is_refused() {
    session!(Old { n: i8 });
    session!(New { n: i32 });
    // postcard alone reads 5 as -3.
    assert_eq!(refused::<Old, New>(&Old { n: 5 }), Rejection::Shape);
}

#[test]
fn renaming_a_field_changes_the_shape() {
    session!(Old { seconds: u32 });
    session!(New { millis: u32 });
    assert_eq!(refused::<Old, New>(&Old { seconds: 5 }), Rejection::Shape);
}

#[test]
fn renaming_a_type_keeps_the_shape() {
    session!(Old { seconds: u32 });
    session!(New { seconds: u32 });
    assert_eq!(reread(&Old { seconds: 5 }), Ok(New { seconds: 5 }));
}

#[test]
#[cfg(debug_assertions)]
fn an_attribute_that_postcard_cannot_read_back_is_found_in_debug_builds() {
    session!(Skips { #[serde(skip_serializing_if = "Option::is_none")] a: Option<u8>, b: u8 });
    #[derive(Serialize, Deserialize, Debug)]
    #[serde(untagged)]
    enum Either {
        Number(u32),
    }
    session!(Untagged { list: Vec<Either> });
    impl PartialEq for Either {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }
    let not_readable = SealError::Encode(EncodeReason::NotReadable);
    assert_eq!(encode(&Skips { a: None, b: 3 }, None).unwrap_err(), not_readable);
    let untagged = Untagged { list: Vec::from([Either::Number(1)]) };
    assert_eq!(encode(&untagged, None).unwrap_err(), not_readable);
}

#[test]
fn a_flattened_field_is_refused_when_sealed() {
    #[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
    struct Inner {
        a: u8,
    }
    session!(Outer {
        #[serde(flatten)]
        inner: Inner
    });
    let unsupported = SealError::Encode(EncodeReason::Unsupported);
    assert_eq!(encode(&Outer::default(), None).unwrap_err(), unsupported);
}

#[test]
fn a_number_that_is_not_equal_to_itself_is_no_obstacle() {
    session!(Measured { value: f64 });
    let read: Measured = reread(&Measured { value: f64::NAN }).unwrap();
    assert!(read.value.is_nan());
}

#[test]
fn the_order_of_a_hash_map_does_not_enter_the_shape() {
    session!(Counts { by_name: HashMap<String, Option<u32>> });
    let entry = |n: u32| (alloc::format!("name {n}"), n.is_multiple_of(3).then_some(n));
    let shapes: Vec<u32> = (0..8)
        .map(|_| Counts { by_name: (0..50).map(entry).collect() })
        .map(|counts| shape::of(&counts).unwrap())
        .collect();
    assert!(shapes.iter().all(|shape| *shape == shapes[0]));
    let counts = Counts { by_name: (0..50).map(entry).collect() };
    assert_eq!(reread(&counts), Ok(counts));
}
