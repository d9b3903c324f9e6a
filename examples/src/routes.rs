//! What each route does to a session, and what it answers.
//!
//! An error here is an error of the session, not of the visitor: a framework's binary passes it on
//! as it passes on every error.

use std::time::Duration;

use cloakroom::{CommitError, SealError, Session, SessionError};
use serde::Serialize;

use crate::answer::Answer;
use crate::data::Shop;
use crate::params::{Kind, Params};

/// The body of `/untouched`.
pub const UNTOUCHED: &str = "The session was not looked at.\n";
/// The body of `/fail`.
pub const FAILED: &str = "The handler failed.\n";
/// The first chunk of `/stream`, after which it tries to change the session.
pub const STREAM_HEAD: &str = "The head has left, and the cookie with it.\n";
/// What `/fill?kind=text` says, again and again.
const REFRAIN: &[u8] = b"one coat, grey, the left pocket torn; ";

/// GET `/session`: reads only.
///
/// # Errors
///
/// [`SessionError`].
pub fn report(session: &Session<Shop>) -> Result<Answer, SessionError> {
    #[derive(Serialize)]
    struct Body {
        is_new: bool,
        views: u32,
        user: Option<String>,
        note_bytes: usize,
        created: Option<u64>,
        expires: Option<u64>,
        kid: Option<String>,
    }
    let body = session.read(|shop| Body {
        is_new: session.is_new(),
        views: shop.views,
        user: shop.user.clone(),
        note_bytes: shop.note.len(),
        created: session.created().map(|time| time.as_unix()),
        expires: session.expires().map(|time| time.as_unix()),
        kid: session.kid().map(|kid| kid.to_string()),
    })?;
    Ok(Answer::json(200, &body))
}

/// POST `/visit`: counts one view.
///
/// # Errors
///
/// [`SessionError`].
pub fn visit(session: &Session<Shop>) -> Result<Answer, SessionError> {
    let views = count(session)?;
    Ok(Answer::json(200, &serde_json::json!({ "views": views })))
}

/// POST `/login`: a new session of the old data, for somebody.
///
/// # Errors
///
/// [`SessionError`].
pub fn login(session: &Session<Shop>, params: &Params) -> Result<Answer, SessionError> {
    let user = match params.user() {
        Ok(user) => user,
        Err(bad) => return Ok(bad.into()),
    };
    // Whoever planted or copied the old cookie has no part in the new session.
    session.restart()?;
    session.update(|shop| shop.user = Some(user.clone()))?;
    Ok(Answer::json(200, &serde_json::json!({ "user": user })))
}

/// POST `/logout`: destroys the session.
///
/// # Errors
///
/// [`SessionError`].
pub fn logout(session: &Session<Shop>) -> Result<Answer, SessionError> {
    session.destroy()?;
    Ok(Answer::see_other("/"))
}

/// POST `/fill`: fills the session with a note, if it fits.
///
/// # Errors
///
/// [`CommitError`], but that the session is too large: that is for the visitor to know.
pub async fn fill(session: &Session<Shop>, params: &Params) -> Result<Answer, CommitError> {
    #[derive(Serialize)]
    struct TooLarge {
        error: &'static str,
        needed: usize,
        limit: usize,
    }
    let (bytes, kind) = match params.fill() {
        Ok(fill) => fill,
        Err(bad) => return Ok(bad.into()),
    };
    let note = filling(bytes, kind).map_err(|_| SealError::Entropy)?;
    let old = session.update(|shop| std::mem::replace(&mut shop.note, note))?;
    match session.commit().await {
        Ok(()) => Ok(Answer::json(200, &serde_json::json!({ "note_bytes": bytes }))),
        Err(CommitError::Seal(SealError::TooLarge(sizes))) => {
            session.update(|shop| shop.note = old)?;
            let (needed, limit) = (sizes.needed, sizes.limit);
            Ok(Answer::json(422, &TooLarge { error: "too_large", needed, limit }))
        }
        Err(error) => Err(error),
    }
}

/// POST `/lifetime`: gives the session lifetimes of its own, and answers what was asked for.
///
/// # Errors
///
/// [`SessionError`].
pub fn lifetime(session: &Session<Shop>, params: &Params) -> Result<Answer, SessionError> {
    let asked = match params.lifetimes() {
        Ok(asked) => asked,
        Err(bad) => return Ok(bad.into()),
    };
    if let Some(idle) = asked.idle {
        session.set_idle(Duration::from_secs(idle.into()))?;
    }
    if let Some(absolute) = asked.absolute {
        session.set_absolute(Duration::from_secs(absolute.into()))?;
    }
    if let Some(persistent) = asked.persistent {
        session.set_persistent(persistent)?;
    }
    Ok(Answer::json(200, &asked))
}

/// One view more: what `/visit` does, and `/fail` before it fails.
///
/// # Errors
///
/// [`SessionError`].
pub fn count(session: &Session<Shop>) -> Result<u32, SessionError> {
    session.update(|shop| {
        shop.views = shop.views.saturating_add(1);
        shop.views
    })
}

/// The second chunk of `/stream`: what came of changing the session then.
pub fn too_late(session: &Session<Shop>) -> String {
    match count(session) {
        Ok(views) => format!("the session counts {views} views, and nobody will know\n"),
        Err(error) => error.to_string(),
    }
}

fn filling(bytes: usize, kind: Kind) -> Result<Vec<u8>, getrandom::Error> {
    match kind {
        Kind::Text => Ok(REFRAIN.iter().copied().cycle().take(bytes).collect()),
        Kind::Random => {
            let mut note = vec![0; bytes];
            getrandom::fill(&mut note)?;
            Ok(note)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filling_has_the_length_asked_for() {
        assert_eq!(filling(100, Kind::Text).expect("text").len(), 100);
        let random = filling(100, Kind::Random).expect("random bytes");
        assert_eq!(random.len(), 100);
        assert_ne!(random, filling(100, Kind::Random).expect("random bytes"));
    }
}
