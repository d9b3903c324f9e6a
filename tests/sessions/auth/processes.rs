//! Three real processes with one SQLite file between them: a logout in one is seen by all.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use cloakroom::auth::{self, Login};
use cloakroom::revocation::{RevocationList, StoreRevocations};
use cloakroom::store::SqliteStore;
use cloakroom::{KeyRing, RequestParts, Session, SessionConfig, SessionManager, Values};

use super::authority::block_on;
use crate::support::key_text;

const RING: &str = "CLOAKROOM_TEST_RING";
const DATABASE: &str = "CLOAKROOM_TEST_DATABASE";
const LAG: Duration = Duration::from_secs(5);

/// A process, and a line to it.
struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Process {
    fn start(ring: &str, database: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "auth::processes::one_of_them", "--nocapture"]);
        command.env(RING, ring).env(DATABASE, database);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut process = Self { child, to, from: BufReader::new(from) };
        assert_eq!(process.ask("hello"), "ready");
        process
    }

    /// Sends a line and reads the answer, which stands behind what the test runner prints.
    fn ask(&mut self, line: &str) -> String {
        writeln!(self.to, "{line}").unwrap();
        loop {
            let mut answer = String::new();
            assert!(self.from.read_line(&mut answer).unwrap() > 0, "the process is gone");
            if let Some((_, answer)) = answer.split_once("answer: ") {
                return answer.trim().to_owned();
            }
        }
    }

    fn end(mut self) {
        drop(self.to);
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
fn a_logout_in_one_of_three_processes_is_seen_by_all_of_them_within_the_lag() {
    let folder = env::temp_dir().join(format!("cloakroom-processes-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let database = folder.join("sessions.db").display().to_string();
    let ring = key_text();
    let mut processes = [(); 3].map(|()| Process::start(&ring, &database));
    let cookie = processes[0].ask("login");
    for process in &mut processes {
        assert_eq!(process.ask(&format!("who {cookie}")), "ada");
    }
    assert_eq!(processes[0].ask(&format!("logout {cookie}")), "removed");
    let begun = Instant::now();
    let mut seen = [None; 3];
    while begun.elapsed() <= LAG {
        for (process, seen) in processes.iter_mut().zip(&mut seen) {
            if seen.is_none() && process.ask(&format!("who {cookie}")) == "nobody" {
                *seen = Some(begun.elapsed());
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    // What was asked for after the lag, however late this process ran.
    for process in &mut processes {
        assert_eq!(process.ask(&format!("who {cookie}")), "nobody");
    }
    println!("the copy of the cookie was refused after {seen:?}");
    processes.into_iter().for_each(Process::end);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
#[ignore = "a process of the test above"]
fn one_of_them() {
    let ring: KeyRing = env::var(RING).expect("a ring").parse().unwrap();
    let store = SqliteStore::open(env::var(DATABASE).expect("a database")).unwrap();
    let list = RevocationList::new(StoreRevocations::new(store)).max_lag(LAG);
    let config = SessionConfig::new(ring, "shop");
    let sessions = SessionManager::<Values>::new(config).unwrap().guarded_by(list);
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (verb, cookie) = line.split_once(' ').unwrap_or((&line, ""));
        println!("answer: {}", answer(&sessions, verb, cookie));
    }
}

fn answer(sessions: &SessionManager<Values>, verb: &str, cookie: &str) -> String {
    let headers = [("cookie", cookie.as_bytes())];
    let load = || -> Session<Values> {
        block_on(sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap()
    };
    let line = |session: &Session<Values>| {
        let headers = block_on(sessions.commit(session, 200)).unwrap();
        headers.set_cookies.first().map(|line| line.as_str().to_owned()).unwrap_or_default()
    };
    match verb {
        "login" => {
            let session = load();
            block_on(auth::login(&session, Login::new("ada"))).unwrap();
            line(&session).split(';').next().unwrap().to_owned()
        }
        "logout" => {
            let session = load();
            block_on(auth::logout(&session)).unwrap();
            if line(&session).contains("; Max-Age=0") { "removed" } else { "kept" }.to_owned()
        }
        "who" => match auth::subject(&load()) {
            Some(subject) => String::from_utf8(subject).unwrap(),
            None => "nobody".to_owned(),
        },
        _ => "ready".to_owned(),
    }
}
