//! What is particular to Rocket, each as a test: in this file with its local client, in `wire` over
//! sockets.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

mod catchers;
#[allow(dead_code, reason = "each test binary uses a part")]
#[path = "../support/http.rs"]
mod http;
#[path = "../support/http2.rs"]
mod http2;
mod wire;

use cloakroom::cookie::CookieConfig;
use cloakroom::rocket::SessionFairing;
use cloakroom::{Key, KeyRing, ReadSession, Session, SessionConfig, SessionError, SessionManager};
use cloakroom_examples::data::Shop;
use cloakroom_examples::routes::count;
use rocket::config::{Config, LogLevel};
use rocket::fairing::{AdHoc, Fairing, Info, Kind};
use rocket::http::{Cookie, CookieJar, Header, Status};
use rocket::local::blocking::{Client, LocalResponse};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::status::Custom;
use rocket::response::{self, Redirect, Responder, Response};
use rocket::{Build, Rocket, get, routes};

#[test]
fn the_cookies_of_the_jar_and_those_of_a_late_fairing_stay_beside_the_sessions() {
    #[get("/")]
    fn themed(session: Session<Shop>, jar: &CookieJar<'_>) -> Result<String, SessionError> {
        jar.add(Cookie::new("theme", "dark"));
        count(&session).map(|views| views.to_string())
    }
    let late = AdHoc::on_response("Late", |_, response| {
        Box::pin(async { response.adjoin_raw_header("Set-Cookie", "late=1") })
    });
    let client = client(app().attach(late).mount("/", routes![themed]));
    let response = client.get("/").dispatch();
    let lines = all(&response, "set-cookie");
    assert!(lines[0].starts_with("theme=dark"), "{lines:?}");
    assert!(lines[1].starts_with("__Host-session=E"), "{lines:?}");
    assert_eq!((lines.len(), lines[2]), (3, "late=1"));
}

#[test]
fn headers_of_the_handlers_own_are_kept() {
    #[get("/")]
    fn own(session: Session<Shop>) -> Result<Headed, SessionError> {
        count(&session).map(|_| Headed)
    }
    let client = client(app().mount("/", routes![own]));
    let response = client.get("/").dispatch();
    assert_eq!(all(&response, "vary"), ["Accept", "Cookie"]);
    assert_eq!(all(&response, "cache-control"), ["max-age=60", "no-store"]);
}

/// A guard of the application's, which asks for the session itself.
struct Counted(u32);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Counted {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match request.guard::<Session<Shop>>().await {
            Outcome::Success(session) => match count(&session) {
                Ok(views) => Outcome::Success(Self(views)),
                Err(_) => Outcome::Error((Status::InternalServerError, ())),
            },
            _ => Outcome::Forward(Status::NotFound),
        }
    }
}

#[test]
fn guards_forwards_and_the_handler_share_one_session() {
    #[get("/", rank = 1)]
    fn first(_counted: Counted, _never: Never) {}
    #[get("/", rank = 2)]
    fn second(counted: Counted, session: Session<Shop>, read: ReadSession<Shop>) -> String {
        let views = count(&session).expect("a count");
        format!("{} {views} {}", counted.0, read.read(|shop| shop.views).expect("views"))
    }
    let client = client(app().mount("/", routes![first, second]));
    let response = client.get("/").dispatch();
    assert_eq!(all(&response, "set-cookie").len(), 1);
    assert_eq!(response.into_string().as_deref(), Some("2 3 3"));
}

#[test]
fn a_head_request_that_rocket_answers_by_a_get_route_has_one_session() {
    let client = client(app().mount("/", routes![visit]));
    let response = client.head("/visit").dispatch();
    assert_eq!((response.status(), all(&response, "set-cookie").len()), (Status::Ok, 1));
    assert_eq!(views(&client, &response), 1);
    assert_eq!(response.into_string().as_deref(), Some(""));
}

#[test]
fn a_fairing_attached_twice_commits_once() {
    let client = client(app().attach(fairing()).attach(fairing()).mount("/", routes![visit]));
    let response = client.get("/visit").dispatch();
    assert_eq!(all(&response, "set-cookie").len(), 1);
    assert_eq!(all(&response, "vary"), ["Cookie"]);
    assert_eq!(all(&response, "cache-control"), ["no-store"]);
}

/// Tells the administrators' session from the shop's.
struct Admin;

#[test]
fn two_sessions_of_one_application_each_append_their_cookie() {
    #[get("/")]
    fn both(shop: Session<Shop>, admin: Session<Shop, Admin>) -> Result<(), SessionError> {
        count(&shop)?;
        admin.restart()
    }
    let admin = SessionManager::<Shop, Admin>::new(config("__Host-admin")).expect("a manager");
    let client = client(app().attach(SessionFairing::new(admin)).mount("/", routes![both]));
    let response = client.get("/").dispatch();
    let lines = all(&response, "set-cookie");
    assert!(lines[0].starts_with("__Host-session=E") && lines[1].starts_with("__Host-admin=E"));
    assert_eq!((lines.len(), all(&response, "vary")), (2, vec!["Cookie"]));
}

#[get("/option")]
fn option(session: Option<Session<Shop>>) -> String {
    session.is_some().to_string()
}

#[get("/read")]
fn read(session: ReadSession<Shop>) -> String {
    session.is_new().to_string()
}

#[test]
fn without_a_fairing_an_option_is_none_and_an_argument_fails_with_500() {
    let bare = client(rocket::custom(quiet()).mount("/", routes![option, read]));
    assert_eq!(bare.get("/option").dispatch().into_string().as_deref(), Some("false"));
    assert_eq!(bare.get("/read").dispatch().status(), Status::InternalServerError);
}

#[test]
fn a_request_that_is_left_out_has_no_session() {
    let config = config("__Host-session").skip(|request| request.path() == "/option");
    let some = SessionManager::<Shop>::new(config).expect("a manager");
    let app = rocket::custom(quiet()).attach(SessionFairing::new(some));
    let client = client(app.mount("/", routes![option, read]));
    let left_out = client.get("/option").dispatch();
    assert_eq!(all(&left_out, "vary"), [""; 0]);
    assert_eq!(left_out.into_string().as_deref(), Some("false"));
    assert_eq!(all(&client.get("/read?x=/option").dispatch(), "vary"), ["Cookie"]);
}

/// Counts in a response fairing, for a request that asks for it.
struct Late;

#[rocket::async_trait]
impl Fairing for Late {
    fn info(&self) -> Info {
        Info { name: "Late", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if let Outcome::Success(session) = request.guard::<Session<Shop>>().await {
            let outcome = format!("{:?}", count(&session));
            response.set_header(Header::new("X-Outcome", outcome));
        }
    }
}

#[test]
fn a_response_fairing_can_change_the_session_only_if_it_is_attached_before() {
    #[get("/untouched")]
    fn untouched() {}
    let routes = routes![visit, shown];
    let early = client(rocket::custom(quiet()).attach(Late).attach(fairing()).mount("/", routes));
    let response = early.get("/visit").dispatch();
    assert_eq!((views(&early, &response), all(&response, "x-outcome")), (2, vec!["Ok(2)"]));

    let late = client(app().attach(Late).mount("/", routes![visit, untouched]));
    let response = late.get("/visit").dispatch();
    assert_eq!(views(&late, &response), 1);
    assert_eq!(all(&response, "x-outcome"), ["Err(ResponseSent)"]);
    // Nobody had asked for it before the head was decided on.
    let response = late.get("/untouched").dispatch();
    assert_eq!(all(&response, "x-outcome"), ["Err(ResponseSent)"]);
    assert_eq!(all(&response, "set-cookie"), [""; 0]);
}

#[test]
fn a_redirect_and_a_304_carry_what_the_session_came_to() {
    #[get("/redirect")]
    fn redirect(session: Session<Shop>) -> Result<Redirect, SessionError> {
        count(&session).map(|_| Redirect::to("/"))
    }
    #[get("/unchanged")]
    fn unchanged(_session: ReadSession<Shop>) -> Custom<()> {
        Custom(Status::NotModified, ())
    }
    let client = client(app().mount("/", routes![redirect, unchanged]));
    let response = client.get("/redirect").dispatch();
    assert_eq!((response.status(), views(&client, &response)), (Status::SeeOther, 1));
    let cookie = pair(&response);
    let response = client.get("/unchanged").header(Header::new("Cookie", cookie)).dispatch();
    assert_eq!(response.status(), Status::NotModified);
    assert_eq!(all(&response, "set-cookie"), [""; 0]);
    assert_eq!(all(&response, "vary"), ["Cookie"]);
}

/// A guard that always forwards.
struct Never;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Never {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Forward(Status::Unauthorized)
    }
}

/// An answer with headers that the session has a word in too.
struct Headed;

impl<'r> Responder<'r, 'static> for Headed {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.raw_header("Vary", "Accept").raw_header("Cache-Control", "max-age=60").ok()
    }
}

#[get("/visit")]
fn visit(session: Session<Shop>) -> Result<String, SessionError> {
    count(&session).map(|views| views.to_string())
}

#[get("/views")]
fn shown(session: ReadSession<Shop>) -> Result<String, SessionError> {
    session.read(|shop| shop.views.to_string())
}

fn quiet() -> Config {
    Config { log_level: LogLevel::Off, port: 0, ..Config::debug_default() }
}

fn app() -> Rocket<Build> {
    rocket::custom(quiet()).attach(fairing()).mount("/", routes![shown])
}

fn client(app: Rocket<Build>) -> Client {
    Client::untracked(app).expect("an application")
}

fn ring() -> KeyRing {
    static RING: std::sync::OnceLock<KeyRing> = std::sync::OnceLock::new();
    RING.get_or_init(|| KeyRing::new(Key::generate().expect("a key"))).clone()
}

fn config(name: &'static str) -> SessionConfig {
    SessionConfig::new(ring(), "shop").cookie(CookieConfig::new(name))
}

fn fairing() -> SessionFairing<Shop> {
    SessionFairing::new(SessionManager::new(config("__Host-session")).expect("a manager"))
}

fn all<'h>(response: &'h LocalResponse<'_>, name: &str) -> Vec<&'h str> {
    response.headers().get(name).collect()
}

/// The name and the value of the session's cookie.
fn pair(response: &LocalResponse<'_>) -> String {
    let lines = all(response, "set-cookie");
    let line = lines.iter().find(|line| line.starts_with("__Host-session=E"));
    line.and_then(|line| line.split(';').next()).expect("a session").to_owned()
}

/// The views in the session that a response set.
fn views(client: &Client, response: &LocalResponse<'_>) -> u32 {
    let shown = client.get("/views").header(Header::new("Cookie", pair(response))).dispatch();
    shown.into_string().and_then(|views| views.parse().ok()).expect("a number")
}
