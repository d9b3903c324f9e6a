//! What every authority keeps, over each that there is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use cloakroom::Timestamp;
use cloakroom::revocation::{
    Cursor, Ended, Feed, MemoryRevocations, RETENTION, Revocations, StoreRevocations, Verdict,
};
use cloakroom::store::{MemoryStore, OwnerIndex, StoreTime};

use super::contract::{FAR, counts_every_bump, keeps_the_contract, sid};

/// Runs a future to its end, however long that takes.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
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

fn over(store: impl OwnerIndex) {
    let authority = StoreRevocations::new(store);
    holds(&authority);
}

#[test]
fn the_authority_in_memory_keeps_the_contract() {
    let authority = MemoryRevocations::new();
    holds(&authority);
}

#[test]
fn the_authority_in_a_memory_store_keeps_the_contract() {
    over(MemoryStore::new());
}

#[cfg(feature = "rusqlite-0")]
#[test]
fn the_authority_in_sqlite_keeps_the_contract() {
    let folder = std::env::temp_dir().join(format!("cloakroom-office-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    over(cloakroom::store::SqliteStore::open(folder.join("sessions.db")).unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
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
fn a_reader_sees_what_was_written_late_and_by_other_clocks() {
    let (authority, clock) = by_hand();
    let cursor = since(&authority, None).cursor;
    // Written 59 seconds before the reader's place, and seen only now.
    pass(&clock, Duration::from_secs(59));
    let reader = since(&authority, Some(cursor)).cursor;
    clock.fetch_sub(59_000, Ordering::SeqCst);
    block_on(authority.revoke(&sid(1), FAR)).unwrap();
    pass(&clock, Duration::from_secs(60));
    let feed = since(&authority, Some(reader));
    assert_eq!(feed.events, [Ended::Session(sid(1))]);
    // By a clock that is 59 seconds ahead.
    pass(&clock, Duration::from_secs(59));
    block_on(authority.revoke(&sid(2), FAR)).unwrap();
    clock.fetch_sub(59_000, Ordering::SeqCst);
    assert!(since(&authority, Some(feed.cursor)).events.contains(&Ended::Session(sid(2))));
}

#[test]
fn a_reader_who_was_away_for_too_long_is_told_so() {
    let (authority, clock) = by_hand();
    let cursor = since(&authority, None).cursor;
    block_on(authority.revoke(&sid(1), FAR)).unwrap();
    pass(&clock, RETENTION - Duration::from_secs(61));
    assert_eq!(since(&authority, Some(cursor)).complete_since, None);
    pass(&clock, Duration::from_secs(120));
    let late = since(&authority, Some(cursor));
    assert!(late.complete_since.is_some() && late.events.is_empty());
    assert!(check(&authority, 1, None).revoked, "the authority still knows");
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
