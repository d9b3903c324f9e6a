//! What is expected of every framework.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloakroom::SessionError;

use super::Expectation;
use super::house::{Door, House};
use super::http::{Answer, Connection, request};
use super::http2;

pub const EXPECTATIONS: &[Expectation] = &[
    ("a_nested_router_shares_the_session", nested),
    ("a_binding_sees_the_request_as_it_came_to_the_layer", bound),
    ("a_layer_mounted_twice_commits_once", twice),
    ("two_sessions_of_one_application_each_append_their_cookie", both),
    ("without_a_layer_an_option_is_none_and_an_argument_a_500", bare),
    ("a_request_that_is_left_out_has_no_session", skipped),
    ("a_session_for_reading_is_read", read),
    ("what_the_handler_says_to_caches_stays", own_headers),
    ("a_redirect_and_a_304_carry_what_the_session_came_to", without_bodies),
    ("a_session_that_cannot_be_saved_is_an_empty_500", stuffed),
    ("a_task_that_outlives_the_response_cannot_change_the_session", later),
    ("an_upgrade_carries_the_cookie_and_then_only_reads", upgrade),
    ("a_panic_that_nobody_catches_saves_nothing_and_hurts_nobody_else", fall),
    ("a_visitor_who_leaves_misses_the_cookie_and_harms_nobody", leaving),
];

/// What is expected of those that can make a response of a panic.
pub const CATCHING: &[Expectation] = &[
    ("a_panic_that_is_caught_inside_keeps_what_was_changed_before_it", caught),
    ("a_panic_inside_an_update_discards_the_change_and_leaves_an_empty_500", update),
];

pub const NONE: [&str; 0] = [];

pub fn get(server: SocketAddr, target: &str) -> Answer {
    request(server, "GET", target, &[], "")
}

/// Asserts that a visit was counted, and that one cookie says so.
#[track_caller]
pub fn assert_counted(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status);
    let lines = answer.all("set-cookie");
    assert!(lines.len() == 1 && lines[0].starts_with("__Host-session=E"), "{lines:?}");
    assert_eq!(answer.all("vary"), ["Cookie"]);
    assert_eq!(answer.all("cache-control"), ["no-store"]);
}

/// Asserts that the answer says nothing of a session.
#[track_caller]
pub fn assert_untouched(answer: &Answer) {
    for name in ["set-cookie", "vary", "cache-control"] {
        assert_eq!(answer.all(name), NONE, "{name}");
    }
}

/// Asserts that the answer is the empty one in the place of another.
#[track_caller]
pub fn assert_failed(answer: &Answer) {
    assert_eq!((answer.status, answer.body().as_str()), (500, ""));
    assert_eq!(answer.all("vary"), ["Cookie"]);
    assert_eq!(answer.all("cache-control"), ["no-store"]);
    assert_eq!(answer.all("set-cookie"), NONE, "not the handler's either");
    assert_eq!(answer.all("x-own"), NONE, "nothing of the handler's is left");
}

/// The cookies of an answer, as they come back.
fn cookies(answer: &Answer) -> String {
    let lines = answer.all("set-cookie");
    let pairs = lines.iter().map(|line| line.split(';').next().expect("a pair"));
    pairs.collect::<Vec<_>>().join("; ")
}

fn nested(door: &Door) {
    let server = (door.serve)(House::new());
    let first = get(server, "/nest/visit");
    assert_counted(&first, 200);
    let second = request(server, "GET", "/visit", &[("Cookie", &cookies(&first))], "");
    assert_eq!(second.body(), "2");
}

/// A nested router strips its path before an extractor runs, and HTTP/2 has no header `Host`.
fn bound(door: &Door) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let saw = Arc::clone(&seen);
    let house = House::bound(move |parts| {
        let host = parts.authority().expect("a host").to_owned();
        saw.lock().expect("nobody panics").push((parts.path().to_owned(), host.clone()));
        host.into()
    });
    let server = (door.serve)(house);
    let cookies = cookies(&get(server, "/nest/visit"));
    let again = http2::get(server, "/nest/visit", &[("cookie", &cookies)]);
    assert_eq!(again.as_deref(), Some("2"), "the same host, and so the same session");
    let each = ("/nest/visit".to_owned(), server.to_string());
    assert_eq!(*seen.lock().expect("nobody panics"), [each.clone(), each]);
}

fn twice(door: &Door) {
    let house = House::new();
    let server = (door.serve)(house.clone());
    let first = get(server, "/twice/visit");
    assert_counted(&first, 200);
    assert_eq!(house.shop.counters().sealed(), 1);
    let second = request(server, "GET", "/twice/visit", &[("Cookie", &cookies(&first))], "");
    assert_eq!(second.body(), "2");
}

fn both(door: &Door) {
    let server = (door.serve)(House::new());
    let first = get(server, "/both");
    let mut lines = first.all("set-cookie");
    lines.sort_unstable();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("__Host-admin=E") && lines[1].starts_with("__Host-session=E"));
    assert_eq!(first.all("vary"), ["Cookie"]);
    let second = request(server, "GET", "/both", &[("Cookie", &cookies(&first))], "");
    assert_eq!(second.body(), "2");
}

fn bare(door: &Door) {
    let server = (door.serve_bare)(House::new());
    let option = get(server, "/optional");
    assert_eq!((option.status, option.body().as_str()), (200, "false"));
    assert_untouched(&option);
    let argument = get(server, "/visit");
    assert_eq!(argument.status, 500);
    assert_untouched(&argument);
    let inside = get((door.serve)(House::new()), "/optional");
    assert_eq!((inside.status, inside.body().as_str()), (200, "true"));
    assert_eq!(inside.all("vary"), ["Cookie"]);
}

fn skipped(door: &Door) {
    let server = (door.serve)(House::new());
    let answer = get(server, "/skipped");
    assert_eq!((answer.status, answer.body().as_str()), (200, "false"));
    assert_untouched(&answer);
}

fn read(door: &Door) {
    let server = (door.serve)(House::new());
    let cookies = cookies(&get(server, "/visit"));
    let answer = request(server, "GET", "/read", &[("Cookie", &cookies)], "");
    assert_eq!((answer.status, answer.body().as_str()), (200, "1"));
    assert_eq!(answer.all("cache-control"), ["private"]);
    assert_eq!(answer.all("set-cookie"), NONE);
}

fn own_headers(door: &Door) {
    let server = (door.serve)(House::new());
    let answer = get(server, "/own");
    assert_eq!(answer.all("x-own"), ["1"]);
    assert_eq!(answer.all("vary"), ["Accept", "Cookie"]);
    assert_eq!(answer.all("cache-control"), ["public, max-age=60", "no-store"]);
    let lines = answer.all("set-cookie");
    assert_eq!((lines.len(), lines[0]), (2, "theme=dark"));
    assert!(lines[1].starts_with("__Host-session=E"), "{}", lines[1]);
}

fn without_bodies(door: &Door) {
    let server = (door.serve)(House::new());
    let redirect = get(server, "/redirect");
    assert_counted(&redirect, 303);
    assert_eq!(redirect.all("location"), ["/"]);
    assert_counted(&get(server, "/changed"), 304);
    let unchanged = get(server, "/unchanged");
    assert_eq!((unchanged.status, unchanged.all("set-cookie")), (304, vec![]));
    assert_eq!(unchanged.all("vary"), ["Cookie"]);
    assert_eq!(unchanged.all("cache-control"), ["private"]);
}

fn stuffed(door: &Door) {
    let house = House::new();
    let server = (door.serve)(house.clone());
    assert_failed(&get(server, "/stuff"));
    assert_eq!(house.shop.counters().failed(), 1);
}

fn later(door: &Door) {
    let house = House::new();
    let server = (door.serve)(house.clone());
    assert_counted(&get(server, "/later"), 200);
    assert_eq!(house.told(), SessionError::ResponseSent.to_string());
    assert_eq!(house.shop.counters().sealed(), 1);
}

fn upgrade(door: &Door) {
    let house = House::new();
    let server = (door.serve)(house.clone());
    let mut connection = Connection::open(server);
    let upgrade = [("Connection", "upgrade"), ("Upgrade", "chat")];
    let answer = connection.send("GET", "/upgrade", &upgrade, "").expect("an answer");
    assert_counted(&answer, 101);
    assert_eq!(house.told(), SessionError::ResponseSent.to_string());
}

fn fall(door: &Door) {
    let house = House::new();
    let server = (door.serve)(house.clone());
    for _ in 0..3 {
        let mut connection = TcpStream::connect(server).expect("a connection");
        connection.write_all(b"GET /fall HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
        let mut rest = Vec::new();
        let _ = connection.read_to_end(&mut rest);
        assert_eq!(String::from_utf8_lossy(&rest), "", "the connection closes");
    }
    assert_eq!(house.shop.counters().sealed(), 0);
    assert_counted(&get(server, "/visit"), 200);
}

fn caught(door: &Door) {
    assert_counted(&get((door.serve)(House::new()), "/caught"), 500);
}

fn update(door: &Door) {
    let house = House::new();
    assert_failed(&get((door.serve)(house.clone()), "/update"));
    assert_eq!((house.shop.counters().sealed(), house.shop.counters().failed()), (0, 1));
}

fn leaving(door: &Door) {
    let house = House::new();
    let server = (door.serve)(house.clone());
    let mut connection = TcpStream::connect(server).expect("a connection");
    connection.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
    house.wait_until_begun();
    drop(connection);
    std::thread::sleep(Duration::from_millis(900));
    // The browser keeps the old cookie, so that either way nothing has happened to the session.
    let sealed = if door.runs_on { 1 } else { 0 };
    assert_eq!((house.shop.counters().sealed(), house.shop.counters().failed()), (sealed, 0));
    let answer = get(server, "/slow");
    assert_eq!(answer.body(), "done");
    assert_counted(&answer, 200);
}
