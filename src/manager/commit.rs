//! From a session to `Set-Cookie`: one decision, then at most one seal.

use alloc::boxed::Box;
use core::{future::Future, pin::Pin};

use crate::{
    body::{self, Encoded, SessionData},
    clock::Timestamp,
    cookie::SetCookie,
    envelope::fit::Draft,
    error::{CommitError, SealError},
    limits::SET_COOKIE_NEAR,
    session::{
        Event, SaveOn, SessionStatus,
        engine::Engine,
        frame::Frame,
        handle::Commit,
        state::{Headers, Loan, Shared},
    },
};

/// The explicit commit of a cookie session.
pub(super) struct Committer;

impl<T: SessionData> Commit<T> for Committer {
    fn commit_now<'c>(
        &'c self,
        shared: &'c Shared<T>,
    ) -> Pin<Box<dyn Future<Output = Result<(), CommitError>> + Send + 'c>> {
        Box::pin(async move {
            let loan = shared.borrow_to_change()?;
            let headers = decide(shared, &loan, 200);
            loan.keep(headers.inspect_err(|error| tell(&shared.engine, error))?);
            Ok(())
        })
    }

    fn finish<'c>(
        &'c self,
        shared: &'c Shared<T>,
        status: u16,
    ) -> Pin<Box<dyn Future<Output = Result<Headers, CommitError>> + Send + 'c>> {
        Box::pin(async move { finish(shared, status) })
    }
}

/// The last commit of a session: what it comes to leaves with the response.
pub(super) fn finish<T: SessionData>(
    shared: &Shared<T>,
    status: u16,
) -> Result<Headers, CommitError> {
    let loan = shared.borrow();
    shared.close();
    let loan = loan?;
    match loan.committed() {
        Some(headers) => Ok(headers),
        None => decide(shared, &loan, status),
    }
}

/// Tells of a session that was not saved.
pub(super) fn tell(engine: &Engine, error: &CommitError) {
    engine.emit(&engine.codec(engine.now()), &Event::of_failure(error));
}

/// What is to be done.
pub(super) enum Decision {
    /// Nothing.
    Leave,
    /// Send the sealed session; `asked` tells whether somebody changed it.
    Send { body: Encoded, asked: bool },
    /// Leave out the seal that is due and that nobody asked for.
    Skip(SealError),
    /// Send a removal.
    Remove,
}

pub(super) fn decide<T: SessionData>(
    shared: &Shared<T>,
    loan: &Loan<'_, T>,
    status: u16,
) -> Result<Headers, CommitError> {
    let (frame, value) = (&loan.frame(), loan.value()?);
    let engine = &*shared.engine;
    let now = engine.now();
    let mut headers = Headers::read_only();
    let decision = decision(engine, frame, value, now, status)?;
    let everywhere = matches!(decision, Decision::Remove) || changes_hands(frame);
    match decision {
        Decision::Leave => {}
        Decision::Remove => remove(engine, now, &mut headers),
        Decision::Skip(error) => skip(engine, now, &error),
        Decision::Send { body, asked } => match send(shared, frame, &body, asked, now) {
            Ok(line) => headers.set_cookies.push(line),
            Err(error) if asked => return Err(with_keys(error, value).into()),
            Err(error) => skip(engine, now, &error),
        },
    }
    scopes(engine, frame, everywhere, &mut headers);
    Ok(headers)
}

/// One match on the status.
pub(super) fn decision<T: SessionData>(
    engine: &Engine,
    frame: &Frame,
    value: &T,
    now: Timestamp,
    status: u16,
) -> Result<Decision, CommitError> {
    use SessionStatus::*;
    let encoded = || body::encode(value, engine.held_version);
    // Its own lifetime was set to less than its age: it ends here.
    let over = frame.times(now).end(engine.policy()) <= now;
    let emptied = || emptied(engine, frame, value);
    let kept_back = status >= 500 && engine.save_on == SaveOn::NotServerError;
    let send =
        |body, asked| Ok(if over { Decision::Remove } else { Decision::Send { body, asked } });
    match frame.status {
        Started | Restarted => send(encoded()?, true),
        Renewed if emptied()? => Ok(Decision::Remove),
        Renewed => send(encoded()?, true),
        Destroyed => Ok(gone(frame)),
        Begun | Reborn if kept_back => Ok(gone(frame)),
        Begun | Reborn => {
            let body = encoded()?;
            // It began as the default, so this is "differs from the default" without making another.
            if frame.unchanged(&body) && frame.claims.is_empty() {
                return Ok(gone(frame));
            }
            send(body, true)
        }
        Changed if kept_back => Ok(Decision::Leave),
        Changed if emptied()? => Ok(Decision::Remove),
        Changed => {
            let body = encoded()?;
            let asked = !frame.unchanged(&body) || frame.differs();
            if asked || frame.due(engine, now) { send(body, asked) } else { Ok(Decision::Leave) }
        }
        Loaded if frame.due(engine, now) => Ok(match encoded() {
            Ok(_) if over => Decision::Remove,
            Ok(body) => Decision::Send { body, asked: false },
            Err(error) => Decision::Skip(error),
        }),
        Loaded => Ok(Decision::Leave),
        Anonymous => Ok(gone(frame)),
    }
}

/// Whether a map was emptied and nothing else is left of the session.
fn emptied<T: SessionData>(engine: &Engine, frame: &Frame, value: &T) -> Result<bool, SealError> {
    if !frame.claims.is_empty() || !body::is_emptied(value) {
        return Ok(false);
    }
    // One that came empty and without claims was wanted that way.
    let came_empty = frame.unchanged(&body::encode(value, engine.held_version)?);
    let came_bare = frame.opened.as_ref().is_none_or(|opened| opened.claims().is_empty());
    Ok(!(came_empty && came_bare))
}

/// No session: what is left of an old one goes, unless it may open elsewhere.
fn gone(frame: &Frame) -> Decision {
    let ended = matches!(frame.status, SessionStatus::Destroyed | SessionStatus::Reborn);
    if frame.stale || frame.ambiguous || (ended && (frame.carried || frame.opened.is_some())) {
        Decision::Remove
    } else {
        Decision::Leave
    }
}

pub(super) fn send<T: SessionData>(
    shared: &Shared<T>,
    frame: &Frame,
    body: &[u8],
    asked: bool,
    now: Timestamp,
) -> Result<SetCookie, SealError> {
    let engine = &*shared.engine;
    let header = shared.header(frame, now)?;
    let max_age = engine.max_age(&header, now);
    let overhead = engine.overhead(&header, now);
    let draft = Draft { header: &header, body, bind: &shared.bind, overhead };
    let codec = engine.codec(now);
    let sealed = engine.seal(&draft, now)?;
    let line = engine.attributes.set(&sealed.value, max_age)?;

    let (kid, bytes) = (sealed.kid, line.as_str().len());
    engine.emit(
        &codec,
        &if asked { Event::Sealed { kid, bytes } } else { Event::Resealed { kid, bytes } },
    );
    if bytes >= SET_COOKIE_NEAR {
        engine.emit(&codec, &Event::NearLimit { bytes });
    }
    Ok(line)
}

/// Says which keys of a map take the room.
fn with_keys<T: SessionData>(error: SealError, value: &T) -> SealError {
    match error {
        SealError::TooLarge(mut sizes) => {
            sizes.largest = body::largest(value);
            SealError::TooLarge(sizes)
        }
        other => other,
    }
}

pub(super) fn skip(engine: &Engine, now: Timestamp, error: &SealError) {
    engine.emit(&engine.codec(now), &Event::ResealSkipped { error });
}

pub(super) fn remove(engine: &Engine, now: Timestamp, headers: &mut Headers) {
    headers.set_cookies.push(engine.attributes.removal());
    engine.emit(&engine.codec(now), &Event::Removed);
}

/// Whether the cookie gives way to another session's, or to none.
pub(super) fn changes_hands(frame: &Frame) -> bool {
    use SessionStatus::*;
    frame.ambiguous || !matches!(frame.status, Anonymous | Begun | Loaded | Changed)
}

/// Removals beside the main line: of previous scopes if the cookie is to be gone `everywhere`, of the
/// other name that it came under, and, when a session ends, of every other name that would bring one
/// back.
pub(super) fn scopes(engine: &Engine, frame: &Frame, everywhere: bool, headers: &mut Headers) {
    if everywhere {
        headers.set_cookies.extend(engine.attributes.previous_removals());
    }
    let ends =
        everywhere && !matches!(frame.status, SessionStatus::Anonymous | SessionStatus::Begun);
    let moved = frame.other_name.filter(|_| !headers.set_cookies.is_empty());
    let others = engine.other_names.iter().enumerate();
    let gone =
        others.filter(|(nth, _)| moved == Some(*nth) || (ends && frame.others.contains(nth)));
    for (_, attributes) in gone {
        headers.set_cookies.push(attributes.removal());
        headers.set_cookies.extend(attributes.previous_removals());
    }
}
