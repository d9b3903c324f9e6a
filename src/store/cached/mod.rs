//! A store with copies of its records in a faster one.

mod cell;
#[cfg(test)]
#[cfg(feature = "memory-store")]
mod tests;

use alloc::vec::Vec;
use core::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use std::time::Instant;

use self::cell::{TICKET, TOMBSTONE};
use super::{
    CreateError, Guarded, Meta, Owner, OwnerIndex, Record, RowKey, Store, StoreTime, StoreTraits,
    Stored, Timer, UpdateError, Version,
};
use crate::error::StoreError;

/// A store, the authority, with copies of its records in another one, the cache.
///
/// Every write goes to the authority, and a read goes there where there is no copy. Any two stores will
/// do: `Cached<PostgresStore, RedisStore>`, or a database beside Memcached, which alone would forget.
///
/// A copy is never older than what the authority has answered, and no read brings a deleted record
/// back. Whoever goes to the authority first leaves a *ticket* in the cache, which is over what was
/// there, and replaces it by a copy only if it is still the same: each other writer of the key has put
/// a ticket of its own there, removed it, or, after a delete, left a *tombstone*. That takes of the
/// cache what every [`Store`] promises, the comparison of versions, and nothing more.
///
/// While the cache is down, reads and updates go to the authority alone, after short deadlines and
/// behind a breaker. A delete, and a move to a new key, is an error then: the record may be gone, but
/// a copy of it in the cache could be read again. Asking again is safe.
///
/// ```
/// # use core::future::Future;
/// # fn block_on<F: Future>(f: F) -> F::Output {
/// #     let mut f = std::pin::pin!(f);
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     loop { if let std::task::Poll::Ready(out) = f.as_mut().poll(&mut context) { return out } }
/// # }
/// # #[cfg(feature = "memory-store")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use core::time::Duration;
/// use cloakroom::store::{Cached, MemoryStore, Record, RowKey, Store, StoreTime};
///
/// // In production: a database, and a cache that all processes share.
/// let store = Cached::new(MemoryStore::new(), MemoryStore::new());
/// let (key, now) = (RowKey::from_bytes([7; 32]), StoreTime::now());
/// let record = Record::new(b"sealed", now, now.plus(Duration::from_secs(60)));
/// block_on(store.create(&key, &record))?;
/// assert!(block_on(store.load(&key))?.is_some() && block_on(store.delete(&key))?);
/// assert!(block_on(store.load(&key))?.is_none());
/// # Ok(()) }
/// # #[cfg(not(feature = "memory-store"))] fn main() {}
/// ```
///
/// # Security
///
/// All processes that share the authority have to share the cache. In a cache of its own, such as a
/// `MemoryStore` in each of several processes, a process keeps the copy of a
/// session that ended elsewhere until the copy expires, after at most five minutes.
///
/// Whoever ends sessions has to ask this store, and not the authority behind its back: what is deleted
/// there, by hand or by another program, is read from its copy for as long.
///
/// The same time is the bound where the cache was out of reach while a record changed and comes back
/// with its old copy, and where a failover of the cache takes back what it has confirmed.
pub struct Cached<S, C> {
    authority: S,
    cache: Guarded<C>,
    ttl: Duration,
    tickets: AtomicU32,
}

/// The longest life of a copy.
const TTL_MAX: Duration = Duration::from_secs(5 * 60);
/// How long a ticket holds its place. A copy that was begun before that is not made any more.
const TICKET_LIFE: Duration = Duration::from_secs(30);
/// Longer than any ticket that could be older.
const TOMBSTONE_LIFE: Duration = Duration::from_secs(60);
/// How often others may come in between before a cell is given up.
const TRIES: u32 = 8;
/// After so many tickets, as many dead cells are removed from a cache that does not do so itself.
const SWEEP: u32 = 64;

impl<S: Store, C: Store> Cached<S, C> {
    /// Keeps copies of what is in `authority` in `cache`, for five minutes.
    ///
    /// The cache has 100 milliseconds for a read and 250 for a write.
    pub fn new(authority: S, cache: C) -> Self {
        let deadlines = (Duration::from_millis(100), Duration::from_millis(250));
        Self {
            authority,
            cache: Guarded::new(cache).deadlines(deadlines.0, deadlines.1),
            ttl: TTL_MAX,
            tickets: AtomicU32::new(0),
        }
    }

    /// The life of a copy. Default, and at most: five minutes.
    #[must_use]
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl: ttl.min(TTL_MAX), ..self }
    }

    /// The deadlines of a read and of a write in the cache. Default: 100 and 250 milliseconds.
    #[must_use]
    pub fn cache_deadlines(self, read: Duration, write: Duration) -> Self {
        Self { cache: self.cache.deadlines(read, write), ..self }
    }

    /// Who waits for these deadlines. Default: [`ThreadTimer`](super::ThreadTimer).
    #[must_use]
    pub fn timer(self, timer: impl Timer) -> Self {
        Self { cache: self.cache.timer(timer), ..self }
    }

    /// The store that decides.
    pub const fn authority(&self) -> &S {
        &self.authority
    }

    /// The store of the copies.
    pub const fn cache(&self) -> &C {
        self.cache.inner()
    }

    /// Puts `content` over whatever stands in the cell.
    async fn put(
        &self,
        key: &RowKey,
        content: &[u8],
        life: Duration,
    ) -> Result<Version, StoreError> {
        for _ in 0..TRIES {
            let now = StoreTime::now();
            let cell = Record::new(content, now, now.plus(life));
            match self.cache.update(key, None, &cell).await {
                Ok(version) => return Ok(version),
                Err(UpdateError::Store(error)) => return Err(error),
                Err(UpdateError::Gone | UpdateError::Conflict) => {}
            }
            match self.cache.create(key, &cell).await {
                Ok(version) => return Ok(version),
                Err(CreateError::Store(error)) => return Err(error),
                Err(CreateError::Exists) => {}
            }
        }
        Err(StoreError::unavailable("cached", "others write the same cell without an end"))
    }

    /// A ticket over whatever stands in the cell, so that nobody reads it and no other ticket counts.
    async fn claim(&self, key: &RowKey) -> Result<Ticket, StoreError> {
        self.sweep().await;
        let begun = Instant::now();
        Ok(Ticket { version: self.put(key, TICKET, TICKET_LIFE).await?, begun })
    }

    /// A ticket in an empty cell.
    async fn queue(&self, key: &RowKey) -> Option<Ticket> {
        self.sweep().await;
        let (begun, now) = (Instant::now(), StoreTime::now());
        let cell = Record::new(TICKET, now, now.plus(TICKET_LIFE));
        let version = self.cache.create(key, &cell).await.ok()?;
        Some(Ticket { version, begun })
    }

    /// A copy in the place of a ticket, and whether it is there.
    async fn fill(&self, key: &RowKey, ticket: &Ticket, stored: &Stored) -> bool {
        if ticket.begun.elapsed() >= TICKET_LIFE {
            return false;
        }
        let now = StoreTime::now();
        let until = stored.expires.min(now.plus(self.ttl));
        let cell = cell::copy(stored);
        let cell = Record::new(&cell, now, until);
        self.cache.update(key, Some(ticket.version), &cell).await.is_ok()
    }

    /// What was written, as a copy, or an empty cell if somebody else came in between.
    async fn settle(
        &self,
        key: &RowKey,
        ticket: Option<Ticket>,
        version: Version,
        record: &Record<'_>,
    ) {
        let stored = Stored { data: record.data.to_vec(), version, expires: record.expires };
        let filled = match &ticket {
            Some(ticket) => self.fill(key, ticket, &stored).await,
            None => false,
        };
        if !filled {
            self.clear(key).await;
        }
    }

    /// An empty cell. Where the cache does not answer, what is there ends by its time.
    async fn clear(&self, key: &RowKey) {
        let _ = self.cache.delete(key).await;
    }

    async fn bury(&self, key: &RowKey) -> Result<(), StoreError> {
        self.put(key, TOMBSTONE, TOMBSTONE_LIFE).await.map(drop)
    }

    async fn sweep(&self) {
        let nth = self.tickets.fetch_add(1, Ordering::Relaxed);
        if nth.is_multiple_of(SWEEP) && !self.cache.traits().expires_itself {
            let _ = self.cache.purge(usize::try_from(SWEEP).unwrap_or(usize::MAX)).await;
        }
    }
}

/// The version of a cell that its writer alone knows, and when it was asked for.
struct Ticket {
    version: Version,
    begun: Instant,
}

// Below, an error of the authority leaves the ticket where it is: what was asked may still happen, and
// until the ticket ends nobody keeps a copy of what was before.
impl<S: Store, C: Store> Store for Cached<S, C> {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        let ticket = match self.queue(key).await {
            Some(ticket) => Some(ticket),
            None => self.claim(key).await.ok(),
        };
        let answer = self.authority.create(key, record).await;
        match &answer {
            Ok(version) => self.settle(key, ticket, *version, record).await,
            Err(CreateError::Exists) => self.clear(key).await,
            Err(CreateError::Store(_)) => {}
        }
        answer
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        match self.cache.load(key).await {
            Ok(Some(cell)) => match cell::read(&cell.data) {
                Some(copy) => Ok(Some(copy)),
                None => self.authority.load(key).await,
            },
            Ok(None) => {
                let ticket = self.queue(key).await;
                let found = self.authority.load(key).await?;
                if let (Some(ticket), Some(stored)) = (&ticket, &found) {
                    self.fill(key, ticket, stored).await;
                }
                Ok(found)
            }
            Err(_) => self.authority.load(key).await,
        }
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let ticket = self.claim(key).await.ok();
        let answer = self.authority.update(key, expected, record).await;
        match &answer {
            Ok(version) => self.settle(key, ticket, *version, record).await,
            Err(UpdateError::Gone | UpdateError::Conflict) => self.clear(key).await,
            Err(UpdateError::Store(_)) => {}
        }
        answer
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        let answer = self.authority.touch(key, expires).await?;
        self.clear(key).await;
        Ok(answer)
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        // Nobody reads a copy any more, even if this process ends before the tombstone is there.
        let _ = self.claim(key).await;
        let answer = self.authority.delete(key).await?;
        self.bury(key).await?;
        Ok(answer)
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        // While the old key's copy is out of reach, nothing is begun.
        self.claim(old).await?;
        let ticket = match self.queue(new).await {
            Some(ticket) => Some(ticket),
            None => self.claim(new).await.ok(),
        };
        let answer = self.authority.rotate(old, new, record).await;
        match &answer {
            Ok(version) => {
                self.settle(new, ticket, *version, record).await;
                self.bury(old).await?;
            }
            Err(UpdateError::Gone | UpdateError::Conflict) => {
                self.clear(old).await;
                self.clear(new).await;
            }
            Err(UpdateError::Store(_)) => {}
        }
        answer
    }

    async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
        self.authority.purge(limit).await
    }

    fn traits(&self) -> StoreTraits {
        let (authority, cache) = (self.authority.traits(), self.cache.traits());
        let granularity = authority.granularity.max(cache.granularity);
        StoreTraits { engine: "cached", granularity, ..authority }
    }
}

impl<S: OwnerIndex, C: Store> OwnerIndex for Cached<S, C> {
    async fn list(&self, owner: &Owner) -> Result<Vec<Meta>, StoreError> {
        self.authority.list(owner).await
    }

    async fn delete_all(&self, owner: &Owner, except: Option<&RowKey>) -> Result<u64, StoreError> {
        // One by one: each needs its tombstone, and the authority does not say which it deleted.
        let mut count = 0u64;
        for meta in self.authority.list(owner).await? {
            if Some(&meta.key) != except {
                // First this: once the record is gone, nobody would list it for another try.
                self.claim(&meta.key).await?;
                count = count.saturating_add(u64::from(self.delete(&meta.key).await?));
            }
        }
        Ok(count)
    }
}

impl<S: fmt::Debug, C: fmt::Debug> fmt::Debug for Cached<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("authority", &self.authority)
            .field("cache", &self.cache)
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}
