//! From cookies to a store and back, and from key to key, without a log-out.

use std::sync::Arc;

use cloakroom::keys::Ring;
use cloakroom::{Backing, KeyRing, Kind, Policy, Protection, Session};

use super::{Shelf, site};
use crate::support::{
    APP, Basket, Browser, NAME, REMOVAL, START, Site, apples, at, key_text, look, one_key, pick,
    ring, secs,
};

/// A site with cookies and one with a store that takes them in, on one ring.
fn both() -> (Site, Site, Arc<Shelf>) {
    let ring = Ring::from(one_key());
    let shelf = Shelf::new();
    let stored = site(&shelf, ring.clone(), same, |backing| backing.adopt_cookies(true));
    (Site::on(ring, same), stored, shelf)
}

fn same(config: cloakroom::SessionConfig) -> cloakroom::SessionConfig {
    config
}

#[test]
fn a_cookie_session_is_taken_in_at_first_sight() {
    let (cookies, stored, shelf) = both();
    let mut browser = cookies.visitor(pick);
    let id = |session: &Session<Basket>| session.id();
    let before = cookies.load(&browser).id();
    let answer = stored.visit(&mut browser, |session| {
        assert!(!session.is_new());
        (apples(session), id(session))
    });
    assert_eq!(answer.out, (1, before));
    answer.writes();
    assert_eq!((shelf.len(), stored.inside(&browser).kind()), (1, Kind::Stored));
    stored.visit(&mut browser, pick).leaves_the_cookie_alone();
    assert_eq!(apples(&stored.load(&browser)), 2);
}

#[test]
fn without_leave_a_cookie_session_is_refused_and_kept() {
    let ring = Ring::from(one_key());
    let stored: Site = site(&Shelf::new(), ring.clone(), same, |backing| backing);
    let mut browser = Site::on(ring, same).visitor(pick);
    let answer = stored.visit(&mut browser, Session::is_new);
    assert!(answer.out);
    answer.leaves_the_cookie_alone();
}

#[test]
fn a_session_that_ended_is_not_taken_in_again() {
    for adopted_first in [false, true] {
        let (cookies, stored, _shelf) = both();
        let mut browser = cookies.visitor(pick);
        let copy = browser.clone();
        if adopted_first {
            stored.visit(&mut browser, look);
        }
        let slow = stored.load(&copy);
        pick(&slow);
        stored.visit(&mut browser, |session| session.destroy().unwrap()).removes();

        let headers = stored.commit(&slow, 200).unwrap();
        assert_eq!(headers.set_cookies[0].as_str(), REMOVAL, "a slow request of before");
        assert!(stored.load(&copy).is_new(), "a copy of the former cookie");
    }
}

#[test]
fn a_session_that_moved_on_is_not_taken_in_again() {
    for adopted_first in [false, true] {
        let (cookies, stored, _shelf) = both();
        let mut browser = cookies.visitor(pick);
        let copy = browser.clone();
        if adopted_first {
            stored.visit(&mut browser, look);
        }
        let slow = stored.load(&copy);
        slow.restart().unwrap();
        stored.visit(&mut browser, |session| session.restart().unwrap()).writes();
        assert_eq!(apples(&stored.load(&browser)), 1);
        assert!(stored.load(&copy).is_new(), "the former id");
        let headers = stored.commit(&slow, 200).unwrap();
        assert_eq!(headers.set_cookies[0].as_str(), REMOVAL, "one of the two wins");
    }
}

#[test]
fn two_requests_that_take_in_one_session_make_one_record() {
    let (cookies, stored, shelf) = both();
    let browser = cookies.visitor(pick);
    let [a, b] = [stored.load(&browser), stored.load(&browser)];
    pick(&a);
    look(&b);
    let mut after = browser.clone();
    after.take(&stored.commit(&a, 200).unwrap());
    after.take(&stored.commit(&b, 200).unwrap());
    assert_eq!((shelf.len(), apples(&stored.load(&after))), (1, 2));
    // The cookie of before leads to the record, not to what it holds itself.
    assert_eq!(apples(&stored.load(&browser)), 2);
}

#[test]
fn a_stored_session_goes_back_into_its_cookie() {
    let ring = Ring::from(one_key());
    let shelf = Shelf::new();
    let stored: Site = site(&shelf, ring.clone(), same, |backing| backing);
    let back: Site = site(&shelf, ring.clone(), same, |backing| backing.back_to_cookies(true));
    let mut browser = stored.visitor(pick);
    let copy = browser.clone();
    back.visit(&mut browser, look).writes();
    assert_eq!(back.inside(&browser).kind(), Kind::Typed);
    shelf.calls();
    back.visit(&mut browser, pick).writes();
    assert_eq!(shelf.calls(), <[&str; 0]>::default(), "a cookie session asks no store");
    assert_eq!(apples(&Site::on(ring, same).load(&browser)), 2);

    back.visit(&mut browser, |session| session.destroy().unwrap()).removes();
    assert_eq!(shelf.len(), 0);
    assert!(back.load(&copy).is_new(), "a copy of the former cookie");
}

#[test]
fn a_session_too_large_for_a_cookie_stays_in_the_store() {
    let ring = Ring::from(one_key());
    let shelf = Shelf::new();
    let stored: Site = site(&shelf, ring.clone(), same, |backing| backing);
    let back: Site = site(&shelf, ring, same, |backing| backing.back_to_cookies(true));
    let mut browser =
        stored.visitor(|session| session.update(|b| b.note = "x".repeat(9000)).unwrap());
    let answer = back.visit(&mut browser, |session| session.read(|b| b.note.len()).unwrap());
    assert_eq!(answer.out, 9000);
    answer.leaves_the_cookie_alone();
    back.visit(&mut browser, pick).too_large();
}

#[test]
fn a_record_under_a_key_that_no_longer_seals_is_sealed_again() {
    let [old, new] = [key_text(), key_text()];
    let rotated = |second| format!("{old}\n{new} seal_from={}", START + second);
    let shelf = Shelf::new();
    let site: Site = site(&shelf, ring(&rotated(500)), same, |backing| backing);
    let mut browser = site.visitor(pick);
    shelf.calls();
    site.at(499).visit(&mut browser, look);
    assert_eq!(shelf.calls(), ["load"]);
    site.at(500).visit(&mut browser, look).writes();
    assert_eq!(shelf.calls(), ["load", "update"]);
    site.at(501).visit(&mut browser, look);
    assert_eq!(shelf.calls(), ["load"]);

    // Without the old key, it opens.
    let shorter: KeyRing = ring(&format!("{new} seal_from={}", START + 500));
    let later: Site = super::site(&shelf, shorter, same, |backing: Backing<Basket>| backing);
    assert_eq!(apples(&later.at(502).load(&browser)), 1);
}

#[test]
fn a_record_whose_key_is_unknown_is_a_cookie_that_does_not_open() {
    let [old, new] = [key_text(), key_text()];
    let shelf = Shelf::new();
    let before: Site = site(&shelf, ring(&old), same, |backing| backing);
    let mut browser = before.visitor(pick);
    let after: Site = site(&shelf, ring(&new), same, |backing| backing);
    let answer = after.visit(&mut browser, Session::is_new);
    assert!(answer.out);
    answer.leaves_the_cookie_alone();
}

#[test]
fn a_stored_session_moves_from_an_application_label_to_another() {
    let ring = Ring::from(one_key());
    let shelf = Shelf::new();
    let before: Site = {
        let shelf = &shelf;
        let make = |config: cloakroom::SessionConfig| {
            let _ = config;
            let config = cloakroom::SessionConfig::new(ring.clone(), "former")
                .clock(Arc::new(cloakroom::FixedClock::at(at(START))));
            cloakroom::SessionManager::with_store(config, Arc::clone(shelf)).unwrap()
        };
        let site = Site::made(ring.clone(), make);
        let _ = shelf.clock.set(Arc::clone(&site.clock));
        site
    };
    let mut browser = before.visitor(pick);
    let moved: Site = site(
        &shelf,
        ring.clone(),
        |config| config.also_open(Protection::Encrypted, "former", NAME, at(START + 1000)),
        |backing| backing,
    );
    moved.visit(&mut browser, pick).writes();
    assert_eq!(apples(&moved.load(&browser)), 2);
    let alone: Site = site(&shelf, ring, same, |backing| backing);
    assert_eq!(apples(&alone.load(&browser)), 2, "{APP} needs the former label no more");
}

#[test]
fn a_record_does_not_outlive_the_policy_of_today() {
    let ring = Ring::from(one_key());
    let shelf = Shelf::new();
    let site_of = |policy: Policy| -> Site {
        site(&shelf, ring.clone(), |config| config.policy(policy), |backing| backing)
    };
    let browser: Browser = site_of(Policy::default()).visitor(pick);
    let strict = site_of(Policy::default().idle(secs(100)).absolute(secs(100)));
    assert!(!strict.at(99).load(&browser).is_new());
    assert!(strict.at(100).load(&browser).is_new());
}

#[test]
fn a_session_that_ended_stays_out_for_as_long_as_any_cookie_of_it_opens() {
    let (cookies, stored, _shelf) = both();
    let days = |days: u64| secs(days * 86_400);
    let mut browser = cookies.visitor(pick);
    cookies.visit(&mut browser, |session| {
        session.set_absolute(days(300)).unwrap();
        session.set_idle(days(300)).unwrap();
    });
    let copy = browser.clone();
    // It is to end soon now, and then it is ended.
    stored.visit(&mut browser, |session| session.set_absolute(days(1)).unwrap());
    stored.visit(&mut browser, |session| session.destroy().unwrap()).removes();
    for day in [1, 2, 31, 299] {
        assert!(stored.at(day * 86_400).load(&copy).is_new(), "{day}");
    }
}
