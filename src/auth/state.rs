//! What a login says of itself, and what keeps it valid.

use alloc::vec::Vec;
use core::time::Duration;

use super::login::lasting;
use crate::{
    body::SessionData,
    clock::Timestamp,
    codec::Stamped,
    error::{CommitError, SessionError},
    session::{Session, frame::Frame, status::Operation},
};

/// What [`verify`] found.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The credential is the one of the login.
    Verified,
    /// The credential has changed since the login, or the login has no stamp. Log out.
    Changed,
    /// Nobody is logged in.
    Anonymous,
}

/// Who is logged in, as the login said it.
pub fn subject<T: SessionData, K>(session: &Session<T, K>) -> Option<Vec<u8>> {
    session.shared().look(|frame| frame.claims.subject.clone())
}

/// Whether somebody is logged in.
pub fn is_authenticated<T: SessionData, K>(session: &Session<T, K>) -> bool {
    session.shared().look(|frame| frame.claims.subject.is_some())
}

/// How strongly the subject proved who they are; 0 where nobody said, and where nobody is logged in.
pub fn level<T: SessionData, K>(session: &Session<T, K>) -> u8 {
    session.shared().look(|frame| frame.claims.level.unwrap_or(0))
}

/// Whether the subject proved who they are within the last `within`: at the login, or at
/// [`elevate`]. It is what a page asks before it shows or changes something that matters.
///
/// Where revocation is on and its authority cannot be asked, the answer is no.
pub fn fresh<T: SessionData, K>(session: &Session<T, K>, within: Duration) -> bool {
    let shared = session.shared();
    let now = shared.engine.now();
    shared.look(|frame| {
        let recent = |at: Timestamp| now < at.plus(within.as_secs());
        frame.claims.subject.is_some()
            && !frame.ward.blind
            && frame.claims.auth_at.is_some_and(recent)
    })
}

/// Compares the stamp of the subject's credential, as the application has it now, with the stamp of the
/// login. With the [`stamp`](super::Login::stamp) of a password this ends all other sessions at the
/// next request after the password has changed, with nothing to store.
///
/// The comparison takes the same time whatever the answer. Stamps that were tagged under a former key of
/// the ring count while that key opens cookies, and are tagged anew under the present one.
///
/// A login without a stamp is `Changed`; [`adopt_stamp`] gives it one. The [module](super) has an example.
pub fn verify<T: SessionData, K>(session: &Session<T, K>, stamp: impl AsRef<[u8]>) -> Verification {
    let engine = &session.shared().engine;
    let now = engine.now();
    let mut claims = session.claims();
    if claims.subject.is_none() {
        return Verification::Anonymous;
    }
    let Some(tag) = claims.stamp else { return Verification::Changed };
    let codec = engine.codec(now);
    match codec.stamped(&tag, stamp.as_ref(), now) {
        Stamped::Now => Verification::Verified,
        Stamped::Formerly => {
            // Where no key seals, or the response has left, the next request does it.
            if let Ok(tag) = codec.stamp_tag(stamp.as_ref(), now) {
                claims.stamp = Some(tag);
                let _ = session.set_claims(claims);
            }
            Verification::Verified
        }
        Stamped::Otherwise => Verification::Changed,
    }
}

/// Gives a login that has no stamp one, as when an application begins to use them. One that has a stamp
/// keeps it. Says whether it has one now.
///
/// ```
/// use cloakroom::{CommitError, Session, Values, auth::{self, Verification}};
///
/// /// While the last logins of before live; [`auth::verify`] alone after that.
/// fn counts(session: &Session<Values>, changed: &str) -> Result<bool, CommitError> {
///     auth::adopt_stamp(session, changed)?;
///     Ok(auth::verify(session, changed) == Verification::Verified)
/// }
/// ```
///
/// # Security
///
/// A copied cookie without a stamp is given one as well. Adopt for as long as such cookies live, and do
/// not go on for ever.
///
/// # Errors
///
/// [`CommitError`], as [`Session::update`], and [`SealError::NoSealingKey`](crate::SealError).
pub fn adopt_stamp<T: SessionData, K>(
    session: &Session<T, K>,
    stamp: impl AsRef<[u8]>,
) -> Result<bool, CommitError> {
    let engine = &session.shared().engine;
    let mut claims = session.claims();
    if claims.subject.is_none() || claims.stamp.is_some() {
        return Ok(claims.stamp.is_some());
    }
    let now = engine.now();
    claims.stamp = Some(engine.codec(now).stamp_tag(stamp.as_ref(), now)?);
    session.set_claims(claims)?;
    Ok(true)
}

/// Keeps this session after the subject changed the credential in it: it gets the `new_stamp`, and a new
/// id. All others of the subject are [`Verification::Changed`] from now on.
///
/// # Security
///
/// Change the credential only where the stamp beside it is still the one that this session was verified
/// with, in one statement. A slow request of a session that another change has ended would else undo that
/// change.
///
/// # Errors
///
/// [`SessionError::Anonymous`] if nobody is logged in, [`CommitError::Ended`] if the session was ended
/// meanwhile, as far as the level tells, and those of [`Session::commit`].
pub async fn keep_after_change<T: SessionData, K>(
    session: &Session<T, K>,
    new_stamp: impl AsRef<[u8]>,
) -> Result<(), CommitError> {
    let engine = &session.shared().engine;
    let now = engine.now();
    let tag = engine.codec(now).stamp_tag(new_stamp.as_ref(), now)?;
    renewed(session, |frame| frame.claims.stamp = Some(tag)).await
}

/// Notes that the subject has just proved again who they are, at this `level`: [`fresh`] counts from
/// now. The session gets a new id.
///
/// ```
/// use core::time::Duration;
/// use cloakroom::{CommitError, Session, Values, auth};
///
/// const PASSWORD: u8 = 1;
/// const PASSKEY: u8 = 2;
///
/// /// Whether the page is shown, or the passkey is asked for first.
/// fn may_pay(session: &Session<Values>) -> bool {
///     auth::level(session) >= PASSKEY && auth::fresh(session, Duration::from_secs(300))
/// }
///
/// /// The passkey was right.
/// async fn stepped_up(session: &Session<Values>) -> Result<(), CommitError> {
///     auth::elevate(session, PASSKEY).await
/// }
/// ```
///
/// # Errors
///
/// As [`keep_after_change`].
pub async fn elevate<T: SessionData, K>(
    session: &Session<T, K>,
    level: u8,
) -> Result<(), CommitError> {
    let now = session.shared().engine.now();
    renewed(session, |frame| {
        frame.claims.auth_at = Some(now);
        frame.claims.level = Some(level);
    })
    .await
}

/// Keeps this session for `time` from its beginning, also when the browser is closed. As
/// [`Login::remember`](super::Login::remember), for a session that is there already: somebody answers "stay
/// logged in?" on the page behind the login.
///
/// # Errors
///
/// [`SessionError`], as [`Session::update`].
pub fn remember<T: SessionData, K>(
    session: &Session<T, K>,
    time: Duration,
) -> Result<(), SessionError> {
    let loan = session.shared().borrow_to_change()?;
    loan.remember()?;
    loan.note(Operation::SetLifetimes, |frame| {
        frame.browser = false;
        frame.lifetimes = lasting(time);
    });
    Ok(())
}

/// Changes the claims of a login and its id, at once.
async fn renewed<T: SessionData, K>(
    session: &Session<T, K>,
    change: impl FnOnce(&mut Frame),
) -> Result<(), CommitError> {
    if !is_authenticated(session) {
        return Err(SessionError::Anonymous.into());
    }
    {
        let loan = session.shared().borrow_to_change()?;
        loan.remember()?;
        loan.note(Operation::Renew, change);
    }
    session.commit().await
}
