//! A session that was opened, before its body is decoded.

use core::fmt;

use crate::{
    body::{self, Kind, Part, SessionData},
    clock::Timestamp,
    envelope::{
        Claims, Policy,
        payload::{Coding, Header},
        times::Lifetimes,
    },
    error::OpenError,
    kid::KeyId,
    limits::SID_LEN,
};

/// A session that was opened: authentic, in time, its body not yet decoded.
pub struct Opened {
    pub(crate) header: Header,
    pub(super) says_lifetimes: bool,
    pub(crate) body: Part,
    pub(crate) coding: Coding,
    pub(crate) kid: KeyId,
    /// 0 ours, else one that is also opened.
    pub(crate) context: usize,
    pub(super) policy: Policy,
}

impl Opened {
    /// Decodes the body as `T`, or as an older version of it that `T` migrates from.
    ///
    /// # Errors
    ///
    /// `kind`, `newer_version`, `older_version`, `body` or `shape`.
    pub fn decode<T: SessionData>(&self) -> Result<T, OpenError> {
        body::decode(self.header.kind, &self.body)
            .map_err(|reason| OpenError::new(reason, Some(self.kid)))
    }

    /// The key that sealed it.
    pub fn kid(&self) -> KeyId {
        self.kid
    }

    /// The session's id, 16 bytes.
    ///
    /// # Security
    ///
    /// Whoever has the id of a session with a store may be able to use it. Do not print it.
    pub fn expose_id(&self) -> [u8; SID_LEN] {
        self.header.sid
    }

    /// When the session began.
    pub fn created(&self) -> Timestamp {
        self.header.times.created
    }

    /// When this cookie was sealed.
    pub fn issued(&self) -> Timestamp {
        self.header.times.issued
    }

    /// When it ends if nobody uses it.
    pub fn idle_expires(&self) -> Timestamp {
        self.header.times.idle_end(&self.policy)
    }

    /// When it ends in any case.
    pub fn absolute_expires(&self) -> Timestamp {
        self.header.times.absolute_end(&self.policy)
    }

    /// Its own absolute and idle lifetimes in seconds, 0 for the policy's; `None` without any.
    pub fn own_lifetimes(&self) -> Option<(u32, u32)> {
        let Lifetimes { life, idle } = self.header.times.lifetimes;
        self.says_lifetimes.then_some((life, idle))
    }

    /// Whether the cookie ends with the browser's session.
    pub fn is_browser_session(&self) -> bool {
        self.header.browser
    }

    /// Whether the body was deflated.
    pub fn was_deflated(&self) -> bool {
        self.coding == Coding::Deflate
    }

    /// The kind of its body.
    pub fn kind(&self) -> Kind {
        self.header.kind
    }

    /// The claims of its login.
    pub fn claims(&self) -> &Claims {
        &self.header.claims
    }

    /// The body as it was encoded, inflated.
    pub fn expose_body(&self) -> &[u8] {
        &self.body
    }
}

/// Says that there is a session, not what is in it.
impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("kid", &self.kid)
            .field("created", &self.created())
            .field("issued", &self.issued())
            .finish_non_exhaustive()
    }
}
