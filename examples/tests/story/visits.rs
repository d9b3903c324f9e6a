//! What visitors do on an ordinary day.

use std::thread;

use cloakroom::SessionError;
use serde_json::{Value, json};

use crate::Scenario;
use crate::stage::{
    ATTRIBUTES, COOKIE, NONE, Stage, assert_nobody, assert_read, assert_removed, assert_untouched,
    assert_written, cookie_of,
};
use crate::support::client::Client;
use crate::support::http::Connection;

pub const SCENARIOS: &[Scenario] = &[
    ("reading_makes_no_session", reading),
    ("a_session_that_nobody_asks_for_leaves_no_trace", untouched),
    ("visits_are_counted_in_the_cookie", visits),
    ("a_login_begins_a_new_session_with_the_old_data", login),
    ("a_logout_removes_the_cookie", logout),
    ("a_note_that_fits_is_kept_and_one_byte_more_changes_nothing", oversize),
    ("a_handler_that_fails_keeps_its_change", failing),
    ("a_change_after_the_head_has_left_is_refused", streaming),
    ("a_form_without_a_script_comes_back_to_the_page", forms),
    ("a_senseless_parameter_is_the_visitors_mistake", senseless),
    ("visitors_on_one_connection_stay_apart", one_connection),
    ("fifty_requests_at_once_are_fifty_answers", fifty_at_once),
];

fn reading(stage: &Stage) {
    let mut visitor = stage.visitor();
    let page = visitor.get("/");
    assert_eq!((page.status, page.all("content-type")), (200, vec!["text/html; charset=utf-8"]));
    assert_eq!(page.all("content-security-policy").len(), 1);
    assert_read(&page, "the page");
    let session = visitor.get("/session");
    assert_nobody(&session, "a first visit");
    assert_read(&session, "a first visit");
    assert_eq!(session.all("content-type"), ["application/json"]);
}

fn untouched(stage: &Stage) {
    let mut visitor = stage.visitor();
    assert_untouched(&visitor.get("/untouched"), "without a cookie");
    visitor.post("/visit", "");
    let untouched = visitor.get("/untouched");
    assert_eq!(untouched.body(), cloakroom_examples::routes::UNTOUCHED);
    assert_untouched(&untouched, "with a cookie");
}

fn visits(stage: &Stage) {
    let mut visitor = stage.visitor();
    let first = visitor.post("/visit", "");
    assert_eq!((first.status, first.body().as_str()), (200, r#"{"views":1}"#));
    let line = assert_written(&first, "the first visit");
    assert!(line.starts_with(&format!("{COOKIE}={}", stage.first())), "{line}");
    assert!(line.ends_with(ATTRIBUTES), "{line}");
    assert_eq!(visitor.post("/visit", "").json(), json!({ "views": 2 }));

    let answer = visitor.get("/session");
    assert_read(&answer, "a known visitor");
    let session = answer.json();
    assert_eq!((&session["is_new"], &session["views"]), (&json!(false), &json!(2)));
    let times = session["created"].as_u64().zip(session["expires"].as_u64());
    let lives = times.map(|(created, expires)| expires - created);
    // 14 days from a second visit that came at once.
    assert!(lives.is_some_and(|lives| (1_209_600..1_209_660).contains(&lives)), "{session}");
    assert_eq!(session["kid"], stage.open(&visitor).kid().to_string());
}

fn login(stage: &Stage) {
    let mut visitor = stage.visitor();
    visitor.post("/visit", "");
    visitor.post("/lifetime?idle=60&absolute=600", "");
    let (before, stolen) = (stage.open(&visitor), visitor.cookies());
    let login = visitor.post("/login", "user=Ada+%22L%22");
    assert_eq!((login.status, login.json()), (200, json!({ "user": "Ada \"L\"" })));
    assert_written(&login, "a login");
    let after = stage.open(&visitor);
    assert_ne!(before.expose_id(), after.expose_id(), "the id is a new one");
    assert!(after.own_lifetimes().is_none(), "own lifetimes end with the old session");
    let session = visitor.get("/session").json();
    assert_eq!((&session["user"], &session["views"]), (&json!("Ada \"L\""), &json!(1)));
    // Who planted the cookie before the login gains nothing by it.
    assert_eq!(stage.session_of(&[&stolen]).json()["user"], Value::Null);
}

fn logout(stage: &Stage) {
    let mut visitor = stage.visitor();
    visitor.post("/login", "user=Ada");
    let logout = visitor.post("/logout", "");
    assert_eq!((logout.status, logout.all("location")), (303, vec!["/"]));
    assert_removed(&logout, "a logout");
    assert_nobody(&visitor.get("/session"), "after the logout");
    // There is nothing to remove any more.
    let again = visitor.post("/logout", "");
    assert_eq!((again.status, again.all("set-cookie")), (303, vec![]));
}

fn oversize(stage: &Stage) {
    let mut visitor = stage.visitor();
    visitor.post("/login", "user=Ada");
    let most = visitor.longest_note();
    let fill = visitor.post(&format!("/fill?bytes={most}&kind=random"), "");
    assert_eq!(fill.json(), json!({ "note_bytes": most }));
    let line = assert_written(&fill, "the longest note").len();
    assert!((4093..=4096).contains(&line), "{line}");

    let too_large = visitor.post(&format!("/fill?bytes={}&kind=text", most + 1), "");
    assert_eq!(too_large.status, 422);
    let expected = json!({ "error": "too_large", "needed": line + 4, "limit": 4096 });
    assert_eq!(too_large.json(), expected);
    assert_eq!(too_large.all("set-cookie"), NONE);
    let session = visitor.get("/session").json();
    assert_eq!((&session["note_bytes"], &session["user"]), (&json!(most), &json!("Ada")));
}

fn failing(stage: &Stage) {
    let mut visitor = stage.visitor();
    visitor.post("/visit", "");
    let fail = visitor.get("/fail");
    assert_eq!(fail.status, 500);
    assert_written(&fail, "a failure");
    assert_eq!(visitor.get("/session").json()["views"], json!(2));
}

fn streaming(stage: &Stage) {
    let mut visitor = stage.visitor();
    visitor.post("/visit", "");
    let stream = visitor.get("/stream");
    let refusal = SessionError::ResponseSent.to_string();
    assert_eq!(stream.chunks, [cloakroom_examples::routes::STREAM_HEAD, &*refusal]);
    assert_read(&stream, "a stream");
    assert_eq!(visitor.get("/session").json()["views"], json!(1));
}

fn forms(stage: &Stage) {
    let mut visitor = stage.visitor();
    let html = [
        ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let visit = visitor.send("POST", "/visit", &html, "");
    assert_eq!((visit.status, visit.all("location")), (303, vec!["/"]));
    assert_written(&visit, "a redirection");
    let fill = visitor.send("POST", "/fill", &html, "bytes=100&kind=text");
    assert_eq!(fill.status, 303);
    assert_eq!(visitor.get("/session").json()["note_bytes"], json!(100));
}

fn senseless(stage: &Stage) {
    let mut visitor = stage.visitor();
    for (target, name) in [
        ("/fill", "bytes"),
        ("/fill?bytes=1&kind=zip", "kind"),
        ("/lifetime?idle=x", "idle"),
        ("/login", "user"),
    ] {
        let answer = visitor.post(target, "");
        let expected = json!({ "error": "bad_parameter", "name": name });
        assert_eq!((answer.status, answer.json()), (400, expected), "{target}");
        assert_read(&answer, target);
    }
}

fn one_connection(stage: &Stage) {
    // One connection may bring many visitors, as a proxy's does.
    let mut connection = Connection::open(stage.server().addr);
    let mut cookie = String::new();
    for views in 1..=20 {
        let headers = [("Cookie", &*cookie)];
        let headers = if cookie.is_empty() { &[][..] } else { &headers };
        let visit = connection.send("POST", "/visit", headers, "").expect("an answer");
        assert_eq!(visit.json()["views"], views);
        cookie = cookie_of(&assert_written(&visit, "a visit")).to_owned();
        let stranger = connection.send("GET", "/session", &[], "").expect("the same connection");
        assert_nobody(&stranger, "a stranger");
    }
}

fn fifty_at_once(stage: &Stage) {
    let mut shared = stage.visitor();
    shared.post("/login", "user=Ada");
    let created = shared.get("/session").json()["created"].clone();
    let (server, shared) = (stage.server(), &shared);
    thread::scope(|scope| {
        for n in 0..50_u32 {
            let created = &created;
            scope.spawn(move || {
                // Each for oneself, and all with one cookie.
                let (mut own, mut same) = (Client::new(server), shared.clone());
                for views in 1..=4 {
                    assert_eq!(own.post("/visit", "").json()["views"], views, "visitor {n}");
                    assert_eq!(same.post("/visit", "").json()["views"], views, "window {n}");
                    let session = same.get("/session").json();
                    assert_eq!((&session["user"], &session["created"]), (&json!("Ada"), created));
                }
            });
        }
    });
}
