//! Sessions in a store: what changes beside the cookie, and what does not.

mod hostile;
mod intruder;
mod life;
mod moves;
mod outages;
mod races;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use cloakroom::keys::Ring;
use cloakroom::store::{
    CreateError, MemoryStore, Record, RowKey, Store, StoreError, StoreTime, StoreTraits, Stored,
    UpdateError, Version,
};
use cloakroom::{
    Backing, Clock, FixedClock, FixedEntropy, SessionConfig, SessionData, SessionManager,
};

use crate::support::{Site, one_key};

/// A store in memory by the site's clock, which notes its calls and can fail.
pub(crate) struct Shelf {
    memory: MemoryStore,
    clock: Arc<OnceLock<Arc<FixedClock>>>,
    calls: Mutex<Vec<&'static str>>,
    mood: Mutex<Mood>,
    limit: AtomicUsize,
    pub(crate) purged: AtomicUsize,
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    /// The key of the last record that was made.
    pub(crate) made: Mutex<Option<RowKey>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// Every call fails.
    Down,
    /// Reads go well, and writes fail.
    ReadOnly,
    /// No call ever answers.
    Hangs,
}

impl Shelf {
    pub(crate) fn new() -> Arc<Self> {
        let clock = Arc::new(OnceLock::<Arc<FixedClock>>::new());
        let theirs = Arc::clone(&clock);
        let memory =
            MemoryStore::with_clock(move || StoreTime::from(theirs.get().expect("a clock").now()));
        let (calls, mood) = (Mutex::new(vec![]), Mutex::new(Mood::Well));
        Arc::new(Self {
            memory,
            clock,
            calls,
            mood,
            limit: AtomicUsize::new(usize::MAX),
            purged: AtomicUsize::new(0),
            meanwhile: Mutex::new(None),
            made: Mutex::new(None),
        })
    }

    /// Records that are there.
    pub(crate) fn len(&self) -> usize {
        self.memory.len()
    }

    /// The calls since the last time.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    pub(crate) fn feels(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Takes records of at most `bytes`.
    pub(crate) fn limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::SeqCst);
    }

    /// What happens in the process while the next call is under way.
    pub(crate) fn meanwhile(&self, act: impl FnOnce() + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::new(act));
    }

    async fn note(&self, call: &'static str) -> Result<(), StoreError> {
        let act = self.meanwhile.lock().unwrap().take();
        act.into_iter().for_each(|act| act());
        self.calls.lock().unwrap().push(call);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Well => Ok(()),
            Mood::ReadOnly if call == "load" => Ok(()),
            Mood::ReadOnly | Mood::Down => Err(StoreError::unavailable("shelf", "it fell")),
            Mood::Hangs => std::future::pending().await,
        }
    }
}

impl Store for Shelf {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        self.note("create").await?;
        *self.made.lock().unwrap() = Some(*key);
        self.memory.create(key, record).await
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        self.note("load").await?;
        self.memory.load(key).await
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        self.note("update").await?;
        self.memory.update(key, expected, record).await
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        self.note("touch").await?;
        self.memory.touch(key, expires).await
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        self.note("delete").await?;
        self.memory.delete(key).await
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        self.note("rotate").await?;
        self.memory.rotate(old, new, record).await
    }

    async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
        // Not noted: it comes by itself, beside the calls that tests look for.
        self.purged.fetch_add(1, Ordering::SeqCst);
        self.memory.purge(limit).await
    }

    fn traits(&self) -> StoreTraits {
        StoreTraits::new("shelf").volatile().max_record(self.limit.load(Ordering::SeqCst))
    }
}

/// A site over `shelf`, with something configured.
pub(crate) fn site<T: SessionData>(
    shelf: &Arc<Shelf>,
    ring: impl Into<Ring>,
    configure: impl FnOnce(SessionConfig) -> SessionConfig,
    back: impl FnOnce(Backing<T>) -> Backing<T>,
) -> Site<T> {
    let backing = back(Backing::new(Arc::clone(shelf)));
    // Sites that share a shelf must not draw the same ids.
    static SEEDS: AtomicU64 = AtomicU64::new(100);
    let entropy = FixedEntropy::from_seed(SEEDS.fetch_add(1, Ordering::SeqCst));
    let configured = |config: SessionConfig| configure(config.entropy(entropy));
    let make = |config| SessionManager::with_store(configured(config), backing).unwrap();
    let site = Site::made(ring, make);
    // A second site over the same shelf goes by the first one's clock, which tests move.
    let _ = shelf.clock.set(Arc::clone(&site.clock));
    site
}

/// The site of most stories.
pub(crate) fn shop<T: SessionData>() -> (Site<T>, Arc<Shelf>) {
    let shelf = Shelf::new();
    (site(&shelf, one_key(), |config| config, |backing| backing), shelf)
}
