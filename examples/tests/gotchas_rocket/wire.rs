//! Streams, upgrades, malformed requests and visitors who leave: Rocket over sockets.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use cloakroom::rocket::{MissingFairing, SessionFairing};
use cloakroom::{Session, SessionError, SessionManager};
use cloakroom_examples::data::Shop;
use cloakroom_examples::routes::{self as site, count};
use rocket::config::{Config, Shutdown};
use rocket::data::{IoHandler, IoStream};
use rocket::fairing::AdHoc;
use rocket::futures::stream::{self, Stream};
use rocket::request::{Outcome, Request};
use rocket::response::stream::TextStream;
use rocket::response::{self, Responder, Response};
use rocket::tokio::io::AsyncWriteExt as _;
use rocket::tokio::time::sleep;
use rocket::{Build, Rocket, State, catch, catchers, get, routes};

use super::http::request;
use super::http2;
use super::{app, config, quiet, visit};

/// Serves an application until the process ends.
fn serve(app: Rocket<Build>) -> SocketAddr {
    let (tell, address) = mpsc::channel();
    let tell = Mutex::new(tell);
    let app = app.attach(AdHoc::on_liftoff("Address", move |rocket| {
        let address = SocketAddr::new(rocket.config().address, rocket.config().port);
        tell.lock().expect("no panic").send(address).expect("somebody listens");
        Box::pin(async {})
    }));
    let shutdown = Shutdown { ctrlc: false, signals: HashSet::new(), ..Shutdown::default() };
    let app = app.configure(Config { shutdown, ..quiet() });
    std::thread::spawn(|| rocket::execute(async { app.launch().await.is_ok() }));
    address.recv().expect("an address")
}

#[test]
fn a_binding_sees_the_request_as_it_came_to_the_fairing() {
    let (saw, seen) = mpsc::channel();
    let config = config("__Host-session").bind(move |request| {
        let host = request.authority().expect("a host").to_owned();
        saw.send((request.path().to_owned(), host.clone())).expect("somebody listens");
        host.into()
    });
    let manager = SessionManager::<Shop>::new(config).expect("a manager");
    let app = rocket::custom(quiet()).attach(SessionFairing::new(manager));
    let server = serve(app.mount("/nest", routes![visit]));
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
    #[get("/")]
    fn late(session: Session<Shop>) -> TextStream<impl Stream<Item = String>> {
        count(&session).expect("a count");
        TextStream::from(stream::once(async move { site::too_late(&session) }))
    }
    let server = serve(app().mount("/", routes![late]));
    let answer = request(server, "GET", "/", &[], "");
    assert_eq!(answer.all("set-cookie").len(), 1);
    assert_eq!(answer.body(), SessionError::ResponseSent.to_string());
}

/// Upgrades the connection, and says there what comes of changing the session.
struct Chat(Session<Shop>);

impl<'r> Responder<'r, 'r> for Chat {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'r> {
        Response::build().upgrade("chat", self).ok()
    }
}

#[rocket::async_trait]
impl IoHandler for Chat {
    async fn io(self: Pin<Box<Self>>, mut io: IoStream) -> io::Result<()> {
        io.write_all(site::too_late(&self.0).as_bytes()).await?;
        io.flush().await
    }
}

#[test]
fn an_upgrade_carries_the_cookie_and_then_only_reads() {
    #[get("/")]
    fn upgrade(session: Session<Shop>) -> Chat {
        count(&session).expect("a count");
        Chat(session)
    }
    let server = serve(app().mount("/", routes![upgrade]));
    let mut connection = TcpStream::connect(server).expect("a connection");
    connection.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    connection
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n")
        .expect("a request");
    let mut said = String::new();
    connection.read_to_string(&mut said).expect("text");
    assert!(said.starts_with("HTTP/1.1 101 "), "{said}");
    assert_eq!(said.matches("set-cookie: __Host-session=E").count(), 1, "{said}");
    assert!(said.ends_with(&SessionError::ResponseSent.to_string()), "{said}");
}

/// Rocket runs no fairing for a request that it cannot represent, only a catcher.
#[test]
fn a_malformed_request_has_no_session_that_could_be_lost() {
    #[catch(400)]
    async fn malformed(request: &Request<'_>) -> &'static str {
        match request.guard::<Session<Shop>>().await {
            Outcome::Error((_, MissingFairing)) => "no session",
            _ => "a session",
        }
    }
    let server = serve(app().register("/", catchers![malformed]));
    let answer = request(server, "UNHEARD-OF", "/views", &[], "");
    assert_eq!((answer.status, answer.body().as_str()), (400, "no session"));
    assert_eq!(answer.all("set-cookie"), [""; 0]);
}

/// What Rocket drops nobody else can see; the line beside it stays.
#[test]
fn a_cookie_line_that_is_not_utf_8_is_no_cookie() {
    let server = serve(app().mount("/", routes![visit]));
    let answer = request(server, "GET", "/visit", &[], "");
    let pair = answer.all("set-cookie")[0].split(';').next().expect("a pair").to_owned();
    for (between, views) in [("; ", "0"), ("\r\nCookie: ", "1")] {
        let mut connection = TcpStream::connect(server).expect("a connection");
        let mut head =
            b"GET /views HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: a=\xff".to_vec();
        head.extend_from_slice(format!("{between}{pair}\r\n\r\n").as_bytes());
        connection.write_all(&head).expect("a request");
        let mut said = String::new();
        connection.read_to_string(&mut said).expect("text");
        assert!(said.ends_with(&format!("\r\n\r\n{views}")), "{said}");
        assert!(!said.contains("set-cookie"), "{said}");
    }
}

type Begun = Mutex<mpsc::Sender<()>>;

/// The visitor keeps the old cookie, so nothing has happened to the session.
#[test]
fn a_visitor_who_leaves_does_not_end_the_handler_and_misses_the_cookie() {
    #[get("/")]
    async fn slow(session: Session<Shop>, begun: &State<Begun>) -> &'static str {
        count(&session).expect("a count");
        begun.lock().expect("no panic").send(()).expect("somebody waits");
        sleep(Duration::from_millis(300)).await;
        "done"
    }
    let manager = SessionManager::<Shop>::new(config("__Host-session")).expect("a manager");
    let (begun, begins) = mpsc::channel::<()>();
    let server = serve(
        rocket::custom(quiet())
            .attach(SessionFairing::new(manager.clone()))
            .manage(Mutex::new(begun))
            .mount("/", routes![slow]),
    );
    let mut connection = TcpStream::connect(server).expect("a connection");
    connection.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
    begins.recv().expect("the handler begins");
    drop(connection);
    std::thread::sleep(Duration::from_millis(900));
    assert_eq!((manager.counters().sealed(), manager.counters().failed()), (1, 0));
    assert_eq!(request(server, "GET", "/", &[], "").body(), "done");
}
