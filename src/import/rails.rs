//! Rails: encrypted and signed cookies with the JSON serializer, so also the session cookie.
//!
//! An encrypted cookie is `text--iv--tag`, each in base64, sealed with AES-256-GCM; a signed one is
//! `text--mac`, the MAC in hex. Both keys come from `secret_key_base` by PBKDF2 in 1000 rounds, and
//! the text is an envelope with the cookie's name as purpose and perhaps an expiry. As of Rails 5.2
//! to 8; earlier versions and the serializer Marshal are not read.
//!
//! ```
//! use cloakroom::import::rails::{Cookies, Digest};
//!
//! // Digest::Sha1 for a site whose defaults are older than Rails 7.0.
//! let cookies = Cookies::new("the secret key base of the site", Digest::Sha256)?;
//! let now = cloakroom::Timestamp::from_unix(1_790_000_000);
//! assert!(cookies.open_encrypted("_shop_session", b"text--iv--tag", now).is_err());
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
        base64,
        gcm::GcmKey,
        mac::{self, MacKey},
        mac_sha1::MacSha1Key,
        pbkdf2,
    },
};

/// Rounds of PBKDF2, which Rails fixes.
const ROUNDS: u32 = 1000;
/// `config.action_dispatch.authenticated_encrypted_cookie_salt`.
const ENCRYPTED_SALT: &[u8] = b"authenticated encrypted cookie";
/// `config.action_dispatch.signed_cookie_salt`.
const SIGNED_SALT: &[u8] = b"signed cookie";

/// A hash that Rails lets a site choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// The default of the key generator before Rails 7.0, and of signed cookies throughout.
    Sha1,
    /// The default of the key generator since Rails 7.0.
    Sha256,
}

/// Reads the cookies of a Rails site.
pub struct Cookies {
    keys: Vec<Keys>,
    signed_with: Digest,
    purpose_required: bool,
}

impl Cookies {
    /// Of a site with this `secret_key_base`, whose keys are made with `generator`
    /// (`config.active_support.key_generator_hash_digest_class`).
    ///
    /// # Errors
    ///
    /// An empty secret.
    pub fn new(secret: impl AsRef<[u8]>, generator: Digest) -> Result<Self, ConfigError> {
        Self { keys: Vec::new(), signed_with: Digest::Sha1, purpose_required: true }
            .fallback(secret, generator)
    }

    /// Also opens what a former secret or another generator sealed.
    ///
    /// # Errors
    ///
    /// An empty secret.
    pub fn fallback(
        mut self,
        secret: impl AsRef<[u8]>,
        generator: Digest,
    ) -> Result<Self, ConfigError> {
        if secret.as_ref().is_empty() {
            return Err(ConfigError::Import(ImportFault {
                format: "rails",
                problem: "an empty secret",
            }));
        }
        self.keys.push(Keys::new(secret.as_ref(), generator));
        Ok(self)
    }

    /// The hash of signatures, `config.action_dispatch.signed_cookie_digest`. Default: SHA-1, as in
    /// Rails.
    #[must_use]
    pub fn signed_with(self, digest: Digest) -> Self {
        Self { signed_with: digest, ..self }
    }

    /// Also takes a cookie without a purpose, as sites with
    /// `use_cookies_with_metadata = false` write them.
    ///
    /// # Security
    ///
    /// Such a cookie is good under any name: one value of the site can be put in another's place.
    #[must_use]
    pub fn without_purpose(self) -> Self {
        Self { purpose_required: false, ..self }
    }

    /// The JSON in an encrypted cookie called `name`.
    ///
    /// # Errors
    ///
    /// `TooLong`, `BadSignature`, then `Encoding`, `Json`, `JsonDepth`, `JsonNumber`, `Purpose`,
    /// `Timestamp`, `Expired`, `Base64`.
    pub fn open_encrypted(
        &self,
        name: &str,
        cookie: &[u8],
        now: Timestamp,
    ) -> Result<Json, ImportError> {
        let cookie = bounded(cookie)?;
        let [text, iv, tag] = parts(&cookie).ok_or(ImportError::BadSignature)?;
        let [text, iv, tag] = [text, iv, tag].map(base64::decode);
        let (Some(text), Some(iv), Some(tag)) = (text, iv, tag) else {
            return Err(ImportError::BadSignature);
        };
        // Rails, too, asks for the whole tag: OpenSSL would take the front of one.
        let iv = iv.as_slice().try_into().map_err(|_| ImportError::BadSignature)?;
        let tag = tag.as_slice().try_into().map_err(|_| ImportError::BadSignature)?;
        let opened = self.keys.iter().find_map(|keys| keys.encrypted.open(iv, b"", &text, tag));
        self.message(name, &opened.ok_or(ImportError::BadSignature)?, now)
    }

    /// The JSON in a signed cookie called `name`.
    ///
    /// # Errors
    ///
    /// As [`open_encrypted`](Self::open_encrypted).
    pub fn open_signed(
        &self,
        name: &str,
        cookie: &[u8],
        now: Timestamp,
    ) -> Result<Json, ImportError> {
        let cookie = bounded(cookie)?;
        let [text, signature] = parts(&cookie).ok_or(ImportError::BadSignature)?;
        let fits = |keys: &Keys| mac::equal(keys.mac(self.signed_with, text).as_bytes(), signature);
        if !self.keys.iter().any(fits) {
            return Err(ImportError::BadSignature);
        }
        self.message(name, &base64::decode(text).ok_or(ImportError::Base64)?, now)
    }

    /// What is in the envelope, if it is for this cookie and its time is not over.
    fn message(&self, name: &str, text: &[u8], now: Timestamp) -> Result<Json, ImportError> {
        let json = json::read(text, Charset::Utf8)?;
        let Some(envelope) = json.root().get("_rails") else {
            return if self.purpose_required { Err(ImportError::Purpose) } else { Ok(json) };
        };
        let purpose = envelope.get("pur").filter(|purpose| !purpose.is_null());
        match purpose.map(|purpose| purpose.as_str().and_then(|text| text.strip_prefix("cookie.")))
        {
            Some(purpose) if purpose == Some(name) => {}
            None if !self.purpose_required => {}
            _ => return Err(ImportError::Purpose),
        }
        if let Some(expiry) = envelope.get("exp").filter(|expiry| !expiry.is_null()) {
            let expiry = expiry.as_str().and_then(moment).ok_or(ImportError::Timestamp)?;
            if now >= expiry {
                return Err(ImportError::Expired);
            }
        }
        // The value itself since Rails 7.1, where the site chose so; before that its text, in base64.
        if let Some(data) = envelope.get("data") {
            return json::read(data.to_python().as_bytes(), Charset::Utf8);
        }
        let message = envelope.get("message").and_then(|message| message.as_str());
        let message = base64::decode(message.ok_or(ImportError::Json)?.as_bytes());
        json::read(&message.ok_or(ImportError::Base64)?, Charset::Utf8)
    }
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookies")
            .field("keys", &self.keys.len())
            .field("signed_with", &self.signed_with)
            .field("purpose_required", &self.purpose_required)
            .finish()
    }
}

/// The keys of one secret.
struct Keys {
    encrypted: GcmKey,
    sha1: MacSha1Key,
    sha256: MacKey,
}

impl Keys {
    fn new(secret: &[u8], generator: Digest) -> Self {
        // Rails makes keys for signatures of 64 bytes.
        let (encrypted, signed) = match generator {
            Digest::Sha1 => (
                pbkdf2::with_sha1::<KEY_LEN>(secret, ENCRYPTED_SALT, ROUNDS),
                pbkdf2::with_sha1::<64>(secret, SIGNED_SALT, ROUNDS),
            ),
            Digest::Sha256 => (
                pbkdf2::with_sha256::<KEY_LEN>(secret, ENCRYPTED_SALT, ROUNDS),
                pbkdf2::with_sha256::<64>(secret, SIGNED_SALT, ROUNDS),
            ),
        };
        Self {
            encrypted: GcmKey::new(&encrypted),
            sha1: MacSha1Key::new(signed.as_slice()),
            sha256: MacKey::new(signed.as_slice()),
        }
    }

    /// The MAC over `text`, in hex.
    fn mac(&self, digest: Digest, text: &[u8]) -> String {
        match digest {
            Digest::Sha1 => super::text::hex(&self.sha1.tag(&[text])),
            Digest::Sha256 => super::text::hex(&self.sha256.tag(&[text])),
        }
    }
}

/// The value as Rails wrote it, before Rack escaped it.
fn bounded(cookie: &[u8]) -> Result<alloc::borrow::Cow<'_, [u8]>, ImportError> {
    if cookie.len() > TOKEN_MAX { Err(ImportError::TooLong) } else { Ok(percent::decode(cookie)) }
}

/// The parts between `--`, if there are exactly `N`.
fn parts<const N: usize>(cookie: &[u8]) -> Option<[&[u8]; N]> {
    let text = str::from_utf8(cookie).ok()?;
    let parts: Vec<&[u8]> = text.split("--").map(str::as_bytes).collect();
    parts.try_into().ok()
}

/// A moment as Ruby writes it: `2027-02-01T00:00:00.000Z`.
fn moment(text: &str) -> Option<Timestamp> {
    let whole = match text.split_once('.') {
        Some((whole, fraction)) => {
            let digits = fraction.strip_suffix('Z')?;
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            whole
        }
        None => text.strip_suffix('Z')?,
    };
    Timestamp::from_date(&alloc::format!("{whole}Z"))
}
