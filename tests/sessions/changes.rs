//! What counts as a change: another encoding, and nothing else.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cloakroom::{
    Claims, CommitError, Failure, First, Protection, RequestParts, SaveOn, Session, SessionData,
    SessionError, SessionStatus, Upgrade,
};
use serde::{Deserialize, Serialize};

use crate::support::{Basket, Browser, Site, apples, block_on, look, one_key, pick, secs};

#[test]
fn writing_back_what_was_there_is_no_change() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let visit = site.visit(&mut browser, |session| {
        session.update(|basket| basket.apples = 1).unwrap();
        session.update(|basket| basket.note = String::new()).unwrap();
        assert_eq!(session.status(), SessionStatus::Changed);
    });
    visit.leaves_the_cookie_alone();
}

#[test]
fn a_change_that_is_taken_back_is_no_change() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let visit = site.visit(&mut browser, |session| {
        pick(session);
        session.clear().unwrap();
        pick(session);
        session.replace(Basket { apples: 1, note: String::new() }).unwrap();
    });
    visit.leaves_the_cookie_alone();
}

#[test]
fn a_change_anywhere_in_the_data_is_a_change() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    site.visit(&mut browser, |session| session.update(|b| b.note.push('!')).unwrap()).writes();
    site.visit(&mut browser, pick).writes();
    site.visit(&mut browser, |session| session.clear().unwrap()).writes();
    assert_eq!(site.visit(&mut browser, apples).out, 0);
}

#[test]
fn a_cleared_typed_session_stays_the_same_session() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let before = site.inside(&browser).expose_id();
    site.visit(&mut browser, |session| session.clear().unwrap()).writes();
    assert_eq!(site.inside(&browser).expose_id(), before);
    assert_eq!(site.visit(&mut browser, apples).out, 0);
}

/// Its entries stand in another order in every process and every copy.
#[derive(Default, Serialize, Deserialize)]
struct Shelf {
    books: HashMap<String, u32>,
}

impl SessionData for Shelf {
    const VERSION: u8 = 1;
    type Previous = First;
}

#[test]
fn a_hash_map_that_is_merely_read_is_never_a_change() {
    let site: Site<Shelf> = Site::on(one_key(), |config| config);
    let fill = |session: &Session<Shelf>| {
        let books = (0..60).map(|nth| (format!("book {nth}"), nth));
        session.update(|shelf| shelf.books.extend(books)).unwrap();
    };
    let mut browser = site.visitor(fill);
    for _ in 0..20 {
        let visit = site.visit(&mut browser, |session| {
            session.read(|shelf| shelf.books.values().sum::<u32>()).unwrap()
        });
        assert_eq!(visit.out, 1770);
        visit.leaves_the_cookie_alone();
        site.visit(&mut browser, |session| session.update(|_| ()).unwrap())
            .leaves_the_cookie_alone();
    }
}

/// What the basket was before it had a note.
#[derive(Default, Serialize, Deserialize)]
struct OldBasket {
    apples: u32,
}

impl SessionData for OldBasket {
    const VERSION: u8 = 1;
    type Previous = First;
}

#[derive(Default, Serialize, Deserialize)]
struct NewBasket {
    apples: u32,
    pears: u32,
}

impl SessionData for NewBasket {
    const VERSION: u8 = 2;
    type Previous = OldBasket;
}

impl Upgrade<NewBasket> for OldBasket {
    fn upgrade(self) -> NewBasket {
        NewBasket { apples: self.apples, pears: 7 }
    }
}

#[test]
fn the_conversion_of_an_older_version_alone_is_no_change() {
    let ring = one_key();
    let old: Site<OldBasket> = Site::on(ring.clone(), |config| config);
    let new: Site<NewBasket> = Site::on(ring, |config| config);
    let mut browser = old.visitor(|session| session.update(|basket| basket.apples = 4).unwrap());

    let read = |session: &Session<NewBasket>| session.read(|b| (b.apples, b.pears)).unwrap();
    let visit = new.visit(&mut browser, read);
    assert_eq!(visit.out, (4, 7));
    visit.leaves_the_cookie_alone();
    let visit = new.visit(&mut browser, |session| session.update(|b| b.pears = 7).unwrap());
    visit.leaves_the_cookie_alone();
    assert!(!old.load(&browser).is_new(), "it still is an old cookie");

    new.visit(&mut browser, |session| session.update(|b| b.pears = 8).unwrap()).writes();
    assert_eq!(new.visit(&mut browser, read).out, (4, 8));
}

#[test]
fn lifetimes_persistence_and_claims_are_changes_only_if_they_differ() {
    let site = Site::new();
    let mut claims = Claims::default();
    claims.level = Some(1);
    let mut browser = site.visitor(|session| {
        pick(session);
        session.set_idle(secs(500)).unwrap();
        session.set_claims(claims.clone()).unwrap();
    });
    let visit = site.visit(&mut browser, |session| {
        session.set_idle(secs(500)).unwrap();
        session.set_persistent(false).unwrap();
        session.set_claims(claims.clone()).unwrap();
    });
    visit.leaves_the_cookie_alone();

    site.visit(&mut browser, |session| session.set_idle(secs(501)).unwrap()).writes();
    site.visit(&mut browser, |session| session.set_absolute(secs(501)).unwrap()).writes();
    site.visit(&mut browser, |session| session.set_persistent(true).unwrap()).writes();
    site.visit(&mut browser, |session| session.set_claims(Claims::default()).unwrap()).writes();
    let opened = site.inside(&browser);
    assert_eq!(opened.own_lifetimes(), Some((501, 501)));
    assert!(opened.claims().is_empty() && !opened.is_browser_session());
}

#[test]
fn claims_alone_make_a_session_out_of_none() {
    let site = Site::new();
    let mut claims = Claims::default();
    claims.subject = Some(b"ada".to_vec());
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| session.set_claims(claims.clone()).unwrap()).writes();
    assert_eq!(site.visit(&mut browser, Session::claims).out, claims);
}

#[test]
fn a_panic_inside_an_update_discards_the_change_and_fails_the_commit() {
    for anonymous in [true, false] {
        let site = Site::new();
        let browser = if anonymous { Browser::new() } else { site.visitor(pick) };
        site.told();
        let session = site.load(&browser);
        let panics = || {
            session.update(|basket| {
                basket.apples = 99;
                panic!("in the middle of it")
            })
        };
        let result = catch_unwind(AssertUnwindSafe(panics));
        assert!(result.is_err(), "the panic goes on its way");

        assert_eq!(session.read(|basket| basket.apples), Err(SessionError::Panicked));
        assert_eq!(session.update(|_| ()), Err(SessionError::Panicked));
        assert_eq!(session.restart(), Err(SessionError::Panicked));
        let panicked = CommitError::Session(SessionError::Panicked);
        assert_eq!(session.size(), Err(panicked.clone()));
        assert_eq!(block_on(session.commit()), Err(panicked.clone()));

        let error = site.commit(&session, 200).unwrap_err();
        assert_eq!((error.status(), error.retry_after()), (500, None));
        assert_eq!(error, panicked);
        assert_eq!(site.sessions.failure(&error), Failure::Replace);
        assert_eq!(site.sessions.counters().failed(), 1);
        assert_eq!(site.told().last().unwrap(), "failed: an update of the session panicked");
        assert_eq!(apples(&site.load(&browser)), u32::from(!anonymous));
    }
}

#[test]
fn a_panic_inside_a_read_leaves_the_session_as_it_was() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let visit = site.visit(&mut browser, |session| {
        let read = || session.read(|_| panic!("while reading"));
        assert!(catch_unwind(AssertUnwindSafe(read)).is_err());
        pick(session);
    });
    visit.writes();
    assert_eq!(site.visit(&mut browser, apples).out, 2);
}

#[test]
fn changes_are_kept_whatever_the_status_of_the_response() {
    let site = Site::new();
    for status in [200, 303, 404, 500, 503] {
        let mut browser = site.visitor(pick);
        site.visit_with(status, &mut browser, pick).writes();
        assert_eq!(site.visit(&mut browser, apples).out, 2, "{status}");
    }
}

#[test]
fn by_djangos_rule_a_server_error_saves_no_change() {
    let site = Site::with(|config| config.save_on(SaveOn::NotServerError));
    for status in [500, 503, 599] {
        let mut browser = Browser::new();
        site.visit_with(status, &mut browser, pick).leaves_the_cookie_alone();
        let mut browser = site.visitor(pick);
        site.visit_with(status, &mut browser, pick).leaves_the_cookie_alone();
        site.visit_with(status, &mut browser, |session| session.set_idle(secs(9)).unwrap())
            .leaves_the_cookie_alone();
        assert_eq!(site.visit(&mut browser, apples).out, 1);
    }
    let mut browser = site.visitor(pick);
    site.visit_with(499, &mut browser, pick).writes();
}

#[test]
fn by_djangos_rule_renewal_login_and_removal_go_out_all_the_same() {
    let site = Site::with(|config| config.save_on(SaveOn::NotServerError));
    let mut browser = site.visitor(pick);
    let before = site.inside(&browser).expose_id();
    site.visit_with(500, &mut browser, |session| session.renew().unwrap()).writes();
    let renewed = site.inside(&browser).expose_id();
    assert_ne!(renewed, before);
    site.visit_with(500, &mut browser, |session| session.restart().unwrap()).writes();
    assert_ne!(site.inside(&browser).expose_id(), renewed);
    site.visit_with(500, &mut browser, |session| session.destroy().unwrap()).removes();

    let mut browser = site.visitor(pick);
    let visit = site.visit_with(500, &mut browser, |session| {
        session.destroy().unwrap();
        pick(session);
    });
    visit.removes();
}

#[test]
fn a_visitor_who_is_only_read_is_never_written_in_signed_mode_either() {
    let site = Site::with(|config| config.protection(Protection::Signed));
    let mut browser = site.visitor(pick);
    assert!(browser.header().starts_with("__Host-session=S"));
    site.visit(&mut browser, look).leaves_the_cookie_alone();
    let headers = [("cookie", browser.header())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_bytes()));
    let session = block_on(site.sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap();
    assert_eq!(apples(&session), 1);
}
