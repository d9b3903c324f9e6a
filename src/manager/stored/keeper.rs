//! One session's place in the store, between its load and its last commit.

use alloc::{boxed::Box, sync::Arc};
use core::{future::Future, mem, pin::Pin};
use std::sync::{Mutex, PoisonError};

use super::{super::commit as cookies, Backing, commit::Snapshot};
use crate::{
    body::SessionData,
    codec::Opened,
    error::{CommitError, SessionError, StoreError},
    limits::SID_LEN,
    session::{
        SessionStatus,
        frame::Before,
        handle::Commit,
        state::{Headers, Shared},
    },
    store::{RowKey, StoreTime, Version},
};

/// The committer of a stored session.
pub(in super::super) struct Keeper<T> {
    pub(super) backing: Arc<Backing<T>>,
    /// `None` while a commit is under way.
    held: Mutex<Option<Held>>,
}

/// What a session knows of its record.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) state: State,
    /// An explicit commit made a cookie that has not left yet.
    pub(super) owed: bool,
}

#[derive(Clone)]
pub(in super::super) enum State {
    /// It has none, and nothing to take leave of.
    Free,
    /// It came in its cookie; there was no record of this id.
    Cookie([u8; SID_LEN]),
    /// Its record.
    At(Row),
    /// Another request ended it.
    Ended,
    /// The store could not be asked.
    Unknown(StoreError),
}

#[cfg(feature = "auth")]
impl State {
    /// The same, with the record to be written again.
    pub(in super::super) fn due(self) -> Self {
        match self {
            Self::At(row) => Self::At(Row { due: true, ..row }),
            other => other,
        }
    }
}

/// A record as it was last read or written.
#[derive(Clone)]
pub(in super::super) struct Row {
    pub(in super::super) sid: [u8; SID_LEN],
    pub(in super::super) key: RowKey,
    pub(in super::super) version: Version,
    pub(in super::super) expires: StoreTime,
    /// It is to be sealed again under another key or context.
    pub(in super::super) due: bool,
}

impl<T: SessionData> Keeper<T> {
    pub(in super::super) const fn new(backing: Arc<Backing<T>>, state: State) -> Self {
        Self { backing, held: Mutex::new(Some(Held { state, owed: false })) }
    }

    /// Takes what is known, until the guard is dropped.
    fn hold(&self) -> Result<Guard<'_, T>, CommitError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        let held = held.ok_or(SessionError::Busy)?;
        Ok(Guard { keeper: self, held })
    }
}

/// Puts back what is known, also when a commit is dropped in its middle.
struct Guard<'k, T> {
    keeper: &'k Keeper<T>,
    held: Held,
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        let free = Held { state: State::Free, owed: false };
        let held = mem::replace(&mut self.held, free);
        *self.keeper.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }
}

impl<T: SessionData> Commit<T> for Keeper<T> {
    fn commit_now<'c>(
        &'c self,
        shared: &'c Shared<T>,
    ) -> Pin<Box<dyn Future<Output = Result<(), CommitError>> + Send + 'c>> {
        Box::pin(async move {
            let done = self.explicit(shared).await;
            done.inspect_err(|error| cookies::tell(&shared.engine, error))
        })
    }

    fn finish<'c>(
        &'c self,
        shared: &'c Shared<T>,
        status: u16,
    ) -> Pin<Box<dyn Future<Output = Result<Headers, CommitError>> + Send + 'c>> {
        Box::pin(async move {
            let snapshot = {
                let loan = shared.borrow();
                shared.close();
                let loan = loan?;
                if let Some(headers) = loan.committed() {
                    return Ok(headers);
                }
                Snapshot::take(shared, &loan, status)?
            };
            let mut guard = self.hold()?;
            let done = self.carry_out(shared, &snapshot, &mut guard.held).await;
            if done.is_ok() {
                self.backing.keep_house(&shared.engine).await;
            }
            match done {
                Err(CommitError::Ended) => Ok(self.farewell(shared, &snapshot)),
                other => other.map(|done| done.headers),
            }
        })
    }
}

impl<T: SessionData> Keeper<T> {
    async fn explicit(&self, shared: &Shared<T>) -> Result<(), CommitError> {
        let (snapshot, writes) = {
            let loan = shared.borrow_to_change()?;
            (Snapshot::take(shared, &loan, 200)?, loan.writes())
        };
        let mut guard = self.hold()?;
        let before = guard.held.clone();
        let done = self.carry_out(shared, &snapshot, &mut guard.held).await;
        if matches!(done, Err(CommitError::Ended)) {
            guard.held.state = State::Ended;
        }
        let done = done?;
        guard.held.owed |= !done.headers.set_cookies.is_empty();

        // `borrow`, since what was carried out is no change of the session's.
        let mut loan = shared.borrow()?;
        if loan.writes() != writes {
            // Somebody wrote meanwhile, on data without what others had changed. With the version of
            // before, the next commit meets those changes again, and no change of its own a second time.
            if let (true, State::At(row), State::At(old)) =
                (done.merged.is_some(), &mut guard.held.state, before.state)
            {
                row.version = old.version;
            }
            if let (Some(_), Some(body)) = (&done.header, snapshot.body()) {
                let body = Arc::new(body.clone());
                loan.advance(|frame| {
                    use SessionStatus::{Changed, Renewed, Restarted};
                    if matches!(frame.status, Changed | Renewed | Restarted) {
                        frame.before = Some(Before::Encoded(body));
                    }
                });
            }
            return Ok(());
        }
        let body = done.merged.as_ref().or(snapshot.body()).map(|body| Arc::new(body.clone()));
        let header = done.header;
        loan.advance(|frame| {
            use SessionStatus::{Begun, Reborn, Started};
            if matches!(frame.status, Begun | Reborn) {
                frame.status = Started;
            }
            if let Some(body) = body.clone() {
                frame.before = Some(Before::Encoded(body));
            }
            if let Some(header) = header {
                frame.claims = header.claims.clone();
                frame.lifetimes = header.times.lifetimes;
                frame.browser = header.browser;
                let opened = frame.opened.take();
                frame.opened = opened.map(|opened| {
                    let same = opened.header.sid == header.sid;
                    if same { Arc::new(Opened::standing_for(&opened, header)) } else { opened }
                });
            }
        });
        if let (Some(_), Some(body)) = (&done.merged, body) {
            let merged = crate::body::decode(crate::body::kind_of::<T>(), &body);
            if let Ok(merged) = merged {
                loan.change(|value| *value = merged)?;
            }
        }
        loan.keep(done.headers);
        Ok(())
    }
}
