//! Records in this process's memory.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    Meta, Owner, OwnerIndex, Record, RowKey, Store, StoreTime, StoreTraits, Stored, Version,
};
use crate::error::StoreError;
use crate::store::{CreateError, UpdateError};

/// Keeps records in the memory of one process: for tests, and for a site of one process whose
/// visitors may log in again after a restart.
///
/// Without a [`purge`](Store::purge) now and then, expired records stay in memory. Records have no
/// limit of size or number.
///
/// ```
/// # use core::future::Future;
/// # fn block_on<F: Future>(f: F) -> F::Output {
/// #     let mut f = std::pin::pin!(f);
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     loop { if let std::task::Poll::Ready(out) = f.as_mut().poll(&mut context) { return out } }
/// # }
/// use core::time::Duration;
/// use cloakroom::store::{MemoryStore, Record, RowKey, Store, StoreTime};
///
/// let store = MemoryStore::new();
/// let (key, now) = (RowKey::from_bytes([7; 32]), StoreTime::now());
/// let record = Record::new(b"sealed", now, now.plus(Duration::from_secs(60)));
/// block_on(store.create(&key, &record))?;
/// assert_eq!(block_on(store.load(&key))?.map(|stored| stored.data), Some(b"sealed".to_vec()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MemoryStore {
    /// No call holds it for longer than a few steps in a tree, a [`SLICE`] of a purge or the sessions
    /// of one owner.
    shelf: Mutex<Shelf>,
    /// Held by the one who takes the shelf next.
    turnstile: Mutex<()>,
    clock: Box<dyn Fn() -> StoreTime + Send + Sync>,
}

/// The records, and two ways to find them beside their keys. All three change together.
#[derive(Default)]
struct Shelf {
    rows: BTreeMap<RowKey, Row>,
    by_expiry: BTreeSet<(StoreTime, RowKey)>,
    by_owner: BTreeSet<(Owner, RowKey)>,
}

struct Row {
    data: Vec<u8>,
    version: Version,
    created: StoreTime,
    seen: StoreTime,
    expires: StoreTime,
    owner: Option<Owner>,
    label: Option<Vec<u8>>,
}

impl MemoryStore {
    /// An empty store, by the clock of this machine.
    pub fn new() -> Self {
        Self::with_clock(StoreTime::now)
    }

    /// An empty store, by another clock.
    pub fn with_clock(clock: impl Fn() -> StoreTime + Send + Sync + 'static) -> Self {
        Self { shelf: Mutex::default(), turnstile: Mutex::default(), clock: Box::new(clock) }
    }

    /// Records that are there, the expired ones that were not purged yet included.
    pub fn len(&self) -> usize {
        self.shelf().rows.len()
    }

    /// Whether there is no record at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Through the turnstile, so that whoever waits for the shelf is not passed: a lock alone goes
    /// to the thread that has just left it as often as to one that has to be woken first.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        let _turn = self.turnstile.lock().unwrap_or_else(PoisonError::into_inner);
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rows that a purge takes from the shelf at a time.
const SLICE: usize = 64;

impl Store for MemoryStore {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        let row = Row::new(record, (self.clock)())?;
        let mut shelf = self.shelf();
        if shelf.live(key, row.seen).is_some() {
            return Err(CreateError::Exists);
        }
        Ok(shelf.put(*key, row))
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        let now = (self.clock)();
        Ok(self.shelf().live(key, now).map(|row| Stored {
            data: row.data.clone(),
            version: row.version,
            expires: row.expires,
        }))
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let row = Row::new(record, (self.clock)())?;
        let mut shelf = self.shelf();
        let there = shelf.live(key, row.seen).ok_or(UpdateError::Gone)?.version;
        if expected.is_some_and(|expected| expected != there) {
            return Err(UpdateError::Conflict);
        }
        Ok(shelf.put(*key, row))
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        let now = (self.clock)();
        let mut shelf = self.shelf();
        if shelf.live(key, now).is_none() {
            return Ok(false);
        }
        if let Some(mut row) = shelf.take(key) {
            row.seen = now;
            row.expires = row.expires.max(expires);
            shelf.put(*key, row);
        }
        Ok(true)
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        let now = (self.clock)();
        Ok(self.shelf().take(key).is_some_and(|row| row.expires > now))
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let row = Row::new(record, (self.clock)())?;
        let mut shelf = self.shelf();
        if shelf.live(old, row.seen).is_none() {
            return Err(UpdateError::Gone);
        }
        if shelf.live(new, row.seen).is_some() {
            return Err(UpdateError::Conflict);
        }
        shelf.take(old);
        Ok(shelf.put(*new, row))
    }

    async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
        let now = (self.clock)();
        let mut removed = 0usize;
        while removed < limit {
            let most = limit.saturating_sub(removed).min(SLICE);
            // Those who wait come in between, and what was taken is freed when nobody waits for that.
            let dead = self.shelf().take_dead(now, most);
            removed = removed.saturating_add(dead.len());
            if dead.len() < most {
                break;
            }
        }
        Ok(u64::try_from(removed).unwrap_or(u64::MAX))
    }

    fn traits(&self) -> StoreTraits {
        StoreTraits::new("memory").volatile()
    }
}

impl OwnerIndex for MemoryStore {
    async fn list(&self, owner: &Owner) -> Result<Vec<Meta>, StoreError> {
        let now = (self.clock)();
        let shelf = self.shelf();
        let mut found: Vec<Meta> = shelf
            .keys_of(owner)
            .filter_map(|key| Some((key, shelf.live(&key, now)?)))
            .map(|(key, row)| Meta {
                label: row.label.clone(),
                ..Meta::new(key, row.created, row.seen, row.expires)
            })
            .collect();
        found.sort_by_key(|meta| core::cmp::Reverse(meta.seen));
        Ok(found)
    }

    async fn delete_all(&self, owner: &Owner, except: Option<&RowKey>) -> Result<u64, StoreError> {
        let now = (self.clock)();
        let mut shelf = self.shelf();
        let keys: Vec<RowKey> = shelf.keys_of(owner).filter(|key| Some(key) != except).collect();
        let live = |row: Row| u64::from(row.expires > now);
        Ok(keys.iter().filter_map(|key| shelf.take(key)).map(live).sum())
    }
}

impl Shelf {
    fn live(&self, key: &RowKey, now: StoreTime) -> Option<&Row> {
        self.rows.get(key).filter(|row| row.expires > now)
    }

    /// Puts `row` in the place of whatever is there.
    fn put(&mut self, key: RowKey, row: Row) -> Version {
        self.take(&key);
        let version = row.version;
        self.by_expiry.insert((row.expires, key));
        self.by_owner.extend(row.owner.clone().map(|owner| (owner, key)));
        self.rows.insert(key, row);
        version
    }

    /// At most so many of the rows that have expired, the oldest first.
    fn take_dead(&mut self, now: StoreTime, most: usize) -> Vec<Row> {
        let dead = self.by_expiry.iter().take_while(|(expires, _)| *expires <= now);
        let keys: Vec<RowKey> = dead.take(most).map(|(_, key)| *key).collect();
        keys.iter().filter_map(|key| self.take(key)).collect()
    }

    fn take(&mut self, key: &RowKey) -> Option<Row> {
        let row = self.rows.remove(key)?;
        self.by_expiry.remove(&(row.expires, *key));
        if let Some(owner) = row.owner.clone() {
            self.by_owner.remove(&(owner, *key));
        }
        Some(row)
    }

    fn keys_of(&self, owner: &Owner) -> impl Iterator<Item = RowKey> {
        let from = (owner.clone(), RowKey::from_bytes([0; 32]));
        self.by_owner
            .range(from..)
            .take_while(move |(other, _)| other == owner)
            .map(|(_, key)| *key)
    }
}

impl Row {
    fn new(record: &Record<'_>, seen: StoreTime) -> Result<Self, StoreError> {
        Ok(Self {
            data: record.data.to_vec(),
            version: Version::random()?,
            created: record.created,
            seen,
            expires: record.expires,
            owner: record.owner.cloned(),
            label: record.label.map(<[u8]>::to_vec),
        })
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("records", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_a_record_in_any_index() {
        let store = MemoryStore::with_clock(|| StoreTime::from_millis(10));
        let owner = Owner::new(*b"alice").unwrap();
        let mut shelf = store.shelf();
        for (nth, expires) in [5, 20, 20].into_iter().enumerate() {
            let expires = StoreTime::from_millis(expires);
            let record = Record::new(b"x", expires, expires).owned_by(Some(&owner));
            let key = RowKey::from_bytes([u8::try_from(nth / 2).unwrap(); 32]);
            shelf.put(key, Row::new(&record, expires).unwrap());
        }
        assert_eq!((shelf.rows.len(), shelf.by_expiry.len(), shelf.by_owner.len()), (2, 2, 2));
        for nth in 0..2 {
            assert!(shelf.take(&RowKey::from_bytes([nth; 32])).is_some());
        }
        assert!(shelf.rows.is_empty() && shelf.by_expiry.is_empty() && shelf.by_owner.is_empty());
    }

    fn with_dead_rows(rows: u16) -> MemoryStore {
        let store = MemoryStore::with_clock(|| StoreTime::from_millis(10));
        let expires = StoreTime::from_millis(5);
        for nth in 0..rows {
            let mut key = [0; 32];
            key[..2].copy_from_slice(&nth.to_be_bytes());
            let row = Row::new(&Record::new(b"x", expires, expires), expires).unwrap();
            store.shelf().put(RowKey::from_bytes(key), row);
        }
        store
    }

    #[test]
    fn a_purge_goes_slice_by_slice_up_to_its_limit() {
        let store = with_dead_rows(500);
        assert_eq!(crate::store::block_on(store.purge(150)), Ok(150));
        assert_eq!(store.len(), 350);
        assert_eq!(crate::store::block_on(store.purge(1000)), Ok(350));
        assert!(store.is_empty());
    }

    #[test]
    fn a_purge_does_not_pass_whoever_waits_for_the_shelf() {
        let store = with_dead_rows(500);
        let held = store.shelf();
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| store.len());
            while store.turnstile.try_lock().is_ok() {
                std::thread::yield_now();
            }
            let purge = scope.spawn(|| crate::store::block_on(store.purge(1000)));
            drop(held);
            assert_eq!(reader.join().unwrap(), 500, "it was passed");
            assert_eq!(purge.join().unwrap(), Ok(500));
        });
    }
}
