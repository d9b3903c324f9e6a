//! The feed of an authority in a store: what a reader is told, and what is no event.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use cloakroom::revocation::{Cursor, Ended, Feed, Revocations, StoreRevocations};
use cloakroom::store::{
    CreateError, MemoryStore, Meta, Owner, OwnerIndex, Record, RowKey, Store, StoreError,
    StoreTime, StoreTraits, Stored, UpdateError, Version,
};
use cloakroom::{Clock, SystemClock};

use super::contract::{FAR, sid};
use crate::support::block_on;

fn since(authority: &impl Revocations, cursor: Option<Cursor>) -> Feed {
    block_on(authority.since(cursor)).unwrap()
}

#[test]
fn a_reader_whose_clock_was_ahead_reads_again_what_it_may_have_missed() {
    let clock = Arc::new(AtomicI64::new(1_790_000_000_000));
    let read = |clock: &Arc<AtomicI64>| {
        let clock = Arc::clone(clock);
        move || StoreTime::from_millis(clock.load(Ordering::SeqCst))
    };
    let store = MemoryStore::with_clock(read(&clock));
    let authority = StoreRevocations::with_clock(store, read(&clock));
    since(&authority, None);
    // Ten minutes ahead, for as long as it takes to read and to end a session elsewhere.
    clock.fetch_add(600_000, Ordering::SeqCst);
    let ahead = since(&authority, None).cursor;
    clock.fetch_sub(600_000, Ordering::SeqCst);
    block_on(authority.revoke(&sid(1), FAR)).unwrap();
    clock.fetch_add(120_000, Ordering::SeqCst);
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
    let hour_ago = SystemClock.now().minus(3500);
    let since_when = feed.complete_since.expect("a beginning");
    assert!(since_when > hour_ago, "all of it would take longer than anybody waits");
    assert_eq!(since(&authority, Some(feed.cursor)).complete_since, None, "it goes on from there");
}
