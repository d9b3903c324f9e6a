//! One route over each framework, with the layer and without.
//!
//! One thread serves it, so that processors and threads make no difference.

#[cfg(feature = "tokio")]
use std::future::Future;
use std::net::SocketAddr;

use cloakroom::{Key, KeyRing, SessionConfig, SessionManager};
use cloakroom_examples::data::Shop;
use cloakroom_examples::routes::UNTOUCHED;

/// Serves until the process ends; the argument is whether there is a layer.
type Serve = fn(bool);

/// Every framework whose feature is on.
pub const ALL: &[(&str, Serve)] = &[
    #[cfg(feature = "actix")]
    ("actix", actix),
    #[cfg(feature = "axum")]
    ("axum", axum),
    #[cfg(feature = "hyper")]
    ("hyper", hyper),
    #[cfg(feature = "poem")]
    ("poem", poem),
    #[cfg(feature = "rocket")]
    ("rocket", rocket),
    #[cfg(feature = "salvo")]
    ("salvo", salvo),
    #[cfg(feature = "warp")]
    ("warp", warp),
];

#[cfg(feature = "actix")]
fn actix(layer: bool) {
    use actix_web::{App, HttpServer, web};
    use cloakroom::actix::SessionMiddleware;

    let sessions = SessionMiddleware::new(sessions());
    let route = || web::get().to(async || UNTOUCHED);
    actix_web::rt::System::new().block_on(async move {
        if layer {
            let app = move || App::new().wrap(sessions.clone()).route("/untouched", route());
            let server = HttpServer::new(app).workers(1).bind(anywhere()).expect("a port");
            announce(server.addrs().first().copied());
            server.run().await
        } else {
            let app = move || App::new().route("/untouched", route());
            let server = HttpServer::new(app).workers(1).bind(anywhere()).expect("a port");
            announce(server.addrs().first().copied());
            server.run().await
        }
        .expect("it serves");
    });
}

#[cfg(feature = "axum")]
fn axum(layer: bool) {
    use axum::Router;
    use axum::routing::get;
    use cloakroom::axum::SessionLayer;

    let mut app = Router::new().route("/untouched", get(UNTOUCHED));
    if layer {
        app = app.layer(SessionLayer::new(sessions()));
    }
    run(async |listener| axum::serve(listener, app).await.expect("it serves"));
}

#[cfg(feature = "hyper")]
fn hyper(layer: bool) {
    use std::convert::Infallible;

    use cloakroom::tower::SessionLayer;
    use cloakroom_examples::serve::serve_connections;
    use http_body_util::Full;
    use hyper::body::{Bytes, Incoming};
    use hyper::{Request, Response};
    use tower::{Layer as _, service_fn};

    let app = service_fn(async |_: Request<Incoming>| {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(UNTOUCHED.as_bytes()))))
    });
    if layer {
        let app = SessionLayer::new(sessions()).layer(app);
        run(|listener| serve_connections(listener, app));
    } else {
        run(|listener| serve_connections(listener, app));
    }
}

#[cfg(feature = "poem")]
fn poem(layer: bool) {
    use cloakroom::poem::SessionMiddleware;
    use poem::listener::TcpAcceptor;
    use poem::{EndpointExt as _, Route, Server, get, handler};

    #[handler]
    async fn untouched() -> &'static str {
        UNTOUCHED
    }

    let app = Route::new().at("/untouched", get(untouched));
    let app =
        if layer { app.with(SessionMiddleware::new(sessions())).boxed() } else { app.boxed() };
    run(async |listener| {
        let acceptor = TcpAcceptor::from_std(listener.into_std().expect("a listener"));
        let server = Server::new_with_acceptor(acceptor.expect("an acceptor"));
        server.run(app).await.expect("it serves");
    });
}

#[cfg(feature = "rocket")]
fn rocket(layer: bool) {
    use cloakroom::rocket::SessionFairing;
    use rocket::config::{Config, LogLevel};
    use rocket::fairing::AdHoc;
    use rocket::{get, routes};

    #[get("/untouched")]
    fn untouched() -> &'static str {
        UNTOUCHED
    }

    let config =
        Config { port: 0, workers: 1, log_level: LogLevel::Off, ..Config::release_default() };
    let app = rocket::custom(config).mount("/", routes![untouched]);
    let mut app = app.attach(AdHoc::on_liftoff("Address", |rocket| {
        announce(Some(SocketAddr::new(rocket.config().address, rocket.config().port)));
        Box::pin(async {})
    }));
    if layer {
        app = app.attach(SessionFairing::new(sessions()));
    }
    rocket::execute(async { app.launch().await.map(drop).expect("it serves") });
}

#[cfg(feature = "salvo")]
fn salvo(layer: bool) {
    use cloakroom::salvo::SessionHoop;
    use salvo::conn::tcp::TcpAcceptor;
    use salvo::{Router, Server, handler};

    #[handler]
    async fn untouched() -> &'static str {
        UNTOUCHED
    }

    let mut app = Router::new().push(Router::with_path("untouched").get(untouched));
    if layer {
        app = app.hoop(SessionHoop::new(sessions()));
    }
    run(async |listener| {
        let acceptor = TcpAcceptor::try_from(listener).expect("an acceptor");
        Server::new(acceptor).try_serve(app).await.expect("it serves");
    });
}

#[cfg(feature = "warp")]
fn warp(layer: bool) {
    use cloakroom::warp::SessionLayer;
    use cloakroom_examples::serve::serve_connections;
    use tower::Layer as _;
    use warp::Filter as _;

    let app = warp::service(warp::path!("untouched").and(warp::get()).map(|| UNTOUCHED));
    if layer {
        let app = SessionLayer::new(sessions()).layer(app);
        run(|listener| serve_connections(listener, app));
    } else {
        run(|listener| serve_connections(listener, app));
    }
}

fn sessions() -> SessionManager<Shop> {
    let ring = KeyRing::new(Key::generate().expect("a key"));
    SessionManager::new(SessionConfig::new(ring, "shop")).expect("a manager")
}

#[cfg(any(feature = "actix", feature = "tokio"))]
fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn announce(addr: Option<SocketAddr>) {
    println!("{}", addr.expect("an address"));
}

/// Gives a listener to `serve`.
#[cfg(feature = "tokio")]
fn run<F: Future<Output = ()>>(serve: impl FnOnce(tokio::net::TcpListener) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let listener = tokio::net::TcpListener::bind(anywhere()).await.expect("a port");
        announce(listener.local_addr().ok());
        serve(listener).await;
    });
}
