//! What is particular to actix-web, each as a test: in this file with its test service, in `wire`
//! over sockets.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

#[allow(dead_code, reason = "each test binary uses a part")]
#[path = "../support/http.rs"]
mod http;
#[path = "../support/http2.rs"]
mod http2;
mod wire;

use std::fmt;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{ErrorBadGateway, ErrorForbidden, InternalError};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, COOKIE, HeaderMap, HeaderName, SET_COOKIE, VARY};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, call_service, init_service, try_call_service};
use actix_web::{
    App, Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError, web,
};
use cloakroom::actix::SessionMiddleware;
use cloakroom::cookie::CookieConfig;
use cloakroom::{
    Key, KeyRing, ReadSession, SaveOn, Session, SessionConfig, SessionError, SessionManager,
};
use cloakroom_examples::data::Shop;
use cloakroom_examples::routes::count;

/// A request that a visitor without a cookie makes.
macro_rules! get {
    ($path:expr) => {
        TestRequest::get().uri($path).to_request()
    };
}

/// What an inner middleware gives instead of a response.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }
}

#[actix_web::test]
async fn an_error_of_an_inner_middleware_carries_the_cookie_and_keeps_its_type() {
    async fn refuse(
        session: Session<Shop>,
        _: ServiceRequest,
        _: Next<BoxBody>,
    ) -> Result<ServiceResponse, Error> {
        count(&session)?;
        Err(Refused.into())
    }
    let app = App::new().route("/", web::get().to(visit)).wrap(from_fn(refuse)).wrap(sessions());
    let app = init_service(app).await;
    let error = try_call_service(&app, get!("/")).await.expect_err("an error");
    assert!(error.as_error::<Refused>().is_some());
    let response = error.error_response();
    assert_eq!(response.status(), 403);
    assert_eq!(views(response.headers()), Some(1));
    assert_eq!(all(response.headers(), &CACHE_CONTROL), ["no-store"]);
    assert_eq!(all(response.headers(), &VARY), ["Cookie"]);
    assert_eq!(body(response).await, "refused");
}

/// Such an error gives its response away once, to whoever asks first.
#[actix_web::test]
async fn an_error_that_holds_its_response_keeps_it() {
    async fn refuse(
        session: Session<Shop>,
        _: ServiceRequest,
        _: Next<BoxBody>,
    ) -> Result<ServiceResponse, Error> {
        count(&session)?;
        let page = HttpResponse::Forbidden().body("a page for it");
        Err(InternalError::from_response("refused", page).into())
    }
    let app = App::new().route("/", web::get().to(visit)).wrap(from_fn(refuse)).wrap(sessions());
    let app = init_service(app).await;
    let error = try_call_service(&app, get!("/")).await.expect_err("an error");
    let response = error.error_response();
    assert_eq!((response.status().as_u16(), views(response.headers())), (403, Some(1)));
    assert_eq!(body(response).await, "a page for it");
}

#[actix_web::test]
async fn an_error_of_an_inner_middleware_that_touched_nothing_is_left_as_it_is() {
    async fn refuse(_: ServiceRequest, _: Next<BoxBody>) -> Result<ServiceResponse, Error> {
        Err(Refused.into())
    }
    let app = App::new().route("/", web::get().to(visit)).wrap(from_fn(refuse)).wrap(sessions());
    let app = init_service(app).await;
    let error = try_call_service(&app, get!("/")).await.expect_err("an error");
    for name in [SET_COOKIE, VARY, CACHE_CONTROL] {
        assert_eq!(all(error.error_response().headers(), &name), [""; 0], "{name}");
    }
}

#[actix_web::test]
async fn a_session_that_cannot_be_saved_is_an_empty_500_in_the_place_of_response_and_error() {
    async fn refuse(
        session: Session<Shop>,
        _: ServiceRequest,
        _: Next<BoxBody>,
    ) -> Result<ServiceResponse, Error> {
        stuff(session).await?;
        Err(Refused.into())
    }
    let app = App::new().route("/", web::get().to(stuff)).wrap(sessions());
    let response = call_service(&init_service(app).await, get!("/")).await;
    let app = App::new().route("/", web::get().to(visit)).wrap(from_fn(refuse)).wrap(sessions());
    let error = try_call_service(&init_service(app).await, get!("/")).await.expect_err("an error");

    let (response, of_error) =
        (HttpResponse::from(response).map_into_boxed_body(), error.error_response());
    for response in [response, of_error] {
        assert_eq!(response.status(), 500);
        assert_eq!(all(response.headers(), &CACHE_CONTROL), ["no-store"]);
        assert_eq!(all(response.headers(), &VARY), ["Cookie"]);
        assert_eq!(all(response.headers(), &SET_COOKIE), [""; 0]);
        assert_eq!(body(response).await, "");
    }
}

#[actix_web::test]
async fn a_handlers_error_carries_the_cookie() {
    async fn fail(session: Session<Shop>) -> Result<HttpResponse, Error> {
        count(&session)?;
        Err(Refused.into())
    }
    let app = App::new().route("/", web::get().to(fail)).wrap(sessions());
    let response = call_service(&init_service(app).await, get!("/")).await;
    assert_eq!((response.status().as_u16(), views(response.headers())), (403, Some(1)));
}

#[actix_web::test]
async fn the_status_of_an_error_counts_for_the_rule_not_to_save_what_failed() {
    async fn fail(
        session: Session<Shop>,
        request: ServiceRequest,
        _: Next<BoxBody>,
    ) -> Result<ServiceResponse, Error> {
        count(&session)?;
        Err(match request.path() {
            "/refused" => ErrorForbidden(""),
            _ => ErrorBadGateway(""),
        })
    }
    for (path, saved) in [("/refused", true), ("/broken", false)] {
        let config = config("__Host-session").save_on(SaveOn::NotServerError);
        let sessions = SessionManager::<Shop>::new(config).expect("a manager");
        let sessions = SessionMiddleware::new(sessions);
        let app = init_service(App::new().wrap(from_fn(fail)).wrap(sessions)).await;
        let error = try_call_service(&app, get!(path)).await.expect_err("an error");
        assert_eq!(views(error.error_response().headers()).is_some(), saved, "{path}");
    }
}

/// Wrapped last is run first, and done last.
#[actix_web::test]
async fn a_middleware_wrapped_after_the_sessions_finds_them_sent() {
    async fn late<B: MessageBody>(
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<B>, Error> {
        let response = next.call(request).await?;
        let session = Session::<Shop>::extract(response.request()).await?;
        assert_eq!(count(&session), Err(SessionError::ResponseSent));
        Ok(response)
    }
    let app = App::new()
        .route("/", web::get().to(visit))
        .route("/untouched", web::get().to(HttpResponse::Ok))
        .wrap(sessions())
        .wrap(from_fn(late));
    let app = init_service(app).await;
    assert_eq!(views(call_service(&app, get!("/")).await.headers()), Some(1));
    assert_eq!(call_service(&app, get!("/untouched")).await.headers().len(), 0);
}

#[actix_web::test]
async fn a_middleware_wrapped_before_the_sessions_shares_them_with_the_handler() {
    async fn inner(
        session: Session<Shop>,
        request: ServiceRequest,
        next: Next<BoxBody>,
    ) -> Result<ServiceResponse, Error> {
        count(&session)?;
        let response = next.call(request).await?;
        count(&session)?;
        Ok(response)
    }
    let app = App::new().route("/", web::get().to(visit)).wrap(from_fn(inner)).wrap(sessions());
    let response = call_service(&init_service(app).await, get!("/")).await;
    assert_eq!(views(response.headers()), Some(3));
    assert_eq!(all(response.headers(), &SET_COOKIE).len(), 1);
}

#[actix_web::test]
#[allow(clippy::await_holding_refcell_ref, reason = "not wise, and yet a handler may do it")]
async fn no_borrow_of_the_extensions_is_held_while_a_handler_waits() {
    async fn handler(request: HttpRequest, session: Session<Shop>) -> Result<String, SessionError> {
        request.extensions_mut().insert("something of the handler's");
        let mut extensions = request.extensions_mut();
        count(&session)?;
        actix_web::rt::task::yield_now().await;
        extensions.insert("something more");
        Ok(String::new())
    }
    let app = App::new().route("/", web::get().to(handler)).wrap(sessions());
    let response = call_service(&init_service(app).await, get!("/")).await;
    assert_eq!(views(response.headers()), Some(1));
}

#[actix_web::test]
async fn a_handler_need_not_be_send() {
    async fn handler(session: Session<Shop>) -> Result<String, SessionError> {
        let shared = Rc::new(session);
        actix_web::rt::task::yield_now().await;
        count(&shared).map(|views| views.to_string())
    }
    let app = App::new().route("/", web::get().to(handler)).wrap(sessions());
    let response = call_service(&init_service(app).await, get!("/")).await;
    assert_eq!(views(response.headers()), Some(1));
}

#[actix_web::test]
async fn a_middleware_mounted_twice_commits_once_in_nested_scopes_too() {
    let sessions = sessions();
    let inner = web::scope("/b").wrap(sessions.clone()).route("", web::get().to(visit));
    let scope = web::scope("/a").wrap(sessions.clone()).service(inner);
    let app = init_service(App::new().service(scope).wrap(sessions)).await;
    let response = call_service(&app, get!("/a/b")).await;
    assert_eq!(all(response.headers(), &SET_COOKIE).len(), 1);
    assert_eq!(all(response.headers(), &VARY), ["Cookie"]);
    assert_eq!(views(response.headers()), Some(1));
}

/// Tells the administrators' session from the shop's.
struct Admin;

#[actix_web::test]
async fn two_sessions_of_one_application_each_append_their_cookie() {
    async fn both(
        shop: Session<Shop>,
        admin: Session<Shop, Admin>,
    ) -> Result<String, SessionError> {
        count(&shop)?;
        admin.restart()?;
        Ok(String::new())
    }
    let admin = SessionManager::<Shop, Admin>::new(config("__Host-admin")).expect("a manager");
    let app = App::new()
        .route("/", web::get().to(both))
        .wrap(sessions())
        .wrap(SessionMiddleware::new(admin));
    let response = call_service(&init_service(app).await, get!("/")).await;
    let lines = all(response.headers(), &SET_COOKIE);
    assert!(lines[0].starts_with("__Host-session=E") && lines[1].starts_with("__Host-admin=E"));
    assert_eq!((lines.len(), all(response.headers(), &VARY)), (2, vec!["Cookie"]));
}

#[actix_web::test]
async fn without_a_middleware_an_option_is_none_and_an_argument_an_empty_500() {
    async fn option(session: Option<Session<Shop>>) -> String {
        session.is_some().to_string()
    }
    async fn read(session: ReadSession<Shop>) -> String {
        session.is_new().to_string()
    }
    let routes = |app: &mut web::ServiceConfig| {
        app.route("/option", web::get().to(option)).route("/read", web::get().to(read));
    };
    let bare = init_service(App::new().configure(routes)).await;
    let response = call_service(&bare, get!("/option")).await;
    assert_eq!(body(response.into()).await, "false");
    let response = call_service(&bare, get!("/read")).await;
    assert_eq!((response.status().as_u16(), body(response.into()).await), (500, String::new()));

    let config = config("__Host-session").skip(|request| request.path() == "/option");
    let some = SessionManager::<Shop>::new(config).expect("a manager");
    let app = init_service(App::new().configure(routes).wrap(SessionMiddleware::new(some))).await;
    let response = call_service(&app, get!("/option")).await;
    assert_eq!(response.headers().get(VARY), None);
    assert_eq!(body(HttpResponse::from(response).map_into_boxed_body()).await, "false");
    let response = call_service(&app, get!("/read")).await;
    assert_eq!(all(response.headers(), &VARY), ["Cookie"]);
}

#[actix_web::test]
async fn a_redirect_and_a_304_carry_what_the_session_came_to() {
    async fn redirect(session: Session<Shop>) -> Result<HttpResponse, SessionError> {
        count(&session)?;
        Ok(HttpResponse::SeeOther().insert_header(("location", "/")).finish())
    }
    let unchanged = async |_: ReadSession<Shop>| HttpResponse::NotModified();
    let app = App::new()
        .route("/redirect", web::get().to(redirect))
        .route("/unchanged", web::get().to(unchanged))
        .wrap(sessions());
    let app = init_service(app).await;
    let response = call_service(&app, get!("/redirect")).await;
    assert_eq!((response.status().as_u16(), views(response.headers())), (303, Some(1)));
    let cookie = all(response.headers(), &SET_COOKIE)[0].split(';').next().expect("a pair");
    let request = TestRequest::get().uri("/unchanged").insert_header((COOKIE, cookie));
    let response = call_service(&app, request.to_request()).await;
    assert_eq!(response.status(), 304);
    assert_eq!(all(response.headers(), &SET_COOKIE), [""; 0]);
    assert_eq!(all(response.headers(), &VARY), ["Cookie"]);
    assert_eq!(call_service(&app, get!("/nowhere")).await.headers().len(), 0);
}

async fn visit(session: Session<Shop>) -> Result<String, SessionError> {
    count(&session).map(|views| views.to_string())
}

/// Puts more into the session than a cookie holds.
async fn stuff(session: Session<Shop>) -> Result<String, SessionError> {
    session.update(|shop| shop.note = vec![1; 5000])?;
    Ok("never seen".to_owned())
}

fn ring() -> KeyRing {
    static RING: std::sync::OnceLock<KeyRing> = std::sync::OnceLock::new();
    RING.get_or_init(|| KeyRing::new(Key::generate().expect("a key"))).clone()
}

fn config(name: &'static str) -> SessionConfig {
    SessionConfig::new(ring(), "shop").cookie(CookieConfig::new(name))
}

fn sessions() -> SessionMiddleware<Shop> {
    let manager = SessionManager::new(config("__Host-session")).expect("a manager");
    SessionMiddleware::new(manager)
}

fn all<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Vec<&'h str> {
    headers.get_all(name).map(|value| value.to_str().expect("text")).collect()
}

/// The views in the session that a response set, if it set one.
fn views(headers: &HeaderMap) -> Option<u32> {
    let line = headers.get(SET_COOKIE)?.to_str().expect("text");
    let pair = line.split(';').next().expect("a pair");
    let headers = [("cookie", pair.as_bytes())];
    let manager = SessionManager::<Shop>::new(config("__Host-session")).expect("a manager");
    let request = cloakroom::RequestParts::new("GET", "/", &headers);
    let load = std::pin::pin!(manager.load(&request));
    match load.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(session) => session.read(|shop| shop.views).ok(),
        std::task::Poll::Pending => panic!("a cookie session loads at once"),
    }
}

async fn body<B: MessageBody>(response: HttpResponse<B>) -> String {
    let bytes = to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("a body"));
    String::from_utf8(bytes.to_vec()).expect("text")
}
