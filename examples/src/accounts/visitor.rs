//! What a session holds beside its login.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use cloakroom::{First, Session, SessionData, SessionError};
use serde::{Deserialize, Serialize};

use super::device;

/// The data of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Visitor {
    /// The device, as its owner may know it.
    pub(super) device: String,
    /// When it was last used, in minutes since 1970: a change makes the store note the moment.
    pub(super) minute: u64,
}

impl SessionData for Visitor {
    const VERSION: u8 = 1;
    type Previous = First;
}

impl Visitor {
    /// The device that a request comes from, now.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self { device: device::describe(headers), minute: now() / 60 }
    }

    /// What becomes of two requests of one session at the same time.
    pub(super) fn merge(self, theirs: Self) -> Self {
        if self.minute >= theirs.minute { self } else { theirs }
    }
}

/// Notes that the session was used just now, where anybody looks at that: at most once a minute.
pub(super) fn note(session: &Session<Visitor>, headers: &HeaderMap) -> Result<(), SessionError> {
    let present = Visitor::of(headers);
    match session.read(|visitor| *visitor == present)? {
        true => Ok(()),
        false => session.replace(present),
    }
}

/// The present, in Unix seconds.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
