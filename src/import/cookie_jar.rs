//! The signed and private jars of the crate `cookie`, and so the cookies of actix-session and
//! axum-extra.
//!
//! A signed value is base64 of HMAC-SHA256 over the value, then the value; a private one is base64 of
//! nonce, text and tag of AES-256-GCM with the cookie's name as associated data. Neither has a time.
//! As of cookie 0.16 to 0.18.
//!
//! ```
//! use cloakroom::import::cookie_jar::Jar;
//!
//! let jar = Jar::new([7; 64])?; // what cookie::Key::from was given
//! assert!(jar.open_private("id", b"...").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{
    ImportError, Json, TOKEN_MAX,
    json::{self, Charset},
    percent,
};
use crate::{
    error::{ConfigError, ImportFault},
    limits::{KEY_LEN, TAG_LEN},
    primitives::{
        base64,
        gcm::{GCM_NONCE_LEN, GcmKey},
        mac::{self, MacKey},
        secret::Secret,
    },
};

/// What `Key::derive_from` puts into HKDF.
const INFO: &[u8] = b"COOKIE;SIGNED:HMAC-SHA256;PRIVATE:AEAD-AES-256-GCM";
/// Characters of a signature in front of a signed value.
const SIGNATURE_CHARS: usize = 44;

/// Reads what the jars of the crate `cookie` write.
pub struct Jar {
    keys: Vec<(MacKey, GcmKey)>,
}

impl Jar {
    /// Under the key that `cookie::Key::from` makes of these bytes, of which the first 64 count.
    ///
    /// # Errors
    ///
    /// Fewer than 64 bytes.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self { keys: Vec::new() }.fallback(key)
    }

    /// Under the key that `cookie::Key::derive_from` makes of these bytes.
    ///
    /// # Errors
    ///
    /// Fewer than 32 bytes.
    pub fn derived(master: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let master = master.as_ref();
        if master.len() < KEY_LEN {
            return Err(wrong("a master key of fewer than 32 bytes"));
        }
        // HKDF-Expand (RFC 5869) for two blocks, with the master key as PRK.
        let prk = MacKey::new(master);
        let first = prk.tag(&[INFO, &[1]]);
        let second = prk.tag(&[&first, INFO, &[2]]);
        Self::new(Secret::new([first, second].concat()))
    }

    /// Also opens what a former key of 64 bytes sealed.
    ///
    /// # Errors
    ///
    /// Fewer than 64 bytes.
    pub fn fallback(mut self, key: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let parts = key.as_ref().split_first_chunk::<KEY_LEN>();
        let parts = parts.and_then(|(signing, rest)| Some((signing, rest.first_chunk()?)));
        let (signing, encryption) = parts.ok_or_else(|| wrong("a key of fewer than 64 bytes"))?;
        self.keys.push((MacKey::new(signing), GcmKey::new(encryption)));
        Ok(self)
    }

    /// The value of a cookie in a signed jar.
    ///
    /// # Security
    ///
    /// The signature does not cover the cookie's name: a value of the site passes under any other.
    ///
    /// # Errors
    ///
    /// `TooLong`, `BadSignature`, `Encoding`.
    pub fn open_signed(&self, cookie: &[u8]) -> Result<String, ImportError> {
        let cookie = bounded(cookie)?;
        let parts = cookie.split_at_checked(SIGNATURE_CHARS).ok_or(ImportError::BadSignature)?;
        let (signature, value) = parts;
        let fits = |(key, _): &(MacKey, GcmKey)| {
            mac::equal(base64::encode(&key.tag(&[value])).as_bytes(), signature)
        };
        if !self.keys.iter().any(fits) {
            return Err(ImportError::BadSignature);
        }
        String::from_utf8(value.to_vec()).map_err(|_| ImportError::Encoding)
    }

    /// The value of the cookie `name` in a private jar.
    ///
    /// # Errors
    ///
    /// `TooLong`, `BadSignature`, `Encoding`.
    pub fn open_private(&self, name: &str, cookie: &[u8]) -> Result<String, ImportError> {
        let cookie = bounded(cookie)?;
        let sealed = base64::decode(&cookie).ok_or(ImportError::BadSignature)?;
        let parts = sealed.split_first_chunk::<GCM_NONCE_LEN>();
        let parts =
            parts.and_then(|(nonce, rest)| Some((nonce, rest.split_last_chunk::<TAG_LEN>()?)));
        let (nonce, (text, tag)) = parts.ok_or(ImportError::BadSignature)?;
        let open = |(_, key): &(MacKey, GcmKey)| key.open(nonce, name.as_bytes(), text, tag);
        let opened = self.keys.iter().find_map(open).ok_or(ImportError::BadSignature)?;
        String::from_utf8(opened.to_vec()).map_err(|_| ImportError::Encoding)
    }
}

impl fmt::Debug for Jar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jar").field("keys", &self.keys.len()).finish()
    }
}

/// The session in a value that actix-session wrote: a map whose values were JSON texts.
///
/// ```
/// let data = cloakroom::import::cookie_jar::actix_session(r#"{"views":"3","name":"\"Zoë\""}"#)?;
/// assert_eq!(data.root().get("views").and_then(|views| views.as_i64()), Some(3));
/// # Ok::<(), cloakroom::import::ImportError>(())
/// ```
///
/// # Errors
///
/// `TooLarge`, `Json`, `JsonDepth`, `JsonNumber`; `Shape` if it is another thing.
pub fn actix_session(value: &str) -> Result<Json, ImportError> {
    let outer = Json::parse(value)?;
    let mut text = String::from("{");
    for (name, member) in outer.root().members().ok_or(ImportError::Shape)? {
        let member = Json::parse(member.as_str().ok_or(ImportError::Shape)?)?;
        if text.len() > 1 {
            text.push(',');
        }
        name.write_python(&mut text);
        text.push(':');
        text.push_str(&member.root().to_python());
    }
    text.push('}');
    json::read(text.as_bytes(), Charset::Utf8)
}

/// The value as the jar wrote it, before it was escaped.
fn bounded(cookie: &[u8]) -> Result<alloc::borrow::Cow<'_, [u8]>, ImportError> {
    if cookie.len() > TOKEN_MAX { Err(ImportError::TooLong) } else { Ok(percent::decode(cookie)) }
}

const fn wrong(problem: &'static str) -> ConfigError {
    ConfigError::Import(ImportFault { format: "cookie", problem })
}
