//! Foreign code that runs in the middle of a session's own work and uses that session: in
//! `Serialize`, `Default`, `Drop` and the event hook.

use std::cell::RefCell;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cloakroom::{First, FixedEntropy, Session, SessionConfig, SessionData, SessionManager};
use serde::{Deserialize, Serialize, Serializer};

use crate::support::{APP, block_on, one_key};

thread_local! {
    /// The session that foreign code gets at, as through a task-local of an application.
    static WITHIN: RefCell<Option<Session<Meddler>>> = const { RefCell::new(None) };
    /// Where foreign code got at it.
    static MET: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Uses the session in every way that must not block.
fn meddle(place: &'static str) {
    let Some(session) = WITHIN.with_borrow(Option::clone) else { return };
    MET.with_borrow_mut(|met| {
        if !met.contains(&place) {
            met.push(place);
        }
    });
    let _ = (session.status(), session.id(), session.kid(), session.claims());
    let _ = (session.created(), session.expires(), format!("{session:?}"));
    let _ = session.read(|meddler| meddler.apples);
}

/// Session data that meddles with its own session.
#[derive(Deserialize)]
struct Meddler {
    apples: u32,
}

impl Serialize for Meddler {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        meddle("serialize");
        #[derive(Serialize)]
        struct Meddler {
            apples: u32,
        }
        Meddler { apples: self.apples }.serialize(serializer)
    }
}

impl Default for Meddler {
    fn default() -> Self {
        meddle("default");
        Self { apples: 0 }
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        meddle("drop");
    }
}

impl SessionData for Meddler {
    const VERSION: u8 = 1;
    type Previous = First;
}

/// Runs `story` with a session that is meddled with at least in all of `places`.
#[track_caller]
fn meddled(places: &[&'static str], story: impl FnOnce(&Session<Meddler>) + Send + 'static) {
    let (done, waiting) = mpsc::channel();
    thread::spawn(move || {
        let config = SessionConfig::new(one_key(), APP)
            .entropy(FixedEntropy::from_seed(1))
            .on_event(|_| meddle("hook"));
        let sessions = SessionManager::<Meddler>::new(config).unwrap();
        let session = sessions.anonymous();
        WITHIN.set(Some(session.clone()));
        story(&session);
        block_on(sessions.commit(&session, 200)).unwrap();
        WITHIN.set(None);
        done.send(MET.take()).unwrap();
    });
    let met = waiting.recv_timeout(Duration::from_secs(10)).expect("it blocks");
    assert!(places.iter().all(|place| met.contains(place)), "{met:?}");
}

#[test]
fn data_and_hooks_that_use_their_own_session_never_block_it() {
    let update = |session: &Session<Meddler>| {
        session.update(|meddler| meddler.apples += 1).unwrap();
    };
    meddled(&["serialize", "hook"], update);
    let measure = move |session: &Session<Meddler>| {
        update(session);
        session.size().unwrap();
        block_on(session.commit()).unwrap();
    };
    meddled(&["serialize", "hook"], measure);
    let destroy = move |session: &Session<Meddler>| {
        update(session);
        session.destroy().unwrap();
    };
    meddled(&["serialize", "default", "drop"], destroy);
    let replace = |session: &Session<Meddler>| {
        session.replace(Meddler { apples: 5 }).unwrap();
        session.clear().unwrap();
        session.restart().unwrap();
    };
    meddled(&["serialize", "drop", "default", "hook"], replace);
}
