//! The ring of a running server: the last good one, read again when its source changes.
//!
//! No thread is needed. The request that finds the interval over does the work, while all others
//! go on with the ring that is there.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use super::{
    ring::KeyRing,
    source::{KeySource, SourceError},
};
use crate::{
    clock::Timestamp,
    error::{RingError, RingProblem},
    limits::MAX_AGE_MAX,
    primitives::mac::sha256,
};

/// How long before the ring's end it is announced: 14 days.
const ENDS_SOON: u64 = 14 * 86_400;
/// How often a ring without a source looks at its own dates.
const FIXED_EVERY: u64 = 60;

/// A key ring that can be replaced while the server runs; a cheap clone, shared by all managers.
///
/// Call [`refresh`](Self::refresh) once a request. When the interval is over it loads the text
/// again, and if its hash has changed it parses and checks it whole, then swaps. On any error the
/// last good ring stays, and [`health`](Self::health) says why.
///
/// A text that lacks a key whose cookies may still be in use is refused, because whoever carries
/// one would be logged out: such a key is kept until it is of no use, or marked `revoked`.
#[derive(Clone)]
pub struct Ring(Arc<Shared>);

struct Shared {
    current: RwLock<Snapshot>,
    /// The generation of `current`, for readers that only want to know whether it has changed.
    generation: AtomicU64,
    source: Option<Box<dyn KeySource>>,
    every: u64,
    max_idle: AtomicU64,
    /// When the source was last asked, in Unix seconds; 0 before the first time.
    asked: AtomicU64,
    /// Locked for as long as the source takes, so nobody waits for it but a forced reload.
    progress: Mutex<Progress>,
    /// Locked for moments.
    problem: Mutex<Option<Problem>>,
}

/// A ring, and how many there were before it in this process.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) generation: u64,
    pub(crate) ring: KeyRing,
}

/// What only the request that refreshes looks at.
#[derive(Default)]
struct Progress {
    /// The hash of the text that `current` was parsed from.
    hash: Option<[u8; 32]>,
    group_readable: bool,
    announced_end: Option<Timestamp>,
    notes: Vec<RingNote>,
}

/// An error, and the hash of the text that caused it: the pair is reported once.
type Problem = (SourceError, Option<[u8; 32]>);

/// Something an operator should hear about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RingNote {
    /// A new ring is in use.
    Reloaded,
    /// There is a new text, and it was refused; the last good ring stays.
    Refused(RingError),
    /// The source could not be read; the last good ring stays.
    SourceFailed(SourceError),
    /// The group of the ring file may read it.
    GroupReadable,
    /// In less than 14 days no key will seal, unless one is added.
    EndsSoon {
        /// From when on.
        at: Timestamp,
    },
}

impl fmt::Display for RingNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reloaded => f.write_str("a new key ring is in use"),
            Self::Refused(error) => write!(f, "the last good key ring stays: {error}"),
            Self::SourceFailed(error) => write!(f, "the last good key ring stays: {error}"),
            Self::GroupReadable => f.write_str("the group of the key ring's file may read it"),
            Self::EndsSoon { at } => {
                write!(f, "no key seals from {} on, unless one is added", at.to_date())
            }
        }
    }
}

/// How the ring is, for a health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RingHealth {
    /// How many times the ring has been replaced in this process.
    pub generation: u64,
    /// Why the last look at the source gave no new ring; `None` if all is well.
    pub problem: Option<SourceError>,
    /// When no key will seal any more, if that is less than 14 days away.
    pub ends: Option<Timestamp>,
}

impl RingHealth {
    /// Nothing to do: the source is readable and good, and the ring does not end soon.
    pub const fn is_good(&self) -> bool {
        self.problem.is_none() && self.ends.is_none()
    }
}

impl Ring {
    /// A ring that stays as it is.
    pub fn fixed(ring: KeyRing) -> Self {
        Self::with(ring, None, FIXED_EVERY, Progress::default())
    }

    /// The ring of `source`, which is asked again at most once in `every`, in whole seconds and
    /// at least one.
    ///
    /// # Errors
    ///
    /// [`SourceError`] if there is no good ring to start with.
    pub fn watch(source: impl KeySource, every: Duration) -> Result<Self, SourceError> {
        let loaded = source.load()?;
        let ring = loaded.text.parse()?;
        let mut progress = Progress {
            hash: Some(sha256(&[loaded.text.as_bytes()])),
            group_readable: loaded.group_readable,
            ..Progress::default()
        };
        if loaded.group_readable {
            progress.notes.push(RingNote::GroupReadable);
        }
        Ok(Self::with(ring, Some(Box::new(source)), every.as_secs().max(1), progress))
    }

    /// Notes that a manager takes cookies to be of no use once they were idle for `max_idle`
    /// seconds. The longest of all managers counts when a key leaves the ring.
    pub(crate) fn used_with(&self, max_idle: u64) {
        self.0.max_idle.fetch_max(max_idle, Ordering::Relaxed);
    }

    /// The ring in use.
    pub fn current(&self) -> KeyRing {
        self.snapshot().ring
    }

    /// How many times the ring has been replaced; equal numbers mean the same ring.
    pub(crate) fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// The ring in use together with its generation.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks whether the source has changed, if the interval is over and nobody else is looking.
    /// Returns what happened, for events; most often nothing, at the cost of one comparison.
    pub fn refresh(&self, now: Timestamp) -> Vec<RingNote> {
        if !self.is_due(now) {
            return Vec::new();
        }
        match self.0.progress.try_lock() {
            Err(TryLockError::WouldBlock) => Vec::new(),
            // Whoever held the lock a moment ago may have done the work.
            Ok(_) | Err(_) if !self.is_due(now) => Vec::new(),
            Ok(progress) => self.look(progress, now, false),
            Err(TryLockError::Poisoned(poisoned)) => self.look(poisoned.into_inner(), now, false),
        }
    }

    /// Loads the source at once, whenever it was last asked, such as on a signal.
    ///
    /// # Errors
    ///
    /// [`SourceError`] if there is no good ring; the one in use stays.
    pub fn reload_now(&self, now: Timestamp) -> Result<Vec<RingNote>, SourceError> {
        self.look_at_once(now, false)
    }

    /// Loads the source at once and accepts a ring that lacks a key whose cookies may live, whose
    /// carriers are thereby logged out.
    ///
    /// # Errors
    ///
    /// [`SourceError`] if there is no good ring; the one in use stays.
    pub fn force_reload(&self, now: Timestamp) -> Result<Vec<RingNote>, SourceError> {
        self.look_at_once(now, true)
    }

    fn look_at_once(&self, now: Timestamp, force: bool) -> Result<Vec<RingNote>, SourceError> {
        let progress = self.0.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let notes = self.look(progress, now, force);
        match self.health(now).problem {
            Some(problem) => Err(problem),
            None => Ok(notes),
        }
    }

    /// How the ring is at `now`.
    pub fn health(&self, now: Timestamp) -> RingHealth {
        let Snapshot { generation, ring } = self.snapshot();
        let problem = self.problem().map(|(error, _)| error);
        RingHealth { generation, problem, ends: ends_soon(&ring, now) }
    }

    fn with(
        ring: KeyRing,
        source: Option<Box<dyn KeySource>>,
        every: u64,
        progress: Progress,
    ) -> Self {
        Self(Arc::new(Shared {
            current: RwLock::new(Snapshot { generation: 0, ring }),
            generation: AtomicU64::new(0),
            source,
            every,
            max_idle: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            progress: Mutex::new(progress),
            problem: Mutex::new(None),
        }))
    }

    fn problem(&self) -> MutexGuard<'_, Option<Problem>> {
        self.0.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let asked = Timestamp::from_unix(self.0.asked.load(Ordering::Relaxed));
        // A clock that was set back must not stop reloads until it has caught up.
        now < asked || now >= asked.plus(self.0.every)
    }

    fn look(
        &self,
        mut progress: MutexGuard<'_, Progress>,
        now: Timestamp,
        force: bool,
    ) -> Vec<RingNote> {
        // Set first: if the source panics, the next request does not run into it at once.
        self.0.asked.store(now.as_unix(), Ordering::Relaxed);
        if let Some(source) = &self.0.source {
            match self.reload(source.as_ref(), &mut progress, now, force) {
                Ok(()) => *self.problem() = None,
                Err(problem) => {
                    let known = self.problem().replace(problem) == Some(problem);
                    let note = match problem.0 {
                        SourceError::Ring(error) => RingNote::Refused(error),
                        error => RingNote::SourceFailed(error),
                    };
                    progress.notes.extend((!known).then_some(note));
                }
            }
        }
        let ends = ends_soon(&self.current(), now);
        // Once it has ended it ends anew every second, which is no news.
        let past = |end: Option<Timestamp>| end.is_some_and(|end| end <= now);
        if ends != progress.announced_end && !(past(ends) && past(progress.announced_end)) {
            progress.announced_end = ends;
            progress.notes.extend(ends.map(|at| RingNote::EndsSoon { at }));
        }
        core::mem::take(&mut progress.notes)
    }

    fn reload(
        &self,
        source: &dyn KeySource,
        progress: &mut Progress,
        now: Timestamp,
        force: bool,
    ) -> Result<(), Problem> {
        let loaded = source.load().map_err(|error| (error, None))?;
        if loaded.group_readable && !progress.group_readable {
            progress.notes.push(RingNote::GroupReadable);
        }
        progress.group_readable = loaded.group_readable;

        let hash = sha256(&[loaded.text.as_bytes()]);
        if progress.hash == Some(hash) {
            return Ok(());
        }
        let refused = |error: RingError| (SourceError::Ring(error), Some(hash));
        let new: KeyRing = loaded.text.parse().map_err(refused)?;
        if !force {
            let max_idle = match self.0.max_idle.load(Ordering::Relaxed) {
                0 => MAX_AGE_MAX,
                of_managers => of_managers,
            };
            keeps_live_keys(&self.current(), &new, now, max_idle).map_err(refused)?;
        }
        self.swap(new);
        progress.hash = Some(hash);
        progress.notes.push(RingNote::Reloaded);
        Ok(())
    }

    fn swap(&self, ring: KeyRing) {
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        let generation = current.generation.wrapping_add(1);
        *current = Snapshot { generation, ring };
        // Within the lock, so that the number never runs ahead of the ring it counts.
        self.0.generation.store(generation, Ordering::Release);
    }
}

impl From<KeyRing> for Ring {
    fn from(ring: KeyRing) -> Self {
        Self::fixed(ring)
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ring").field(&self.snapshot()).finish()
    }
}

fn ends_soon(ring: &KeyRing, now: Timestamp) -> Option<Timestamp> {
    ring.seals_until(now).filter(|end| end.since(now) < ENDS_SOON)
}

/// Whether `new` still has every key of `old` whose cookies may be in use.
fn keeps_live_keys(
    old: &KeyRing,
    new: &KeyRing,
    now: Timestamp,
    max_idle: u64,
) -> Result<(), RingError> {
    for entry in old.entries().filter(|entry| new.find(entry.kid()).is_none()) {
        if entry.may_have_cookies(now, max_idle) {
            let problem = RingProblem::DroppedKey { kid: entry.kid() };
            return Err(RingError { line: None, problem });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
