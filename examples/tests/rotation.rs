//! Keys rotate under load, by the command line, and nobody is logged out.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

mod support;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cloakroom::keys::{KeyRing, KeyState};
use cloakroom::{Anatomy, KeyId, Protection, Timestamp};
use support::balancer::Balancer;
use support::client::Client;
use support::server::Server;

const VISITORS: usize = 200;
const THREADS: usize = 8;

#[test]
fn two_rotations_under_load_log_nobody_out() {
    let ring = Ring::new("one-server");
    let server = ring.server("1");
    ring.rotate_twice_under_load(server.addr);
}

#[test]
fn a_server_that_reloads_late_logs_nobody_out_either() {
    let ring = Ring::new("two-servers");
    let (prompt, late) = (ring.server("1"), ring.server("2"));
    let balancer = Balancer::start([prompt.addr, late.addr]);
    ring.rotate_twice_under_load(balancer.addr);
}

#[test]
fn a_revoked_sealing_key_is_refused_within_the_reload_interval() {
    let ring = Ring::new("revoked");
    let server = ring.server("1");
    let mut client = Client::new(&server);
    client.post("/login", "user=Ada");
    assert_eq!(client.get("/session").json()["user"], "Ada");

    // The next key has sealed by the time the first is revoked.
    ring.command(&["rotate", "--after", "1s", "--fleet-delay", "1s"]);
    ring.wait_until_sealing_changes();
    let (old, _) = ring.oldest_and_newest();
    ring.command(&["revoke", &old.to_string()]);
    wait_for("the old key's cookies to be refused", || {
        // The same old cookie again, as somebody would who had made it with the leaked key.
        client.clone().get("/session").json()["user"].is_null()
    });
    let mut other = Client::new(&server);
    other.post("/login", "user=Grace");
    assert_eq!(other.get("/session").json()["user"], "Grace", "the site goes on with the next key");

    // Without a key that seals, the site says so and keeps what it has.
    let (_, new) = ring.oldest_and_newest();
    ring.command(&["revoke", &new.to_string()]);
    wait_for("nothing to seal any more", || {
        Client::new(&server).post("/login", "user=Eve").status == 500
    });
}

/// A ring file of this test alone.
struct Ring {
    path: PathBuf,
}

impl Ring {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("rotation-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let ring = Self { path };
        ring.command(&["new"]);
        ring
    }

    fn server(&self, reload: &str) -> Server {
        let path = self.path.to_str().expect("a path of text");
        Server::start(&[("CLOAKROOM_RING", path), ("CLOAKROOM_RELOAD", reload)])
    }

    /// Runs `cloakroom ring VERB FILE ...`.
    fn command(&self, words: &[&str]) {
        let (verb, rest) = words.split_first().expect("a verb");
        let output = Command::new(support::command_line())
            .args(["ring", verb])
            .arg(&self.path)
            .args(rest)
            .output()
            .expect("the command line runs");
        assert!(output.status.success(), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn read(&self) -> KeyRing {
        let text = std::fs::read_to_string(&self.path).expect("the ring file is there");
        text.parse().expect("the ring file is a ring at every moment")
    }

    fn sealing(&self) -> KeyId {
        self.read().sealing_kid(now()).expect("a key seals")
    }

    fn oldest_and_newest(&self) -> (KeyId, KeyId) {
        let ring = self.read();
        let mut kids: Vec<_> =
            ring.entries().map(|entry| (entry.window().seal_from, entry.kid())).collect();
        kids.sort();
        (kids.first().expect("a key").1, kids.last().expect("a key").1)
    }

    fn wait_until_sealing_changes(&self) {
        let before = self.sealing();
        wait_for("the next key to seal", || self.sealing() != before);
    }

    fn rotate_twice_under_load(&self, addr: SocketAddr) {
        let first = self.sealing();
        let mut visitors: Vec<_> = (0..VISITORS).map(|n| Visitor::log_in(addr, n)).collect();
        let (done, requests) = (AtomicBool::new(false), AtomicUsize::new(0));
        let start = Instant::now();

        thread::scope(|scope| {
            for group in visitors.chunks_mut(VISITORS / THREADS) {
                let (done, requests) = (&done, &requests);
                scope.spawn(move || {
                    while !done.load(Ordering::SeqCst) {
                        for visitor in &mut *group {
                            visitor.visit(self);
                            requests.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
            let _stop = Stop(&done);
            for _ in 0..2 {
                thread::sleep(Duration::from_secs(1));
                self.command(&["rotate", "--after", "3s", "--fleet-delay", "2s"]);
                assert_eq!(staged(&self.read()), 1);
                self.wait_until_sealing_changes();
                // The old key may seal for as long as the fleet delay says.
                thread::sleep(Duration::from_secs(3));
            }
        });

        let last = self.sealing();
        for visitor in &mut visitors {
            visitor.visit(self);
            visitor.check_end(last);
        }
        let kids: BTreeSet<_> = visitors.iter().flat_map(|visitor| visitor.kids.clone()).collect();
        assert_eq!(kids.len(), 3, "every key sealed in its turn");
        assert!(kids.contains(&first) && kids.contains(&last));
        let rate = requests.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
        println!("{rate:.0} requests a second from {VISITORS} visitors");
        assert!(requests.load(Ordering::Relaxed) > 10 * VISITORS, "that was no load");
        std::fs::remove_file(&self.path).expect("the ring file goes");
    }
}

/// Ends the load, also when the rotation fails.
struct Stop<'d>(&'d AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Somebody with a cookie jar who comes again and again.
struct Visitor {
    client: Client,
    name: String,
    created: u64,
    views: u64,
    persistent: bool,
    kids: BTreeSet<KeyId>,
}

impl Visitor {
    fn log_in(addr: SocketAddr, n: usize) -> Self {
        let mut client = Client::at(addr);
        let name = format!("visitor-{n}");
        let persistent = n.is_multiple_of(2);
        assert_eq!(client.post("/login", &format!("user={name}")).status, 200);
        let lifetime = format!("/lifetime?idle=60&absolute=600&persistent={persistent}");
        assert_eq!(client.post(&lifetime, "").status, 200);
        let created = client.get("/session").json()["created"].as_u64().expect("a beginning");
        Self { client, name, created, views: 0, persistent, kids: BTreeSet::new() }
    }

    fn visit(&mut self, ring: &Ring) {
        let answer = self.client.post("/visit", "");
        self.views += 1;
        assert_eq!(answer.json()["views"], self.views, "{} lost a visit", self.name);
        let line = answer.all("set-cookie").first().copied().expect("a changed session").to_owned();
        assert_eq!(line.contains("; Max-Age=60"), self.persistent, "own lifetimes are kept");
        let kid = kid_of(&line);
        if self.kids.insert(kid) {
            let from = ring.read().find(kid).expect("a key of the ring").window().seal_from;
            assert!(from.is_none_or(|from| from <= now()), "no key seals before its time");
        }
        if self.views.is_multiple_of(10) {
            let session = self.client.get("/session").json();
            assert_eq!(session["user"], self.name.as_str());
            assert_eq!(session["created"], self.created, "a re-seal keeps the beginning");
        }
    }

    /// The session is the same one, under the last key.
    fn check_end(&mut self, last: KeyId) {
        let session = self.client.get("/session").json();
        assert_eq!(session["kid"], last.to_string());
        assert_eq!(session["created"], self.created);
        let expires = session["expires"].as_u64().expect("an end");
        assert!(expires <= now().as_unix() + 60, "the session's own idle timeout is kept");
    }
}

fn kid_of(line: &str) -> KeyId {
    let value = line.split(['=', ';']).nth(1).expect("a value");
    Anatomy::of(value.as_bytes(), Protection::Encrypted).expect("a token").kid
}

fn staged(ring: &KeyRing) -> usize {
    ring.states(now()).filter(|(_, state)| *state == KeyState::Staged).count()
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    Timestamp::from_unix(since.as_secs())
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
        thread::sleep(Duration::from_millis(100));
    }
}
