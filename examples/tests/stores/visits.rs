//! What visitors do, with the data in a store: as with cookies, and what only a store can do.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Scenario;
use crate::places::Place;
use crate::support::client::Client;

pub const SCENARIOS: &[Scenario] = &[
    ("reading_makes_no_session", reading),
    ("visits_are_counted_under_a_cookie_that_stays_short", visits),
    ("a_login_begins_a_new_session_and_the_old_cookie_is_nobodys", login),
    ("a_logout_ends_the_session_for_every_copy_of_the_cookie", logout),
    ("a_note_may_be_as_long_as_the_store_takes", fill),
    ("a_handler_that_fails_keeps_its_change", failing),
    ("a_change_after_the_head_has_left_is_refused", streaming),
    ("a_session_that_nobody_uses_ends", idle),
    ("requests_at_once_lose_no_visit_that_was_confirmed", at_once),
];

/// What is expected where several processes use a store.
pub const BETWEEN_PROCESSES: &[Scenario] = &[
    ("two_processes_share_the_sessions", shared),
    ("a_logout_at_one_process_is_one_at_the_other", shared_logout),
    ("a_session_outlives_its_process", restarted),
];

fn reading(place: &Place) {
    let store = place.open();
    let site = store.site(&[]);
    let mut visitor = Client::new(&site);
    let page = visitor.get("/");
    assert_eq!((page.status, page.all("set-cookie").len()), (200, 0));
    assert_eq!(visitor.get("/session").json()["is_new"], true);
    assert_eq!(visitor.get("/untouched").all("vary").len(), 0);
}

fn visits(place: &Place) {
    let store = place.open();
    let site = store.site(&[]);
    let mut visitor = Client::new(&site).kept_alive();
    for views in 1..=3 {
        assert_eq!(visitor.post("/visit", "").json(), json!({ "views": views }));
    }
    assert_eq!(visitor.cookies().len(), "__Host-session=".len() + 96);
    assert_eq!(visitor.get("/session").json()["views"], 3);
    let page = visitor.get("/").body();
    assert!(page.contains("store holds the rest"), "the page says where the data is");
}

fn login(place: &Place) {
    let store = place.open();
    let site = store.site(&[]);
    let mut visitor = Client::new(&site);
    visitor.post("/visit", "");
    let mut planted = visitor.clone();
    assert_eq!(visitor.post("/login", "user=Ada").json(), json!({ "user": "Ada" }));
    let session = visitor.get("/session").json();
    assert_eq!((&session["user"], &session["views"]), (&json!("Ada"), &json!(1)));
    assert_ne!(planted.cookies(), visitor.cookies());
    assert_eq!(planted.get("/session").json()["user"], Value::Null);
    assert_eq!(visitor.get("/session").json()["user"], "Ada");
}

fn logout(place: &Place) {
    let store = place.open();
    let site = store.site(&[]);
    let mut visitor = Client::new(&site);
    visitor.post("/login", "user=Ada");
    let mut copy = visitor.clone();
    assert_eq!(copy.get("/session").json()["user"], "Ada");
    let logout = visitor.post("/logout", "");
    assert_eq!((logout.status, visitor.cookies()), (303, String::new()));
    assert_eq!(copy.get("/session").json()["user"], Value::Null);
}

fn fill(place: &Place) {
    let store = place.open();
    let site = store.site(&[]);
    let mut visitor = Client::new(&site);
    visitor.post("/login", "user=Ada");
    let most = visitor.longest_note();
    assert!(most > 100_000, "{most}");
    let filled = visitor.post(&format!("/fill?bytes={most}&kind=random"), "");
    assert_eq!((filled.status, filled.json()), (200, json!({ "note_bytes": most })));
    // As much as the site makes, or too much for the store.
    let more = visitor.post("/fill?bytes=1048576&kind=text", "");
    let left = if more.status == 200 { 1_048_576 } else { most };
    if more.status != 200 {
        assert_eq!((more.status, &more.json()["error"]), (422, &json!("too_large")));
        assert!(more.json()["limit"].as_u64() < Some(1_048_576), "{}", more.body());
    }
    let session = visitor.get("/session").json();
    assert_eq!((&session["note_bytes"], &session["user"]), (&json!(left), &json!("Ada")));
}

fn failing(place: &Place) {
    let store = place.open();
    let site = store.site(&[]);
    let mut visitor = Client::new(&site);
    visitor.post("/visit", "");
    assert_eq!(visitor.get("/fail").status, 500);
    assert_eq!(visitor.get("/session").json()["views"], 2);
}

fn streaming(place: &Place) {
    let store = place.open();
    let site = store.site(&[]);
    let mut visitor = Client::new(&site);
    visitor.post("/visit", "");
    let late = visitor.get("/stream").body();
    assert!(late.ends_with(&cloakroom::SessionError::ResponseSent.to_string()), "{late}");
    assert_eq!(visitor.get("/session").json()["views"], 1);
}

fn idle(place: &Place) {
    let store = place.open();
    let site = store.site(&[("CLOAKROOM_IDLE", "1")]);
    let mut visitor = Client::new(&site);
    visitor.post("/login", "user=Ada");
    thread::sleep(Duration::from_millis(2100));
    assert_eq!(visitor.get("/session").json()["user"], Value::Null);
}

/// Each either counts or says that it did not.
fn at_once(place: &Place) {
    let store = place.open();
    let site = store.site(&[]);
    let mut visitor = Client::new(&site);
    visitor.post("/visit", "");
    let counted: usize = thread::scope(|scope| {
        let work = |mut visitor: Client| {
            move || (0..10).filter(|_| visitor.post("/visit", "").status == 200).count()
        };
        let threads: Vec<_> = (0..5).map(|_| scope.spawn(work(visitor.clone()))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert!(counted >= 10, "of 50 visits {counted} were confirmed");
    assert_eq!(visitor.get("/session").json()["views"], 1 + counted);
}

fn shared(place: &Place) {
    let store = place.open();
    let (one, other) = (store.site(&[]), store.site(&[]));
    let mut visitor = Client::new(&one);
    for views in 1..=6 {
        assert_eq!(visitor.post("/visit", "").json(), json!({ "views": views }));
        visitor = visitor.walk_to(if views % 2 == 1 { &other } else { &one });
    }
}

fn shared_logout(place: &Place) {
    let store = place.open();
    let (one, other) = (store.site(&[]), store.site(&[]));
    let mut visitor = Client::new(&one);
    visitor.post("/login", "user=Ada");
    let mut copy = visitor.clone().walk_to(&other);
    assert_eq!(copy.get("/session").json()["user"], "Ada");
    visitor.post("/logout", "");
    assert_eq!(copy.get("/session").json()["user"], Value::Null);
}

fn restarted(place: &Place) {
    let store = place.open();
    let site = store.site(&[]);
    let mut visitor = Client::new(&site);
    visitor.post("/login", "user=Ada");
    drop(site);
    let site = store.site(&[]);
    assert_eq!(visitor.walk_to(&site).get("/session").json()["user"], "Ada");
}
