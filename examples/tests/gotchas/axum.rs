//! The odd application over axum.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use cloakroom::axum::SessionLayer;
use cloakroom::{ReadSession, Session, SessionError};
use cloakroom_examples::data::Shop;

use super::Expectation;
use super::common::{assert_counted, assert_untouched};
use super::house::{Admin, Door, House, catching, run};
use super::http::request;

pub const DOOR: Door = Door { name: "axum", serve, serve_bare, catches: true, runs_on: false };
pub const EXPECTATIONS: &[Expectation] = &[
    ("a_layer_of_routes_alone_is_not_there_for_a_404", route_layer),
    ("a_fallback_has_the_session_of_the_layer_around_it", fallback),
    ("a_middleware_function_inside_shares_the_session_and_outside_has_none", functions),
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
        .merge(caught())
        .layer(admin)
        .layer(shop)
        .with_state(house)
}

/// Routes whose panics become responses inside of the layer.
fn caught() -> Router<House> {
    async fn catch(request: Request, next: Next) -> Response {
        let answer = catching(next.run(request)).await;
        answer.unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
    Router::new()
        .route("/caught", get(async |State(house): Odd, session| house.fall(&session)))
        .route("/update", get(async |State(house): Odd, session| house.fall_inside(&session)))
        .layer(from_fn(catch))
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

fn functions(_: &Door) {
    async fn inside(
        State(house): Odd,
        session: Session<Shop>,
        request: Request,
        next: Next,
    ) -> Result<Response, SessionError> {
        house.count(&session)?;
        Ok(next.run(request).await)
    }
    async fn outside(session: Option<Session<Shop>>, request: Request, next: Next) -> Response {
        let found = if session.is_some() { "a session" } else { "no session" };
        (AppendHeaders([("x-own", found)]), next.run(request).await).into_response()
    }
    let house = House::new();
    let app = Router::new()
        .route("/visit", get(visit))
        .layer(from_fn_with_state(house.clone(), inside))
        .layer(SessionLayer::new(house.shop.clone()))
        .layer(from_fn(outside))
        .with_state(house);
    let server = run(|listener| async { axum::serve(listener, app).await });
    let answer = request(server, "GET", "/visit", &[], "");
    assert_counted(&answer, 200);
    assert_eq!((answer.body().as_str(), answer.all("x-own")), ("2", vec!["no session"]));
}
