//! What visitors should not do, and what happens when they do.

use std::io::Write as _;
use std::net::TcpStream;

use serde_json::json;

use crate::Scenario;
use crate::stage::{
    COOKIE, Stage, assert_nobody, assert_read, assert_removed, assert_untouched, assert_written,
};
use crate::support::client::Client;
use crate::support::http;

pub const SCENARIOS: &[Scenario] = &[
    ("a_cookie_that_was_tampered_with_is_nobodys", tampered),
    ("a_cookie_that_never_was_one_is_nobodys", nonsense),
    ("a_cookie_of_another_name_is_not_looked_at", other_names),
    ("of_several_cookies_of_one_session_the_newest_counts", newest),
    ("cookies_of_two_sessions_are_nobodys_and_go", ambiguous),
    ("a_good_cookie_is_found_among_bad_ones_up_to_the_eighth", eight),
    ("split_cookie_headers_are_one_cookie_header", split),
    ("a_route_that_is_not_there_leaves_the_session_alone", unknown_routes),
    ("a_method_that_is_not_there_leaves_the_session_alone", wrong_methods),
    ("visitors_who_leave_in_the_middle_harm_nobody", leaving),
];

/// Somebody who is logged in, and the cookie's value.
fn ada(stage: &Stage) -> (Client, String) {
    let mut ada = stage.visitor();
    ada.post("/login", "user=Ada");
    let cookies = ada.cookies();
    let (_, value) = cookies.split_once('=').expect("a name and a value");
    (ada, value.to_owned())
}

fn tampered(stage: &Stage) {
    let (_, value) = ada(stage);
    let altered = |at: usize| {
        let mut altered = value.clone();
        let other = if value[at..].starts_with('Q') { "g" } else { "Q" };
        altered.replace_range(at..=at, other);
        format!("{COOKIE}={altered}")
    };
    let last = value.len() - 1;
    // Version, key id, nonce or flags, payload, tag.
    for at in [0, 1, 4, 8, 12, 40, last / 2, last - 30, last] {
        let answer = stage.session_of(&[&altered(at)]);
        assert_nobody(&answer, &format!("altered at {at}"));
        // As to somebody without a cookie: nothing tells that there was one.
        assert_read(&answer, &format!("altered at {at}"));
    }
    for short in [&value[1..], &value[..last], &value[..last - 3], &value[..96]] {
        assert_nobody(&stage.session_of(&[&format!("{COOKIE}={short}")]), short);
    }
    // A write takes the bad cookie's place.
    let headers = [("Cookie", &*altered(last))];
    let visit = http::request(stage.server().addr, "POST", "/visit", &headers, "");
    assert_eq!(visit.json(), json!({ "views": 1 }));
    assert_written(&visit, "over a bad cookie");
}

fn nonsense(stage: &Stage) {
    let long = "A".repeat(4096);
    for value in ["", "x", "E", "\"quoted\"", "a b", "%45", "=", "é", &long[..96], &long] {
        let answer = stage.session_of(&[&format!("{COOKIE}={value}")]);
        assert_nobody(&answer, value);
        assert_read(&answer, value);
    }
    for header in ["", ";", ";;;=;", COOKIE, "__Host-session", "=x", "a=b; c"] {
        assert_nobody(&stage.session_of(&[header]), header);
    }
}

fn other_names(stage: &Stage) {
    let (_, value) = ada(stage);
    for name in
        ["__host-session", "session", "__Host-session2", "X__Host-session", "__Host_session"]
    {
        assert_nobody(&stage.session_of(&[&format!("{name}={value}")]), name);
    }
    let ours = format!("theme=dark; {COOKIE}={value}; lang=de");
    assert_eq!(stage.session_of(&[&ours]).json()["user"], "Ada");
}

fn newest(stage: &Stage) {
    let (mut visitor, older) = ada(stage);
    // Ages are whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    visitor.post("/visit", "");
    let (older, newer) = (format!("{COOKIE}={older}"), visitor.cookies());
    for header in [format!("{older}; {newer}"), format!("{newer}; {older}")] {
        let answer = stage.session_of(&[&header]);
        assert_eq!(answer.json()["views"], 1);
        assert_read(&answer, "two cookies of one session");
    }
}

fn ambiguous(stage: &Stage) {
    let ((one, _), (other, _)) = (ada(stage), ada(stage));
    let header = format!("{}; {}", one.cookies(), other.cookies());
    let answer = stage.session_of(&[&header]);
    assert_nobody(&answer, "two sessions");
    assert_removed(&answer, "two sessions");
}

fn eight(stage: &Stage) {
    let (ada, _) = ada(stage);
    let bad = format!("{COOKIE}=x; ");
    let seven = format!("{}{}", bad.repeat(7), ada.cookies());
    assert_eq!(stage.session_of(&[&seven]).json()["user"], "Ada");
    let nine = format!("{}{}", bad.repeat(8), ada.cookies());
    assert_nobody(&stage.session_of(&[&nine]), "the ninth cookie of the name");
}

fn split(stage: &Stage) {
    let (ada, value) = ada(stage);
    let ours = ada.cookies();
    for headers in [["theme=dark", &*ours], [&*ours, "theme=dark"]] {
        assert_eq!(stage.session_of(&headers).json()["user"], "Ada");
    }
    // Names count over all of them.
    let bad = format!("{COOKIE}=x; {COOKIE}={}", &value[..96]);
    assert_eq!(stage.session_of(&[&bad, "theme=dark", &ours]).json()["user"], "Ada");
    assert_eq!(stage.session_of(&[&ours, &ours]).json()["user"], "Ada");
}

fn unknown_routes(stage: &Stage) {
    let (mut ada, _) = ada(stage);
    for target in ["/nowhere", "/session/more", "/sessions", "/untouched/../nowhere"] {
        let answer = ada.get(target);
        assert_eq!(answer.status, 404, "{target}");
        assert_untouched(&answer, target);
    }
    assert_eq!(ada.post("/nowhere", "user=Eve").status, 404);
    assert_eq!(ada.get("/session").json()["user"], "Ada");
}

fn wrong_methods(stage: &Stage) {
    let (mut ada, _) = ada(stage);
    // Rocket tells a wrong method from an unknown route no more than its router does.
    let expected = if stage.name == "rocket" { 404 } else { 405 };
    for (method, target) in
        [("GET", "/visit"), ("GET", "/logout"), ("POST", "/session"), ("DELETE", "/untouched")]
    {
        let answer = ada.send(method, target, &[], "");
        assert_eq!(answer.status, expected, "{method} {target}");
        assert_untouched(&answer, target);
    }
    assert_eq!(ada.get("/session").json()["user"], "Ada");
}

fn leaving(stage: &Stage) {
    let (mut ada, _) = ada(stage);
    let addr = stage.server().addr;
    for _ in 0..20 {
        let mut stream = TcpStream::connect(addr).expect("the server listens");
        let cookie = ada.cookies();
        let whole = format!("GET /stream HTTP/1.1\r\nHost: {addr}\r\nCookie: {cookie}\r\n\r\n");
        stream.write_all(whole.as_bytes()).expect("the request leaves");
        drop(stream);
        let mut stream = TcpStream::connect(addr).expect("the server listens");
        let head =
            format!("POST /login HTTP/1.1\r\nHost: {addr}\r\nContent-Length: 99\r\n\r\nuser=");
        stream.write_all(head.as_bytes()).expect("half a request leaves");
    }
    assert_eq!(ada.post("/visit", "").json(), json!({ "views": 1 }));
    assert_eq!(ada.get("/session").json()["user"], "Ada");
}
