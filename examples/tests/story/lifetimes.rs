//! Sessions that end, and keys that change meanwhile.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use cloakroom::Key;
use serde_json::{Value, json};

use crate::Scenario;
use crate::stage::{COOKIE, Stage, assert_nobody, assert_read, assert_removed, assert_written};
use crate::support::client::Client;
use crate::support::ring::write_ring;

pub const SCENARIOS: &[Scenario] = &[
    ("a_session_ends_by_its_own_lifetimes", own_lifetimes),
    ("a_session_ends_by_the_sites_lifetimes", site_lifetimes),
    ("a_persistent_session_has_a_max_age", persistent),
    ("a_new_ring_is_used_without_a_restart_and_logs_nobody_out", rotation),
    ("a_key_of_another_application_opens_nothing", other_application),
];

fn own_lifetimes(stage: &Stage) {
    let (mut idle, mut absolute) = (stage.visitor(), stage.visitor());
    for (visitor, lifetime) in [(&mut idle, "idle=2"), (&mut absolute, "absolute=3")] {
        visitor.post("/login", "user=Ada");
        let answer = visitor.post(&format!("/lifetime?{lifetime}"), "");
        assert_eq!(answer.status, 200);
        assert_written(&answer, lifetime);
    }
    let forgotten = idle.clone();
    // Visits keep the one alive, and the other only until its end.
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(3500) {
        assert_eq!(idle.get("/session").json()["user"], "Ada", "after {:?}", start.elapsed());
        idle.post("/visit", "");
        absolute.post("/visit", "");
        thread::sleep(Duration::from_millis(400));
    }
    // The last visit after its end has begun a new session, of somebody else.
    assert_eq!(absolute.get("/session").json()["user"], Value::Null);
    let ended = stage.session_of(&[&forgotten.cookies()]);
    assert_nobody(&ended, "an idle session");
    assert_removed(&ended, "an idle session");
}

fn site_lifetimes(stage: &Stage) {
    let server = stage.start(&[("CLOAKROOM_IDLE", "2"), ("CLOAKROOM_ABSOLUTE", "60")]);
    let mut visitor = Client::new(&server).kept_alive();
    let visit = visitor.post("/visit", "");
    let line = assert_written(&visit, "a visit");
    assert!(!line.contains("Max-Age"), "a browser session: {line}");
    assert_eq!(visitor.get("/session").json()["views"], 1);
    thread::sleep(Duration::from_millis(3100));
    let ended = visitor.get("/session");
    assert_nobody(&ended, "after the idle timeout");
    assert_removed(&ended, "after the idle timeout");
}

fn persistent(stage: &Stage) {
    let mut visitor = stage.visitor();
    visitor.post("/visit", "");
    let lifetime = visitor.post("/lifetime?idle=120&absolute=600&persistent=true", "");
    assert_eq!(lifetime.body(), r#"{"idle":120,"absolute":600,"persistent":true}"#);
    let line = assert_written(&lifetime, "own lifetimes");
    assert!(line.ends_with("; Max-Age=120"), "{line}");
    let line = assert_written(&visitor.post("/visit", ""), "the next visit");
    assert!(line.ends_with("; Max-Age=120"), "a re-seal keeps it: {line}");
    let back = visitor.post("/lifetime?persistent=false", "");
    assert!(!assert_written(&back, "a browser session").contains("Max-Age"));
}

fn rotation(stage: &Stage) {
    let file = format!("story-{}-{}-{}", stage.name, stage.mode, std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    let key = || Key::generate().expect("a key").expose_text();
    let (old, new) = (key(), key());
    write_ring(&path, &format!("{} seal_from=1\n", *old));
    let server = stage.start(&[("CLOAKROOM_RING", path.to_str().expect("a path"))]);
    let mut visitor = Client::new(&server).kept_alive();
    visitor.post("/login", "user=Ada");
    let first = visitor.get("/session").json();

    write_ring(&path, &format!("{} seal_from=1\n{} seal_from=2\n", *old, *new));
    let start = Instant::now();
    let mut views = 0;
    let second = loop {
        views += 1;
        assert_eq!(visitor.post("/visit", "").json(), json!({ "views": views }));
        let session = visitor.get("/session").json();
        if session["kid"] != first["kid"] {
            break session;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "the new key is not used");
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!((&second["user"], &second["created"]), (&json!("Ada"), &first["created"]));

    // A ring that cannot be read changes nothing.
    write_ring(&path, "ck1_torn");
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(visitor.get("/session").json()["user"], "Ada");
    std::fs::remove_file(&path).expect("the ring goes");
}

fn other_application(stage: &Stage) {
    let mut ada = stage.visitor();
    ada.post("/login", "user=Ada");
    let server = stage.start(&[("CLOAKROOM_APP", "blog"), ("CLOAKROOM_KEY", crate::stage::key())]);
    let mut elsewhere = ada.clone().walk_to(&server);
    let answer = elsewhere.get("/session");
    assert_nobody(&answer, "another application");
    assert_read(&answer, "another application");
    let server =
        stage.start(&[("CLOAKROOM_COOKIE", "__Host-blog"), ("CLOAKROOM_KEY", crate::stage::key())]);
    let moved = ada.cookies().replace(COOKIE, "__Host-blog");
    let headers = [("Cookie", &*moved)];
    let answer = crate::support::http::request(server.addr, "GET", "/session", &headers, "");
    assert_nobody(&answer, "another cookie");
}
