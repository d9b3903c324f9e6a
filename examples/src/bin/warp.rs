//! The site over [warp](https://docs.rs/warp), with the layer of tower.
//!
//! What is warp's own: filters, and rejections as errors. What the routes do is the library's, and so
//! are the connections, because `warp::serve` takes no layers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;

use cloakroom::Session;
use cloakroom::warp::{SessionLayer, session};
use cloakroom_examples::answer::Answer;
use cloakroom_examples::data::Shop;
use cloakroom_examples::params::Params;
use cloakroom_examples::routes::{self, FAILED, STREAM_HEAD, UNTOUCHED};
use cloakroom_examples::serve::serve_connections;
use cloakroom_examples::site::Site;
use cloakroom_examples::start::start;
use futures_util::stream::{self, Stream, StreamExt};
use tokio::net::TcpListener;
use tower::Layer;
use warp::http::header::{ACCEPT, COOKIE};
use warp::http::{HeaderMap, StatusCode};
use warp::reject::{self, Reject};
use warp::reply::{Reply, Response};
use warp::{Buf, Filter, Rejection};

/// Bytes of the longest form: as many as axum takes by default.
const FORM_MAX: usize = 2 * 1024 * 1024;

#[tokio::main]
async fn main() -> ExitCode {
    start("warp", serve).await
}

async fn serve(addr: SocketAddr, site: Site) -> std::io::Result<()> {
    let listener = TcpListener::bind(addr).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let sessions = SessionLayer::new(site.sessions().clone());
    serve_connections(listener, sessions.layer(warp::service(app(Arc::new(site))))).await;
    Ok(())
}

/// Path first, then the method, then the session: what does not match must not open it.
fn app(site: Arc<Site>) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let get = || warp::get().or(warp::head()).unify();
    let headers = warp::header::headers_cloned;
    let page =
        warp::path::end().and(get()).and(session()).and(headers()).and_then(
            move |session: Session<Shop>, headers| page(Arc::clone(&site), session, headers),
        );
    let untouched = warp::path!("untouched").and(get()).map(|| UNTOUCHED);
    let report = warp::path!("session").and(get()).and(session()).and_then(report);
    let visit =
        warp::path!("visit").and(warp::post()).and(session()).and(headers()).and_then(visit);
    let login = warp::path!("login").and(form()).and_then(login);
    let logout = warp::path!("logout").and(warp::post()).and(session()).and_then(logout);
    let fill = warp::path!("fill").and(form()).and_then(fill);
    let lifetime = warp::path!("lifetime").and(form()).and_then(lifetime);
    let fail = warp::path!("fail").and(get()).and(session()).and_then(fail);
    let late = warp::path!("stream").and(get()).and(session()).map(late_stream);
    page.or(untouched)
        .or(report)
        .or(visit)
        .or(login)
        .or(logout)
        .or(fill)
        .or(lifetime)
        .or(fail)
        .or(late)
}

/// What a form is sent to: the session, what the request asks for, and its headers.
fn form() -> impl Filter<Extract = (Session<Shop>, Params, HeaderMap), Error = Rejection> + Clone {
    let query = warp::query::raw().or_else(async |_| Ok::<_, Rejection>((String::new(),)));
    let params = query.and(warp::body::stream()).and_then(async |query: String, body| {
        Ok::<_, Rejection>(Params::parse(Some(&query), &read(body).await?))
    });
    warp::post().and(session()).and(params).and(warp::header::headers_cloned())
}

async fn read(body: impl Stream<Item = Result<impl Buf, warp::Error>>) -> Result<Vec<u8>, TooMuch> {
    let (mut body, mut form) = (pin!(body), Vec::new());
    while let Some(Ok(mut piece)) = body.next().await {
        while piece.has_remaining() && form.len() < FORM_MAX {
            form.push(piece.get_u8());
        }
        if piece.has_remaining() {
            return Err(TooMuch);
        }
    }
    Ok(form)
}

async fn page(
    site: Arc<Site>,
    session: Session<Shop>,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    let cookies = headers.get_all(COOKIE).iter().map(|value| value.as_bytes());
    site.page(&session, cookies).map(response).map_err(|_| reject::custom(Failed))
}

async fn report(session: Session<Shop>) -> Result<Response, Rejection> {
    Ok(response(routes::report(&session)?))
}

async fn visit(session: Session<Shop>, headers: HeaderMap) -> Result<Response, Rejection> {
    Ok(negotiated(routes::visit(&session)?, &headers))
}

async fn login(
    session: Session<Shop>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    Ok(negotiated(routes::login(&session, &params)?, &headers))
}

async fn logout(session: Session<Shop>) -> Result<Response, Rejection> {
    Ok(response(routes::logout(&session)?))
}

async fn fill(
    session: Session<Shop>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    Ok(negotiated(routes::fill(&session, &params).await?, &headers))
}

async fn lifetime(
    session: Session<Shop>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Rejection> {
    Ok(negotiated(routes::lifetime(&session, &params)?, &headers))
}

/// The change is kept, although what follows is a rejection.
async fn fail(session: Session<Shop>) -> Result<Response, Rejection> {
    routes::count(&session)?;
    Err(reject::custom(Failed))
}

/// The second chunk is made when the first has left, and the head long before it.
fn late_stream(session: Session<Shop>) -> impl Reply {
    let head = stream::once(async { STREAM_HEAD.to_owned() });
    let late = stream::once(async move { routes::too_late(&session) });
    warp::reply::stream(head.chain(late).map(Ok::<_, Infallible>))
}

/// What warp answers with status 500.
struct Failed;

impl Reject for Failed {}

impl std::fmt::Debug for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(FAILED)
    }
}

/// A form that is too long.
#[derive(Debug)]
struct TooMuch;

impl Reject for TooMuch {}

/// The answer, or the way back to the page for a browser without the page's script.
fn negotiated(answer: Answer, headers: &HeaderMap) -> Response {
    response(answer.or_back_to_page(headers.get(ACCEPT).map(|value| value.as_bytes())))
}

fn response(answer: Answer) -> Response {
    let mut response = answer.body.into_response();
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        // The library writes nothing that a header cannot have.
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
