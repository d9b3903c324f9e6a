//! The staircase once more, for the records of stored sessions.
//!
//! | | seal | open |
//! |---|---|---|
//! | 1 | pick the sealing key | take the record apart |
//! | 2 | lay out the payload | the key by its id |
//! | 3 | tag it | the tag, for this session and row |
//! | 4 | | take the payload apart |
//! | 5 | | times, by clock, key and policy |

use alloc::vec::Vec;

use super::{Codec, Opened};
use crate::{
    body::{Buffer, Kind},
    clock::Timestamp,
    envelope::{
        payload::{self, Coding, Header},
        record::{RecordKeys, UnverifiedRecord},
    },
    error::{ConfigError, OpenError, Rejection, SealError},
    keys::{self, Key},
    limits::{ROW_KEY_LEN, SID_LEN},
    primitives::{entropy::Draw, kdf::Context},
};

/// The keys of the records of one application label and cookie name: one a key of the ring, in the
/// ring's order.
pub(super) struct Shelf {
    until: Option<Timestamp>,
    by_key: Vec<RecordKeys>,
}

/// A record that was opened, before its body is decoded.
pub(crate) struct OpenedRecord {
    pub(crate) header: Header,
    pub(crate) body: Buffer,
    /// Whether it is under another key or context than a new one would be.
    pub(crate) due: bool,
}

impl Codec {
    /// Adds records to what it seals and opens.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Label`].
    pub(crate) fn with_records<'c>(
        mut self,
        app: &str,
        name: &str,
        also: impl Iterator<Item = (&'c str, &'c str, Timestamp)>,
    ) -> Result<Self, ConfigError> {
        let keys: Vec<&Key> = self.ring.entries().map(keys::RingEntry::key).collect();
        let shelf = |app: &str, name: &str, until| {
            let context = Context::new(app, name)?;
            let by_key = keys.iter().map(|key| RecordKeys::derive(key, &context)).collect();
            Ok(Shelf { until, by_key })
        };
        let ours = shelf(app, name, None);
        let also = also.map(|(app, name, until)| shelf(app, name, Some(until)));
        self.shelves = core::iter::once(ours).chain(also).collect::<Result<_, ConfigError>>()?;
        Ok(self)
    }

    /// Seals the session that `header` and `body` are, as the record under `row_key`.
    ///
    /// # Errors
    ///
    /// [`SealError`].
    pub(crate) fn seal_record(
        &self,
        row_key: &[u8; ROW_KEY_LEN],
        header: &Header,
        body: &[u8],
        now: Timestamp,
        rng: &mut impl Draw,
    ) -> Result<Vec<u8>, SealError> {
        // 1  pick the sealing key
        let kid = self.ring.sealing_kid(now).ok_or(SealError::NoSealingKey)?;
        let (nth, _) = self.slot(kid).ok_or(SealError::NoSealingKey)?;
        let ours = self.shelves.first().ok_or(SealError::NoSealingKey)?;
        let keys = ours.by_key.get(nth).ok_or(SealError::NoSealingKey)?;

        // 2, 3  lay out the payload, tag it
        keys.seal(kid, row_key, header, body, rng)
    }

    /// Opens the record that the session `sid` has under `row_key`.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; `record_gone` for one that says that its session has ended.
    pub(crate) fn open_record(
        &self,
        row_key: &[u8; ROW_KEY_LEN],
        sid: &[u8; SID_LEN],
        record: &[u8],
        now: Timestamp,
    ) -> Result<OpenedRecord, OpenError> {
        // 1  take the record apart
        let malformed = OpenError::new(Rejection::Malformed, None);
        let record = UnverifiedRecord::parse(record).ok_or(malformed)?;

        // 2  the key by its id
        let kid = record.kid;
        let refused = |reason| OpenError::new(reason, Some(kid));
        let (nth, entry) = self.slot(kid).ok_or(refused(Rejection::UnknownKey))?;

        // 3  the tag, for this session and row
        let live = |shelf: &&Shelf| shelf.until.is_none_or(|until| now < until);
        let tried = self.shelves.iter().filter(live).enumerate();
        let mut keys = tried.filter_map(|(at, shelf)| Some((at, shelf.by_key.get(nth)?)));
        let open = |(at, keys): (usize, &RecordKeys)| Some((at, keys.open(&record, sid, row_key)?));
        let (at, bytes) = keys.find_map(open).ok_or(refused(Rejection::Forged))?;

        // 4  take the payload apart
        let payload = payload::parse(&bytes).ok_or(refused(Rejection::Malformed))?;
        if payload.header.sid != *sid || payload.coding != Coding::Raw {
            return Err(refused(Rejection::Malformed));
        }
        if payload.header.kind == Kind::Stored {
            return Err(refused(Rejection::RecordGone));
        }

        // 5  times, by clock, key and policy; the idle time counts from the cookie's seal
        let times = payload.header.times;
        times.check_future(now).map_err(refused)?;
        keys::judge(entry, times.issued, times.created, now, self.ring.not_before())
            .map_err(refused)?;
        if now >= times.absolute_end(&self.policy) {
            return Err(refused(Rejection::ExpiredAbsolute));
        }
        let body = Buffer::from(payload.body.to_vec());
        let due = at != 0 || self.moved_on_from(kid, now);
        Ok(OpenedRecord { header: payload.header, body, due })
    }
}

impl Opened {
    /// The session of this cookie as its record has it: the cookie says who and since when it was
    /// sealed, the record everything else.
    ///
    /// # Errors
    ///
    /// `malformed` for the record of another session, `expired_idle` and `expired_absolute` by the
    /// lifetimes that the record has.
    pub(crate) fn with_record(
        mut self,
        record: OpenedRecord,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let refused = |reason| OpenError::new(reason, Some(self.kid));
        let Header { sid, times, browser, kind, claims } = record.header;
        if sid != self.header.sid || times.created != self.header.times.created {
            return Err(refused(Rejection::Malformed));
        }
        self.header.times.lifetimes = times.lifetimes;
        self.says_lifetimes = !times.lifetimes.are_default();
        self.header.times.check_expiry(&self.policy, now).map_err(refused)?;
        (self.header.browser, self.header.kind, self.header.claims) = (browser, kind, claims);
        (self.body, self.coding) = (record.body.into(), Coding::Raw);
        Ok(self)
    }

    /// The session of this cookie with what has been saved of it meanwhile; without a body.
    pub(crate) fn standing_for(&self, saved: Header) -> Self {
        let mut header = self.header.clone();
        header.times.lifetimes = saved.times.lifetimes;
        (header.browser, header.claims) = (saved.browser, saved.claims);
        Self { header, body: Buffer::default().into(), ..*self }
    }

    /// Has it sealed again at its first use.
    pub(crate) const fn move_on(&mut self) {
        self.context = usize::MAX;
    }
}

#[cfg(test)]
mod tests;
