//! The odd application over salvo.

use cloakroom::salvo::{OptionalSession, SessionHoop};
use cloakroom::{ReadSession, Session, SessionError};
use cloakroom_examples::data::Shop;
use cloakroom_examples::routes::{count, too_late};
use salvo::catcher::Catcher;
use salvo::conn::tcp::TcpAcceptor;
use salvo::extract::Extractible;
use salvo::http::{StatusCode, StatusError};
use salvo::{
    Depot, FlowCtrl, Handler, Request, Response, Router, Server, Service, Writer, handler,
};

use super::Expectation;
use super::common::{NONE, assert_counted, assert_failed, assert_untouched};
use super::house::{Admin, Door, House, catching, run};
use super::http::request;

pub const DOOR: Door = Door { name: "salvo", serve, serve_bare, catches: true, runs_on: false };
pub const EXPECTATIONS: &[Expectation] = &[
    ("a_flow_that_was_ceased_keeps_its_change", ceased),
    ("a_hoop_before_the_handler_shares_the_session_with_it", shared),
    ("a_catcher_writes_a_page_and_can_only_read_the_session", catcher),
    ("a_catcher_has_no_page_for_a_session_that_could_not_be_saved", catcher_of_failure),
    ("a_hoop_of_the_service_leaves_a_404_alone", service_hoop),
    ("a_panic_caught_outside_saves_nothing", panic_outside),
    #[cfg(feature = "beside")]
    ("the_cookies_of_salvo_and_the_session_each_send_their_cookie", beside_the_jar),
];

/// What a handler answers with.
type Told = Result<String, SessionError>;

fn serve(house: House) -> std::net::SocketAddr {
    serve_app(app(house))
}

fn serve_bare(_: House) -> std::net::SocketAddr {
    let visits = Router::with_path("visit").get(visit);
    serve_app(Router::new().push(visits).push(Router::with_path("optional").get(optional)))
}

fn serve_app(app: impl Into<Service> + Send + 'static) -> std::net::SocketAddr {
    run(|listener| async {
        let acceptor = TcpAcceptor::try_from(listener).expect("an acceptor");
        Server::new(acceptor).try_serve(app).await
    })
}

fn app(house: House) -> Router {
    let (shop, admin) =
        (SessionHoop::new(house.shop.clone()), SessionHoop::new(house.admin.clone()));
    let at = |path: &str, handler: fn(&House, Session<Shop>, &mut Response) -> Told| {
        Router::with_path(path).get(Odd { house: house.clone(), handler })
    };
    let visits = || at("visit", |house, session, _| house.count(&session));
    Router::with_hoop(shop.clone())
        .hoop(admin)
        .push(visits())
        .push(Router::with_path("nest").push(visits()))
        .push(Router::with_path("twice").hoop(shop).push(visits()))
        .push(Router::with_path("both").get(Both(house.clone())))
        .push(Router::with_path("optional").get(optional))
        .push(Router::with_path("skipped").get(optional))
        .push(Router::with_path("read").get(read))
        .push(at("own", own))
        .push(at("redirect", redirect))
        .push(at("changed", |house, session, res| {
            res.status_code(StatusCode::NOT_MODIFIED);
            house.count(&session)?;
            Ok(String::new())
        }))
        .push(Router::with_path("unchanged").get(unchanged))
        .push(at("stuff", stuff))
        .push(at("later", |house, session, _| house.later(session)))
        .push(at("upgrade", upgrade))
        .push(at("fall", |house, session, _| house.fall(&session)))
        .push(at("caught", |house, session, _| house.fall(&session)).hoop(Catch))
        .push(at("update", |house, session, _| house.fall_inside(&session)).hoop(Catch))
        .push(Router::with_path("slow").get(Slow(house.clone())))
}

/// What salvo's `CatchPanic` does.
struct Catch;

#[handler]
impl Catch {
    async fn handle(
        &self,
        req: &mut Request,
        depot: &mut Depot,
        res: &mut Response,
        ctrl: &mut FlowCtrl,
    ) {
        if catching(ctrl.call_next(req, depot, res)).await.is_none() {
            res.render(StatusError::internal_server_error());
        }
    }
}

/// A handler of the house.
struct Odd {
    house: House,
    handler: fn(&House, Session<Shop>, &mut Response) -> Told,
}

#[handler]
impl Odd {
    async fn handle(&self, session: Session<Shop>, res: &mut Response) -> Result<(), SessionError> {
        let told = (self.handler)(&self.house, session, res)?;
        if !told.is_empty() {
            res.body(told);
        }
        Ok(())
    }
}

fn own(house: &House, session: Session<Shop>, res: &mut Response) -> Told {
    for (name, value) in [
        ("x-own", "1"),
        ("set-cookie", "theme=dark"),
        ("vary", "Accept"),
        ("cache-control", "public, max-age=60"),
    ] {
        res.add_header(name, value, false).expect("a header");
    }
    house.count(&session)
}

fn redirect(house: &House, session: Session<Shop>, res: &mut Response) -> Told {
    res.status_code(StatusCode::SEE_OTHER).add_header("location", "/", true).expect("a header");
    house.count(&session)
}

fn stuff(house: &House, session: Session<Shop>, res: &mut Response) -> Told {
    res.add_header("x-own", "1", true).expect("a header");
    res.add_header("set-cookie", "theme=dark", false).expect("a header");
    house.stuff(&session)
}

fn upgrade(house: &House, session: Session<Shop>, res: &mut Response) -> Told {
    house.later(session)?;
    res.status_code(StatusCode::SWITCHING_PROTOCOLS);
    res.add_header("connection", "upgrade", true).expect("a header");
    res.add_header("upgrade", "chat", true).expect("a header");
    Ok(String::new())
}

struct Both(House);

#[handler]
impl Both {
    async fn handle(&self, shop: Session<Shop>, admin: Session<Shop, Admin>) -> Told {
        self.0.both(&shop, &admin)
    }
}

struct Slow(House);

#[handler]
impl Slow {
    async fn handle(&self, session: Session<Shop>) -> Told {
        self.0.slow(&session).await
    }
}

#[handler]
async fn optional(session: OptionalSession<Shop>) -> String {
    session.0.is_some().to_string()
}

#[handler]
async fn read(session: ReadSession<Shop>) -> Told {
    session.read(|shop| shop.views.to_string())
}

#[handler]
async fn unchanged(_session: ReadSession<Shop>, res: &mut Response) {
    res.status_code(StatusCode::NOT_MODIFIED);
}

#[handler]
async fn visit(session: Session<Shop>) -> Told {
    count(&session).map(|views| views.to_string())
}

#[handler]
async fn fall(session: Session<Shop>) -> Told {
    count(&session)?;
    panic!("as a handler may");
}

/// Counts, and lets nobody through, or everybody.
struct Gate {
    ceases: bool,
}

#[handler]
impl Gate {
    async fn handle(
        &self,
        req: &mut Request,
        depot: &mut Depot,
        res: &mut Response,
        ctrl: &mut FlowCtrl,
    ) {
        let session = Session::<Shop>::extract(req, depot).await.expect("a hoop");
        count(&session).expect("a count");
        if self.ceases {
            res.render("stopped");
            ctrl.cease();
        }
    }
}

fn ceased(_: &Door) {
    let sessions = SessionHoop::new(House::new().shop);
    let app = Router::with_hoop(sessions).hoop(Gate { ceases: true }).get(visit);
    let answer = request(serve_app(app), "GET", "/", &[], "");
    assert_counted(&answer, 200);
    assert_eq!(answer.body(), "stopped");
}

fn shared(_: &Door) {
    let sessions = SessionHoop::new(House::new().shop);
    let app = Router::with_hoop(sessions).hoop(Gate { ceases: false }).get(visit);
    let answer = request(serve_app(app), "GET", "/", &[], "");
    assert_counted(&answer, 200);
    assert_eq!(answer.body(), "2");
}

#[handler]
async fn refuse(session: Session<Shop>, res: &mut Response) -> Result<(), SessionError> {
    count(&session)?;
    res.status_code(StatusCode::FORBIDDEN);
    Ok(())
}

#[handler]
async fn page(req: &mut Request, depot: &mut Depot, res: &mut Response) {
    match Session::<Shop>::extract(req, depot).await {
        Ok(session) => res.body(too_late(&session)),
        Err(_) => res.body("no session".to_owned()),
    };
}

fn with_catcher(handler: impl Handler, house: House) -> Service {
    let router = Router::with_hoop(SessionHoop::new(house.shop)).get(handler);
    Service::new(router).catcher(Catcher::new(page))
}

fn catcher(_: &Door) {
    let refusal = SessionError::ResponseSent.to_string();
    let answer = request(serve_app(with_catcher(refuse, House::new())), "GET", "/", &[], "");
    assert_counted(&answer, 403);
    assert_eq!(answer.body(), refusal);
    // Nobody had asked for the session before the catcher did.
    #[handler]
    async fn refuse_untouched(res: &mut Response) {
        res.status_code(StatusCode::FORBIDDEN);
    }
    let service = with_catcher(refuse_untouched, House::new());
    let answer = request(serve_app(service), "GET", "/", &[], "");
    assert_eq!((answer.status, answer.body()), (403, refusal));
    assert_eq!(answer.all("set-cookie"), NONE);
}

fn catcher_of_failure(_: &Door) {
    let house = House::new();
    let stuff = Odd { house: house.clone(), handler: stuff };
    assert_failed(&request(serve_app(with_catcher(stuff, house)), "GET", "/", &[], ""));
}

fn service_hoop(_: &Door) {
    let sessions = SessionHoop::new(House::new().shop);
    let service = Service::new(Router::with_path("visit").get(visit)).hoop(sessions);
    let server = serve_app(service);
    assert_counted(&request(server, "GET", "/visit", &[], ""), 200);
    let missed = request(server, "GET", "/nowhere", &[], "");
    assert_eq!(missed.status, 404);
    assert_untouched(&missed);
}

fn panic_outside(_: &Door) {
    let house = House::new();
    let sessions = SessionHoop::new(house.shop.clone());
    let app = Router::with_hoop(Catch).hoop(sessions).get(fall);
    let answer = request(serve_app(app), "GET", "/", &[], "");
    assert_eq!((answer.status, house.shop.counters().sealed()), (500, 0));
    assert_untouched(&answer);
}

/// Salvo writes the cookies of a response when every hoop has run.
#[cfg(feature = "beside")]
fn beside_the_jar(_: &Door) {
    use salvo::http::cookie::Cookie;

    #[handler]
    async fn both(session: Session<Shop>, req: &mut Request, res: &mut Response) -> Told {
        let seen = req.cookie("theme").map_or_else(String::new, |theme| theme.value().to_owned());
        res.add_cookie(Cookie::new("theme", "dark"));
        Ok(format!("{seen}{}", count(&session)?))
    }

    let server = serve_app(Router::with_hoop(SessionHoop::new(House::new().shop)).get(both));
    let first = request(server, "GET", "/", &[], "");
    let lines = first.all("set-cookie");
    let session = lines.iter().find(|line| line.starts_with("__Host-session=E")).expect("ours");
    let cookies = format!("theme=light; {}", session.split(';').next().expect("a pair"));
    let again = request(server, "GET", "/", &[("Cookie", &cookies)], "");
    assert_eq!((first.body().as_str(), again.body().as_str()), ("1", "light2"));
    for answer in [&first, &again] {
        let lines = answer.all("set-cookie");
        let of = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
        assert_eq!((of("theme=dark"), of("__Host-session=E"), lines.len()), (1, 1, 2), "{lines:?}");
    }
}
