//! S2: an authority, followed by its feed.

use alloc::sync::Arc;
use core::{fmt, future::Future, time::Duration};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{AnyRevocations, Ended, RETENTION, Revocations, SidHash, local::Local};
use crate::{
    clock::Timestamp,
    error::StoreError,
    limits::SKEW,
    store::{Breaker, ThreadTimer, Timer, within},
};

/// Level S2: sessions end everywhere when they are ended anywhere, and hardly a request asks anybody.
///
/// Every process follows the feed of the authority: the first request of each second asks what is new,
/// and the others look into a map. A session whose last check is older than the window asks the authority
/// itself, and is sealed again.
///
/// A revocation that was acknowledged to its caller is seen by every process whose feed is well within
/// [`max_lag`](Self::max_lag), and by every process within [`window`](Self::window).
///
/// ```
/// use cloakroom::{Key, KeyRing, SessionConfig, SessionManager, Values};
/// use cloakroom::revocation::{MemoryRevocations, RevocationList};
///
/// let config = SessionConfig::new(KeyRing::new(Key::generate()?), "shop");
/// let sessions = SessionManager::<Values>::new(config)?
///     .guarded_by(RevocationList::new(MemoryRevocations::new()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct RevocationList {
    authority: AnyRevocations,
    local: Mutex<Local>,
    window: u64,
    max_lag: u64,
    on_blind: OnBlind,
    deadline: Duration,
    timer: Arc<dyn Timer>,
    breaker: Breaker,
}

/// What becomes of a session while the feed is silent and the authority does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBlind {
    /// It counts until the window since its last check has passed; then the request is answered with 503.
    /// [`auth::fresh`](crate::auth::fresh) says no meanwhile. The default.
    #[default]
    AcceptUntilW,
    /// The request is answered with 503 at once.
    Reject,
}

/// A session that wants in.
pub(crate) struct Case<'c> {
    pub(crate) session: SidHash,
    /// Its subject, and the generation of it that the session is of.
    pub(crate) subject: Option<(&'c [u8], u32)>,
    /// When it was last checked.
    pub(crate) checked: Timestamp,
    pub(crate) now: Timestamp,
    /// Is told of what fails and is got over.
    pub(crate) tell: &'c (dyn Fn(&StoreError) + Sync),
}

/// What was found of it.
#[derive(Debug)]
pub(crate) enum Finding {
    /// It counts.
    Counts,
    /// It counts, and the authority has just said so.
    Checked,
    /// Nobody could be asked; it counts for a while.
    Blind,
    /// It has ended.
    Ended,
}

impl RevocationList {
    /// The list of `authority`, with the defaults.
    pub fn new(authority: impl Revocations) -> Self {
        Self {
            authority: AnyRevocations::new(authority),
            local: Mutex::default(),
            window: 15 * 60,
            max_lag: 5,
            on_blind: OnBlind::default(),
            deadline: Duration::from_secs(1),
            timer: Arc::new(ThreadTimer),
            breaker: Breaker::default(),
        }
    }

    /// After how long a session asks the authority again, whatever the feed says. Default: 15 minutes;
    /// whole seconds, from one to 30 minutes.
    ///
    /// # Security
    ///
    /// This bounds a revoked session where a process hears nothing.
    pub fn window(self, window: Duration) -> Self {
        let longest = RETENTION.as_secs() / 2;
        Self { window: window.as_secs().clamp(1, longest), ..self }
    }

    /// How old the last answer of the feed may be for the map to be trusted. Default: 5 seconds; whole
    /// seconds, at least 2. Beyond it every request asks the authority.
    pub fn max_lag(self, lag: Duration) -> Self {
        Self { max_lag: lag.as_secs().max(2), ..self }
    }

    /// What becomes of sessions while nobody answers. Default: they count until the window has passed.
    pub fn on_blind(self, on_blind: OnBlind) -> Self {
        Self { on_blind, ..self }
    }

    /// The deadline of a call. Default: one second. After five failures in a row the authority is left alone
    /// for a second.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Who waits for the deadlines. Default: [`ThreadTimer`].
    pub fn timer(self, timer: impl Timer) -> Self {
        Self { timer: Arc::new(timer), ..self }
    }

    /// # Errors
    ///
    /// [`StoreError`], if nobody answers and the session may not count without an answer.
    pub(crate) async fn judge(&self, case: &Case<'_>) -> Result<Finding, StoreError> {
        // A feed that does not answer shows in the age of its last answer.
        self.follow(case.now).await.unwrap_or_else(|error| (case.tell)(&error));
        let covered = {
            let local = self.lock();
            if local.has(&case.session, case.subject) {
                return Ok(Finding::Ended);
            }
            local.covers(case.checked, case.now, self.max_lag)
        };
        let in_window = case.now.since(case.checked) <= self.window;
        if covered && in_window {
            return Ok(Finding::Counts);
        }
        let subject = case.subject.map(|(subject, _)| subject);
        match self.call(self.authority.check(&case.session, subject)).await {
            Ok(verdict) if verdict.ends(case.subject) => Ok(Finding::Ended),
            Ok(_) => Ok(Finding::Checked),
            Err(error) if in_window && self.on_blind == OnBlind::AcceptUntilW => {
                (case.tell)(&error);
                Ok(Finding::Blind)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the authority says that a session has ended, which it is always asked.
    pub(crate) async fn has_ended(
        &self,
        session: &SidHash,
        subject: Option<(&[u8], u32)>,
    ) -> Result<bool, StoreError> {
        if self.lock().has(session, subject) {
            return Ok(true);
        }
        let asked = subject.map(|(subject, _)| subject);
        let verdict = self.call(self.authority.check(session, asked)).await?;
        Ok(verdict.ends(subject))
    }

    /// Ends a session, here and everywhere.
    pub(crate) async fn revoke(
        &self,
        session: SidHash,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.call(self.authority.revoke(&session, until)).await?;
        self.lock().note(Ended::Session(session), now);
        Ok(())
    }

    /// Ends all sessions of the subject, here and everywhere.
    pub(crate) async fn bump(&self, subject: &[u8], now: Timestamp) -> Result<u32, StoreError> {
        let epoch = self.call(self.authority.bump(subject)).await?;
        self.lock().note(Ended::Subject(subject.to_vec(), epoch), now);
        Ok(epoch)
    }

    /// The present epoch of the subject.
    pub(crate) async fn epoch(&self, subject: &[u8]) -> Result<u32, StoreError> {
        let nobody = SidHash::from_bytes([0; 16]);
        let verdict = self.call(self.authority.check(&nobody, Some(subject))).await?;
        Ok(verdict.epoch)
    }

    /// Asks the feed, if it is time to and nobody else is asking.
    async fn follow(&self, now: Timestamp) -> Result<(), StoreError> {
        let Some(cursor) = self.lock().begin(now) else { return Ok(()) };
        // A request may be dropped while it waits.
        let _turn = Turn(self);
        let feed = self.call(self.authority.since(cursor)).await?;
        // An event of the last window is about a session that was checked in the window before, by a clock
        // that may differ.
        self.lock().take(feed, now, self.window.saturating_mul(2).saturating_add(SKEW));
        Ok(())
    }

    async fn call<R>(
        &self,
        work: impl Future<Output = Result<R, StoreError>> + Send,
    ) -> Result<R, StoreError> {
        self.breaker.admit()?;
        let answer = within(&*self.timer, self.deadline, work).await;
        let answer = answer.unwrap_or(Err(StoreError::Timeout));
        self.breaker.note(answer.as_ref().err().is_some_and(StoreError::is_outage));
        answer
    }

    fn lock(&self) -> MutexGuard<'_, Local> {
        self.local.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request's turn at the feed.
struct Turn<'l>(&'l RevocationList);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().end();
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("window", &self.window)
            .field("max_lag", &self.max_lag)
            .field("on_blind", &self.on_blind)
            .finish_non_exhaustive()
    }
}
