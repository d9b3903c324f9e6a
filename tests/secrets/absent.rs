//! What types must not be able to do, asked of the compiler.
//!
//! A method of the type itself goes before one of a trait, so `ANSWER` is `true` exactly where the
//! bound of the inherent one holds.

use std::borrow::Borrow;
use std::fmt::{Debug, Display, LowerHex};
use std::hash::Hash;
use std::ops::Deref;

use cloakroom::keys::{RingEdit, RingEntry, RingText};
use cloakroom::{
    Codec, Key, KeyId, KeyRing, OpenError, Opened, Session, SessionConfig, SessionId,
    SessionManager, Values,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Whether a type implements a trait.
macro_rules! implements {
    ($type:ty: $trait:path) => {{
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        trait No {
            const ANSWER: bool = false;
        }
        impl<T: ?Sized> No for Probe<T> {}
        #[allow(dead_code)]
        impl<T: ?Sized + $trait> Probe<T> {
            const ANSWER: bool = true;
        }
        <Probe<$type>>::ANSWER
    }};
}
pub(crate) use implements;

/// The names of those of the traits that the type implements.
macro_rules! of_these {
    ($type:ty: $($trait:path),+ $(,)?) => {{
        let mut found: Vec<&str> = vec![];
        $(if implements!($type: $trait) { found.push(stringify!($trait)); })+
        found
    }};
}

#[test]
fn the_question_is_answered_both_ways() {
    let of_text = of_these!(String: Clone, Copy, Display, Serialize, DeserializeOwned, Iterator);
    assert_eq!(of_text, ["Clone", "Display", "Serialize", "DeserializeOwned"]);
    assert_eq!(of_these!(KeyId: Clone, Copy, Eq, Serialize), ["Clone", "Copy", "Eq"]);
    assert!(implements!([u8; 4]: AsRef<[u8]>) && !implements!(u8: AsRef<[u8]>));
}

#[test]
fn a_key_cannot_be_copied_compared_printed_or_written() {
    let found = of_these!(Key:
        Clone, Copy, Default, PartialEq, PartialOrd, Hash, Display, LowerHex, Serialize,
        DeserializeOwned, AsRef<[u8]>, AsRef<str>, AsRef<[u8; 32]>, Borrow<[u8]>, Deref,
        Into<[u8; 32]>, Into<Vec<u8>>, Into<String>, From<[u8; 32]>, From<String>);
    assert_eq!(found, <[&str; 0]>::default());
    // It is shown by its public name, and wiped when dropped.
    assert!(implements!(Key: Debug) && implements!(Key: zeroize::ZeroizeOnDrop));
}

#[test]
fn what_holds_keys_cannot_be_written_or_printed_and_one_key_has_one_place() {
    assert_eq!(of_these!(RingEntry: Clone, Display, Serialize, PartialEq), <[&str; 0]>::default());
    assert_eq!(of_these!(KeyRing: Display, Serialize, PartialEq), <[&str; 0]>::default());
    let found = of_these!(RingText: Clone, Display, Serialize, PartialEq, AsRef<str>, Deref);
    assert_eq!(found, <[&str; 0]>::default());
    let found = of_these!(RingEdit: Clone, Display, Serialize, PartialEq, AsRef<str>, Deref);
    assert_eq!(found, <[&str; 0]>::default());
    assert_eq!(of_these!(Codec: Clone, Display, Serialize), <[&str; 0]>::default());
    assert_eq!(of_these!(SessionConfig: Clone, Display, Serialize), <[&str; 0]>::default());
    assert_eq!(of_these!(SessionManager<Values>: Display, Serialize), <[&str; 0]>::default());
}

#[test]
fn an_id_and_a_session_cannot_be_printed_or_written() {
    let found = of_these!(SessionId:
        Display, LowerHex, Serialize, DeserializeOwned, AsRef<[u8]>, Deref, Into<[u8; 16]>,
        Ord, From<[u8; 16]>);
    assert_eq!(found, <[&str; 0]>::default());
    assert_eq!(of_these!(Opened: Clone, Display, Serialize), <[&str; 0]>::default());
    assert_eq!(of_these!(Session<Values>: Display, Serialize, Deref), <[&str; 0]>::default());
}

/// A refusal that could be written as JSON would sooner or later be sent to a client.
#[test]
fn a_refusal_cannot_be_serialised() {
    assert_eq!(of_these!(OpenError: Serialize, DeserializeOwned, LowerHex), <[&str; 0]>::default());
}
