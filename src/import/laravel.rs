//! Laravel: the cookies of `EncryptCookies`.
//!
//! The value is base64 of JSON with an IV, a text and a MAC or tag: AES-256-CBC with HMAC-SHA256, the
//! default, or AES-256-GCM. Inside stands HMAC-SHA1 of the cookie's name, a bar, and the value. As of
//! Laravel 8 to 12.
//!
//! ```
//! use cloakroom::import::laravel::{Cipher, Cookies};
//!
//! let key = "base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="; // APP_KEY
//! let cookies = Cookies::new(Cipher::Cbc, key)?;
//! assert!(cookies.open("shop", b"eyJpdiI6IiJ9").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{
    ImportError, TOKEN_MAX,
    json::{self, Charset},
    percent,
};
use crate::{
    error::{ConfigError, ImportFault},
    limits::KEY_LEN,
    primitives::{
        base64, cbc,
        gcm::GcmKey,
        mac::{self, MacKey},
        mac_sha1::MacSha1Key,
        secret::Secret,
    },
};

/// The cipher of a site (`config/app.php`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cipher {
    /// `AES-256-CBC`, Laravel's default.
    #[default]
    Cbc,
    /// `AES-256-GCM`.
    Gcm,
}

/// Reads the cookies of a Laravel site.
pub struct Cookies {
    cipher: Cipher,
    keys: Vec<Secret>,
}

impl Cookies {
    /// Of a site with this `APP_KEY`: `base64:` and 32 bytes.
    ///
    /// # Errors
    ///
    /// A key of another form or length.
    pub fn new(cipher: Cipher, key: impl AsRef<str>) -> Result<Self, ConfigError> {
        Self { cipher, keys: Vec::new() }.fallback(key)
    }

    /// Also opens what a former key sealed: one of `APP_PREVIOUS_KEYS`.
    ///
    /// # Errors
    ///
    /// A key of another form or length.
    pub fn fallback(mut self, key: impl AsRef<str>) -> Result<Self, ConfigError> {
        let key =
            key.as_ref().strip_prefix("base64:").and_then(|text| base64::decode(text.as_bytes()));
        let key = key.map(Secret::new).filter(|key| key.as_ref().len() == KEY_LEN);
        let problem = "an APP_KEY is base64: and 32 bytes";
        self.keys.push(key.ok_or(ConfigError::Import(ImportFault { format: "laravel", problem }))?);
        Ok(self)
    }

    /// The value of the cookie `name`.
    ///
    /// With the session driver `cookie`, the session is JSON in a cookie called like the session's
    /// id, and that id is the value of the cookie `laravel_session`.
    ///
    /// # Errors
    ///
    /// `TooLong`, `BadSignature`, then `Padding`, `Purpose`, `Encoding`.
    pub fn open(&self, name: &str, cookie: &[u8]) -> Result<String, ImportError> {
        if cookie.len() > TOKEN_MAX {
            return Err(ImportError::TooLong);
        }
        let sealed = Sealed::parse(&percent::decode(cookie)).ok_or(ImportError::BadSignature)?;
        for key in &self.keys {
            let Ok(bytes) = <&[u8; KEY_LEN]>::try_from(key.as_ref()) else { continue };
            let text = match self.cipher {
                Cipher::Cbc => sealed.open_cbc(bytes),
                Cipher::Gcm => sealed.open_gcm(bytes),
            };
            match text {
                Err(ImportError::BadSignature) => {}
                Err(error) => return Err(error),
                Ok(text) => return without_prefix(name, key, &text),
            }
        }
        Err(ImportError::BadSignature)
    }
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookies")
            .field("cipher", &self.cipher)
            .field("keys", &self.keys.len())
            .finish()
    }
}

/// The parts of the JSON around a sealed text, as they stand there.
struct Sealed {
    iv: String,
    text: String,
    mac: String,
    tag: String,
}

impl Sealed {
    fn parse(cookie: &[u8]) -> Option<Self> {
        // The one JSON of this folder that is read before anything is verified: it is bounded, and
        // four strings are taken out of it.
        let json = json::read(&base64::decode(cookie)?, Charset::Utf8).ok()?;
        let part = |name: &str| json.root().get(name)?.as_str().map(String::from);
        let tag = part("tag").unwrap_or_default();
        Some(Self { iv: part("iv")?, text: part("value")?, mac: part("mac")?, tag })
    }

    fn open_cbc(&self, key: &[u8; KEY_LEN]) -> Result<Vec<u8>, ImportError> {
        let tag = MacKey::new(key).tag(&[self.iv.as_bytes(), self.text.as_bytes()]);
        if !mac::equal(super::text::hex(&tag).as_bytes(), self.mac.as_bytes())
            || !self.tag.is_empty()
        {
            return Err(ImportError::BadSignature);
        }
        let iv = base64::decode(self.iv.as_bytes()).ok_or(ImportError::Base64)?;
        let iv = iv.as_slice().try_into().map_err(|_| ImportError::Base64)?;
        let text = base64::decode(self.text.as_bytes()).ok_or(ImportError::Base64)?;
        Ok(cbc::open(key, iv, &text).ok_or(ImportError::Padding)?.to_vec())
    }

    fn open_gcm(&self, key: &[u8; KEY_LEN]) -> Result<Vec<u8>, ImportError> {
        let parts = [&self.iv, &self.text, &self.tag].map(|part| base64::decode(part.as_bytes()));
        let [Some(iv), Some(text), Some(tag)] = parts else {
            return Err(ImportError::BadSignature);
        };
        let iv = iv.as_slice().try_into().map_err(|_| ImportError::BadSignature)?;
        let tag = tag.as_slice().try_into().map_err(|_| ImportError::BadSignature)?;
        let opened = GcmKey::new(key).open(iv, b"", &text, tag);
        opened.map(|text| text.to_vec()).ok_or(ImportError::BadSignature)
    }
}

/// The value behind the mark of the cookie's name.
fn without_prefix(name: &str, key: &Secret, text: &[u8]) -> Result<String, ImportError> {
    let mark = MacSha1Key::new(key.as_ref()).tag(&[name.as_bytes(), b"v2"]);
    let mark = super::text::hex(&mark);
    let (front, rest) = text.split_at_checked(mark.len()).ok_or(ImportError::Purpose)?;
    let value = rest.strip_prefix(b"|").filter(|_| mac::equal(front, mark.as_bytes()));
    let value = value.ok_or(ImportError::Purpose)?;
    String::from_utf8(value.to_vec()).map_err(|_| ImportError::Encoding)
}
