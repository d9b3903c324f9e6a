//! Guessing a token by the length of the cookie.
//!
//! The attacker makes the visitor's browser store a text of his choice in a session that also holds
//! a token, and sees how long the cookie is. He knows what stands before the token, and tries each
//! next character in two texts: one in which it follows what he knows, and one in which a character
//! that no token has stands between. If the compressor finds the token's beginning in the first and
//! not in the second, the first is shorter.
//!
//! The attack gets nowhere with the defaults, and to show that this is their merit, the same attack
//! reads the token off an ordinary map under deflate.

use std::collections::BTreeMap;

use cloakroom::{__fuzz::deflate, Codec, First, Protection, SessionData, Values};
use serde::{Deserialize, Serialize};

use crate::workbench::{MODES, codec, seal};

const TOKEN: &str = "kX3-vQ9_bT7wZc1Lr5NfYh2UeGm8JsPaDo4iKq6RxWk";
const OTHER_TOKEN: &str = "Zq8_Lw2-Rn5tYb9KcXf3VhJm7GsTpEa1DuOi4QzNxBk";
const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// What stands before the token in a map written by postcard: its key, and its length as a character.
const BEFORE: &str = "csrf_token+";

/// The session of a shop, every string packed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Packed {
    #[serde(with = "cloakroom::packed")]
    csrf_token: String,
    #[serde(with = "cloakroom::packed")]
    email: String,
    #[serde(with = "cloakroom::packed")]
    flash: String,
    #[serde(with = "cloakroom::packed")]
    org_id: String,
    #[serde(with = "cloakroom::packed")]
    return_to: String,
    user_id: u64,
}

impl SessionData for Packed {
    const VERSION: u8 = 1;
    type Previous = First;
}

fn session(token: &str, return_to: &str) -> Packed {
    Packed {
        csrf_token: token.into(),
        email: "ada.lovelace@analytical.example".into(),
        flash: "Your changes were saved.".into(),
        org_id: "018f3a7c-5b2e-7d41-9c36-2f8e1a4b6d70".into(),
        return_to: return_to.into(),
        user_id: 4_711_815,
    }
}

fn values(token: &str, return_to: &str) -> Values {
    let session = session(token, return_to);
    let mut values = Values::new();
    values.insert("csrf_token", &session.csrf_token).unwrap();
    values.insert("email", &session.email).unwrap();
    values.insert("flash", &session.flash).unwrap();
    values.insert("org_id", &session.org_id).unwrap();
    values.insert("return_to", &session.return_to).unwrap();
    values.insert("user_id", &session.user_id).unwrap();
    values
}

/// What the attacker sees: a length for a token and a text of his.
type Oracle<'o> = &'o dyn Fn(&str, &str) -> usize;

/// The cookie of a session, as long as it is by default.
fn default_length<T: SessionData>(codec: &Codec, session: &T) -> usize {
    seal(codec, session, 1).unwrap().len()
}

/// The next character after `known`, if the lengths single one out.
fn next_character(length: Oracle<'_>, known: &str) -> Option<char> {
    let tail: String = known.chars().skip(known.chars().count().saturating_sub(24)).collect();
    let mut left: Vec<(usize, char)> = ALPHABET.chars().map(|next| (0, next)).collect();
    // What stands before the guess moves the end of the compressed bits against that of the bytes,
    // so that a saved bit shows now and then.
    for (nth, shift) in SHIFTS.into_iter().enumerate() {
        for (gain, next) in &mut left {
            let hit = length(TOKEN, &format!("{shift}{tail}{next}~%&#"));
            let miss = length(TOKEN, &format!("{shift}{tail}~%&#{next}"));
            *gain += miss.saturating_sub(hit);
        }
        let most = left.iter().map(|(gain, _)| *gain).max()?;
        let margin = usize::from(nth + 1 < SHIFTS.len());
        left.retain(|(gain, _)| gain + margin >= most);
        match left[..] {
            [(1.., next)] => return Some(next),
            _ if nth > 0 && most == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Texts that no token contains.
const SHIFTS: [&str; 8] = ["", "!", "!*", "~)!", "(~~*", "!')*(", "~*~!)'", "(((~~~)"];

/// How many of the token's characters the attacker reads, each from the right ones before it.
fn recovered(length: Oracle<'_>) -> usize {
    let right = |nth: &usize| {
        let known = format!("{BEFORE}{}", &TOKEN[..*nth]);
        next_character(length, &known) == TOKEN.chars().nth(*nth)
    };
    (0..TOKEN.len()).filter(right).count()
}

#[test]
fn the_attack_reads_a_token_off_a_map_under_deflate() {
    let length = |token: &str, text: &str| {
        let session = session(token, text);
        let map = BTreeMap::from([
            ("csrf_token", session.csrf_token),
            ("email", session.email),
            ("flash", session.flash),
            ("org_id", session.org_id),
            ("return_to", session.return_to),
            ("user_id", session.user_id.to_string()),
        ]);
        deflate(&postcard::to_allocvec(&map).unwrap()).unwrap().len()
    };
    let recovered = recovered(&length);
    assert!(recovered > 36, "{recovered} of 43 characters");
}

#[test]
fn the_attack_reads_nothing_off_a_map_by_default() {
    let codec = codec(Protection::Encrypted);
    let length = |token: &str, text: &str| default_length(&codec, &values(token, text));
    assert_eq!(recovered(&length), 0);
}

#[test]
fn the_attack_reads_nothing_off_a_packed_struct_by_default() {
    let codec = codec(Protection::Encrypted);
    let length = |token: &str, text: &str| default_length(&codec, &session(token, text));
    assert_eq!(recovered(&length), 0);
}

#[test]
fn by_default_the_length_is_the_same_whatever_the_token_is() {
    for mode in MODES {
        let codec = codec(mode);
        for repeats in 0..TOKEN.len() {
            // Texts that repeat ever more of the one token and nothing of the other.
            for text in [&TOKEN[..repeats], &format!("{BEFORE}{}~", &TOKEN[..repeats])] {
                let of = |token| {
                    let map = default_length(&codec, &values(token, text));
                    (map, default_length(&codec, &session(token, text)))
                };
                assert_eq!(of(TOKEN), of(OTHER_TOKEN));
            }
        }
    }
}
