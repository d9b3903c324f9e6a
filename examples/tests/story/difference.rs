//! What the responses of all frameworks say of the session is the same, to the header.

use std::sync::Arc;

use crate::stage::{COOKIE, Stage};
use crate::support::client::Client;
use crate::support::http::{self, Answer};

/// What happens at all frameworks of one mode.
pub type Comparison = (&'static str, fn(&[Arc<Stage>]));

pub const SCENARIOS: &[Comparison] = &[
    ("the_session_headers_of_every_framework_are_axums", same_headers),
    ("a_visitor_walks_through_every_framework_with_one_cookie", one_walk),
];

/// What one visitor asks for, one after the other.
const VISIT: [(&str, &str); 27] = [
    ("GET", "/"),
    ("GET", "/untouched"),
    ("GET", "/session"),
    ("HEAD", "/session"),
    ("POST", "/fill"),
    ("POST", "/visit"),
    ("GET", "/session"),
    ("GET", "/untouched"),
    ("HEAD", "/untouched"),
    ("GET", "/"),
    ("HEAD", "/"),
    ("POST", "/lifetime?idle=600&absolute=1200&persistent=true"),
    ("POST", "/visit"),
    ("POST", "/lifetime?persistent=false"),
    ("POST", "/login?user=Ada"),
    ("POST", "/login"),
    ("GET", "/stream"),
    ("GET", "/fail"),
    ("HEAD", "/fail"),
    ("POST", "/fill?bytes=2500"),
    ("POST", "/fill?bytes=5000"),
    ("POST", "/fill?bytes=1048577"),
    ("GET", "/nowhere"),
    ("POST", "/nowhere"),
    ("POST", "/logout"),
    ("POST", "/logout"),
    ("GET", "/session"),
];

/// Requests with cookies that no site gave anybody.
const COOKIES: [&[&str]; 6] = [
    &["__Host-session=x"],
    &["__Host-session="],
    &["theme=dark"],
    &["theme=dark", "lang=de"],
    &["__Host-session=x; __Host-session=y"],
    &["\"; =; __Host-session"],
];

fn same_headers(stages: &[Arc<Stage>]) {
    let Some(expected) = stages.iter().find(|stage| stage.name == "axum").or(stages.first()) else {
        return;
    };
    let expected = told(expected);
    for stage in stages {
        for (ours, axums) in told(stage).iter().zip(&expected) {
            assert_eq!(ours, axums, "{} differs", stage.name);
        }
    }
}

/// What a site says of the session in answer to the same requests, a line each.
fn told(stage: &Stage) -> Vec<String> {
    let mut told = Vec::new();
    let mut visitor = Client::new(stage.server()).kept_alive();
    for (method, target) in VISIT {
        let answer = visitor.send(method, target, &[], "");
        told.push(format!("{method} {target}: {}", shape(&answer)));
    }
    let html = [("Accept", "text/html")];
    told.push(format!("a form: {}", shape(&visitor.send("POST", "/visit", &html, ""))));
    for cookies in COOKIES {
        let headers: Vec<_> = cookies.iter().map(|cookie| ("Cookie", *cookie)).collect();
        for (method, target) in [("GET", "/session"), ("POST", "/visit"), ("POST", "/logout")] {
            let answer = http::request(stage.server().addr, method, target, &headers, "");
            told.push(format!("{method} {target} with {cookies:?}: {}", shape(&answer)));
        }
    }
    told
}

/// The status and the session's headers; of a cookie's value only the length.
fn shape(answer: &Answer) -> String {
    let lines = answer.all("set-cookie");
    let lines = lines.iter().map(|line| {
        let (pair, attributes) = line.split_once(';').expect("attributes");
        let (name, value) = pair.split_once('=').expect("a name and a value");
        format!("{name}={}*{};{attributes}", value.get(..1).unwrap_or_default(), value.len())
    });
    let lines: Vec<_> = lines.collect();
    let (vary, caches) = (answer.all("vary"), answer.all("cache-control"));
    format!("{} {lines:?} {vary:?} {caches:?}", answer.status)
}

fn one_walk(stages: &[Arc<Stage>]) {
    let Some(first) = stages.first() else { return };
    let mut visitor = first.visitor();
    visitor.post("/login", "user=Ada");
    let created = visitor.get("/session").json()["created"].clone();
    for (stage, views) in stages.iter().zip(1..) {
        visitor = visitor.walk_to(stage.server());
        assert_eq!(visitor.post("/visit", "").json()["views"], views, "{}", stage.name);
        let session = visitor.get("/session").json();
        assert_eq!(session["user"], "Ada", "{}", stage.name);
        assert_eq!(session["created"], created, "{}", stage.name);
        assert!(visitor.cookies().starts_with(COOKIE), "{}", stage.name);
    }
}
