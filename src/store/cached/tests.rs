//! Orders of events that a race meets by luck alone.

use alloc::sync::Arc;
use core::{
    future::{Future, poll_fn},
    pin::pin,
    sync::atomic::AtomicBool,
    task::{Context, Poll, Waker},
};

use super::{
    super::{MemoryStore, block_on},
    *,
};

/// A store that can be stopped behind its next call, or be out of reach.
#[derive(Default)]
struct Shelf {
    store: MemoryStore,
    catch: AtomicBool,
    open: AtomicBool,
    down: AtomicBool,
}

impl Shelf {
    /// What a call came to, once it may leave.
    async fn leave<T, E: From<StoreError>>(&self, answer: Result<T, E>) -> Result<T, E> {
        if self.catch.swap(false, Ordering::SeqCst) {
            poll_fn(|_| match self.open.load(Ordering::SeqCst) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            })
            .await;
        }
        answer
    }

    fn reach(&self) -> Result<(), StoreError> {
        let down = self.down.load(Ordering::SeqCst);
        if down { Err(StoreError::unavailable("shelf", "down")) } else { Ok(()) }
    }

    fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    fn catch_next(&self) {
        self.catch.store(true, Ordering::SeqCst);
    }

    fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }
}

impl Store for Shelf {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        self.reach()?;
        self.leave(self.store.create(key, record).await).await
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        self.reach()?;
        self.leave(self.store.load(key).await).await
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        self.reach()?;
        self.leave(self.store.update(key, expected, record).await).await
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        self.reach()?;
        self.leave(self.store.touch(key, expires).await).await
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        self.reach()?;
        self.leave(self.store.delete(key).await).await
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        self.reach()?;
        self.leave(self.store.rotate(old, new, record).await).await
    }

    async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
        self.store.purge(limit).await
    }

    fn traits(&self) -> StoreTraits {
        self.store.traits()
    }
}

impl OwnerIndex for Shelf {
    async fn list(&self, owner: &Owner) -> Result<Vec<Meta>, StoreError> {
        self.store.list(owner).await
    }

    async fn delete_all(&self, owner: &Owner, except: Option<&RowKey>) -> Result<u64, StoreError> {
        self.store.delete_all(owner, except).await
    }
}

const KEY: RowKey = RowKey::from_bytes([7; 32]);
const NEW: RowKey = RowKey::from_bytes([8; 32]);

type Both = Cached<Arc<Shelf>, Arc<Shelf>>;

fn stage() -> (Both, Arc<Shelf>, Arc<Shelf>) {
    let (authority, cache) = (Arc::new(Shelf::default()), Arc::new(Shelf::default()));
    (Cached::new(Arc::clone(&authority), Arc::clone(&cache)), authority, cache)
}

fn record(data: &[u8]) -> Record<'_> {
    let now = StoreTime::now();
    Record::new(data, now, now.plus(Duration::from_secs(3600)))
}

fn data(store: &Both, key: &RowKey) -> Option<Vec<u8>> {
    block_on(store.load(key)).unwrap().map(|there| there.data)
}

/// Runs `work` until it stops, then `between`, and then the rest of it.
fn around<T>(shelf: &Shelf, work: impl Future<Output = T>, between: impl FnOnce()) -> T {
    shelf.catch_next();
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    assert!(work.as_mut().poll(&mut context).is_pending(), "it was not stopped");
    between();
    shelf.open();
    block_on(work)
}

#[test]
fn a_copy_is_read_and_is_that_of_the_authority() {
    let (store, authority, _) = stage();
    let version = block_on(store.create(&KEY, &record(b"in"))).unwrap();
    assert_eq!(data(&store, &KEY).as_deref(), Some(&b"in"[..]));
    authority.set_down(true);
    // From the copy, which the creation has left.
    let there = block_on(store.load(&KEY)).unwrap().unwrap();
    assert_eq!((there.data.as_slice(), there.version), (&b"in"[..], version));
    assert!(block_on(store.load(&NEW)).is_err());
}

#[test]
fn a_slow_reader_brings_nothing_back_that_was_deleted() {
    let (store, authority, cache) = stage();
    block_on(store.create(&KEY, &record(b"in"))).unwrap();
    block_on(cache.store.delete(&KEY)).unwrap();
    let read = around(&authority, store.load(&KEY), || {
        assert_eq!(block_on(store.delete(&KEY)), Ok(true));
        // However soon the tombstone goes, and whatever the next reader leaves.
        block_on(cache.store.delete(&KEY)).unwrap();
        assert_eq!(data(&store, &KEY), None);
    });
    assert!(read.unwrap().is_some(), "it read before the delete");
    assert_eq!(data(&store, &KEY), None);
}

#[test]
fn a_slow_reader_does_not_hide_an_update() {
    let (store, authority, cache) = stage();
    block_on(store.create(&KEY, &record(b"old"))).unwrap();
    block_on(cache.store.delete(&KEY)).unwrap();
    around(&authority, store.load(&KEY), || {
        block_on(store.update(&KEY, None, &record(b"new"))).unwrap();
    })
    .unwrap();
    assert_eq!(data(&store, &KEY).as_deref(), Some(&b"new"[..]));
}

#[test]
fn of_two_updates_the_copy_is_the_later_one() {
    let (store, authority, _) = stage();
    block_on(store.create(&KEY, &record(b"old"))).unwrap();
    around(&authority, store.update(&KEY, None, &record(b"first")), || {
        block_on(store.update(&KEY, None, &record(b"second"))).unwrap();
    })
    .unwrap();
    assert_eq!(data(&store, &KEY).as_deref(), Some(&b"second"[..]));
}

#[test]
fn an_update_that_was_overtaken_on_its_way_leaves_no_old_copy() {
    let (store, _, cache) = stage();
    block_on(store.create(&KEY, &record(b"old"))).unwrap();
    // Stopped behind its ticket, before it reaches the authority.
    around(&cache, store.update(&KEY, None, &record(b"last")), || {
        block_on(store.update(&KEY, None, &record(b"first"))).unwrap();
    })
    .unwrap();
    assert_eq!(data(&store, &KEY).as_deref(), Some(&b"last"[..]));
}

#[test]
fn a_delete_that_ends_before_its_tombstone_is_a_delete() {
    let (store, authority, _) = stage();
    block_on(store.create(&KEY, &record(b"in"))).unwrap();
    assert!(data(&store, &KEY).is_some());
    authority.catch_next();
    {
        let mut given_up = pin!(store.delete(&KEY));
        let mut context = Context::from_waker(Waker::noop());
        assert!(given_up.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(data(&store, &KEY), None);
}

#[test]
fn without_its_cache_a_store_reads_and_writes_but_ends_nothing_without_a_word() {
    let (store, authority, cache) = stage();
    block_on(store.create(&KEY, &record(b"old"))).unwrap();
    cache.set_down(true);
    let down = StoreError::unavailable("shelf", "down");
    assert_eq!(data(&store, &KEY).as_deref(), Some(&b"old"[..]));
    // Nothing was begun.
    let moved = block_on(store.rotate(&KEY, &NEW, &record(b"moved")));
    assert_eq!(moved, Err(UpdateError::Store(down.clone())));
    assert_eq!(block_on(authority.store.load(&NEW)), Ok(None));
    // The record is gone, and a copy may be left.
    assert_eq!(block_on(store.delete(&KEY)), Err(down));
    assert_eq!(block_on(authority.store.load(&KEY)), Ok(None));
    cache.set_down(false);
    assert_eq!(block_on(store.delete(&KEY)), Ok(false));
    assert_eq!(data(&store, &KEY), None);
}

#[test]
fn while_the_cache_is_down_an_update_is_made() {
    let (store, _, cache) = stage();
    block_on(store.create(&KEY, &record(b"old"))).unwrap();
    cache.set_down(true);
    block_on(store.update(&KEY, None, &record(b"new"))).unwrap();
    assert_eq!(data(&store, &KEY).as_deref(), Some(&b"new"[..]));
}

#[test]
fn an_old_copy_makes_one_conflict_and_is_gone() {
    let (store, authority, _) = stage();
    block_on(store.create(&KEY, &record(b"old"))).unwrap();
    block_on(authority.store.update(&KEY, None, &record(b"new"))).unwrap();
    let stale = block_on(store.load(&KEY)).unwrap().map(|there| there.version);
    let answer = block_on(store.update(&KEY, stale, &record(b"mine")));
    assert_eq!(answer, Err(UpdateError::Conflict));
    let there = block_on(store.load(&KEY)).unwrap().unwrap();
    assert_eq!(there.data, b"new");
    assert!(block_on(store.update(&KEY, Some(there.version), &record(b"mine"))).is_ok());
}

#[test]
fn logging_out_everywhere_begins_with_nothing_that_it_cannot_end() {
    let (store, authority, cache) = stage();
    let owner = Owner::new(*b"alice").unwrap();
    for key in [&KEY, &NEW] {
        let record = record(b"in");
        block_on(store.create(key, &record.owned_by(Some(&owner)))).unwrap();
    }
    cache.set_down(true);
    assert!(block_on(store.delete_all(&owner, None)).is_err());
    assert_eq!(block_on(authority.store.list(&owner)).map(|all| all.len()), Ok(2));
    cache.set_down(false);
    assert_eq!(block_on(store.delete_all(&owner, Some(&NEW))), Ok(1));
    assert_eq!((data(&store, &KEY), data(&store, &NEW).is_some()), (None, true));
}

#[test]
fn a_copy_lives_for_five_minutes_at_most_and_not_longer_than_its_record() {
    let (store, _, cache) = stage();
    let store = store.ttl(Duration::from_secs(3600));
    block_on(store.create(&KEY, &record(b"in"))).unwrap();
    let soon = StoreTime::now().plus(Duration::from_secs(20));
    let short = Record::new(b"in", StoreTime::now(), soon);
    block_on(store.create(&NEW, &short)).unwrap();
    let until = |key| block_on(cache.store.load(key)).unwrap().unwrap().expires;
    assert!(until(&KEY) <= StoreTime::now().plus(TTL_MAX));
    assert_eq!(until(&NEW), soon);
}

#[test]
fn a_ticket_of_half_a_minute_ago_makes_no_copy() {
    let (store, _, cache) = stage();
    let stored = Stored {
        data: b"in".to_vec(),
        version: Version::from_u64(9),
        expires: StoreTime::now().plus(Duration::from_secs(3600)),
    };
    let fresh = block_on(store.claim(&KEY)).unwrap();
    // Without the time that has passed, the same ticket does.
    let begun = Instant::now().checked_sub(TICKET_LIFE).expect("a machine that runs for as long");
    let old = Ticket { version: fresh.version, begun };
    assert!(!block_on(store.fill(&KEY, &old, &stored)));
    assert!(block_on(store.fill(&KEY, &fresh, &stored)));
    let until = block_on(cache.store.load(&KEY)).unwrap().unwrap().expires;
    assert!(until <= StoreTime::now().plus(TTL_MAX));
}

#[test]
fn a_cache_that_does_not_expire_by_itself_is_swept() {
    let (store, _, cache) = stage();
    let dead = Record::new(b"x", StoreTime::now(), StoreTime::from_millis(1));
    for byte in 0..=255 {
        block_on(store.create(&RowKey::from_bytes([byte; 32]), &dead)).unwrap();
    }
    assert!(cache.store.len() <= 2 * 64, "{}", cache.store.len());
}

#[test]
fn what_is_no_copy_is_not_read_as_one() {
    let now = StoreTime::from_millis(256);
    let stored = Stored { data: b"in".to_vec(), version: Version::from_u64(9), expires: now };
    let whole = cell::copy(&stored);
    assert!(cell::read(&whole) == Some(stored));
    for len in 0..17 {
        assert!(cell::read(&whole[..len]).is_none(), "{len}");
    }
    assert!(cell::read(TICKET).is_none() && cell::read(TOMBSTONE).is_none());
}
