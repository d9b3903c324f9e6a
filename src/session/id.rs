//! The session id: random, and never shown.

use alloc::string::String;
use core::fmt::{self, Write};

use crate::{limits::SID_LEN, primitives::mac};

/// The id of a session: 16 random bytes that change at every login.
///
/// It prints as nothing but its type. To find the requests of one session in a log, print its
/// [`log_tag`](Self::log_tag).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub(crate) [u8; SID_LEN]);

impl SessionId {
    /// Sixteen hex digits that are equal for equal ids and from which no id can be found.
    pub fn log_tag(&self) -> String {
        let digest = mac::sha256(&[LOG_TAG, &self.0]);
        let mut tag = String::with_capacity(16);
        for byte in digest.iter().take(8) {
            // Writing to a string does not fail.
            let _ = write!(tag, "{byte:02x}");
        }
        tag
    }

    /// The 16 bytes, for keys of your own such as a CSRF token's.
    ///
    /// # Security
    ///
    /// With a server-side store, the id is all that somebody needs to find the session. Do not
    /// print it or send it anywhere.
    pub const fn expose_bytes(&self) -> &[u8; SID_LEN] {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

const LOG_TAG: &[u8] = b"cloakroom.v1 log tag";

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_log_tag_tells_two_sessions_apart_and_holds_no_byte_of_either() {
        let (a, b) = (SessionId([0xAB; 16]), SessionId([0xCD; 16]));
        assert_eq!(a.log_tag(), a.log_tag());
        assert_ne!(a.log_tag(), b.log_tag());
        assert_eq!(a.log_tag().len(), 16);
        assert!(!a.log_tag().contains("abab"));
        assert_eq!(format!("{a:?}"), "SessionId(..)");
    }
}
