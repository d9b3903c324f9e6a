//! The site: its sessions, and the page that shows one.

use std::error::Error;
use std::time::Duration;

use cloakroom::cookie::CookieConfig;
use cloakroom::keys::{Ring, RingFile};
use cloakroom::store::{Store, StoreTraits};
use cloakroom::{
    Backing, Clock, Codec, Event, Key, KeyRing, Opened, Policy, Protection, Session, SessionConfig,
    SessionManager, SystemClock, Timestamp,
};

use crate::answer::Answer;
use crate::data::Shop;
use crate::page::{Ends, Sealed, View};
use crate::settings::{Keys, Settings};
use crate::{size, store};

/// The attributes that the default [`CookieConfig`] writes, as the page shows them.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// Everything of the site that is not the framework's.
#[derive(Debug)]
pub struct Site {
    framework: &'static str,
    app: String,
    cookie_name: String,
    mode: Protection,
    development: bool,
    policy: Policy,
    /// The engine that keeps the data, and its largest record.
    store: Option<StoreTraits>,
    sessions: SessionManager<Shop>,
}

impl Site {
    /// The site of these settings, served by `framework`.
    ///
    /// # Errors
    ///
    /// A key ring, a cookie or a store that cannot be. A binary prints it and exits with 2.
    pub async fn new(
        framework: &'static str,
        settings: Settings,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let development = settings.is_development();
        let ring = ring(&settings)?;
        let policy = policy(&settings, Policy::default());
        let config = SessionConfig::new(ring, settings.app.clone())
            .cookie(CookieConfig::new(settings.cookie.clone()))
            .protection(settings.mode)
            .policy(policy)
            .on_event(announce);
        let store = match &settings.store {
            Some(address) => {
                let store = store::open(address.expose()).await;
                Some(store.map_err(|error| format!("CLOAKROOM_STORE: {error}"))?)
            }
            None => None,
        };
        Ok(Self {
            framework,
            app: settings.app,
            cookie_name: settings.cookie,
            mode: settings.mode,
            development,
            policy,
            store: store.as_ref().map(Store::traits),
            sessions: match store {
                Some(store) => {
                    SessionManager::with_store(config, Backing::new(store).volatile_ok(true))?
                }
                None => SessionManager::new(config)?,
            },
        })
    }

    /// The manager, for the framework's layer.
    pub fn sessions(&self) -> &SessionManager<Shop> {
        &self.sessions
    }

    /// GET `/`: the demonstration page.
    ///
    /// `cookies` are the request's `Cookie` headers. The page opens the cookie itself, with the
    /// codec, because it shows more of it than an application has use for.
    ///
    /// # Errors
    ///
    /// A session in use, or no random bytes from the operating system.
    pub fn page<'h>(
        &self,
        session: &Session<Shop>,
        cookies: impl IntoIterator<Item = &'h [u8]>,
    ) -> Result<Answer, Box<dyn Error + Send + Sync>> {
        let now = SystemClock.now();
        let shop = session.read(Shop::clone)?;
        let line = session.size()?;
        let opened = match session.is_new() {
            true => None,
            false => self.open(cookies, now),
        };
        let own_lifetimes =
            opened.as_ref().is_some_and(|(opened, _)| opened.own_lifetimes().is_some());
        let stored = self.store.is_some();
        let held = (!stored).then_some(&shop);
        let overhead = line.saturating_sub(size::characters(held, self.mode, own_lifetimes));
        let view = View {
            framework: self.framework,
            app: &self.app,
            cookie_name: &self.cookie_name,
            mode: self.mode,
            development: self.development,
            now: now.as_unix(),
            sealed: opened.as_ref().map(|(opened, characters)| Sealed {
                kid: opened.kid().to_string(),
                characters: *characters,
                line: overhead.saturating_add(*characters),
                attributes: attributes(opened, now),
                own_lifetimes,
            }),
            ends: opened.as_ref().map(|(opened, _)| ends(opened)),
            longest_note: match self.store {
                Some(store) => size::longest_stored_note(&shop, store.max_record),
                None => size::longest_note(&shop, self.mode, own_lifetimes, overhead),
            },
            store: self.store.map(|store| store.engine),
            shop: &shop,
        };
        Ok(view.render()?.into())
    }

    /// The cookie that holds the session, and the characters of its value.
    fn open<'h>(
        &self,
        cookies: impl IntoIterator<Item = &'h [u8]>,
        now: Timestamp,
    ) -> Option<(Opened, usize)> {
        let ring = self.sessions.ring().current();
        let codec = Codec::new(&ring, self.mode, &self.app, &self.cookie_name, self.policy).ok()?;
        let pairs = cookies.into_iter().flat_map(|header| header.split(|byte| *byte == b';'));
        let values = pairs.filter_map(|pair| {
            let value = pair.trim_ascii().strip_prefix(self.cookie_name.as_bytes())?;
            value.strip_prefix(b"=")
        });
        values.filter_map(|value| Some((codec.open(value, b"", now).ok()?, value.len()))).next()
    }
}

/// The keys of these settings.
pub(crate) fn ring(settings: &Settings) -> Result<Ring, Box<dyn Error + Send + Sync>> {
    Ok(match &settings.keys {
        Keys::File(path) => Ring::watch(RingFile::new(path), settings.reload)?,
        Keys::Text(text) => Ring::fixed(text.parse::<KeyRing>()?),
        Keys::Development => Ring::fixed(KeyRing::new(Key::generate()?)),
    })
}

/// The timeouts of these settings; those of `policy` where nothing is set.
pub(crate) fn policy(settings: &Settings, mut policy: Policy) -> Policy {
    if let Some(seconds) = settings.idle {
        policy = policy.idle(Duration::from_secs(seconds.into()));
    }
    if let Some(seconds) = settings.absolute {
        policy = policy.absolute(Duration::from_secs(seconds.into()));
    }
    policy
}

/// Warns whoever runs a development ring; to be called once, before the site is served.
pub fn warn_of_development_ring(settings: &Settings) {
    if settings.is_development() {
        eprintln!("WARNING: no CLOAKROOM_RING and no CLOAKROOM_KEY: this is the DEVELOPMENT RING.");
        eprintln!(
            "WARNING: its key was made just now and ends with this process, as every session."
        );
        eprintln!(
            "WARNING: it serves {} only, as the application {}.",
            settings.addr, settings.app
        );
    }
}

/// What an operator should hear about.
fn announce(event: &Event<'_>) {
    match event {
        Event::Ring(note) => eprintln!("{note}"),
        Event::Failed { error } => eprintln!("session not saved: {error}"),
        _ => {}
    }
}

fn attributes(opened: &Opened, now: Timestamp) -> String {
    if opened.is_browser_session() {
        return ATTRIBUTES.to_owned();
    }
    let end = opened.idle_expires().min(opened.absolute_expires());
    format!("{ATTRIBUTES}; Max-Age={}", end.since(now))
}

fn ends(opened: &Opened) -> Ends {
    Ends {
        created: opened.created().as_unix(),
        idle_end: opened.idle_expires().as_unix(),
        absolute_end: opened.absolute_expires().as_unix(),
        idle: opened.idle_expires().since(opened.issued()),
        persistent: !opened.is_browser_session(),
    }
}
