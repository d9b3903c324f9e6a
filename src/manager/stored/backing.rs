//! How a manager uses its store.

#[cfg(feature = "auth")]
use alloc::vec::Vec;
use alloc::{boxed::Box, sync::Arc};
use core::{fmt, time::Duration};

use super::housekeeping::Housekeeping;
#[cfg(feature = "auth")]
use crate::store::{AnyOwnerIndex, OwnerIndex};
use crate::{
    body::SessionData,
    error::ConfigError,
    session::{RequestParts, engine::Place},
    store::{AnyStore, Guarded, Owner, Store, Timer},
};

/// A store behind a [`SessionManager`](crate::SessionManager), and how it is used.
///
/// A store alone is a backing with the defaults.
///
/// ```
/// # #[cfg(feature = "memory-store")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use cloakroom::{Backing, Key, KeyRing, SessionConfig, SessionManager, Values, store::MemoryStore};
///
/// let config = SessionConfig::new(KeyRing::new(Key::generate()?), "shop");
/// let store = Backing::new(MemoryStore::new()).adopt_cookies(true);
/// let sessions = SessionManager::<Values>::with_store(config, store)?;
/// # Ok(()) }
/// # #[cfg(not(feature = "memory-store"))] fn main() {}
/// ```
#[must_use]
pub struct Backing<T> {
    pub(in super::super) store: Guarded<AnyStore>,
    pub(super) adopt: bool,
    pub(super) back: bool,
    pub(super) last_write_wins: bool,
    pub(super) merge: Option<Box<Merge<T>>>,
    pub(super) owner: Option<Box<OwnerOf>>,
    pub(super) anonymous: Option<Arc<Anonymous>>,
    pub(super) cleaning: bool,
    pub(super) housekeeping: Housekeeping,
    volatile_ok: bool,
    /// The same store, where it finds the sessions of an owner.
    #[cfg(feature = "auth")]
    index: Option<AnyOwnerIndex>,
    #[cfg(feature = "auth")]
    pub(super) label: Option<Box<LabelOf<T>>>,
}

#[cfg(feature = "auth")]
type LabelOf<T> = dyn Fn(&T) -> Option<Vec<u8>> + Send + Sync;
pub(super) type Merge<T> = dyn Fn(T, T, T) -> Option<T> + Send + Sync;
type OwnerOf = dyn Fn(&[u8]) -> Option<Owner> + Send + Sync;
type Anonymous = dyn Fn(&RequestParts<'_>) -> bool + Send + Sync;

impl<T: SessionData> Backing<T> {
    /// `store`, with the defaults.
    pub fn new(store: impl Store) -> Self {
        Self {
            store: Guarded::new(AnyStore::new(store)),
            adopt: false,
            back: false,
            last_write_wins: false,
            merge: None,
            owner: None,
            anonymous: None,
            cleaning: true,
            housekeeping: Housekeeping::default(),
            volatile_ok: false,
            #[cfg(feature = "auth")]
            index: None,
            #[cfg(feature = "auth")]
            label: None,
        }
    }

    /// `store`, with the defaults, for an application that lists the sessions of a subject:
    /// [`auth::devices`](crate::auth::devices) and the like.
    #[cfg(feature = "auth")]
    pub fn indexed(store: impl OwnerIndex) -> Self {
        let store = Arc::new(store);
        let index = Some(AnyOwnerIndex::new(Guarded::new(Arc::clone(&store))));
        Self { index, ..Self::new(store) }
    }

    /// What a list of devices shows of a session, from its data: at most 255 bytes, what is longer is cut.
    /// Default: nothing. It is asked whenever the record is written, so what a login is to be known by,
    /// such as the name of a browser, belongs into the data.
    ///
    /// # Security
    ///
    /// It stands beside the sealed record, in the clear.
    #[cfg(feature = "auth")]
    pub fn label(self, label: impl Fn(&T) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self { label: Some(Box::new(label)), ..self }
    }

    #[cfg(feature = "auth")]
    pub(in super::super) const fn index(&self) -> Option<&AnyOwnerIndex> {
        self.index.as_ref()
    }

    /// Whether cookies that hold a session themselves are moved into the store at their first use.
    /// Default: no, and they are refused.
    ///
    /// Turn it on when an application moves to a store, and off once the last such cookie has expired.
    /// Nobody is logged out by the move.
    ///
    /// # Security
    ///
    /// While it is on, ending a session leaves a mark in the store for the policy's `max_absolute` from the
    /// session's beginning, so that an older cookie of it is not moved in again. Sessions that somebody deletes from the
    /// store by hand or by an [`OwnerIndex`](crate::store::OwnerIndex) leave none.
    pub fn adopt_cookies(self, adopt: bool) -> Self {
        Self { adopt, ..self }
    }

    /// Whether sessions move out of the store and back into cookies, each at its first use. Default:
    /// no.
    ///
    /// Leave the store in place until the last of its sessions has expired. One that is too large for
    /// a cookie stays where it is while nobody changes it.
    pub fn back_to_cookies(self, back: bool) -> Self {
        Self { back, ..self }
    }

    /// The deadlines of a read and of a write. Default: one and two seconds.
    pub fn deadlines(self, read: Duration, write: Duration) -> Self {
        Self { store: self.store.deadlines(read, write), ..self }
    }

    /// Who waits for the deadlines. Default: [`ThreadTimer`](crate::store::ThreadTimer).
    pub fn timer(self, timer: impl Timer) -> Self {
        Self { store: self.store.timer(timer), ..self }
    }

    /// What becomes of two requests that change one session at a time: `merge(base, mine, theirs)`.
    ///
    /// Of a [`Values`](crate::Values) the keys that each request changed are put together without
    /// this. Of any other type the second change is [`CommitError::Conflict`], unless `merge` makes
    /// one of both: `base` is what both began with, `theirs` is saved already. `None` is a conflict.
    ///
    /// [`CommitError::Conflict`]: crate::CommitError::Conflict
    pub fn merge(self, merge: impl Fn(T, T, T) -> Option<T> + Send + Sync + 'static) -> Self {
        Self { merge: Some(Box::new(merge)), ..self }
    }

    /// Whether the last request wins without a look at what others changed. Default: no.
    ///
    /// # Security
    ///
    /// Whatever else changed in the session meanwhile is lost, such as a right that was taken away.
    pub fn last_write_wins(self, wins: bool) -> Self {
        Self { last_write_wins: wins, ..self }
    }

    /// Whose sessions are whose, from the subject of a login. Default: the subject itself.
    ///
    /// A hash under a key of yours keeps user ids out of the store.
    pub fn owner(self, owner: impl Fn(&[u8]) -> Option<Owner> + Send + Sync + 'static) -> Self {
        Self { owner: Some(Box::new(owner)), ..self }
    }

    /// Requests that are served without a session while the store is down. Default: none, and each
    /// that asks for its session is answered with 503.
    ///
    /// Their session is anonymous and cannot be saved; the visitor's cookie stays as it is.
    ///
    /// # Security
    ///
    /// For public pages alone: whoever is logged in is not, for such a page.
    pub fn serve_anonymous(
        self,
        public: impl Fn(&RequestParts<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { anonymous: Some(Arc::new(public)), ..self }
    }

    /// Takes an engine that drops live sessions when it runs out of room and forgets all when it
    /// restarts, such as Memcached, as the only place of sessions. Default: refused.
    pub fn volatile_ok(self, ok: bool) -> Self {
        Self { volatile_ok: ok, ..self }
    }

    /// Whether requests remove expired records now and then, at most 200 at a time and about 1000 a
    /// minute in each process. Default: yes, where the engine does not do so by itself.
    ///
    /// Turn it off where a [`StoreCleaner`](crate::store::StoreCleaner) runs.
    pub fn cleaning(self, cleaning: bool) -> Self {
        Self { cleaning, ..self }
    }

    pub(in super::super) const fn place(&self) -> Place {
        if self.back { Place::Back } else { Place::Store }
    }

    pub(in super::super) fn check(&self) -> Result<(), ConfigError> {
        let traits = self.store.traits();
        if traits.evicts && !traits.durable && !self.volatile_ok {
            return Err(ConfigError::VolatileStore { engine: traits.engine });
        }
        Ok(())
    }

    pub(in super::super) fn owner_of(&self, subject: Option<&[u8]>) -> Option<Owner> {
        let subject = subject?;
        self.owner.as_ref().map_or_else(|| Owner::new(subject), |owner| owner(subject))
    }

    pub(in super::super) fn serves_anonymous(&self, request: &RequestParts<'_>) -> bool {
        self.anonymous.as_ref().is_some_and(|public| public(request))
    }
}

impl<T: SessionData, S: Store> From<S> for Backing<T> {
    fn from(store: S) -> Self {
        Self::new(store)
    }
}

impl<T> fmt::Debug for Backing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backing")
            .field("store", &self.store)
            .field("adopt_cookies", &self.adopt)
            .field("back_to_cookies", &self.back)
            .field("last_write_wins", &self.last_write_wins)
            .finish_non_exhaustive()
    }
}
