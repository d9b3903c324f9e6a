//! The site over [rocket](https://docs.rs/rocket).
//!
//! What is Rocket's own: the fairing, the guards `Session<Shop>`, and the way from an answer to a
//! response. What the routes do is the library's.

use std::convert::Infallible;
use std::io::Cursor;
use std::net::SocketAddr;
use std::process::ExitCode;

use cloakroom::rocket::SessionFairing;
use cloakroom::{CommitError, Session, SessionError};
use cloakroom_examples::answer::Answer;
use cloakroom_examples::data::Shop;
use cloakroom_examples::params::Params;
use cloakroom_examples::routes::{self, FAILED, STREAM_HEAD, UNTOUCHED};
use cloakroom_examples::site::Site;
use cloakroom_examples::start::start;
use rocket::config::{Config, LogLevel};
use rocket::data::{Limits, ToByteUnit as _};
use rocket::fairing::AdHoc;
use rocket::futures::stream::{self, Stream, StreamExt as _};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::stream::TextStream;
use rocket::response::{self, Responder, Response};
use rocket::{Build, Rocket, State, catch, catchers, get, post};

#[rocket::main]
async fn main() -> ExitCode {
    start("Rocket", serve).await
}

async fn serve(addr: SocketAddr, site: Site) -> Result<(), String> {
    // Asking for the kind keeps Rocket from panicking about an error that nobody handled.
    app(addr, site).launch().await.map(drop).map_err(|error| error.kind().to_string())
}

fn app(addr: SocketAddr, site: Site) -> Rocket<Build> {
    let config = Config {
        address: addr.ip(),
        port: addr.port(),
        // As many bytes of a form as axum takes by default.
        limits: Limits::default().limit("bytes", 2.mebibytes()),
        // The output is ours: it tells where the site listens.
        log_level: LogLevel::Off,
        ..Config::release_default()
    };
    let routes = rocket::routes![
        page,
        untouched,
        report,
        visit,
        login,
        logout,
        fill,
        lifetime,
        fail,
        late_stream
    ];
    rocket::custom(config)
        .attach(SessionFairing::new(site.sessions().clone()))
        .attach(AdHoc::on_liftoff("Address", |rocket| Box::pin(announce(rocket.config()))))
        .manage(site)
        .mount("/", routes)
        .register("/fail", catchers![failed])
}

async fn announce(config: &Config) {
    println!("listening on http://{}", SocketAddr::new(config.address, config.port));
}

#[get("/")]
fn page(site: &State<Site>, session: Session<Shop>, asked: Asked<'_>) -> Result<Reply, Status> {
    let cookies = asked.0.headers().get("Cookie").map(str::as_bytes);
    site.page(&session, cookies).map(Reply).map_err(|_| Status::InternalServerError)
}

#[get("/untouched")]
fn untouched() -> &'static str {
    UNTOUCHED
}

#[get("/session")]
fn report(session: Session<Shop>) -> Result<Reply, SessionError> {
    routes::report(&session).map(Reply)
}

#[post("/visit")]
fn visit(session: Session<Shop>, asked: Asked<'_>) -> Result<Reply, SessionError> {
    routes::visit(&session).map(|answer| asked.negotiated(answer))
}

#[post("/login", data = "<form>")]
fn login(session: Session<Shop>, asked: Asked<'_>, form: &[u8]) -> Result<Reply, SessionError> {
    routes::login(&session, &asked.params(form)).map(|answer| asked.negotiated(answer))
}

#[post("/logout")]
fn logout(session: Session<Shop>) -> Result<Reply, SessionError> {
    routes::logout(&session).map(Reply)
}

#[post("/fill", data = "<form>")]
async fn fill(session: Session<Shop>, asked: Asked<'_>, form: &[u8]) -> Result<Reply, CommitError> {
    routes::fill(&session, &asked.params(form)).await.map(|answer| asked.negotiated(answer))
}

#[post("/lifetime", data = "<form>")]
fn lifetime(session: Session<Shop>, asked: Asked<'_>, form: &[u8]) -> Result<Reply, SessionError> {
    routes::lifetime(&session, &asked.params(form)).map(|answer| asked.negotiated(answer))
}

/// The change is kept, although what follows is an error, which a catcher answers.
#[get("/fail")]
fn fail(session: Session<Shop>) -> Result<(), Status> {
    let _ = routes::count(&session);
    Err(Status::InternalServerError)
}

#[catch(500)]
fn failed() -> &'static str {
    FAILED
}

/// The second chunk is made when the first has left, and the head long before it.
#[get("/stream")]
fn late_stream(session: Session<Shop>) -> TextStream<impl Stream<Item = String>> {
    let head = stream::once(async { STREAM_HEAD.to_owned() });
    let late = stream::once(async move { routes::too_late(&session) });
    TextStream::from(head.chain(late))
}

/// The request, as far as the routes want it raw.
struct Asked<'r>(&'r Request<'r>);

impl Asked<'_> {
    fn params(&self, form: &[u8]) -> Params {
        Params::parse(self.0.uri().query().map(|query| query.as_str()), form)
    }

    /// The answer, or the way back to the page for a browser without the page's script.
    fn negotiated(&self, answer: Answer) -> Reply {
        Reply(answer.or_back_to_page(self.0.headers().get_one("Accept").map(str::as_bytes)))
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Asked<'r> {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(Self(request))
    }
}

struct Reply(Answer);

impl<'r> Responder<'r, 'static> for Reply {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let Self(answer) = self;
        let mut response = Response::build();
        response.status(Status::new(answer.status));
        for (name, value) in answer.headers {
            response.raw_header(name, value);
        }
        response.sized_body(answer.body.len(), Cursor::new(answer.body)).ok()
    }
}
