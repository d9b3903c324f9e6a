//! Ending sessions before their cookies end: who says so, and how every process hears of it.
//!
//! A sealed cookie is good until it expires, wherever a copy of it is. There are five answers to that,
//! each one switch on the [`SessionManager`](crate::SessionManager), and nobody is logged out by going from
//! one to the next:
//!
//! | level | switch | ends | costs |
//! |---|---|---|---|
//! | S0 | nothing | all sessions at once, by a revoked key or `not_before` | nothing |
//! | S1 | [`auth::verify`](crate::auth::verify), or `guarded_by(`[`Stamps`]`)` | all sessions of a subject whose credential changed | nothing beside the user's row |
//! | S2 | `guarded_by(`[`RevocationList`]`)` | also one session, at its logout | one call per session and quarter of an hour, one a second per process |
//! | S3 | `guarded_by(`[`Registry`]`)` | also any session of a list of devices | a small row per login, read at each request |
//! | S4 | [`SessionManager::with_store`](crate::SessionManager::with_store) | the same | the session's record, read at each request |
//!
//! Which to take is the subject of the guide's page [`login`](crate::guide::login).
//!
//! # A list of your own
//!
//! [`Revocations`] is what S2 asks: four calls, kept by one place that all processes reach.
//! `RedisRevocations` (feature `redis`) is the one for many machines, [`StoreRevocations`] makes one of any
//! store that finds records by their owner, the SQL ones among them, and [`MemoryRevocations`] is for one
//! process and for tests.

mod any;
mod list;
mod local;
mod memory;
mod registry;
mod stamps;
mod stored;

use alloc::vec::Vec;
use core::{fmt, future::Future, time::Duration};

pub use self::{
    any::AnyRevocations,
    list::{OnBlind, RevocationList},
    memory::MemoryRevocations,
    registry::Registry,
    stamps::Stamps,
    stored::StoreRevocations,
};
pub(crate) use self::{
    list::{Case, Finding},
    registry::Entry,
    stamps::StampFinding,
};
pub use crate::error::StoreError;
#[cfg(feature = "redis-1")]
pub use crate::store::RedisRevocations;
use crate::{clock::Timestamp, store::RowKey};

/// How long an authority keeps the events of its feed, at least. Twice the window of a
/// [`RevocationList`] is at most this.
pub const RETENTION: Duration = Duration::from_secs(3600);

/// The authority on sessions that have ended: a list of session ids, a counter for each subject, and a
/// feed of what happened to both.
///
/// Write the calls as `async fn`; their futures have to be `Send`. They need no deadline: the
/// [`RevocationList`] around them has one. All of them go to the place that is written to, never to a replica
/// that may lag.
///
/// # What an engine looks like
///
/// * Redis: a key for each ended session that expires at `until`, a key for each subject's epoch, and one
///   stream for the feed, trimmed by `MINID ~` at [`RETENTION`] in the same script that writes. A [`Cursor`] is
///   an id of the stream.
/// * SQL: two tables of state, and one of events with a sequence and a time. A feed by the sequence alone
///   would miss a transaction that commits late, so [`since`](Self::since) goes back 60 seconds behind its
///   cursor each time; events may come twice.
pub trait Revocations: Send + Sync + 'static {
    /// Ends one session. The entry is needed until `until`, when no cookie of it opens any more.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. Asking again is safe.
    fn revoke(
        &self,
        session: &SidHash,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends all sessions of the subject: gives the next epoch, [`next_epoch`] of the one before.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. Asking again is safe.
    fn bump(&self, subject: &[u8]) -> impl Future<Output = Result<u32, StoreError>> + Send;

    /// What is known of a session and, where it has one, of its subject.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. An outage is never an answer.
    fn check(
        &self,
        session: &SidHash,
        subject: Option<&[u8]>,
    ) -> impl Future<Output = Result<Verdict, StoreError>> + Send;

    /// What has happened since `cursor`; without one, all that is kept. It answers within two seconds, also
    /// when nothing has happened: the empty answer is the feed's heartbeat.
    ///
    /// Events may come twice, and in any order. Where the cursor lies before what is kept, it gives all
    /// that is kept and says so in [`Feed::complete_since`].
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn since(
        &self,
        cursor: Option<Cursor>,
    ) -> impl Future<Output = Result<Feed, StoreError>> + Send;
}

/// A session's name in a list of ended ones: a hash from which no id can be found. It prints as nothing
/// but its type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SidHash([u8; 16]);

impl SidHash {
    /// The name of the session whose record would have this key: its first 16 bytes.
    pub fn of(row: &RowKey) -> Self {
        Self(row.as_bytes().first_chunk().copied().unwrap_or_default())
    }

    /// The name that an engine wrote as these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, for an engine.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for SidHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SidHash(..)")
    }
}

/// What an authority knows of a session and its subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The session was ended.
    pub revoked: bool,
    /// The subject's present epoch; 0 for one who was never bumped, and where none was asked about.
    pub epoch: u32,
}

impl Verdict {
    /// Whether a session of this generation of its subject has ended.
    fn ends(&self, subject: Option<(&[u8], u32)>) -> bool {
        self.revoked || subject.is_some_and(|(_, epoch)| epoch < self.epoch)
    }
}

/// A place in a feed, which only the engine can read: two numbers that ascend, the first before the
/// second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub u64, pub u64);

/// What happened since a cursor.
#[derive(Clone, Debug)]
pub struct Feed {
    /// What ended.
    pub events: Vec<Ended>,
    /// Where to go on.
    pub cursor: Cursor,
    /// `None` if nothing lies between the cursor that was asked from and these events. Else they go back to
    /// this moment, and what happened before it is not among them.
    pub complete_since: Option<Timestamp>,
}

/// Something that ended.
#[derive(Clone, PartialEq, Eq)]
pub enum Ended {
    /// One session.
    Session(SidHash),
    /// All sessions of a subject that are of an older epoch than this.
    Subject(Vec<u8>, u32),
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Session(_) => "Session(..)",
            Self::Subject(..) => "Subject(..)",
        })
    }
}

/// The epoch that follows `epoch` for a bump at `now`: one more, and at least the second.
///
/// It only ever grows, also if the authority has lost what it counted: a counter that began again at 1
/// would be below the epochs of cookies that are out.
pub fn next_epoch(epoch: u32, now: Timestamp) -> u32 {
    let second = u32::try_from(now.as_unix()).unwrap_or(u32::MAX);
    epoch.saturating_add(1).max(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sid_hash_has_the_documented_bytes() {
        let row = RowKey::of(&[7; 16]);
        assert_eq!(SidHash::of(&row).as_bytes(), &row.as_bytes()[..16]);
    }

    #[test]
    fn an_epoch_grows_within_a_second_and_after_everything_was_lost() {
        let noon = Timestamp::from_unix(1_790_000_000);
        let first = next_epoch(0, noon);
        assert_eq!((first, next_epoch(first, noon)), (1_790_000_000, 1_790_000_001));
        assert!(next_epoch(0, noon.plus(1)) > first);
        assert_eq!(next_epoch(u32::MAX, noon), u32::MAX);
    }
}
