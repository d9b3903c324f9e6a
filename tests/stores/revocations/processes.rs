//! Three real processes with one authority between them: a logout in one is seen by all.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, ExitCode, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use cloakroom::{
    Key, KeyRing, RequestParts, Session, SessionConfig, SessionManager, Values,
    auth::{self, Login},
    revocation::RevocationList,
};
use libtest_mimic::Failed;

use super::Seat;
use crate::apart::{task, task_of, wait};

const RING: &str = "CLOAKROOM_STORES_RING";
const LAG: Duration = Duration::from_secs(5);

/// A process, and a line to it.
struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Process {
    fn start<S: Seat>(ring: &str, place: &Path) -> Self {
        let mut command = task("site", S::ENGINE, place);
        command.env(RING, ring).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut process = Self { child, to, from: BufReader::new(from) };
        assert_eq!(process.ask("hello"), "ready");
        process
    }

    /// Sends a line and reads the answer.
    fn ask(&mut self, line: &str) -> String {
        writeln!(self.to, "{line}").unwrap();
        let mut answer = String::new();
        assert!(self.from.read_line(&mut answer).unwrap() > 0, "the process is gone");
        answer.trim().to_owned()
    }

    fn end(mut self) {
        drop(self.to);
        assert!(self.child.wait().unwrap().success());
    }
}

pub(super) fn a_logout_in_one_of_three_processes_is_seen_by_all_of_them_within_the_lag<S: Seat>()
-> Result<(), Failed> {
    let store = S::default().make()?;
    let place = S::place(&store);
    let ring = Key::generate()?.expose_text();
    let mut processes = [(); 3].map(|()| Process::start::<S>(&ring, &place));
    let cookie = processes[0].ask("login");
    for process in &mut processes {
        assert_eq!(process.ask(&format!("who {cookie}")), "ada");
    }
    assert_eq!(processes[0].ask(&format!("logout {cookie}")), "removed");
    let begun = Instant::now();
    let mut seen = [None; 3];
    while begun.elapsed() <= LAG && seen.contains(&None) {
        for (process, seen) in processes.iter_mut().zip(&mut seen) {
            if seen.is_none() && process.ask(&format!("who {cookie}")) == "nobody" {
                *seen = Some(begun.elapsed());
            }
        }
        thread::sleep(Duration::from_millis(20));
    }
    // What is asked for after the lag, however late this process ran.
    thread::sleep(LAG.saturating_sub(begun.elapsed()));
    for process in &mut processes {
        assert_eq!(process.ask(&format!("who {cookie}")), "nobody");
    }
    println!("{}: the copy of the cookie was refused after {seen:?}", S::ENGINE);
    processes.into_iter().for_each(Process::end);
    Ok(())
}

/// One of the processes, until its input ends.
pub(super) fn run<S: Seat>() -> Option<ExitCode> {
    let place = task_of("site", S::ENGINE)?;
    let ring: KeyRing = env::var(RING).unwrap().parse().unwrap();
    let store = S::open(&place).unwrap();
    // No verdict here is one on how fast the machine is.
    let list = RevocationList::new(S::authority(Arc::new(store))).max_lag(LAG);
    let list = list.deadline(Duration::from_secs(30));
    let config = SessionConfig::new(ring, "shop");
    let sessions = SessionManager::<Values>::new(config).unwrap().guarded_by(list);
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (verb, cookie) = line.split_once(' ').unwrap_or((&line, ""));
        println!("{}", wait(&S::default(), answer(&sessions, verb, cookie)));
    }
    Some(ExitCode::SUCCESS)
}

async fn answer(sessions: &SessionManager<Values>, verb: &str, cookie: &str) -> String {
    let headers = [("cookie", cookie.as_bytes())];
    let session = sessions.load(&RequestParts::new("GET", "/", &headers)).await.unwrap();
    match verb {
        "login" => {
            auth::login(&session, Login::new("ada")).await.unwrap();
            line(sessions, &session).await.split(';').next().unwrap().to_owned()
        }
        "logout" => {
            auth::logout(&session).await.unwrap();
            let removed = line(sessions, &session).await.contains("; Max-Age=0");
            if removed { "removed" } else { "kept" }.to_owned()
        }
        "who" => match auth::subject(&session) {
            Some(subject) => String::from_utf8(subject).unwrap(),
            None => "nobody".to_owned(),
        },
        _ => "ready".to_owned(),
    }
}

/// The first `Set-Cookie` line of the response.
async fn line(sessions: &SessionManager<Values>, session: &Session<Values>) -> String {
    let headers = sessions.commit(session, 200).await.unwrap();
    headers.set_cookies.first().map(|line| line.as_str().to_owned()).unwrap_or_default()
}
