//! A key with everything that is derived from it, computed from the specification alone.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use cloakroom::{Entropy, First, Key, OsEntropy, SessionData, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256, block_api::compress256};

pub(crate) const APP: &str = "shop";
pub(crate) const NAME: &str = "__Host-session";
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);

/// A master key and the keys of the usual cookie.
pub(crate) struct KeyMaterial {
    master: [u8; 32],
}

impl KeyMaterial {
    pub(crate) fn random() -> Self {
        Self { master: random() }
    }

    pub(crate) fn key(&self) -> Key {
        Key::from_bytes(self.master).unwrap()
    }

    /// The key's text.
    pub(crate) fn text(&self) -> String {
        let sum = Sha256::new().chain_update(b"cloakroom.v1 key text").chain_update(self.master);
        let bytes = [&self.master[..], &sum.finalize()[..4]].concat();
        format!("ck1_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// PRK, `K_enc`, `K_nonce` and `K_sig`.
    fn derived(&self) -> [[u8; 32]; 4] {
        let prk = hmac(b"cloakroom.v1 root", &[&self.master]);
        let context = [&[0, 4], APP.as_bytes(), &[0, 14], NAME.as_bytes()].concat();
        let key = |label: &[u8]| hmac(&prk, &[label, &context, &[1]]);
        [prk, key(b"enc\0"), key(b"nonce\0"), key(b"sign\0")]
    }

    /// What HMAC keeps in place of each of its keys, for the inner and the outer hash: who has
    /// these states has the key.
    pub(crate) fn states(&self) -> Vec<Vec<u8>> {
        let keyed = |key: &[u8; 32], pad: u8| {
            let mut block = [pad; 64];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            let mut state = INITIAL;
            compress256(&mut state, &[block]);
            state.iter().flat_map(|word| word.to_ne_bytes()).collect()
        };
        let [prk, _, nonce, sign] = self.derived();
        let mut keys = vec![prk, nonce, sign];
        keys.extend(self.tags());
        keys.iter().flat_map(|key| [keyed(key, 0x36), keyed(key, 0x5c)]).collect()
    }

    /// Everything that must not stay behind.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, Vec<u8>)> {
        let [prk, enc, nonce, sign] = self.derived().map(Vec::from);
        let mut all = vec![
            ("the master key", self.master.to_vec()),
            ("the key text", self.text().into_bytes().split_off(4)),
            ("the pseudo-random key", prk),
            ("the encryption key", enc),
            ("the nonce key", nonce),
            ("the signing key", sign),
        ];
        all.extend(self.tags().into_iter().map(|key| ("a key of tags", key.to_vec())));
        all.extend(self.states().into_iter().map(|state| ("a state of HMAC", state)));
        all
    }

    /// The keys of tags, which are kept as states of HMAC too.
    #[cfg(feature = "auth")]
    fn tags(&self) -> [[u8; 32]; 2] {
        let prk = hmac(b"cloakroom.v1 root", &[&self.master]);
        let context = [&[0, 4], APP.as_bytes(), &[0, 14], NAME.as_bytes()].concat();
        [b"stamp\0".as_slice(), b"csrf\0"].map(|label| hmac(&prk, &[label, &context, &[1]]))
    }

    #[cfg(not(feature = "auth"))]
    const fn tags(&self) -> [[u8; 32]; 0] {
        []
    }

    /// Whether `value` is a signed token of this key's.
    pub(crate) fn signed(&self, value: &str) -> bool {
        let token = BASE64_URL_SAFE_NO_PAD.decode(value).unwrap();
        let (signed, mac) = token.split_last_chunk::<32>().unwrap();
        let [.., sign] = self.derived();
        hmac(&sign, &[&signed[..5], &[0; 4], &signed[5..]]) == *mac
    }
}

/// The state in which SHA-256 begins (FIPS 180-4, 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsEntropy.fill(&mut bytes).unwrap();
    bytes
}

/// Session data whose encoding holds 32 bytes that the value itself never holds, so that a find
/// is a copy of the crate's making and not the application's own.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Hidden {
    masked: [u8; 32],
    visit: u8,
}

impl Hidden {
    pub(crate) fn new() -> Self {
        Self { masked: random(), visit: 0 }
    }

    /// What stands in the encoding.
    pub(crate) fn plain(&self) -> [u8; 32] {
        self.masked.map(|byte| byte ^ MASK)
    }

    /// The same data elsewhere.
    pub(crate) fn copy_into(&self, other: &mut Self, visit: u8) {
        other.masked = self.masked;
        other.visit = self.visit & visit;
    }
}

const MASK: u8 = 0x5a;

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.plain())
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl de::Visitor<'_> for Bytes {
            type Value = Hidden;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("32 bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Hidden, E> {
                let plain: [u8; 32] = bytes.try_into().map_err(E::custom)?;
                Ok(Hidden { masked: plain.map(|byte| byte ^ MASK), visit: 0 })
            }
        }
        from.deserialize_bytes(Bytes)
    }
}

impl SessionData for Hidden {
    const VERSION: u8 = 1;
    type Previous = First;
}

/// Runs a future to its end.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);

    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
