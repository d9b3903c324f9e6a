//! The authority of one process.

use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
use core::fmt;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Cursor, Ended, Feed, RETENTION, Revocations, SidHash, Verdict, next_epoch};
use crate::{
    clock::{Clock, SystemClock, Timestamp},
    error::StoreError,
};

/// Keeps what ended in the memory of one process: for a site of one process, and for tests.
///
/// A restart forgets it, so that a session that was ended before is good again until it expires.
///
/// ```
/// # use core::future::Future;
/// # fn block_on<F: Future>(f: F) -> F::Output {
/// #     let mut f = std::pin::pin!(f);
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     loop { if let std::task::Poll::Ready(out) = f.as_mut().poll(&mut context) { return out } }
/// # }
/// use cloakroom::{Timestamp, revocation::{MemoryRevocations, Revocations, SidHash}};
///
/// let authority = MemoryRevocations::new();
/// let session = SidHash::from_bytes([7; 16]);
/// block_on(authority.revoke(&session, Timestamp::from_unix(1 << 40)))?;
/// assert!(block_on(authority.check(&session, None))?.revoked);
/// # Ok::<(), cloakroom::StoreError>(())
/// ```
pub struct MemoryRevocations {
    state: Mutex<State>,
    clock: Box<dyn Clock>,
}

struct State {
    sessions: HashMap<SidHash, Timestamp>,
    epochs: HashMap<Vec<u8>, u32>,
    /// The feed, the oldest first, numbered without a gap.
    feed: VecDeque<(Timestamp, Ended)>,
    /// The number of the feed's first event.
    first: u64,
    /// What happened from here on is in the feed.
    complete_since: Timestamp,
    /// How many sessions there may be before the expired ones are looked for.
    sweep_at: usize,
}

const SWEEP_LEAST: usize = 1024;

impl MemoryRevocations {
    /// An empty list.
    pub fn new() -> Self {
        Self::with_clock(SystemClock)
    }

    /// An empty list, by another clock.
    pub fn with_clock(clock: impl Clock) -> Self {
        let state = State {
            sessions: HashMap::new(),
            epochs: HashMap::new(),
            feed: VecDeque::new(),
            first: 1,
            // Nothing can have happened before.
            complete_since: Timestamp::from_unix(0),
            sweep_at: SWEEP_LEAST,
        };
        Self { state: Mutex::new(state), clock: Box::new(clock) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&mut self, event: Ended, now: Timestamp) {
        self.feed.push_back((now, event));
        let oldest = now.minus(RETENTION.as_secs());
        while let Some((at, _)) = self.feed.front() {
            if *at >= oldest {
                break;
            }
            self.complete_since = at.plus(1);
            self.feed.pop_front();
            self.first = self.first.saturating_add(1);
        }
    }

    fn next(&self) -> u64 {
        self.first.saturating_add(u64::try_from(self.feed.len()).unwrap_or(u64::MAX))
    }
}

impl Revocations for MemoryRevocations {
    async fn revoke(&self, session: &SidHash, until: Timestamp) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut state = self.lock();
        let known = state.sessions.entry(*session).or_insert(until);
        *known = until.max(*known);
        if state.sessions.len() >= state.sweep_at {
            state.sessions.retain(|_, until| *until > now);
            state.sweep_at = state.sessions.len().saturating_mul(2).max(SWEEP_LEAST);
        }
        state.tell(Ended::Session(*session), now);
        Ok(())
    }

    async fn bump(&self, subject: &[u8]) -> Result<u32, StoreError> {
        let now = self.clock.now();
        let mut state = self.lock();
        let epoch = state.epochs.entry(subject.to_vec()).or_default();
        *epoch = next_epoch(*epoch, now);
        let epoch = *epoch;
        state.tell(Ended::Subject(subject.to_vec(), epoch), now);
        Ok(epoch)
    }

    async fn check(
        &self,
        session: &SidHash,
        subject: Option<&[u8]>,
    ) -> Result<Verdict, StoreError> {
        let now = self.clock.now();
        let state = self.lock();
        let revoked = state.sessions.get(session).is_some_and(|until| *until > now);
        let epoch = subject.and_then(|subject| state.epochs.get(subject)).copied();
        Ok(Verdict { revoked, epoch: epoch.unwrap_or(0) })
    }

    async fn since(&self, cursor: Option<Cursor>) -> Result<Feed, StoreError> {
        let state = self.lock();
        let from = cursor.map(|Cursor(next, _)| next).filter(|next| *next >= state.first);
        let skip = from.unwrap_or(state.first).saturating_sub(state.first);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Ok(Feed {
            events: state.feed.iter().skip(skip).map(|(_, event)| event.clone()).collect(),
            cursor: Cursor(state.next(), 0),
            complete_since: from.is_none().then_some(state.complete_since),
        })
    }
}

impl Default for MemoryRevocations {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryRevocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryRevocations(..)")
    }
}

#[cfg(test)]
mod tests {
    use alloc::{sync::Arc, vec};
    use core::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::store::block_on;

    /// A clock that is moved by hand.
    #[derive(Clone)]
    struct Hand(Arc<AtomicU64>);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix(self.0.load(Ordering::SeqCst))
        }
    }

    fn list() -> (MemoryRevocations, Arc<AtomicU64>) {
        let seconds = Arc::new(AtomicU64::new(10_000));
        (MemoryRevocations::with_clock(Hand(Arc::clone(&seconds))), seconds)
    }

    fn sid(byte: u8) -> SidHash {
        SidHash::from_bytes([byte; 16])
    }

    #[test]
    fn a_session_is_revoked_until_its_end_and_a_subject_for_good() {
        let (list, clock) = list();
        block_on(list.revoke(&sid(1), Timestamp::from_unix(10_010))).unwrap();
        block_on(list.revoke(&sid(1), Timestamp::from_unix(10_005))).unwrap();
        let epoch = block_on(list.bump(b"ada")).unwrap();
        let check = |nth| block_on(list.check(&sid(nth), Some(b"ada"))).unwrap();
        assert_eq!(check(1), Verdict { revoked: true, epoch });
        assert_eq!(check(2), Verdict { revoked: false, epoch });
        assert_eq!(block_on(list.check(&sid(1), None)).unwrap().epoch, 0);
        clock.store(10_010, Ordering::SeqCst);
        assert!(!check(1).revoked);
        assert_eq!(check(1).epoch, epoch);
    }

    #[test]
    fn the_feed_gives_each_event_to_each_reader_and_says_what_it_dropped() {
        let (list, clock) = list();
        let far = Timestamp::from_unix(1 << 39);
        let start = block_on(list.since(None)).unwrap();
        assert!(start.events.is_empty());
        assert_eq!(start.complete_since, Some(Timestamp::from_unix(0)));
        block_on(list.revoke(&sid(1), far)).unwrap();
        block_on(list.revoke(&sid(2), far)).unwrap();
        let two = block_on(list.since(Some(start.cursor))).unwrap();
        assert_eq!(two.events, vec![Ended::Session(sid(1)), Ended::Session(sid(2))]);
        assert_eq!(two.complete_since, None);
        assert!(block_on(list.since(Some(two.cursor))).unwrap().events.is_empty());

        clock.store(10_000 + RETENTION.as_secs() + 1, Ordering::SeqCst);
        block_on(list.revoke(&sid(3), far)).unwrap();
        let gap = block_on(list.since(Some(start.cursor))).unwrap();
        assert_eq!(gap.events, vec![Ended::Session(sid(3))]);
        assert_eq!(gap.complete_since, Some(Timestamp::from_unix(10_001)));
        let next = block_on(list.since(Some(two.cursor))).unwrap();
        assert_eq!((next.events.len(), next.complete_since), (1, None));
    }

    #[test]
    fn expired_entries_leave_the_list() {
        let (list, clock) = list();
        for nth in 0..SWEEP_LEAST {
            let mut name = [0; 16];
            name[..8].copy_from_slice(&nth.to_be_bytes());
            let until = Timestamp::from_unix(10_001);
            block_on(list.revoke(&SidHash::from_bytes(name), until)).unwrap();
            clock.store(10_000 + u64::from(nth > 900), Ordering::SeqCst);
        }
        assert!(list.lock().sessions.len() < 100);
    }
}
