//! What a commit does to records.

use super::{
    Backing,
    commit::Snapshot,
    keeper::{Row, State},
    merge::{self, Copy},
};
use crate::{
    body::{Buffer, Kind, SessionData},
    envelope::payload::Header,
    error::CommitError,
    limits::SID_LEN,
    session::{SessionStatus, state::Shared},
    store::{CreateError, RowKey, Store, Stored, UpdateError, Version},
};

/// The records of one session, in one commit.
pub(super) struct Rows<'c, T: SessionData> {
    pub(super) backing: &'c Backing<T>,
    pub(super) shared: &'c Shared<T>,
    pub(super) snapshot: &'c Snapshot,
}

/// What was saved.
pub(super) struct Saved {
    pub(super) header: Header,
    /// The data, if it is not the session's own.
    pub(super) merged: Option<Buffer>,
}

/// How often a change is put over what others changed before it is given up.
const TRIES: u32 = 3;

impl<T: SessionData> Rows<'_, T> {
    /// Saves `body` under the session's id, whatever its record was.
    pub(super) async fn save(
        &self,
        state: &mut State,
        body: &Buffer,
    ) -> Result<Saved, CommitError> {
        let header = self.shared.whole_header(&self.snapshot.frame, self.snapshot.now)?;
        let frame = &self.snapshot.frame;
        let moves = matches!(frame.status, SessionStatus::Renewed | SessionStatus::Restarted);
        // A session that began in this request, was saved, and was given another id since.
        let came_with =
            |row: &Row| frame.opened.as_ref().is_some_and(|opened| opened.header.sid == row.sid);
        let began = frame.status == SessionStatus::Started;
        match state.clone() {
            State::At(row) if row.sid == header.sid => self.change(state, row, header, body).await,
            State::At(row) if moves || (began && !came_with(&row)) => {
                self.rename(state, row.sid, header, body).await
            }
            State::Cookie(sid) if sid == header.sid => self.take_in(state, header, body).await,
            State::Cookie(sid) if moves && self.backing.adopt => {
                self.rename(state, sid, header, body).await
            }
            State::At(_) | State::Cookie(_) => {
                self.end(state).await?;
                self.create(state, header, body).await
            }
            _ => self.create(state, header, body).await,
        }
    }

    /// Takes in a session that came in its cookie, or keeps its record alive; nobody asked for it, so
    /// a failure is an event. Says whether a cookie may stand for the session.
    pub(super) async fn adopt(&self, state: &mut State, body: &Buffer) -> bool {
        let State::Cookie(_) = state else {
            self.keep_alive(state).await;
            return true;
        };
        let adopted = match self.shared.whole_header(&self.snapshot.frame, self.snapshot.now) {
            Ok(header) => self.take_in(state, header, body).await.map(|_| ()),
            Err(error) => Err(error.into()),
        };
        match adopted {
            Ok(()) => true,
            Err(error) => {
                self.tell(&error);
                false
            }
        }
    }

    /// Keeps the record of a session that did not change alive.
    pub(super) async fn keep_alive(&self, state: &mut State) {
        let State::At(row) = state else { return };
        let frame = &self.snapshot.frame;
        if row.due
            && let Some(opened) = &frame.opened
        {
            let kept = self.seal_again(row, &opened.body, opened.header.kind).await;
            if let Err(error) = kept {
                self.tell(&error);
            }
            return;
        }
        let (expires, slack) = self.expiry();
        // At most once in so much time, since a touch is a write.
        if expires.since(row.expires) >= slack {
            match self.backing.store.touch(&row.key, expires).await {
                Ok(true) => row.expires = expires,
                // The next request finds that it is gone.
                Ok(false) => {}
                Err(error) => self.tell(&error.into()),
            }
        }
    }

    /// Ends the session that came with the request.
    pub(super) async fn end(&self, state: &mut State) -> Result<(), CommitError> {
        let (key, sid) = match state {
            State::At(row) => (row.key, row.sid),
            State::Cookie(sid) => (RowKey::of(sid), *sid),
            _ => return Ok(()),
        };
        if self.backing.adopt {
            self.mark_ended(&key, &sid).await?;
        } else {
            self.backing.store.delete(&key).await?;
        }
        *state = State::Free;
        Ok(())
    }

    async fn create(
        &self,
        state: &mut State,
        header: Header,
        body: &Buffer,
    ) -> Result<Saved, CommitError> {
        // Nobody draws an id of 128 random bits twice.
        if !self.insert(state, &header, body).await? {
            return Err(self.damaged());
        }
        Ok(Saved { header, merged: None })
    }

    /// Creates the record of a session that came in its cookie, unless a request beside this one did.
    async fn take_in(
        &self,
        state: &mut State,
        header: Header,
        body: &Buffer,
    ) -> Result<Saved, CommitError> {
        if self.insert(state, &header, body).await? {
            return Ok(Saved { header, merged: None });
        }
        let key = RowKey::of(&header.sid);
        let stored = self.backing.store.load(&key).await?.ok_or(CommitError::Ended)?;
        let (version, expires) = (stored.version, stored.expires);
        let row = Row { sid: header.sid, key, version, expires, due: false };
        self.merge_in(state, row, header, body, stored).await
    }

    /// Writes a new record, which is then where the session is; `false` if its key is taken.
    async fn insert(
        &self,
        state: &mut State,
        header: &Header,
        body: &Buffer,
    ) -> Result<bool, CommitError> {
        let key = RowKey::of(&header.sid);
        let sealed = self.sealed(&key, header, body)?;
        match self.backing.store.create(&key, &sealed.record()).await {
            Ok(version) => {
                let expires = sealed.expires;
                *state = State::At(Row { sid: header.sid, key, version, expires, due: false });
                Ok(true)
            }
            Err(CreateError::Exists) => Ok(false),
            Err(CreateError::Store(error)) => Err(self.failed(error)),
        }
    }

    async fn change(
        &self,
        state: &mut State,
        row: Row,
        header: Header,
        body: &Buffer,
    ) -> Result<Saved, CommitError> {
        // Where marks are about, a version is always expected: a mark has another.
        let blind = self.backing.last_write_wins && !self.backing.adopt;
        let expected = (!blind).then_some(row.version);
        match self.replace(&row, expected, &header, body).await? {
            Some(row) => {
                *state = State::At(row);
                Ok(Saved { header, merged: None })
            }
            None => {
                let stored = self.backing.store.load(&row.key).await?.ok_or(CommitError::Ended)?;
                self.merge_in(state, row, header, body, stored).await
            }
        }
    }

    /// Puts this request's change over what others `stored`, again and again while they go on.
    async fn merge_in(
        &self,
        state: &mut State,
        row: Row,
        header: Header,
        body: &Buffer,
        mut stored: Stored,
    ) -> Result<Saved, CommitError> {
        let mut base = self.base()?;
        let mut mine = Copy { header, body: body.clone() };
        for attempt in 1..=TRIES {
            let theirs = self.open(&row, &stored)?;
            if !self.backing.last_write_wins {
                mine = merge::merge(self.backing, &self.shared.engine, &base, &mine, &theirs)?;
            }
            base = theirs;
            let version = Some(stored.version);
            if let Some(row) = self.replace(&row, version, &mine.header, &mine.body).await? {
                *state = State::At(row);
                return Ok(Saved { header: mine.header, merged: Some(mine.body) });
            }
            if attempt < TRIES {
                self.pause().await?;
                stored = self.backing.store.load(&row.key).await?.ok_or(CommitError::Ended)?;
            }
        }
        Err(CommitError::Conflict)
    }

    /// Gives the session another id. One of several requests that do so wins.
    async fn rename(
        &self,
        state: &mut State,
        old: [u8; SID_LEN],
        header: Header,
        body: &Buffer,
    ) -> Result<Saved, CommitError> {
        let from = RowKey::of(&old);
        if self.backing.adopt {
            // A mark takes the old record's place, and whoever puts it there goes on. The store's own
            // move would not do: it cannot tell a mark from a session.
            match self.claim(&from, &old, matches!(state, State::Cookie(_))).await {
                Err(CommitError::Ended) if self.snapshot.frame.is_login() => {}
                claimed => claimed?,
            }
            *state = State::Free;
            return self.create(state, header, body).await;
        }
        let key = RowKey::of(&header.sid);
        let sealed = self.sealed(&key, &header, body)?;
        let expires = sealed.expires;
        match self.backing.store.rotate(&from, &key, &sealed.record()).await {
            Ok(version) => {
                *state = State::At(Row { sid: header.sid, key, version, expires, due: false });
                Ok(Saved { header, merged: None })
            }
            Err(UpdateError::Gone) if self.snapshot.frame.is_login() => {
                *state = State::Free;
                self.create(state, header, body).await
            }
            Err(UpdateError::Gone) => Err(CommitError::Ended),
            Err(UpdateError::Conflict) => Err(self.damaged()),
            Err(UpdateError::Store(error)) => Err(self.failed(error)),
        }
    }

    async fn seal_again(&self, row: &mut Row, body: &[u8], kind: Kind) -> Result<(), CommitError> {
        let whole = self.shared.whole_header(&self.snapshot.frame, self.snapshot.now)?;
        let header = Header { kind, ..whole };
        // If others change it meanwhile, they seal it anew.
        if let Some(written) = self.replace(row, Some(row.version), &header, body).await? {
            *row = written;
        }
        Ok(())
    }

    /// Replaces the record; `None` if it has another version than expected.
    async fn replace(
        &self,
        row: &Row,
        expected: Option<Version>,
        header: &Header,
        body: &[u8],
    ) -> Result<Option<Row>, CommitError> {
        let sealed = self.sealed(&row.key, header, body)?;
        let expires = sealed.expires;
        match self.backing.store.update(&row.key, expected, &sealed.record()).await {
            Ok(version) => Ok(Some(Row { version, expires, due: false, ..row.clone() })),
            Err(UpdateError::Conflict) => Ok(None),
            Err(UpdateError::Gone) => Err(CommitError::Ended),
            Err(UpdateError::Store(error)) => Err(self.failed(error)),
        }
    }
}
