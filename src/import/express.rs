//! Express with `cookie-session` and `keygrip`: base64 JSON in one cookie, its signature in another.
//!
//! The signature is HMAC-SHA1 over `name=value`, in the cookie `name.sig`. Neither has a time: such
//! a cookie is good as long as its key is. As of cookie-session 2.1 and keygrip 1.1. An
//! [`Import`](super::Import) of it names `name.sig` as its [`companion`](super::Import::companion).
//!
//! ```
//! use cloakroom::import::express::Sessions;
//!
//! let sessions = Sessions::new("a key of the site")?;
//! let (value, signature) = ("eyJsYW5nIjoiZGUifQ==", "I6jzteV08Hm0z8IW3grNMl_xn70");
//! let data = sessions.open("session", value.as_bytes(), signature.as_bytes())?;
//! assert_eq!(data.root().get("lang").and_then(|lang| lang.as_str()), Some("de"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use super::{
    ImportError, TOKEN_MAX,
    json::{self, Charset, Json},
    python64,
};
use crate::{
    error::{ConfigError, ImportFault},
    primitives::{base64url, mac, mac_sha1::MacSha1Key},
};

/// Reads the sessions of a site with `cookie-session`.
pub struct Sessions {
    keys: Vec<MacSha1Key>,
}

impl Sessions {
    /// Of a site whose `keys` (or `secret`) begin with this one.
    ///
    /// # Errors
    ///
    /// An empty key.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self { keys: Vec::new() }.fallback(key)
    }

    /// Also accepts what a further one of the `keys` signed.
    ///
    /// # Errors
    ///
    /// An empty key.
    pub fn fallback(mut self, key: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        if key.as_ref().is_empty() {
            return Err(ConfigError::Import(ImportFault {
                format: "express",
                problem: "an empty key",
            }));
        }
        self.keys.push(MacSha1Key::new(key.as_ref()));
        Ok(self)
    }

    /// The data of the session in the cookie `name`, given its value and that of `name.sig`.
    ///
    /// # Errors
    ///
    /// `TooLong`, `BadSignature`, then `Base64`, `TooLarge`, `Encoding`, `Json`, `JsonDepth`,
    /// `JsonNumber`.
    pub fn open(&self, name: &str, value: &[u8], signature: &[u8]) -> Result<Json, ImportError> {
        if value.len() > TOKEN_MAX {
            return Err(ImportError::TooLong);
        }
        let fits = |key: &MacSha1Key| {
            let tag = key.tag(&[name.as_bytes(), b"=", value]);
            mac::equal(base64url::encode(&tag).as_bytes(), signature)
        };
        if !self.keys.iter().any(fits) {
            return Err(ImportError::BadSignature);
        }
        let bytes = python64::decode(value).ok_or(ImportError::Base64)?;
        json::read(&bytes, Charset::Utf8)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("keys", &self.keys.len()).finish()
    }
}
