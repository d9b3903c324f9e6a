//! The tower layer around services written by hand: no server, no runtime.

mod service;

use std::sync::{Arc, Mutex};

use cloakroom::tower::{SessionBody, SessionLayer};
use cloakroom::{Failure, SaveOn, Session, SessionError, SessionManager, SessionSlot};
use http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use service::{Words, app, read, request, send, words};
use tower_layer::Layer;

use crate::support::{Basket, Browser, REMOVAL, Site, apples, block_on, look, pick};

/// The session of a request, as an extractor gets it.
fn session<K: 'static>(request: &Request<()>) -> Session<Basket, K> {
    let slot = request.extensions().get::<SessionSlot<Basket, K>>().expect("a layer");
    block_on(slot.session(request.headers()))
}

/// A response with these headers.
fn plain(headers: &[(HeaderName, &'static str)]) -> Response<Words> {
    let mut response = Response::new(words(&["hello ", "world"]));
    for (name, value) in headers {
        response.headers_mut().append(name, HeaderValue::from_static(value));
    }
    response
}

/// One visit to a site whose handler does this and answers with these headers.
fn visit(
    site: &Site,
    browser: &mut Browser,
    does: impl Fn(&Session<Basket>) + Clone + Send + 'static,
    headers: &[(HeaderName, &'static str)],
) -> Response<SessionBody<Words>> {
    let headers = headers.to_vec();
    let inner = app(move |request| {
        does(&session(&request));
        Ok(plain(&headers))
    });
    let mut service = SessionLayer::new(site.sessions.clone()).layer(inner);
    let response = send(&mut service, request(browser)).unwrap();
    for line in response.headers().get_all(SET_COOKIE) {
        browser.store(line.to_str().unwrap());
    }
    response
}

fn all(headers: &HeaderMap, name: HeaderName) -> Vec<&str> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}

#[test]
fn a_request_that_nobody_asks_for_its_session_gets_no_header() {
    let site = Site::new();
    let layer = SessionLayer::new(site.sessions.clone());
    let browser = site.visitor(pick);
    site.at(86_400 * 20).told();
    for browser in [&browser, &Browser::new(), &Browser::holding("x")] {
        let mut service = layer.layer(app(|_| Ok(plain(&[]))));
        let mut response = send(&mut service, request(browser)).unwrap();
        assert!(response.headers().is_empty());
        assert_eq!(read(response.body_mut()), ["hello ", "world"]);
    }
    assert!(site.told().is_empty(), "no cookie was looked at");
}

#[test]
fn a_session_that_was_read_makes_the_response_private_and_vary() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    for mut browser in [browser.clone(), Browser::new()] {
        let response = visit(&site, &mut browser, look, &[]);
        assert_eq!(all(response.headers(), VARY), ["Cookie"]);
        assert_eq!(all(response.headers(), CACHE_CONTROL), ["private"]);
        assert_eq!(response.headers().len(), 2);
    }
    let own = [(CACHE_CONTROL, "max-age=60")];
    let response = visit(&site, &mut browser, look, &own);
    assert_eq!(all(response.headers(), CACHE_CONTROL), ["max-age=60"]);
}

#[test]
fn a_session_that_was_written_is_never_stored_by_a_cache() {
    let site = Site::new();
    let mut browser = Browser::new();
    let response = visit(&site, &mut browser, pick, &[]);
    assert_eq!(all(response.headers(), VARY), ["Cookie"]);
    assert_eq!(all(response.headers(), CACHE_CONTROL), ["no-store"]);
    assert_eq!(all(response.headers(), SET_COOKIE).len(), 1);
    assert_eq!(apples(&site.load(&browser)), 1);

    // Ours is a further line: what the handler said stays.
    let own = [(CACHE_CONTROL, "public, max-age=60"), (SET_COOKIE, "theme=dark")];
    let response = visit(&site, &mut browser, pick, &own);
    assert_eq!(all(response.headers(), CACHE_CONTROL), ["public, max-age=60", "no-store"]);
    let lines = all(response.headers(), SET_COOKIE);
    assert_eq!((lines.len(), lines[0]), (2, "theme=dark"));
}

#[test]
fn a_vary_that_covers_the_cookie_is_left_as_it_is() {
    let site = Site::new();
    for vary in ["*", "Cookie", "cookie", "Accept, COOKIE", "Accept,\tcookie , Origin"] {
        let response = visit(&site, &mut Browser::new(), look, &[(VARY, vary)]);
        assert_eq!(all(response.headers(), VARY), [vary]);
    }
    for vary in ["Accept", "X-Cookie", "Cookies"] {
        let response = visit(&site, &mut Browser::new(), look, &[(VARY, vary)]);
        assert_eq!(all(response.headers(), VARY), [vary, "Cookie"]);
    }
    let two = [(VARY, "Accept"), (VARY, "Cookie")];
    let response = visit(&site, &mut Browser::new(), look, &two);
    assert_eq!(all(response.headers(), VARY), ["Accept", "Cookie"]);
}

#[test]
fn the_cookie_is_marked_sensitive() {
    let site = Site::new();
    let mut browser = Browser::new();
    let written = visit(&site, &mut browser, pick, &[]);
    let removed = visit(&site, &mut browser, |session| session.destroy().unwrap(), &[]);
    assert_eq!(all(removed.headers(), SET_COOKIE), [REMOVAL]);
    assert_eq!(browser.len(), 0);
    for response in [written, removed] {
        assert!(response.headers()[SET_COOKIE].is_sensitive());
        let shown = format!("{response:?}");
        assert!(!shown.contains("__Host-session="), "{shown}");
    }
}

fn stuff(session: &Session<Basket>) {
    session.update(|basket| basket.note = "x".repeat(5000)).unwrap();
}

#[test]
fn a_response_whose_session_cannot_be_saved_becomes_an_empty_500() {
    let site = Site::new();
    let visitor = site.visitor(pick);
    let mut browser = visitor.clone();
    let own = [(SET_COOKIE, "theme=dark"), (VARY, "Accept")];
    let mut response = visit(&site, &mut browser, stuff, &own);
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(all(response.headers(), CACHE_CONTROL), ["no-store"]);
    assert_eq!(all(response.headers(), VARY), ["Cookie"]);
    assert_eq!(response.headers().len(), 2, "nothing of the handler's is left");
    assert_eq!(browser, visitor, "the old cookie stays");

    let body = response.body_mut();
    assert!(body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(0));
    assert!(read(body).is_empty());
    assert_eq!(site.sessions.counters().failed(), 1);
}

#[test]
fn a_hook_can_let_the_response_go_out_without_the_change() {
    let site = Site::with(|config| config.on_error(|_| Failure::Keep));
    let mut browser = site.visitor(pick);
    let mut response = visit(&site, &mut browser, stuff, &[]);
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(read(response.body_mut()), ["hello ", "world"]);
    assert_eq!(all(response.headers(), VARY), ["Cookie"], "it depends on the cookie all the same");
    assert_eq!(all(response.headers(), CACHE_CONTROL), ["private"]);
    assert!(all(response.headers(), SET_COOKIE).is_empty());
    assert_eq!(apples(&site.load(&browser)), 1);
}

#[test]
fn the_body_passes_as_it_is() {
    let site = Site::new();
    let mut response = visit(&site, &mut Browser::new(), pick, &[]);
    let body = response.body_mut();
    assert!(!body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(11));
    assert_eq!(read(body), ["hello ", "world"]);
    assert!(response.body().is_end_stream());
}

#[test]
fn a_change_after_the_head_has_left_is_an_error() {
    let site = Site::new();
    let kept: Arc<Mutex<Option<Session<Basket>>>> = Arc::default();
    let keep = Arc::clone(&kept);
    let does = move |session: &Session<Basket>| {
        pick(session);
        *keep.lock().unwrap() = Some(session.clone());
    };
    visit(&site, &mut Browser::new(), does, &[]);
    let session = kept.lock().unwrap().take().unwrap();
    assert_eq!(session.update(|basket| basket.apples = 9), Err(SessionError::ResponseSent));
    assert_eq!(apples(&session), 1, "reading still works");
}

#[test]
fn an_error_of_the_inner_service_passes_on() {
    let site = Site::new();
    let inner = app(|request| {
        pick(&session(&request));
        Err("the handler's own")
    });
    let mut service = SessionLayer::new(site.sessions.clone()).layer(inner);
    let error = send(&mut service, request(&Browser::new())).unwrap_err();
    assert_eq!(error, "the handler's own");
    assert!(site.told().is_empty());
}

#[test]
fn by_djangos_rule_the_status_of_the_response_decides() {
    let site = Site::with(|config| config.save_on(SaveOn::NotServerError));
    for (status, lines) in [(StatusCode::BAD_GATEWAY, 0), (StatusCode::NOT_FOUND, 1)] {
        let inner = app(move |request| {
            pick(&session(&request));
            let mut response = plain(&[]);
            *response.status_mut() = status;
            Ok(response)
        });
        let mut service = SessionLayer::new(site.sessions.clone()).layer(inner);
        let response = send(&mut service, request(&Browser::new())).unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(all(response.headers(), SET_COOKIE).len(), lines);
    }
}

#[test]
fn a_layer_mounted_twice_commits_once() {
    let site = Site::new();
    let layer = SessionLayer::new(site.sessions.clone());
    let inner = app(|request| {
        pick(&session(&request));
        Ok(plain(&[]))
    });
    let mut service = layer.layer(layer.layer(inner));
    let mut response = send(&mut service, request(&Browser::new())).unwrap();
    assert_eq!(all(response.headers(), SET_COOKIE).len(), 1);
    assert_eq!(all(response.headers(), VARY), ["Cookie"]);
    assert_eq!(all(response.headers(), CACHE_CONTROL), ["no-store"]);
    assert_eq!(site.told(), ["sealed"]);
    assert_eq!(read(response.body_mut()), ["hello ", "world"]);
}

/// Tells one manager from another.
struct Admin;

#[test]
fn two_layers_of_two_sessions_each_append_their_own() {
    let shop = Site::new();
    let config = cloakroom::SessionConfig::new(crate::support::one_key(), "shop")
        .cookie(cloakroom::cookie::CookieConfig::new("__Host-admin"));
    let admin = SessionManager::<Basket, Admin>::new(config).unwrap();
    let inner = app(|request| {
        pick(&session(&request));
        let admin = session::<Admin>(&request);
        admin.restart().unwrap();
        Ok(plain(&[]))
    });
    let inner = SessionLayer::new(admin).layer(inner);
    let mut service = SessionLayer::new(shop.sessions.clone()).layer(inner);
    let response = send(&mut service, request(&Browser::new())).unwrap();
    let lines = all(response.headers(), SET_COOKIE);
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("__Host-admin=E") && lines[1].starts_with("__Host-session=E"));
    assert_eq!(all(response.headers(), VARY), ["Cookie"]);
}

#[test]
fn a_request_that_is_left_out_has_no_session() {
    let site = Site::with(|config| config.skip(|request| request.path() == "/page"));
    let inner = app(|request| {
        assert!(request.extensions().get::<SessionSlot<Basket>>().is_none());
        Ok(plain(&[]))
    });
    let mut service = SessionLayer::new(site.sessions.clone()).layer(inner);
    let response = send(&mut service, request(&site.visitor(pick))).unwrap();
    assert!(response.headers().is_empty());
}

#[test]
fn every_request_on_one_service_has_a_session_of_its_own() {
    let site = Site::new();
    let inner = app(|request| {
        pick(&session(&request));
        Ok(plain(&[]))
    });
    let layer = SessionLayer::new(site.sessions.clone());
    let mut service = layer.clone().layer(inner).clone();
    for _ in 0..3 {
        let mut browser = Browser::new();
        let response = send(&mut service, request(&browser)).unwrap();
        browser.store(response.headers()[SET_COOKIE].to_str().unwrap());
        assert_eq!(apples(&site.load(&browser)), 1);
    }
    let shown = format!("{service:?} {layer:?}");
    assert!(shown.starts_with("SessionService") && shown.contains("SessionLayer"));
}
