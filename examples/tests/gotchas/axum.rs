//! The odd application over axum.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use cloakroom::axum::SessionLayer;
use cloakroom::{ReadSession, Session, SessionError};
use cloakroom_examples::data::Shop;

use super::Expectation;
use super::common::{assert_counted, assert_untouched};
use super::house::{Admin, Door, House, run};
use super::http::request;

pub const DOOR: Door = Door { name: "axum", serve, serve_bare, catches: false, runs_on: false };
pub const EXPECTATIONS: &[Expectation] = &[
    ("a_layer_of_routes_alone_is_not_there_for_a_404", route_layer),
    ("a_fallback_has_the_session_of_the_layer_around_it", fallback),
];

/// What a handler answers with.
type Told = Result<String, SessionError>;
type Odd = State<House>;

fn serve(house: House) -> std::net::SocketAddr {
    run(|listener| async { axum::serve(listener, app(house)).await })
}

fn serve_bare(house: House) -> std::net::SocketAddr {
    let app = Router::new().route("/optional", get(optional)).route("/visit", get(visit));
    run(|listener| async { axum::serve(listener, app.with_state(house)).await })
}

fn app(house: House) -> Router {
    let (shop, admin) =
        (SessionLayer::new(house.shop.clone()), SessionLayer::new(house.admin.clone()));
    Router::new()
        .route("/visit", get(visit))
        .nest("/nest", Router::new().route("/visit", get(visit)))
        .nest("/twice", Router::new().route("/visit", get(visit)).layer(shop.clone()))
        .route("/both", get(both))
        .route("/optional", get(optional))
        .route("/skipped", get(optional))
        .route("/read", get(read))
        .route("/own", get(own))
        .route("/redirect", get(redirect))
        .route("/changed", get(changed))
        .route("/unchanged", get(async |_: ReadSession<Shop>| StatusCode::NOT_MODIFIED))
        .route("/stuff", get(stuff))
        .route("/later", get(later))
        .route("/upgrade", get(upgrade))
        .route("/fall", get(async |State(house): Odd, session| house.fall(&session)))
        .route("/slow", get(slow))
        .layer(admin)
        .layer(shop)
        .with_state(house)
}

async fn visit(State(house): Odd, session: Session<Shop>) -> Told {
    house.count(&session)
}

async fn both(State(house): Odd, shop: Session<Shop>, admin: Session<Shop, Admin>) -> Told {
    house.both(&shop, &admin)
}

async fn optional(session: Option<Session<Shop>>) -> String {
    session.is_some().to_string()
}

async fn read(session: ReadSession<Shop>) -> Told {
    session.read(|shop| shop.views.to_string())
}

async fn own(State(house): Odd, session: Session<Shop>) -> impl IntoResponse {
    let headers = [
        ("x-own", "1"),
        ("set-cookie", "theme=dark"),
        ("vary", "Accept"),
        ("cache-control", "public, max-age=60"),
    ];
    (AppendHeaders(headers), house.count(&session))
}

async fn redirect(State(house): Odd, session: Session<Shop>) -> Result<Response, SessionError> {
    house.count(&session)?;
    Ok((StatusCode::SEE_OTHER, [("location", "/")]).into_response())
}

async fn changed(State(house): Odd, session: Session<Shop>) -> Result<StatusCode, SessionError> {
    house.count(&session)?;
    Ok(StatusCode::NOT_MODIFIED)
}

async fn stuff(State(house): Odd, session: Session<Shop>) -> impl IntoResponse {
    ([("x-own", "1"), ("set-cookie", "theme=dark")], house.stuff(&session))
}

async fn later(State(house): Odd, session: Session<Shop>) -> Told {
    house.later(session)
}

async fn upgrade(State(house): Odd, session: Session<Shop>) -> Result<Response, SessionError> {
    house.later(session)?;
    let headers = [("connection", "upgrade"), ("upgrade", "chat")];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

async fn slow(State(house): Odd, session: Session<Shop>) -> Told {
    house.slow(&session).await
}

fn route_layer(_: &Door) {
    let house = House::new();
    let shop = SessionLayer::new(house.shop.clone());
    let nowhere = async |session: Option<Session<Shop>>| session.is_some().to_string();
    let app = Router::new().route("/visit", get(visit)).route_layer(shop).fallback(nowhere);
    let app = app.with_state(house);
    let server = run(|listener| async { axum::serve(listener, app).await });
    assert_counted(&request(server, "GET", "/visit", &[], ""), 200);
    let missed = request(server, "GET", "/nowhere", &[], "");
    assert_eq!(missed.body(), "false");
    assert_untouched(&missed);
}

fn fallback(_: &Door) {
    let house = House::new();
    let shop = SessionLayer::new(house.shop.clone());
    let nowhere = async |Extension(house): Extension<House>, session: Session<Shop>| {
        (StatusCode::NOT_FOUND, house.count(&session))
    };
    let app = Router::new().fallback(nowhere).layer(Extension(house)).layer(shop);
    let server = run(|listener| async { axum::serve(listener, app).await });
    let missed = request(server, "GET", "/nowhere", &[], "");
    assert_counted(&missed, 404);
    assert_eq!(missed.body(), "1");
}
