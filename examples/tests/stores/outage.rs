//! A store's server that is frozen or killed under load: nobody becomes anonymous, nobody loses a
//! cookie, and the site recovers by itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Scenario;
use crate::places::Place;
use crate::support::client::Client;
use crate::support::http::Answer;

pub const SCENARIOS: &[Scenario] = &[
    ("a_frozen_server_is_a_503_that_keeps_the_cookie_until_it_goes_on", frozen),
    ("a_killed_server_is_a_503_that_keeps_the_cookie_until_it_is_back", killed),
];

/// Longer than both deadlines of the library; a request that waits for the server takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

fn frozen(place: &Place) {
    let mut store = place.open();
    let site = store.site(&[]);
    let server = store.server.as_mut().expect("a server");
    let mut visitor = Client::new(&site);
    visitor.post("/login", "user=Ada");
    under_load(&visitor.clone(), || {
        server.freeze().expect("it can be stopped");
        let answer = fails(&mut visitor.clone());
        assert_unavailable(&answer);
        assert_eq!(visitor.get("/untouched").status, 200);
        server.thaw().expect("it goes on");
    });
    assert_eq!(recovered(&mut visitor)["user"], "Ada");
    assert_eq!(visitor.post("/visit", "").status, 200);
}

fn killed(place: &Place) {
    let mut store = place.open();
    let site = store.site(&[]);
    let server = store.server.as_mut().expect("a server");
    let mut visitor = Client::new(&site);
    visitor.post("/login", "user=Ada");
    under_load(&visitor.clone(), || {
        server.kill().expect("it can be killed");
        let answer = fails(&mut visitor.clone());
        assert_unavailable(&answer);
        let logout = visitor.post("/logout", "");
        assert_unavailable(&logout);
        server.start().expect("it starts again");
    });
    // What forgets everything has no such session any more, and says so.
    let user = if place.forgets() { json!(null) } else { json!("Ada") };
    assert_eq!(recovered(&mut visitor)["user"], user);
    assert_eq!(visitor.post("/login", "user=Ada").status, 200);
}

/// Does `work` while others keep asking, none of whom may become nobody.
fn under_load(visitor: &Client, work: impl FnOnce()) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            let (mut other, over) = (visitor.clone(), &over);
            scope.spawn(move || {
                while !over.load(Ordering::SeqCst) {
                    let answer = other.get("/session");
                    match answer.status {
                        200 if answer.json()["user"] == "Ada" => {}
                        200 => {
                            assert!(forgotten(&answer), "somebody became nobody");
                            break;
                        }
                        _ => assert_unavailable(&answer),
                    }
                }
            });
        }
        work();
        over.store(true, Ordering::SeqCst);
    });
}

/// The server came back empty: the cookie is removed, which only an answer of the store can do.
fn forgotten(answer: &Answer) -> bool {
    answer.all("set-cookie").iter().any(|line| line.ends_with("Max-Age=0"))
}

/// The first answer that is none, in the time that a deadline allows.
fn fails(visitor: &mut Client) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = visitor.get("/session");
        if answer.status != 200 {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "the outage is not seen");
    }
}

fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503);
    assert_eq!(answer.all("retry-after").len(), 1);
    assert_eq!(answer.all("set-cookie"), [""; 0], "the cookie stays as it is");
}

/// What the session is once the store answers, without a restart of the site.
fn recovered(visitor: &mut Client) -> serde_json::Value {
    let begun = Instant::now();
    loop {
        let answer = visitor.get("/session");
        if answer.status == 200 {
            return answer.json();
        }
        assert!(begun.elapsed() < PATIENCE, "it does not recover");
        thread::sleep(Duration::from_millis(50));
    }
}
