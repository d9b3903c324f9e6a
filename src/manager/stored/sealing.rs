//! Records made and opened, with their times, and what is told of failures.

use alloc::vec::Vec;
use core::time::Duration;

use super::{keeper::Row, merge::Copy, rows::Rows};
use crate::{
    body::{self, Buffer, Kind, SessionData},
    envelope::{Claims, payload::Header, times::Times},
    error::{CommitError, Rejection, SealError, StoreError, TooLarge},
    limits::{SID_LEN, TOUCH_MIN},
    session::{Event, frame::Before},
    store::{CreateError, Owner, Record, RowKey, Store, StoreTime, Stored, UpdateError},
};

/// A record, sealed.
pub(super) struct Sealed {
    data: Vec<u8>,
    created: StoreTime,
    pub(super) expires: StoreTime,
    owner: Option<Owner>,
    label: Option<Vec<u8>>,
}

impl Sealed {
    pub(super) fn record(&self) -> Record<'_> {
        let record = Record::new(&self.data, self.created, self.expires);
        record.owned_by(self.owner.as_ref()).labelled(self.label.as_deref())
    }
}

impl<T: SessionData> Rows<'_, T> {
    pub(super) fn sealed(
        &self,
        key: &RowKey,
        header: &Header,
        body: &[u8],
    ) -> Result<Sealed, CommitError> {
        let engine = &*self.shared.engine;
        let data = engine.seal_record(key.as_bytes(), header, body, self.snapshot.now)?;
        if let Some(limit) = self.backing.store.traits().max_record.filter(|&max| data.len() > max)
        {
            return Err(too_large::<T>(data.len(), limit, header.kind, body));
        }
        let (expires, _) = self.expiry_of(&header.times);
        let owner = self.backing.owner_of(header.claims.subject.as_deref());
        let label = self.label(header.kind, body);
        Ok(Sealed { data, created: header.times.created.into(), expires, owner, label })
    }

    /// What a list of devices shows of the session.
    #[cfg(feature = "auth")]
    fn label(&self, kind: Kind, body: &[u8]) -> Option<Vec<u8>> {
        let label_of = self.backing.label.as_ref()?;
        let mut label = label_of(&body::decode(kind, body).ok()?)?;
        label.truncate(LABEL_MAX);
        Some(label)
    }

    #[cfg(not(feature = "auth"))]
    fn label(&self, _: Kind, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// When the record expires if nobody touches it, and how far that may lag behind.
    pub(super) fn expiry(&self) -> (StoreTime, Duration) {
        self.expiry_of(&self.snapshot.frame.times(self.snapshot.now))
    }

    /// The cookie tells the idle time exactly. The record may be touched as seldom as `slack` says, so
    /// it lives that much longer: it never dies before the cookie.
    fn expiry_of(&self, times: &Times) -> (StoreTime, Duration) {
        let policy = self.shared.engine.policy();
        let idle_end = times.idle_end(policy);
        let slack = (idle_end.since(times.issued) / 10).max(TOUCH_MIN);
        let end = idle_end.plus(slack).min(times.absolute_end(policy));
        (end.into(), Duration::from_secs(slack))
    }

    /// What others saved.
    pub(super) fn open(&self, row: &Row, stored: &Stored) -> Result<Copy, CommitError> {
        let now = self.snapshot.now;
        let codec = self.shared.engine.codec(now);
        let record = codec.open_record(row.key.as_bytes(), &row.sid, &stored.data, now);
        match record {
            Ok(record) => Ok(Copy { header: record.header, body: record.body }),
            Err(error) if error.reason() == Rejection::RecordGone => Err(CommitError::Ended),
            // Sealed by a newer deployment, most likely: not to be put over.
            Err(_) => Err(CommitError::Conflict),
        }
    }

    /// The session before this request changed it.
    pub(super) fn base(&self) -> Result<Copy, CommitError> {
        let frame = &self.snapshot.frame;
        let opened = frame.opened.as_ref().ok_or(CommitError::Conflict)?;
        let before = frame.before.as_ref().and_then(Before::body);
        let (kind, body) = match before {
            Some(before) => (body::kind_of::<T>(), before),
            None => (opened.header.kind, &*opened.body),
        };
        let body = Buffer::from(body.to_vec());
        Ok(Copy { header: Header { kind, ..opened.header.clone() }, body })
    }

    /// Puts a mark under `key`: the session has ended, whatever cookie of it is still about.
    pub(super) async fn mark_ended(
        &self,
        key: &RowKey,
        sid: &[u8; SID_LEN],
    ) -> Result<(), CommitError> {
        let mark = self.mark(key, sid)?;
        // A record may come or go between the two calls, hence again.
        for _ in 0..MARK_TRIES {
            match self.backing.store.update(key, None, &mark.record()).await {
                Ok(_) => return Ok(()),
                Err(UpdateError::Store(error)) => return Err(error.into()),
                Err(UpdateError::Gone | UpdateError::Conflict) => {}
            }
            match self.backing.store.create(key, &mark.record()).await {
                Ok(_) => return Ok(()),
                Err(CreateError::Store(error)) => return Err(error.into()),
                Err(CreateError::Exists) => {}
            }
        }
        Err(CommitError::Conflict)
    }

    /// The same, unless another request was first. `may_be_new` says whether the session may have had
    /// no record yet.
    ///
    /// # Errors
    ///
    /// [`CommitError::Ended`], if the session has ended or moved.
    pub(super) async fn claim(
        &self,
        key: &RowKey,
        sid: &[u8; SID_LEN],
        may_be_new: bool,
    ) -> Result<(), CommitError> {
        let mark = self.mark(key, sid)?;
        let engine = &*self.shared.engine;
        for _ in 0..MARK_TRIES {
            let stored = self.backing.store.load(key).await?;
            let Some(stored) = stored else {
                if !may_be_new {
                    return Err(CommitError::Ended);
                }
                match self.backing.store.create(key, &mark.record()).await {
                    Ok(_) => return Ok(()),
                    Err(CreateError::Store(error)) => return Err(error.into()),
                    Err(CreateError::Exists) => continue,
                }
            };
            let now = self.snapshot.now;
            let there = engine.codec(now).open_record(key.as_bytes(), sid, &stored.data, now);
            if there.is_err_and(|error| error.reason() == Rejection::RecordGone) {
                return Err(CommitError::Ended);
            }
            let version = Some(stored.version);
            match self.backing.store.update(key, version, &mark.record()).await {
                Ok(_) => return Ok(()),
                Err(UpdateError::Store(error)) => return Err(error.into()),
                Err(UpdateError::Gone | UpdateError::Conflict) => {}
            }
        }
        Err(CommitError::Conflict)
    }

    /// A record without a session in it, which lives for as long as a cookie of it could.
    fn mark(&self, key: &RowKey, sid: &[u8; SID_LEN]) -> Result<Sealed, CommitError> {
        let (engine, now) = (&*self.shared.engine, self.snapshot.now);
        let opened = self.snapshot.frame.opened.as_ref();
        let former = opened.map(|opened| opened.header.times);
        let times = former.unwrap_or(self.snapshot.frame.times(now));
        let times = Times { issued: now.max(times.created), ..times };
        let (kind, claims) = (Kind::Stored, Claims::default());
        let header = Header { sid: *sid, times, browser: true, kind, claims };
        let data = engine.seal_record(key.as_bytes(), &header, &[], now)?;
        // Its own lifetimes may have been longer once, in a cookie that somebody kept.
        let expires = times.created.plus(engine.policy().longest_life()).into();
        let created = times.created.into();
        Ok(Sealed { data, created, expires, owner: None, label: None })
    }

    /// Waits for 1 to 32 milliseconds, so that two requests do not meet for ever.
    pub(super) async fn pause(&self) -> Result<(), CommitError> {
        let mut random = [0];
        self.shared.engine.fill(&mut random)?;
        let [random] = random;
        let time = Duration::from_millis(u64::from(random % 32).saturating_add(1));
        self.backing.store.sleep(time).await;
        Ok(())
    }

    pub(super) fn failed(&self, error: StoreError) -> CommitError {
        match error {
            StoreError::TooLarge { needed, limit } => {
                too_large::<T>(needed, limit, Kind::Stored, &[])
            }
            error => error.into(),
        }
    }

    /// An answer that no engine gives.
    pub(super) fn damaged(&self) -> CommitError {
        StoreError::Damaged { engine: self.backing.store.traits().engine }.into()
    }

    /// Tells of something that failed and that nobody asked for.
    pub(super) fn tell(&self, error: &CommitError) {
        let engine = &*self.shared.engine;
        let codec = engine.codec(self.snapshot.now);
        match error {
            CommitError::Store(error) => engine.emit(&codec, &Event::StoreFailed { error }),
            CommitError::Seal(error) => engine.emit(&codec, &Event::ResealSkipped { error }),
            // Other requests were quicker; they have done it.
            CommitError::Session(_) | CommitError::Conflict | CommitError::Ended => {}
        }
    }
}

fn too_large<T: SessionData>(needed: usize, limit: usize, kind: Kind, body: &[u8]) -> CommitError {
    let largest = body::decode::<T>(kind, body).map(|value| body::largest(&value));
    let largest = largest.unwrap_or_default();
    SealError::TooLarge(TooLarge { needed, limit, largest, deflated: None }).into()
}

/// Two requests that end one session meet at most once; more is a fault of the store.
const MARK_TRIES: u32 = 4;
/// Bytes of a label.
#[cfg(feature = "auth")]
const LABEL_MAX: usize = 255;
