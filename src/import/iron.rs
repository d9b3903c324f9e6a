//! iron-session: what `@hapi/iron` and `iron-webcrypto` seal (`Fe26.2`).
//!
//! `Fe26.2*id*salt*iv*text*expiry*salt*mac`: AES-256-CBC and HMAC-SHA256 under keys that PBKDF2 makes
//! of one password in one round, which is why the password must be long and random. The id says
//! which password it is. As of iron-session 8 and iron-webcrypto 1.2.
//!
//! ```
//! use cloakroom::import::iron::Sessions;
//!
//! let sessions = Sessions::new("at least thirty-two characters of password")?;
//! assert!(sessions.open(b"Fe26.2*1*...", cloakroom::Timestamp::from_unix(1_790_000_000)).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::{string::String, vec::Vec};
use core::{fmt, str};

use super::{
    ImportError, TOKEN_MAX,
    json::{self, Charset, Json},
    percent,
};
use crate::{
    clock::Timestamp,
    error::{ConfigError, ImportFault},
    limits::KEY_LEN,
    primitives::{
        base64, base64url, cbc,
        mac::{self, MacKey},
        pbkdf2,
        secret::Secret,
    },
};

/// Characters of the shortest password that iron takes.
const PASSWORD_MIN: usize = 32;
/// Milliseconds that the clock of another server may be behind.
const SKEW: u64 = 60_000;
/// iron-session's own mark behind the seal.
const VERSION: &[u8] = b"~2";

/// Reads the sessions of a site with iron-session.
pub struct Sessions {
    passwords: Vec<(String, Secret)>,
}

impl Sessions {
    /// Of a site whose `password` is this text, which iron-session calls number 1.
    ///
    /// # Errors
    ///
    /// A password of fewer than 32 characters, which iron refuses too.
    pub fn new(password: impl AsRef<str>) -> Result<Self, ConfigError> {
        Self::with_id("1", password)
    }

    /// Of a site whose only password has another id.
    ///
    /// # Errors
    ///
    /// A password of fewer than 32 characters.
    pub fn with_id(id: impl Into<String>, password: impl AsRef<str>) -> Result<Self, ConfigError> {
        Self { passwords: Vec::new() }.password(id, password)
    }

    /// Also accepts what the password of this id sealed, such as `2` in `{ 1: .., 2: .. }`.
    ///
    /// # Errors
    ///
    /// A password of fewer than 32 characters, and an id that stands twice.
    pub fn password(
        mut self,
        id: impl Into<String>,
        password: impl AsRef<str>,
    ) -> Result<Self, ConfigError> {
        let (id, password) = (id.into(), password.as_ref());
        let wrong = |problem| Err(ConfigError::Import(ImportFault { format: "iron", problem }));
        if password.chars().count() < PASSWORD_MIN {
            return wrong("a password of fewer than 32 characters");
        }
        if self.passwords.iter().any(|(known, _)| *known == id) {
            return wrong("two passwords of one id");
        }
        self.passwords.push((id, Secret::new(password.as_bytes().to_vec())));
        Ok(self)
    }

    /// The data of a session, from the value of its cookie.
    ///
    /// # Errors
    ///
    /// `TooLong`, `BadSignature` (also for an unknown id), then `Timestamp`, `Expired`, `Base64`,
    /// `Padding`, `TooLarge`, `Encoding`, `Json`, `JsonDepth`, `JsonNumber`, and `Shape` for a
    /// version of iron-session before 2021.
    pub fn open(&self, cookie: &[u8], now: Timestamp) -> Result<Json, ImportError> {
        if cookie.len() > TOKEN_MAX {
            return Err(ImportError::TooLong);
        }
        let cookie = percent::decode(cookie);
        let (sealed, version) = match cookie.strip_suffix(VERSION) {
            Some(sealed) => (sealed, true),
            None => (&*cookie, false),
        };
        let text = str::from_utf8(sealed).map_err(|_| ImportError::BadSignature)?;
        let seal = Seal::parse(text).ok_or(ImportError::BadSignature)?;
        let password = self.passwords.iter().find(|(id, _)| id == seal.id);
        let (_, password) = password.ok_or(ImportError::BadSignature)?;
        seal.verify(password)?;

        if !seal.expiry.is_empty() {
            let digits = seal.expiry.bytes().all(|byte| byte.is_ascii_digit());
            let expiry = seal.expiry.parse::<u64>().ok().filter(|_| digits);
            let late = now.as_unix().saturating_mul(1000).saturating_sub(SKEW);
            if expiry.ok_or(ImportError::Timestamp)? <= late {
                return Err(ImportError::Expired);
            }
        }
        if !version {
            return Err(ImportError::Shape);
        }
        let iv = base64::decode_url(seal.iv.as_bytes()).ok_or(ImportError::Base64)?;
        let iv = iv.as_slice().try_into().map_err(|_| ImportError::Base64)?;
        let text = base64::decode_url(seal.text.as_bytes()).ok_or(ImportError::Base64)?;
        let key = pbkdf2::with_sha1::<KEY_LEN>(password.as_ref(), seal.salt.as_bytes(), 1);
        let text = cbc::open(&key, iv, &text).ok_or(ImportError::Padding)?;
        json::read(&text, Charset::Utf8)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("passwords", &self.passwords.len()).finish()
    }
}

/// A seal in its parts.
struct Seal<'s> {
    signed: &'s str,
    id: &'s str,
    salt: &'s str,
    iv: &'s str,
    text: &'s str,
    expiry: &'s str,
    mac_salt: &'s str,
    mac: &'s str,
}

impl<'s> Seal<'s> {
    fn parse(text: &'s str) -> Option<Self> {
        let (front, mac) = text.rsplit_once('*')?;
        let (signed, mac_salt) = front.rsplit_once('*')?;
        let mut parts = signed.split('*');
        let mut next = || parts.next();
        let (prefix, id, salt, iv, text, expiry) =
            (next()?, next()?, next()?, next()?, next()?, next()?);
        let whole = prefix == "Fe26.2" && parts.next().is_none();
        whole.then_some(Self { signed, id, salt, iv, text, expiry, mac_salt, mac })
    }

    fn verify(&self, password: &Secret) -> Result<(), ImportError> {
        let salt = self.mac_salt.as_bytes();
        let key = pbkdf2::with_sha1::<KEY_LEN>(password.as_ref(), salt, 1);
        let tag = MacKey::new(key.as_slice()).tag(&[self.signed.as_bytes()]);
        let fits = mac::equal(base64url::encode(&tag).as_bytes(), self.mac.as_bytes());
        if fits { Ok(()) } else { Err(ImportError::BadSignature) }
    }
}
