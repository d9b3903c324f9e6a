//! From a session to its record and its cookie: the decision of a cookie session, carried out in a
//! store.

use crate::{
    body::{Buffer, SessionData},
    clock::Timestamp,
    envelope::payload::Header,
    error::CommitError,
    session::{
        Event, SessionStatus,
        frame::Frame,
        state::{Headers, Loan, Shared},
    },
    store::Store,
};

use super::{
    super::commit::{self as cookies, Decision, Present},
    Keeper,
    keeper::{Held, State},
    rows::Rows,
};

/// The session as it stood when the commit began. Nobody is kept from it meanwhile.
pub(super) struct Snapshot {
    pub(super) frame: Frame,
    pub(super) now: Timestamp,
    plan: Plan,
}

enum Plan {
    /// For the store.
    Store(Decision),
    /// Back to a cookie, which is made already.
    Cookie(Headers),
}

/// What a commit came to.
pub(super) struct Done {
    pub(super) headers: Headers,
    /// What was saved beside the data, if anything was.
    pub(super) header: Option<Header>,
    /// The data that was saved, if it is not the session's own.
    pub(super) merged: Option<Buffer>,
}

impl Snapshot {
    pub(super) fn take<T: SessionData>(
        shared: &Shared<T>,
        loan: &Loan<'_, T>,
        status: u16,
    ) -> Result<Self, CommitError> {
        let (frame, now) = (loan.frame(), shared.engine.now());
        let plan = if shared.engine.stored {
            let present = Present::new(&shared.engine, &frame, now);
            Plan::Store(present.decide(loan.value()?, status)?)
        } else {
            Plan::Cookie(cookies::decide(shared, loan, status)?)
        };
        Ok(Self { frame, now, plan })
    }

    /// The data as it was encoded, if it was to be saved.
    pub(super) fn body(&self) -> Option<&Buffer> {
        match &self.plan {
            Plan::Store(Decision::Send { body, .. }) => Some(body),
            _ => None,
        }
    }
}

impl<T: SessionData> Keeper<T> {
    /// Brings store and cookie to where the session is.
    ///
    /// # Errors
    ///
    /// [`CommitError`]; `Ended` if another request ended the session.
    pub(super) async fn carry_out(
        &self,
        shared: &Shared<T>,
        snapshot: &Snapshot,
        held: &mut Held,
    ) -> Result<Done, CommitError> {
        let rows = Rows { backing: &self.backing, shared, snapshot };
        match &snapshot.plan {
            Plan::Store(decision) => self.in_store(&rows, decision, held).await,
            Plan::Cookie(headers) => back(&rows, headers.clone()).await,
        }
    }

    async fn in_store(
        &self,
        rows: &Rows<'_, T>,
        decision: &Decision,
        held: &mut Held,
    ) -> Result<Done, CommitError> {
        let frame = &rows.snapshot.frame;
        let present = Present::new(&rows.shared.engine, frame, rows.snapshot.now);
        let mut done = Done { headers: Headers::read_only(), header: None, merged: None };
        let idle = matches!(decision, Decision::Leave | Decision::Skip(_));
        if matches!(held.state, State::Ended) && frame.is_login() {
            held.state = State::Free;
        }
        match &held.state {
            State::Unknown(_) if idle => return Ok(done),
            State::Unknown(error) => return Err(error.clone().into()),
            State::Ended => return Err(CommitError::Ended),
            State::Free | State::Cookie(_) | State::At(_) => {}
        }

        let mut send = held.owed;
        match decision {
            // A record that an earlier commit of this request made, and no cookie of it has left.
            Decision::Leave if has_ended(frame) => {
                rows.end(&mut held.state).await?;
                send = false;
            }
            Decision::Leave => rows.keep_alive(&mut held.state).await,
            Decision::Skip(error) => {
                present.tell(&Event::ResealSkipped { error });
                rows.keep_alive(&mut held.state).await;
            }
            Decision::Remove => {
                rows.end(&mut held.state).await?;
                send = false;
                present.remove(&mut done.headers);
            }
            Decision::Send { body, asked } => {
                if *asked {
                    let saved = rows.save(&mut held.state, body).await?;
                    (done.header, done.merged) = (Some(saved.header), saved.merged);
                } else if !rows.adopt(&mut held.state, body).await {
                    // It stays in its cookie until the store answers.
                    return Ok(done);
                }
                send |= frame.status.takes_new_id() || present.due() || says_else(frame);
            }
        }
        if send {
            let line = present.send(rows.shared, &Buffer::default(), true)?;
            done.headers.set_cookies.push(line);
        }
        present.leave(matches!(decision, Decision::Remove), &mut done.headers);
        Ok(done)
    }

    /// The headers of a session that another request ended.
    pub(super) fn farewell(&self, shared: &Shared<T>, snapshot: &Snapshot) -> Headers {
        let present = Present::new(&shared.engine, &snapshot.frame, snapshot.now);
        present.tell(&Event::Ended);
        let mut headers = Headers::read_only();
        present.remove(&mut headers);
        present.leave(true, &mut headers);
        headers
    }
}

/// Whether the session ended and no other has begun.
const fn has_ended(frame: &Frame) -> bool {
    matches!(frame.status, SessionStatus::Destroyed | SessionStatus::Reborn)
}

/// Whether the cookie says something of the session's life that is no longer so.
fn says_else(frame: &Frame) -> bool {
    frame.opened.as_ref().is_some_and(|opened| {
        opened.header.times.lifetimes != frame.lifetimes || opened.header.browser != frame.browser
    })
}

/// Back in cookies: only what ends is still to be done in the store.
async fn back<T: SessionData>(rows: &Rows<'_, T>, headers: Headers) -> Result<Done, CommitError> {
    use SessionStatus::{Anonymous, Begun, Changed, Loaded};
    let frame = &rows.snapshot.frame;
    let removed = headers.set_cookies.iter().any(|line| line.as_str().contains("; Max-Age=0"));
    let stays = matches!(frame.status, Anonymous | Begun | Loaded | Changed) && !removed;
    if let Some(opened) = frame.opened.as_ref().filter(|_| !stays) {
        let key = crate::store::RowKey::of(&opened.header.sid);
        rows.backing.store.delete(&key).await?;
    }
    Ok(Done { headers, header: None, merged: None })
}
