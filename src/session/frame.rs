//! Everything of a session but its data. It runs no foreign code, so it can be changed under a lock.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::ops::Range;

use super::{
    engine::Engine,
    status::{Operation, SessionStatus},
};
use crate::{
    body::{self, Buffer, SessionData},
    clock::Timestamp,
    codec::{Codec, Opened},
    envelope::{
        Claims,
        payload::Header,
        times::{Lifetimes, Times},
    },
    limits::SID_LEN,
};

/// What the cookies of a request came to.
pub(crate) struct Arrival<T> {
    /// The session, where one opened.
    pub(crate) session: Option<Box<(Opened, T)>>,
    /// What was taken over from a foreign cookie, where nothing opened.
    pub(crate) imported: Option<T>,
    /// Whether the request carried a cookie of our name.
    pub(crate) carried: bool,
    /// Whether what it carried is to be removed, unless something takes its place.
    pub(crate) stale: bool,
    /// Whether several sessions came at once.
    pub(crate) ambiguous: bool,
    /// Which of the other names the session came under, with those that belong to it.
    pub(crate) other_name: Range<usize>,
    /// All other names that the request carried.
    pub(crate) others: Vec<usize>,
    /// The values of the cookies of messages.
    #[cfg(feature = "auth")]
    pub(crate) flash: Vec<Vec<u8>>,
    /// Nobody could be asked whether the session still counts.
    #[cfg(feature = "auth")]
    pub(crate) blind: bool,
    /// The session's claims are to be saved, though nobody changed them.
    #[cfg(feature = "auth")]
    pub(crate) rechecked: bool,
}

/// No cookie at all.
impl<T> Default for Arrival<T> {
    fn default() -> Self {
        let (carried, stale, ambiguous, other_name) = (false, false, false, 0..0);
        Self {
            session: None,
            imported: None,
            carried,
            stale,
            ambiguous,
            other_name,
            others: Vec::new(),
            #[cfg(feature = "auth")]
            flash: Vec::new(),
            #[cfg(feature = "auth")]
            blind: false,
            #[cfg(feature = "auth")]
            rechecked: false,
        }
    }
}

/// What a guard has to know of a session, and what it knows.
#[cfg(feature = "auth")]
#[derive(Clone, Default)]
pub(crate) struct Ward {
    /// Nobody could be asked whether the session still counts.
    pub(crate) blind: bool,
    /// The id that the request came with may give way to another.
    pub(crate) admitted: bool,
    /// The id that the request came with is dead.
    pub(crate) left: bool,
    /// Somebody has just logged in.
    pub(crate) login: bool,
    /// The id under which the login was noted, and the lifetimes that it had then.
    pub(crate) entered: Option<([u8; SID_LEN], Lifetimes)>,
    /// What a list of devices shows of the login.
    pub(crate) label: Option<Vec<u8>>,
}

/// The session around its data; a clone is cheap.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) status: SessionStatus,
    /// It came in a foreign cookie, and nobody has changed it yet.
    pub(crate) taken_over: bool,
    /// The encoding just before the first write; `None` until there is one.
    pub(crate) before: Option<Before>,
    pub(crate) opened: Option<Arc<Opened>>,
    pub(crate) carried: bool,
    pub(crate) stale: bool,
    pub(crate) ambiguous: bool,
    pub(crate) other_name: Range<usize>,
    pub(crate) others: Vec<usize>,
    pub(crate) claims: Claims,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) browser: bool,
    /// The id of a session that has none yet, drawn once.
    pub(crate) fresh_sid: Option<[u8; SID_LEN]>,
    #[cfg(feature = "auth")]
    pub(crate) ward: Ward,
}

/// What the data of a session was, encoded.
#[derive(Clone)]
pub(crate) enum Before {
    /// Nothing that could be encoded, or nothing that counts.
    Nothing,
    /// What came in the session that was opened, byte for byte.
    Opened(Arc<Opened>),
    /// Something else.
    Encoded(Arc<Buffer>),
}

impl Before {
    /// The data `value` of a session that came as `opened`. Usually it is what came, and to find that
    /// out takes a fraction of what encoding it takes.
    pub(crate) fn of<T: SessionData>(
        value: &T,
        opened: Option<&Arc<Opened>>,
        held: Option<u8>,
    ) -> Self {
        let came = opened
            .filter(|opened| body::is_encoded_as(value, held, opened.header.kind, &opened.body));
        match came {
            Some(opened) => Self::Opened(Arc::clone(opened)),
            None => body::encode(value, held)
                .map_or(Self::Nothing, |body| Self::Encoded(Arc::new(body))),
        }
    }

    pub(crate) fn body(&self) -> Option<&[u8]> {
        match self {
            Self::Nothing => None,
            Self::Opened(opened) => Some(&opened.body),
            Self::Encoded(body) => Some(body),
        }
    }
}

impl Frame {
    /// The frame of an arrival, and the data that came with it.
    pub(crate) fn new<T>(arrival: Arrival<T>, persistent: bool) -> (Self, Option<T>) {
        let (opened, value) = arrival.session.map(|session| *session).unzip();
        let header: Option<&Header> = opened.as_ref().map(|opened: &Opened| &opened.header);
        let taken_over = arrival.imported.is_some();
        let frame = Self {
            status: match header {
                Some(_) => SessionStatus::Loaded,
                None if taken_over => SessionStatus::Begun,
                None => SessionStatus::Anonymous,
            },
            taken_over,
            // What was taken over differs from whatever was here before, whoever writes to it.
            before: taken_over.then_some(Before::Nothing),
            carried: arrival.carried,
            stale: arrival.stale,
            ambiguous: arrival.ambiguous,
            other_name: arrival.other_name,
            others: arrival.others,
            claims: header.map(|header| header.claims.clone()).unwrap_or_default(),
            lifetimes: header.map(|header| header.times.lifetimes).unwrap_or_default(),
            browser: header.map_or(!persistent, |header| header.browser),
            fresh_sid: None,
            #[cfg(feature = "auth")]
            ward: Ward { blind: arrival.blind, ..Ward::default() },
            opened: opened.map(Arc::new),
        };
        (frame, value.or(arrival.imported))
    }

    /// Notes `operation`, and what it does to everything but the data.
    pub(crate) fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::Restart | Operation::Destroy => {
                self.claims = Claims::default();
                self.lifetimes = Lifetimes::default();
                self.fresh_sid = None;
                #[cfg(feature = "auth")]
                {
                    self.ward.login = false;
                }
            }
            Operation::Renew => self.fresh_sid = None,
            Operation::Write | Operation::SetLifetimes => {}
        }
        self.taken_over = false;
        self.status = self.status.after(operation);
    }

    /// Whether it is a login, which needs nothing of the session before it: that may have ended.
    #[cfg(feature = "encrypted")]
    pub(crate) const fn is_login(&self) -> bool {
        #[cfg(feature = "auth")]
        return self.ward.login;
        #[cfg(not(feature = "auth"))]
        false
    }

    /// The id it has, or is to have, if that is drawn already.
    pub(crate) fn sid(&self) -> Option<[u8; SID_LEN]> {
        if self.status.takes_new_id() {
            return self.fresh_sid;
        }
        self.opened.as_ref().map(|opened| opened.header.sid)
    }

    /// Whether an id is to be drawn.
    pub(crate) fn lacks_sid(&self) -> bool {
        self.status.takes_new_id() && self.fresh_sid.is_none()
    }

    /// The times it would be sealed with now.
    pub(crate) fn times(&self, now: Timestamp) -> Times {
        let kept = self.opened.as_ref().filter(|_| !self.status.begins_anew());
        let created = kept.map_or(now, |opened| opened.header.times.created);
        Times { created, issued: now.max(created), lifetimes: self.lifetimes }
    }

    /// Whether it is to be sealed again even if nobody changed it.
    pub(crate) fn due(&self, engine: &Engine, codec: &Codec, now: Timestamp) -> bool {
        self.opened.as_ref().is_some_and(|opened| {
            opened.context != 0
                || engine.reseal_due(&opened.header.times, now)
                || codec.moved_on_from(opened.kid, now)
        })
    }

    /// Whether `body` is what the data was before the first write.
    pub(crate) fn unchanged(&self, body: &Buffer) -> bool {
        self.before.as_ref().and_then(Before::body) == Some(body.as_slice())
    }

    /// Whether anything but the data differs from what was opened.
    pub(crate) fn differs(&self) -> bool {
        self.opened.as_ref().is_none_or(|opened| {
            opened.header.claims != self.claims
                || opened.header.times.lifetimes != self.lifetimes
                || opened.header.browser != self.browser
        })
    }
}
