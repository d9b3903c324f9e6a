//! The site over [salvo](https://docs.rs/salvo), which needs Rust 1.95.
//!
//! What is salvo's own: the hoop, the extractors `Session<Shop>`, and the way from an answer to a
//! response. What the routes do is the library's.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use cloakroom::salvo::SessionHoop;
use cloakroom::{CommitError, Session, SessionError};
use cloakroom_examples::answer::Answer;
use cloakroom_examples::data::Shop;
use cloakroom_examples::params::Params;
use cloakroom_examples::routes::{self, FAILED, STREAM_HEAD, UNTOUCHED};
use cloakroom_examples::site::Site;
use cloakroom_examples::start::start;
use futures_util::stream::{self, StreamExt};
use salvo::conn::TcpListener;
use salvo::http::header::{ACCEPT, COOKIE};
use salvo::http::{StatusCode, StatusError};
use salvo::{Handler, Listener, Request, Response, Router, Server, Writer, handler};

/// Bytes of the longest form: as many as axum takes by default.
const FORM_MAX: usize = 2 * 1024 * 1024;

#[tokio::main]
async fn main() -> ExitCode {
    start("salvo", serve).await
}

async fn serve(addr: SocketAddr, site: Site) -> Result<(), salvo::Error> {
    let acceptor = TcpListener::new(addr).try_bind().await?;
    println!("listening on http://{}", acceptor.inner().local_addr()?);
    let server = Server::new(acceptor);
    let handle = server.handle();
    tokio::spawn(async move {
        // Ends with the first interrupt; requests under way are answered.
        if tokio::signal::ctrl_c().await.is_ok() {
            handle.stop_graceful(None);
        }
    });
    Ok(server.try_serve(app(Arc::new(site))).await?)
}

fn app(site: Arc<Site>) -> Router {
    Router::with_hoop(SessionHoop::new(site.sessions().clone()))
        .push(get("", Page(site)))
        .push(get("untouched", untouched))
        .push(get("session", report))
        .push(Router::with_path("visit").post(visit))
        .push(Router::with_path("login").post(login))
        .push(Router::with_path("logout").post(logout))
        .push(Router::with_path("fill").post(fill))
        .push(Router::with_path("lifetime").post(lifetime))
        .push(get("fail", fail))
        .push(get("stream", late_stream))
}

/// A route that answers GET and HEAD.
fn get(path: &str, handler: impl Handler) -> Router {
    let handler = handler.arc();
    Router::with_path(path).get(handler.clone()).head(handler)
}

struct Page(Arc<Site>);

#[handler]
impl Page {
    async fn handle(&self, session: Session<Shop>, req: &mut Request, res: &mut Response) {
        let cookies = req.headers().get_all(COOKIE).iter().map(|value| value.as_bytes());
        match self.0.page(&session, cookies) {
            Ok(answer) => write(answer, res),
            Err(_) => res.render(StatusError::internal_server_error()),
        }
    }
}

#[handler]
async fn untouched() -> &'static str {
    UNTOUCHED
}

#[handler]
async fn report(session: Session<Shop>, res: &mut Response) -> Result<(), SessionError> {
    write(routes::report(&session)?, res);
    Ok(())
}

#[handler]
async fn visit(
    session: Session<Shop>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), SessionError> {
    negotiate(routes::visit(&session)?, req, res);
    Ok(())
}

#[handler]
async fn login(
    session: Session<Shop>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), SessionError> {
    let params = params(req).await;
    negotiate(routes::login(&session, &params)?, req, res);
    Ok(())
}

#[handler]
async fn logout(session: Session<Shop>, res: &mut Response) -> Result<(), SessionError> {
    write(routes::logout(&session)?, res);
    Ok(())
}

#[handler]
async fn fill(
    session: Session<Shop>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), CommitError> {
    let params = params(req).await;
    negotiate(routes::fill(&session, &params).await?, req, res);
    Ok(())
}

#[handler]
async fn lifetime(
    session: Session<Shop>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), SessionError> {
    let params = params(req).await;
    negotiate(routes::lifetime(&session, &params)?, req, res);
    Ok(())
}

/// The change is kept, although what follows is an error, which the catcher answers.
#[handler]
async fn fail(session: Session<Shop>) -> Result<(), StatusError> {
    let failed = || StatusError::internal_server_error().brief(FAILED);
    routes::count(&session).map_err(|_| failed())?;
    Err(failed())
}

/// The second chunk is made when the first has left, and the head long before it.
#[handler]
async fn late_stream(session: Session<Shop>, res: &mut Response) {
    let head = stream::once(async { STREAM_HEAD.to_owned() });
    let late = stream::once(async move { routes::too_late(&session) });
    res.stream(head.chain(late).map(Ok::<_, std::convert::Infallible>));
}

async fn params(req: &mut Request) -> Params {
    let query = req.uri().query().map(str::to_owned);
    let form = req.payload_with_max_size(FORM_MAX).await;
    // A form that does not arrive whole has no parameters.
    Params::parse(query.as_deref(), form.map(|form| &form[..]).unwrap_or_default())
}

/// The answer, or the way back to the page for a browser without the page's script.
fn negotiate(answer: Answer, req: &Request, res: &mut Response) {
    let accept = req.headers().get(ACCEPT).map(|value| value.as_bytes());
    write(answer.or_back_to_page(accept), res);
}

fn write(answer: Answer, res: &mut Response) {
    res.status_code(
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    );
    for (name, value) in answer.headers {
        // The library writes nothing that a header cannot have.
        if let Ok(value) = value.parse() {
            res.headers_mut().insert(name, value);
        }
    }
    res.body(answer.body);
}
