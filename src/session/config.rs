//! The configuration of a session: the key ring, and every knob with its default.

use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use core::fmt;

use super::{
    events::{Event, Hook},
    request::RequestParts,
};
use crate::{
    clock::{Clock, SystemClock, Timestamp},
    cookie::CookieConfig,
    envelope::{Deflate, Policy, Protection},
    error::CommitError,
    keys::Ring,
    primitives::entropy::{Entropy, OsEntropy},
};

/// When a session that is used but not changed is sealed again, which moves its idle timeout.
///
/// A change, a key that no longer seals and an `also_open` context always seal again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReSeal {
    /// After a quarter of the idle time, and at most 15 minutes. The default.
    #[default]
    Sliding,
    /// Never on account of age: the idle timeout counts from the last change.
    WhenChanged,
    /// At every request that touches the session.
    EveryRequest,
}

/// Which responses save a changed session. Renewal, login and removal always go out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SaveOn {
    /// All of them, whatever their status. The default.
    #[default]
    EveryStatus,
    /// All but those with a status of 500 and above, which is Django's rule.
    NotServerError,
}

/// What becomes of the response when the session cannot be saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failure {
    /// An empty response with the error's status takes its place. The default.
    #[default]
    Replace,
    /// It goes out as the handler made it, without the session's change.
    ///
    /// # Security
    ///
    /// The visitor sees a success that was not saved: a login that did not happen.
    Keep,
}

pub(crate) type Bind = Arc<dyn Fn(&RequestParts<'_>) -> Vec<u8> + Send + Sync>;
pub(crate) type Skip = Arc<dyn Fn(&RequestParts<'_>) -> bool + Send + Sync>;
pub(crate) type OnError = Arc<dyn Fn(&CommitError) -> Failure + Send + Sync>;

/// Another context whose cookies are opened until a date.
pub(crate) struct AlsoOpen {
    pub(crate) mode: Protection,
    pub(crate) app: String,
    pub(crate) name: String,
    /// Its attributes, where they are not ours.
    pub(crate) cookie: Option<CookieConfig>,
    pub(crate) until: Timestamp,
}

/// How sessions are kept. [`SessionManager::new`](crate::SessionManager::new) checks it as a whole.
///
/// ```
/// use core::time::Duration;
/// use cloakroom::{Key, KeyRing, Policy, SessionConfig, SessionManager, Values, cookie::CookieConfig};
///
/// let ring = KeyRing::new(Key::generate()?);
/// let config = SessionConfig::new(ring, "shop")
///     .cookie(CookieConfig::new("__Host-basket"))
///     .policy(Policy::default().idle(Duration::from_secs(3600)))
///     .persistent(true);
/// let sessions = SessionManager::<Values>::new(config)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct SessionConfig {
    pub(crate) ring: Ring,
    pub(crate) app: String,
    pub(crate) cookie: CookieConfig,
    pub(crate) mode: Protection,
    pub(crate) policy: Policy,
    pub(crate) deflate: Deflate,
    pub(crate) persistent: bool,
    pub(crate) reseal: ReSeal,
    pub(crate) save_on: SaveOn,
    pub(crate) remove_expired: bool,
    pub(crate) also_open: Vec<AlsoOpen>,
    #[cfg(feature = "import")]
    pub(crate) import: Option<super::foreign::Import>,
    pub(crate) held_version: Option<u8>,
    pub(crate) bind: Option<Bind>,
    pub(crate) skip: Option<Skip>,
    pub(crate) on_error: Option<OnError>,
    pub(crate) hook: Option<Hook>,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) entropy: Box<dyn Entropy>,
}

impl SessionConfig {
    /// The defaults, with the keys of `ring`, for the application `app`.
    ///
    /// The label `app` goes into the derivation of every key: two applications that share a ring
    /// cannot open each other's cookies. Changing it logs everybody out, unless the old one is
    /// [also opened](Self::also_open). It is 1 to 255 bytes of printable ASCII without spaces.
    pub fn new(ring: impl Into<Ring>, app: impl Into<String>) -> Self {
        Self {
            ring: ring.into(),
            app: app.into(),
            cookie: CookieConfig::default(),
            mode: Protection::default(),
            policy: Policy::default(),
            deflate: Deflate::default(),
            persistent: false,
            reseal: ReSeal::default(),
            save_on: SaveOn::default(),
            remove_expired: true,
            also_open: Vec::new(),
            #[cfg(feature = "import")]
            import: None,
            held_version: None,
            bind: None,
            skip: None,
            on_error: None,
            hook: None,
            clock: Box::new(SystemClock),
            entropy: Box::new(OsEntropy),
        }
    }

    /// The cookie's name and attributes. Default: `__Host-session`, `Secure`, `HttpOnly`,
    /// `SameSite=Lax`, `Path=/`.
    pub fn cookie(self, cookie: CookieConfig) -> Self {
        Self { cookie, ..self }
    }

    /// Encrypted or signed. Default: encrypted.
    ///
    /// # Security
    ///
    /// A signed session is in the clear in the browser and in every log of its cookie.
    pub fn protection(self, mode: Protection) -> Self {
        Self { mode, ..self }
    }

    /// The idle and absolute timeouts. Default: 14 and 30 days.
    pub fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Whether bodies are deflated. Default: never.
    ///
    /// # Security
    ///
    /// See [`Deflate`]: a compressed length can tell a secret.
    pub fn deflate(self, deflate: Deflate) -> Self {
        Self { deflate, ..self }
    }

    /// Whether cookies outlive the browser (`Max-Age`). Default: no. A session can choose for
    /// itself with [`Session::set_persistent`](crate::Session::set_persistent).
    pub fn persistent(self, persistent: bool) -> Self {
        Self { persistent, ..self }
    }

    /// When a session in use is sealed again. Default: sliding.
    pub fn reseal(self, reseal: ReSeal) -> Self {
        Self { reseal, ..self }
    }

    /// Which responses save a changed session. Default: all of them.
    pub fn save_on(self, save_on: SaveOn) -> Self {
        Self { save_on, ..self }
    }

    /// Whether a cookie that is over for good is removed from the browser. Default: yes.
    pub fn remove_expired(self, remove: bool) -> Self {
        Self { remove_expired: remove, ..self }
    }

    /// Opens, until `until`, what was sealed under another mode, application label or cookie name,
    /// and seals it as ours at once. At most two.
    ///
    /// A cookie of another name is removed when its session moves or ends: from the scope of ours and
    /// from our previous scopes.
    ///
    /// # Security
    ///
    /// One that lives in another scope stays in the browser, and until `until` it opens again once ours
    /// is gone, after a logout too: say its scope with [`also_open_cookie`](Self::also_open_cookie).
    pub fn also_open(
        mut self,
        mode: Protection,
        app: impl Into<String>,
        name: impl Into<String>,
        until: Timestamp,
    ) -> Self {
        let (app, name) = (app.into(), name.into());
        self.also_open.push(AlsoOpen { mode, app, name, cookie: None, until });
        self
    }

    /// As [`also_open`](Self::also_open), for a former cookie with attributes of its own.
    ///
    /// It is removed from the scope that `former` names, such as a `Domain` that a `__Host-` cookie
    /// cannot have.
    ///
    /// ```
    /// # use cloakroom::{Key, KeyRing, Protection, SessionConfig, Timestamp, cookie::CookieConfig};
    /// # let ring = KeyRing::new(Key::generate()?);
    /// let former = CookieConfig::new("session").domain("shop.example");
    /// let until = Timestamp::from_unix(1_800_000_000);
    /// let config = SessionConfig::new(ring, "shop")
    ///     .cookie(CookieConfig::new("__Host-session"))
    ///     .also_open_cookie(Protection::Encrypted, "shop", former, until);
    /// # Ok::<(), cloakroom::ConfigError>(())
    /// ```
    pub fn also_open_cookie(
        mut self,
        mode: Protection,
        app: impl Into<String>,
        former: CookieConfig,
        until: Timestamp,
    ) -> Self {
        let (app, name) = (app.into(), String::from(former.name()));
        self.also_open.push(AlsoOpen { mode, app, name, cookie: Some(former), until });
        self
    }

    /// Takes the session over from another framework's cookie, where no cookie of ours came.
    ///
    /// What is taken over is sealed as ours in the same response, and the foreign cookie is removed
    /// from its scope. Until a date, which has to be said; the last call counts. See
    /// [`Import`](crate::import::Import).
    #[cfg(feature = "import")]
    pub fn import(self, import: super::foreign::Import) -> Self {
        Self { import: Some(import), ..self }
    }

    /// Keeps sealing version `version` of the session type while older deployments still run.
    ///
    /// The type says how with [`SessionData::downgrade`](crate::SessionData::downgrade).
    pub fn hold_version(self, version: u8) -> Self {
        Self { held_version: Some(version), ..self }
    }

    /// Ties every cookie to something of the request, such as a tenant's name. Default: nothing.
    ///
    /// The function gives at most 1024 bytes. A cookie that comes back with other bytes is refused
    /// as forged. A layer calls it once for every request, which it shows as it came to the layer,
    /// whatever a router makes of the path further in.
    ///
    /// # Security
    ///
    /// An address or a user agent is no such thing: both change during honest sessions.
    pub fn bind(self, bind: impl Fn(&RequestParts<'_>) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self { bind: Some(Arc::new(bind)), ..self }
    }

    /// Leaves out the requests for which `skip` says so, as if no layer were mounted for them.
    pub fn skip(self, skip: impl Fn(&RequestParts<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self { skip: Some(Arc::new(skip)), ..self }
    }

    /// Chooses what becomes of a response whose session cannot be saved. Default: it is replaced.
    pub fn on_error(
        self,
        choose: impl Fn(&CommitError) -> Failure + Send + Sync + 'static,
    ) -> Self {
        Self { on_error: Some(Arc::new(choose)), ..self }
    }

    /// Is told of every [`Event`].
    pub fn on_event(self, hook: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self { hook: Some(Arc::new(hook)), ..self }
    }

    /// The clock. Default: the operating system's.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Box::new(clock), ..self }
    }

    /// The source of random bytes. Default: the operating system's generator.
    ///
    /// # Security
    ///
    /// Session ids and nonces come from here. Replace it in tests only.
    pub fn entropy(self, entropy: impl Entropy) -> Self {
        Self { entropy: Box::new(entropy), ..self }
    }
}

impl fmt::Debug for SessionConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionConfig")
            .field("app", &self.app)
            .field("cookie", &self.cookie)
            .field("protection", &self.mode)
            .field("policy", &self.policy)
            .field("deflate", &self.deflate)
            .field("persistent", &self.persistent)
            .field("reseal", &self.reseal)
            .field("save_on", &self.save_on)
            .finish_non_exhaustive()
    }
}
