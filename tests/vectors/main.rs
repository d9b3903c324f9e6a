//! The vectors of the wire format: every file of `v1/` through the public interface, the sequence
//! of the accumulated hash, the worked example of the specification, and the tests it names.
//!
//! `README.md` beside this file says how to read a vector file and how to make them anew.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub
)]

#[cfg(all(feature = "encrypted", feature = "signed", feature = "deflate"))]
mod accumulated;
mod cases;
#[cfg(all(feature = "encrypted", feature = "signed"))]
mod example;
mod file;
mod generate;
mod musts;
mod reference;
mod run;

use std::collections::BTreeSet;

use cloakroom::{
    Codec, ConfigError, Deflate, EntropyRng, FixedEntropy, Key, KeyRing, Policy, Protection,
    Rejection, SessionData, Timestamp, Values,
};

use file::{Vector, to_text, unhex};
use run::Visit;

#[test]
fn every_vector_opens_or_is_refused_as_it_says() {
    let mut run = 0;
    for vector in generate::all().into_iter().filter(run::has_modes) {
        let found = to_text(&run::found(&vector));
        if vector.is_deflated() && !cfg!(feature = "deflate") {
            assert_eq!(found, "expect: malformed\n", "{}", vector.name);
        } else {
            assert_eq!(found, to_text(&vector.found), "{}", vector.name);
        }
        run += 1;
    }
    assert!(run > 60);
}

/// Run with the feature and without it, as all of these are.
#[test]
fn deflate_is_configured_where_it_is_compiled_and_off_everywhere() {
    let configured = |deflate| {
        let encrypted = cfg!(feature = "encrypted");
        let mode = if encrypted { Protection::Encrypted } else { Protection::Signed };
        let ring = KeyRing::new(
            Key::from_bytes(std::array::from_fn(|n| (n as u8).wrapping_mul(37))).unwrap(),
        );
        let codec = Codec::new(&ring, mode, "shop", "session", Policy::default()).unwrap();
        codec.with_deflate(deflate).map(|_| ())
    };
    assert_eq!(configured(Deflate::Off), Ok(()));
    for deflate in [Deflate::ToFit, Deflate::WhenSmaller] {
        let refused = Err(ConfigError::FeatureOff { feature: "deflate" });
        let expected = if cfg!(feature = "deflate") { Ok(()) } else { refused };
        assert_eq!(configured(deflate), expected);
    }
}

/// Reader and writer are two halves: what a writer may write, ours writes to the byte.
#[test]
fn what_the_codec_seals_again_is_the_vector() {
    // What no writer writes, or writes only by chance.
    let readers_alone = ["nonce_", "padding_", "own_lifetimes_of_zero", "former", "plain_text"];
    let mut sealed = 0;
    for vector in generate::all().into_iter().filter(run::has_modes) {
        let is_now = vector.told("now") == vector.finds("issued");
        let unwritten = readers_alone.iter().any(|part| vector.name.contains(part));
        let is_token = vector.told("record").is_none();
        if vector.opens() && is_now && is_token && !unwritten && !vector.is_deflated() {
            let value = match vector.told("reads") {
                Some("visit") => seal_again::<Visit>(&vector),
                Some("values") => seal_again::<Values>(&vector),
                _ => continue,
            };
            assert_eq!(value.as_bytes(), vector.value, "{}", vector.name);
            sealed += 1;
        }
    }
    assert!(sealed > 25, "{sealed}");
}

fn seal_again<T: SessionData>(vector: &Vector) -> String {
    let opened = run::open(vector).unwrap();
    let value: T = opened.decode().unwrap();
    let entropy = FixedEntropy::repeating(cases::R[0]);
    let now = Timestamp::from_unix(vector.number("now").unwrap());
    let bind = unhex(vector.needs("bind"));
    run::codec(vector)
        .seal_again(&opened, &value, &bind, now, &mut EntropyRng::new(&entropy))
        .unwrap()
}

/// And so with records, of what is sealed in the second of the cookie.
#[cfg(all(feature = "encrypted", feature = "std"))]
#[test]
fn what_the_codec_seals_as_a_record_is_the_vector() {
    let readers_alone =
        ["nonce_", "padding_", "also_open", "ahead", "seal_", "idle_is", "life_last"];
    let mut sealed = 0;
    for vector in generate::all().into_iter().filter(run::has_modes) {
        let unwritten = readers_alone.iter().any(|part| vector.name.contains(part));
        let Some(record) = vector.told("record").filter(|_| vector.opens() && !unwritten) else {
            continue;
        };
        let entropy = FixedEntropy::repeating(cases::R[0]);
        let opened = run::open(&vector).unwrap();
        let made = cloakroom::__fuzz::seal_record(&run::record_codec(&vector), &opened, &entropy);
        assert_eq!(file::hex(&made.unwrap()), record, "{}", vector.name);
        sealed += 1;
    }
    assert!(sealed >= 12, "{sealed}");
}

/// Whatever a payload says, and however wrong it is: behind a wrong tag it says nothing.
#[test]
fn no_byte_behind_a_wrong_tag_changes_the_answer() {
    let before_the_tag = ["length", "encoding", "version", "unknown_key"];
    let mut tried = 0;
    for mut vector in generate::all().into_iter().filter(run::has_modes) {
        let moved = vector.told("also_open").is_some();
        if moved || before_the_tag.contains(&vector.finds("expect").unwrap()) {
            continue;
        }
        // The last character stands for six bits of the tag.
        let last = vector.value.last_mut().unwrap();
        *last = if *last == b'A' { b'B' } else { b'A' };
        assert_eq!(to_text(&run::found(&vector)), "expect: forged\n", "{}", vector.name);
        tried += 1;
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn every_refusal_of_a_token_has_a_vector() {
    let found: BTreeSet<_> =
        generate::all().iter().map(|vector| vector.finds("expect").unwrap().to_owned()).collect();
    let all = Rejection::ALL.map(Rejection::as_str);
    // It depends on what a server remembers, not on the token or its record.
    let servers = ["session_revoked"];
    for reason in all.iter().filter(|reason| !servers.contains(reason)) {
        assert!(found.contains(*reason), "no vector is refused as {reason}");
    }
    assert_eq!(found.len(), all.len() - servers.len() + 1, "{found:?}");
}

#[test]
fn a_vector_is_named_after_its_mode_and_its_fault() {
    for vector in generate::all() {
        let (mode, fault) = vector.name.split_once('_').unwrap();
        assert_eq!(mode, vector.needs("mode"), "{}", vector.name);
        assert!(!fault.is_empty() && vector.needs("comment").ends_with('.'), "{}", vector.name);
    }
}
