//! Taking a session over from another framework's cookie: what a manager has to know of it.

use alloc::{boxed::Box, vec::Vec};
use core::{
    any::{Any, TypeId},
    fmt,
};

use crate::{
    body::SessionData,
    clock::Timestamp,
    cookie::{CookieAttributes, CookieConfig, candidates},
    error::{ConfigError, ImportError, ImportFault},
};

/// A session of the application, its type forgotten.
type Made = Box<dyn Any + Send>;
type Open = dyn Fn(&Foreign<'_>) -> Result<Made, ImportError> + Send + Sync;

/// Where sessions are taken over from: one foreign cookie, until a date.
///
/// It is looked at only when a request carries no cookie of ours. What the function makes of it is
/// sealed as ours in the same response, and the foreign cookie is removed from the scope that
/// `cookie` names. A cookie that the function refuses is counted and told as an event; it stays until
/// a session here ends or begins anew. So does one whose session does not fit a cookie of ours, as
/// long as the handler only reads it: it serves this request, and is taken over again by the next.
///
/// ```
/// use cloakroom::{Key, KeyRing, SessionConfig, SessionManager, Timestamp, Values};
/// use cloakroom::{cookie::CookieConfig, import::Import};
///
/// let until = Timestamp::from_date("2027-03-01T00:00:00Z").unwrap();
/// let former = CookieConfig::new("sessionid"); // with the Domain and Path that it has
/// let import = Import::new("my format", former, until, |cookie| {
///     // Here a decoder of `cloakroom::import` verifies `cookie.value()` at `cookie.now()`.
///     let mut values = Values::default();
///     values.insert("moved", &true).map_err(|_| cloakroom::import::ImportError::Shape)?;
///     Ok(values)
/// });
/// let config = SessionConfig::new(KeyRing::new(Key::generate()?), "shop").import(import);
/// let sessions = SessionManager::<Values>::new(config)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// As long as the date has not come, whoever has the old key makes sessions here. What is claimed to
/// be a login should be checked against the user's present password, as
/// `DjangoSession::is_login_of` does it. And a foreign cookie without the prefix `__Host-` can be set
/// by a neighbouring subdomain: a visitor who has no session here then begins in a stranger's.
pub struct Import {
    format: &'static str,
    cookie: CookieConfig,
    companions: Vec<Box<str>>,
    until: Timestamp,
    shared: bool,
    session: TypeId,
    open: Box<Open>,
}

impl Import {
    /// Takes over what `open` makes of the cookie that `cookie` names, before the moment `until`.
    /// `format` is a name for events.
    ///
    /// The function verifies the cookie with a decoder of [`import`](crate::import) and makes your
    /// session type of what is in it. It runs once a request at most for each cookie of the name, and
    /// at most eight times. It is not `async`: what it waits for blocks the thread that serves the
    /// request.
    #[must_use]
    pub fn new<T: SessionData>(
        format: &'static str,
        cookie: CookieConfig,
        until: Timestamp,
        open: impl Fn(&Foreign<'_>) -> Result<T, ImportError> + Send + Sync + 'static,
    ) -> Self {
        let open = move |foreign: &Foreign<'_>| open(foreign).map(|made| Box::new(made) as Made);
        let (companions, shared, session) = (Vec::new(), false, TypeId::of::<T>());
        Self { format, cookie, companions, until, shared, session, open: Box::new(open) }
    }

    /// Names a cookie that belongs to the foreign one, such as `session.sig` of Express: it goes when
    /// the foreign one goes, from the same scope.
    #[must_use]
    pub fn companion(mut self, name: impl Into<Box<str>>) -> Self {
        self.companions.push(name.into());
        self
    }

    /// Leaves the foreign cookie where it is when a session is taken over, for the time in which two
    /// services share a login. It is still removed when the session here ends and none takes its
    /// place.
    ///
    /// A login here ([`restart`](crate::Session::restart)) leaves it too, because the other service's
    /// cookie of the same login is written in the same response, as `django::Writer` makes it. Where
    /// you write none, that service goes on with whom it knew.
    ///
    /// # Security
    ///
    /// Whoever logs out over there keeps the session here; end it in the same response, or keep it
    /// short.
    #[must_use]
    pub fn shared(self) -> Self {
        Self { shared: true, ..self }
    }

    pub(crate) const fn is_shared(&self) -> bool {
        self.shared
    }

    pub(crate) const fn format(&self) -> &'static str {
        self.format
    }

    /// # Errors
    ///
    /// It makes sessions of another type.
    pub(crate) fn makes<T: SessionData>(&self) -> Result<(), ConfigError> {
        if self.session == TypeId::of::<T>() {
            return Ok(());
        }
        let problem = "it makes another session type than the manager's";
        Err(ConfigError::Import(ImportFault { format: self.format, problem }))
    }

    /// The attributes under which the foreign cookie is removed, and then its companions.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], also where a name is one of ours.
    pub(crate) fn attributes(
        &self,
        ours: &CookieAttributes,
        others: &[CookieAttributes],
    ) -> Result<Vec<CookieAttributes>, ConfigError> {
        let companions = self.companions.iter().map(|name| self.cookie.renamed(name));
        let all = [self.cookie.clone()].into_iter().chain(companions);
        let all = all.map(CookieConfig::build).collect::<Result<Vec<_>, _>>()?;
        let known = |name| others.iter().chain([ours]).any(|known| known.name() == name);
        if all.iter().any(|attributes| known(attributes.name())) {
            let problem = "its cookie has the name of one of ours";
            return Err(ConfigError::Import(ImportFault { format: self.format, problem }));
        }
        Ok(all)
    }

    /// What a cookie comes to.
    pub(crate) fn take_over<T: SessionData>(
        &self,
        foreign: &Foreign<'_>,
    ) -> Result<T, ImportError> {
        if foreign.now >= self.until {
            return Err(ImportError::Ended);
        }
        let made = (self.open)(foreign)?.downcast();
        made.map(|made| *made).map_err(|_| ImportError::Shape)
    }
}

impl fmt::Debug for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import")
            .field("format", &self.format)
            .field("cookie", &self.cookie)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// A foreign cookie, and what a decoder wants to know besides. `Debug` shows its name alone.
pub struct Foreign<'f> {
    pub(crate) name: &'f str,
    pub(crate) value: &'f [u8],
    pub(crate) headers: &'f [&'f [u8]],
    pub(crate) now: Timestamp,
}

impl Foreign<'_> {
    /// The cookie's name.
    #[must_use]
    pub const fn name(&self) -> &str {
        self.name
    }

    /// Its value, as the browser sent it; what came in double quotes comes without them.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        unquoted(self.value)
    }

    /// The present moment, by the manager's clock.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The first value of another cookie of the request, such as `session.sig`.
    #[must_use]
    pub fn other(&self, name: &str) -> Option<&[u8]> {
        candidates(self.headers.iter().copied(), name).values().first().copied().map(unquoted)
    }
}

impl fmt::Debug for Foreign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Foreign").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Frameworks quote values that have characters of their own meaning.
const fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        plain => plain,
    }
}
