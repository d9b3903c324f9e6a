//! A site with sessions, and a browser that visits it.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cloakroom::cookie::SetCookie;
use cloakroom::keys::Ring;
use cloakroom::{
    Clock, Codec, CommitError, Event, First, FixedClock, FixedEntropy, Headers, Key, KeyRing,
    Opened, Policy, Protection, RequestParts, SealError, Session, SessionConfig, SessionData,
    SessionManager, Timestamp,
};
use serde::{Deserialize, Serialize};

/// The second at which every story begins.
pub(crate) const START: u64 = 1_790_000_000;
/// The cookie's name, unless a story says otherwise.
pub(crate) const NAME: &str = "__Host-session";
/// The application's label, unless a story says otherwise.
pub(crate) const APP: &str = "shop";

/// What most visitors carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Basket {
    pub(crate) apples: u32,
    pub(crate) note: String,
}

impl SessionData for Basket {
    const VERSION: u8 = 1;
    type Previous = First;
}

/// Puts an apple into the basket.
pub(crate) fn pick(session: &Session<Basket>) {
    session.update(|basket| basket.apples += 1).unwrap();
}

/// Counts the apples.
pub(crate) fn apples(session: &Session<Basket>) -> u32 {
    session.read(|basket| basket.apples).unwrap()
}

/// Looks at the session and does nothing.
pub(crate) fn look<T: SessionData>(session: &Session<T>) {
    session.read(|_| ()).unwrap();
}

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(seconds)
}

/// A ring of one key without dates.
pub(crate) fn one_key() -> KeyRing {
    KeyRing::new(Key::generate().unwrap())
}

/// The text of a new key.
pub(crate) fn key_text() -> String {
    String::from(Key::generate().unwrap().expose_text().as_str())
}

/// The ring that `text` spells.
pub(crate) fn ring(text: &str) -> KeyRing {
    text.parse().unwrap()
}

/// An application with sessions, as a server runs it.
pub(crate) struct Site<T: SessionData = Basket> {
    pub(crate) sessions: SessionManager<T>,
    pub(crate) clock: Arc<FixedClock>,
    told: Arc<Mutex<Vec<String>>>,
    ring: Ring,
}

/// What came of a visit: what the handler returned, and what the response carries.
pub(crate) struct Answer<R> {
    pub(crate) out: R,
    pub(crate) headers: Result<Headers, CommitError>,
}

impl Site {
    /// A site with baskets, a new key and the defaults.
    pub(crate) fn new() -> Self {
        Self::with(|config| config)
    }

    /// The same with something configured.
    pub(crate) fn with(configure: impl FnOnce(SessionConfig) -> SessionConfig) -> Self {
        Self::on(one_key(), configure)
    }

    /// The default site under a policy.
    pub(crate) fn under(policy: Policy) -> Self {
        Self::with(|config| config.policy(policy))
    }
}

impl<T: SessionData> Site<T> {
    /// A site of any session type on a ring, with something configured.
    pub(crate) fn on(
        ring: impl Into<Ring>,
        configure: impl FnOnce(SessionConfig) -> SessionConfig,
    ) -> Self {
        Self::made(ring, |config| SessionManager::new(configure(config)).unwrap())
    }

    /// A site of any session type on a ring, with a manager made by hand.
    pub(crate) fn made(
        ring: impl Into<Ring>,
        make: impl FnOnce(SessionConfig) -> SessionManager<T>,
    ) -> Self {
        let ring = ring.into();
        let clock = Arc::new(FixedClock::at(at(START)));
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&told);
        let config = SessionConfig::new(ring.clone(), APP)
            .clock(Arc::clone(&clock))
            .entropy(FixedEntropy::from_seed(1))
            .on_event(move |event| listener.lock().unwrap().push(word(event)));
        let sessions = make(config);
        Self { sessions, clock, told, ring }
    }

    /// Moves the clock to `seconds` after the start.
    pub(crate) fn at(&self, seconds: u64) -> &Self {
        self.clock.set(at(START + seconds));
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Opens the session of `browser`, without a response.
    pub(crate) fn load(&self, browser: &Browser) -> Session<T> {
        self.load_from(&browser.header())
    }

    /// Opens the session that a `Cookie` header holds.
    pub(crate) fn load_from(&self, cookies: &str) -> Session<T> {
        let headers = [("cookie", cookies.as_bytes())];
        block_on(self.sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap()
    }

    /// A whole request: the handler `f`, and a response of status 200 that `browser` takes.
    pub(crate) fn visit<R>(
        &self,
        browser: &mut Browser,
        f: impl FnOnce(&Session<T>) -> R,
    ) -> Answer<R> {
        self.visit_with(200, browser, f)
    }

    /// A whole request whose response has `status`.
    pub(crate) fn visit_with<R>(
        &self,
        status: u16,
        browser: &mut Browser,
        f: impl FnOnce(&Session<T>) -> R,
    ) -> Answer<R> {
        let session = self.load(browser);
        let out = f(&session);
        let headers = self.commit(&session, status);
        if let Ok(headers) = &headers {
            browser.take(headers);
        }
        Answer { out, headers }
    }

    pub(crate) fn commit(&self, session: &Session<T>, status: u16) -> Result<Headers, CommitError> {
        block_on(self.sessions.commit(session, status))
    }

    /// A browser after one visit.
    pub(crate) fn visitor<R>(&self, f: impl FnOnce(&Session<T>) -> R) -> Browser {
        let mut browser = Browser::new();
        self.visit(&mut browser, f);
        browser
    }

    /// What is in the cookie that `browser` holds.
    pub(crate) fn inside(&self, browser: &Browser) -> Opened {
        let value = browser.value(NAME).expect("a cookie");
        self.microscope().open(value.as_bytes(), b"", self.now()).expect("a cookie that opens")
    }

    /// Opens encrypted cookies of the usual name whatever their age.
    pub(crate) fn microscope(&self) -> Codec {
        let forever = Policy::default().idle(secs(400 * DAY)).absolute(secs(400 * DAY));
        Codec::new(&self.ring.current(), Protection::Encrypted, APP, NAME, forever).unwrap()
    }

    /// What the hook was told since the last time, as words.
    pub(crate) fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

pub(crate) const DAY: u64 = 86_400;

impl<R> Answer<R> {
    /// The `Set-Cookie` lines of a response that was not replaced.
    pub(crate) fn lines(&self) -> Vec<&str> {
        let headers = self.headers.as_ref().expect("a commit that went well");
        headers.set_cookies.iter().map(SetCookie::as_str).collect()
    }

    /// The one `Set-Cookie` line.
    pub(crate) fn line(&self) -> &str {
        let [line] = self.lines()[..] else { panic!("not one line: {}", self.lines().len()) };
        line
    }

    /// The `Cache-Control` of the response, if the handler set none.
    pub(crate) fn cache_control(&self) -> Option<&'static str> {
        self.headers.as_ref().expect("a commit that went well").cache_control(false)
    }

    /// `Max-Age` of the one line.
    pub(crate) fn max_age(&self) -> Option<u64> {
        attribute(self.line(), "Max-Age").map(|seconds| seconds.parse().unwrap())
    }

    /// Asserts that the response is that of a session that was read and is as it was.
    #[track_caller]
    pub(crate) fn leaves_the_cookie_alone(&self) {
        assert_eq!(self.lines(), <[&str; 0]>::default());
        assert_eq!(self.cache_control(), Some("private"));
        assert!(self.headers.as_ref().unwrap().vary);
    }

    /// Asserts that the response writes the default cookie.
    #[track_caller]
    pub(crate) fn writes(&self) {
        let line = self.line();
        assert!(line.starts_with(&format!("{NAME}=E")), "no new value");
        assert_eq!(self.cache_control(), Some("no-store"));
        assert!(self.headers.as_ref().unwrap().vary);
    }

    /// Asserts that the response removes the default cookie.
    #[track_caller]
    pub(crate) fn removes(&self) {
        assert_eq!(self.line(), REMOVAL);
        assert_eq!(self.cache_control(), Some("no-store"));
        assert!(self.headers.as_ref().unwrap().vary);
    }

    /// The numbers of a session that did not fit.
    #[track_caller]
    pub(crate) fn too_large(&self) -> (usize, usize) {
        numbers(self.headers.as_ref().expect_err("a commit that fails"))
    }
}

/// The line that removes the default cookie.
pub(crate) const REMOVAL: &str =
    "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";

/// What it needed and what there was.
#[track_caller]
pub(crate) fn numbers(error: &CommitError) -> (usize, usize) {
    match error {
        CommitError::Seal(SealError::TooLarge(sizes)) => (sizes.needed, sizes.limit),
        other => panic!("not too large: {other:?}"),
    }
}

/// The value of the attribute `name` of a line, empty for one without value.
pub(crate) fn attribute<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    line.split("; ").skip(1).find_map(|attribute| {
        let (found, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        (found == name).then_some(value)
    })
}

/// A browser's cookie jar, as far as it matters: what is under one name, domain and path is one
/// cookie, and `Max-Age=0` removes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Browser(Vec<([String; 3], String)>);

impl Browser {
    /// A browser without cookies.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A browser with one cookie of the usual name.
    pub(crate) fn holding(value: &str) -> Self {
        let mut browser = Self::new();
        browser.store(&format!("{NAME}={value}; Path=/"));
        browser
    }

    pub(crate) fn take(&mut self, headers: &Headers) {
        headers.set_cookies.iter().for_each(|line| self.store(line.as_str()));
    }

    pub(crate) fn store(&mut self, line: &str) {
        let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
        let part = |name| attribute(line, name).unwrap_or_default().to_owned();
        let place = [name.to_owned(), part("Domain"), part("Path")];
        self.0.retain(|(other, _)| *other != place);
        if attribute(line, "Max-Age") != Some("0") {
            self.0.push((place, value.to_owned()));
        }
    }

    /// The `Cookie` header it sends.
    pub(crate) fn header(&self) -> String {
        let pairs = self.0.iter().map(|([name, ..], value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The value of its first cookie called `name`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|([other, ..], _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// How many cookies it holds.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// An event in a word or two.
fn word(event: &Event<'_>) -> String {
    match event {
        Event::Opened { .. } => "opened".into(),
        Event::Sealed { .. } => "sealed".into(),
        Event::Resealed { .. } => "resealed".into(),
        Event::Rejected { reason, .. } => format!("rejected {reason}"),
        Event::Ambiguous => "ambiguous".into(),
        Event::Removed => "removed".into(),
        Event::Oversize { needed, limit } => format!("oversize {needed} of {limit}"),
        Event::NearLimit { bytes } => format!("near {bytes}"),
        Event::ResealSkipped { error } => format!("skipped: {error}"),
        Event::Failed { error } => format!("failed: {error}"),
        Event::Ring(note) => format!("ring {note:?}"),
        other => format!("{other:?}"),
    }
}

/// Runs a future that never has to wait.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(out) = future.as_mut().poll(&mut context) {
            return out;
        }
    }
}
