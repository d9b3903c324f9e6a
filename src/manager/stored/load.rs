//! From a cookie that opened to its record.

use alloc::{boxed::Box, vec::Vec};
use std::sync::{Mutex, PoisonError};

use super::{
    super::load::{Resolve, Resolved},
    Backing,
    keeper::{Row, State},
};
use crate::{
    body::{Kind, SessionData},
    codec::Opened,
    error::{OpenError, Rejection, StoreError},
    limits::SID_LEN,
    session::engine::Engine,
    store::{RowKey, Store},
};

/// Looks up records, and remembers those that it found.
pub(in super::super) struct Records<'r, T> {
    engine: &'r Engine,
    backing: &'r Backing<T>,
    found: Mutex<Vec<Row>>,
}

impl<'r, T: SessionData> Records<'r, T> {
    pub(in super::super) const fn new(engine: &'r Engine, backing: &'r Backing<T>) -> Self {
        Self { engine, backing, found: Mutex::new(Vec::new()) }
    }

    /// Where the session with the id `sid` stands, if there is one.
    pub(in super::super) fn state_of(self, sid: Option<[u8; SID_LEN]>) -> State {
        let Some(sid) = sid else { return State::Free };
        let found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        match found.into_iter().find(|row| row.sid == sid) {
            Some(row) => State::At(row),
            None => State::Cookie(sid),
        }
    }

    async fn look_up(&self, mut opened: Opened) -> Result<Resolved<T>, StoreError> {
        let refused = |reason| OpenError::new(reason, Some(opened.kid()));
        let in_cookie = opened.header.kind != Kind::Stored;
        if in_cookie && !self.backing.adopt && !self.backing.back {
            return Ok(Err(refused(Rejection::Kind)));
        }
        if in_cookie && self.backing.back {
            return Ok(opened.decode().map(|data| Box::new((opened, data))));
        }
        let sid = opened.header.sid;
        let key = RowKey::of(&sid);
        let Some(stored) = self.backing.store.load(&key).await? else {
            if in_cookie {
                opened.move_on();
                return Ok(opened.decode().map(|data| Box::new((opened, data))));
            }
            return Ok(Err(refused(Rejection::RecordGone)));
        };

        let now = self.engine.now();
        let codec = self.engine.codec(now);
        let record = codec.open_record(key.as_bytes(), &sid, &stored.data, now);
        let record = match record {
            Ok(record) => record,
            Err(error) => return Ok(Err(error)),
        };
        let due = record.due;
        let head = |opened: &Opened| (opened.header.times.lifetimes, opened.header.browser);
        let before = head(&opened);
        let mut opened = match opened.with_record(record, now) {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        // The cookie says something else than the record: it is sealed again.
        let behind = in_cookie || self.backing.back || head(&opened) != before;
        if behind {
            opened.move_on();
        }
        let decoded = opened.decode();
        if decoded.is_ok() {
            let (version, expires) = (stored.version, stored.expires);
            let row = Row { sid, key, version, expires, due };
            self.found.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        }
        Ok(decoded.map(|data| Box::new((opened, data))))
    }
}

impl<T: SessionData> Resolve<T> for Records<'_, T> {
    async fn resolve(&self, opened: Opened) -> Result<Resolved<T>, StoreError> {
        self.look_up(opened).await
    }
}
