//! The odd application over warp.

use cloakroom::SessionRejection;
use cloakroom::warp::{SessionLayer, optional_session, read_session, session};
use cloakroom::{ReadSession, Session, SessionError};
use cloakroom_examples::data::Shop;
use cloakroom_examples::serve::serve_connections;
use tower::Layer;
use warp::filters::BoxedFilter;
use warp::http::{HeaderValue, StatusCode};
use warp::reject::{self, Reject};
use warp::reply::{Reply, Response};
use warp::{Filter, Rejection};

use super::Expectation;
use super::common::{assert_counted, assert_untouched};
use super::house::{Admin, Door, House, run};
use super::http::request;

pub const DOOR: Door = Door { name: "warp", serve, serve_bare, catches: false, runs_on: false };
pub const EXPECTATIONS: &[Expectation] = &[
    ("a_rejection_carries_the_cookie_whoever_answers_it", rejections),
    ("an_alternative_goes_on_with_the_session_of_a_route_that_rejected", alternatives),
    ("a_missing_layer_is_found_among_rejections", missing),
];

/// What a handler answers with.
type Told = Result<String, SessionError>;
type Routes = BoxedFilter<(Response,)>;

fn serve(house: House) -> std::net::SocketAddr {
    serve_app(house.clone(), app(&house))
}

fn serve_bare(house: House) -> std::net::SocketAddr {
    let app = app(&house);
    run(|listener| serve_connections(listener, warp::service(app)))
}

fn serve_app(house: House, app: Routes) -> std::net::SocketAddr {
    run(|listener| async {
        let shop = SessionLayer::new(house.shop);
        let admin = SessionLayer::new(house.admin).layer(shop.layer(warp::service(app)));
        serve_connections(listener, shop.layer(admin)).await
    })
}

fn app(house: &House) -> Routes {
    let at = |path: &'static str,
              handler: fn(&House, Session<Shop>) -> Result<Response, SessionError>| {
        let house = house.clone();
        warp::path(path)
            .and(warp::path::end())
            .and(session())
            .and_then(move |session| {
                let answer = handler(&house, session);
                async { answer.map_err(reject::custom) }
            })
            .boxed()
    };
    let visit = || at("visit", |house, session| told(house.count(&session)));
    let optional = |path| {
        let open = optional_session().map(|session: Option<Session<Shop>>| session.is_some());
        let open = warp::path(path).and(warp::path::end()).and(open);
        open.map(|some: bool| some.to_string().into_response()).boxed()
    };
    let own = house.clone();
    let both = warp::path!("both").and(session()).and(session()).and_then(
        move |shop: Session<Shop>, admin: Session<Shop, Admin>| {
            let answer = told(own.both(&shop, &admin));
            async { answer.map_err(reject::custom) }
        },
    );
    let own = house.clone();
    let slow = warp::path!("slow").and(session()).and_then(move |session: Session<Shop>| {
        let house = own.clone();
        async move { told(house.slow(&session).await).map_err(reject::custom) }
    });
    let read = warp::path!("read").and(read_session()).map(|session: ReadSession<Shop>| {
        session.read(|shop| shop.views.to_string()).unwrap_or_default().into_response()
    });
    let unchanged = warp::path!("unchanged")
        .and(read_session())
        .map(|_: ReadSession<Shop>| StatusCode::NOT_MODIFIED.into_response());
    [
        visit(),
        warp::path("nest").and(visit()).boxed(),
        warp::path("twice").and(visit()).boxed(),
        both.boxed(),
        slow.boxed(),
        read.boxed(),
        unchanged.boxed(),
        optional("optional"),
        optional("skipped"),
        at("own", |house, session| {
            let headers = [
                ("x-own", "1"),
                ("set-cookie", "theme=dark"),
                ("vary", "Accept"),
                ("cache-control", "public, max-age=60"),
            ];
            Ok(with(told(house.count(&session))?, 200, &headers))
        }),
        at("redirect", |house, session| {
            Ok(with(told(house.count(&session))?, 303, &[("location", "/")]))
        }),
        at("changed", |house, session| Ok(with(told(house.count(&session))?, 304, &[]))),
        at("stuff", |house, session| {
            let headers = [("x-own", "1"), ("set-cookie", "theme=dark")];
            Ok(with(told(house.stuff(&session))?, 200, &headers))
        }),
        at("later", |house, session| told(house.later(session))),
        at("upgrade", |house, session| {
            let headers = [("connection", "upgrade"), ("upgrade", "chat")];
            Ok(with(told(house.later(session))?, 101, &headers))
        }),
        at("fall", |house, session| told(house.fall(&session))),
    ]
    .into_iter()
    .reduce(|one, other| one.or(other).unify().boxed())
    .expect("some routes")
}

fn told(told: Told) -> Result<Response, SessionError> {
    told.map(Reply::into_response)
}

fn with(mut response: Response, status: u16, headers: &[(&'static str, &'static str)]) -> Response {
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    for (name, value) in headers {
        response.headers_mut().append(*name, HeaderValue::from_static(value));
    }
    response
}

/// A rejection of the application.
#[derive(Debug)]
struct Refused;

impl Reject for Refused {}

fn refuse(house: &House) -> Routes {
    let house = house.clone();
    let refuse = warp::path!("refused").and(session()).and_then(move |session: Session<Shop>| {
        let counted = house.count(&session);
        async { counted.map_err(reject::custom).and(Err::<Response, _>(reject::custom(Refused))) }
    });
    refuse.boxed()
}

/// What is said of a rejection, to those that are known.
async fn explain(rejection: Rejection) -> Result<Response, Rejection> {
    if rejection.find::<Refused>().is_some() {
        return Ok(with("a page for it".into_response(), 403, &[]));
    }
    match rejection.find::<SessionRejection>() {
        Some(SessionRejection::Missing) => Ok(with("no layer".into_response(), 503, &[])),
        _ => Err(rejection),
    }
}

fn rejections(_: &Door) {
    let house = House::new();
    let by_warp = serve_app(house.clone(), refuse(&house));
    assert_counted(&request(by_warp, "GET", "/refused", &[], ""), 500);
    let explained = refuse(&house).recover(explain).unify().boxed();
    let by_us = request(serve_app(house, explained), "GET", "/refused", &[], "");
    assert_counted(&by_us, 403);
    assert_eq!(by_us.body(), "a page for it");
}

fn alternatives(_: &Door) {
    let house = House::new();
    let own = house.clone();
    let other = session().map(move |session| house.count(&session).unwrap_or_default());
    let routes = refuse(&own).or(other.map(Reply::into_response)).unify().boxed();
    let answer = request(serve_app(own, routes), "GET", "/refused", &[], "");
    assert_counted(&answer, 200);
    assert_eq!(answer.body(), "2", "it is one session a request");
}

fn missing(_: &Door) {
    let house = House::new();
    let routes = refuse(&house).recover(explain).unify();
    let server = run(|listener| serve_connections(listener, warp::service(routes)));
    let answer = request(server, "GET", "/refused", &[], "");
    assert_eq!((answer.status, answer.body().as_str()), (503, "no layer"));
    assert_untouched(&answer);
}
