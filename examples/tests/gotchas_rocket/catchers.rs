//! Errors, panics and catchers. Rocket forgets the cookies of its jar before a catcher runs.

use cloakroom::{CommitError, Session, SessionError};
use cloakroom_examples::data::Shop;
use cloakroom_examples::routes::count;
use rocket::http::{Cookie, CookieJar, Status};
use rocket::request::{Outcome, Request};
use rocket::{catch, catchers, get, routes};

use super::{Counted, all, app, client, views};

#[test]
fn a_handlers_error_keeps_the_change_where_rockets_jar_forgets_its_cookies() {
    #[get("/fail")]
    fn fail(session: Session<Shop>, jar: &CookieJar<'_>) -> Result<(), Status> {
        jar.add(Cookie::new("theme", "dark"));
        count(&session).map_err(|_| Status::InternalServerError)?;
        Err(Status::ImATeapot)
    }
    let client = client(app().mount("/", routes![fail]));
    let response = client.get("/fail").dispatch();
    assert_eq!((response.status(), views(&client, &response)), (Status::ImATeapot, 1));
    assert_eq!(all(&response, "set-cookie").len(), 1, "the session's alone");
}

#[test]
fn a_guard_that_fails_or_forwards_to_nothing_keeps_the_change() {
    #[get("/forward")]
    fn forward(_counted: Counted, _never: super::Never) {}
    let client = client(app().mount("/", routes![forward]));
    let response = client.get("/forward").dispatch();
    assert_eq!((response.status(), views(&client, &response)), (Status::Unauthorized, 1));
}

#[test]
fn a_catcher_reads_and_changes_the_session_of_the_handler() {
    #[get("/fail")]
    fn fail(session: Session<Shop>) -> Status {
        count(&session).map_or(Status::InternalServerError, |_| Status::NotFound)
    }
    #[catch(404)]
    async fn nowhere(request: &Request<'_>) -> String {
        match request.guard::<Session<Shop>>().await {
            Outcome::Success(session) => format!("{:?}", count(&session)),
            _ => "no session".to_owned(),
        }
    }
    let app = app().mount("/", routes![fail]).register("/", catchers![nowhere]);
    let client = client(app);
    for (path, counted) in [("/fail", 2), ("/nowhere", 1)] {
        let response = client.get(path).dispatch();
        assert_eq!((response.status(), views(&client, &response)), (Status::NotFound, counted));
        assert_eq!(response.into_string(), Some(format!("Ok({counted})")), "{path}");
    }
}

#[test]
fn a_catcher_that_looks_at_nothing_adds_nothing() {
    let client = client(app());
    let response = client.get("/nowhere").dispatch();
    for name in ["set-cookie", "vary", "cache-control"] {
        assert_eq!(all(&response, name), [""; 0], "{name}");
    }
}

#[test]
fn a_panic_of_a_handler_keeps_what_was_changed_before_it() {
    #[get("/fall")]
    #[allow(unreachable_code)]
    fn fall(session: Session<Shop>) -> String {
        count(&session).expect("a count");
        panic!("as a handler may")
    }
    let client = client(app().mount("/", routes![fall]));
    let response = client.get("/fall").dispatch();
    assert_eq!((response.status(), views(&client, &response)), (Status::InternalServerError, 1));
}

#[test]
fn a_panic_inside_an_update_discards_the_change_and_leaves_an_empty_500() {
    #[get("/fall")]
    fn fall(session: Session<Shop>) -> Result<(), SessionError> {
        session.update(|shop| {
            shop.views = 9;
            panic!("as a closure may")
        })
    }
    let client = client(app().mount("/", routes![fall]));
    let response = client.get("/fall").dispatch();
    assert_eq!(response.status(), Status::InternalServerError);
    assert_eq!(all(&response, "set-cookie"), [""; 0]);
    assert_eq!(response.into_string(), None);
}

#[catch(500)]
fn ours() -> &'static str {
    "caught"
}

#[test]
fn an_error_of_the_session_that_a_handler_returns_is_for_the_catchers() {
    #[get("/busy")]
    fn busy(session: Session<Shop>) -> Result<(), SessionError> {
        session.read(|_| count(&session))?.map(|_| ())
    }
    #[get("/stuffed")]
    async fn stuffed(session: Session<Shop>) -> Result<(), CommitError> {
        session.update(|shop| shop.note = vec![1; 5000])?;
        let failed = session.commit().await;
        session.update(|shop| shop.note.clear())?;
        failed
    }
    let app = app().mount("/", routes![busy, stuffed]).register("/", catchers![ours]);
    let client = client(app);
    for path in ["/busy", "/stuffed"] {
        let response = client.get(path).dispatch();
        assert_eq!(response.status(), Status::InternalServerError, "{path}");
        assert_eq!(all(&response, "cache-control"), ["private"], "{path}");
        assert_eq!(response.into_string().as_deref(), Some("caught"), "{path}");
    }
}

/// By then the catchers have run.
#[test]
fn a_session_that_cannot_be_saved_is_an_empty_500_that_no_catcher_sees() {
    #[get("/stuff")]
    fn stuff(session: Session<Shop>) -> Result<&'static str, SessionError> {
        session.update(|shop| shop.note = vec![1; 5000]).map(|()| "never seen")
    }
    let client = client(app().mount("/", routes![stuff]).register("/", catchers![ours]));
    let response = client.get("/stuff").dispatch();
    assert_eq!(response.status(), Status::InternalServerError);
    assert_eq!(all(&response, "cache-control"), ["no-store"]);
    assert_eq!(all(&response, "vary"), ["Cookie"]);
    assert_eq!(all(&response, "set-cookie"), [""; 0]);
    assert_eq!(response.into_string(), None);
}
