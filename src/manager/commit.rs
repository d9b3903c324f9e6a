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
        handle::Commit,
        state::{Headers, Shared, State},
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
            let mut state = shared.lock_to_change()?;
            let headers = decide(shared, &mut state, 200)?;
            state.committed = Some(headers);
            Ok(())
        })
    }
}

/// The last commit of a session: what it comes to leaves with the response.
pub(super) fn finish<T: SessionData>(
    shared: &Shared<T>,
    status: u16,
) -> Result<Headers, CommitError> {
    let mut state = shared.lock().inspect_err(|_| shared.close())?;
    state.sent = true;
    match state.committed.take() {
        Some(headers) => Ok(headers),
        None => decide(shared, &mut state, status),
    }
}

/// What is to be done.
enum Decision {
    /// Nothing.
    Leave,
    /// Send the sealed session; `asked` tells whether somebody changed it.
    Send { body: Encoded, asked: bool },
    /// Leave out the seal that is due and that nobody asked for.
    Skip(SealError),
    /// Send a removal.
    Remove,
}

fn decide<T: SessionData>(
    shared: &Shared<T>,
    state: &mut State<T>,
    status: u16,
) -> Result<Headers, CommitError> {
    let engine = &*shared.engine;
    let now = engine.now();
    let mut headers = Headers::read_only();
    let decision = decision(engine, state, now, status)?;
    let everywhere = matches!(decision, Decision::Remove) || changes_hands(state);
    match decision {
        Decision::Leave => {}
        Decision::Remove => remove(engine, now, &mut headers),
        Decision::Skip(error) => skip(engine, now, &error),
        Decision::Send { body, asked } => match send(shared, state, &body, asked, now) {
            Ok(line) => headers.set_cookies.push(line),
            Err(error) if asked => return Err(error.into()),
            Err(error) => skip(engine, now, &error),
        },
    }
    scopes(engine, state, everywhere, &mut headers);
    Ok(headers)
}

/// One match on the status.
fn decision<T: SessionData>(
    engine: &Engine,
    state: &State<T>,
    now: Timestamp,
    status: u16,
) -> Result<Decision, CommitError> {
    use SessionStatus::*;
    let held = engine.held_version;
    let kept_back = status >= 500 && engine.save_on == SaveOn::NotServerError;
    let send = |body, asked| Ok(Decision::Send { body, asked });
    match state.status {
        Started | Restarted => send(state.encode(held)?, true),
        Renewed if emptied(state, held)? => Ok(Decision::Remove),
        Renewed => send(state.encode(held)?, true),
        Destroyed => Ok(gone(state)),
        Begun | Reborn if kept_back => Ok(gone(state)),
        Begun | Reborn => {
            let body = state.encode(held)?;
            // It began as the default, so this is "differs from the default" without making another.
            if unchanged(state, &body) && state.claims.is_empty() {
                return Ok(gone(state));
            }
            send(body, true)
        }
        Changed if kept_back => Ok(Decision::Leave),
        Changed if emptied(state, held)? => Ok(Decision::Remove),
        Changed => {
            let body = state.encode(held)?;
            let asked = !unchanged(state, &body) || state.frame_changed();
            if asked || state.due(engine, now) { send(body, asked) } else { Ok(Decision::Leave) }
        }
        Loaded if state.due(engine, now) => Ok(match state.encode(held) {
            Ok(body) => Decision::Send { body, asked: false },
            Err(error) => Decision::Skip(error),
        }),
        Loaded => Ok(Decision::Leave),
        Anonymous => Ok(gone(state)),
    }
}

/// Whether `body` is what the data was before the first write.
fn unchanged<T: SessionData>(state: &State<T>, body: &Encoded) -> bool {
    matches!(&state.before, Some(Some(before)) if before == body)
}

/// Whether a map was emptied and nothing else is left of the session.
fn emptied<T: SessionData>(state: &State<T>, held: Option<u8>) -> Result<bool, SealError> {
    if !state.claims.is_empty() || !state.value().is_some_and(body::is_emptied) {
        return Ok(false);
    }
    // One that came empty and without claims was wanted that way.
    let came_empty = unchanged(state, &body::encode(&T::default(), held)?);
    let came_bare = state.opened.as_ref().is_none_or(|opened| opened.claims().is_empty());
    Ok(!(came_empty && came_bare))
}

/// No session: what is left of an old one goes, unless it may open elsewhere.
fn gone<T: SessionData>(state: &State<T>) -> Decision {
    let ended = matches!(state.status, SessionStatus::Destroyed | SessionStatus::Reborn);
    if state.stale || state.ambiguous || (ended && (state.carried || state.opened.is_some())) {
        Decision::Remove
    } else {
        Decision::Leave
    }
}

fn send<T: SessionData>(
    shared: &Shared<T>,
    state: &mut State<T>,
    body: &[u8],
    asked: bool,
    now: Timestamp,
) -> Result<SetCookie, SealError> {
    let engine = &*shared.engine;
    let header = state.header(engine, now)?;
    let max_age = engine.max_age(&header, now);
    let overhead = engine.overhead(&header, now);
    let draft = Draft { header: &header, body, bind: &shared.bind, overhead };
    let codec = engine.codec(now);
    let sealed = engine.seal(&draft, now).map_err(|error| with_keys(error, state))?;
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
fn with_keys<T: SessionData>(error: SealError, state: &State<T>) -> SealError {
    match error {
        SealError::TooLarge(mut sizes) => {
            sizes.largest = state.value().map(body::largest).unwrap_or_default();
            SealError::TooLarge(sizes)
        }
        other => other,
    }
}

fn skip(engine: &Engine, now: Timestamp, error: &SealError) {
    engine.emit(&engine.codec(now), &Event::ResealSkipped { error });
}

fn remove(engine: &Engine, now: Timestamp, headers: &mut Headers) {
    headers.set_cookies.push(engine.attributes.removal());
    engine.emit(&engine.codec(now), &Event::Removed);
}

/// Whether the cookie gives way to another session's, or to none.
fn changes_hands<T: SessionData>(state: &State<T>) -> bool {
    use SessionStatus::*;
    state.ambiguous || !matches!(state.status, Anonymous | Begun | Loaded | Changed)
}

/// Removals beside the main line: of previous scopes if the cookie is to be gone `everywhere`, of the
/// other name that it came under, and, when a session ends, of every other name that would bring one
/// back.
fn scopes<T: SessionData>(
    engine: &Engine,
    state: &State<T>,
    everywhere: bool,
    headers: &mut Headers,
) {
    if everywhere {
        headers.set_cookies.extend(engine.attributes.previous_removals());
    }
    let ends =
        everywhere && !matches!(state.status, SessionStatus::Anonymous | SessionStatus::Begun);
    let moved = state.other_name.filter(|_| !headers.set_cookies.is_empty());
    let others = engine.other_names.iter().enumerate();
    let gone =
        others.filter(|(nth, _)| moved == Some(*nth) || (ends && state.others.contains(nth)));
    headers.set_cookies.extend(gone.map(|(_, attributes)| attributes.removal()));
}
