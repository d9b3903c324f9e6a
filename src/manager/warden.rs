//! The committer of a guarded session: what another saves, and then what the guard has to know of it.

use alloc::{boxed::Box, sync::Arc};
use core::{future::Future, pin::Pin};

use super::{commit::tell, guard::Guard};
use crate::{
    body::SessionData,
    error::{CommitError, StoreError},
    session::{
        Event, SessionStatus,
        frame::Frame,
        handle::{Call, Commit},
        state::{Headers, Shared},
        status::Operation,
    },
};

/// The committer of a guarded session: what another saves, and then what the guard has to know of it,
/// before the headers leave.
pub(super) struct Warden<T> {
    pub(super) inner: Arc<dyn Commit<T>>,
    pub(super) guard: Guard,
}

impl<T: SessionData> Warden<T> {
    /// Whether a new id may be given. It is asked once for each, before anything is done.
    async fn admit(&self, shared: &Shared<T>) -> Result<(), CommitError> {
        let moves = |frame: &Frame| {
            let noted = frame.ward.entered.is_some_and(|(sid, _)| Some(sid) == frame.sid());
            frame.status.takes_new_id() && !frame.ward.admitted && !noted
        };
        if shared.look(moves) {
            self.guard.may_move(&shared.look(Frame::clone), shared.engine.now()).await?;
            shared.adjust(|frame| frame.ward.admitted = true);
        }
        Ok(())
    }

    async fn report(&self, shared: &Shared<T>, before: &Frame) -> Result<(), CommitError> {
        let engine = &*shared.engine;
        let former = before.opened.as_ref().filter(|_| !before.ward.left && gives_way(before));
        let enters = before.status.takes_new_id() && before.claims.subject.is_some();
        let mut label = before.ward.label.clone();
        if let Some(former) = former {
            if enters && label.is_none() && former.header.claims.subject == before.claims.subject {
                label = self.guard.label_of(&former.header).await?;
                shared.adjust(|frame| frame.ward.label.clone_from(&label));
            }
            self.guard.leave(engine, &former.header).await?;
            shared.adjust(|frame| frame.ward.left = true);
        }
        let header = if enters { Some(shared.whole_header(before, engine.now())?) } else { None };
        let sid = header.as_ref().map(|header| header.sid);
        let entered = before.ward.entered;
        if let Some((passing, _)) = entered.filter(|(entered, _)| Some(*entered) != sid) {
            self.guard.pass(engine, &passing).await?;
            shared.adjust(|frame| frame.ward.entered = None);
        }
        match header {
            Some(header) if entered.is_none_or(|(entered, _)| entered != header.sid) => {
                self.guard.enter(engine, &header, label.as_deref()).await?;
                let noted = (header.sid, header.times.lifetimes);
                shared.adjust(|frame| {
                    (frame.ward.entered, frame.ward.admitted) = (Some(noted), false);
                });
                Ok(())
            }
            _ => self.prolong(shared, before).await,
        }
    }

    /// Notes lifetimes that are others than those that the login was noted with.
    async fn prolong(&self, shared: &Shared<T>, before: &Frame) -> Result<(), CommitError> {
        let opened = before.opened.as_ref().map(|opened| opened.header.times.lifetimes);
        let noted = before.ward.entered.map(|(_, lifetimes)| lifetimes).or(opened);
        let others = noted.is_some_and(|noted| noted != before.lifetimes);
        if before.claims.subject.is_none() || !others {
            return Ok(());
        }
        let header = shared.whole_header(before, shared.engine.now())?;
        Ok(self.guard.prolong(&shared.engine, &header).await?)
    }
}

/// Whether the id that the request came with is never used again.
const fn gives_way(frame: &Frame) -> bool {
    use SessionStatus::{Anonymous, Begun, Changed, Loaded};
    !matches!(frame.status, Anonymous | Begun | Loaded | Changed)
}

impl<T: SessionData> Commit<T> for Warden<T> {
    fn commit_now<'c>(
        &'c self,
        shared: &'c Shared<T>,
    ) -> Pin<Box<dyn Future<Output = Result<(), CommitError>> + Send + 'c>> {
        Box::pin(async move {
            let admitted = self.admit(shared).await;
            admitted.inspect_err(|error| tell(&shared.engine, error))?;
            let before = shared.look(Frame::clone);
            self.inner.commit_now(shared).await?;
            let reported = self.report(shared, &before).await;
            reported.inspect_err(|error| tell(&shared.engine, error))
        })
    }

    fn finish<'c>(
        &'c self,
        shared: &'c Shared<T>,
        status: u16,
    ) -> Pin<Box<dyn Future<Output = Result<Headers, CommitError>> + Send + 'c>> {
        Box::pin(async move {
            match self.admit(shared).await {
                Err(CommitError::Ended) => {
                    shared.adjust(|frame| frame.apply(Operation::Destroy));
                    shared.engine.emit(&shared.engine.codec(shared.engine.now()), &Event::Ended);
                }
                admitted => admitted?,
            }
            let headers = self.inner.finish(shared, status).await?;
            let mut before = shared.look(Frame::clone);
            // Its own lifetime was over, or it was emptied: that ends it as if it were destroyed.
            let lines = &headers.set_cookies;
            if !lines.is_empty() && lines.contains(&shared.engine.attributes.removal()) {
                before.apply(Operation::Destroy);
            }
            self.report(shared, &before).await?;
            Ok(headers)
        })
    }

    fn epoch<'c>(&'c self, subject: &'c [u8]) -> Call<'c, Result<Option<u32>, StoreError>> {
        Box::pin(self.guard.epoch(subject))
    }
}
