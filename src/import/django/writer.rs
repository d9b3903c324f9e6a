//! The one place that writes a foreign format: for the time in which two services share a login.

use alloc::{collections::BTreeMap, string::String};
use core::fmt;

use serde::Serialize;

use super::session::Sessions;
use crate::{
    clock::Timestamp,
    import::{ImportError, JsonValue, json},
};

/// Writes the signed cookies of a Django site, so that a login here is one there.
///
/// It is a switch of its own because everything else in [`import`](crate::import) only reads.
///
/// ```
/// use cloakroom::{Timestamp, import::django::{Sessions, Writer}};
///
/// let writer = Writer::new(Sessions::signed_cookies("the secret key of the site")?);
/// let now = Timestamp::from_unix(1_790_000_000);
/// let value = writer.login("7", "pbkdf2_sha256$1500000$salt$hash", now)?;
/// let session = writer.sessions().open(value.as_bytes(), now)?;
/// assert!(session.is_login_of(writer.sessions(), "pbkdf2_sha256$1500000$salt$hash"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// The data is in the clear in the browser, and Django cannot take such a cookie back: a logout
/// removes it from the browser, and a copy of it works until it is too old.
pub struct Writer {
    sessions: Sessions,
}

impl Writer {
    /// Signs with the first key of `sessions`.
    #[must_use]
    pub const fn new(sessions: Sessions) -> Self {
        Self { sessions }
    }

    /// What reads what this writes.
    #[must_use]
    pub const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The value of a cookie, column or file with this data, which is a map.
    ///
    /// Its bytes are Django's own, except where zlib makes it shorter: there another build of zlib
    /// may find another form, and that `NaN` and the infinities of a Rust float become `null`.
    ///
    /// # Errors
    ///
    /// [`Shape`](ImportError::Shape) if JSON cannot hold it, [`TooLarge`](ImportError::TooLarge).
    pub fn seal<T: Serialize + ?Sized>(
        &self,
        data: &T,
        now: Timestamp,
    ) -> Result<String, ImportError> {
        self.sessions.signing().dumps(&json::encode(data)?, now)
    }

    /// As [`seal`](Self::seal), with a document that was read, such as another session's data.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](ImportError::TooLarge).
    pub fn seal_json(&self, data: JsonValue<'_>, now: Timestamp) -> Result<String, ImportError> {
        self.sessions.signing().dumps(&data.to_python(), now)
    }

    /// The value of a session in which the user with this primary key is logged in by
    /// `ModelBackend`, as Django's `login` leaves it. `password` is the text of their column of that
    /// name: when it changes, they are logged out.
    ///
    /// # Errors
    ///
    /// As [`seal`](Self::seal).
    pub fn login(&self, user: &str, password: &str, now: Timestamp) -> Result<String, ImportError> {
        self.seal(&self.login_members(user, password), now)
    }

    /// The members of such a session, to put beside others of yours.
    #[must_use]
    pub fn login_members(&self, user: &str, password: &str) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("_auth_user_id", user.into()),
            ("_auth_user_backend", "django.contrib.auth.backends.ModelBackend".into()),
            ("_auth_user_hash", self.sessions.login_hash(password)),
        ])
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("sessions", &self.sessions).finish()
    }
}
