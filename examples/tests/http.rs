//! The routes over real HTTP, as the table of routes promises them.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::client::Client;
use support::server::{Server, refused};

mod support;

#[test]
fn reading_makes_no_session() {
    let server = Server::start(&[]);
    let mut client = Client::new(&server);
    let page = client.get("/");
    assert_eq!((page.status, page.all("content-type")), (200, vec!["text/html; charset=utf-8"]));
    assert_eq!(page.all("set-cookie"), [] as [&str; 0]);
    assert_eq!(page.all("content-security-policy").len(), 1);
    let nobody = json!({
        "is_new": true, "views": 0, "user": null, "note_bytes": 0,
        "created": null, "expires": null, "kid": null,
    });
    let session = client.get("/session");
    assert_eq!(session.json(), nobody);
    assert_eq!(session.all("vary"), ["Cookie"]);
    assert_eq!(session.all("cache-control"), ["private"]);
}

#[test]
fn visits_are_counted_in_the_cookie() {
    let server = Server::start(&[]);
    let mut client = Client::new(&server);
    let first = client.post("/visit", "");
    assert_eq!((first.status, first.body().as_str()), (200, r#"{"views":1}"#));
    let lines = first.all("set-cookie");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("__Host-session=E"), "{}", lines[0]);
    assert!(lines[0].ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{}", lines[0]);
    assert_eq!(first.all("cache-control"), ["no-store"]);
    assert_eq!(client.post("/visit", "").json(), json!({ "views": 2 }));

    let session = client.get("/session").json();
    assert_eq!((&session["is_new"], &session["views"]), (&json!(false), &json!(2)));
    let created = session["created"].as_u64().expect("seconds");
    assert_eq!(session["expires"].as_u64().map(|end| end / 60), Some((created + 1_209_600) / 60));
    let kid = session["kid"].as_str().expect("a key id");
    assert!(kid.len() == 8 && kid.bytes().all(|byte| byte.is_ascii_hexdigit()), "{kid}");
}

#[test]
fn a_login_begins_a_new_session_with_the_old_data() {
    let server = Server::start(&[]);
    let mut client = Client::new(&server);
    client.post("/visit", "");
    client.post("/lifetime?persistent=true&idle=60", "");
    let login = client.post("/login", "user=Ada+%22L%22");
    assert_eq!(login.json(), json!({ "user": "Ada \"L\"" }));
    let session = client.get("/session").json();
    assert_eq!((&session["user"], &session["views"]), (&json!("Ada \"L\""), &json!(1)));
    let left = session["expires"].as_u64().zip(session["created"].as_u64());
    let left = left.map(|(expires, created)| expires - created);
    assert!(left.is_some_and(|left| left > 86_400), "own lifetimes are dropped: {left:?}");
}

#[test]
fn a_logout_removes_the_cookie() {
    let server = Server::start(&[]);
    let mut client = Client::new(&server);
    client.post("/login", "user=Ada");
    let logout = client.post("/logout", "");
    assert_eq!((logout.status, logout.all("location")), (303, vec!["/"]));
    let removal = "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";
    assert_eq!(logout.all("set-cookie"), [removal]);
    assert_eq!(client.get("/session").json()["user"], Value::Null);
}

#[test]
fn a_note_that_fits_is_kept_and_one_byte_more_changes_nothing() {
    for mode in ["encrypted", "signed"] {
        let server = Server::start(&[("CLOAKROOM_MODE", mode)]);
        let mut client = Client::new(&server);
        client.post("/login", "user=Ada");
        let most = longest_note(&mut client);
        let fill = client.post(&format!("/fill?bytes={most}&kind=random"), "");
        assert_eq!(fill.json(), json!({ "note_bytes": most }), "{mode}");
        let line = fill.all("set-cookie")[0].len();
        assert!((4093..=4096).contains(&line), "{mode}: {line}");

        let too_large = client.post(&format!("/fill?bytes={}&kind=text", most + 1), "");
        assert_eq!(too_large.status, 422, "{mode}");
        let body = too_large.json();
        assert_eq!((&body["error"], &body["limit"]), (&json!("too_large"), &json!(4096)));
        assert_eq!(body["needed"].as_u64(), Some(line as u64 + 4), "{mode}");
        assert_eq!(too_large.all("set-cookie"), [] as [&str; 0], "{mode}");
        assert_eq!(client.get("/session").json()["note_bytes"], json!(most), "{mode}");
    }
}

#[test]
fn a_session_can_have_lifetimes_of_its_own() {
    let server = Server::start(&[]);
    let mut client = Client::new(&server);
    client.post("/visit", "");
    let lifetime = client.post("/lifetime?idle=120&absolute=600&persistent=true", "");
    assert_eq!(lifetime.body(), r#"{"idle":120,"absolute":600,"persistent":true}"#);
    let line = lifetime.all("set-cookie")[0].to_owned();
    assert!(line.ends_with("; Max-Age=120"), "{line}");
    let session = client.get("/session").json();
    let left = session["expires"].as_u64().zip(session["created"].as_u64());
    assert!(left.is_some_and(|(expires, created)| expires - created < 130), "{session}");
    let page = client.get("/").body();
    assert!(page.contains("SameSite=Lax; Max-Age=1"), "the page shows what was sent");
    // The page has room for its own lifetimes too.
    let most = longest_note(&mut client);
    assert_eq!(client.post(&format!("/fill?bytes={most}"), "").status, 200);
    assert_eq!(client.post(&format!("/fill?bytes={}", most + 1), "").status, 422);
}

#[test]
fn a_failed_handler_keeps_its_change() {
    let server = Server::start(&[]);
    let mut client = Client::new(&server);
    let fail = client.get("/fail");
    assert_eq!((fail.status, fail.all("set-cookie").len()), (500, 1));
    assert_eq!(client.get("/session").json()["views"], json!(1));
}

#[test]
fn a_change_after_the_head_is_refused() {
    let server = Server::start(&[]);
    let mut client = Client::new(&server);
    client.post("/visit", "");
    let stream = client.get("/stream");
    assert_eq!(stream.chunks.len(), 2);
    assert_eq!(stream.chunks[1], cloakroom::SessionError::ResponseSent.to_string());
    assert_eq!(stream.all("set-cookie"), [] as [&str; 0]);
    assert_eq!(client.get("/session").json()["views"], json!(1));
}

#[test]
fn an_untouched_session_leaves_no_trace() {
    let server = Server::start(&[]);
    let mut client = Client::new(&server);
    client.post("/visit", "");
    let untouched = client.get("/untouched");
    assert_eq!(untouched.status, 200);
    for name in ["vary", "cache-control", "set-cookie"] {
        assert_eq!(untouched.all(name), [] as [&str; 0], "{name}");
    }
}

#[test]
fn a_form_without_a_script_comes_back_to_the_page() {
    let server = Server::start(&[]);
    let mut client = Client::new(&server);
    let html = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let visit = client.send("POST", "/visit", &html, "");
    assert_eq!((visit.status, visit.all("location")), (303, vec!["/"]));
    assert_eq!(visit.all("set-cookie").len(), 1);
    let fill = client.send("POST", "/fill", &html, "bytes=100&kind=text");
    assert_eq!(fill.status, 303);
    assert_eq!(client.get("/session").json()["note_bytes"], json!(100));
}

#[test]
fn a_senseless_parameter_is_the_visitors_mistake() {
    let server = Server::start(&[]);
    let mut client = Client::new(&server);
    for (target, name) in
        [("/fill", "bytes"), ("/fill?bytes=1&kind=zip", "kind"), ("/lifetime?idle=x", "idle")]
    {
        let answer = client.post(target, "");
        assert_eq!((answer.status, &answer.json()["name"]), (400, &json!(name)), "{target}");
        assert_eq!(answer.all("set-cookie"), [] as [&str; 0], "{target}");
    }
    assert_eq!(client.post("/login", "user=").status, 400);
}

#[test]
fn the_cookie_has_the_name_and_the_mode_that_were_configured() {
    let key = cloakroom::Key::generate().expect("a key").expose_text();
    let server = Server::start(&[
        ("CLOAKROOM_KEY", &key),
        ("CLOAKROOM_MODE", "signed"),
        ("CLOAKROOM_COOKIE", "__Host-shop"),
        ("CLOAKROOM_IDLE", "60"),
    ]);
    let mut client = Client::new(&server);
    let visit = client.post("/visit", "");
    assert!(visit.all("set-cookie")[0].starts_with("__Host-shop=S"));
    let session = client.get("/session").json();
    let left = session["expires"].as_u64().zip(session["created"].as_u64());
    assert!(left.is_some_and(|(expires, created)| expires - created < 70), "{session}");
    assert!(!client.get("/").body().contains("Development ring"));
}

/// A rotation: the ring file gets a second key while the server runs.
#[test]
fn a_new_ring_is_used_without_a_restart_and_logs_nobody_out() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ring-{}", std::process::id()));
    let key = || cloakroom::Key::generate().expect("a key").expose_text();
    let (old, new) = (key(), key());
    write_ring(&path, &format!("{} seal_from=1\n", *old));
    let server = Server::start(&[("CLOAKROOM_RING", path.to_str().expect("a path"))]);
    let mut client = Client::new(&server);
    client.post("/login", "user=Ada");
    let first = client.get("/session").json();

    write_ring(&path, &format!("{} seal_from=1\n{} seal_from=2\n", *old, *new));
    let start = Instant::now();
    let second = loop {
        client.post("/visit", "");
        let session = client.get("/session").json();
        if session["kid"] != first["kid"] {
            break session;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "the new key is not used");
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!((&second["user"], &second["created"]), (&json!("Ada"), &first["created"]));
    std::fs::remove_file(&path).expect("the ring goes");
}

#[test]
fn an_environment_that_cannot_work_ends_the_binary_with_2() {
    for (env, word) in [
        (&[("CLOAKROOM_MODE", "plain")][..], "CLOAKROOM_MODE"),
        (&[("CLOAKROOM_STORE", "redis://host")], "CLOAKROOM_STORE"),
        (&[("CLOAKROOM_RING", "/nowhere/ring")], "could not be read"),
        (&[("CLOAKROOM_KEY", "ck1_short")], "key"),
        (&[("CLOAKROOM_COOKIE", "a b")], "cookie"),
        (&[("CLOAKROOM_IDLE", "99999999")], "idle"),
        (&[("ADDR", "0.0.0.0:0")], "loopback"),
    ] {
        let output = refused(env);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{env:?}: {said}");
        assert!(said.contains(word), "{env:?}: {said}");
    }
}

/// Puts a ring in the place of another at once, as it should be done, for its owner alone.
fn write_ring(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).expect("a ring file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&beside, private).expect("its mode");
    }
    std::fs::rename(beside, path).expect("it takes its place");
}

/// The longest note that the page names.
fn longest_note(client: &mut Client) -> u64 {
    let page = client.get("/").body();
    let button = page.split(r#"<button name="bytes" value=""#).nth(1).expect("a button");
    button.split('"').next().and_then(|number| number.parse().ok()).expect("a number")
}
