//! The odd application over poem.

use std::fmt;

use cloakroom::poem::SessionMiddleware;
use cloakroom::{ReadSession, Session, SessionError};
use cloakroom_examples::data::Shop;
use poem::error::{NotFoundError, ResponseError};
use poem::http::StatusCode;
use poem::listener::TcpAcceptor;
use poem::middleware::CatchPanic;
use poem::web::Data;
use poem::{Endpoint, EndpointExt, IntoResponse, Response, Result, Route, Server, get, handler};

use super::Expectation;
use super::common::{assert_counted, assert_untouched};
use super::house::{Admin, Door, House, run};
use super::http::request;

pub const DOOR: Door = Door { name: "poem", serve, serve_bare, catches: true, runs_on: true };
pub const EXPECTATIONS: &[Expectation] = &[
    ("an_error_caught_inside_carries_the_cookie", caught_inside),
    ("an_error_of_a_touched_session_is_a_response_outside", caught_outside),
    ("an_error_of_an_untouched_session_keeps_its_type_outside", untouched_error),
    ("a_panic_caught_outside_saves_nothing", panic_outside),
    #[cfg(feature = "beside")]
    ("the_cookie_jar_of_poem_and_the_session_each_send_their_cookie", beside_the_jar),
];

type Odd<'a> = Data<&'a House>;
/// What a handler answers with.
type Told = Result<String, SessionError>;

fn serve(house: House) -> std::net::SocketAddr {
    serve_app(app(house))
}

fn serve_bare(house: House) -> std::net::SocketAddr {
    let app = Route::new().at("/visit", get(visit)).at("/optional", get(optional));
    serve_app(app.data(house))
}

fn serve_app(app: impl Endpoint + 'static) -> std::net::SocketAddr {
    run(|listener| async {
        let listener = listener.into_std().expect("a listener");
        let acceptor = TcpAcceptor::from_std(listener).expect("an acceptor");
        Server::new_with_acceptor(acceptor).run(app).await
    })
}

fn app(house: House) -> impl Endpoint {
    let (shop, admin) =
        (SessionMiddleware::new(house.shop.clone()), SessionMiddleware::new(house.admin.clone()));
    let visits = || Route::new().at("/visit", get(visit));
    let inside = visits()
        .nest("/nest", visits())
        .nest("/twice", visits().with(shop.clone()))
        .at("/both", get(both))
        .at("/optional", get(optional))
        .at("/skipped", get(optional))
        .at("/read", get(read))
        .at("/own", get(own))
        .at("/redirect", get(redirect))
        .at("/changed", get(changed))
        .at("/unchanged", get(unchanged))
        .at("/stuff", get(stuff))
        .at("/later", get(later))
        .at("/upgrade", get(upgrade))
        .at("/fall", get(fall))
        .at("/caught", get(fall).with(CatchPanic::new()))
        .at("/update", get(fall_inside).with(CatchPanic::new()))
        .at("/slow", get(slow))
        .with(admin)
        .with(shop);
    inside.data(house)
}

#[handler]
async fn visit(house: Odd<'_>, session: Session<Shop>) -> Told {
    house.count(&session)
}

#[handler]
async fn both(house: Odd<'_>, shop: Session<Shop>, admin: Session<Shop, Admin>) -> Told {
    house.both(&shop, &admin)
}

#[handler]
async fn optional(session: Option<Session<Shop>>) -> String {
    session.is_some().to_string()
}

#[handler]
async fn read(session: ReadSession<Shop>) -> Told {
    session.read(|shop| shop.views.to_string())
}

#[handler]
async fn own(house: Odd<'_>, session: Session<Shop>) -> Result<Response, SessionError> {
    let response = Response::builder()
        .header("x-own", "1")
        .header("set-cookie", "theme=dark")
        .header("vary", "Accept")
        .header("cache-control", "public, max-age=60");
    Ok(response.body(house.count(&session)?))
}

#[handler]
async fn redirect(house: Odd<'_>, session: Session<Shop>) -> Result<Response, SessionError> {
    house.count(&session)?;
    Ok(Response::builder().status(StatusCode::SEE_OTHER).header("location", "/").finish())
}

#[handler]
async fn changed(house: Odd<'_>, session: Session<Shop>) -> Result<StatusCode, SessionError> {
    house.count(&session)?;
    Ok(StatusCode::NOT_MODIFIED)
}

#[handler]
async fn unchanged(_session: ReadSession<Shop>) -> StatusCode {
    StatusCode::NOT_MODIFIED
}

#[handler]
async fn stuff(house: Odd<'_>, session: Session<Shop>) -> Result<Response, SessionError> {
    let response = Response::builder().header("x-own", "1").header("set-cookie", "theme=dark");
    Ok(response.body(house.stuff(&session)?))
}

#[handler]
async fn later(house: Odd<'_>, session: Session<Shop>) -> Told {
    house.later(session)
}

#[handler]
async fn upgrade(house: Odd<'_>, session: Session<Shop>) -> Result<Response, SessionError> {
    house.later(session)?;
    let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
    Ok(response.header("connection", "upgrade").header("upgrade", "chat").finish())
}

#[handler]
async fn fall(house: Odd<'_>, session: Session<Shop>) -> Told {
    house.fall(&session)
}

#[handler]
async fn fall_inside(house: Odd<'_>, session: Session<Shop>) -> Told {
    house.fall_inside(&session)
}

#[handler]
async fn slow(house: Odd<'_>, session: Session<Shop>) -> Told {
    house.slow(&session).await
}

/// An error of the application.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

impl ResponseError for Refused {
    fn status(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }
}

#[handler]
async fn refuse(house: Odd<'_>, session: Session<Shop>) -> Result<()> {
    house.count(&session)?;
    Err(Refused.into())
}

async fn page(_: Refused) -> impl IntoResponse {
    "a page for it".with_status(StatusCode::FORBIDDEN)
}

fn caught_inside(_: &Door) {
    let house = House::new();
    let sessions = SessionMiddleware::new(house.shop.clone());
    let app = Route::new().at("/", get(refuse)).catch_error(page).with(sessions).data(house);
    let answer = request(serve_app(app), "GET", "/", &[], "");
    assert_counted(&answer, 403);
    assert_eq!(answer.body(), "a page for it");
}

fn caught_outside(_: &Door) {
    let house = House::new();
    let sessions = SessionMiddleware::new(house.shop.clone());
    let app = Route::new().at("/", get(refuse)).with(sessions).catch_error(page).data(house);
    let answer = request(serve_app(app), "GET", "/", &[], "");
    assert_counted(&answer, 403);
    assert_eq!(answer.body(), "refused", "the error was a response by then, and kept its cookie");
}

fn untouched_error(_: &Door) {
    let house = House::new();
    let sessions = SessionMiddleware::new(house.shop.clone());
    let nowhere = async |_: NotFoundError| "nowhere".with_status(StatusCode::NOT_FOUND);
    let app = Route::new().at("/", get(visit)).with(sessions).catch_error(nowhere).data(house);
    let answer = request(serve_app(app), "GET", "/else", &[], "");
    assert_eq!((answer.status, answer.body().as_str()), (404, "nowhere"));
    assert_untouched(&answer);
}

fn panic_outside(_: &Door) {
    let house = House::new();
    let sessions = SessionMiddleware::new(house.shop.clone());
    let app = Route::new().at("/", get(fall)).with(sessions).with(CatchPanic::new());
    let answer = request(serve_app(app.data(house.clone())), "GET", "/", &[], "");
    assert_eq!((answer.status, house.shop.counters().sealed()), (500, 0));
    assert_untouched(&answer);
}

/// The jar's middleware reads and writes the same headers, inside of ours or outside.
#[cfg(feature = "beside")]
fn beside_the_jar(_: &Door) {
    use poem::middleware::CookieJarManager;
    use poem::web::cookie::{Cookie, CookieJar};

    #[handler]
    async fn both(jar: &CookieJar, house: Odd<'_>, session: Session<Shop>) -> Told {
        let seen = jar.get("theme").map_or_else(String::new, |theme| theme.value_str().to_owned());
        jar.add(Cookie::new_with_str("theme", "dark"));
        jar.remove("old");
        Ok(format!("{seen}{}", house.count(&session)?))
    }

    let app = || Route::new().at("/", get(both));
    let house = House::new();
    let sessions = || SessionMiddleware::new(house.shop.clone());
    let inside = app().with(CookieJarManager::new()).with(sessions()).data(house.clone());
    let outside = app().with(sessions()).with(CookieJarManager::new()).data(house.clone());
    for server in [serve_app(inside), serve_app(outside)] {
        let first = request(server, "GET", "/", &[("Cookie", "old=1")], "");
        let session = first
            .all("set-cookie")
            .into_iter()
            .find_map(|line| line.starts_with("__Host-").then(|| line.split(';').next())?)
            .expect("a cookie")
            .to_owned();
        let cookies = format!("theme=light; {session}; old=1");
        let again = request(server, "GET", "/", &[("Cookie", &cookies)], "");
        assert_eq!((first.body().as_str(), again.body().as_str()), ("1", "light2"));
        for answer in [first, again] {
            let lines = answer.all("set-cookie");
            let of = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
            assert_eq!((of("theme=dark"), of("__Host-session=E"), of("old=")), (1, 1, 1));
            assert_eq!(lines.len(), 3, "{lines:?}");
        }
    }
}
