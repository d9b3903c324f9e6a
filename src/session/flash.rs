//! Messages for the visitor's next page, in a cookie of their own that is gone once they are read.
//!
//! The cookie is sealed under the keys of its own name, bound to what the session's cookie is bound to,
//! and holds a [`Values`] map with the messages in their order. It is opened when somebody asks.

use alloc::{format, vec::Vec};
use core::{mem, time::Duration};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::engine::Engine;
use crate::{
    body::{self, ValueError, Values},
    clock::Timestamp,
    codec::Codec,
    cookie::SetCookie,
    envelope::Policy,
    error::{EncodeReason, SealError},
};

/// What stands behind the name of the session's cookie.
pub(crate) const SUFFIX: &str = "-flash";
/// Seconds for which a message waits to be read.
const LIFE: u64 = 3600;
/// Bytes of all messages together: what is left of a header line belongs to the session.
const BYTES_MAX: usize = 2048;
/// Messages that wait at a time.
const MESSAGES_MAX: usize = 100;

/// The messages of one request. The lock is not held while foreign code runs.
#[derive(Default)]
pub(crate) struct Flash(Mutex<State>);

#[derive(Default)]
struct State {
    /// The values of the cookies that came, until one of them is opened.
    arrived: Vec<Vec<u8>>,
    /// Whether the browser has a cookie of messages.
    carried: bool,
    /// Whether the browser's cookie no longer says what waits.
    changed: bool,
    waiting: Values,
}

impl Flash {
    pub(crate) fn new(arrived: Vec<Vec<u8>>) -> Self {
        let carried = !arrived.is_empty();
        Self(Mutex::new(State { arrived, carried, ..State::default() }))
    }

    /// Adds one message behind those that wait.
    ///
    /// # Errors
    ///
    /// [`SealError::Encode`] for what has no encoding, or too much of it.
    pub(crate) fn push(
        &self,
        engine: &Engine,
        bind: &[u8],
        message: &(impl serde::Serialize + ?Sized),
    ) -> Result<(), SealError> {
        self.open(engine, bind);
        loop {
            let len = self.lock().waiting.len();
            if len >= MESSAGES_MAX {
                return Err(SealError::Encode(EncodeReason::TooManyEntries));
            }
            let mut one = Values::new();
            one.insert(&format!("{len:02}"), message).map_err(|error| match error {
                ValueError::Encode(reason) => SealError::Encode(reason),
                _ => SealError::Encode(EncodeReason::Custom),
            })?;
            let mut state = self.lock();
            if state.waiting.len() != len {
                // Another thread was quicker.
                continue;
            }
            let all = body::merged(&Values::new(), &one, state.waiting.clone());
            let all = all.ok_or(SealError::Encode(EncodeReason::TooLong))?;
            if body::encode(&all, None)?.len() > BYTES_MAX {
                return Err(SealError::Encode(EncodeReason::TooLong));
            }
            (state.waiting, state.changed) = (all, true);
            return Ok(());
        }
    }

    /// All messages that wait; then none does.
    pub(crate) fn take(&self, engine: &Engine, bind: &[u8]) -> Values {
        self.open(engine, bind);
        let mut state = self.lock();
        state.changed = true;
        mem::take(&mut state.waiting)
    }

    /// The line that brings the browser's cookie to what waits now, if it is not there already.
    ///
    /// # Errors
    ///
    /// [`SealError`].
    pub(crate) fn line(
        &self,
        engine: &Engine,
        bind: &[u8],
    ) -> Result<Option<SetCookie>, SealError> {
        let (waiting, carried) = {
            let mut state = self.lock();
            if !mem::take(&mut state.changed) {
                return Ok(None);
            }
            (state.waiting.clone(), state.carried)
        };
        if waiting.is_empty() {
            return Ok(carried.then(|| engine.flash.removal()));
        }
        let now = engine.now();
        let value = engine.flash_codec(now)?.seal_new(&waiting, bind, now, &mut engine.rng())?;
        engine.flash.set(&value, None).map(Some)
    }

    /// Opens the cookie that came, the first that opens; one that does not is gone.
    fn open(&self, engine: &Engine, bind: &[u8]) {
        let arrived = self.lock().arrived.clone();
        if arrived.is_empty() {
            return;
        }
        let now = engine.now();
        let Ok(codec) = engine.flash_codec(now) else { return };
        let open = |value: &Vec<u8>| codec.open(value, bind, now).ok()?.decode().ok();
        let waiting = arrived.iter().find_map(open);
        let mut state = self.lock();
        if !mem::take(&mut state.arrived).is_empty() {
            state.waiting = waiting.unwrap_or_default();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// The codec of the cookie of messages, by the ring as it is now. Few requests ask for it, so that it
    /// is made each time.
    fn flash_codec(&self, now: Timestamp) -> Result<Codec, SealError> {
        let ring = self.codec(now);
        let life = Duration::from_secs(LIFE);
        let policy = Policy::default().idle(life).absolute(life);
        let (mode, app) = self.mode_and_app();
        // Name and label were checked when the engine was made.
        Codec::new(ring.ring(), mode, app, self.flash.name(), policy).map_err(|_| SealError::Value)
    }
}
