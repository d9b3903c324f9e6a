//! The session as a handler holds it.

use alloc::{boxed::Box, sync::Arc};
use core::{fmt, future::Future, marker::PhantomData, pin::Pin, time::Duration};

use super::{
    frame::Frame,
    id::SessionId,
    state::{Headers, Shared},
    status::{Operation, SessionStatus},
};
use crate::{
    body::{self, Body, Buffer, Kind, SessionData},
    clock::Timestamp,
    envelope::{Claims, fit::Draft},
    error::{CommitError, SessionError},
    kid::KeyId,
};

/// A visitor's session: typed data that travels in a sealed cookie.
///
/// It is a cheap clone of one handle, shared by the handler and the adapter that saves it. `T` is
/// the data, `K` a marker type that tells several sessions of one application apart.
///
/// Reading and writing are closures, synchronous and short. A closure that uses its own session
/// gets [`SessionError::Busy`]; clones in other threads wait for it to end. Once the response has
/// left, writing is [`SessionError::ResponseSent`].
///
/// ```
/// use cloakroom::{Key, KeyRing, SessionConfig, SessionManager, Values};
///
/// let sessions = SessionManager::<Values>::new(
///     SessionConfig::new(KeyRing::new(Key::generate()?), "shop"))?;
/// let session = sessions.anonymous();
///
/// session.update(|basket| basket.insert("apples", &3))??;
/// assert_eq!(session.read(|basket| basket.get::<u32>("apples"))??, Some(3));
/// assert!(session.is_new());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session<T: SessionData, K = ()> {
    shared: Arc<Shared<T>>,
    marker: PhantomData<fn() -> K>,
}

/// A call that waits for somebody else.
#[cfg(feature = "auth")]
pub(crate) type Call<'c, R> = Pin<Box<dyn Future<Output = R> + Send + 'c>>;

/// How a session saves itself before the response; implemented by the manager.
pub(crate) trait Commit<T: SessionData>: Send + Sync {
    /// The present generation of the subject's sessions, which a login writes into its claims; `None`
    /// where nobody counts.
    #[cfg(feature = "auth")]
    fn epoch<'c>(
        &'c self,
        _subject: &'c [u8],
    ) -> Call<'c, Result<Option<u32>, crate::error::StoreError>> {
        Box::pin(core::future::ready(Ok(None)))
    }

    fn commit_now<'c>(
        &'c self,
        shared: &'c Shared<T>,
    ) -> Pin<Box<dyn Future<Output = Result<(), CommitError>> + Send + 'c>>;

    /// The last commit, of which the response of this status carries what it comes to.
    #[cfg_attr(not(feature = "encrypted"), allow(dead_code))]
    fn finish<'c>(
        &'c self,
        shared: &'c Shared<T>,
        status: u16,
    ) -> Pin<Box<dyn Future<Output = Result<Headers, CommitError>> + Send + 'c>>;
}

impl<T: SessionData, K> Session<T, K> {
    pub(crate) fn new(shared: Shared<T>) -> Self {
        Self { shared: Arc::new(shared), marker: PhantomData }
    }

    pub(crate) fn shared(&self) -> &Shared<T> {
        &self.shared
    }

    /// Reads the data.
    ///
    /// # Errors
    ///
    /// [`SessionError::Busy`] inside a closure of this session, [`SessionError::Panicked`] after
    /// one panicked.
    pub fn read<R>(&self, f: impl FnOnce(&T) -> R) -> Result<R, SessionError> {
        let loan = self.shared.borrow()?;
        Ok(f(loan.value()?))
    }

    /// Changes the data. It is saved with the response if its encoding then differs.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and [`SessionError::ResponseSent`]. If `f` panics, the change is
    /// discarded and nothing of this session is saved.
    pub fn update<R>(&self, f: impl FnOnce(&mut T) -> R) -> Result<R, SessionError> {
        let mut loan = self.shared.borrow_to_change()?;
        loan.remember()?;
        loan.note(Operation::Write, |_| {});
        loan.change(f)
    }

    /// Puts other data in the place of all that was there.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn replace(&self, value: T) -> Result<(), SessionError> {
        self.update(|old| *old = value)
    }

    /// Empties the data; the session stays the same one.
    ///
    /// An emptied [`Values`](crate::Values) without claims removes the cookie.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn clear(&self) -> Result<(), SessionError> {
        self.replace(T::default())
    }

    /// Gives the session another id and keeps everything else.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn renew(&self) -> Result<(), SessionError> {
        self.note(Operation::Renew, |_| {})
    }

    /// Makes a new session of this one's data: another id and beginning, and neither lifetimes of
    /// its own nor claims. It is saved even if the data is the default's.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn restart(&self) -> Result<(), SessionError> {
        self.note(Operation::Restart, |_| {})
    }

    /// Ends the session: the data is gone and the cookie is removed. What is written after that
    /// begins another session.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn destroy(&self) -> Result<(), SessionError> {
        let mut loan = self.shared.borrow_to_change()?;
        let nothing = T::default();
        loan.note(Operation::Destroy, |frame| {
            frame.before = None;
            frame.browser = !self.shared.engine.persistent;
        });
        loan.change(|value| *value = nothing)
    }

    /// Gives this session an idle timeout of its own; zero goes back to the policy's.
    ///
    /// The policy's `max_idle` bounds it. A new session has to have data to be saved.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn set_idle(&self, idle: Duration) -> Result<(), SessionError> {
        self.note(Operation::SetLifetimes, |frame| frame.lifetimes.idle = seconds(idle))
    }

    /// Gives this session an absolute timeout of its own, counted from its beginning; zero goes
    /// back to the policy's.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn set_absolute(&self, absolute: Duration) -> Result<(), SessionError> {
        self.note(Operation::SetLifetimes, |frame| frame.lifetimes.life = seconds(absolute))
    }

    /// Chooses whether this session's cookie outlives the browser.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn set_persistent(&self, persistent: bool) -> Result<(), SessionError> {
        self.note(Operation::SetLifetimes, |frame| frame.browser = !persistent)
    }

    /// Writes the claims of a login. They are saved like data.
    ///
    /// # Security
    ///
    /// Give the session a new id with [`restart`](Self::restart) first, or whoever planted the old
    /// cookie shares the login.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn set_claims(&self, claims: Claims) -> Result<(), SessionError> {
        self.note(Operation::Write, |frame| frame.claims = claims)
    }

    /// The claims of the session's login.
    pub fn claims(&self) -> Claims {
        self.shared.look(|frame| frame.claims.clone())
    }

    /// What has happened to the session so far.
    pub fn status(&self) -> SessionStatus {
        self.shared.look(|frame| frame.status)
    }

    /// Whether no session of an earlier request is behind it.
    pub fn is_new(&self) -> bool {
        self.status().is_new()
    }

    /// Its id, or the one it will have; `None` while there is no session.
    pub fn id(&self) -> Option<SessionId> {
        if !exists(self.status()) {
            return None;
        }
        self.shared.sid().ok().flatten().map(SessionId)
    }

    /// The key that sealed the cookie it was opened from.
    pub fn kid(&self) -> Option<KeyId> {
        self.shared.look(|frame| frame.opened.as_ref().map(|opened| opened.kid))
    }

    /// When it began; `None` while there is no session.
    pub fn created(&self) -> Option<Timestamp> {
        let now = self.shared.engine.now();
        self.shared.look(|frame| exists(frame.status).then(|| frame.times(now).created))
    }

    /// When it ends if it is not used after this request; `None` while there is no session.
    pub fn expires(&self) -> Option<Timestamp> {
        let frame = self.shared.look(Frame::clone);
        let engine = &self.shared.engine;
        let now = engine.now();
        let stays =
            frame.status == SessionStatus::Loaded && !frame.due(engine, &engine.codec(now), now);
        let times = match &frame.opened {
            Some(opened) if stays => opened.header.times,
            _ => frame.times(now),
        };
        exists(frame.status).then(|| times.end(engine.policy()))
    }

    /// Bytes of the whole `Set-Cookie` line that the session would make now, as the size gate counts
    /// them: up to 4096 fit.
    ///
    /// # Errors
    ///
    /// [`CommitError`], if it cannot be encoded or is in use.
    pub fn size(&self) -> Result<usize, CommitError> {
        let engine = &self.shared.engine;
        let now = engine.now();
        let loan = self.shared.borrow()?;
        let header = self.shared.header(&loan.frame(), now)?;
        let (bind, overhead) = (&*self.shared.bind, engine.overhead(&header, now));
        let count = |body: &dyn Body| {
            engine.codec(now).counted_len(&Draft { header: &header, body, bind, overhead })
        };
        Ok(match header.kind {
            Kind::Stored => count(&Buffer::default())?,
            _ => count(&body::prepare(loan.value()?, engine.held_version)?)?,
        })
    }

    /// Seals the session now, so that a handler can answer for what goes wrong. The response carries
    /// what was sealed, whatever its status, or what a later change makes of it.
    ///
    /// # Errors
    ///
    /// [`CommitError`], above all [`SealError::TooLarge`](crate::SealError::TooLarge). Then nothing
    /// is lost: the browser has the last cookie, and the handler can take the change back.
    pub async fn commit(&self) -> Result<(), CommitError> {
        self.shared.committer.commit_now(&self.shared).await
    }

    fn note(&self, operation: Operation, f: impl FnOnce(&mut Frame)) -> Result<(), SessionError> {
        let loan = self.shared.borrow_to_change()?;
        loan.remember()?;
        loan.note(operation, f);
        Ok(())
    }
}

/// A session that a handler can only read.
///
/// Reading touches it: it is opened, kept alive by re-sealing, and named in `Vary`.
pub struct ReadSession<T: SessionData, K = ()>(Session<T, K>);

impl<T: SessionData, K> ReadSession<T, K> {
    /// Reads the data. See [`Session::read`].
    ///
    /// # Errors
    ///
    /// As [`Session::read`].
    pub fn read<R>(&self, f: impl FnOnce(&T) -> R) -> Result<R, SessionError> {
        self.0.read(f)
    }

    /// Whether no session of an earlier request is behind it.
    pub fn is_new(&self) -> bool {
        self.0.is_new()
    }

    /// The claims of the session's login.
    pub fn claims(&self) -> Claims {
        self.0.claims()
    }
}

impl<T: SessionData, K> From<Session<T, K>> for ReadSession<T, K> {
    fn from(session: Session<T, K>) -> Self {
        Self(session)
    }
}

fn exists(status: SessionStatus) -> bool {
    !matches!(status, SessionStatus::Anonymous | SessionStatus::Destroyed)
}

/// Whole seconds, at most what the format holds; part of a second counts as one.
pub(crate) fn seconds(time: Duration) -> u32 {
    let whole = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
    u32::try_from(whole).unwrap_or(u32::MAX)
}

impl<T: SessionData, K> Clone for Session<T, K> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), marker: PhantomData }
    }
}

impl<T: SessionData, K> Clone for ReadSession<T, K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What happened to it, not what is in it.
impl<T: SessionData, K> fmt::Debug for Session<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("status", &self.status()).finish_non_exhaustive()
    }
}

impl<T: SessionData, K> fmt::Debug for ReadSession<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadSession").field("is_new", &self.is_new()).finish_non_exhaustive()
    }
}
