//! What the environment says, and what it must not say.

use std::net::TcpListener;

use crate::Scenario;
use crate::stage::{Stage, assert_written, key};
use crate::support::client::Client;

pub const SCENARIOS: &[Scenario] = &[
    ("the_cookie_has_the_name_and_the_times_that_were_configured", configured),
    ("the_page_shows_lifetimes_of_its_own_and_has_room_for_them", page),
    ("without_keys_there_is_a_development_ring", development_ring),
    ("an_environment_that_cannot_work_ends_the_binary_with_2", refused),
    ("an_address_in_use_ends_the_binary_with_1", in_use),
];

fn configured(stage: &Stage) {
    let server = stage.start(&[
        ("CLOAKROOM_KEY", key()),
        ("CLOAKROOM_COOKIE", "__Host-shop"),
        ("CLOAKROOM_IDLE", "60"),
    ]);
    let mut visitor = Client::new(&server);
    let line = assert_written(&visitor.post("/visit", ""), "a visit");
    assert!(line.starts_with(&format!("__Host-shop={}", stage.first())), "{line}");
    let session = visitor.get("/session").json();
    let times = session["expires"].as_u64().zip(session["created"].as_u64());
    assert!(times.is_some_and(|(expires, created)| expires - created < 70), "{session}");
    assert!(!visitor.get("/").body().contains("Development ring"));
}

fn page(stage: &Stage) {
    let mut visitor = stage.visitor();
    visitor.post("/visit", "");
    visitor.post("/lifetime?idle=120&absolute=600&persistent=true", "");
    let session = visitor.get("/session").json();
    let times = session["expires"].as_u64().zip(session["created"].as_u64());
    assert!(times.is_some_and(|(expires, created)| expires - created < 130), "{session}");
    let page = visitor.get("/").body();
    assert!(page.contains("SameSite=Lax; Max-Age=1"), "the page shows what was sent");
    let most = visitor.longest_note();
    assert_eq!(visitor.post(&format!("/fill?bytes={most}"), "").status, 200);
    assert_eq!(visitor.post(&format!("/fill?bytes={}", most + 1), "").status, 422);
}

fn development_ring(stage: &Stage) {
    let (one, other) = (stage.start(&[]), stage.start(&[]));
    let mut visitor = Client::new(&one);
    visitor.post("/login", "user=Ada");
    assert!(visitor.get("/").body().contains("Development ring"));
    assert_eq!(visitor.get("/session").json()["user"], "Ada");
    let mut elsewhere = visitor.walk_to(&other);
    assert_eq!(elsewhere.get("/session").json()["is_new"], true, "each process has its own");
}

fn refused(stage: &Stage) {
    for (env, word) in [
        (&[("CLOAKROOM_MODE", "plain")][..], "CLOAKROOM_MODE"),
        (&[("CLOAKROOM_STORE", "floppy:a")], "CLOAKROOM_STORE: must be"),
        (&[("CLOAKROOM_STORE", "file:/proc/nowhere")], "CLOAKROOM_STORE: "),
        (&[("CLOAKROOM_RING", "/nowhere/ring")], "could not be read"),
        (&[("CLOAKROOM_KEY", "ck1_short")], "key"),
        (&[("CLOAKROOM_COOKIE", "a b")], "cookie"),
        (&[("CLOAKROOM_IDLE", "99999999")], "idle"),
        (&[("ADDR", "0.0.0.0:0")], "loopback"),
    ] {
        let (code, said) = stage.run(env);
        assert_eq!(code, Some(2), "{env:?}: {said}");
        assert!(said.contains(word), "{env:?}: {said}");
    }
}

fn in_use(stage: &Stage) {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = taken.local_addr().expect("its address").to_string();
    let (code, said) = stage.run(&[("ADDR", &addr)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&addr), "{said}");
}
