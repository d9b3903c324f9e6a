use alloc::{
    collections::BTreeSet,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::*;
use crate::{kid::KeyId, primitives::entropy::EntropyError};

fn kid() -> KeyId {
    KeyId::from_bytes([0xde, 0xad, 0xbe, 0xef])
}

fn attribute(name: &'static str) -> ConfigError {
    ConfigError::Attribute { name, problem: "has a semicolon" }
}

#[test]
fn a_configuration_error_names_what_is_wrong_and_what_would_be_right() {
    let prefix = ConfigError::Prefix { prefix: "__Host-", requires: "Path=/" };
    let lifetime = ConfigError::Lifetime { name: "idle time", problem: "is zero" };
    for (error, words) in [
        (ConfigError::CookieName, "the cookie name is empty or not a token"),
        (prefix, "a cookie named __Host-... requires Path=/"),
        (ConfigError::SameSiteNoneNeedsSecure, "SameSite=None requires Secure"),
        (ConfigError::PartitionedNeedsSecure, "Partitioned requires Secure"),
        (attribute("Domain"), "the Domain attribute has a semicolon"),
        (
            ConfigError::PreviousScope,
            "a previous scope is listed twice or is the cookie's own scope",
        ),
        (
            ConfigError::Label { name: "application label" },
            "the application label must be 1 to 255 bytes of printable ASCII without spaces",
        ),
        (lifetime, "the idle time is zero"),
        (ConfigError::TooManyAlsoOpen, "at most two other contexts can be opened"),
        (
            ConfigError::HeldVersion { version: 3 },
            "the session type has no conversion down to version 3",
        ),
        (ConfigError::FeatureOff { feature: "deflate" }, "turn on the feature `deflate`"),
    ] {
        assert_eq!(error.to_string(), words);
    }
}

#[test]
fn an_error_that_wraps_another_reads_as_that_one() {
    let ring = RingError { line: Some(4), problem: RingProblem::Key(KeyError::Checksum) };
    assert_eq!(ConfigError::from(KeyError::Weak).to_string(), KeyError::Weak.to_string());
    assert_eq!(ConfigError::from(ring).to_string(), ring.to_string());
    assert_eq!(CommitError::from(SealError::Claims).to_string(), SealError::Claims.to_string());
    assert_eq!(CommitError::from(SessionError::Busy).to_string(), SessionError::Busy.to_string());
    assert_eq!(
        ring.to_string(),
        "key ring, line 4: the key's checksum does not fit: mistyped or cut short"
    );
}

#[test]
fn an_error_of_a_ring_names_line_and_key_id() {
    let gone = RingProblem::DroppedKey { kid: kid() };
    assert_eq!(
        RingError { line: None, problem: gone }.to_string(),
        "key ring: key deadbeef is gone, but its cookies may live: keep it, or revoke it"
    );
    assert_eq!(RingProblem::NoSuchKey { kid: kid() }.to_string(), "there is no key deadbeef in it");
    assert_eq!(RingProblem::SameKeyId { first: 2 }.to_string(), "the same key id as line 2");
    assert_eq!(RingProblem::SameSealFrom { first: 9 }.to_string(), "the same seal_from as line 9");
}

#[test]
fn an_error_of_sealing_has_its_numbers() {
    let mut sizes = TooLarge { needed: 5000, limit: 4096, largest: vec![], deflated: None };
    assert_eq!(
        SealError::TooLarge(sizes.clone()).to_string(),
        "the cookie needs 5000 bytes of 4096"
    );
    sizes.deflated = Some(4200);
    sizes.largest = vec![("cart".into(), 3000), ("a\"b".into(), 7)];
    assert_eq!(
        sizes.to_string(),
        "the cookie needs 5000 bytes of 4096 (4200 with deflate); largest: \"cart\" 3000, \"a\\\"b\" 7"
    );
    assert_eq!(
        SealError::BindTooLong { len: 1025 }.to_string(),
        "the context has 1025 bytes, over 1024"
    );
    assert_eq!(
        SealError::Encode(EncodeReason::TooDeep).to_string(),
        "the session cannot be encoded: containers nested deeper than 64"
    );
    assert_eq!(
        SealError::HeldVersion { version: 7 }.to_string(),
        "the session cannot be converted down to version 7"
    );
}

/// One of every error that has no text of another's inside.
fn phrases() -> Vec<String> {
    use {EncodeReason as Encode, KeyError as Key, RingProblem as Ring, SealError as Seal};
    let mut phrases = vec![EntropyError.to_string()];
    let mut add = |some: &[&dyn fmt::Display]| phrases.extend(some.iter().map(ToString::to_string));
    add(&[&Key::Prefix, &Key::Length, &Key::Alphabet, &Key::Checksum]);
    add(&[&Key::Weak, &Key::Published, &Key::Entropy]);
    add(&[&Ring::Empty, &Ring::TooManyKeys, &Ring::TooLong, &Ring::CarriageReturn]);
    add(&[&Ring::ByteOrderMark, &Ring::NotUtf8, &Ring::UnknownWord, &Ring::RepeatedWord]);
    add(&[&Ring::Date, &Ring::SealWindow, &Ring::OpenWindow, &Ring::SecondNotBefore]);
    add(&[&Seal::NoSealingKey, &Seal::Claims, &Seal::Value, &Seal::Clock, &Seal::Entropy]);
    add(&[&Encode::Unsupported, &Encode::Custom, &Encode::TooDeep, &Encode::TooManyEntries]);
    add(&[&Encode::TooLong, &Encode::Integer, &Encode::NotReadable]);
    add(&[&SessionError::Busy, &SessionError::ResponseSent, &SessionError::Panicked]);
    add(&[&SessionError::Anonymous]);
    add(&Rejection::ALL.each_ref().map(|reason| reason as &dyn fmt::Display));
    phrases
}

/// They end up in the middle of somebody's sentence.
#[test]
fn no_two_errors_read_alike_and_each_is_a_phrase() {
    let phrases = phrases();
    let different: BTreeSet<&String> = phrases.iter().collect();
    assert_eq!(different.len(), phrases.len());
    for phrase in &phrases {
        assert!(!phrase.is_empty() && !phrase.ends_with(['.', ' ', '\n']), "{phrase}");
    }
}

#[test]
fn a_refused_cookie_is_one_phrase_whatever_the_reason() {
    for reason in Rejection::ALL {
        for kid in [None, Some(kid())] {
            assert_eq!(OpenError::new(reason, kid).to_string(), "the cookie was not accepted");
        }
    }
}
