//! S3: a row for each login, with nothing of the session in it.

use alloc::{sync::Arc, vec::Vec};
use core::{fmt, time::Duration};

use crate::{
    clock::Timestamp,
    envelope::{Policy, times::Times},
    error::StoreError,
    limits::TOUCH_MIN,
    store::{
        AnyOwnerIndex, AnyStore, CreateError, Guarded, Meta, Owner, OwnerIndex, Record, RowKey,
        Store, StoreTime, UpdateError,
    },
};

/// Level S3: the session's data stays in its cookie, and a store keeps a row for each login that says that it
/// is there. A row that is gone ends the session, and the rows of a subject are the list of their devices.
///
/// Visitors who are not logged in have no row and cost no call.
///
/// ```
/// # #[cfg(feature = "memory-store")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use cloakroom::{Key, KeyRing, SessionConfig, SessionManager, Values};
/// use cloakroom::{revocation::Registry, store::MemoryStore};
///
/// let config = SessionConfig::new(KeyRing::new(Key::generate()?), "shop");
/// let sessions = SessionManager::<Values>::new(config)?.guarded_by(Registry::new(MemoryStore::new()));
/// # Ok(()) }
/// # #[cfg(not(feature = "memory-store"))] fn main() {}
/// ```
///
/// # Security
///
/// A row holds no secret and is not sealed: whoever can write into the store can bring an ended session
/// back to life, though not make one.
#[must_use]
pub struct Registry {
    store: Guarded<AnyStore>,
    index: AnyOwnerIndex,
    window: u64,
    adopt: bool,
}

/// A session of somebody who is logged in.
pub(crate) struct Entry<'e> {
    pub(crate) key: RowKey,
    pub(crate) subject: &'e [u8],
    pub(crate) times: Times,
    pub(crate) checked: Option<Timestamp>,
    pub(crate) now: Timestamp,
}

/// What a row holds: that the session lives, or that it has ended.
const LIVES: &[u8] = &[1];
const ENDED: &[u8] = &[0];

impl Registry {
    /// A registry in `store`, with the defaults.
    pub fn new(store: impl OwnerIndex) -> Self {
        let store = Arc::new(store);
        Self {
            store: Guarded::new(AnyStore::new(Arc::clone(&store))),
            index: AnyOwnerIndex::new(Guarded::new(store)),
            window: 0,
            adopt: false,
        }
    }

    /// For how long a look at the row counts. Default: none, and each request of a login reads it; whole
    /// seconds.
    ///
    /// # Security
    ///
    /// A device that was ended goes on for so long, unless a [`RevocationList`](super::RevocationList) stands
    /// beside the registry.
    pub fn window(self, window: Duration) -> Self {
        Self { window: window.as_secs(), ..self }
    }

    /// Whether logins without a row are given one. Default: no, and they have ended.
    ///
    /// Turn it on when an application moves to a registry, so that nobody is logged out by that, and off once
    /// the last login of before has expired.
    ///
    /// # Security
    ///
    /// While it is on, ending a session leaves a mark in its row until no cookie of it can open. Rows that
    /// somebody deletes by hand leave none.
    pub fn adopt_cookies(self, adopt: bool) -> Self {
        Self { adopt, ..self }
    }

    /// Whether the session counts; `Some(true)` if the row was looked at and a window runs from now.
    pub(crate) async fn judge(
        &self,
        entry: &Entry<'_>,
        policy: &Policy,
    ) -> Result<Option<bool>, StoreError> {
        let in_window =
            entry.checked.is_some_and(|at| entry.now.since(at) < self.window && at <= entry.now);
        if in_window {
            return Ok(Some(false));
        }
        let rechecked = Some(self.window > 0);
        let Some(row) = self.store.load(&entry.key).await? else {
            if !self.adopt {
                return Ok(None);
            }
            return match self.write(entry, None, policy).await {
                Ok(()) => Ok(rechecked),
                // A request beside this one was quicker, with a row or with a mark.
                Err(CreateError::Exists) => {
                    let row = self.store.load(&entry.key).await?;
                    Ok(row.filter(|row| row.data != ENDED).and(rechecked))
                }
                Err(CreateError::Store(error)) => Err(error),
            };
        };
        if row.data == ENDED {
            return Ok(None);
        }
        let (expires, slack) = self.expiry(entry, policy);
        // At most once in so much time. If it fails, the next request tries again.
        if expires.since(row.expires) >= slack {
            let _ = self.store.touch(&entry.key, expires).await;
        }
        Ok(rechecked)
    }

    /// Whether the session of this row has not ended.
    pub(crate) async fn holds(&self, key: &RowKey) -> Result<bool, StoreError> {
        let row = self.store.load(key).await?;
        Ok(row.map_or(self.adopt, |row| row.data != ENDED))
    }

    /// Writes the row of a new login.
    pub(crate) async fn enter(
        &self,
        entry: &Entry<'_>,
        label: Option<&[u8]>,
        policy: &Policy,
    ) -> Result<(), StoreError> {
        // More rows than one login adds. If it fails, the next one tries again.
        if !self.store.traits().expires_itself {
            let _ = self.store.purge(SWEEP).await;
        }
        match self.write(entry, label, policy).await {
            // It was written by an earlier try.
            Ok(()) | Err(CreateError::Exists) => Ok(()),
            Err(CreateError::Store(error)) => Err(error),
        }
    }

    /// Lets the row of a login live for as long as its cookie.
    pub(crate) async fn prolong(
        &self,
        entry: &Entry<'_>,
        policy: &Policy,
    ) -> Result<(), StoreError> {
        let (expires, _) = self.expiry(entry, policy);
        self.store.touch(&entry.key, expires).await.map(drop)
    }

    /// Ends the session of a row; the mark that may stay lives until `until`.
    pub(crate) async fn leave(&self, key: &RowKey, until: Timestamp) -> Result<bool, StoreError> {
        if !self.adopt {
            return self.store.delete(key).await;
        }
        let now = StoreTime::now();
        let mark = Record::new(ENDED, now, until.into());
        for _ in 0..TRIES {
            match self.store.update(key, None, &mark).await {
                Ok(_) => return Ok(true),
                Err(UpdateError::Store(error)) => return Err(error),
                Err(UpdateError::Gone | UpdateError::Conflict) => {}
            }
            match self.store.create(key, &mark).await {
                Ok(_) => return Ok(false),
                Err(CreateError::Store(error)) => return Err(error),
                Err(CreateError::Exists) => {}
            }
        }
        Err(StoreError::unavailable("registry", "a row came and went"))
    }

    /// The logins of a subject.
    pub(crate) async fn list(&self, subject: &[u8]) -> Result<Vec<Meta>, StoreError> {
        match Owner::new(subject) {
            Some(owner) => self.index.list(&owner).await,
            None => Ok(Vec::new()),
        }
    }

    async fn write(
        &self,
        entry: &Entry<'_>,
        label: Option<&[u8]>,
        policy: &Policy,
    ) -> Result<(), CreateError> {
        let (expires, _) = self.expiry(entry, policy);
        let owner = Owner::new(entry.subject);
        let record = Record::new(LIVES, entry.times.created.into(), expires);
        let record = record.owned_by(owner.as_ref()).labelled(label);
        self.store.create(&entry.key, &record).await.map(|_| ())
    }

    /// When the row expires if nobody uses the session after now, and how far that may lag behind: the
    /// row never dies before a cookie, the last that is sealed within the window among them.
    fn expiry(&self, entry: &Entry<'_>, policy: &Policy) -> (StoreTime, Duration) {
        let times = Times { issued: entry.now.max(entry.times.created), ..entry.times };
        let idle_end = times.idle_end(policy);
        let slack = (idle_end.since(times.issued) / 10).max(TOUCH_MIN);
        let end = idle_end.plus(self.window).plus(slack).min(times.absolute_end(policy));
        (end.into(), Duration::from_secs(slack))
    }
}

/// Expired rows that one login removes at most.
const SWEEP: usize = 20;
/// Two requests that end one session meet at most once; more is a fault of the store.
const TRIES: u32 = 4;

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("store", &self.store)
            .field("window", &self.window)
            .field("adopt_cookies", &self.adopt)
            .finish_non_exhaustive()
    }
}
