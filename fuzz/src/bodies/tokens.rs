//! What the targets about tokens share: a key, codecs, a forge, and a model of the outer layers.

use std::sync::LazyLock;

use cloakroom::__fuzz::Forge;
use cloakroom::{Codec, EntropyRng, FixedEntropy, Key, KeyRing, Policy, Protection, Timestamp};

pub const NOW: u64 = 1_790_000_000;
pub const MODES: [Protection; 2] = [Protection::Encrypted, Protection::Signed];
const APP: &str = "shop";
const NAME: &str = "__Host-session";

pub fn now() -> Timestamp {
    Timestamp::from_unix(NOW)
}

/// The n-th of any number of keys, the same in every run.
pub fn key(nth: u64) -> Key {
    Key::generate_from(&mut EntropyRng::new(&FixedEntropy::from_seed(nth))).unwrap()
}

fn new_codec(mode: Protection) -> Codec {
    Codec::new(&KeyRing::new(key(1)), mode, APP, NAME, Policy::default()).unwrap()
}

pub fn codec(mode: Protection) -> &'static Codec {
    static CODECS: LazyLock<[Codec; 2]> = LazyLock::new(|| MODES.map(new_codec));
    &CODECS[usize::from(mode == Protection::Signed)]
}

pub fn forge(mode: Protection) -> &'static Forge {
    static FORGES: LazyLock<[Forge; 2]> =
        LazyLock::new(|| MODES.map(|mode| Forge::new(&key(1), mode, APP, NAME).unwrap()));
    &FORGES[usize::from(mode == Protection::Signed)]
}

/// Bytes of a token around its payload.
pub fn frame(mode: Protection) -> usize {
    if mode == Protection::Encrypted { 1 + 4 + 24 + 16 } else { 1 + 4 + 32 }
}

/// Whether a value has a length at all.
pub fn has_a_length(mode: Protection, chars: usize) -> bool {
    let least = if mode == Protection::Encrypted { 96 } else { 88 };
    chars.is_multiple_of(4) && (least..=4096).contains(&chars)
}

/// Base64url from RFC 4648, group by group; only for lengths divisible by four.
pub fn from_base64url(text: &[u8]) -> Option<Vec<u8>> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = Vec::new();
    for group in text.chunks(4) {
        let mut bits = 0_u32;
        for character in group {
            let six = alphabet.iter().position(|known| known == character)?;
            bits = bits << 6 | u32::try_from(six).unwrap();
        }
        bytes.extend(&bits.to_be_bytes()[1..]);
    }
    Some(bytes)
}
