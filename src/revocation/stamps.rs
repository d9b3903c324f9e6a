//! S1 by a closure: the stamp of the subject's credential, asked for at each request.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{fmt, future::Future};

use crate::{
    clock::Timestamp,
    codec::{Codec, Stamped},
    envelope::Claims,
    error::StoreError,
    limits::STAMP_LEN,
    session::handle::Call,
};

/// Level S1 for an application that does not load its user at each request anyway: one question, answered by
/// one closure, and nothing else to run.
///
/// A session whose stamp is no longer the subject's is refused as `session_revoked`, and its cookie is removed.
/// `None` says that there is no such subject. An error is answered with 503, and the cookie stays.
///
/// ```
/// use cloakroom::{Key, KeyRing, SessionConfig, SessionManager, StoreError, Values};
/// use cloakroom::revocation::Stamps;
///
/// # async fn password_changed_at(user: &[u8]) -> Result<Option<String>, StoreError> { Ok(None) }
/// let stamps = Stamps::new(|subject| async move {
///     Ok(password_changed_at(&subject).await?.map(String::into_bytes))
/// });
/// let config = SessionConfig::new(KeyRing::new(Key::generate()?), "shop");
/// let sessions = SessionManager::<Values>::new(config)?.guarded_by(stamps);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Where the user is loaded anyway, [`auth::verify`](crate::auth::verify) costs no second question.
#[must_use]
pub struct Stamps {
    ask: Arc<Ask>,
    adopt: bool,
}

type Ask = dyn Fn(Vec<u8>) -> Call<'static, Result<Option<Vec<u8>>, StoreError>> + Send + Sync;

/// What became of a login's stamp.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StampFinding {
    /// It is the subject's.
    Counts,
    /// It is, and is to be tagged anew.
    Retag([u8; STAMP_LEN]),
    /// It is not.
    Ended,
}

impl Stamps {
    /// Asks `stamp` for the present stamp of a subject.
    pub fn new<F>(stamp: impl Fn(Vec<u8>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send + 'static,
    {
        Self { ask: Arc::new(move |subject| Box::pin(stamp(subject))), adopt: false }
    }

    /// Whether logins without a stamp are given the present one. Default: no, and they have ended.
    ///
    /// Turn it on when an application begins to use stamps, so that nobody is logged out by that, and off
    /// once the last login of before has expired.
    ///
    /// # Security
    ///
    /// While it is on, a copied cookie without a stamp survives a change of the password.
    pub fn adopt_unstamped(self, adopt: bool) -> Self {
        Self { adopt, ..self }
    }

    pub(crate) async fn judge(
        &self,
        codec: &Codec,
        claims: &Claims,
        now: Timestamp,
    ) -> Result<StampFinding, StoreError> {
        let Some(subject) = &claims.subject else { return Ok(StampFinding::Counts) };
        if claims.stamp.is_none() && !self.adopt {
            return Ok(StampFinding::Ended);
        }
        let Some(stamp) = (self.ask)(subject.clone()).await? else {
            return Ok(StampFinding::Ended);
        };
        let found = claims.stamp.map(|tag| codec.stamped(&tag, &stamp, now));
        Ok(match found {
            Some(Stamped::Now) => StampFinding::Counts,
            Some(Stamped::Otherwise) => StampFinding::Ended,
            // Where no key seals it waits for one.
            Some(Stamped::Formerly) | None => {
                codec.stamp_tag(&stamp, now).map_or(StampFinding::Counts, StampFinding::Retag)
            }
        })
    }
}

impl fmt::Debug for Stamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stamps").field("adopt_unstamped", &self.adopt).finish_non_exhaustive()
    }
}
