//! Opening any text at all: nothing opens but what was sealed.
//!
//! Input: a byte whose lowest bit picks the mode and whose next bit the context, then the value.

use std::sync::LazyLock;

use cloakroom::{Anatomy, EntropyRng, FixedEntropy, Protection, Rejection, Values};

use super::tokens::{MODES, codec, forge, from_base64url, has_a_length, key, now};

const BINDS: [&[u8]; 2] = [b"", b"tenant-1"];

/// Everything that was ever sealed here: the mode, the context, the value.
static GENUINE: LazyLock<Vec<(Protection, &[u8], String)>> = LazyLock::new(|| {
    let mut genuine = Vec::new();
    for mode in MODES {
        for bind in BINDS {
            for (nth, note) in
                ["", "hello", "a longer note that compresses to nothing in particular"]
                    .into_iter()
                    .enumerate()
            {
                let mut values = Values::new();
                values.insert("note", note).unwrap();
                let entropy = FixedEntropy::from_seed(u64::try_from(nth).unwrap());
                let mut rng = EntropyRng::new(&entropy);
                let value = codec(mode).seal_new(&values, bind, now(), &mut rng).unwrap();
                genuine.push((mode, bind, value));
            }
        }
    }
    genuine
});

/// The inputs that open. They are all in the corpus, since no fuzzer finds one.
pub fn genuine() -> Vec<Vec<u8>> {
    let pick = |mode: Protection, bind: &[u8]| {
        u8::from(mode == Protection::Signed) | u8::from(!bind.is_empty()) << 1
    };
    GENUINE
        .iter()
        .map(|(mode, bind, value)| [&[pick(*mode, bind)], value.as_bytes()].concat())
        .collect()
}

pub fn run(input: &[u8]) {
    let Some((pick, value)) = input.split_first() else { return };
    let mode = MODES[usize::from(pick & 1)];
    let bind = BINDS[usize::from(pick >> 1 & 1)];
    let is_genuine =
        GENUINE.iter().any(|(m, b, genuine)| (*m, *b, genuine.as_bytes()) == (mode, bind, value));

    let found = codec(mode).open(value, bind, now()).map_err(|error| error.reason());
    match (&found, expected(mode, value)) {
        (Ok(opened), None) => {
            assert!(is_genuine, "something opened that was not sealed");
            assert!(opened.decode::<Values>().unwrap().contains_key("note"));
        }
        (Err(Rejection::Forged), None) => assert!(!is_genuine, "a genuine value is forged"),
        (Err(reason), Some(expected)) => assert_eq!(*reason, expected),
        (found, expected) => panic!("{found:?} where {expected:?} was expected"),
    }
    // Nor does it under the other context, in the other mode, or with the forge's own eyes.
    let elsewhere = BINDS[usize::from(bind.is_empty())];
    assert!(!is_genuine || codec(mode).open(value, elsewhere, now()).is_err());
    let other = MODES[usize::from(mode == Protection::Encrypted)];
    assert!(!is_genuine || codec(other).open(value, bind, now()).is_err());
    assert_eq!(forge(mode).payload(value, bind).is_some(), is_genuine);

    let parts = Anatomy::of(value, mode);
    let framed = !matches!(
        found.map_err(Some),
        Err(Some(Rejection::Length | Rejection::Encoding | Rejection::Version))
    );
    assert_eq!(parts.is_ok(), framed);
    if let Ok(parts) = parts {
        assert_eq!(parts.chars, value.len());
        assert_eq!((5 + parts.nonce + parts.payload + parts.tag) * 4, value.len() * 3);
    }
}

/// Why a value does not get as far as its tag.
fn expected(mode: Protection, value: &[u8]) -> Option<Rejection> {
    if !has_a_length(mode, value.len()) {
        return Some(Rejection::Length);
    }
    let Some(token) = from_base64url(value) else { return Some(Rejection::Encoding) };
    if token[0] != if mode == Protection::Encrypted { 0x11 } else { 0x49 } {
        return Some(Rejection::Version);
    }
    (token[1..5] != key(1).id().to_bytes()).then_some(Rejection::UnknownKey)
}
