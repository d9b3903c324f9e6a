//! Why a cookie did not open, for logs and counters alone.

use crate::kid::KeyId;

/// A cookie that did not open. For logs and counters: a client is never shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenError {
    reason: Rejection,
    kid: Option<KeyId>,
}

impl OpenError {
    pub(crate) const fn new(reason: Rejection, kid: Option<KeyId>) -> Self {
        Self { reason, kid }
    }

    /// The coarse reason.
    pub const fn reason(&self) -> Rejection {
        self.reason
    }

    /// The key id that the cookie names, where it got that far.
    pub const fn kid(&self) -> Option<KeyId> {
        self.kid
    }
}

/// Why a cookie did not open, in the order in which the reasons are looked for.
///
/// The name of a reason ([`as_str`](Self::as_str)) is stable and fit for a metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// Too short, too long, or not a multiple of four characters.
    Length,
    /// Not canonical base64url.
    Encoding,
    /// Another version byte than the configured mode's.
    Version,
    /// No key of the ring has this key id.
    UnknownKey,
    /// The tag does not fit: altered, or sealed for another cookie, application, mode or context.
    Forged,
    /// Authentic, yet not laid out as the format says.
    Malformed,
    /// Sealed in the future.
    Future,
    /// Sealed outside the time in which its key seals.
    KeyWindow,
    /// Another kind of body than this application reads.
    Kind,
    /// Written by a newer version of the session type.
    NewerVersion,
    /// Written by a type of another shape under the same version.
    Shape,
    /// The body does not decode.
    Body,
    /// Not used for longer than the idle timeout.
    ExpiredIdle,
    /// Older than the absolute timeout.
    ExpiredAbsolute,
    /// The key's `open_until` has passed.
    KeyClosed,
    /// The key is revoked.
    KeyRevoked,
    /// The session began before the ring's `not_before`.
    NotBefore,
    /// The session was revoked.
    SessionRevoked,
    /// The record of a stored session is gone.
    RecordGone,
    /// Written by an older version of the session type, from which there is no migration.
    OlderVersion,
}

impl Rejection {
    /// Every reason, in order.
    pub const ALL: [Self; 20] = [
        Self::Length,
        Self::Encoding,
        Self::Version,
        Self::UnknownKey,
        Self::Forged,
        Self::Malformed,
        Self::Future,
        Self::KeyWindow,
        Self::Kind,
        Self::NewerVersion,
        Self::Shape,
        Self::Body,
        Self::ExpiredIdle,
        Self::ExpiredAbsolute,
        Self::KeyClosed,
        Self::KeyRevoked,
        Self::NotBefore,
        Self::SessionRevoked,
        Self::RecordGone,
        Self::OlderVersion,
    ];

    /// The reason in snake case, as logs, metrics and the command line print it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Encoding => "encoding",
            Self::Version => "version",
            Self::UnknownKey => "unknown_key",
            Self::Forged => "forged",
            Self::Malformed => "malformed",
            Self::Future => "future",
            Self::KeyWindow => "key_window",
            Self::Kind => "kind",
            Self::NewerVersion => "newer_version",
            Self::Shape => "shape",
            Self::Body => "body",
            Self::ExpiredIdle => "expired_idle",
            Self::ExpiredAbsolute => "expired_absolute",
            Self::KeyClosed => "key_closed",
            Self::KeyRevoked => "key_revoked",
            Self::NotBefore => "not_before",
            Self::SessionRevoked => "session_revoked",
            Self::RecordGone => "record_gone",
            Self::OlderVersion => "older_version",
        }
    }

    /// Whether the cookie is over for good, so that a touched session removes it.
    ///
    /// The other reasons may be somebody else's cookie, or one that a newer deployment or a fuller
    /// ring can open: those are kept, and nothing is sent.
    pub const fn removes(self) -> bool {
        matches!(
            self,
            Self::ExpiredIdle
                | Self::ExpiredAbsolute
                | Self::KeyClosed
                | Self::KeyRevoked
                | Self::NotBefore
                | Self::SessionRevoked
                | Self::RecordGone
                | Self::OlderVersion
        )
    }
}
