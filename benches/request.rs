//! Whole requests through the manager, without a framework: `cargo bench --bench request`.
//!
//! Untouched: nobody asks for the session. Read: the cookie is found, opened and decoded, one value
//! is read, and the response gets no cookie. Changed: one value is read and one written, and the
//! response gets a line. The random bytes are those of the operating system.

#![allow(missing_docs, unreachable_pub)]
#![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, clippy::expect_used)]
#![allow(clippy::indexing_slicing, clippy::panic)]

use cloakroom::{
    Clock, Codec, EntropyRng, Key, KeyRing, OsEntropy, Policy, Protection, RequestParts,
    SessionConfig, SessionData, SessionManager, SystemClock, Timestamp, Values,
};

mod codecs;
mod harness;
mod records;
mod requests;

use codecs::{READ, WRITTEN, values};
use harness::Run;
use records::{Checkout, Login, Member, Record, Shopper};
use requests::{NAME, cookies, request};

fn main() {
    println!("Times in ns: medians of interleaved rounds. A request beside four other cookies.\n");
    println!(
        "{:<6}{:>11}{:>8}{:>10}{:>10}{:>12}{:>12}",
        "JSON", "untouched", "read", "changed", "of codec", "map read", "map changed"
    );
    size(&Login::example());
    size(&Member::example());
    size(&Shopper::example());
    size(&Checkout::example());
    println!(
        "\nof codec: a changed request over opening and sealing alone, random bytes included."
    );
}

/// One line of the table.
fn size<T: Record + SessionData>(record: &T) {
    let json = serde_json::to_vec(record).expect("JSON").len();
    let key = || Key::from_bytes(std::array::from_fn(|nth| nth.to_le_bytes()[0] ^ 0x80));
    let ring = || KeyRing::new(key().expect("a key"));
    let config = || SessionConfig::new(ring(), "shop");
    let typed = SessionManager::<T>::new(config()).expect("a manager");
    let mapped = SessionManager::<Values>::new(config()).expect("a manager");
    let codec = Codec::new(&ring(), Protection::Encrypted, "shop", NAME, Policy::default());
    let codec = codec.expect("a codec");
    let now = SystemClock.now();
    let value = seal(&codec, record, now);
    let cookies = (cookies(&value), cookies(&seal(&codec, &values(record), now)));

    let headers = [("cookie", cookies.0.as_bytes())];
    let mut run = Run::from_args();
    run.case("untouched", || {
        let slot = typed.slot(&RequestParts::new("GET", "/", &headers)).expect("a session");
        slot.commit(200).is_none()
    });
    run.case("read", || {
        request(&typed, &cookies.0, |session| session.read(T::user_id).expect("no one else"))
    });
    let mut nth = 0;
    run.case("changed", || {
        nth += 1;
        request(&typed, &cookies.0, |session| {
            session
                .update(|data| {
                    data.set_last_seen(data.user_id() + nth);
                    nth
                })
                .expect("no one else")
        })
    });
    run.case("map read", || {
        request(&mapped, &cookies.1, |session| session.read(user).expect("no one else"))
    });
    let mut nth = 0;
    run.case("map changed", || {
        nth += 1;
        request(&mapped, &cookies.1, |session| {
            let change = |data: &mut Values| data.insert(WRITTEN, &(user(data) + nth));
            session.update(change).expect("no one else").expect("it fits");
            nth
        })
    });
    run.case("codec", || {
        let opened = codec.open(value.as_bytes(), b"", now).expect("a session");
        let data: T = opened.decode().expect("a T");
        let rng = &mut EntropyRng::new(&OsEntropy);
        codec.seal_again(&opened, &data, b"", now, rng).expect("it fits")
    });
    let results = run.finish();
    println!(
        "{json:<6}{:>11.0}{:>8.0}{:>10.0}{:>10.2}{:>12.0}{:>12.0}",
        results.median("untouched"),
        results.median("read"),
        results.median("changed"),
        results.ratio("changed", "codec"),
        results.median("map read"),
        results.median("map changed"),
    );
}

fn user(data: &Values) -> u64 {
    data.get(READ).expect("a number").unwrap_or_default()
}

fn seal<T: SessionData>(codec: &Codec, data: &T, now: Timestamp) -> String {
    codec.seal_new(data, b"", now, &mut EntropyRng::new(&OsEntropy)).expect("it fits")
}
