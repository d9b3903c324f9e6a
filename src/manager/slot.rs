//! A place in the request for a session that may never be asked for.

use alloc::{sync::Arc, vec::Vec};
use core::{
    fmt,
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
};
use std::sync::OnceLock;

use super::SessionManager;
use crate::{
    body::SessionData,
    error::{CommitError, LoadError},
    session::{Failure, RequestHeaders, Session, state::Headers},
};

/// Holds the session of one request, from the first extractor that asks for it to the commit.
///
/// Adapters put it into the request. Until somebody asks, no cookie is looked at. Whoever asks only
/// after the commit, such as a streamed body, gets a session that can be read and no longer changed.
/// Made by [`SessionManager::slot`], which is when [`bind`](crate::SessionConfig::bind) looks at the
/// request: a router that strips paths on the way to the handler makes no difference.
pub struct SessionSlot<T: SessionData, K = ()>(Arc<Slot<T, K>>);

struct Slot<T: SessionData, K> {
    manager: SessionManager<T, K>,
    bind: Vec<u8>,
    /// Whether the request is served without its session while the store is down.
    public: bool,
    session: OnceLock<Session<T, K>>,
    /// The session's store did not answer.
    failed: OnceLock<LoadError>,
    /// The response has left. Set before the commit looks for a session, looked at after a session
    /// was put there: one of the two always sees the other.
    sent: AtomicBool,
}

impl<T: SessionData, K> SessionSlot<T, K> {
    pub(super) fn new(manager: SessionManager<T, K>, bind: Vec<u8>, public: bool) -> Self {
        let (session, failed) = (OnceLock::new(), OnceLock::new());
        let sent = AtomicBool::new(false);
        Self(Arc::new(Slot { manager, bind, public, session, failed, sent }))
    }

    /// The request's session, opened at the first call with the cookies of its headers.
    ///
    /// After the commit it can be read; changing it is
    /// [`SessionError::ResponseSent`](crate::SessionError::ResponseSent), even if nobody had asked
    /// for it before.
    ///
    /// # Errors
    ///
    /// [`LoadError`], if the session's store does not answer. The next call asks again; if none gets an
    /// answer, the commit takes the response back, whatever the application made of the error.
    pub async fn session(&self, headers: &dyn RequestHeaders) -> Result<Session<T, K>, LoadError> {
        if let Some(session) = self.0.session.get() {
            return Ok(session.clone());
        }
        let Slot { manager, bind, public, .. } = &*self.0;
        let session = manager.open(bind.clone(), *public, headers).await.inspect_err(|error| {
            self.0.failed.get_or_init(|| error.clone());
        })?;
        let session = self.0.session.get_or_init(|| session).clone();
        if self.0.sent.load(Ordering::SeqCst) {
            session.shared().close();
        }
        Ok(session)
    }

    #[cfg(feature = "auth")]
    pub(crate) fn users(&self) -> Option<&dyn crate::auth::Users<T, K>> {
        self.0.manager.users.as_deref()
    }

    /// The commit of the session, for a response of this status. `None` if nobody asked for the
    /// session, or at the second call.
    ///
    /// From the call on, whether or not the commit is awaited, the session cannot be changed by those
    /// who ask for it now.
    ///
    /// # Errors
    ///
    /// [`CommitError`], if an empty response of the error's status is to take this one's place.
    pub fn commit(
        &self,
        status: u16,
    ) -> Option<impl Future<Output = Result<Headers, CommitError>> + Send + use<T, K>> {
        if self.0.sent.swap(true, Ordering::SeqCst) {
            return None;
        }
        let (session, failed) = (self.0.session.get().cloned(), self.0.failed.get().cloned());
        if session.is_none() && failed.is_none() {
            return None;
        }
        let manager = self.0.manager.clone();
        Some(async move {
            let committed = match (session, failed) {
                (Some(session), _) => manager.commit(&session, status).await,
                (None, Some(error)) => Err(error.into()),
                (None, None) => Ok(Headers::default()),
            };
            committed.or_else(|error| match manager.failure(&error) {
                Failure::Replace => Err(error),
                Failure::Keep => Ok(Headers::read_only()),
            })
        })
    }
}

impl<T: SessionData, K> Clone for SessionSlot<T, K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: SessionData, K> fmt::Debug for SessionSlot<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionSlot").field("session", &self.0.session.get()).finish()
    }
}
