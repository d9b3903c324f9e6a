//! Tokens that tell a form of this site from one of another: a tag over the session's id.
//!
//! A token is good for one session and for as long as its id: a login, a logout and a renewal make it
//! void. Nothing is stored. Each call gives another text for the same tag, so that a page that is
//! compressed tells nothing of it. The bytes are those of section 11 of
//! [`wire_format`](crate::guide::wire_format).
//!
//! ```
//! # use cloakroom::{RequestParts, SessionManager, Values};
//! # async fn page(sessions: &SessionManager<Values>) -> Result<(), Box<dyn std::error::Error>> {
//! # let session = sessions.anonymous();
//! use cloakroom::auth::csrf;
//!
//! // While the page with the form is made:
//! let field = format!("<input type=hidden name=csrf value={}>", csrf::token(&session)?);
//!
//! // While the form that came back is looked at:
//! # let form = "";
//! if !csrf::verify(&session, form) {
//!     // 403, and nothing is done
//! }
//! # Ok(()) }
//! ```
//!
//! The default cookie is `SameSite=Lax`, which keeps other sites' forms logged out already. Tokens are
//! for what that leaves: other hosts of one's own domain, old browsers, and `SameSite=None`.

use alloc::string::String;

use crate::{
    body::SessionData,
    error::{CommitError, SealError},
    limits::CSRF_LEN,
    primitives::base64url,
    session::{Session, SessionStatus, status::Operation},
};

/// A token for the forms of this response: 64 characters of `A`-`Z`, `a`-`z`, `0`-`9`, `-` and `_`.
///
/// A visitor without a session gets one, since the token has to belong to something: a login form can
/// carry a token, and its page cannot be cached.
///
/// # Errors
///
/// [`CommitError`]: no key seals, no random bytes, the response has left.
pub fn token<T: SessionData, K>(session: &Session<T, K>) -> Result<String, CommitError> {
    let shared = session.shared();
    if shared.look(|frame| may_stay_unsaved(frame.status)) {
        let loan = shared.borrow_to_change()?;
        loan.remember()?;
        let before = loan.frame();
        loan.note(Operation::Restart, |frame| {
            (frame.claims, frame.lifetimes) = (before.claims, before.lifetimes);
            frame.fresh_sid = before.fresh_sid;
        });
    }
    let engine = &*shared.engine;
    let now = engine.now();
    let sid = shared.sid()?.ok_or(SealError::Entropy)?;
    let tag = engine.codec(now).csrf_tag(&sid, now)?;
    let mut bytes = [0; 2 * CSRF_LEN];
    if let Some((mask, masked)) = bytes.split_first_chunk_mut::<CSRF_LEN>() {
        engine.fill(mask)?;
        masked.iter_mut().zip(xor(mask, &tag)).for_each(|(to, from)| *to = from);
    }
    Ok(base64url::encode(&bytes))
}

/// Whether `token` was made for the session that this request came with.
///
/// It takes the same time whatever the answer, and accepts tokens of every key that still opens
/// cookies. A request without a session of its own has no token that is good.
#[must_use]
pub fn verify<T: SessionData, K>(session: &Session<T, K>, token: impl AsRef<[u8]>) -> bool {
    let shared = session.shared();
    let sid = shared.look(|frame| frame.opened.as_ref().map(|opened| opened.header.sid));
    let mut bytes = [0; 2 * CSRF_LEN];
    let len = base64url::decode_into(token.as_ref(), &mut bytes);
    let (Some(sid), Some(_)) = (sid, len.filter(|len| *len == bytes.len())) else { return false };
    let Some((mask, masked)) = bytes.split_first_chunk::<CSRF_LEN>() else { return false };
    let Some(masked) = masked.first_chunk() else { return false };
    let now = shared.engine.now();
    shared.engine.codec(now).is_csrf_tag(&xor(mask, masked), &sid, now)
}

/// Whether a session in this situation may come to nothing.
const fn may_stay_unsaved(status: SessionStatus) -> bool {
    use SessionStatus::{Anonymous, Begun, Destroyed, Reborn};
    matches!(status, Anonymous | Begun | Destroyed | Reborn)
}

fn xor(a: &[u8; CSRF_LEN], b: &[u8; CSRF_LEN]) -> [u8; CSRF_LEN] {
    let mut out = *a;
    out.iter_mut().zip(b).for_each(|(to, with)| *to ^= with);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        body::Values,
        keys::{Key, KeyRing},
        manager::SessionManager,
        session::SessionConfig,
    };

    #[test]
    fn a_token_has_the_documented_bytes() {
        let ring = KeyRing::new(Key::generate().unwrap());
        let sessions = SessionManager::<Values>::new(SessionConfig::new(ring, "shop")).unwrap();
        let session = sessions.anonymous();
        let token = token(&session).unwrap();
        let mut bytes = [0; 48];
        assert_eq!(base64url::decode_into(token.as_bytes(), &mut bytes), Some(48));
        let engine = &session.shared().engine;
        let sid = session.shared().sid().unwrap().unwrap();
        let tag = engine.codec(engine.now()).csrf_tag(&sid, engine.now()).unwrap();
        for nth in 0..24 {
            assert_eq!(bytes[nth] ^ bytes[24 + nth], tag[nth], "{nth}");
        }
    }
}
