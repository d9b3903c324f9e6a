//! The records as sessions, codecs of fixed keys, and a generator that costs next to nothing.

#![allow(dead_code, missing_docs, unreachable_pub)]
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
#![allow(clippy::expect_used, clippy::indexing_slicing)]

use std::convert::Infallible;

use cloakroom::keys::Window;
use cloakroom::{
    Codec, First, Key, KeyRing, Opened, Policy, Protection, SessionData, Timestamp, Values,
};
use rand_core::{TryCryptoRng, TryRng};

use super::records::{Checkout, Login, Member, Record, Shopper};

/// The key that a request reads, and the one that it writes.
pub const READ: &str = "user_id";
pub const WRITTEN: &str = "last_seen";

/// When everything happens.
pub const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);

macro_rules! sessions {
    ($($name:ident)*) => {$(
        impl SessionData for $name {
            const VERSION: u8 = 1;
            type Previous = First;
        }
    )*};
}

sessions!(Login Member Shopper Checkout);

/// The record as a map.
pub fn values<T: Record>(record: &T) -> Values {
    let mut values = Values::new();
    if let serde_json::Value::Object(fields) = serde_json::to_value(record).expect("JSON") {
        values.update(fields).expect("it fits");
    }
    values
}

/// A codec whose ring has so many keys, the last of which seals.
pub fn codec(mode: Protection, keys: u64) -> Codec {
    let mut builder = KeyRing::builder();
    for nth in 0..keys {
        let seal_from = Some(Timestamp::from_unix(1_700_000_000 + nth));
        let key = Key::generate_from(&mut Counting(nth << 32)).expect("a key");
        builder = builder.key(key, Window { seal_from, ..Window::default() });
    }
    let ring = builder.build().expect("a ring");
    Codec::new(&ring, mode, "shop", "__Host-session", Policy::default()).expect("a codec")
}

/// A new session.
pub fn seal<T: SessionData>(codec: &Codec, data: &T) -> String {
    codec.seal_new(data, b"", NOW, &mut Counting(7)).expect("it fits")
}

/// An opened session, not yet decoded.
pub fn open(codec: &Codec, value: &str) -> Opened {
    codec.open(value.as_bytes(), b"", NOW).expect("a session")
}

/// Numbers that are not random, and cost nothing.
pub struct Counting(pub u64);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.try_next_u64()? as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        Ok(self.0 ^ (self.0 >> 29))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            let bytes = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}
