//! `django.core.signing`: signatures and times.

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use super::base62;
use crate::{
    clock::Timestamp,
    error::{ConfigError, ImportFault},
    import::{ImportError, TOKEN_MAX},
    primitives::{
        base64url,
        mac::{self, MacKey},
        mac_sha1::MacSha1Key,
        secret::{self, Secret},
    },
};

/// The hash under a signature: the `algorithm` of Django's `Signer`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// Django's default since 3.1.
    #[default]
    Sha256,
    /// The default before that, and what a site may still ask for.
    Sha1,
}

/// The keys of one salt: reads what `Signer`, `TimestampSigner` and `signing.dumps` of Django write.
///
/// Keys are derived at once and wiped when dropped; the secret itself is not kept.
///
/// ```
/// use cloakroom::import::django::Signing;
///
/// let signing = Signing::new("django.core.signing.Signer", "the secret key of the site")?;
/// let signed = signing.sign("My string");
/// assert_eq!(signing.unsign(signed.as_bytes()), Ok(&b"My string"[..]));
/// # Ok::<(), cloakroom::ConfigError>(())
/// ```
pub struct Signing {
    salt: Vec<u8>,
    separator: String,
    algorithm: Algorithm,
    keys: Vec<Derived>,
}

impl Signing {
    /// Of this salt, under this `SECRET_KEY`, with SHA-256 and the separator `:`.
    ///
    /// An empty salt is Django's default for a timed signature,
    /// `django.core.signing.TimestampSigner`.
    ///
    /// # Errors
    ///
    /// An empty secret, which would let everybody sign.
    pub fn new(salt: impl AsRef<[u8]>, secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::with(Algorithm::Sha256, salt, secret)
    }

    /// As [`new`](Self::new), with another hash.
    ///
    /// # Errors
    ///
    /// An empty secret.
    pub fn with(
        algorithm: Algorithm,
        salt: impl AsRef<[u8]>,
        secret: impl AsRef<[u8]>,
    ) -> Result<Self, ConfigError> {
        let salt = match salt.as_ref() {
            [] => b"django.core.signing.TimestampSigner".to_vec(),
            salt => salt.to_vec(),
        };
        let separator = String::from(":");
        Self { salt, separator, algorithm, keys: Vec::new() }.fallback(secret)
    }

    /// Also accepts signatures of a former key, as `SECRET_KEY_FALLBACKS` does.
    ///
    /// # Errors
    ///
    /// An empty secret.
    pub fn fallback(mut self, secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let secret = checked(secret.as_ref())?;
        self.keys.push(Derived::new(self.algorithm, &[&self.salt, b"signer", secret]));
        Ok(self)
    }

    /// Another separator than `:`.
    ///
    /// # Errors
    ///
    /// One that could be part of a signature or time, by Django's rule: it is empty, or has letters,
    /// digits and ``-_=[\]^` `` alone.
    pub fn separator(self, separator: impl Into<String>) -> Result<Self, ConfigError> {
        let separator = separator.into();
        let is_unsafe = |byte: u8| matches!(byte, b'A'..=b'z' | b'0'..=b'9' | b'-' | b'=');
        // Django's pattern ends with `$`, which stands before a last line end too.
        let text = separator.strip_suffix('\n').unwrap_or(&separator);
        if text.bytes().all(is_unsafe) {
            return Err(ConfigError::Import(ImportFault {
                format: "django",
                problem: "a separator that a signature could hold",
            }));
        }
        Ok(Self { separator, ..self })
    }

    /// `Signer.sign`: `value`, the separator and the signature.
    #[must_use]
    pub fn sign(&self, value: &str) -> String {
        let key = self.keys.first();
        let signature = key.map(|key| key.signature(value.as_bytes())).unwrap_or_default();
        format!("{value}{}{signature}", self.separator)
    }

    /// `Signer.unsign`: what was signed.
    ///
    /// # Errors
    ///
    /// [`TooLong`](ImportError::TooLong) or [`BadSignature`](ImportError::BadSignature).
    pub fn unsign<'t>(&self, token: &'t [u8]) -> Result<&'t [u8], ImportError> {
        if token.len() > TOKEN_MAX {
            return Err(ImportError::TooLong);
        }
        let (value, signature) = self.split(token).ok_or(ImportError::BadSignature)?;
        let fits = |key: &Derived| mac::equal(signature, key.signature(value).as_bytes());
        if self.keys.iter().any(fits) { Ok(value) } else { Err(ImportError::BadSignature) }
    }

    /// `TimestampSigner.unsign`: what was signed, and when, if it is at most `max_age` seconds old.
    ///
    /// A time in the future passes, as in Django.
    ///
    /// # Errors
    ///
    /// As [`unsign`](Self::unsign), then [`Timestamp`](ImportError::Timestamp), then
    /// [`Expired`](ImportError::Expired).
    pub fn unsign_timed<'t>(
        &self,
        token: &'t [u8],
        max_age: Option<f64>,
        now: Timestamp,
    ) -> Result<(&'t [u8], f64), ImportError> {
        self.unsign_timed_at(token, max_age, now.as_unix() as f64)
    }

    /// As [`unsign_timed`](Self::unsign_timed), at a moment with fractions of a second or before
    /// 1970: Python's `time.time()`.
    ///
    /// # Errors
    ///
    /// As [`unsign_timed`](Self::unsign_timed).
    pub fn unsign_timed_at<'t>(
        &self,
        token: &'t [u8],
        max_age: Option<f64>,
        now: f64,
    ) -> Result<(&'t [u8], f64), ImportError> {
        let (value, time) = self.split(self.unsign(token)?).ok_or(ImportError::Timestamp)?;
        let time = base62::decode(time).ok_or(ImportError::Timestamp)?;
        if let Some(max_age) = max_age {
            if time.is_infinite() {
                return Err(ImportError::Timestamp);
            }
            if now - time > max_age {
                return Err(ImportError::Expired);
            }
        }
        Ok((value, time))
    }

    pub(super) fn sign_timed(&self, value: &str, now: Timestamp) -> String {
        let timed = format!("{value}{}{}", self.separator, base62::encode(now.as_unix()));
        self.sign(&timed)
    }

    /// What stands before and behind the last separator.
    fn split<'t>(&self, text: &'t [u8]) -> Option<(&'t [u8], &'t [u8])> {
        let separator = self.separator.as_bytes();
        let at = text.windows(separator.len()).rposition(|window| window == separator)?;
        let (before, rest) = text.split_at_checked(at)?;
        Some((before, rest.get(separator.len()..)?))
    }
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing")
            .field("algorithm", &self.algorithm)
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

/// The salt of `set_signed_cookie(name, value, salt=salt)`, since Django 6.0.6 and 5.2.15.
#[must_use]
pub fn cookie_salt(name: &str, salt: &str) -> String {
    format!("django.http.cookies.v2:{}:{salt}{name}", salt.chars().count())
}

/// The same salt before that, which takes `("ab", "c")` for `("a", "bc")` (CVE-2026-6873).
#[must_use]
pub fn legacy_cookie_salt(name: &str, salt: &str) -> String {
    format!("{name}{salt}")
}

/// The secret of `set_signed_cookie` and of the messages cookie: `secret` with Django's prefix.
#[must_use]
pub fn cookie_secret(secret: impl AsRef<[u8]>) -> impl AsRef<[u8]> {
    Secret::new([b"django.http.cookies".as_slice(), secret.as_ref()].concat())
}

/// A secret that is not empty.
pub(super) const fn checked(secret: &[u8]) -> Result<&[u8], ConfigError> {
    if secret.is_empty() {
        return Err(ConfigError::Import(ImportFault {
            format: "django",
            problem: "an empty secret key",
        }));
    }
    Ok(secret)
}

/// The key that `salted_hmac` derives.
pub(super) enum Derived {
    Sha256(MacKey),
    Sha1(MacSha1Key),
}

impl Derived {
    /// From salt, suffix and secret, one after the other as Django has it.
    pub(super) fn new(algorithm: Algorithm, parts: &[&[u8]]) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256(secret::hashed(parts)),
            Algorithm::Sha1 => Self::Sha1(secret::hashed_sha1(parts)),
        }
    }

    /// The tag over `value`.
    pub(super) fn tag(&self, value: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256(key) => key.tag(&[value]).to_vec(),
            Self::Sha1(key) => key.tag(&[value]).to_vec(),
        }
    }

    fn signature(&self, value: &[u8]) -> String {
        base64url::encode(&self.tag(value))
    }
}
