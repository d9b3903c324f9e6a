//! The state behind a session handle, and the one way to its data.
//!
//! Whoever works with the data borrows it, and nobody else has it meanwhile. The lock itself is never
//! held while foreign code runs (closures, `Serialize`, `Default`, `Drop`, the clock, the generator,
//! the hook), so code that uses its own session gets an error instead of a deadlock.

use alloc::{sync::Arc, vec::Vec};
#[cfg(feature = "auth")]
use core::sync::atomic::AtomicU8;
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

use super::{
    engine::Engine,
    frame::{Arrival, Before, Frame},
    handle::Commit,
    status::Operation,
};
use crate::{
    body::{self, Kind, SessionData},
    clock::Timestamp,
    cookie::SetCookie,
    envelope::{Claims, payload::Header},
    error::{SealError, SessionError},
    limits::SID_LEN,
};

/// What a session's clones share.
pub(crate) struct Shared<T> {
    pub(crate) engine: Arc<Engine>,
    pub(crate) bind: Vec<u8>,
    pub(crate) committer: Arc<dyn Commit<T>>,
    /// Messages for the next page.
    #[cfg(feature = "auth")]
    pub(crate) flash: super::flash::Flash,
    /// What the browser is asked to drop.
    #[cfg(feature = "auth")]
    pub(crate) clears: AtomicU8,
    state: Mutex<State<T>>,
    freed: Condvar,
}

struct State<T> {
    frame: Frame,
    /// `None` while somebody has it, and for good once a closure that changed it panicked.
    value: Option<T>,
    user: Option<ThreadId>,
    /// How many threads wait for it. Waking nobody would still be a call to the operating system.
    waiting: usize,
    panicked: bool,
    /// The response has left.
    sent: bool,
    /// What an explicit commit came to, until the next write.
    committed: Option<Headers>,
    /// How often somebody borrowed the data to change it.
    writes: u64,
}

/// What a commit adds to the response. Made by [`SessionManager::commit`](crate::SessionManager).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Headers {
    /// The `Set-Cookie` lines, to be appended.
    pub set_cookies: Vec<SetCookie>,
    /// Whether the response depends on the cookie: `Vary: Cookie`.
    pub vary: bool,
    /// The `Clear-Site-Data` line to append. Only a handler that asks for it gets one:
    #[cfg_attr(feature = "auth", doc = "[`auth::clear_site_data`](crate::auth::clear_site_data).")]
    #[cfg_attr(not(feature = "auth"), doc = "it takes the feature `auth`.")]
    pub clear_site_data: Option<&'static str>,
}

impl Headers {
    /// What a session adds that was looked at and not saved.
    pub(crate) const fn read_only() -> Self {
        Self { set_cookies: Vec::new(), vary: true, clear_site_data: None }
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
        #[cfg_attr(not(feature = "auth"), allow(unused_mut))] mut arrival: Arrival<T>,
    ) -> Self {
        #[cfg(feature = "auth")]
        let flash = super::flash::Flash::new(core::mem::take(&mut arrival.flash));
        let (frame, value) = Frame::new(arrival, engine.persistent);
        let value = Some(value.unwrap_or_default());
        let (user, waiting, panicked, sent) = (None, 0, false, false);
        let (committed, writes) = (None, 0);
        let state = State { frame, value, user, waiting, panicked, sent, committed, writes };
        let state = Mutex::new(state);
        Self {
            engine,
            bind,
            committer,
            #[cfg(feature = "auth")]
            flash,
            #[cfg(feature = "auth")]
            clears: AtomicU8::new(0),
            state,
            freed: Condvar::new(),
        }
    }

    /// Borrows the data, once nobody in another thread has it.
    ///
    /// # Errors
    ///
    /// `Busy` if this thread has it, `Panicked` if a closure that changed it panicked.
    pub(crate) fn borrow(&self) -> Result<Loan<'_, T>, SessionError> {
        self.lend(self.lock()?)
    }

    /// As [`borrow`](Self::borrow), for a change.
    ///
    /// # Errors
    ///
    /// Also `ResponseSent`.
    pub(crate) fn borrow_to_change(&self) -> Result<Loan<'_, T>, SessionError> {
        let mut state = self.lock()?;
        if state.sent {
            return Err(SessionError::ResponseSent);
        }
        state.committed = None;
        state.writes = state.writes.wrapping_add(1);
        self.lend(state)
    }

    /// Looks at the frame, whoever has the data. `f` runs under the lock.
    pub(crate) fn look<R>(&self, f: impl FnOnce(&Frame) -> R) -> R {
        f(&self.raw_lock().frame)
    }

    /// Ends all writing: the response has left.
    pub(crate) fn close(&self) {
        self.raw_lock().sent = true;
    }

    /// Changes the frame beside the table of operations. `f` runs under the lock.
    #[cfg(feature = "auth")]
    pub(crate) fn adjust(&self, f: impl FnOnce(&mut Frame)) {
        f(&mut self.raw_lock().frame);
    }

    /// Whether the response has left.
    #[cfg(feature = "auth")]
    pub(crate) fn is_sent(&self) -> bool {
        self.raw_lock().sent
    }

    /// The id it has, or is to have; drawn at the first call.
    ///
    /// # Errors
    ///
    /// [`SealError::Entropy`].
    pub(crate) fn sid(&self) -> Result<Option<[u8; SID_LEN]>, SealError> {
        if self.look(Frame::lacks_sid) {
            let mut sid = [0; SID_LEN];
            self.engine.fill(&mut sid)?;
            self.raw_lock().frame.fresh_sid.get_or_insert(sid);
        }
        Ok(self.look(Frame::sid))
    }

    /// The header that its cookie would be sealed with now. One that stands for a stored session says
    /// neither what is in it nor whose it is.
    ///
    /// # Errors
    ///
    /// [`SealError::Entropy`].
    pub(crate) fn header(&self, frame: &Frame, now: Timestamp) -> Result<Header, SealError> {
        let whole = self.whole_header(frame, now)?;
        if !self.engine.stored {
            return Ok(whole);
        }
        Ok(Header { kind: Kind::Stored, claims: Claims::default(), ..whole })
    }

    /// The header of the session, wherever it is kept.
    ///
    /// # Errors
    ///
    /// [`SealError::Entropy`].
    pub(crate) fn whole_header(&self, frame: &Frame, now: Timestamp) -> Result<Header, SealError> {
        Ok(Header {
            sid: self.sid()?.unwrap_or_default(),
            times: frame.times(now),
            browser: frame.browser,
            kind: body::kind_of::<T>(),
            claims: frame.claims.clone(),
        })
    }

    /// Waits until nobody in another thread has the data.
    fn lock(&self) -> Result<MutexGuard<'_, State<T>>, SessionError> {
        let mut state = self.raw_lock();
        let me = thread::current().id();
        loop {
            match state.user {
                _ if state.panicked => return Err(SessionError::Panicked),
                None => return Ok(state),
                Some(user) if user == me => return Err(SessionError::Busy),
                Some(_) => {
                    state.waiting = state.waiting.saturating_add(1);
                    state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
                    state.waiting = state.waiting.saturating_sub(1);
                }
            }
        }
    }

    fn lend<'s>(
        &'s self,
        mut state: MutexGuard<'s, State<T>>,
    ) -> Result<Loan<'s, T>, SessionError> {
        let value = state.value.take().ok_or(SessionError::Panicked)?;
        state.user = Some(thread::current().id());
        Ok(Loan { shared: self, value: Some(value), half_done: false })
    }

    /// The state, whoever has the data. No foreign code may run while it is held.
    fn raw_lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The data on loan to one thread, with the lock open. It comes back when the loan ends, however it
/// ends.
pub(crate) struct Loan<'s, T: SessionData> {
    shared: &'s Shared<T>,
    /// Always there until the loan ends.
    value: Option<T>,
    /// A change has begun and not come to its end.
    half_done: bool,
}

impl<T: SessionData> Loan<'_, T> {
    pub(crate) fn value(&self) -> Result<&T, SessionError> {
        self.value.as_ref().ok_or(SessionError::Panicked)
    }

    /// Runs `f` over the data. If it panics, the data is lost and the session with it.
    pub(crate) fn change<R>(&mut self, f: impl FnOnce(&mut T) -> R) -> Result<R, SessionError> {
        let value = self.value.as_mut().ok_or(SessionError::Panicked)?;
        self.half_done = true;
        let result = f(value);
        self.half_done = false;
        Ok(result)
    }

    pub(crate) fn frame(&self) -> Frame {
        self.shared.look(Frame::clone)
    }

    /// Notes `operation`; `f`, which runs under the lock, says what else it changes.
    pub(crate) fn note(&self, operation: Operation, f: impl FnOnce(&mut Frame)) {
        let mut state = self.shared.raw_lock();
        state.frame.apply(operation);
        f(&mut state.frame);
    }

    /// Keeps the encoding as it is before the first write, to compare with it at the commit.
    pub(crate) fn remember(&self) -> Result<(), SessionError> {
        let shared = self.shared;
        let (known, opened) = shared.look(|frame| (frame.before.is_some(), frame.opened.clone()));
        if !known {
            let held = shared.engine.held_version;
            let before = Before::of(self.value()?, opened.as_ref(), held);
            shared.raw_lock().frame.before = Some(before);
        }
        Ok(())
    }

    /// How often somebody borrowed the data to change it.
    #[cfg(feature = "encrypted")]
    pub(crate) fn writes(&self) -> u64 {
        self.shared.raw_lock().writes
    }

    /// Changes the frame beside the table of operations: a commit was carried out.
    #[cfg(feature = "encrypted")]
    pub(crate) fn advance(&self, f: impl FnOnce(&mut Frame)) {
        f(&mut self.shared.raw_lock().frame);
    }

    /// Keeps what an explicit commit came to.
    pub(crate) fn keep(&self, committed: Headers) {
        self.shared.raw_lock().committed = Some(committed);
    }

    /// What an explicit commit came to, if nothing was written since.
    pub(crate) fn committed(&self) -> Option<Headers> {
        self.shared.raw_lock().committed.take()
    }
}

impl<T: SessionData> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        let mut state = self.shared.raw_lock();
        state.user = None;
        if self.half_done {
            // The data is dropped after this function, with the lock open again.
            state.panicked = true;
        } else {
            state.value = self.value.take();
        }
        if state.waiting > 0 {
            self.shared.freed.notify_all();
        }
    }
}
