//! An authority in any store that finds records by their owner: SQLite, for one.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{
    fmt,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};
use std::time::Instant;

use super::{Cursor, Ended, Feed, RETENTION, Revocations, SidHash, Verdict, next_epoch};
use crate::{
    clock::Timestamp,
    error::StoreError,
    limits::MAX_AGE_MAX,
    primitives::mac,
    store::{
        AnyOwnerIndex, AnyStore, CreateError, Meta, Owner, OwnerIndex, Record, RowKey, Store,
        StoreTime, UpdateError,
    },
};

/// Keeps what ended in a store of records: in PostgreSQL, MySQL or MariaDB for many machines, in SQLite for
/// the processes of one, in whatever else has an [`OwnerIndex`]. It can be the store of a
/// [`Registry`](super::Registry) too.
///
/// Every ended session and every subject is a record. The feed is an owner for each minute, whose records
/// are what happened in it: a reader asks for this minute and the one before. That suits a few logouts a
/// second. What was acknowledged is there after a crash, as far as the store keeps its records.
///
/// ```no_run
/// # #[cfg(feature = "postgres")] async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use cloakroom::{Key, KeyRing, SessionConfig, SessionManager, Values};
/// use cloakroom::{revocation::{RevocationList, StoreRevocations}, store::PostgresStore};
///
/// let store = PostgresStore::connect("postgres://localhost/shop").await?;
/// store.install().await?;
/// let config = SessionConfig::new(KeyRing::new(Key::generate()?), "shop");
/// let sessions = SessionManager::<Values>::new(config)?
///     .guarded_by(RevocationList::new(StoreRevocations::new(store)));
/// # Ok(()) }
/// ```
///
/// ```
/// # #[cfg(feature = "memory-store")] fn main() {
/// use cloakroom::{revocation::{RevocationList, StoreRevocations}, store::MemoryStore};
///
/// let list = RevocationList::new(StoreRevocations::new(MemoryStore::new()));
/// # drop(list);
/// # }
/// # #[cfg(not(feature = "memory-store"))] fn main() {}
/// ```
///
/// # Security
///
/// The records are not sealed: whoever can write into the store can bring an ended session back to life,
/// though not make one. Subjects stand in them as they are, for an hour after each bump.
pub struct StoreRevocations {
    store: AnyStore,
    index: AnyOwnerIndex,
    clock: Box<dyn Fn() -> StoreTime + Send + Sync>,
    /// The minute in which this process last removed what has expired.
    swept: AtomicI64,
}

/// How far a reader goes back behind its cursor: what was written then may only now be there to see, and
/// the clocks of writers differ.
const OVERLAP: Duration = Duration::from_secs(60);
/// For how long a reader without a place is given more of the hour: half the deadline that a
/// `RevocationList` has by default.
const PATIENCE: Duration = Duration::from_millis(500);
const MINUTE: i64 = 60_000;
/// After this no cookie of an older epoch opens.
const EPOCH_LIFE: Duration = Duration::from_secs(MAX_AGE_MAX);
/// What one bump may have to try where others bump the same subject.
const TRIES: u32 = 8;
/// Records that one sweep removes at most.
const SWEEP: usize = 1000;
/// The first byte of an event.
const SESSION: u8 = 1;
const SUBJECT: u8 = 2;

impl StoreRevocations {
    /// An authority in `store`, by the clock of this machine.
    pub fn new(store: impl OwnerIndex) -> Self {
        Self::with_clock(store, StoreTime::now)
    }

    /// The same, by another clock.
    pub fn with_clock(
        store: impl OwnerIndex,
        clock: impl Fn() -> StoreTime + Send + Sync + 'static,
    ) -> Self {
        let store = Arc::new(store);
        Self {
            store: AnyStore::new(Arc::clone(&store)),
            index: AnyOwnerIndex::new(store),
            clock: Box::new(clock),
            swept: AtomicI64::new(0),
        }
    }

    /// Removes what has expired, once a minute. If it fails, the next minute tries again.
    async fn sweep(&self, now: StoreTime) {
        let minute = now.as_millis().div_euclid(MINUTE);
        let due = self.swept.swap(minute, Ordering::Relaxed) != minute;
        if due && !self.store.traits().expires_itself {
            let _ = self.store.purge(SWEEP).await;
        }
    }

    /// Writes a record that tells the readers of this minute of something that ended.
    async fn tell(&self, key: &RowKey, event: &[u8], expires: StoreTime) -> Result<(), StoreError> {
        let now = (self.clock)();
        let owner = minute(now.as_millis().div_euclid(MINUTE));
        let record = Record::new(&[1], now, expires);
        let record = record.owned_by(owner.as_ref()).labelled(Some(event));
        match self.store.create(key, &record).await {
            // It was told before.
            Ok(_) | Err(CreateError::Exists) => Ok(()),
            Err(CreateError::Store(error)) => Err(error),
        }
    }

    /// Writes the next epoch; `None` if another process was quicker.
    async fn advance(&self, key: &RowKey) -> Result<Option<u32>, StoreError> {
        let now = (self.clock)();
        let before = self.store.load(key).await?;
        let epoch = match &before {
            Some(stored) => self.epoch_in(&stored.data)?,
            None => 0,
        };
        let epoch = next_epoch(epoch, seconds(now));
        let bytes = epoch.to_be_bytes();
        let record = Record::new(&bytes, now, now.plus(EPOCH_LIFE));
        let written = match before {
            Some(stored) => self.store.update(key, Some(stored.version), &record).await.map(|_| ()),
            None => match self.store.create(key, &record).await {
                Ok(_) => Ok(()),
                Err(CreateError::Exists) => Err(UpdateError::Conflict),
                Err(CreateError::Store(error)) => Err(UpdateError::Store(error)),
            },
        };
        match written {
            Ok(()) => Ok(Some(epoch)),
            Err(UpdateError::Conflict | UpdateError::Gone) => Ok(None),
            Err(UpdateError::Store(error)) => Err(error),
        }
    }

    fn epoch_in(&self, data: &[u8]) -> Result<u32, StoreError> {
        let bytes = data.try_into().map_err(|_| self.damaged())?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn damaged(&self) -> StoreError {
        StoreError::Damaged { engine: self.store.traits().engine }
    }
}

impl Revocations for StoreRevocations {
    async fn revoke(&self, session: &SidHash, until: Timestamp) -> Result<(), StoreError> {
        let mut event = Vec::from([SESSION]);
        event.extend_from_slice(session.as_bytes());
        self.tell(&key(&[SESSIONS, session.as_bytes()]), &event, until.into()).await
    }

    async fn bump(&self, subject: &[u8]) -> Result<u32, StoreError> {
        let counter = key(&[EPOCHS, subject]);
        for _ in 0..TRIES {
            let Some(epoch) = self.advance(&counter).await? else { continue };
            let epoch_bytes = epoch.to_be_bytes();
            let mut event = Vec::from([SUBJECT]);
            event.extend_from_slice(&epoch_bytes);
            event.extend_from_slice(subject);
            let gone = (self.clock)().plus(RETENTION.saturating_add(OVERLAP));
            self.tell(&key(&[EVENTS, &epoch_bytes, subject]), &event, gone).await?;
            return Ok(epoch);
        }
        Err(StoreError::unavailable(self.store.traits().engine, "a counter did not stand still"))
    }

    async fn check(
        &self,
        session: &SidHash,
        subject: Option<&[u8]>,
    ) -> Result<Verdict, StoreError> {
        let revoked = self.store.load(&key(&[SESSIONS, session.as_bytes()])).await?.is_some();
        let counter = match subject {
            Some(subject) => self.store.load(&key(&[EPOCHS, subject])).await?,
            None => None,
        };
        let epoch = counter.map_or(Ok(0), |stored| self.epoch_in(&stored.data))?;
        Ok(Verdict { revoked, epoch })
    }

    async fn since(&self, cursor: Option<Cursor>) -> Result<Feed, StoreError> {
        let now = (self.clock)();
        let oldest = now.minus(RETENTION);
        let from = cursor.and_then(|Cursor(millis, _)| i64::try_from(millis).ok());
        let from = from.map(|millis| StoreTime::from_millis(millis).minus(OVERLAP));
        // A place in the future is that of a clock that was set back since: what others wrote meanwhile
        // was not looked for where they wrote it.
        let kept = from.filter(|from| (oldest..=now).contains(from));
        let first = kept.unwrap_or(oldest).as_millis().div_euclid(MINUTE);
        let last = now.plus(OVERLAP).as_millis().div_euclid(MINUTE);
        let present = now.as_millis().div_euclid(MINUTE);
        let (begun, mut events, mut reached) = (Instant::now(), Vec::new(), last);
        for number in (first..=last).rev() {
            // An hour is many calls, and whoever asks has a deadline: part of it is better than none.
            if kept.is_none() && number < present && begun.elapsed() >= PATIENCE {
                break;
            }
            let Some(owner) = minute(number) else { break };
            let rows = self.index.list(&owner).await?;
            events.extend(rows.iter().filter_map(read));
            reached = number;
        }
        self.sweep(now).await;
        let reached = StoreTime::from_millis(reached.saturating_mul(MINUTE));
        let complete_since = kept.is_none().then(|| seconds(oldest.max(reached)));
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        Ok(Feed { events, cursor: Cursor(millis, 0), complete_since })
    }
}

const SESSIONS: &[u8] = b"cloakroom revoked v1";
const EPOCHS: &[u8] = b"cloakroom epoch v1";
const EVENTS: &[u8] = b"cloakroom bump v1";

fn key(parts: &[&[u8]]) -> RowKey {
    RowKey::from_bytes(mac::sha256(parts))
}

/// Who owns what happened in a minute. No application has a subject that looks like it.
fn minute(number: i64) -> Option<Owner> {
    let mut bytes = Vec::from(b"\0cloakroom feed v1\0".as_slice());
    bytes.extend_from_slice(&number.to_be_bytes());
    Owner::new(bytes)
}

/// What a record tells. One that stands under another key than it would have was not written here: its
/// owner and label may be a user's.
fn read(row: &Meta) -> Option<Ended> {
    let (ended, written) = match row.label.as_deref()?.split_first()? {
        (&SESSION, session) => {
            let hash = SidHash::from_bytes(session.try_into().ok()?);
            (Ended::Session(hash), key(&[SESSIONS, session]))
        }
        (&SUBJECT, rest) => {
            let (epoch, subject) = rest.split_first_chunk()?;
            let ended = Ended::Subject(subject.to_vec(), u32::from_be_bytes(*epoch));
            (ended, key(&[EVENTS, epoch, subject]))
        }
        _ => return None,
    };
    (row.key == written).then_some(ended)
}

fn seconds(time: StoreTime) -> Timestamp {
    Timestamp::from_unix(u64::try_from(time.as_millis().div_euclid(1000)).unwrap_or(0))
}

impl fmt::Debug for StoreRevocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreRevocations").field("store", &self.store).finish_non_exhaustive()
    }
}
