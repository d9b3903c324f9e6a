//! `SessionConfig::import`: a Django session becomes one of ours, once, until a date.

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use cloakroom::{
    ConfigError, Event, First, FixedClock, Key, KeyRing, RequestParts, SaveOn, Session,
    SessionConfig, SessionData, SessionManager, Timestamp, Values,
    cookie::CookieConfig,
    import::{
        Import, ImportError,
        django::{Sessions, Writer},
        express,
    },
};
use serde::{Deserialize, Serialize};

pub(crate) const NOW: u64 = 1_790_000_000;
const UNTIL: u64 = NOW + 90 * 86_400;
const PASSWORD: &str = "pbkdf2_sha256$1500000$salt$hash";

#[derive(Serialize, Deserialize, Default, Debug, PartialEq, Clone)]
pub(crate) struct Visitor {
    pub(crate) user: Option<String>,
    pub(crate) views: u32,
}

impl SessionData for Visitor {
    const VERSION: u8 = 1;
    type Previous = First;
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("a cookie session waits for nothing"),
    }
}

fn django() -> Writer {
    Writer::new(Sessions::signed_cookies("the secret key of the site").unwrap())
}

/// A site that moves, its clock, and the names of its events.
struct Site {
    sessions: SessionManager<Visitor>,
    clock: Arc<FixedClock>,
    events: Arc<Mutex<Vec<String>>>,
}

pub(crate) fn import() -> Import {
    let former = CookieConfig::new("sessionid").domain("shop.example");
    let reader = django();
    Import::new("django", former, Timestamp::from_unix(UNTIL), move |cookie| {
        assert_eq!(format!("{cookie:?}"), "Foreign { name: \"sessionid\", .. }");
        let session = reader.sessions().open(cookie.value(), cookie.now())?;
        let user = session.user_id().filter(|_| session.is_login_of(reader.sessions(), PASSWORD));
        let views = session.get("views").and_then(|views| views.as_i64()).unwrap_or(0);
        let views = u32::try_from(views).map_err(|_| ImportError::Shape)?;
        Ok(Visitor { user: user.map(String::from), views })
    })
}

fn site(save_on: SaveOn) -> Site {
    let clock = Arc::new(FixedClock::at(Timestamp::from_unix(NOW)));
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let config = SessionConfig::new(KeyRing::new(Key::generate().unwrap()), "shop")
        .import(import())
        .save_on(save_on)
        .clock(Arc::clone(&clock))
        .on_event(move |event| {
            if let Event::Imported { .. } | Event::ImportRefused { .. } = event {
                told.lock().unwrap().push(format!("{event:?}"));
            }
        });
    Site { sessions: SessionManager::new(config).unwrap(), clock, events }
}

impl Site {
    fn load(&self, cookies: &str) -> Session<Visitor> {
        let headers = [("cookie", cookies.as_bytes())];
        block_on(self.sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap()
    }

    fn commit(&self, session: &Session<Visitor>, status: u16) -> Vec<String> {
        let headers = block_on(self.sessions.commit(session, status)).unwrap();
        headers.set_cookies.iter().map(|line| line.as_str().to_owned()).collect()
    }
}

/// A cookie of Django in which somebody is logged in and has seen three pages.
pub(crate) fn cookie() -> String {
    let mut members: serde_json::Map<String, serde_json::Value> = serde_json::Map::new();
    for (name, value) in django().login_members("7", PASSWORD) {
        members.insert(name.to_owned(), value.into());
    }
    members.insert("views".to_owned(), 3.into());
    let value = django().seal(&members, Timestamp::from_unix(NOW)).unwrap();
    format!("sessionid={value}")
}

const REMOVAL: &str = "sessionid=; Domain=shop.example; Path=/; Max-Age=0";

#[track_caller]
fn moved(lines: &[String]) -> String {
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("__Host-session=E"), "{lines:?}");
    assert!(is_removal(&lines[1]), "{lines:?}");
    lines[0].split(';').next().unwrap().to_owned()
}

pub(crate) fn is_removal(line: &str) -> bool {
    let mut parts = REMOVAL.split("; ");
    line.starts_with("sessionid=;") && parts.all(|part| line.contains(part.trim_end_matches(';')))
}

#[test]
fn a_login_on_django_is_one_here_and_its_cookie_goes() {
    let site = site(SaveOn::EveryStatus);
    let session = site.load(&cookie());
    let visitor = Visitor { user: Some("7".to_owned()), views: 3 };
    assert_eq!(session.read(Clone::clone).unwrap(), visitor);
    let ours = moved(&site.commit(&session, 200));
    assert_eq!(*site.events.lock().unwrap(), ["Imported { format: \"django\" }"]);
    assert_eq!(site.sessions.counters().imported(), 1);

    // From now on it is ours, and Django's cookie is not looked at even if it comes again.
    let session = site.load(&format!("{ours}; {}", cookie()));
    assert_eq!(session.read(Clone::clone).unwrap(), visitor);
    assert!(!session.is_new());
    assert!(site.commit(&session, 200).is_empty());
    assert_eq!(site.sessions.counters().imported(), 1);
}

#[test]
fn what_the_handler_writes_is_saved_and_so_is_what_it_writes_back() {
    for step in [1, 0] {
        let site = site(SaveOn::EveryStatus);
        let session = site.load(&cookie());
        session.update(|visitor| visitor.views += step).unwrap();
        let ours = moved(&site.commit(&session, 200));
        assert_eq!(site.load(&ours).read(|visitor| visitor.views).unwrap(), 3 + step);
    }
}

#[test]
fn a_session_that_ends_takes_the_foreign_cookie_with_it() {
    let site = site(SaveOn::EveryStatus);
    let session = site.load(&cookie());
    session.destroy().unwrap();
    let lines = site.commit(&session, 200);
    assert!(lines.iter().any(|line| is_removal(line)), "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("Max-Age=0")), "{lines:?}");

    // A logout here, while a cookie of Django came back.
    let ours = moved(&site.commit(&site.load(&cookie()), 200));
    let session = site.load(&format!("{}; {ours}", cookie()));
    session.destroy().unwrap();
    let lines = site.commit(&session, 200);
    assert!(lines.len() == 2 && is_removal(&lines[1]), "{lines:?}");
}

#[test]
fn a_cookie_of_ours_closes_the_way_even_if_it_does_not_open() {
    let site = site(SaveOn::EveryStatus);
    let session = site.load(&format!("__Host-session=nonsense; {}", cookie()));
    assert_eq!(session.read(Clone::clone).unwrap(), Visitor::default());
    assert_eq!(site.sessions.counters().imported(), 0);
    assert!(site.commit(&session, 200).is_empty());
}

#[test]
fn after_its_date_nothing_is_taken_over() {
    let site = site(SaveOn::EveryStatus);
    let writer = django();
    let late = |seconds| {
        let value = writer.login("7", PASSWORD, Timestamp::from_unix(UNTIL - 10)).unwrap();
        site.clock.set(Timestamp::from_unix(seconds));
        site.load(&format!("sessionid={value}"))
    };
    assert!(late(UNTIL - 1).read(|visitor| visitor.user.is_some()).unwrap());
    let session = late(UNTIL);
    assert!(session.read(|visitor| visitor.user.is_none()).unwrap());
    assert!(site.commit(&session, 200).is_empty());
    let events = site.events.lock().unwrap();
    assert_eq!(events[1], "ImportRefused { format: \"django\", error: Ended }");
    assert_eq!(site.sessions.counters().import_refused(), 1);
}

#[test]
fn a_foreign_cookie_that_is_refused_stays_and_the_next_one_is_tried() {
    let site = site(SaveOn::EveryStatus);
    let session = site.load("sessionid=forged:1x8elk:AAAA");
    assert!(site.commit(&session, 200).is_empty());
    let session = site.load(&format!("sessionid=forged:1x8elk:AAAA; {}", cookie()));
    moved(&site.commit(&session, 200));
    assert_eq!(site.sessions.counters().import_refused(), 2);
    // Old enough to be refused by Django, too.
    site.clock.advance(1_209_601);
    assert!(site.commit(&site.load(&cookie()), 200).is_empty());
    assert!(site.events.lock().unwrap().last().unwrap().contains("error: Expired"));
}

#[test]
fn a_server_error_keeps_the_move_back_where_changes_are_kept_back() {
    let site = site(SaveOn::NotServerError);
    assert!(site.commit(&site.load(&cookie()), 500).is_empty());
    moved(&site.commit(&site.load(&cookie()), 200));
}

#[test]
fn values_in_quotes_and_cookies_beside_it_are_read() {
    let reader = express::Sessions::new("a key of the site").unwrap();
    let until = Timestamp::from_unix(UNTIL);
    let import = Import::new("express", CookieConfig::new("session"), until, move |cookie| {
        let signature = cookie.other("session.sig").ok_or(ImportError::BadSignature)?;
        let data = reader.open(cookie.name(), cookie.value(), signature)?;
        Ok(Visitor { user: data.root().get("lang").and_then(|lang| lang.to().ok()), views: 0 })
    })
    .companion("session.sig");
    let ring = KeyRing::new(Key::generate().unwrap());
    let clock = FixedClock::at(Timestamp::from_unix(NOW));
    let config = SessionConfig::new(ring, "shop").import(import).clock(clock);
    let sessions = SessionManager::<Visitor>::new(config).unwrap();
    let cookies = "session=\"eyJsYW5nIjoiZGUifQ==\"; session.sig=I6jzteV08Hm0z8IW3grNMl_xn70";
    let headers = [("cookie", cookies.as_bytes())];
    let session = block_on(sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap();
    assert_eq!(session.read(|visitor| visitor.user.clone()).unwrap().as_deref(), Some("de"));
    let lines = block_on(sessions.commit(&session, 200)).unwrap().set_cookies;
    let lines: Vec<_> = lines.iter().map(|line| line.as_str()).collect();
    let [ours, cookie, signature] = lines.as_slice() else { panic!("{} lines", lines.len()) };
    assert!(ours.starts_with("__Host-session=E"));
    assert!(cookie.starts_with("session=; ") && cookie.contains("Max-Age=0"), "{cookie}");
    assert!(signature.starts_with("session.sig=; "), "{signature}");
    assert!(signature.contains("Max-Age=0"), "{signature}");
}

#[test]
fn what_cannot_work_is_refused_at_the_start() {
    let config = || SessionConfig::new(KeyRing::new(Key::generate().unwrap()), "shop");
    let other_type = SessionManager::<Values>::new(config().import(import()));
    assert!(matches!(other_type, Err(ConfigError::Import(fault)) if fault.format == "django"));
    let same_name = config().cookie(CookieConfig::new("sessionid")).import(import());
    let same_name = SessionManager::<Visitor>::new(same_name);
    assert!(matches!(same_name, Err(ConfigError::Import(fault)) if fault.format == "django"));
    let companion =
        config().cookie(CookieConfig::new("theirs")).import(import().companion("theirs"));
    let companion = SessionManager::<Visitor>::new(companion);
    assert!(matches!(companion, Err(ConfigError::Import(fault)) if fault.format == "django"));
}
