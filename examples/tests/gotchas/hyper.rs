//! The odd application over plain hyper.

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use cloakroom::tower::{MissingLayer, SessionBody, SessionLayer, session};
use cloakroom::{ReadSession, Session, SessionError};
use cloakroom_examples::data::Shop;
use cloakroom_examples::serve::serve_connections;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tower::util::BoxCloneService;
use tower::{ServiceBuilder, ServiceExt as _};

use super::Expectation;
use super::common::assert_counted;
use super::house::{Admin, Door, House, catching, run};
use super::http::request;

pub const DOOR: Door = Door { name: "hyper", serve, serve_bare, catches: true, runs_on: false };
pub const EXPECTATIONS: &[Expectation] = &[
    ("an_error_of_the_service_closes_the_connection_and_saves_nothing", service_error),
    ("a_service_of_one_connection_alone_has_sessions_too", one_connection),
];

type Answer = Response<Full<Bytes>>;

/// Why there is no answer of a handler.
enum Failure {
    Missing,
    Session,
}

fn serve(house: House) -> std::net::SocketAddr {
    run(|listener| async { serve_connections(listener, app(house)).await })
}

fn serve_bare(house: House) -> std::net::SocketAddr {
    let handler = tower::service_fn(move |request| answer(house.clone(), request));
    run(|listener| serve_connections(listener, handler))
}

type Served = BoxCloneService<Request<Incoming>, Response<SessionBody<Layered>>, Infallible>;
/// The innermost of the layers, of which the first stands twice.
type Layered = SessionBody<SessionBody<Full<Bytes>>>;

fn app(house: House) -> Served {
    let (shop, admin) =
        (SessionLayer::new(house.shop.clone()), SessionLayer::new(house.admin.clone()));
    let layers = ServiceBuilder::new().layer(&shop).layer(admin).layer(&shop);
    let handler = tower::service_fn(move |request| answer(house.clone(), request));
    BoxCloneService::new(layers.service(handler))
}

async fn answer(house: House, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let caught = matches!(request.uri().path(), "/caught" | "/update");
    let answer = route(&house, request);
    let answer = if caught { catching(answer).await } else { Some(answer.await) };
    let failed = || told(500, String::new());
    Ok(answer.map_or_else(failed, |answer| answer.unwrap_or_else(|_: Failure| failed())))
}

async fn route(house: &House, request: Request<Incoming>) -> Result<Answer, Failure> {
    let shop = async || session::<Shop, (), _>(&request).await;
    let answer = match request.uri().path() {
        "/visit" | "/nest/visit" | "/twice/visit" => told(200, house.count(&shop().await?)?),
        "/both" => {
            let admin: Session<Shop, Admin> = session(&request).await?;
            told(200, house.both(&shop().await?, &admin)?)
        }
        "/optional" | "/skipped" => told(200, shop().await.is_ok().to_string()),
        "/read" => {
            let session = ReadSession::from(shop().await?);
            told(200, session.read(|shop| shop.views.to_string())?)
        }
        "/own" => {
            let mut answer = told(200, house.count(&shop().await?)?);
            for (name, value) in [
                ("x-own", "1"),
                ("set-cookie", "theme=dark"),
                ("vary", "Accept"),
                ("cache-control", "public, max-age=60"),
            ] {
                answer.headers_mut().append(name, HeaderValue::from_static(value));
            }
            answer
        }
        "/redirect" => {
            house.count(&shop().await?)?;
            let mut answer = told(303, String::new());
            answer.headers_mut().append("location", HeaderValue::from_static("/"));
            answer
        }
        "/changed" => {
            house.count(&shop().await?)?;
            told(304, String::new())
        }
        "/unchanged" => {
            let _read = shop().await?;
            told(304, String::new())
        }
        "/stuff" => {
            let mut answer = told(200, house.stuff(&shop().await?)?);
            answer.headers_mut().append("x-own", HeaderValue::from_static("1"));
            answer.headers_mut().append("set-cookie", HeaderValue::from_static("theme=dark"));
            answer
        }
        "/later" => told(200, house.later(shop().await?)?),
        "/upgrade" => {
            house.later(shop().await?)?;
            let mut answer = told(101, String::new());
            answer.headers_mut().append("connection", HeaderValue::from_static("upgrade"));
            answer.headers_mut().append("upgrade", HeaderValue::from_static("chat"));
            answer
        }
        "/fall" | "/caught" => told(200, house.fall(&shop().await?)?),
        "/update" => told(200, house.fall_inside(&shop().await?)?),
        "/slow" => told(200, house.slow(&shop().await?).await?),
        _ => told(404, String::new()),
    };
    Ok(answer)
}

fn told(status: u16, text: String) -> Answer {
    let mut answer = Response::new(Full::from(text));
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
    answer
}

impl From<MissingLayer> for Failure {
    fn from(MissingLayer: MissingLayer) -> Self {
        Self::Missing
    }
}

impl From<SessionError> for Failure {
    fn from(_: SessionError) -> Self {
        Self::Session
    }
}

fn service_error(_: &Door) {
    let house = House::new();
    let (shop, own) = (SessionLayer::new(house.shop.clone()), house.clone());
    let broken = ServiceBuilder::new().layer(shop).service_fn(move |request: Request<Incoming>| {
        let house = own.clone();
        async move {
            let session: Session<Shop> = session(&request).await.expect("a layer");
            house.count(&session).expect("a count");
            Err::<Answer, _>("as a service may")
        }
    });
    let server = run(|listener| async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let service = TowerToHyperService::new(broken);
        let http = hyper::server::conn::http1::Builder::new();
        http.serve_connection(TokioIo::new(stream), service).await
    });
    let mut connection = TcpStream::connect(server).expect("a connection");
    connection.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
    let mut rest = Vec::new();
    let _ = connection.read_to_end(&mut rest);
    assert_eq!((rest, house.shop.counters().sealed()), (Vec::new(), 0));
}

/// hyper's own services take `&self`; a clone of the layered one answers each request.
fn one_connection(_: &Door) {
    let house = House::new();
    let server = run(|listener| async move {
        let app = app(house);
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let app = app.clone();
            let service = service_fn(move |request| app.clone().oneshot(request));
            let http = hyper::server::conn::http1::Builder::new();
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        }
    });
    assert_counted(&request(server, "GET", "/visit", &[], ""), 200);
}
