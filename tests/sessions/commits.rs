//! Committing before the response, so that a handler can answer for what goes wrong.

use cloakroom::{CommitError, SaveOn, SealError, Session};

use crate::support::{Basket, Browser, Site, apples, block_on, numbers, pick, secs};

fn commit(session: &Session<Basket>) -> Result<(), CommitError> {
    block_on(session.commit())
}

fn stuff(session: &Session<Basket>) {
    session.update(|basket| basket.note = "x".repeat(4000)).unwrap();
}

#[test]
fn the_response_carries_what_was_committed_before_it() {
    let site = Site::new();
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, |session| {
        pick(session);
        commit(session).unwrap();
        session.id()
    });
    visit.writes();
    assert_eq!(site.told(), ["sealed"], "once, not twice");
    assert_eq!(visit.out.unwrap().expose_bytes(), &site.inside(&browser).expose_id());
}

#[test]
fn a_change_after_the_commit_is_in_the_response_too() {
    let site = Site::new();
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, |session| {
        pick(session);
        commit(session).unwrap();
        pick(session);
    });
    visit.writes();
    assert_eq!(apples(&site.load(&browser)), 2);

    let visit = site.visit(&mut browser, |session| {
        pick(session);
        commit(session).unwrap();
        session.destroy().unwrap();
    });
    visit.removes();
}

#[test]
fn a_change_that_is_taken_back_after_the_commit_is_taken_back() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let before = browser.clone();
    let visit = site.visit(&mut browser, |session| {
        pick(session);
        commit(session).unwrap();
        session.update(|basket| basket.apples -= 1).unwrap();
    });
    visit.leaves_the_cookie_alone();
    assert_eq!(browser, before);
}

#[test]
fn committing_what_nobody_changed_does_nothing() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let visit = site.visit(&mut browser, |session| commit(session).unwrap());
    visit.leaves_the_cookie_alone();
    site.visit(&mut Browser::new(), |session| commit(session).unwrap()).leaves_the_cookie_alone();
}

#[test]
fn a_commit_that_fails_can_be_mended_and_nothing_is_lost() {
    let site = Site::new();
    for visitor in [Browser::new(), site.visitor(pick)] {
        let mut browser = visitor.clone();
        let visit = site.visit(&mut browser, |session| {
            stuff(session);
            let (needed, limit) = numbers(&commit(session).unwrap_err());
            assert!(needed > 4096 && limit == 4096);
            assert_eq!(needed, session.size().unwrap());
            session.update(|basket| basket.note.clear()).unwrap();
        });
        visit.leaves_the_cookie_alone();
        assert_eq!(browser, visitor);

        let visit = site.visit(&mut browser, |session| {
            stuff(session);
            commit(session).unwrap_err();
            session.replace(Basket { apples: 8, note: String::new() }).unwrap();
        });
        visit.writes();
        assert_eq!(apples(&site.load(&browser)), 8);
    }
}

#[test]
fn a_commit_that_fails_and_is_not_mended_fails_the_response() {
    let site = Site::new();
    let visitor = site.visitor(pick);
    let mut browser = visitor.clone();
    let visit = site.visit(&mut browser, |session| {
        stuff(session);
        commit(session).unwrap_err();
        session.size().unwrap()
    });
    assert_eq!(visit.too_large(), (visit.out, 4096));
    assert_eq!(browser, visitor);
}

#[test]
fn a_commit_that_went_well_is_forgotten_by_a_later_one_that_fails() {
    let site = Site::new();
    let visit = site.visit(&mut Browser::new(), |session| {
        pick(session);
        commit(session).unwrap();
        stuff(session);
        commit(session).unwrap_err();
    });
    visit.too_large();
}

#[test]
fn what_was_committed_before_it_goes_out_with_a_server_error() {
    let site = Site::with(|config| config.save_on(SaveOn::NotServerError));
    let visit = site.visit_with(500, &mut Browser::new(), |session| {
        pick(session);
        commit(session).unwrap();
    });
    visit.writes();
}

#[test]
fn reading_after_a_commit_leaves_it_as_it_is() {
    let site = Site::new();
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, |session| {
        session.restart().unwrap();
        commit(session).unwrap();
        let size = session.size().unwrap();
        assert_eq!(apples(session), 0);
        site.clock.advance(30);
        size
    });
    assert_eq!(visit.line().len(), visit.out);
    assert_eq!(site.inside(&browser).created().plus(30), site.now());
    assert_eq!(site.told(), ["sealed"]);
}

#[test]
fn a_session_that_does_not_fit_does_not_fit_with_lifetimes_either() {
    let site = Site::new();
    let visit = site.visit(&mut Browser::new(), |session| {
        let room = 2953 - 3;
        session.update(|basket| basket.note = "x".repeat(room)).unwrap();
        session.set_idle(secs(60)).unwrap();
        let error = commit(session).unwrap_err();
        assert!(matches!(error, CommitError::Seal(SealError::TooLarge(_))));
        session.set_idle(secs(0)).unwrap();
    });
    assert_eq!(visit.line().len(), 4095);
}
