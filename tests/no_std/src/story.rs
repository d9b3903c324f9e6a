//! What the program does with the core.

use alloc::string::String;
use core::sync::atomic::{AtomicU8, Ordering};

use cloakroom::{
    Codec, Deflate, Entropy, EntropyError, EntropyRng, First, Key, KeyRing, Policy, Protection,
    Rejection, SessionData, Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Visit {
    count: u32,
    note: String,
}

impl SessionData for Visit {
    const VERSION: u8 = 1;
    type Previous = First;
}

/// Stands for a board's own source of random bytes; it is none.
struct Counter(AtomicU8);

impl Entropy for Counter {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        out.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}

/// Runs every step; the error is the number of the first that failed.
pub fn tell() -> Result<(), i32> {
    let source = Counter(AtomicU8::new(7));
    let key = Key::generate_from(&mut EntropyRng::new(&source)).map_err(|_| 1)?;
    let ring = KeyRing::new(key);
    there_and_back(10, &source, &ring, Protection::Encrypted)?;
    there_and_back(30, &source, &ring, Protection::Signed)
}

fn there_and_back(
    step: i32,
    source: &Counter,
    ring: &KeyRing,
    mode: Protection,
) -> Result<(), i32> {
    let codec = Codec::new(ring, mode, "board", "session", Policy::default());
    let codec = codec.and_then(|codec| codec.with_deflate(Deflate::WhenSmaller));
    let codec = codec.map_err(|_| step)?;
    let now = Timestamp::from_unix(1_790_000_000);
    for (step, note) in [(step + 1, "grey"), (step + 10, &*"one coat, grey; ".repeat(50))] {
        let visit = Visit { count: 7, note: note.into() };
        let sealed = codec.seal_new(&visit, b"", now, &mut EntropyRng::new(source));
        let mut value = sealed.map_err(|_| step)?.into_bytes();

        let opened = codec.open(&value, b"", now.plus(60)).map_err(|_| step + 1)?;
        ensure(step + 2, opened.was_deflated() == (note.len() > 384))?;
        ensure(step + 3, opened.decode() == Ok(visit))?;

        let later = codec.open(&value, b"", now.plus(14 * 86_400));
        ensure(step + 4, later.is_err_and(|error| error.reason() == Rejection::ExpiredIdle))?;

        let last = value.last_mut().ok_or(step + 5)?;
        *last = if *last == b'A' { b'B' } else { b'A' };
        let altered = codec.open(&value, b"", now);
        ensure(step + 6, altered.is_err_and(|error| error.reason() == Rejection::Forged))?;
    }
    Ok(())
}

fn ensure(step: i32, held: bool) -> Result<(), i32> {
    if held { Ok(()) } else { Err(step) }
}
