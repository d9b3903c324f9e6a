//! Several workers, streams, upgrades, panics and visitors who leave: actix-web over sockets.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{App, Error, HttpResponse, HttpServer};
use cloakroom::actix::SessionMiddleware;
use cloakroom::{Key, KeyRing, Session, SessionConfig, SessionError, SessionManager};
use cloakroom_examples::data::Shop;
use cloakroom_examples::routes::{self, count};
use futures_util::stream::{self, StreamExt};

use super::http::request;
use super::http2;
use super::{config, sessions, visit};

/// Serves an application in two workers until the process ends.
macro_rules! serve {
    ($app:expr) => {{
        let (tell, address) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let server = HttpServer::new($app).workers(2).disable_signals();
                let server = server.bind_auto_h2c("127.0.0.1:0").expect("a port");
                tell.send(server.addrs()[0]).expect("somebody listens");
                server.run().await
            })
        });
        address.recv().expect("an address")
    }};
}

async fn visit_of_worker(session: Session<Shop>) -> Result<String, SessionError> {
    let views = count(&session)?;
    Ok(format!("{views} {:?}", std::thread::current().id()))
}

/// The views that eight visits, one a connection, come to, and how many workers answered.
fn eight_visits(server: SocketAddr) -> (u32, usize) {
    let (mut views, mut workers, mut cookie) = (0, BTreeSet::new(), String::new());
    for _ in 0..8 {
        let answer = request(server, "GET", "/", &[("Cookie", &cookie)], "");
        cookie = answer.all("set-cookie")[0].split(';').next().expect("a pair").to_owned();
        let body = answer.body();
        let (count, worker) = body.split_once(' ').expect("two words");
        views = count.parse().expect("a number");
        workers.insert(worker.to_owned());
    }
    (views, workers.len())
}

#[test]
fn one_ring_serves_every_worker() {
    let sessions = sessions();
    let server = serve!(move || {
        App::new().wrap(sessions.clone()).route("/", web::get().to(visit_of_worker))
    });
    assert_eq!(eight_visits(server), (8, 2));
}

/// The mistake that the documentation warns of.
#[test]
fn a_key_made_for_each_worker_loses_the_session_to_the_other_worker() {
    let server = serve!(|| {
        let ring = KeyRing::new(Key::generate().expect("a key"));
        let sessions = SessionManager::<Shop>::new(SessionConfig::new(ring, "shop"));
        let sessions = SessionMiddleware::new(sessions.expect("a manager"));
        App::new().wrap(sessions).route("/", web::get().to(visit_of_worker))
    });
    let (views, workers) = eight_visits(server);
    assert!(workers == 2 && views < 8, "{workers} workers, {views} views");
}

#[test]
fn a_binding_sees_the_request_as_it_came_to_the_middleware() {
    let (saw, seen) = mpsc::channel();
    let config = config("__Host-session").bind(move |request| {
        let host = request.authority().expect("a host").to_owned();
        saw.send((request.path().to_owned(), host.clone())).expect("somebody listens");
        host.into()
    });
    let manager = SessionManager::<Shop>::new(config).expect("a manager");
    let sessions = SessionMiddleware::new(manager);
    let server = serve!(move || {
        let nest = web::scope("/nest").route("/visit", web::get().to(visit));
        App::new().wrap(sessions.clone()).service(nest)
    });
    let first = request(server, "GET", "/nest/visit", &[], "");
    let pair = first.all("set-cookie")[0].split(';').next().expect("a pair");
    // HTTP/2 has no header `Host`.
    let again = http2::get(server, "/nest/visit", &[("cookie", pair)]);
    assert_eq!(again.as_deref(), Some("2"), "the same host, and so the same session");
    let each = ("/nest/visit".to_owned(), server.to_string());
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), [each.clone(), each]);
}

#[test]
fn a_stream_cannot_change_the_session_once_the_head_has_left() {
    async fn late(session: Session<Shop>) -> Result<HttpResponse, SessionError> {
        count(&session)?;
        let late = stream::once(async move { Bytes::from(routes::too_late(&session)) });
        Ok(HttpResponse::Ok().streaming(late.map(Ok::<_, Error>)))
    }
    let sessions = sessions();
    let server = serve!(move || App::new().wrap(sessions.clone()).route("/", web::get().to(late)));
    let answer = request(server, "GET", "/", &[], "");
    assert_eq!(answer.all("set-cookie").len(), 1);
    assert_eq!(answer.body(), SessionError::ResponseSent.to_string());
}

#[test]
fn an_upgrade_carries_the_cookie_and_then_only_reads() {
    async fn upgrade(session: Session<Shop>) -> Result<HttpResponse, SessionError> {
        count(&session)?;
        let late = stream::once(async move { Bytes::from(routes::too_late(&session)) });
        let mut response = HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS);
        Ok(response.upgrade("chat").streaming(late.map(Ok::<_, Error>)))
    }
    let sessions = sessions();
    let server =
        serve!(move || App::new().wrap(sessions.clone()).route("/", web::get().to(upgrade)));
    let mut connection = TcpStream::connect(server).expect("a connection");
    connection.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    connection
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n")
        .expect("a request");
    let late = SessionError::ResponseSent.to_string();
    let said = read_until(&mut connection, &late);
    assert!(said.starts_with("HTTP/1.1 101 "), "{said}");
    assert_eq!(said.matches("set-cookie: __Host-session=E").count(), 1, "{said}");
}

#[test]
fn a_panic_closes_the_connection_saves_nothing_and_hurts_nobody_else() {
    async fn fall(session: Session<Shop>) -> Result<HttpResponse, SessionError> {
        count(&session)?;
        panic!("as a handler may");
    }
    let manager = SessionManager::<Shop>::new(config("__Host-session")).expect("a manager");
    let sessions = SessionMiddleware::new(manager.clone());
    let server = serve!(move || {
        App::new()
            .wrap(sessions.clone())
            .route("/", web::get().to(visit))
            .route("/fall", web::get().to(fall))
    });
    for _ in 0..4 {
        let mut connection = TcpStream::connect(server).expect("a connection");
        connection.write_all(b"GET /fall HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
        let mut rest = Vec::new();
        let _ = connection.read_to_end(&mut rest);
        assert_eq!(rest, b"");
    }
    assert_eq!(manager.counters().sealed(), 0);
    assert_eq!(request(server, "GET", "/", &[], "").body(), "1");
}

/// The visitor keeps the old cookie, so nothing has happened to the session.
#[test]
fn a_visitor_who_leaves_does_not_end_the_handler_and_misses_the_cookie() {
    let manager = SessionManager::<Shop>::new(config("__Host-session")).expect("a manager");
    let sessions = SessionMiddleware::new(manager.clone());
    let (begun, begins) = mpsc::channel();
    let server = serve!(move || {
        let begun = begun.clone();
        let slow = move |session: Session<Shop>| {
            let begun = begun.clone();
            async move {
                count(&session)?;
                begun.send(()).expect("somebody waits");
                actix_web::rt::time::sleep(Duration::from_millis(300)).await;
                Ok::<_, SessionError>("done")
            }
        };
        App::new().wrap(sessions.clone()).route("/", web::get().to(slow))
    });
    let mut connection = TcpStream::connect(server).expect("a connection");
    connection.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
    begins.recv().expect("the handler begins");
    drop(connection);
    std::thread::sleep(Duration::from_millis(900));
    assert_eq!((manager.counters().sealed(), manager.counters().failed()), (1, 0));
    assert_eq!(request(server, "GET", "/", &[], "").body(), "done");
    assert_eq!(manager.counters().sealed(), 2);
}

fn read_until(connection: &mut TcpStream, end: &str) -> String {
    let (mut said, mut byte) = (String::new(), [0]);
    while !said.ends_with(end) {
        connection.read_exact(&mut byte).unwrap_or_else(|error| panic!("{said:?}, then {error}"));
        said.push(char::from(byte[0]));
    }
    said
}
