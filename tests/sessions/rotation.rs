//! Keys that change while visitors come and go: the clock decides, and nobody is logged out.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloakroom::keys::{Ring, RingText};
use cloakroom::{KeyId, Rejection, Session};

use crate::support::{Basket, Browser, START, Site, apples, at, key_text, look, pick, ring};

/// A key of this text, and its id.
fn kid(text: &str) -> KeyId {
    ring(text).kids().next().unwrap()
}

#[test]
fn from_its_second_on_the_new_key_seals_and_the_old_cookies_open() {
    let (old, new) = (key_text(), key_text());
    let (until, from) = (START + 1060, START + 1000);
    let text = format!("{old} seal_until={until}\n{new} seal_from={from}");
    let site: Site = Site::on(ring(&text), |config| config);

    let mut browser = site.at(999).visitor(|session| {
        pick(session);
        session.set_absolute(Duration::from_secs(90_000)).unwrap();
    });
    let before = site.inside(&browser);
    assert_eq!(before.kid(), kid(&old));
    let visitor = site.at(1000).visitor(pick);
    assert_eq!(site.inside(&visitor).kid(), kid(&new));

    let visit = site.visit(&mut browser, |session| {
        assert_eq!(session.kid(), Some(kid(&old)));
        apples(session)
    });
    assert_eq!(visit.out, 1);
    visit.writes();
    let after = site.inside(&browser);
    assert_eq!(after.kid(), kid(&new));
    assert_eq!(after.expose_id(), before.expose_id());
    assert_eq!((after.created(), after.issued()), (at(START + 999), at(START + 1000)));
    assert_eq!(after.own_lifetimes(), Some((90_000, 0)));
    site.visit(&mut browser, look).leaves_the_cookie_alone();
}

#[test]
fn a_late_node_seals_with_the_old_key_a_little_longer_and_the_others_open_it() {
    let (old, new) = (key_text(), key_text());
    let (until, from) = (START + 100, START + 50);
    let both = format!("{old} seal_until={until}\n{new} seal_from={from}");
    let late: Site = Site::on(ring(&old), |config| config);
    let site: Site = Site::on(ring(&both), |config| config);
    for (second, opens) in [(100, true), (160, true), (161, false)] {
        let browser = late.at(second).visitor(pick);
        assert_eq!(!site.at(second).load(&browser).is_new(), opens, "{second}");
    }
    assert_eq!(site.sessions.counters().rejected(Rejection::KeyWindow), 1);
}

#[test]
fn a_staged_key_opens_a_minute_before_it_seals() {
    let (old, new) = (key_text(), key_text());
    let both = format!("{old}\n{new} seal_from={}", START + 100);
    let ahead: Site = Site::on(ring(&new), |config| config);
    let site: Site = Site::on(ring(&both), |config| config);
    for (second, opens) in [(39, false), (40, true)] {
        let browser = ahead.at(second).visitor(pick);
        assert_eq!(!site.at(second).load(&browser).is_new(), opens, "{second}");
    }
}

#[test]
fn a_closed_key_opens_to_its_last_second() {
    let (old, new) = (key_text(), key_text());
    let (until, from) = (START + 100, START + 50);
    let text =
        format!("{old} seal_until={until} open_until={}\n{new} seal_from={from}", START + 500);
    let site: Site = Site::on(ring(&text), |config| config);
    let mut browser = site.visitor(pick);
    assert!(!site.at(499).load(&browser).is_new());
    site.at(500).visit(&mut browser, look).removes();
    assert_eq!(site.sessions.counters().rejected_under(Rejection::KeyClosed, kid(&old)), 1);
}

#[test]
fn sessions_that_began_before_not_before_are_over_and_those_of_its_second_are_not() {
    let key = key_text();
    let free: Site = Site::on(ring(&key), |config| config);
    let bound: Site =
        Site::on(ring(&format!("not_before={}\n{key}", START + 100)), |config| config);
    let mut early = free.at(99).visitor(pick);
    let late = free.at(100).visitor(pick);
    bound.at(100);
    assert!(!bound.load(&late).is_new());
    bound.visit(&mut early, look).removes();

    // A session that is used all the time began when it began.
    let mut early = free.at(99).visitor(pick);
    free.at(2000).visit(&mut early, look).writes();
    bound.at(2000).visit(&mut early, look).removes();
}

#[test]
fn after_a_key_without_end_is_over_no_key_seals_and_a_write_is_an_error() {
    let text = format!("{} seal_until={}", key_text(), START + 100);
    let site: Site = Site::on(ring(&text), |config| config);
    let mut browser = site.visitor(pick);
    let visit = site.at(100).visit(&mut browser, pick);
    let error = visit.headers.unwrap_err();
    assert_eq!(error, cloakroom::CommitError::Seal(cloakroom::SealError::NoSealingKey));
    assert_eq!(error.status(), 500);
    assert_eq!(site.visit(&mut browser, apples).out, 1, "what there is, is there");
    site.visit(&mut browser, |session| session.destroy().unwrap()).removes();
}

#[test]
fn a_ring_that_changes_while_the_site_runs_is_used_from_the_next_request_on() {
    let (old, new) = (key_text(), key_text());
    let text = Arc::new(Mutex::new(old.clone()));
    let source = Arc::clone(&text);
    let watch = move || Ok(RingText::new(&source.lock().unwrap()));
    let watched = Ring::watch(watch, Duration::from_secs(1)).unwrap();
    let site: Site = Site::on(watched, |config| config);
    let mut browser = site.visitor(pick);

    let (until, from) = (START + 900, START + 5);
    *text.lock().unwrap() = format!("{old} seal_until={until}\n{new} seal_from={from}");
    let kid_of = |session: &Session<Basket>| session.kid();
    assert_eq!(site.at(10).visit(&mut browser, kid_of).out, Some(kid(&old)));
    assert_eq!(site.at(11).visit(&mut browser, kid_of).out, Some(kid(&new)));
    assert!(site.told().contains(&"ring Reloaded".to_owned()));

    // A session that was loaded before the change is sealed by the ring of its commit.
    *text.lock().unwrap() = format!("{old} revoked\n{new} seal_from={from}");
    let mut before = Browser::new();
    let visit = site.at(20).visit(&mut before, |session| {
        pick(session);
        site.at(21);
    });
    visit.writes();
    assert_eq!(site.inside(&before).kid(), kid(&new));

    *text.lock().unwrap() = "not a ring".into();
    assert_eq!(site.at(30).visit(&mut browser, apples).out, 1, "the last good ring stays");
    assert!(site.told().iter().any(|told| told.starts_with("ring Refused")));
    assert!(!site.sessions.ring().health(site.now()).is_good());
}

#[test]
fn a_ring_that_ends_soon_is_announced_once() {
    let text = format!("{} seal_until={}", key_text(), START + 13 * 86_400);
    let site: Site = Site::on(ring(&text), |config| config);
    let mut browser = site.visitor(pick);
    site.at(70).visit(&mut browser, look);
    site.at(140).visit(&mut browser, look);
    let told = site.told();
    assert_eq!(told.iter().filter(|told| told.starts_with("ring EndsSoon")).count(), 1, "{told:?}");
}
