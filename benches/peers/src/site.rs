//! One axum application a peer, each with the same three routes over the same session.
//!
//! | route | does |
//! |---|---|
//! | `/start` | fills the session with the record |
//! | `/change` | reads `user_id`, changes `last_seen` |
//! | `/leave` | leaves the session alone |
//!
//! axum clones an application's state for every request, so the record stands behind an `Arc`.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{FromRef, Request, State},
    response::Response,
    routing::get,
};
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar};
use cloakroom::{KeyRing, Session, SessionConfig, SessionData, SessionManager, Values};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::{Map, Value};
use tower::Service;

use crate::{
    cases::now,
    peer::map_of,
    peers::{cloakroom::values_of, ready},
    records::Record,
};

/// An application and the `Cookie` header of a visitor who was there.
pub struct Site {
    pub name: &'static str,
    pub app: Router,
    pub cookie: HeaderValue,
}

pub const OURS: &str = "cloakroom, a map";
pub const OURS_TYPED: &str = "cloakroom, a struct";
pub const MEMORY: &str = "tower-sessions MemoryStore";
pub const PRIVATE: &str = "axum-extra PrivateCookieJar";
pub const TOWER_COOKIE: &str = "tower-sessions-cookie-store";

/// All peers, with a visitor whose session is `R`'s example.
pub fn all<R: Record + SessionData + Sync>() -> Vec<Site> {
    let record = R::example();
    let map = map_of(&record);
    vec![
        site(OURS_TYPED, typed(record)),
        site(OURS, values(values_of(&map))),
        site(MEMORY, memory(map.clone())),
        site(PRIVATE, private(map.clone())),
        site(TOWER_COOKIE, tower_cookie(map)),
    ]
}

/// No session at all.
pub fn bare() -> Router {
    Router::new().route("/leave", get(leave))
}

/// As many routes and a state like the others', behind a layer that does nothing: what axum takes for
/// any layer.
pub fn layered() -> Router {
    let routes = Router::new().route("/start", get(leave)).route("/change", get(leave));
    let layer = tower::layer::layer_fn(|inner| inner);
    routes.route("/leave", get(leave)).layer(layer).with_state(Arc::new(()))
}

/// A session of the same size that is neither opened nor sealed: the cookie goes back as it came.
pub fn echo() -> Router {
    Router::new().route("/change", get(async |headers: HeaderMap| back(&headers)))
}

/// What a request to `path` is answered.
pub fn answer(app: &mut Router, path: &'static str, cookie: Option<&HeaderValue>) -> Response {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = http::Uri::from_static(path);
    if let Some(cookie) = cookie {
        request.headers_mut().insert(header::COOKIE, cookie.clone());
    }
    ready(app.call(request)).unwrap_or_else(|never| match never {})
}

fn site(name: &'static str, mut app: Router) -> Site {
    let start = answer(&mut app, "/start", None);
    let cookie = sent(&start).expect("it starts a session");
    let changed = answer(&mut app, "/change", Some(&cookie));
    assert!(changed.status().is_success(), "{name} does not answer");
    if name == MEMORY {
        assert_eq!(sent(&changed).as_ref(), Some(&cookie), "the id stays");
    } else {
        assert_ne!(sent(&changed).expect("it seals the change"), cookie, "{name} changes nothing");
    }
    assert_eq!(sent(&answer(&mut app, "/leave", Some(&cookie))), None);
    Site { name, app, cookie }
}

/// The pair that a browser would send back.
fn sent(response: &Response) -> Option<HeaderValue> {
    let line = response.headers().get(header::SET_COOKIE)?.to_str().ok()?;
    HeaderValue::from_str(line.split(';').next()?).ok()
}

async fn leave() -> &'static str {
    "ok"
}

fn back(headers: &HeaderMap) -> ([(HeaderName, HeaderValue); 1], &'static str) {
    let pair = headers.get(header::COOKIE).and_then(|pair| pair.to_str().ok()).unwrap_or("a=");
    let line = format!("{pair}; HttpOnly; SameSite=Lax; Secure; Path=/");
    ([(header::SET_COOKIE, HeaderValue::try_from(line).expect("it came as a header"))], "ok")
}

// --- ours -------------------------------------------------------------------------------------------

fn manager<T: SessionData>() -> cloakroom::axum::SessionLayer<T> {
    let ring = KeyRing::new(cloakroom::Key::generate().expect("the system has entropy"));
    let manager = SessionManager::new(SessionConfig::new(ring, "shop")).expect("sound");
    cloakroom::axum::SessionLayer::new(manager)
}

fn typed<R: Record + SessionData + Sync>(record: R) -> Router {
    let start = async |State(record): State<Arc<R>>, session: Session<R>| {
        session.replace(R::clone(&record)).expect("nobody else has it");
        "ok"
    };
    let change = async |session: Session<R>| {
        let changed = session.update(|record| {
            std::hint::black_box(record.user_id());
            record.set_last_seen(now());
        });
        changed.expect("nobody else has it");
        "ok"
    };
    let routes = Router::new().route("/start", get(start)).route("/change", get(change));
    routes.route("/leave", get(leave)).layer(manager::<R>()).with_state(Arc::new(record))
}

fn values(values: Values) -> Router {
    let start = async |State(values): State<Arc<Values>>, session: Session<Values>| {
        session.replace(Values::clone(&values)).expect("nobody else has it");
        "ok"
    };
    let change = async |session: Session<Values>| {
        let changed = session.update(|values| {
            std::hint::black_box(values.get::<u64>("user_id").expect("a number"));
            values.insert("last_seen", &now()).expect("there is room");
        });
        changed.expect("nobody else has it");
        "ok"
    };
    let routes = Router::new().route("/start", get(start)).route("/change", get(change));
    routes.route("/leave", get(leave)).layer(manager::<Values>()).with_state(Arc::new(values))
}

// --- theirs -----------------------------------------------------------------------------------------

/// Both generations of tower-sessions have the same interface and different types.
macro_rules! tower_sessions {
    ($map:expr, $session:ty, $layer:expr) => {{
        let start = async |State(map): State<Arc<Map<String, Value>>>, session: $session| {
            for (key, value) in map.iter() {
                session.insert_value(key, value.clone()).await.expect("it is there");
            }
            "ok"
        };
        let change = async |session: $session| {
            std::hint::black_box(session.get::<u64>("user_id").await.expect("a number"));
            session.insert("last_seen", now()).await.expect("it is there");
            "ok"
        };
        let routes = Router::new().route("/start", get(start)).route("/change", get(change));
        routes.route("/leave", get(leave)).layer($layer).with_state(Arc::new($map))
    }};
}

fn memory(map: Map<String, Value>) -> Router {
    use tower_sessions::{MemoryStore, SessionManagerLayer};
    tower_sessions!(map, tower_sessions::Session, SessionManagerLayer::new(MemoryStore::default()))
}

fn tower_cookie(map: Map<String, Value>) -> Router {
    use tower_sessions_cookie_store::{CookieSessionConfig, CookieSessionManagerLayer};
    let config = CookieSessionConfig::default().with_max_cookie_bytes(8192);
    let layer = CookieSessionManagerLayer::private(Key::generate()).with_config(config);
    tower_sessions!(map, tower_sessions_cookie_store::Session, layer)
}

/// A jar needs its key from the application's state.
#[derive(Clone)]
struct Jar {
    key: Key,
    map: Arc<Map<String, Value>>,
}

impl FromRef<Jar> for Key {
    fn from_ref(jar: &Jar) -> Self {
        jar.key.clone()
    }
}

fn private(map: Map<String, Value>) -> Router {
    const NAME: &str = "session";
    let add = |jar: PrivateCookieJar, map: &Map<String, Value>| {
        let json = serde_json::to_string(map).expect("it is JSON");
        let cookie = Cookie::build((NAME, json)).path("/").http_only(true).secure(true);
        (jar.add(cookie), "ok")
    };
    let start = async move |State(state): State<Jar>, jar: PrivateCookieJar| add(jar, &state.map);
    let change = async move |jar: PrivateCookieJar| {
        let cookie = jar.get(NAME).expect("it opens");
        let mut map: Map<String, Value> =
            serde_json::from_str(cookie.value()).expect("it is what was sealed");
        std::hint::black_box(map["user_id"].as_u64());
        map.insert("last_seen".into(), now().into());
        add(jar, &map)
    };
    let routes = Router::new().route("/start", get(start)).route("/change", get(change));
    routes.route("/leave", get(leave)).with_state(Jar { key: Key::generate(), map: Arc::new(map) })
}
