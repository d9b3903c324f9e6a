//! The site over [poem](https://docs.rs/poem).
//!
//! What is poem's own: the middleware, the extractors `Session<Shop>`, and the way from an answer to
//! a response. What the routes do is the library's.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use cloakroom::poem::SessionMiddleware;
use cloakroom::{Session, SessionError};
use cloakroom_examples::answer::Answer;
use cloakroom_examples::data::Shop;
use cloakroom_examples::params::Params;
use cloakroom_examples::routes::{self, FAILED, STREAM_HEAD, UNTOUCHED};
use cloakroom_examples::site::Site;
use cloakroom_examples::start::start;
use futures_util::stream::{self, StreamExt};
use poem::http::StatusCode;
use poem::http::header::{ACCEPT, COOKIE};
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::Data;
use poem::{
    Body, Endpoint, EndpointExt, Error, Request, Response, Result, Route, Server, get, handler,
    post,
};

/// Bytes of the longest form: as many as axum takes by default.
const FORM_MAX: usize = 2 * 1024 * 1024;

#[tokio::main]
async fn main() -> ExitCode {
    start("poem", serve).await
}

async fn serve(addr: SocketAddr, site: Site) -> std::io::Result<()> {
    let acceptor = TcpListener::bind(addr).into_acceptor().await?;
    for addr in acceptor.local_addr() {
        if let Some(addr) = addr.as_socket_addr() {
            println!("listening on http://{addr}");
        }
    }
    let server = Server::new_with_acceptor(acceptor);
    server.run_with_graceful_shutdown(app(Arc::new(site)), interrupted(), None).await
}

fn app(site: Arc<Site>) -> impl Endpoint {
    let sessions = SessionMiddleware::new(site.sessions().clone());
    Route::new()
        .at("/", get(page))
        .at("/untouched", get(untouched))
        .at("/session", get(report))
        .at("/visit", post(visit))
        .at("/login", post(login))
        .at("/logout", post(logout))
        .at("/fill", post(fill))
        .at("/lifetime", post(lifetime))
        .at("/fail", get(fail))
        .at("/stream", get(late_stream))
        .with(sessions)
        .data(site)
}

#[handler]
async fn page(
    site: Data<&Arc<Site>>,
    session: Session<Shop>,
    request: &Request,
) -> Result<Response> {
    let cookies = request.headers().get_all(COOKIE).iter().map(|value| value.as_bytes());
    match site.page(&session, cookies) {
        Ok(answer) => Ok(response(answer)),
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR.into()),
    }
}

#[handler]
async fn untouched() -> &'static str {
    UNTOUCHED
}

#[handler]
async fn report(session: Session<Shop>) -> Result<Response, SessionError> {
    Ok(response(routes::report(&session)?))
}

#[handler]
async fn visit(session: Session<Shop>, request: &Request) -> Result<Response, SessionError> {
    Ok(negotiated(routes::visit(&session)?, request))
}

#[handler]
async fn login(session: Session<Shop>, request: &Request, form: Body) -> Result<Response> {
    Ok(negotiated(routes::login(&session, &params(request, form).await?)?, request))
}

#[handler]
async fn logout(session: Session<Shop>) -> Result<Response, SessionError> {
    Ok(response(routes::logout(&session)?))
}

#[handler]
async fn fill(session: Session<Shop>, request: &Request, form: Body) -> Result<Response> {
    Ok(negotiated(routes::fill(&session, &params(request, form).await?).await?, request))
}

#[handler]
async fn lifetime(session: Session<Shop>, request: &Request, form: Body) -> Result<Response> {
    Ok(negotiated(routes::lifetime(&session, &params(request, form).await?)?, request))
}

/// The change is kept, although what follows is an error.
#[handler]
async fn fail(session: Session<Shop>) -> Result<()> {
    routes::count(&session)?;
    Err(Error::from_string(FAILED, StatusCode::INTERNAL_SERVER_ERROR))
}

/// The second chunk is made when the first has left, and the head long before it.
#[handler]
async fn late_stream(session: Session<Shop>) -> Body {
    let head = stream::once(async { STREAM_HEAD.to_owned() });
    let late = stream::once(async move { routes::too_late(&session) });
    Body::from_bytes_stream(head.chain(late).map(Ok::<_, std::io::Error>))
}

async fn params(request: &Request, form: Body) -> Result<Params> {
    let form = form.into_bytes_limit(FORM_MAX).await?;
    Ok(Params::parse(request.uri().query(), &form))
}

/// The answer, or the way back to the page for a browser without the page's script.
fn negotiated(answer: Answer, request: &Request) -> Response {
    let accept = request.headers().get(ACCEPT).map(|value| value.as_bytes());
    response(answer.or_back_to_page(accept))
}

fn response(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status).body(answer.body);
    for (name, value) in answer.headers {
        // The library writes nothing that a header cannot have.
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Ends with the first interrupt; requests under way are answered.
async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}
