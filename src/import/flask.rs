//! Flask: the session cookie of `SecureCookieSessionInterface` (itsdangerous).
//!
//! A cookie is `payload.time.signature` in base64url, signed with HMAC-SHA1 under
//! HMAC-SHA1(secret, "cookie-session"); the payload is JSON in which Flask tags what JSON lacks, with
//! a dot in front if zlib made it shorter. As of Flask 3.1 and itsdangerous 2.2, which also takes a
//! signature with padding behind it; nobody writes one, and here it is refused.
//!
//! ```
//! use cloakroom::{Timestamp, import::flask::Sessions};
//!
//! let sessions = Sessions::new("the secret key of the site")?;
//! let cookie = "eyJsYW5nIjoiZGUifQ.arE7gA.hZcqsKW5EKku55HgCvAcs4BDXAI";
//! let data = sessions.open(cookie.as_bytes(), Timestamp::from_unix(1_790_000_000))?;
//! assert_eq!(data.root().get("lang").and_then(|lang| lang.as_str()), Some("de"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::{fmt, time::Duration};

use super::{
    ImportError, TOKEN_MAX,
    json::{self, Charset, Json},
    python64,
    text::{inflated, split_last},
};
use crate::{
    clock::Timestamp,
    error::{ConfigError, ImportFault},
    primitives::{base64, base64url, mac, mac_sha1::MacSha1Key, secret},
};

/// Flask's `PERMANENT_SESSION_LIFETIME`, in seconds.
const LIFETIME: u64 = 31 * 86_400;

/// Reads the sessions of a Flask site.
pub struct Sessions {
    keys: Vec<MacSha1Key>,
    max_age: u64,
}

impl Sessions {
    /// Of a site with this `SECRET_KEY`. A cookie is refused when it is older than 31 days.
    ///
    /// # Errors
    ///
    /// An empty secret.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self { keys: Vec::new(), max_age: LIFETIME }.fallback(secret)
    }

    /// Also accepts what a former key signed: one of `SECRET_KEY_FALLBACKS`.
    ///
    /// # Errors
    ///
    /// An empty secret.
    pub fn fallback(mut self, secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        if secret.as_ref().is_empty() {
            return Err(ConfigError::Import(ImportFault {
                format: "flask",
                problem: "an empty secret key",
            }));
        }
        let salted = MacSha1Key::new(secret.as_ref()).tag(&[b"cookie-session"]);
        self.keys.push(MacSha1Key::new(secret::Secret::new(salted.to_vec()).as_ref()));
        Ok(self)
    }

    /// The site's `PERMANENT_SESSION_LIFETIME`. Default: 31 days.
    #[must_use]
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: age.as_secs(), ..self }
    }

    /// The data of a session. Tags are resolved: a tuple is a list; bytes are their base64, a UUID
    /// its hex, a date and markup their text.
    ///
    /// # Errors
    ///
    /// `TooLong`, `BadSignature`, then `Timestamp`, `Expired` (also for a time in the future, as in
    /// itsdangerous), `Base64`, `Compression`, `TooLarge`, `Encoding`, `Json`, `JsonDepth`,
    /// `JsonNumber`.
    pub fn open(&self, cookie: &[u8], now: Timestamp) -> Result<Json, ImportError> {
        if cookie.len() > TOKEN_MAX {
            return Err(ImportError::TooLong);
        }
        let (signed, signature) = split_last(cookie, b'.').ok_or(ImportError::BadSignature)?;
        let fits = |key: &MacSha1Key| {
            mac::equal(base64url::encode(&key.tag(&[signed])).as_bytes(), signature)
        };
        if !self.keys.iter().any(fits) {
            return Err(ImportError::BadSignature);
        }
        let (payload, time) = split_last(signed, b'.').ok_or(ImportError::Timestamp)?;
        let time = base64::decode_url(time).ok_or(ImportError::Timestamp)?;
        let time = time.iter().try_fold(0_u64, |seconds, byte| {
            seconds.checked_mul(256)?.checked_add(u64::from(*byte))
        });
        let time = Timestamp::from_unix(time.ok_or(ImportError::Timestamp)?);
        if time > now || now.since(time) > self.max_age {
            return Err(ImportError::Expired);
        }
        let bytes = match payload {
            [b'.', compressed @ ..] => {
                inflated(&python64::decode(compressed).ok_or(ImportError::Base64)?)?
            }
            plain => python64::decode(plain).ok_or(ImportError::Base64)?,
        };
        json::read(&bytes, Charset::Utf8)?.without_tags()
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("keys", &self.keys.len())
            .field("max_age", &self.max_age)
            .finish()
    }
}
