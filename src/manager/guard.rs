//! What looks after sessions beside their seal: levels S1 to S3, as one guard of a manager.

use alloc::{string::String, sync::Arc, vec::Vec};

use crate::{
    clock::Timestamp,
    codec::{Codec, Opened},
    envelope::{Claims, payload::Header},
    error::{CommitError, OpenError, Rejection, StoreError},
    limits::SID_LEN,
    revocation::{Case, Entry, Finding, Registry, RevocationList, SidHash, StampFinding, Stamps},
    session::{Event, engine::Engine, frame::Frame},
    store::{Meta, RowKey},
};

/// What guards the sessions of a manager. Made of a [`Stamps`], a [`RevocationList`] or a [`Registry`]; see
/// [`SessionManager::guarded_by`](crate::SessionManager::guarded_by).
#[derive(Clone, Debug, Default)]
pub struct Guard {
    stamps: Option<Arc<Stamps>>,
    list: Option<Arc<RevocationList>>,
    registry: Option<Arc<Registry>>,
}

impl From<Stamps> for Guard {
    fn from(stamps: Stamps) -> Self {
        Self { stamps: Some(Arc::new(stamps)), ..Self::default() }
    }
}

impl From<RevocationList> for Guard {
    fn from(list: RevocationList) -> Self {
        Self { list: Some(Arc::new(list)), ..Self::default() }
    }
}

impl From<Registry> for Guard {
    fn from(registry: Registry) -> Self {
        Self { registry: Some(Arc::new(registry)), ..Self::default() }
    }
}

/// A session that counts.
pub(super) struct Judged {
    /// When it was checked stands in its claims anew.
    pub(super) rechecked: bool,
    pub(super) blind: bool,
}

impl Guard {
    /// Both guards; of two of a kind, `other`'s.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            stamps: other.stamps.or(self.stamps),
            list: other.list.or(self.list),
            registry: other.registry.or(self.registry),
        }
    }

    /// The last step of opening a session: whether it still counts.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if nobody can say so.
    pub(super) async fn judge(
        &self,
        engine: &Engine,
        codec: &Codec,
        opened: &mut Opened,
        now: Timestamp,
    ) -> Result<Result<Judged, OpenError>, StoreError> {
        let ended = OpenError::new(Rejection::SessionRevoked, Some(opened.kid()));
        let (mut rechecked, mut blind, mut retagged) = (false, false, false);
        if let Some(stamps) = &self.stamps {
            match stamps.judge(codec, &opened.header.claims, now).await? {
                StampFinding::Counts => {}
                StampFinding::Retag(tag) => {
                    (opened.header.claims.stamp, retagged) = (Some(tag), true);
                }
                StampFinding::Ended => return Ok(Err(ended)),
            }
        }
        let key = RowKey::of(&opened.header.sid);
        let claims = opened.header.claims.clone();
        if let Some(list) = &self.list {
            let tell = |error: &StoreError| engine.emit(codec, &Event::StoreFailed { error });
            let subject = claims.subject.as_deref();
            let case = Case {
                session: SidHash::of(&key),
                subject: subject.map(|subject| (subject, generation(&claims, opened.created()))),
                checked: claims.checked_at.unwrap_or(opened.created()),
                now,
                tell: &tell,
            };
            match list.judge(&case).await? {
                Finding::Counts => {}
                Finding::Checked => rechecked = true,
                Finding::Blind => blind = true,
                Finding::Ended => return Ok(Err(ended)),
            }
        }
        if let (Some(registry), Some(subject)) = (&self.registry, &claims.subject) {
            // What the list was asked about, the row is looked at for.
            let checked = claims.checked_at.filter(|_| !rechecked);
            let times = opened.header.times;
            let entry = Entry { key, subject, times, checked, now };
            match registry.judge(&entry, engine.policy()).await? {
                Some(looked) => rechecked |= looked && !blind,
                None => return Ok(Err(ended)),
            }
        }
        if rechecked {
            opened.header.claims.checked_at = Some(now);
        }
        let changed = rechecked || retagged;
        // A stored session's claims are in its record, and its cookie stays as it is.
        if changed && !engine.stored {
            opened.move_on();
        }
        Ok(Ok(Judged { rechecked: changed, blind }))
    }

    /// Whether the session of a request may go on under another id: not if it was ended while the request
    /// was under way. It is looked for under the id that it has by now.
    ///
    /// # Errors
    ///
    /// [`CommitError::Ended`], and [`CommitError::Store`] if nobody can say so.
    pub(super) async fn may_move(&self, frame: &Frame, now: Timestamp) -> Result<(), CommitError> {
        let goes_on = !frame.status.is_new() && !frame.is_login() && !frame.ward.left;
        let former = frame.opened.as_ref().filter(|_| goes_on).map(|opened| opened.header.sid);
        let Some(sid) = frame.ward.entered.map(|(sid, _)| sid).or(former) else { return Ok(()) };
        let (key, created) = (RowKey::of(&sid), frame.times(now).created);
        let subject = frame.claims.subject.as_deref();
        let mut ended = false;
        if let Some(list) = &self.list {
            let epoch = generation(&frame.claims, created);
            let subject = subject.map(|subject| (subject, epoch));
            ended = list.has_ended(&SidHash::of(&key), subject).await?;
        }
        if let Some(registry) = self.registry.as_ref().filter(|_| subject.is_some() && !ended) {
            ended = !registry.holds(&key).await?;
        }
        if ended { Err(CommitError::Ended) } else { Ok(()) }
    }

    /// Ends the session of this header, whatever copies of its cookie there are.
    pub(super) async fn leave(&self, engine: &Engine, former: &Header) -> Result<(), StoreError> {
        let (key, now) = (RowKey::of(&former.sid), engine.now());
        let until = former.times.created.plus(engine.policy().longest_life());
        if let Some(list) = &self.list {
            list.revoke(SidHash::of(&key), until, now).await?;
        }
        if let Some(registry) = self.registry.as_ref().filter(|_| former.claims.subject.is_some()) {
            registry.leave(&key, until).await?;
        }
        Ok(())
    }

    /// What a list of devices shows of the session with this header, which is about to get another id.
    pub(super) async fn label_of(&self, former: &Header) -> Result<Option<Vec<u8>>, StoreError> {
        let (Some(registry), Some(subject)) = (&self.registry, &former.claims.subject) else {
            return Ok(None);
        };
        let key = RowKey::of(&former.sid);
        let rows = registry.list(subject).await?;
        Ok(rows.into_iter().find(|row| row.key == key).and_then(|row| row.label))
    }

    /// Notes a login under a new id.
    pub(super) async fn enter(
        &self,
        engine: &Engine,
        header: &Header,
        label: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        match (&self.registry, entry(engine, header)) {
            (Some(registry), Some(entry)) => registry.enter(&entry, label, engine.policy()).await,
            _ => Ok(()),
        }
    }

    /// Lets what is known of a login live for as long as its cookie, whose lifetimes have changed.
    pub(super) async fn prolong(&self, engine: &Engine, header: &Header) -> Result<(), StoreError> {
        match (&self.registry, entry(engine, header)) {
            (Some(registry), Some(entry)) => registry.prolong(&entry, engine.policy()).await,
            _ => Ok(()),
        }
    }

    /// Forgets a login under an id that another took the place of within one request: no cookie of it has
    /// left.
    pub(super) async fn pass(
        &self,
        engine: &Engine,
        sid: &[u8; SID_LEN],
    ) -> Result<(), StoreError> {
        if let Some(registry) = &self.registry {
            let until = engine.now().plus(engine.policy().longest_life());
            registry.leave(&RowKey::of(sid), until).await?;
        }
        Ok(())
    }

    /// The logins of a subject; `None` without a registry.
    pub(super) async fn devices(&self, subject: &[u8]) -> Result<Option<Vec<Meta>>, StoreError> {
        match &self.registry {
            Some(registry) => registry.list(subject).await.map(Some),
            None => Ok(None),
        }
    }

    /// Ends the login of a row.
    pub(super) async fn end(&self, engine: &Engine, row: &Meta) -> Result<(), StoreError> {
        let now = engine.now();
        let until = now.plus(engine.policy().longest_life());
        if let Some(list) = &self.list {
            list.revoke(SidHash::of(&row.key), until, now).await?;
        }
        if let Some(registry) = &self.registry {
            registry.leave(&row.key, until).await?;
        }
        Ok(())
    }

    /// Ends all sessions of the subject of older epochs than the one it gives; `None` without a list.
    pub(super) async fn bump(
        &self,
        engine: &Engine,
        subject: &[u8],
    ) -> Result<Option<u32>, StoreError> {
        match &self.list {
            Some(list) => list.bump(subject, engine.now()).await.map(Some),
            None => Ok(None),
        }
    }

    pub(super) async fn epoch(&self, subject: &[u8]) -> Result<Option<u32>, StoreError> {
        match &self.list {
            Some(list) => list.epoch(subject).await.map(Some),
            None => Ok(None),
        }
    }
}

/// The login of this header, if it is one.
fn entry<'h>(engine: &Engine, header: &'h Header) -> Option<Entry<'h>> {
    let (key, times, now) = (RowKey::of(&header.sid), header.times, engine.now());
    let subject = header.claims.subject.as_deref()?;
    Some(Entry { key, subject, times, checked: None, now })
}

/// The generation of its subject's sessions that a session is of. One that began while nobody counted is
/// older than every bump that came at its first second or later.
fn generation(claims: &Claims, created: Timestamp) -> u32 {
    let began = created.as_unix().saturating_sub(1);
    claims.epoch.unwrap_or(u32::try_from(began).unwrap_or(u32::MAX))
}

/// The error of a manager that keeps no list of logins.
pub(super) fn no_list() -> StoreError {
    StoreError::Setup {
        engine: "sessions",
        problem: String::from("no level that knows the sessions of a subject: S2 to S4"),
    }
}
