//! A place in the request for a session that may never be asked for.

use alloc::sync::Arc;
use core::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};
use std::sync::OnceLock;

use super::SessionManager;
use crate::{
    body::SessionData,
    error::{CommitError, LoadError},
    session::{Failure, RequestParts, Session, state::Headers},
};

/// Holds the session of one request, from the first extractor that asks for it to the commit.
///
/// Adapters put it into the request. Until somebody asks, no cookie is looked at. Whoever asks only
/// after the commit, such as a streamed body, gets a session that can be read and no longer changed.
pub struct SessionSlot<T: SessionData, K = ()>(Arc<Slot<T, K>>);

struct Slot<T: SessionData, K> {
    manager: SessionManager<T, K>,
    session: OnceLock<Session<T, K>>,
    /// The response has left. Set before the commit looks for a session, looked at after a session
    /// was put there: one of the two always sees the other.
    sent: AtomicBool,
}

impl<T: SessionData, K> SessionSlot<T, K> {
    /// An empty slot for a request to `manager`.
    pub fn new(manager: SessionManager<T, K>) -> Self {
        Self(Arc::new(Slot { manager, session: OnceLock::new(), sent: AtomicBool::new(false) }))
    }

    /// The request's session, opened at the first call.
    ///
    /// After the commit it can be read; changing it is
    /// [`SessionError::ResponseSent`](crate::SessionError::ResponseSent), even if nobody had asked
    /// for it before.
    ///
    /// # Errors
    ///
    /// [`LoadError`], if the session's store does not answer. The next call asks again.
    pub async fn session(&self, request: &RequestParts<'_>) -> Result<Session<T, K>, LoadError> {
        if let Some(session) = self.0.session.get() {
            return Ok(session.clone());
        }
        let session = self.0.manager.load(request).await?;
        let session = self.0.session.get_or_init(|| session).clone();
        if self.0.sent.load(Ordering::SeqCst) {
            session.shared().close();
        }
        Ok(session)
    }

    /// Commits the session, if anybody asked for it. Only the first call does anything.
    ///
    /// # Errors
    ///
    /// [`CommitError`], if an empty response of the error's status is to take this one's place.
    pub async fn commit(&self, status: u16) -> Result<Option<Headers>, CommitError> {
        if self.0.sent.swap(true, Ordering::SeqCst) {
            return Ok(None);
        }
        let Some(session) = self.0.session.get() else { return Ok(None) };
        match self.0.manager.commit(session, status).await {
            Ok(headers) => Ok(Some(headers)),
            Err(error) => match self.0.manager.failure(&error) {
                Failure::Replace => Err(error),
                Failure::Keep => Ok(Some(Headers::read_only())),
            },
        }
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
