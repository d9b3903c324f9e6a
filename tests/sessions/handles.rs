//! One handle in many hands: clones, threads, and calls from inside a closure.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cloakroom::{CommitError, ReadSession, Session, SessionError, SessionStatus};

use crate::support::{Basket, Site, apples, block_on, look, pick, secs};

/// Runs `story` on a thread of its own and fails if it has not come to its end in ten seconds.
fn never_blocks(story: impl FnOnce() + Send + 'static) {
    let (done, waiting) = mpsc::channel();
    let thread = thread::spawn(move || {
        story();
        done.send(()).unwrap();
    });
    let finished = waiting.recv_timeout(Duration::from_secs(10));
    assert_ne!(finished, Err(mpsc::RecvTimeoutError::Timeout), "it blocks");
    thread.join().unwrap();
}

/// Calls everything that the handle has, and expects everything that uses the data to be busy.
fn expect_busy(session: &Session<Basket>) {
    let busy = Err(SessionError::Busy);
    assert_eq!(session.read(|_| ()), busy);
    assert_eq!(session.update(|_| ()), busy);
    assert_eq!(session.replace(Basket::default()), busy);
    assert_eq!(session.clear(), busy);
    assert_eq!(session.renew(), busy);
    assert_eq!(session.restart(), busy);
    assert_eq!(session.destroy(), busy);
    assert_eq!(session.set_idle(secs(1)), busy);
    assert_eq!(session.set_absolute(secs(1)), busy);
    assert_eq!(session.set_persistent(true), busy);
    assert_eq!(session.set_claims(session.claims()), busy);
    assert_eq!(session.size(), Err(CommitError::Session(SessionError::Busy)));
    assert_eq!(block_on(session.commit()), Err(CommitError::Session(SessionError::Busy)));
    // What does not need the data answers.
    session.id().unwrap();
    session.created().unwrap();
    session.expires().unwrap();
    assert!(!format!("{session:?}").is_empty() && session.kid().is_some());
    assert!(!session.is_new());
}

#[test]
fn a_call_from_inside_an_update_is_busy_and_never_blocks() {
    never_blocks(|| {
        let site = Site::new();
        let mut browser = site.visitor(pick);
        let before = site.inside(&browser);
        let visit = site.visit(&mut browser, |session| {
            let clone = session.clone();
            session
                .update(|basket| {
                    expect_busy(&clone);
                    assert_eq!(clone.status(), SessionStatus::Changed);
                    basket.apples += 1;
                })
                .unwrap();
        });
        visit.writes();
        let after = site.inside(&browser);
        assert_eq!(after.decode::<Basket>().unwrap().apples, 2);
        assert_eq!(after.expose_id(), before.expose_id(), "what was refused left no trace");
        assert_eq!(after.own_lifetimes(), None);
    });
}

#[test]
fn a_call_from_inside_a_read_is_busy_and_never_blocks() {
    never_blocks(|| {
        let site = Site::new();
        let mut browser = site.visitor(pick);
        let visit = site.visit(&mut browser, |session| {
            session.read(|_| expect_busy(session)).unwrap();
            assert_eq!(session.status(), SessionStatus::Loaded);
        });
        visit.leaves_the_cookie_alone();
    });
}

#[test]
fn the_last_commit_from_inside_an_update_is_an_error_and_never_blocks() {
    never_blocks(|| {
        let site = Site::new();
        let session = site.load(&site.visitor(pick));
        let committed = session.update(|_| site.commit(&session, 200)).unwrap();
        assert_eq!(committed, Err(CommitError::Session(SessionError::Busy)));
        assert_eq!(session.update(|_| ()), Err(SessionError::ResponseSent));
    });
}

#[test]
fn two_threads_that_update_at_once_both_succeed() {
    never_blocks(|| {
        let site = Site::new();
        let session = site.load_from("");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..250).for_each(|_| pick(&session)));
            }
        });
        assert_eq!(apples(&session), 1000);
    });
}

#[test]
fn a_thread_waits_for_the_closure_of_another_and_is_not_busy() {
    never_blocks(|| {
        let site = Site::new();
        let session = site.load_from("");
        let (inside, entered) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                session.update(|basket| {
                    inside.send(()).unwrap();
                    thread::sleep(Duration::from_millis(50));
                    basket.note = "first".into();
                })
            });
            entered.recv().unwrap();
            let seen = session.read(|basket| basket.note.clone()).unwrap();
            assert_eq!(seen, "first");
        });
    });
}

#[test]
fn the_last_commit_waits_for_an_update_of_another_thread() {
    never_blocks(|| {
        let site = Site::new();
        let mut browser = site.visitor(pick);
        let session = site.load(&browser);
        let (inside, entered) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                session.update(|basket| {
                    inside.send(()).unwrap();
                    thread::sleep(Duration::from_millis(50));
                    basket.apples = 50;
                })
            });
            entered.recv().unwrap();
            browser.take(&site.commit(&session, 200).unwrap());
        });
        assert_eq!(site.visit(&mut browser, apples).out, 50);
    });
}

#[test]
fn a_panic_in_another_thread_wakes_those_who_wait() {
    never_blocks(|| {
        let site = Site::new();
        let session = site.load_from("");
        let (inside, entered) = mpsc::channel();
        thread::scope(|scope| {
            let panicking = scope.spawn(|| {
                session.update(|_| {
                    inside.send(()).unwrap();
                    thread::sleep(Duration::from_millis(50));
                    panic!("in the middle of it");
                })
            });
            entered.recv().unwrap();
            assert_eq!(session.read(|_| ()), Err(SessionError::Panicked));
            assert!(panicking.join().is_err());
        });
    });
}

#[test]
fn a_clone_is_the_same_session() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let visit = site.visit(&mut browser, |session| {
        let clone = session.clone();
        pick(&clone);
        assert_eq!(apples(session), 2);
        assert_eq!(session.id(), clone.id());
    });
    visit.writes();
}

#[test]
fn once_the_response_has_left_writing_is_an_error_and_reading_still_works() {
    let site = Site::new();
    let browser = site.visitor(pick);
    let session = site.load(&browser);
    pick(&session);
    site.commit(&session, 200).unwrap();

    let sent = Err(SessionError::ResponseSent);
    assert_eq!(session.update(|basket| basket.apples = 9), sent);
    assert_eq!(session.replace(Basket::default()), sent);
    assert_eq!(session.clear(), sent);
    assert_eq!(session.renew(), sent);
    assert_eq!(session.restart(), sent);
    assert_eq!(session.destroy(), sent);
    assert_eq!(session.set_idle(secs(1)), sent);
    assert_eq!(session.set_absolute(secs(1)), sent);
    assert_eq!(session.set_persistent(true), sent);
    assert_eq!(session.set_claims(session.claims()), sent);
    let error = block_on(session.commit()).unwrap_err();
    assert_eq!(error, CommitError::Session(SessionError::ResponseSent));

    assert_eq!(apples(&session), 2);
    assert!(session.size().is_ok() && session.id().is_some());
}

#[test]
fn a_session_whose_commit_failed_cannot_be_written_either() {
    let site = Site::new();
    let session = site.load_from("");
    session.update(|basket| basket.note = "x".repeat(5000)).unwrap();
    site.commit(&session, 200).unwrap_err();
    assert_eq!(session.clear(), Err(SessionError::ResponseSent));
}

#[test]
fn a_session_for_reading_reads_and_keeps_alive_like_any_other() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    site.at(900);
    let visit = site.visit(&mut browser, |session| {
        let session: ReadSession<Basket> = session.clone().into();
        let clone = session.clone();
        assert!(!clone.is_new() && clone.claims().is_empty());
        session.read(|basket| basket.apples).unwrap()
    });
    assert_eq!(visit.out, 1);
    visit.writes();
}

#[test]
fn sessions_go_from_thread_to_thread() {
    fn travels<T: Send + Sync + 'static>(_: &T) {}
    let site = Site::new();
    let session = site.load_from("");
    travels(&session);
    travels(&site.sessions);
    travels(&ReadSession::from(session.clone()));
    let future = async move { session.commit().await };
    fn can_be_spawned<F: Future + Send + 'static>(_: &F) {}
    can_be_spawned(&future);
    site.visit(&mut crate::support::Browser::new(), look);
}
