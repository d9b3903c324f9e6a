//! A store that is down: an error, never an empty session, and no word to the cookie.

use std::time::Duration;

use cloakroom::{CommitError, RequestParts, Session, StoreError};

use super::{Mood, Shelf, shop, site};
use crate::support::{Basket, Browser, Site, apples, block_on, look, one_key, pick};

#[test]
fn a_session_whose_store_is_down_is_an_error_and_the_cookie_stays() {
    let (site, shelf) = shop::<Basket>();
    let browser = site.visitor(pick);
    shelf.feels(Mood::Down);
    let error = try_load(&site, &browser, "/").unwrap_err();
    assert_eq!((error.status(), error.retry_after()), (503, 1));
    assert!(matches!(error.cause(), StoreError::Unavailable { engine: "shelf", .. }));
    assert_eq!(site.sessions.counters().store_failed(), 1);
    shelf.feels(Mood::Well);
    assert_eq!(apples(&site.load(&browser)), 1, "it recovers by itself");
}

#[test]
fn a_visitor_without_a_cookie_needs_no_store() {
    let (site, shelf) = shop::<Basket>();
    shelf.feels(Mood::Down);
    assert!(try_load(&site, &Browser::new(), "/").unwrap().is_new());
}

#[test]
fn what_cannot_be_saved_is_an_error_and_no_cookie_goes_out() {
    type Change = fn(&Session<Basket>);
    let changes: [Change; 4] = [
        pick,
        |session| session.renew().unwrap(),
        |session| session.destroy().unwrap(),
        |session| {
            session.destroy().unwrap();
            pick(session);
        },
    ];
    for change in changes {
        let (site, shelf) = shop::<Basket>();
        let browser = site.visitor(pick);
        let session = site.load(&browser);
        change(&session);
        shelf.feels(Mood::Down);
        let error = site.commit(&session, 200).unwrap_err();
        assert!(matches!(error, CommitError::Store(_)), "{error:?}");
        assert_eq!((error.status(), error.retry_after()), (503, Some(1)));
        shelf.feels(Mood::Well);
        assert_eq!(apples(&site.load(&browser)), 1, "nothing happened");
    }
}

#[test]
fn a_new_session_that_cannot_be_saved_is_an_error() {
    let (site, shelf) = shop::<Basket>();
    shelf.feels(Mood::Down);
    let answer = site.visit(&mut Browser::new(), pick);
    assert!(matches!(answer.headers, Err(CommitError::Store(_))));
}

#[test]
fn a_page_that_only_reads_survives_a_store_that_takes_no_writes() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    shelf.feels(Mood::ReadOnly);
    shelf.calls();
    let answer = site.at(900_000).visit(&mut browser, apples);
    assert_eq!(answer.out, 1);
    assert_eq!(shelf.calls(), ["load", "touch"]);
    // The cookie is sealed again, as it was due, and the failure was told.
    answer.writes();
    assert_eq!(site.sessions.counters().store_failed(), 1);
}

#[test]
fn a_store_that_hangs_is_given_up_at_the_deadline() {
    let shelf = Shelf::new();
    let site: Site = site(
        &shelf,
        one_key(),
        |config| config,
        |backing| backing.deadlines(Duration::from_millis(20), Duration::from_millis(20)),
    );
    let browser = site.visitor(pick);
    let session = site.load(&browser);
    pick(&session);
    shelf.feels(Mood::Hangs);
    assert_eq!(try_load(&site, &browser, "/").unwrap_err().cause(), &StoreError::Timeout);
    assert_eq!(site.commit(&session, 200), Err(CommitError::Store(StoreError::Timeout)));
}

#[test]
fn after_five_failures_the_store_is_left_alone() {
    let (site, shelf) = shop::<Basket>();
    let browser = site.visitor(pick);
    shelf.feels(Mood::Down);
    shelf.calls();
    let causes: Vec<_> = (0..8)
        .map(|_| try_load(&site, &browser, "/").unwrap_err().cause() == &StoreError::Resting)
        .collect();
    assert_eq!(causes, [[false; 5].as_slice(), &[true; 3]].concat());
    assert_eq!(shelf.calls().len(), 5);
}

#[test]
fn a_public_page_may_be_served_without_a_session_that_can_be_saved() {
    let shelf = Shelf::new();
    let site: Site = site(
        &shelf,
        one_key(),
        |config| config,
        |backing| backing.serve_anonymous(|request| request.path() == "/public"),
    );
    let browser = site.visitor(pick);
    shelf.feels(Mood::Down);
    assert!(try_load(&site, &browser, "/").is_err());

    let session = try_load(&site, &browser, "/public").unwrap();
    assert!(session.is_new());
    look(&session);
    let headers = site.commit(&session, 200).unwrap();
    assert!(headers.set_cookies.is_empty());

    // Well again or not: what is written would take the place of a session that lives.
    let session = try_load(&site, &browser, "/public").unwrap();
    shelf.feels(Mood::Well);
    pick(&session);
    assert!(matches!(site.commit(&session, 200), Err(CommitError::Store(_))));
    assert_eq!(apples(&site.load(&browser)), 1);
}

fn try_load(
    site: &Site,
    browser: &Browser,
    path: &str,
) -> Result<Session<Basket>, cloakroom::LoadError> {
    let cookies = browser.header();
    let headers = [("cookie", cookies.as_bytes())];
    block_on(site.sessions.load(&RequestParts::new("GET", path, &headers)))
}
