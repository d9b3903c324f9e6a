//! How often sealing, opening and a request ask for memory, counted by a global allocator.
//!
//! What a session's own type needs for its strings and lists is counted apart, by decoding its
//! postcard alone. Debug builds decode what they encode, so there sealing needs that much more.

// A test may panic: that is how it speaks.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, dead_code, missing_docs)]
#![allow(clippy::expect_used)]

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cloakroom::{
    Codec, EntropyRng, FixedClock, Key, KeyRing, OsEntropy, Policy, Protection, RequestParts,
    SessionConfig, SessionData, SessionManager, Values,
};

#[path = "../benches/codecs.rs"]
mod codecs;
#[path = "../benches/records.rs"]
mod records;

use codecs::{NOW, READ, WRITTEN, open, values};
use records::{Checkout, Login, Member, Record, Shopper};

const MODES: [Protection; 2] = [Protection::Encrypted, Protection::Signed];

/// How often `f` allocates.
fn count<R>(f: impl FnOnce() -> R) -> u64 {
    let mut result = None;
    let counted = allocation_counter::measure(|| result = Some(black_box(f())));
    counted.count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(count(|| 1), 0);
    assert_eq!(count(|| vec![1]), 1);
    assert_eq!(count(|| vec![vec![1], vec![2]]), 3);
}

#[test]
fn a_typed_session_is_sealed_with_one_allocation_and_opened_with_one_beside_its_own() {
    one_each_way(&Login::example());
    one_each_way(&Member::example());
    one_each_way(&Shopper::example());
    one_each_way(&Checkout::example());
}

fn one_each_way<T: Record + SessionData>(record: &T) {
    let bytes = postcard::to_allocvec(record).unwrap();
    let own = count(|| postcard::from_bytes::<T>(&bytes).unwrap());
    let readable = if cfg!(debug_assertions) { own } else { 0 };
    for mode in MODES {
        let codec = codec(mode);
        let rng = &mut EntropyRng::new(&OsEntropy);
        let value = codec.seal_new(record, b"", NOW, rng).unwrap();
        assert_eq!(count(|| codec.seal_new(record, b"", NOW, rng).unwrap()), 1 + readable);
        let session = open(&codec, &value);
        assert_eq!(
            count(|| codec.seal_again(&session, record, b"", NOW, rng).unwrap()),
            1 + readable
        );
        assert_eq!(count(|| open(&codec, &value)), 1);
        assert_eq!(count(|| session.decode::<T>().unwrap()), own);
    }
}

#[test]
fn a_map_is_sealed_with_one_allocation_changed_or_not() {
    for mode in MODES {
        let codec = codec(mode);
        let rng = &mut EntropyRng::new(&OsEntropy);
        let new = values(&Shopper::example());
        let value = codec.seal_new(&new, b"", NOW, rng).unwrap();
        let session = open(&codec, &value);
        let mut map: Values = session.decode().unwrap();
        assert_eq!(count(|| codec.seal_again(&session, &map, b"", NOW, rng).unwrap()), 1);
        map.insert(WRITTEN, &1_790_000_060_u64).unwrap();
        map.remove("theme");
        assert_eq!(count(|| codec.seal_again(&session, &map, b"", NOW, rng).unwrap()), 1);
    }
}

#[test]
fn reading_and_writing_a_number_of_a_map_allocates_nothing() {
    let codec = codec(Protection::Encrypted);
    let map = values(&Shopper::example());
    let value = codec.seal_new(&map, b"", NOW, &mut EntropyRng::new(&OsEntropy)).unwrap();
    let mut map: Values = open(&codec, &value).decode().unwrap();
    assert_eq!(count(|| map.get::<u64>(READ).unwrap()), 0);
    assert_eq!(count(|| map.insert(WRITTEN, &1_790_000_060_u64).unwrap()), 0);
}

#[test]
fn what_does_not_open_costs_at_most_the_buffer_it_was_read_into() {
    let codec = codec(Protection::Encrypted);
    let value =
        codec.seal_new(&Member::example(), b"", NOW, &mut EntropyRng::new(&OsEntropy)).unwrap();
    let refused = |value: &str| count(|| codec.open(value.as_bytes(), b"", NOW).err().unwrap());
    assert_eq!(refused("too short"), 0);
    assert_eq!(refused(&format!("{}!", &value[1..])), 1);
    assert_eq!(refused(&format!("{}AAAA", &value[4..])), 1);
    assert_eq!(refused(&format!("{}AAAA", &value[..value.len() - 4])), 1);
}

#[test]
fn a_request_that_leaves_its_session_alone_allocates_the_slot_that_it_shares_and_nothing_else() {
    let sessions = sessions();
    let headers = [("cookie", b"__Host-session=EQAA".as_slice())];
    let request = RequestParts::new("GET", "/", &headers);
    let untouched = count(|| {
        let slot = sessions.slot(&request).unwrap();
        assert!(slot.commit(200).is_none());
    });
    assert_eq!(untouched, 1);
}

#[test]
fn the_allocations_of_a_whole_request_are_these() {
    let sessions = sessions();
    let cookie = wait(sessions.mint(Shopper::example(), Default::default())).unwrap();
    let headers = [("cookie", cookie.as_bytes())];
    let request = RequestParts::new("POST", "/", &headers);
    let bytes = postcard::to_allocvec(&Shopper::example()).unwrap();
    let own = count(|| postcard::from_bytes::<Shopper>(&bytes).unwrap());

    // The list of headers, the token, what was opened on its way and in its place, and what the
    // session's clones share.
    assert_eq!(count(|| wait(sessions.load(&request))), own + 5);
    let read_only = count(|| {
        let session = wait(sessions.load(&request)).unwrap();
        session.read(|shopper| shopper.user_id).unwrap();
        wait(sessions.commit(&session, 200)).unwrap()
    });
    assert_eq!(read_only, own + 5);

    // Also the encoding, the value, its line, the list of lines. The encoding before the change is the
    // one that came.
    let changed = count(|| {
        let session = wait(sessions.load(&request)).unwrap();
        session.update(|shopper| shopper.last_seen += 1).unwrap();
        wait(sessions.commit(&session, 200)).unwrap()
    });
    let readable = if cfg!(debug_assertions) { own } else { 0 };
    assert_eq!(changed, own + 5 + 4 + readable);
}

fn codec(mode: Protection) -> Codec {
    let ring = KeyRing::new(Key::generate().unwrap());
    Codec::new(&ring, mode, "shop", "__Host-session", Policy::default()).unwrap()
}

fn sessions() -> SessionManager<Shopper> {
    let ring = KeyRing::new(Key::generate().unwrap());
    SessionManager::new(SessionConfig::new(ring, "shop").clock(FixedClock::at(NOW))).unwrap()
}

fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(out) = future.as_mut().poll(&mut context) {
            return out;
        }
    }
}
