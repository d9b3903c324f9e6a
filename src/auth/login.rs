//! Logging in and out.

use alloc::{boxed::Box, vec::Vec};
use core::{fmt, mem, time::Duration};

use crate::{
    body::SessionData,
    envelope::{Claims, times::Lifetimes},
    error::{CommitError, SealError},
    limits::SUBJECT_MAX,
    session::{
        Event, Session, Subject, engine::Engine, handle::seconds, state::Shared, status::Operation,
    },
};

/// A login about to happen. See [`login`].
///
/// ```
/// use core::time::Duration;
/// use cloakroom::{Values, auth::Login};
///
/// let login: Login<'_, Values> = Login::new("ada")
///     .stamp("2026-11-01T09:00:00Z")
///     .level(1)
///     .remember(Duration::from_secs(30 * 86_400));
/// ```
#[must_use]
pub struct Login<'l, T> {
    subject: Vec<u8>,
    stamp: Option<Vec<u8>>,
    level: Option<u8>,
    remember: Option<Duration>,
    label: Option<Vec<u8>>,
    keep: Keep<'l, T>,
}

/// What becomes of the data of a visitor who was nobody before.
enum Keep<'l, T> {
    Nothing,
    All,
    Chosen(Box<dyn FnOnce(T) -> T + Send + 'l>),
}

impl<'l, T: SessionData> Login<'l, T> {
    /// A login of `subject`: 1 to 64 bytes by which the application knows its users, such as the digits
    /// of a number or the text of a UUID.
    pub fn new(subject: impl Into<Vec<u8>>) -> Self {
        let subject = subject.into();
        let (stamp, level, remember, label) = (None, None, None, None);
        Self { subject, stamp, level, remember, label, keep: Keep::Nothing }
    }

    /// What changes when the credential changes, such as the time of the last change of the password.
    /// Default: none, and [`verify`](super::verify) has nothing to go by.
    ///
    /// The session keeps a keyed tag of 16 bytes over it, not the stamp itself.
    ///
    /// The stored hash of a password does as well, but then rehashing it with better parameters logs the
    /// user out everywhere else.
    pub fn stamp(self, stamp: impl Into<Vec<u8>>) -> Self {
        Self { stamp: Some(stamp.into()), ..self }
    }

    /// How strongly the subject proved who they are, in the application's own numbers. Default: none,
    /// which [`level`](super::level) reads as 0.
    pub fn level(self, level: u8) -> Self {
        Self { level: Some(level), ..self }
    }

    /// Keeps the login for `time`, also when the browser is closed. Default: the configuration's
    /// lifetimes, and its choice between a cookie that ends with the browser and one that does not.
    ///
    /// It is the session's idle and absolute timeout, within the policy's greatest.
    pub fn remember(self, time: Duration) -> Self {
        Self { remember: Some(time), ..self }
    }

    /// What a [list of devices](super::devices) of level S3 shows of this login, at most 255 bytes; what is
    /// longer is cut. Default: nothing.
    ///
    /// A store of level S4 keeps no such label: [`Backing::label`](crate::Backing::label) makes it from
    /// the session's data, whenever the record is written.
    ///
    /// # Security
    ///
    /// It stands in the registry's store in the clear.
    pub fn label(self, label: impl Into<Vec<u8>>) -> Self {
        let mut label = label.into();
        label.truncate(LABEL_MAX);
        Self { label: Some(label), ..self }
    }

    /// Keeps all data of a visitor who was not logged in before. Default: none of it.
    ///
    /// # Security
    ///
    /// Whoever planted the cookie chose that data.
    pub fn keep_all(self) -> Self {
        Self { keep: Keep::All, ..self }
    }

    /// Keeps what `choose` takes over from the data of a visitor who was not logged in before, such as a
    /// basket. Default: nothing.
    pub fn keep(self, choose: impl FnOnce(T) -> T + Send + 'l) -> Self {
        Self { keep: Keep::Chosen(Box::new(choose)), ..self }
    }
}

/// Makes the session the subject's.
///
/// It always gets a new id and a new beginning, so that a cookie that was planted before the login is
/// never a logged-in one. What was in it:
///
/// | before | after |
/// |---|---|
/// | nobody was logged in | nothing, unless [`keep`](Login::keep) or [`keep_all`](Login::keep_all) says so |
/// | somebody else was logged in | nothing |
/// | the same subject was logged in | everything |
///
/// The session is saved at once, in its store too, and the old id is dead then.
///
/// # Errors
///
/// [`CommitError`]: [`SealError::Claims`] for a subject of 0 or over 64 bytes, and those of
/// [`Session::commit`]. Nobody is told that the login went well before it did: answer with the error.
pub async fn login<T: SessionData, K>(
    session: &Session<T, K>,
    login: Login<'_, T>,
) -> Result<(), CommitError> {
    if !(1..=SUBJECT_MAX).contains(&login.subject.len()) {
        return Err(SealError::Claims.into());
    }
    let subject = login.subject.clone();
    let shared = session.shared();
    let epoch = shared.committer.epoch(&subject).await?;
    begin(shared, login, epoch)?;
    session.commit().await?;
    // From here on it is a session like any other, which can end.
    shared.adjust(|frame| frame.ward.login = false);
    tell(&shared.engine, &Event::LoggedIn { subject: Subject::new(&subject) });
    Ok(())
}

/// Ends the session: the data is gone, the cookie is removed from every scope that the configuration
/// names, and the id is dead, in the store and, where revocation is on, in every process.
///
/// It is done when this returns, whatever becomes of the response. Somebody who is not logged in loses
/// the session too.
///
/// # Errors
///
/// As [`Session::commit`]. A session that another request has ended is no error.
pub async fn logout<T: SessionData, K>(session: &Session<T, K>) -> Result<(), CommitError> {
    let subject = super::subject(session);
    session.destroy()?;
    match session.commit().await {
        Ok(()) | Err(CommitError::Ended) => {}
        Err(error) => return Err(error),
    }
    if let Some(subject) = subject {
        let subject = Subject::new(&subject);
        tell(&session.shared().engine, &Event::LoggedOut { subject });
    }
    Ok(())
}

fn begin<T: SessionData>(
    shared: &Shared<T>,
    login: Login<'_, T>,
    epoch: Option<u32>,
) -> Result<(), CommitError> {
    let (engine, now) = (&*shared.engine, shared.engine.now());
    let tag = |stamp: Vec<u8>| engine.codec(now).stamp_tag(&stamp, now);
    let stamp = login.stamp.map(tag).transpose()?;

    let mut loan = shared.borrow_to_change()?;
    loan.remember()?;
    let before = loan.frame().claims.subject;
    let same = before.as_ref() == Some(&login.subject);
    match login.keep {
        _ if same => {}
        Keep::All if before.is_none() => {}
        Keep::Chosen(choose) if before.is_none() => {
            loan.change(|value| *value = choose(mem::take(value)))?;
        }
        _ => loan.change(|value| *value = T::default())?,
    }
    loan.note(Operation::Restart, |frame| {
        frame.claims = Claims {
            subject: Some(login.subject),
            epoch,
            auth_at: Some(now),
            checked_at: epoch.map(|_| now),
            stamp,
            level: login.level,
        };
        frame.browser = login.remember.is_none() && !engine.persistent;
        frame.lifetimes = login.remember.map_or(Lifetimes::default(), lasting);
        (frame.ward.label, frame.ward.login) = (login.label, true);
    });
    Ok(())
}

/// Bytes of a label.
const LABEL_MAX: usize = 255;

/// Lifetimes of a session that lasts for `time`, used or not.
pub(super) fn lasting(time: Duration) -> Lifetimes {
    let time = seconds(time);
    Lifetimes { life: time, idle: time }
}

pub(super) fn tell(engine: &Engine, event: &Event<'_>) {
    engine.emit(&engine.codec(engine.now()), event);
}

/// Not whose, nor by what.
impl<T> fmt::Debug for Login<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("stamp", &self.stamp.is_some())
            .field("level", &self.level)
            .field("remember", &self.remember)
            .finish_non_exhaustive()
    }
}
