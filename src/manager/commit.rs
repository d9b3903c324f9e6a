//! From a session to `Set-Cookie`: one decision, then at most one seal.

use alloc::{boxed::Box, sync::Arc};
use core::{future::Future, pin::Pin};

use crate::{
    body::{self, Buffer, SessionData},
    clock::Timestamp,
    codec::Codec,
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
        None => match decide(shared, &loan, status) {
            // Nobody asked for the move: the foreign cookie stays, and serves the next request too.
            Err(CommitError::Seal(error)) if loan.frame().taken_over => {
                let engine = &shared.engine;
                engine.emit(&engine.codec(engine.now()), &Event::ResealSkipped { error: &error });
                Ok(Headers::read_only())
            }
            decided => decided,
        },
    }
}

/// Tells of a session that was not saved.
pub(super) fn tell(engine: &Engine, error: &CommitError) {
    engine.emit(&engine.codec(engine.now()), &Event::of_failure(error));
}

/// When a session is sealed.
#[derive(Clone, Copy)]
enum Seals {
    Always,
    /// Unless it is a map that was emptied: that is removed.
    UnlessEmptied,
    /// If somebody changed it, or as [`IfDue`](Self::IfDue); one that was emptied is removed.
    IfChanged,
    /// If it differs from the default session.
    IfNotDefault,
    /// If its age or its key asks for it.
    IfDue,
    Never,
}

/// Whose the browser's cookie was and is.
#[derive(Clone, Copy, PartialEq)]
enum Hands {
    /// There was no session.
    Free,
    /// It stays the same session's.
    Same,
    /// It gives way to another session's, or to none.
    Over,
}

/// The one table of what a commit does in each situation.
const fn rule(status: SessionStatus) -> (Seals, Hands) {
    use SessionStatus::*;
    match status {
        Anonymous => (Seals::Never, Hands::Free),
        Begun => (Seals::IfNotDefault, Hands::Free),
        Started => (Seals::Always, Hands::Over),
        Loaded => (Seals::IfDue, Hands::Same),
        Changed => (Seals::IfChanged, Hands::Same),
        Renewed => (Seals::UnlessEmptied, Hands::Over),
        Restarted => (Seals::Always, Hands::Over),
        Destroyed => (Seals::Never, Hands::Over),
        Reborn => (Seals::IfNotDefault, Hands::Over),
    }
}

/// What is to be done.
pub(super) enum Decision {
    /// Nothing.
    Leave,
    /// Send the sealed session; `asked` tells whether somebody changed it.
    Send { body: Buffer, asked: bool },
    /// Leave out the seal that is due and that nobody asked for.
    Skip(SealError),
    /// Send a removal.
    Remove,
}

/// A commit under way: at one moment, with the keys of that moment.
pub(super) struct Present<'c> {
    engine: &'c Engine,
    codec: Arc<Codec>,
    frame: &'c Frame,
    now: Timestamp,
}

pub(super) fn decide<T: SessionData>(
    shared: &Shared<T>,
    loan: &Loan<'_, T>,
    status: u16,
) -> Result<Headers, CommitError> {
    let (frame, value) = (&loan.frame(), loan.value()?);
    let engine = &*shared.engine;
    let present = Present::new(engine, frame, engine.now());
    let mut headers = Headers::read_only();
    let decision = present.decide(value, status)?;
    let removed = matches!(decision, Decision::Remove);
    match decision {
        Decision::Leave => {}
        Decision::Remove => present.remove(&mut headers),
        Decision::Skip(error) => present.tell(&Event::ResealSkipped { error: &error }),
        Decision::Send { body, asked } => match present.send(shared, &body, asked) {
            Ok(line) => headers.set_cookies.push(line),
            Err(error) if asked => return Err(with_keys(error, value).into()),
            Err(error) => present.tell(&Event::ResealSkipped { error: &error }),
        },
    }
    present.leave(removed, &mut headers);
    Ok(headers)
}

impl<'c> Present<'c> {
    pub(super) fn new(engine: &'c Engine, frame: &'c Frame, now: Timestamp) -> Self {
        Self { engine, codec: engine.codec(now), frame, now }
    }

    /// What is to be done with a session that holds `value`, in a response of this status.
    pub(super) fn decide<T: SessionData>(
        &self,
        value: &T,
        status: u16,
    ) -> Result<Decision, CommitError> {
        let end = self.frame.times(self.now).end(self.engine.policy());
        let (seals, _) = rule(self.frame.status);
        Ok(match self.decision(seals, value, status)? {
            // Its own lifetime was set to less than its age: it ends here.
            Decision::Send { .. } if end <= self.now => Decision::Remove,
            decision => decision,
        })
    }

    pub(super) fn remove(&self, headers: &mut Headers) {
        headers.set_cookies.push(self.engine.attributes.removal());
        self.tell(&Event::Removed);
    }

    /// The removals beside the main line: of previous scopes where the cookie is to be gone everywhere,
    /// and of other names.
    pub(super) fn leave(&self, removed: bool, headers: &mut Headers) {
        let (_, hands) = rule(self.frame.status);
        let lives = !removed && !headers.set_cookies.is_empty();
        let everywhere = removed || self.frame.ambiguous || hands == Hands::Over;
        if everywhere {
            headers.set_cookies.extend(self.engine.attributes.previous_removals());
        }
        self.leave_other_names(everywhere && hands != Hands::Free, lives, headers);
    }

    fn decision<T: SessionData>(
        &self,
        seals: Seals,
        value: &T,
        status: u16,
    ) -> Result<Decision, CommitError> {
        let frame = self.frame;
        let encoded = || body::encode(value, self.engine.held_version);
        let kept_back = status >= 500 && self.engine.save_on == SaveOn::NotServerError;
        let send = |body, asked| Ok(Decision::Send { body, asked });
        match seals {
            Seals::Never => Ok(self.gone()),
            Seals::Always => send(encoded()?, true),
            Seals::UnlessEmptied if self.emptied(value)? => Ok(Decision::Remove),
            Seals::UnlessEmptied => send(encoded()?, true),
            Seals::IfNotDefault if kept_back => Ok(self.gone()),
            Seals::IfNotDefault => {
                let body = encoded()?;
                // It began as the default, so this is "differs from the default" without making one.
                let default = frame.unchanged(&body) && frame.claims.are_bare();
                if default { Ok(self.gone()) } else { send(body, true) }
            }
            Seals::IfChanged if kept_back => Ok(Decision::Leave),
            Seals::IfChanged if self.emptied(value)? => Ok(Decision::Remove),
            Seals::IfChanged => {
                let body = encoded()?;
                let asked = !frame.unchanged(&body) || frame.differs();
                if asked || self.due() { send(body, asked) } else { Ok(Decision::Leave) }
            }
            Seals::IfDue if self.due() => Ok(match encoded() {
                Ok(body) => Decision::Send { body, asked: false },
                Err(error) => Decision::Skip(error),
            }),
            Seals::IfDue => Ok(Decision::Leave),
        }
    }

    pub(super) fn due(&self) -> bool {
        self.frame.due(self.engine, &self.codec, self.now)
    }

    /// Whether a map was emptied and nothing else is left of the session.
    fn emptied<T: SessionData>(&self, value: &T) -> Result<bool, SealError> {
        let frame = self.frame;
        if !frame.claims.are_bare() || !body::is_emptied(value) {
            return Ok(false);
        }
        // One that came empty and without claims was wanted that way.
        let came_empty = frame.unchanged(&body::encode(value, self.engine.held_version)?);
        let came_bare = frame.opened.as_ref().is_none_or(|opened| opened.claims().are_bare());
        Ok(!(came_empty && came_bare))
    }

    /// No session: what is left of an old one goes, unless it may open elsewhere.
    fn gone(&self) -> Decision {
        let frame = self.frame;
        let ended = matches!(frame.status, SessionStatus::Destroyed | SessionStatus::Reborn);
        if frame.stale || frame.ambiguous || (ended && (frame.carried || frame.opened.is_some())) {
            Decision::Remove
        } else {
            Decision::Leave
        }
    }

    pub(super) fn send<T: SessionData>(
        &self,
        shared: &Shared<T>,
        body: &Buffer,
        asked: bool,
    ) -> Result<SetCookie, SealError> {
        let (engine, now) = (self.engine, self.now);
        let header = shared.header(self.frame, now)?;
        let overhead = engine.overhead(&header, now);
        let draft = Draft { header: &header, body, bind: &shared.bind, overhead };
        let sealed = engine.seal(&self.codec, &draft, now)?;
        let line = engine.attributes.set(&sealed.value, engine.max_age(&header, now))?;

        let (kid, bytes) = (sealed.kid, line.as_str().len());
        self.tell(&if asked {
            Event::Sealed { kid, bytes }
        } else {
            Event::Resealed { kid, bytes }
        });
        if bytes >= SET_COOKIE_NEAR {
            self.tell(&Event::NearLimit { bytes });
        }
        Ok(line)
    }

    /// Removals of the other name that the session came under, if it has moved, and, when a session
    /// `ends`, of every other that the request carried and that would bring one back. Another service
    /// keeps the cookie that it shares as long as a session `lives` here: after a login it may be new.
    fn leave_other_names(&self, ends: bool, lives: bool, headers: &mut Headers) {
        let frame = self.frame;
        let moved = !headers.set_cookies.is_empty();
        let others = self.engine.other_names.iter().enumerate();
        let gone = others.filter(|(nth, _)| {
            let spared = lives && self.engine.is_shared(*nth);
            (moved && frame.other_name.contains(nth))
                || (ends && frame.others.contains(nth) && !spared)
        });
        for (_, attributes) in gone {
            headers.set_cookies.push(attributes.removal());
            headers.set_cookies.extend(attributes.previous_removals());
        }
    }

    pub(super) fn tell(&self, event: &Event<'_>) {
        self.engine.emit(&self.codec, event);
    }
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
