//! The site over [axum](https://docs.rs/axum).
//!
//! What is axum's own: the layer, the extractors `Session<Shop>`, and the way from an answer to a
//! response. What the routes do is the library's.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT, COOKIE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use cloakroom::axum::SessionLayer;
use cloakroom::{CommitError, Session, SessionError};
use cloakroom_examples::answer::Answer;
use cloakroom_examples::data::Shop;
use cloakroom_examples::params::Params;
use cloakroom_examples::routes::{self, FAILED, STREAM_HEAD, UNTOUCHED};
use cloakroom_examples::site::Site;
use cloakroom_examples::start::start;
use futures_util::stream::{self, StreamExt};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    start("axum", serve).await
}

async fn serve(addr: SocketAddr, site: Site) -> std::io::Result<()> {
    let listener = TcpListener::bind(addr).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app(Arc::new(site))).with_graceful_shutdown(interrupted()).await
}

fn app(site: Arc<Site>) -> Router {
    let layer = SessionLayer::new(site.sessions().clone());
    Router::new()
        .route("/", get(page))
        .route("/untouched", get(UNTOUCHED))
        .route("/session", get(report))
        .route("/visit", post(visit))
        .route("/login", post(login))
        .route("/logout", post(logout))
        .route("/fill", post(fill))
        .route("/lifetime", post(lifetime))
        .route("/fail", get(fail))
        .route("/stream", get(stream))
        .layer(layer)
        .with_state(site)
}

async fn page(
    State(site): State<Arc<Site>>,
    session: Session<Shop>,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    let cookies = headers.get_all(COOKIE).iter().map(|value| value.as_bytes());
    match site.page(&session, cookies) {
        Ok(answer) => Ok(response(answer)),
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn report(session: Session<Shop>) -> Result<Response, SessionError> {
    Ok(response(routes::report(&session)?))
}

async fn visit(session: Session<Shop>, headers: HeaderMap) -> Result<Response, SessionError> {
    Ok(negotiated(routes::visit(&session)?, &headers))
}

async fn login(
    session: Session<Shop>,
    uri: Uri,
    headers: HeaderMap,
    form: Bytes,
) -> Result<Response, SessionError> {
    Ok(negotiated(routes::login(&session, &Params::parse(uri.query(), &form))?, &headers))
}

async fn logout(session: Session<Shop>) -> Result<Response, SessionError> {
    Ok(response(routes::logout(&session)?))
}

async fn fill(
    session: Session<Shop>,
    uri: Uri,
    headers: HeaderMap,
    form: Bytes,
) -> Result<Response, CommitError> {
    let answer = routes::fill(&session, &Params::parse(uri.query(), &form)).await?;
    Ok(negotiated(answer, &headers))
}

async fn lifetime(
    session: Session<Shop>,
    uri: Uri,
    headers: HeaderMap,
    form: Bytes,
) -> Result<Response, SessionError> {
    Ok(negotiated(routes::lifetime(&session, &Params::parse(uri.query(), &form))?, &headers))
}

/// The change is kept, although what follows is an error.
async fn fail(session: Session<Shop>) -> Result<(), (StatusCode, &'static str)> {
    let failed = (StatusCode::INTERNAL_SERVER_ERROR, FAILED);
    routes::count(&session).map_err(|_| failed)?;
    Err(failed)
}

/// The second chunk is made when the first has left, and the head long before it.
async fn stream(session: Session<Shop>) -> Body {
    let head = stream::once(async { STREAM_HEAD.to_owned() });
    let late = stream::once(async move { routes::too_late(&session) });
    Body::from_stream(head.chain(late).map(Ok::<_, std::convert::Infallible>))
}

/// The answer, or the way back to the page for a browser without the page's script.
fn negotiated(answer: Answer, headers: &HeaderMap) -> Response {
    response(answer.or_back_to_page(headers.get(ACCEPT).map(|value| value.as_bytes())))
}

fn response(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
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
