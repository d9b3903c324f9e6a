//! The site over [actix-web](https://docs.rs/actix-web).
//!
//! What is actix-web's own: the middleware, the extractors `Session<Shop>`, and the way from an
//! answer to a response. What the routes do is the library's.

use std::net::SocketAddr;
use std::process::ExitCode;

use actix_web::error::ErrorInternalServerError;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, COOKIE};
use actix_web::web::{self, Bytes, Data, PayloadConfig, ServiceConfig};
use actix_web::{
    App, Error, FromRequest, Handler, HttpRequest, HttpResponse, HttpServer, Resource, Responder,
};
use cloakroom::actix::SessionMiddleware;
use cloakroom::{CommitError, Session, SessionError};
use cloakroom_examples::answer::Answer;
use cloakroom_examples::data::Shop;
use cloakroom_examples::params::Params;
use cloakroom_examples::routes::{self, FAILED, STREAM_HEAD, UNTOUCHED};
use cloakroom_examples::site::Site;
use cloakroom_examples::start::start;
use futures_util::stream::{self, StreamExt};

/// Bytes of the longest form: as many as axum takes by default.
const FORM_MAX: usize = 2 * 1024 * 1024;

#[actix_web::main]
async fn main() -> ExitCode {
    start("actix-web", serve).await
}

async fn serve(addr: SocketAddr, site: Site) -> std::io::Result<()> {
    let site = Data::new(site);
    // Made once: the closure below runs in every worker, and all of them need the same ring.
    let sessions = SessionMiddleware::new(site.sessions().clone());
    let server = HttpServer::new(move || {
        App::new()
            .wrap(sessions.clone())
            .app_data(site.clone())
            .app_data(PayloadConfig::new(FORM_MAX))
            .configure(routes)
    });
    let server = server.bind_auto_h2c(addr)?;
    for addr in server.addrs() {
        println!("listening on http://{addr}");
    }
    server.run().await
}

fn routes(app: &mut ServiceConfig) {
    app.service(get("/", page))
        .service(get("/untouched", async || UNTOUCHED))
        .service(get("/session", report))
        .service(web::resource("/visit").post(visit))
        .service(web::resource("/login").post(login))
        .service(web::resource("/logout").post(logout))
        .service(web::resource("/fill").post(fill))
        .service(web::resource("/lifetime").post(lifetime))
        .service(get("/fail", fail))
        .service(get("/stream", stream));
}

/// A resource that answers GET and HEAD.
fn get<F, A>(path: &str, handler: F) -> Resource
where
    F: Handler<A>,
    F::Output: Responder + 'static,
    A: FromRequest + 'static,
{
    web::resource(path).get(handler.clone()).head(handler)
}

async fn page(
    site: Data<Site>,
    session: Session<Shop>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let cookies = request.headers().get_all(COOKIE).map(|value| value.as_bytes());
    match site.page(&session, cookies) {
        Ok(answer) => Ok(response(answer)),
        Err(_) => Err(ErrorInternalServerError("")),
    }
}

async fn report(session: Session<Shop>) -> Result<HttpResponse, SessionError> {
    Ok(response(routes::report(&session)?))
}

async fn visit(session: Session<Shop>, request: HttpRequest) -> Result<HttpResponse, SessionError> {
    Ok(negotiated(routes::visit(&session)?, &request))
}

async fn login(
    session: Session<Shop>,
    request: HttpRequest,
    form: Bytes,
) -> Result<HttpResponse, SessionError> {
    Ok(negotiated(routes::login(&session, &params(&request, &form))?, &request))
}

async fn logout(session: Session<Shop>) -> Result<HttpResponse, SessionError> {
    Ok(response(routes::logout(&session)?))
}

async fn fill(
    session: Session<Shop>,
    request: HttpRequest,
    form: Bytes,
) -> Result<HttpResponse, CommitError> {
    Ok(negotiated(routes::fill(&session, &params(&request, &form)).await?, &request))
}

async fn lifetime(
    session: Session<Shop>,
    request: HttpRequest,
    form: Bytes,
) -> Result<HttpResponse, SessionError> {
    Ok(negotiated(routes::lifetime(&session, &params(&request, &form))?, &request))
}

/// The change is kept, although what follows is an error.
async fn fail(session: Session<Shop>) -> Result<HttpResponse, Error> {
    routes::count(&session)?;
    Err(ErrorInternalServerError(FAILED))
}

/// The second chunk is made when the first has left, and the head long before it.
async fn stream(session: Session<Shop>) -> HttpResponse {
    let head = stream::once(async { Bytes::from_static(STREAM_HEAD.as_bytes()) });
    let late = stream::once(async move { Bytes::from(routes::too_late(&session)) });
    HttpResponse::Ok().streaming(head.chain(late).map(Ok::<_, Error>))
}

fn params(request: &HttpRequest, form: &[u8]) -> Params {
    Params::parse(request.uri().query(), form)
}

/// The answer, or the way back to the page for a browser without the page's script.
fn negotiated(answer: Answer, request: &HttpRequest) -> HttpResponse {
    let accept = request.headers().get(ACCEPT).map(|value| value.as_bytes());
    response(answer.or_back_to_page(accept))
}

fn response(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for header in answer.headers {
        response.insert_header(header);
    }
    response.body(answer.body)
}
