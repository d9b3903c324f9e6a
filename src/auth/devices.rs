//! The sessions of one subject: a list of devices, ending one, and ending all.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::login::tell;
use crate::{
    body::SessionData,
    error::{CommitError, StoreError},
    manager::SessionManager,
    session::{Event, Session, Subject, status::Operation},
    store::{Meta, RowKey, StoreTime},
};

/// A login of a subject, as a page that lists devices shows it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// 16 hex digits by which [`end_device`] knows it. No session can be found from them.
    pub public_id: String,
    /// When it logged in.
    pub created: StoreTime,
    /// When it was last used, give or take a tenth of the idle timeout.
    pub seen: StoreTime,
    /// When it ends if it is not used again.
    pub expires: StoreTime,
    /// What the application wrote beside it: [`Login::label`](super::Login::label) of level S3, or
    /// [`Backing::label`](crate::Backing::label) of level S4.
    pub label: Option<Vec<u8>>,
}

impl Device {
    /// Whether it is this session.
    pub fn is<T: SessionData, K>(&self, session: &Session<T, K>) -> bool {
        let id = session.id();
        id.is_some_and(|id| RowKey::of(id.expose_bytes()).public_id() == self.public_id)
    }

    fn of(row: Meta) -> Self {
        let Meta { key, created, seen, expires, label } = row;
        Self { public_id: key.public_id(), created, seen, expires, label }
    }
}

/// Where the subject is logged in, the device used last first. It needs level S3 or S4.
///
/// ```
/// # #[cfg(feature = "memory-store")] fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use core::future::Future;
/// # fn block_on<F: Future>(f: F) -> F::Output {
/// #     let mut f = std::pin::pin!(f);
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     loop { if let std::task::Poll::Ready(out) = f.as_mut().poll(&mut context) { return out } }
/// # }
/// use cloakroom::{Key, KeyRing, SessionConfig, SessionManager, Values};
/// use cloakroom::{auth::{self, Login}, revocation::Registry, store::MemoryStore};
///
/// let config = SessionConfig::new(KeyRing::new(Key::generate()?), "shop");
/// let sessions = SessionManager::<Values>::new(config)?.guarded_by(Registry::new(MemoryStore::new()));
///
/// let session = sessions.anonymous();
/// block_on(auth::login(&session, Login::new("ada").label("Firefox on Linux")))?;
/// let devices = block_on(auth::devices(&sessions, "ada"))?;
/// assert!(devices.len() == 1 && devices[0].is(&session));
///
/// assert!(block_on(auth::end_device(&sessions, "ada", &devices[0].public_id))?);
/// assert!(block_on(auth::devices(&sessions, "ada"))?.is_empty());
/// # Ok(()) }
/// # #[cfg(not(feature = "memory-store"))] fn main() {}
/// ```
///
/// # Errors
///
/// [`StoreError`]; [`StoreError::Setup`] below level S3.
pub async fn devices<T: SessionData, K>(
    sessions: &SessionManager<T, K>,
    subject: impl AsRef<[u8]>,
) -> Result<Vec<Device>, StoreError> {
    let rows = sessions.rows_of(subject.as_ref()).await?;
    Ok(rows.into_iter().map(Device::of).collect())
}

/// Ends the login of this public id, if it is one of the subject's; says whether it was.
///
/// # Errors
///
/// As [`devices`].
pub async fn end_device<T: SessionData, K>(
    sessions: &SessionManager<T, K>,
    subject: impl AsRef<[u8]>,
    public_id: &str,
) -> Result<bool, StoreError> {
    let subject = subject.as_ref();
    let rows = sessions.rows_of(subject).await?;
    let Some(row) = rows.iter().find(|row| row.key.public_id() == public_id) else {
        return Ok(false);
    };
    sessions.end_row(row).await?;
    tell(sessions.engine_of(), &Event::Revoked { subject: Subject::new(subject) });
    Ok(true)
}

/// Ends all sessions of the subject. It needs level S2 or above; at S1, change the stamp.
///
/// `keep` is the session that asks for it, if it is to go on: it gets a new id at once. A session of
/// somebody else is left as it is.
///
/// # Errors
///
/// [`CommitError`]: [`StoreError::Setup`] below level S2; [`CommitError::Ended`] if the session that asks has
/// itself been ended meanwhile. After another error some sessions may have ended; asking again is safe.
pub async fn logout_everywhere<T: SessionData, K>(
    sessions: &SessionManager<T, K>,
    subject: impl AsRef<[u8]>,
    keep: Option<&Session<T, K>>,
) -> Result<(), CommitError> {
    let subject = subject.as_ref();
    let keep = keep.filter(|session| super::subject(session).as_deref() == Some(subject));
    let row = match keep {
        Some(session) => session.shared().sid()?.map(|sid| RowKey::of(&sid)),
        None => None,
    };
    if let Some(session) = keep {
        sessions.may_stay(session).await?;
    }
    let epoch = sessions.end_all(subject, row).await?;
    let Some(session) = keep else { return Ok(()) };
    {
        let loan = session.shared().borrow_to_change()?;
        loan.remember()?;
        loan.note(Operation::Renew, |frame| frame.claims.epoch = epoch.or(frame.claims.epoch));
    }
    session.commit().await
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("created", &self.created)
            .field("seen", &self.seen)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
