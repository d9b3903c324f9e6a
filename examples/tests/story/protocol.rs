//! HTTP's own corners.

use serde_json::json;

use crate::Scenario;
use crate::stage::{Stage, assert_read, assert_untouched};
use crate::support::http2;

pub const SCENARIOS: &[Scenario] = &[
    ("a_head_has_the_headers_of_a_get_and_no_body", head),
    ("a_head_of_a_route_that_writes_brings_the_cookie", head_that_writes),
    ("split_cookie_fields_of_http_2_are_one_cookie_header", http_2),
];

fn head(stage: &Stage) {
    let mut visitor = stage.visitor();
    visitor.post("/visit", "");
    let head = visitor.send("HEAD", "/session", &[], "");
    assert_eq!((head.status, head.body().as_str()), (200, ""));
    assert_read(&head, "HEAD of a session");
    let head = visitor.send("HEAD", "/untouched", &[], "");
    assert_eq!(head.status, 200);
    assert_untouched(&head, "HEAD of a page without a session");
    // Nothing of a body is left on the connection.
    assert_eq!(visitor.get("/session").json()["views"], json!(1));
}

fn head_that_writes(stage: &Stage) {
    let mut visitor = stage.visitor();
    let head = visitor.send("HEAD", "/fail", &[], "");
    assert_eq!((head.status, head.all("set-cookie").len()), (500, 1));
    assert_eq!(visitor.get("/session").json()["views"], json!(1));
}

fn http_2(stage: &Stage) {
    let mut visitor = stage.visitor();
    visitor.post("/login", "user=Ada");
    let cookies = visitor.cookies();
    for fields in [
        &[("cookie", &*cookies)][..],
        &[("cookie", "theme=dark"), ("cookie", &cookies), ("cookie", "lang=de")],
    ] {
        let body = http2::get(stage.server().addr, "/session", fields);
        let body = body.expect("an answer of status 200 in HTTP/2");
        let session: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(session["user"], "Ada");
    }
}
