//! Sessions, and who is logged in with them.

use alloc::{string::String, vec::Vec};
use core::{fmt, time::Duration};

use super::signing::{Algorithm, Derived, Signing, checked};
use crate::{
    clock::Timestamp,
    error::ConfigError,
    import::{ImportError, Json, JsonValue, text::hex},
    primitives::mac,
};

/// The salt of `django.contrib.sessions.backends.signed_cookies`.
pub const SIGNED_COOKIES_SALT: &str = "django.contrib.sessions.backends.signed_cookies";
/// The salt of what the engines `db`, `cached_db` and `file` keep.
pub const SESSION_ENGINE_SALT: &str = "django.contrib.sessions.SessionStore";
/// The salt of `AbstractBaseUser.get_session_auth_hash`.
const AUTH_HASH_SALT: &[u8] = b"django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";
/// Django's `SESSION_COOKIE_AGE`, in seconds.
const COOKIE_AGE: f64 = 1_209_600.0;

/// The sessions of a Django site: signed cookies, or what its table or files hold.
pub struct Sessions {
    signing: Signing,
    /// The keys of `get_session_auth_hash`, in the order of the secrets.
    logins: Vec<Derived>,
    max_age: Option<f64>,
}

impl Sessions {
    /// Of a site with `SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"`.
    ///
    /// A cookie is refused when it is older than 14 days, Django's default.
    ///
    /// # Errors
    ///
    /// An empty secret.
    pub fn signed_cookies(secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let secret = secret.as_ref();
        Self::new(Signing::new(SIGNED_COOKIES_SALT, secret)?, secret, Some(COOKIE_AGE))
    }

    /// Of a site that keeps its sessions: the column `session_data` of the table `django_session`
    /// (engines `db` and `cached_db`), or a file of the engine `file`.
    ///
    /// What is stored has no age of its own: look at the column `expire_date` before you open a row.
    ///
    /// # Errors
    ///
    /// An empty secret.
    pub fn stored(secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let secret = secret.as_ref();
        Self::new(Signing::new(SESSION_ENGINE_SALT, secret)?, secret, None)
    }

    /// Also accepts what a former key signed, as `SECRET_KEY_FALLBACKS` does.
    ///
    /// # Errors
    ///
    /// An empty secret.
    pub fn fallback(mut self, secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let secret = secret.as_ref();
        self.signing = self.signing.fallback(secret)?;
        self.logins.push(Derived::new(Algorithm::Sha256, &[AUTH_HASH_SALT, checked(secret)?]));
        Ok(self)
    }

    /// The site's `SESSION_COOKIE_AGE`. Default: 14 days for signed cookies, none for stored sessions.
    #[must_use]
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: Some(age.as_secs_f64()), ..self }
    }

    /// Opens the value of a cookie, a column or a file.
    ///
    /// # Errors
    ///
    /// As [`Signing::loads`], and [`Shape`](ImportError::Shape) if it is not a map.
    pub fn open(&self, value: &[u8], now: Timestamp) -> Result<DjangoSession, ImportError> {
        let data = self.signing.loads(value, self.max_age, now)?;
        if data.root().members().is_none() {
            return Err(ImportError::Shape);
        }
        Ok(DjangoSession { data })
    }

    /// Whether `hash`, an `_auth_user_hash`, is that of a user whose column `password` holds this text
    /// now, under the current key or a former one. Keep the hash in your own session, and ask again
    /// at each request: a password changed in Django logs out here then.
    #[must_use]
    pub fn is_login_hash(&self, hash: &str, password: &str) -> bool {
        let fits = |key: &Derived| mac::equal(hash.as_bytes(), hash_of(key, password).as_bytes());
        self.logins.iter().any(fits)
    }

    /// The hash that `login` leaves in a session: HMAC-SHA256 over the password column of the user.
    pub(super) fn login_hash(&self, password: &str) -> String {
        self.logins.first().map(|key| hash_of(key, password)).unwrap_or_default()
    }

    fn new(signing: Signing, secret: &[u8], max_age: Option<f64>) -> Result<Self, ConfigError> {
        let logins = [Derived::new(Algorithm::Sha256, &[AUTH_HASH_SALT, checked(secret)?])];
        Ok(Self { signing, logins: logins.into(), max_age })
    }

    pub(super) const fn signing(&self) -> &Signing {
        &self.signing
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("signing", &self.signing)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

/// The data of a Django session. `Debug` shows none of it.
#[derive(Debug)]
pub struct DjangoSession {
    data: Json,
}

impl DjangoSession {
    /// All of it: a map.
    #[must_use]
    pub const fn data(&self) -> JsonValue<'_> {
        self.data.root()
    }

    /// One member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<JsonValue<'_>> {
        self.data().get(name)
    }

    /// The primary key of the user who is said to be logged in, as text (`_auth_user_id`).
    ///
    /// # Security
    ///
    /// It is a claim until [`is_login_of`](Self::is_login_of) has seen the user's password column:
    /// the password may have been changed since, which logs out in Django.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.get("_auth_user_id")?.as_str()
    }

    /// The dotted path of the backend that logged them in (`_auth_user_backend`).
    #[must_use]
    pub fn backend(&self) -> Option<&str> {
        self.get("_auth_user_backend")?.as_str()
    }

    /// Whether somebody is logged in whose column `password` holds this text now.
    ///
    /// Django's `get_user` makes the same test (`_auth_user_hash`), with the current key and then
    /// with each former one. Also ask whether the user is active, as `ModelBackend` does.
    #[must_use]
    pub fn is_login_of(&self, sessions: &Sessions, password: &str) -> bool {
        let hash = self.get("_auth_user_hash").and_then(JsonValue::as_str);
        let fits = |hash| sessions.is_login_hash(hash, password);
        self.user_id().is_some() && hash.is_some_and(fits)
    }
}

/// `get_session_auth_hash`, in hex.
fn hash_of(key: &Derived, password: &str) -> String {
    hex(&key.tag(password.as_bytes()))
}
