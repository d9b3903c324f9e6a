//! All sessions of one subject, wherever the manager knows them from.

use alloc::{sync::Arc, vec::Vec};

use super::{
    SessionManager,
    guard::{Guard, no_list},
    warden::Warden,
};
use crate::{
    auth::Users,
    body::SessionData,
    error::{CommitError, StoreError},
    session::{Event, Session, Subject, engine::Engine, frame::Frame, handle::Commit},
    store::{Meta, RowKey, Store},
};

impl<T: SessionData, K> SessionManager<T, K> {
    /// Puts a guard around the sessions: [`Stamps`](crate::revocation::Stamps),
    /// [`RevocationList`](crate::revocation::RevocationList) or [`Registry`](crate::revocation::Registry).
    /// Several calls add up; the last of a kind counts.
    ///
    /// Call it before the manager is cloned or given to a layer.
    #[must_use]
    pub fn guarded_by(mut self, guard: impl Into<Guard>) -> Self {
        let guard = self.guard.take().unwrap_or_default().with(guard.into());
        let inner = Arc::new(super::commit::Committer);
        self.committer = Arc::new(Warden { inner, guard: guard.clone() });
        self.guard = Some(guard);
        self
    }

    /// The committer `inner`, under the guard if there is one.
    pub(super) fn warded(&self, inner: Arc<dyn Commit<T>>) -> Arc<dyn Commit<T>> {
        match &self.guard {
            Some(guard) => Arc::new(Warden { inner, guard: guard.clone() }),
            None => inner,
        }
    }

    pub(crate) fn with_users(mut self, users: Arc<dyn Users<T, K>>) -> Self {
        self.users = Some(users);
        self
    }

    pub(crate) fn engine_of(&self) -> &Engine {
        &self.engine
    }

    /// The live sessions of `subject`, the one seen last first.
    pub(crate) async fn rows_of(&self, subject: &[u8]) -> Result<Vec<Meta>, StoreError> {
        if let Some(guard) = &self.guard
            && let Some(rows) = guard.devices(subject).await?
        {
            return Ok(rows);
        }
        let backing = self.backing.as_ref().ok_or_else(no_list)?;
        let index = backing.index().ok_or_else(no_list)?;
        match backing.owner_of(Some(subject)) {
            Some(owner) => index.list(&owner).await,
            None => Ok(Vec::new()),
        }
    }

    /// Ends the session of one of these rows.
    pub(crate) async fn end_row(&self, row: &Meta) -> Result<(), StoreError> {
        if let Some(guard) = &self.guard {
            guard.end(&self.engine, row).await?;
        }
        if let Some(backing) = &self.backing {
            backing.store.delete(&row.key).await?;
        }
        Ok(())
    }

    /// Whether `session` may go on while the others of its subject end.
    pub(crate) async fn may_stay(&self, session: &Session<T, K>) -> Result<(), CommitError> {
        let frame = session.shared().look(Frame::clone);
        match &self.guard {
            Some(guard) => guard.may_move(&frame, self.engine.now()).await,
            None => Ok(()),
        }
    }

    /// Ends all sessions of `subject` but the one under `keep`; gives the epoch of those that follow, where
    /// epochs are counted. One that is kept has to be given it.
    pub(crate) async fn end_all(
        &self,
        subject: &[u8],
        keep: Option<RowKey>,
    ) -> Result<Option<u32>, StoreError> {
        let epoch = match &self.guard {
            Some(guard) => guard.bump(&self.engine, subject).await?,
            None => None,
        };
        match self.rows_of(subject).await {
            Ok(rows) => {
                for row in rows.iter().filter(|row| Some(row.key) != keep) {
                    self.end_row(row).await?;
                }
            }
            Err(error @ StoreError::Setup { .. }) if epoch.is_none() => return Err(error),
            // The epoch alone ends them.
            Err(StoreError::Setup { .. }) => {}
            Err(error) => return Err(error),
        }
        let subject = Subject::new(subject);
        self.engine.emit(&self.engine.codec(self.engine.now()), &Event::Revoked { subject });
        Ok(epoch)
    }
}
