//! Responses that are under way while their session ends: what a browser keeps that hears of the logout
//! first and of its cookie afterwards. A site of a few routes, each response of which seals the session
//! again, at every level and over real connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use cloakroom::auth::{self, Login};
use cloakroom::axum::SessionLayer;
use cloakroom::revocation::{MemoryRevocations, Registry, RevocationList};
use cloakroom::store::MemoryStore;
use cloakroom::{
    Backing, CommitError, Key, KeyRing, ReSeal, Session, SessionConfig, SessionManager, Values,
};
use tokio::sync::Notify;

use super::support::client::Client;
use super::support::http::{Answer, Connection, request};

type Manager = SessionManager<Values>;

/// Every place of a session in which a logout ends copies of its cookie.
const ENDING: [&str; 5] = ["s2", "s3", "s2 and s3", "s4", "s4, last write wins"];

fn manager(level: &str) -> Manager {
    let ring = KeyRing::new(Key::generate().expect("a key"));
    let config = SessionConfig::new(ring, "accounts").reseal(ReSeal::EveryRequest);
    let list = || RevocationList::new(MemoryRevocations::new());
    let registry = || Registry::new(MemoryStore::new());
    let cookies = |config| SessionManager::new(config).expect("a manager");
    match level {
        "s0" => cookies(config),
        "s2" => cookies(config).guarded_by(list()),
        "s3" => cookies(config).guarded_by(registry()),
        "s2 and s3" => cookies(config).guarded_by(list()).guarded_by(registry()),
        _ => {
            let backing = Backing::indexed(MemoryStore::new()).last_write_wins(level != "s4");
            SessionManager::with_store(config, backing).expect("a manager")
        }
    }
}

#[test]
fn a_response_sealed_after_the_logout_brings_nothing_back() {
    for level in ENDING {
        for page in ["/slow", "/slow_change"] {
            let site = Site::start(manager(level));
            let mut browser = site.somebody();
            let story = format!("{level}, {page}");
            let slow = site.ask_slowly(&browser, page);
            browser.post("/logout", "");
            assert_eq!(browser.cookies(), "", "{story}");

            site.go.notify_one();
            let late = slow.join().expect("an answer");
            assert_eq!((late.status, late.body().as_str()), (200, "ada"), "{story}");
            assert_eq!(late.all("set-cookie").len(), 1, "{story}: it says something of the cookie");
            harmless(&mut browser, &late, &story);
        }
    }
}

#[test]
fn a_response_sealed_before_the_logout_and_delivered_after_it_brings_nothing_back() {
    for level in ENDING {
        let site = Site::start(manager(level));
        let mut browser = site.somebody();
        let late = site.delivered_after(&mut browser, |browser| _ = browser.post("/logout", ""));
        assert!(sets_a_cookie(&late), "{level}: a rolling response");
        harmless(&mut browser, &late, level);
    }
}

/// What arrives last has the cookie, as the guide says: the price of a request beside a login.
#[test]
fn a_late_answer_under_the_id_of_before_a_login_costs_the_cookie_and_nothing_else() {
    for level in ENDING {
        for page in ["/slow", "/slow_change"] {
            let site = Site::start(manager(level));
            let mut browser = site.somebody();
            let story = format!("{level}, {page}");
            let slow = site.ask_slowly(&browser, page);
            browser.post("/login", "");
            let mut elsewhere = browser.clone();
            site.go.notify_one();
            browser.keep(&slow.join().expect("an answer"));
            assert_eq!(browser.get("/who").body(), "nobody", "{story}");
            assert_eq!(browser.cookies(), "", "{story}");
            assert_eq!(elsewhere.get("/who").body(), "ada", "{story}: the login stands");
            browser.post("/login", "");
            assert_eq!(browser.get("/who").body(), "ada", "{story}");
        }
    }
}

/// What the levels from S2 on are for.
#[test]
fn at_s0_a_late_response_does_bring_the_cookie_back() {
    let site = Site::start(manager("s0"));
    let mut browser = site.somebody();
    let late = site.delivered_after(&mut browser, |browser| _ = browser.post("/logout", ""));
    assert_eq!(browser.get("/who").body(), "nobody");
    browser.keep(&late);
    assert_eq!(browser.get("/who").body(), "ada");
}

/// Takes the late answer as a browser does; nobody is logged in by it, then or later.
fn harmless(browser: &mut Browser, late: &Answer, story: &str) {
    browser.keep(late);
    let copy = browser.clone();
    assert_eq!(browser.get("/who").body(), "nobody", "{story}");
    assert_eq!(browser.cookies(), "", "{story}: whatever came back is removed");
    // The next login is not in its way, nor it in the login's.
    browser.post("/login", "");
    assert_eq!(browser.get("/who").body(), "ada", "{story}");
    assert_eq!(copy.clone().get("/who").body(), "nobody", "{story}");
}

fn sets_a_cookie(answer: &Answer) -> bool {
    answer.all("set-cookie").iter().any(|line| !line.ends_with("; Max-Age=0"))
}

type Browser = Client;

/// A server of these routes, and a hand on its slow ones.
struct Site {
    address: SocketAddr,
    entered: Receiver<()>,
    go: Arc<Notify>,
}

#[derive(Clone)]
struct Gate {
    entered: Sender<()>,
    go: Arc<Notify>,
}

impl Site {
    fn start(sessions: Manager) -> Self {
        let (tell, entered) = mpsc::channel();
        let go = Arc::new(Notify::new());
        let gate = Gate { entered: tell, go: Arc::clone(&go) };
        let app = Router::new()
            .route("/login", post(log_in))
            .route("/logout", post(log_out))
            .route("/who", get(async |session: Session<Values>| who(&session)))
            .route("/slow", get(slow))
            .route("/slow_change", get(slow_change))
            .layer(SessionLayer::new(sessions))
            .with_state(gate);
        Self { address: serve(app), entered, go }
    }

    /// A browser that is logged in.
    fn somebody(&self) -> Browser {
        let mut browser = Client::at(self.address);
        browser.post("/login", "");
        assert_eq!(browser.get("/who").body(), "ada");
        browser
    }

    /// A request that has its session by now, and whose handler waits.
    fn ask_slowly(&self, browser: &Browser, page: &'static str) -> thread::JoinHandle<Answer> {
        let (address, cookies) = (self.address, browser.cookies());
        let slow =
            thread::spawn(move || request(address, "GET", page, &[("Cookie", &cookies)], ""));
        self.entered.recv().expect("it has begun");
        slow
    }

    /// The answer to a request of the browser, of which nobody reads a byte until `meanwhile` is done.
    fn delivered_after(
        &self,
        browser: &mut Browser,
        meanwhile: impl FnOnce(&mut Browser),
    ) -> Answer {
        let mut line = Connection::open(self.address);
        line.ask("GET", "/who", &[("Cookie", &browser.cookies())], "").expect("it is sent");
        line.wait().expect("the answer is here");
        meanwhile(browser);
        let late = line.answer("GET").expect("an answer");
        assert_eq!(late.body(), "ada");
        late
    }
}

async fn log_in(session: Session<Values>) -> Result<(), String> {
    auth::login(&session, Login::new("ada")).await.map_err(told)
}

async fn log_out(session: Session<Values>) -> Result<(), String> {
    auth::logout(&session).await.map_err(told)
}

fn told(error: CommitError) -> String {
    error.to_string()
}

async fn slow(State(gate): State<Gate>, session: Session<Values>) -> String {
    let name = who(&session);
    gate.entered.send(()).expect("somebody waits for it");
    gate.go.notified().await;
    name
}

async fn slow_change(State(gate): State<Gate>, session: Session<Values>) -> String {
    let name = slow(State(gate), session.clone()).await;
    session.update(|map| map.insert("note", &1)).expect("a session").expect("a number");
    name
}

fn who(session: &Session<Values>) -> String {
    let subject = auth::subject(session).unwrap_or(b"nobody".to_vec());
    String::from_utf8(subject).expect("a name")
}

fn serve(app: Router) -> SocketAddr {
    let (tell, address) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            tell.send(listener.local_addr().expect("an address")).expect("somebody listens");
            axum::serve(listener, app).await.expect("a server");
        });
    });
    address.recv().expect("an address")
}
