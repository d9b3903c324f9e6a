//! The site over plain [hyper](https://docs.rs/hyper), with the layer of tower.
//!
//! What is hyper's own: a `match` instead of a router, and the session asked for by a function. What
//! the routes do is the library's, and so are the connections.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use cloakroom::tower::{SessionLayer, session};
use cloakroom::{CommitError, Session};
use cloakroom_examples::answer::Answer;
use cloakroom_examples::data::Shop;
use cloakroom_examples::params::Params;
use cloakroom_examples::routes::{self, FAILED, STREAM_HEAD, UNTOUCHED};
use cloakroom_examples::serve::serve_connections;
use cloakroom_examples::site::Site;
use cloakroom_examples::start::start;
use futures_util::stream::{self, StreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{ACCEPT, ALLOW, COOKIE, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tower::ServiceBuilder;

/// Bytes of the longest form: as many as axum takes by default.
const FORM_MAX: usize = 2 * 1024 * 1024;

type Body = UnsyncBoxBody<Bytes, Infallible>;

#[tokio::main]
async fn main() -> ExitCode {
    start("hyper", serve).await
}

async fn serve(addr: SocketAddr, site: Site) -> std::io::Result<()> {
    let listener = TcpListener::bind(addr).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let site = Arc::new(site);
    let layer = SessionLayer::new(site.sessions().clone());
    let app = ServiceBuilder::new()
        .layer(layer)
        .service_fn(move |request| answer(Arc::clone(&site), request));
    serve_connections(listener, app).await;
    Ok(())
}

async fn answer(site: Arc<Site>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let answer = route(&site, request).await;
    Ok(answer.unwrap_or_else(|error| empty(status(error.status()))))
}

/// An error of the session becomes an empty response, as the layers of other frameworks do it.
async fn route(site: &Site, request: Request<Incoming>) -> Result<Response<Body>, CommitError> {
    let methods = match request.uri().path() {
        "/" | "/untouched" | "/session" | "/fail" | "/stream" => "GET, HEAD",
        "/visit" | "/login" | "/logout" | "/fill" | "/lifetime" => "POST",
        _ => return Ok(empty(StatusCode::NOT_FOUND)),
    };
    if !methods.split(", ").any(|method| request.method() == method) {
        return Ok(not_allowed(methods));
    }
    if request.uri().path() == "/untouched" {
        return Ok(response(Answer::text(200, UNTOUCHED)));
    }
    // From here on somebody looks at the session.
    let session: Session<Shop> = match session(&request).await {
        Ok(session) => session,
        Err(_) => return Ok(empty(StatusCode::INTERNAL_SERVER_ERROR)),
    };
    let (request, body) = request.into_parts();
    let Ok(form) = Limited::new(body, FORM_MAX).collect().await else {
        return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let params = Params::parse(request.uri.query(), &form.to_bytes());
    let headers = &request.headers;
    match request.uri.path() {
        "/" => Ok(page(site, &session, headers)),
        "/session" => Ok(response(routes::report(&session)?)),
        "/visit" => Ok(negotiated(routes::visit(&session)?, headers)),
        "/login" => Ok(negotiated(routes::login(&session, &params)?, headers)),
        "/logout" => Ok(response(routes::logout(&session)?)),
        "/fill" => Ok(negotiated(routes::fill(&session, &params).await?, headers)),
        "/lifetime" => Ok(negotiated(routes::lifetime(&session, &params)?, headers)),
        "/fail" => fail(&session),
        _ => Ok(stream(session)),
    }
}

fn page(site: &Site, session: &Session<Shop>, headers: &HeaderMap) -> Response<Body> {
    let cookies = headers.get_all(COOKIE).iter().map(|value| value.as_bytes());
    match site.page(session, cookies) {
        Ok(answer) => response(answer),
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The change is kept, although what follows is an error.
fn fail(session: &Session<Shop>) -> Result<Response<Body>, CommitError> {
    routes::count(session)?;
    Ok(response(Answer::text(500, FAILED)))
}

/// The second chunk is made when the first has left, and the head long before it.
fn stream(session: Session<Shop>) -> Response<Body> {
    let head = stream::once(async { STREAM_HEAD.to_owned() });
    let late = stream::once(async move { routes::too_late(&session) });
    let chunks = head.chain(late).map(|chunk| Ok(Frame::data(Bytes::from(chunk))));
    Response::new(StreamBody::new(chunks).boxed_unsync())
}

/// The answer, or the way back to the page for a browser without the page's script.
fn negotiated(answer: Answer, headers: &HeaderMap) -> Response<Body> {
    response(answer.or_back_to_page(headers.get(ACCEPT).map(HeaderValue::as_bytes)))
}

fn response(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Full::from(answer.body).boxed_unsync());
    *response.status_mut() = status(answer.status);
    for (name, value) in answer.headers {
        // The library writes nothing that a header cannot have.
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn not_allowed(methods: &'static str) -> Response<Body> {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Full::default().boxed_unsync());
    *response.status_mut() = status;
    response
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
