//! What every authority keeps, in memory; in a database and in Redis it is in `tests/stores`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use cloakroom::Timestamp;
use cloakroom::revocation::{
    Cursor, Ended, Feed, MemoryRevocations, Revocations, StoreRevocations, Verdict,
};
use cloakroom::store::{
    CreateError, MemoryStore, Meta, Owner, OwnerIndex, Record, RowKey, Store, StoreError,
    StoreTime, StoreTraits, Stored, UpdateError, Version,
};

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

#[test]
fn a_reader_whose_clock_was_ahead_reads_again_what_it_may_have_missed() {
    let (authority, clock) = by_hand();
    since(&authority, None);
    // Ten minutes ahead, for as long as it takes to read and to end a session elsewhere.
    pass(&clock, Duration::from_secs(600));
    let ahead = since(&authority, None).cursor;
    clock.fetch_sub(600_000, Ordering::SeqCst);
    block_on(authority.revoke(&sid(1), FAR)).unwrap();
    pass(&clock, Duration::from_secs(120));
    let feed = since(&authority, Some(ahead));
    assert_eq!(feed.events, [Ended::Session(sid(1))]);
    assert!(feed.complete_since.is_some(), "and says that there was a gap");
}

#[test]
fn a_record_of_another_kind_is_no_event_whatever_its_label_says() {
    let store = Arc::new(MemoryStore::new());
    let authority = StoreRevocations::new(Arc::clone(&store));
    let now = StoreTime::now();
    let minute = now.as_millis().div_euclid(60_000);
    // The row of a login, under a subject and a label that somebody chose with care.
    let owner = Owner::new([b"\0cloakroom feed v1\0".as_slice(), &minute.to_be_bytes()].concat());
    let everybody = [b"\x02\xff\xff\xff\xff".as_slice(), b"ada"].concat();
    let session = [b"\x01".as_slice(), &[7; 16]].concat();
    for (nth, label) in [(1, &everybody), (2, &session)] {
        let record = Record::new(&[1], now, now.plus(Duration::from_secs(600)));
        let record = record.owned_by(owner.as_ref()).labelled(Some(label));
        block_on(store.create(&RowKey::from_bytes([nth; 32]), &record)).unwrap();
    }
    block_on(authority.revoke(&sid(9), FAR)).unwrap();
    block_on(authority.bump(b"bob")).unwrap();
    let feed = since(&authority, None);
    assert!(feed.events.contains(&Ended::Session(sid(9))) && feed.events.len() == 2);
}

/// A store far away: each list takes its time.
struct Far(MemoryStore);

impl Store for Far {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        self.0.create(key, record).await
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        self.0.load(key).await
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        self.0.update(key, expected, record).await
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        self.0.touch(key, expires).await
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        self.0.delete(key).await
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        self.0.rotate(old, new, record).await
    }

    async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
        self.0.purge(limit).await
    }

    fn traits(&self) -> StoreTraits {
        self.0.traits()
    }
}

impl OwnerIndex for Far {
    async fn list(&self, owner: &Owner) -> Result<Vec<Meta>, StoreError> {
        std::thread::sleep(Duration::from_millis(40));
        self.0.list(owner).await
    }

    async fn delete_all(&self, owner: &Owner, keep: Option<&RowKey>) -> Result<u64, StoreError> {
        self.0.delete_all(owner, keep).await
    }
}

#[test]
fn a_reader_of_a_slow_store_is_given_the_newest_part_of_the_hour() {
    let authority = StoreRevocations::new(Far(MemoryStore::new()));
    block_on(authority.revoke(&sid(1), FAR)).unwrap();
    let feed = since(&authority, None);
    assert_eq!(feed.events, [Ended::Session(sid(1))]);
    let hour_ago = cloakroom::Clock::now(&cloakroom::SystemClock).minus(3500);
    let since_when = feed.complete_since.expect("a beginning");
    assert!(since_when > hour_ago, "all of it would take longer than anybody waits");
    assert_eq!(since(&authority, Some(feed.cursor)).complete_since, None, "it goes on from there");
}
