//! Moving the mode, the label or the name of a cookie, and holding a version, without logging
//! anybody out.

use std::sync::Arc;

use cloakroom::cookie::CookieConfig;
use cloakroom::{
    ConfigError, First, KeyRing, Protection, ReSeal, SessionConfig, SessionData, SessionManager,
    Upgrade,
};
use serde::{Deserialize, Serialize};

use crate::support::{
    APP, Basket, Browser, NAME, START, Site, apples, at, look, one_key, pick, secs,
};

const MOVED_UNTIL: u64 = 1000;

/// A site as it was: another mode, label or name.
fn was(ring: &KeyRing, mode: Protection, app: &str, name: &'static str) -> Site {
    let app = app.to_owned();
    let ring = ring.clone();
    Site::on(ring.clone(), move |config| {
        // The label cannot be changed any more, so the configuration is made anew.
        drop(config);
        SessionConfig::new(ring, app)
            .protection(mode)
            .cookie(CookieConfig::new(name))
            .clock(cloakroom::FixedClock::at(at(START)))
    })
}

/// The default site, which also opens what the other one sealed.
fn is(ring: &KeyRing, mode: Protection, app: &str, name: &str) -> Site {
    Site::on(ring.clone(), |config| config.also_open(mode, app, name, at(START + MOVED_UNTIL)))
}

#[test]
fn a_cookie_of_the_former_mode_or_label_opens_and_is_sealed_as_ours_at_once() {
    let ring = one_key();
    for (mode, app) in [
        (Protection::Signed, APP),
        (Protection::Encrypted, "old-shop"),
        (Protection::Signed, "old-shop"),
    ] {
        let mut browser = was(&ring, mode, app, NAME).visitor(|session| {
            pick(session);
            session.set_idle(secs(5000)).unwrap();
            session.set_persistent(true).unwrap();
        });
        let site = is(&ring, mode, app, NAME);
        let visit = site.at(50).visit(&mut browser, apples);
        assert_eq!(visit.out, 1);
        visit.writes();
        assert_eq!(site.told(), ["opened", "resealed"]);
        let opened = site.inside(&browser);
        assert_eq!((opened.created(), opened.issued()), (at(START), at(START + 50)));
        assert_eq!(opened.own_lifetimes(), Some((0, 5000)));
        assert!(!opened.is_browser_session());
        assert_eq!(browser.len(), 1);
        site.visit(&mut browser, look).leaves_the_cookie_alone();
    }
}

#[test]
fn it_is_sealed_at_once_whatever_the_rule_for_seals() {
    let ring = one_key();
    let mut browser = was(&ring, Protection::Signed, APP, NAME).visitor(pick);
    let site: Site = Site::on(ring, |config| {
        config.reseal(ReSeal::WhenChanged).also_open(
            Protection::Signed,
            APP,
            NAME,
            at(START + MOVED_UNTIL),
        )
    });
    site.visit(&mut browser, look).writes();
}

#[test]
fn a_cookie_of_the_former_name_opens_and_is_removed() {
    let ring = one_key();
    let mut browser = was(&ring, Protection::Encrypted, APP, "sid").visitor(pick);
    let site = is(&ring, Protection::Encrypted, APP, "sid");
    let visit = site.visit(&mut browser, apples);
    assert_eq!(visit.out, 1);
    let lines = visit.lines();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("__Host-session=E"));
    assert_eq!(lines[1], "sid=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    assert_eq!((browser.value("sid"), browser.len()), (None, 1));
    assert_eq!(site.visit(&mut browser, apples).out, 1);
}

#[test]
fn every_way_to_end_a_session_of_the_former_name_removes_it() {
    let ring = one_key();
    let visitor = was(&ring, Protection::Encrypted, APP, "sid").visitor(pick);
    let site = is(&ring, Protection::Encrypted, APP, "sid");
    let mut browser = visitor.clone();
    site.visit(&mut browser, |session| session.destroy().unwrap());
    assert_eq!(browser.len(), 0);
    for change in [cloakroom::Session::renew, cloakroom::Session::restart] {
        let mut browser = visitor.clone();
        site.visit(&mut browser, |session| change(session).unwrap());
        assert_eq!((browser.value("sid"), browser.len()), (None, 1));
    }
}

#[test]
fn a_former_name_is_looked_at_only_when_no_cookie_of_our_own_opens() {
    let ring = one_key();
    let old = was(&ring, Protection::Encrypted, APP, "sid").visitor(pick);
    let site = is(&ring, Protection::Encrypted, APP, "sid");
    let ours = site.visitor(|session| session.update(|basket| basket.apples = 5).unwrap());
    site.told();
    let session = site.load_from(&format!("{}; {}", old.header(), ours.header()));
    assert_eq!(apples(&session), 5);
    assert_eq!(site.told(), ["opened"]);
    assert!(site.commit(&session, 200).unwrap().set_cookies.is_empty());

    // One that does not open is none.
    let session = site.load_from(&format!("{NAME}=x; {}", old.header()));
    assert_eq!(apples(&session), 1);
    assert_eq!(site.told(), ["rejected length", "opened"]);

    // Two different ones are not none: an ambiguity is not settled by a third.
    let third = site.visitor(pick).header();
    let session = site.load_from(&format!("{}; {third}; {}", ours.header(), old.header()));
    assert!(session.is_new());
}

#[test]
fn our_expired_cookie_does_not_stand_in_the_way_of_the_former_one() {
    let ring = one_key();
    let site = is(&ring, Protection::Encrypted, APP, "sid");
    let mut browser = site.visitor(|session| {
        pick(session);
        session.set_idle(secs(10)).unwrap();
    });
    let old = was(&ring, Protection::Encrypted, APP, "sid");
    let given = old.visitor(|session| session.update(|b| b.apples = 7).unwrap());
    browser.store(&format!("{}; Path=/", given.header()));
    let visit = site.at(20).visit(&mut browser, apples);
    assert_eq!(visit.out, 7);
    assert_eq!(visit.lines().len(), 2);
    assert_eq!(browser.len(), 1);
}

#[test]
fn a_former_cookie_that_does_not_open_is_left_alone() {
    let ring = one_key();
    let site = is(&ring, Protection::Encrypted, APP, "sid");
    let session = site.load_from("sid=somebody-elses");
    assert!(session.is_new());
    assert!(site.commit(&session, 200).unwrap().set_cookies.is_empty());
    assert_eq!(site.told(), ["rejected length"]);
}

#[test]
fn from_its_date_on_a_former_context_is_not_opened_any_more() {
    let ring = one_key();
    for (name, told) in [(NAME, "rejected version"), ("sid", "")] {
        let browser = was(&ring, Protection::Signed, APP, name).visitor(pick);
        let site = is(&ring, Protection::Signed, APP, name);
        assert!(!site.at(MOVED_UNTIL - 1).load(&browser).is_new());
        site.told();
        assert!(site.at(MOVED_UNTIL).load(&browser).is_new());
        assert_eq!(site.told().join(""), told);
    }
}

#[test]
fn what_opens_in_no_context_is_refused_as_our_own_context_refuses_it() {
    let ring = one_key();
    let stranger = was(&ring, Protection::Encrypted, "stranger", NAME).visitor(pick);
    let site = is(&ring, Protection::Encrypted, "old-shop", NAME);
    assert!(site.load(&stranger).is_new());
    let signed = was(&ring, Protection::Signed, "old-shop", NAME).visitor(pick);
    assert!(site.load(&signed).is_new());
    assert_eq!(site.told(), ["rejected forged", "rejected version"]);
}

#[test]
fn two_former_contexts_open_and_a_third_is_a_mistake() {
    let ring = one_key();
    let until = at(START + MOVED_UNTIL);
    let two = |config: SessionConfig| {
        config.also_open(Protection::Encrypted, "first", NAME, until).also_open(
            Protection::Signed,
            "second",
            "sid",
            until,
        )
    };
    let site: Site = Site::on(ring.clone(), two);
    for browser in [
        was(&ring, Protection::Encrypted, "first", NAME).visitor(pick),
        was(&ring, Protection::Signed, "second", "sid").visitor(pick),
    ] {
        assert_eq!(site.visit(&mut browser.clone(), apples).out, 1);
    }
    let config = two(SessionConfig::new(ring, APP));
    let three = config.also_open(Protection::Signed, "third", NAME, until);
    assert_eq!(SessionManager::<Basket>::new(three).unwrap_err(), ConfigError::TooManyAlsoOpen);
}

#[test]
fn a_former_name_with_two_modes_is_looked_at_once() {
    let ring = one_key();
    let until = at(START + MOVED_UNTIL);
    let site: Site = Site::on(ring.clone(), |config| {
        config.also_open(Protection::Encrypted, APP, "sid", until).also_open(
            Protection::Signed,
            APP,
            "sid",
            until,
        )
    });
    site.load_from("sid=x");
    assert_eq!(site.told(), ["rejected length"]);
    for mode in [Protection::Encrypted, Protection::Signed] {
        let mut browser = was(&ring, mode, APP, "sid").visitor(pick);
        let visit = site.visit(&mut browser, apples);
        assert_eq!((visit.out, visit.lines().len(), browser.len()), (1, 2, 1));
    }
}

#[test]
fn a_former_context_that_cannot_be_is_refused_when_the_site_starts() {
    let until = at(START);
    for (app, name) in [("", "sid"), ("shop", ""), ("shop", "no token"), ("no label", "sid")] {
        let config =
            SessionConfig::new(one_key(), APP).also_open(Protection::Encrypted, app, name, until);
        assert!(SessionManager::<Basket>::new(config).is_err(), "{app} {name}");
    }
}

#[derive(Default, Serialize, Deserialize)]
struct V1 {
    apples: u32,
}

impl SessionData for V1 {
    const VERSION: u8 = 1;
    type Previous = First;
}

#[derive(Default, Serialize, Deserialize)]
struct V2 {
    apples: u32,
    pears: u32,
}

impl SessionData for V2 {
    const VERSION: u8 = 2;
    type Previous = V1;

    fn downgrade(&self) -> Option<V1> {
        (self.pears == 0).then_some(V1 { apples: self.apples })
    }
}

impl Upgrade<V2> for V1 {
    fn upgrade(self) -> V2 {
        V2 { apples: self.apples, pears: 0 }
    }
}

#[test]
fn a_held_version_is_what_nodes_of_the_former_release_can_read() {
    let ring = one_key();
    let old: Site<V1> = Site::on(ring.clone(), |config| config);
    let holding: Site<V2> = Site::on(ring.clone(), |config| config.hold_version(1));
    let mut browser = holding.visitor(|session| session.update(|data| data.apples = 1).unwrap());
    let visit = old.visit(&mut browser, |session| session.update(|data| data.apples += 1).unwrap());
    visit.writes();
    let visit = holding.visit(&mut browser, |session| session.read(|data| data.apples).unwrap());
    assert_eq!(visit.out, 2);
    visit.leaves_the_cookie_alone();
}

#[test]
fn what_a_held_version_cannot_say_is_an_error_when_written_and_skipped_when_only_read() {
    let ring = one_key();
    let new: Site<V2> = Site::on(ring.clone(), |config| config);
    let holding: Site<V2> = Site::on(ring, |config| config.hold_version(1));
    let visitor = new.visitor(|session| session.update(|data| data.pears = 3).unwrap());

    let mut browser = visitor.clone();
    let visit =
        holding.at(900).visit(&mut browser, |session| session.read(|data| data.pears).unwrap());
    assert_eq!(visit.out, 3);
    visit.leaves_the_cookie_alone();
    let told = holding.told();
    assert_eq!(told[1], "skipped: the session cannot be converted down to version 1");

    let visit =
        holding.visit(&mut browser, |session| session.update(|data| data.apples = 1).unwrap());
    let held = cloakroom::SealError::HeldVersion { version: 1 };
    assert_eq!(visit.headers, Err(cloakroom::CommitError::Seal(held)));
    assert_eq!(browser, visitor);
}

#[test]
fn a_version_that_cannot_be_held_is_refused_when_the_site_starts() {
    for version in [0, 3, 255] {
        let config = SessionConfig::new(one_key(), APP).hold_version(version);
        let refused = SessionManager::<V2>::new(config).unwrap_err();
        assert_eq!(refused, ConfigError::HeldVersion { version });
    }
}

#[test]
fn a_session_that_moves_while_it_changes_is_written_once() {
    let ring = one_key();
    let mut browser = was(&ring, Protection::Signed, "old-shop", NAME).visitor(pick);
    let site = is(&ring, Protection::Signed, "old-shop", NAME);
    let clock = Arc::clone(&site.clock);
    clock.advance(10);
    site.visit(&mut browser, pick).writes();
    assert_eq!(site.told(), ["opened", "sealed"]);
    assert_eq!(site.visit(&mut browser, apples).out, 2);
    assert_eq!(Browser::new().len(), 0);
}
