//! What every authority keeps, in memory; in a database and in Redis it is in `tests/stores`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use cloakroom::Timestamp;
use cloakroom::revocation::{
    Cursor, Feed, MemoryRevocations, Revocations, StoreRevocations, Verdict,
};
use cloakroom::store::{MemoryStore, StoreTime};

use super::contract::{FAR, counts_every_bump, keeps_the_contract, sid};
use super::readers;

/// Runs a future to its end, however long that takes.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(out) = future.as_mut().poll(&mut context) {
            return out;
        }
        std::thread::park();
    }
}

fn since(authority: &impl Revocations, cursor: Option<Cursor>) -> Feed {
    block_on(authority.since(cursor)).unwrap()
}

fn check(authority: &impl Revocations, nth: u8, subject: Option<&str>) -> Verdict {
    block_on(authority.check(&sid(nth), subject.map(str::as_bytes))).unwrap()
}

fn holds(authority: &impl Revocations) {
    block_on(keeps_the_contract(authority));
    let last = counts_every_bump(|| block_on(authority.bump(b"carol")).unwrap());
    assert_eq!(check(authority, 9, Some("carol")).epoch, last);
}

#[test]
fn the_authority_in_memory_keeps_the_contract() {
    let authority = MemoryRevocations::new();
    holds(&authority);
}

#[test]
fn the_authority_in_a_memory_store_keeps_the_contract() {
    holds(&StoreRevocations::new(MemoryStore::new()));
}

/// An authority in a store, by a clock that is moved by hand.
fn by_hand() -> (StoreRevocations, Arc<AtomicI64>) {
    let millis = Arc::new(AtomicI64::new(1_790_000_000_000));
    let read = |millis: &Arc<AtomicI64>| {
        let millis = Arc::clone(millis);
        move || StoreTime::from_millis(millis.load(Ordering::SeqCst))
    };
    let store = MemoryStore::with_clock(read(&millis));
    (StoreRevocations::with_clock(store, read(&millis)), millis)
}

fn pass(clock: &AtomicI64, time: Duration) {
    clock.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
}

#[test]
fn readers_see_what_was_written_late_and_by_other_clocks() {
    let (authority, clock) = by_hand();
    block_on(readers::see_what_was_written_late_and_by_other_clocks(&authority, &clock));
}

#[test]
fn readers_are_told_that_they_were_away_for_too_long() {
    let (authority, clock) = by_hand();
    block_on(readers::are_told_that_they_were_away_for_too_long(&authority, &clock));
}

#[test]
fn whoever_follows_the_feed_removes_what_has_expired() {
    let millis = Arc::new(AtomicI64::new(1_790_000_000_000));
    let (one, two) = (Arc::clone(&millis), Arc::clone(&millis));
    let now = move || StoreTime::from_millis(one.load(Ordering::SeqCst));
    let store = Arc::new(MemoryStore::with_clock(now));
    let now = move || StoreTime::from_millis(two.load(Ordering::SeqCst));
    let authority = StoreRevocations::with_clock(Arc::clone(&store), now);
    block_on(authority.revoke(&sid(1), Timestamp::from_unix(1_790_000_030))).unwrap();
    block_on(authority.revoke(&sid(2), FAR)).unwrap();
    since(&authority, None);
    assert_eq!(store.len(), 2);
    pass(&millis, Duration::from_secs(60));
    since(&authority, None);
    assert_eq!(store.len(), 1);
}

#[test]
fn what_is_revoked_is_forgotten_when_no_cookie_of_it_opens() {
    let (authority, clock) = by_hand();
    let until = Timestamp::from_unix(1_790_000_100);
    block_on(authority.revoke(&sid(1), until)).unwrap();
    pass(&clock, Duration::from_secs(99));
    assert!(check(&authority, 1, None).revoked);
    pass(&clock, Duration::from_secs(1));
    assert!(!check(&authority, 1, None).revoked);
}
