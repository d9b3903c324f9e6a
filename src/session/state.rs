//! The state behind a session handle, and the one way to its data.
//!
//! A closure gets the data while nobody else has it. The lock itself is never held while foreign
//! code runs, so a closure that uses its own session gets an error instead of a deadlock.

use alloc::{sync::Arc, vec::Vec};
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

use super::{
    engine::Engine,
    handle::Commit,
    status::{Operation, SessionStatus},
};
use crate::{
    body::{self, Encoded, SessionData},
    clock::Timestamp,
    codec::Opened,
    cookie::SetCookie,
    envelope::{
        Claims,
        payload::Header,
        times::{Lifetimes, Times},
    },
    error::{SealError, SessionError},
    limits::SID_LEN,
};

/// What the cookies of a request came to.
pub(crate) struct Arrival<T> {
    /// The session, where one opened.
    pub(crate) session: Option<(Opened, T)>,
    /// Whether the request carried a cookie of our name.
    pub(crate) carried: bool,
    /// Whether what it carried is to be removed, unless something takes its place.
    pub(crate) stale: bool,
    /// Whether several sessions came at once.
    pub(crate) ambiguous: bool,
    /// Which of the other names the session came under.
    pub(crate) other_name: Option<usize>,
    /// All other names that the request carried.
    pub(crate) others: Vec<usize>,
}

/// No cookie at all.
impl<T> Default for Arrival<T> {
    fn default() -> Self {
        let (carried, stale, ambiguous, other_name) = (false, false, false, None);
        Self { session: None, carried, stale, ambiguous, other_name, others: Vec::new() }
    }
}

/// What a session's clones share.
pub(crate) struct Shared<T> {
    pub(crate) engine: Arc<Engine>,
    pub(crate) bind: Vec<u8>,
    pub(crate) committer: Arc<dyn Commit<T>>,
    state: Mutex<State<T>>,
    freed: Condvar,
}

pub(crate) struct State<T> {
    pub(crate) status: SessionStatus,
    /// `None` while a closure has it, and for good once such a closure panicked.
    value: Option<T>,
    user: Option<ThreadId>,
    panicked: bool,
    /// The response has left.
    pub(crate) sent: bool,
    /// The encoding just before the first write; `Some(None)` if there was none.
    pub(crate) before: Option<Option<Encoded>>,
    pub(crate) opened: Option<Opened>,
    pub(crate) carried: bool,
    pub(crate) stale: bool,
    pub(crate) ambiguous: bool,
    pub(crate) other_name: Option<usize>,
    pub(crate) others: Vec<usize>,
    pub(crate) claims: Claims,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) browser: bool,
    /// The id of a session that has none yet, drawn once.
    fresh_sid: Option<[u8; SID_LEN]>,
    /// What an explicit commit came to, until the next write.
    pub(crate) committed: Option<Headers>,
}

/// What a commit adds to the response. Made by [`SessionManager::commit`](crate::SessionManager).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Headers {
    /// The `Set-Cookie` lines, to be appended.
    pub set_cookies: Vec<SetCookie>,
    /// Whether the response depends on the cookie: `Vary: Cookie`.
    pub vary: bool,
}

impl Headers {
    /// What a session adds that was looked at and not saved.
    pub(crate) const fn read_only() -> Self {
        Self { set_cookies: Vec::new(), vary: true }
    }

    /// The `Cache-Control` line to append, given whether the handler set one.
    pub fn cache_control(&self, handler_set_one: bool) -> Option<&'static str> {
        match (self.vary, self.set_cookies.is_empty(), handler_set_one) {
            (_, false, _) => Some("no-store"),
            (true, true, false) => Some("private"),
            (_, true, _) => None,
        }
    }
}

impl<T: SessionData> Shared<T> {
    pub(crate) fn new(
        engine: Arc<Engine>,
        bind: Vec<u8>,
        committer: Arc<dyn Commit<T>>,
        arrival: Arrival<T>,
    ) -> Self {
        let persistent = engine.persistent;
        let (opened, value) = arrival.session.unzip();
        let header: Option<&Header> = opened.as_ref().map(|opened: &Opened| &opened.header);
        let state = State {
            status: match header {
                Some(_) => SessionStatus::Loaded,
                None => SessionStatus::Anonymous,
            },
            value: Some(value.unwrap_or_default()),
            user: None,
            panicked: false,
            sent: false,
            before: None,
            carried: arrival.carried,
            stale: arrival.stale,
            ambiguous: arrival.ambiguous,
            other_name: arrival.other_name,
            others: arrival.others,
            claims: header.map(|header| header.claims.clone()).unwrap_or_default(),
            lifetimes: header.map(|header| header.times.lifetimes).unwrap_or_default(),
            browser: header.map_or(!persistent, |header| header.browser),
            fresh_sid: None,
            committed: None,
            opened,
        };
        let (state, freed) = (Mutex::new(state), Condvar::new());
        Self { engine, bind, committer, state, freed }
    }

    /// Waits until no closure of another thread has the data.
    ///
    /// # Errors
    ///
    /// `Busy` if a closure of this thread has it, `Panicked` if one panicked.
    pub(crate) fn lock(&self) -> Result<MutexGuard<'_, State<T>>, SessionError> {
        let mut state = self.raw_lock();
        let me = thread::current().id();
        loop {
            match state.user {
                _ if state.panicked => return Err(SessionError::Panicked),
                None => return Ok(state),
                Some(user) if user == me => return Err(SessionError::Busy),
                Some(_) => {
                    state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// Ends all writing: the response has left.
    pub(crate) fn close(&self) {
        self.raw_lock().sent = true;
    }

    /// As [`lock`](Self::lock), for a change.
    ///
    /// # Errors
    ///
    /// Also `ResponseSent`.
    pub(crate) fn lock_to_change(&self) -> Result<MutexGuard<'_, State<T>>, SessionError> {
        let mut state = self.lock()?;
        if state.sent {
            return Err(SessionError::ResponseSent);
        }
        state.committed = None;
        Ok(state)
    }

    /// Runs `f` over the data with the lock open.
    pub(crate) fn lend<R>(
        &self,
        mut state: MutexGuard<'_, State<T>>,
        access: Access,
        f: impl FnOnce(&mut T) -> R,
    ) -> Result<R, SessionError> {
        let value = state.value.take().ok_or(SessionError::Panicked)?;
        state.user = Some(thread::current().id());
        drop(state);
        let mut loan = Loan { shared: self, value: Some(value), access };
        let result = loan.value.as_mut().map(f).ok_or(SessionError::Panicked);
        loan.access = Access::Read;
        result
    }

    /// The state, whoever has the data.
    pub(crate) fn raw_lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a closure that panics leaves the data as it was.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// The data on loan; it comes back when the closure ends, however it ends.
struct Loan<'s, T: SessionData> {
    shared: &'s Shared<T>,
    value: Option<T>,
    access: Access,
}

impl<T: SessionData> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        let mut state = self.shared.raw_lock();
        state.user = None;
        // Still `Write` here: the closure did not come to its end, the change is half done.
        if self.access == Access::Write {
            state.panicked = true;
        } else {
            state.value = self.value.take();
        }
        self.shared.freed.notify_all();
    }
}

impl<T: SessionData> State<T> {
    /// Notes `operation`, and what it does to everything but the data.
    pub(crate) fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::Restart | Operation::Destroy => {
                self.claims = Claims::default();
                self.lifetimes = Lifetimes::default();
                self.fresh_sid = None;
            }
            Operation::Renew => self.fresh_sid = None,
            Operation::Write | Operation::SetLifetimes => {}
        }
        self.status = self.status.after(operation);
    }

    /// Keeps the encoding as it is before the first write, to compare with it at the commit.
    pub(crate) fn remember(&mut self, held: Option<u8>) {
        if self.before.is_none() {
            self.before = Some(self.encode(held).ok());
        }
    }

    pub(crate) fn encode(&self, held: Option<u8>) -> Result<Encoded, SealError> {
        match &self.value {
            Some(value) => body::encode(value, held),
            None => body::encode(&T::default(), held),
        }
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    pub(crate) fn set_value(&mut self, value: T) {
        self.value = Some(value);
    }

    /// The id it has, or is to have.
    ///
    /// # Errors
    ///
    /// [`SealError::Entropy`].
    pub(crate) fn sid(&mut self, engine: &Engine) -> Result<Option<[u8; SID_LEN]>, SealError> {
        if !self.status.takes_new_id() {
            return Ok(self.opened.as_ref().map(|opened| opened.header.sid));
        }
        if self.fresh_sid.is_none() {
            let mut sid = [0; SID_LEN];
            engine.fill(&mut sid)?;
            self.fresh_sid = Some(sid);
        }
        Ok(self.fresh_sid)
    }

    /// The times it would be sealed with now.
    pub(crate) fn times(&self, now: Timestamp) -> Times {
        let kept = self.opened.as_ref().filter(|_| !self.status.begins_anew());
        let created = kept.map_or(now, |opened| opened.header.times.created);
        Times { created, issued: now.max(created), lifetimes: self.lifetimes }
    }

    /// The header it would be sealed with now.
    pub(crate) fn header(&mut self, engine: &Engine, now: Timestamp) -> Result<Header, SealError> {
        let sid = self.sid(engine)?.unwrap_or([0; SID_LEN]);
        Ok(Header {
            sid,
            times: self.times(now),
            browser: self.browser,
            kind: body::kind_of::<T>(),
            claims: self.claims.clone(),
        })
    }

    /// Whether it is to be sealed again even if nobody changed it.
    pub(crate) fn due(&self, engine: &Engine, now: Timestamp) -> bool {
        self.opened.as_ref().is_some_and(|opened| {
            opened.context != 0
                || engine.reseal_due(&opened.header.times, now)
                || engine.codec(now).moved_on_from(opened.kid, now)
        })
    }

    /// Whether anything but the data differs from what was opened.
    pub(crate) fn frame_changed(&self) -> bool {
        self.opened.as_ref().is_none_or(|opened| {
            opened.header.claims != self.claims
                || opened.header.times.lifetimes != self.lifetimes
                || opened.header.browser != self.browser
        })
    }
}
