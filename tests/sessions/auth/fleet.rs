//! Several processes with one authority, which has its moods.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use cloakroom::keys::Ring;
use cloakroom::revocation::{
    Cursor, Feed, MemoryRevocations, RevocationList, Revocations, SidHash, StoreError, Verdict,
};
use cloakroom::{FixedClock, FixedEntropy, SessionManager, Timestamp};

use crate::support::{Basket, Browser, START, Site, at, block_on, one_key};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// Every call fails.
    Down,
    /// The feed alone fails.
    NoFeed,
    /// No call ever answers.
    Frozen,
    /// The feed has lost everything before this second, and every reader's place.
    Trimmed(u64),
}

/// An authority in memory that notes its calls and can fail.
pub(crate) struct Office {
    memory: MemoryRevocations,
    clock: Arc<FixedClock>,
    mood: Mutex<Mood>,
    pub(crate) checks: AtomicU32,
    pub(crate) feeds: AtomicU32,
}

impl Office {
    pub(crate) fn new() -> Arc<Self> {
        let clock = Arc::new(FixedClock::at(at(START)));
        let memory = MemoryRevocations::with_clock(Arc::clone(&clock));
        let (checks, feeds) = (AtomicU32::new(0), AtomicU32::new(0));
        Arc::new(Self { memory, clock, mood: Mutex::new(Mood::Well), checks, feeds })
    }

    pub(crate) fn feels(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Calls of `check` and of `since` since the last time.
    pub(crate) fn calls(&self) -> (u32, u32) {
        (self.checks.swap(0, Ordering::SeqCst), self.feeds.swap(0, Ordering::SeqCst))
    }

    async fn answer(&self, feed: bool) -> Result<Mood, StoreError> {
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Down => Err(StoreError::unavailable("office", "closed")),
            Mood::NoFeed if feed => Err(StoreError::unavailable("office", "no feed")),
            Mood::Frozen => std::future::pending().await,
            mood => Ok(mood),
        }
    }
}

impl Revocations for Office {
    async fn revoke(&self, session: &SidHash, until: Timestamp) -> Result<(), StoreError> {
        self.answer(false).await?;
        self.memory.revoke(session, until).await
    }

    async fn bump(&self, subject: &[u8]) -> Result<u32, StoreError> {
        self.answer(false).await?;
        self.memory.bump(subject).await
    }

    async fn check(
        &self,
        session: &SidHash,
        subject: Option<&[u8]>,
    ) -> Result<Verdict, StoreError> {
        self.checks.fetch_add(1, Ordering::SeqCst);
        self.answer(false).await?;
        self.memory.check(session, subject).await
    }

    async fn since(&self, cursor: Option<Cursor>) -> Result<Feed, StoreError> {
        self.feeds.fetch_add(1, Ordering::SeqCst);
        let mood = self.answer(true).await?;
        let feed = self.memory.since(cursor).await?;
        Ok(match mood {
            Mood::Trimmed(second) => {
                Feed { events: vec![], complete_since: Some(at(START + second)), ..feed }
            }
            _ => feed,
        })
    }
}

/// Processes of one application.
pub(crate) struct Fleet {
    pub(crate) sites: Vec<Site>,
    pub(crate) office: Arc<Office>,
    ring: Ring,
}

impl Fleet {
    pub(crate) fn of(number: usize) -> Self {
        let mut fleet = Self { sites: vec![], office: Office::new(), ring: one_key().into() };
        (0..number).for_each(|_| fleet.start(|list| list));
        fleet
    }

    /// Starts one more process, with something configured.
    pub(crate) fn start(&mut self, configure: impl FnOnce(RevocationList) -> RevocationList) {
        let list = RevocationList::new(Arc::clone(&self.office));
        let list = configure(list.deadline(std::time::Duration::from_millis(20)));
        self.add(|manager| manager.guarded_by(list));
    }

    /// Starts a process without a list.
    pub(crate) fn start_bare(&mut self) {
        self.add(|manager| manager);
    }

    fn add(&mut self, guard: impl FnOnce(SessionManager<Basket>) -> SessionManager<Basket>) {
        // Processes must not draw the same ids.
        let entropy = FixedEntropy::from_seed(1000 + self.sites.len() as u64);
        let make = |config: cloakroom::SessionConfig| {
            guard(SessionManager::new(config.entropy(entropy)).unwrap())
        };
        self.sites.push(Site::made(self.ring.clone(), make));
    }

    /// Moves every clock.
    pub(crate) fn at(&self, second: u64) -> &Self {
        self.sites.iter().for_each(|site| _ = site.at(second));
        self.office.clock.set(at(START + second));
        self
    }

    /// In which processes the browser's session is somebody's; `None` where it is not known.
    pub(crate) fn knows(&self, browser: &Browser) -> Vec<Option<bool>> {
        self.sites.iter().map(|site| knows(site, browser)).collect()
    }
}

/// Whether the browser's session is somebody's; `None` where nobody can say so.
pub(crate) fn knows(site: &Site, browser: &Browser) -> Option<bool> {
    let header = browser.header();
    let headers = [("cookie", header.as_bytes())];
    let request = cloakroom::RequestParts::new("GET", "/", &headers);
    let loaded = block_on(site.sessions.load(&request));
    loaded.ok().map(|session| cloakroom::auth::is_authenticated(&session))
}
