//! Mistakes that were made elsewhere, as stories that must end differently here: see the guide's
//! page `past_bugs`, which names for each the tests that hold it.

use cloakroom::cookie::CookieConfig;
use cloakroom::{Claims, Codec, KeyRing, Policy, Protection, Rejection, Session};

use crate::support::{
    APP, Basket, Browser, DAY, NAME, START, Site, apples, at, attribute, key_text, look, one_key,
    pick, ring, secs,
};

#[test]
fn a_cookie_planted_before_a_login_is_not_logged_in_after_it() {
    for restart in [false, true] {
        let site = Site::new();
        // Somebody visits, and plants the cookie in the browser of somebody else, who logs in.
        let mut attacker = site.visitor(pick);
        let mut victim = attacker.clone();
        let planted = site.inside(&attacker).expose_id();
        let login = |session: &Session<Basket>| {
            session.update(|basket| basket.note = "ada".into()).unwrap();
            if restart { session.restart().unwrap() } else { session.renew().unwrap() }
        };
        site.at(5).visit(&mut victim, login).writes();
        assert_ne!(site.inside(&victim).expose_id(), planted);

        // What was planted is what it was: its own session, without the login, now and later.
        for seconds in [10, 1000] {
            let note = |session: &Session<Basket>| session.read(|b| b.note.clone()).unwrap();
            assert_eq!(site.at(seconds).visit(&mut attacker, note).out, "");
            assert_eq!(site.inside(&attacker).expose_id(), planted);
            assert_eq!(site.visit(&mut victim.clone(), note).out, "ada");
        }
    }
}

/// Without a record on the server nobody can tell a copy from the original. The documentation
/// says so, and names the way out; this test fails when either stops being true.
#[test]
fn a_cookie_copied_before_a_logout_opens_until_the_ring_cuts_it_off() {
    let text = key_text();
    let site: Site = Site::on(ring(&text), |config| config);
    let mut browser = site.visitor(pick);
    let mut copy = browser.clone();
    site.at(5).visit(&mut browser, |session| session.destroy().unwrap()).removes();
    assert_eq!(browser.len(), 0);
    assert_eq!(site.at(6).visit(&mut copy, apples).out, 1);

    let later = START + 10;
    let cut: Site = Site::on(ring(&format!("not_before={later}\n{text}")), |config| config);
    let visit = cut.at(11).visit(&mut copy, apples);
    visit.removes();
    assert_eq!((visit.out, copy.len()), (0, 0));
    // Who came after the cut is not touched by it.
    let mut other = Browser::new();
    cut.at(12).visit(&mut other, pick);
    assert_eq!(cut.at(13).visit(&mut other, apples).out, 1);
}

#[test]
fn every_way_to_open_a_cookie_refuses_an_expired_one() {
    let ring = one_key();
    let site: Site =
        Site::on(ring.clone(), |config| config.policy(Policy::default().idle(secs(100))));
    let browser = site.visitor(pick);
    let value = browser.value(NAME).unwrap();
    let policy = Policy::default().idle(secs(100));
    let codec = Codec::new(&ring, Protection::Encrypted, APP, NAME, policy).unwrap();
    let moved = Codec::new(&ring, Protection::Encrypted, "other", NAME, policy).unwrap();
    let forever = at(START + 400 * DAY);
    let moved = moved.also_open(Protection::Encrypted, APP, NAME, forever).unwrap();

    for (seconds, open) in [(99, true), (100, false), (101, false)] {
        let now = at(START + seconds);
        for codec in [&codec, &moved] {
            let refused = codec.open(value.as_bytes(), b"", now).err().map(|e| e.reason());
            assert_eq!(refused, (!open).then_some(Rejection::ExpiredIdle));
        }
        site.at(seconds);
        // Loading is what every adapter and every handle goes through; a session for reading is
        // made of one that was loaded.
        assert_eq!(site.load(&browser).is_new(), !open);
        let reading = cloakroom::ReadSession::from(site.load(&browser));
        assert_eq!(reading.is_new(), !open);
        assert_eq!(site.load(&browser).id().is_some(), open);
        assert_eq!(site.load(&browser).claims(), Claims::default());
    }
}

#[test]
fn a_seal_under_a_new_key_keeps_every_time_and_attribute() {
    let (old, new) = (key_text(), key_text());
    let from = START + 50;
    let rotating: KeyRing =
        ring(&format!("{old} seal_until={}\n{new} seal_from={from}", from + 900));
    let cookie = CookieConfig::new("__Secure-basket").domain("shop.example").partitioned(true);
    let site: Site = Site::on(rotating.clone(), |config| config.cookie(cookie));
    let name = "__Secure-basket";
    let inside = |browser: &Browser, seconds| {
        let policy = Policy::default();
        let codec = Codec::new(&rotating, Protection::Encrypted, APP, name, policy).unwrap();
        let value = browser.value(name).unwrap();
        codec.open(value.as_bytes(), b"", at(START + seconds)).unwrap()
    };
    let mut browser = Browser::new();
    let first = site.visit(&mut browser, |session| {
        pick(session);
        session.set_persistent(true).unwrap();
        session.set_idle(secs(7000)).unwrap();
        session.set_absolute(secs(8000)).unwrap();
    });
    let before = inside(&browser, 0);

    let again = site.at(60).visit(&mut browser, look);
    let after = inside(&browser, 60);
    assert_ne!(after.kid(), before.kid());
    assert_eq!(after.expose_id(), before.expose_id());
    assert_eq!(after.created(), before.created());
    assert_eq!(after.absolute_expires(), before.absolute_expires());
    assert_eq!(after.own_lifetimes(), Some((8000, 7000)));
    assert_eq!(after.expose_body(), before.expose_body());
    assert_eq!(attribute(again.line(), "Max-Age"), Some("7000"));
    let attributes = |line: &str| line.split_once("; ").unwrap().1.to_owned();
    assert_eq!(attributes(first.line()), attributes(again.line()));
}

#[test]
fn cookies_named_like_pieces_of_ours_are_neither_joined_nor_removed() {
    let site = Site::new();
    let browser = site.visitor(pick);
    let value = browser.value(NAME).unwrap();
    let (front, back) = value.split_at(value.len() / 2);
    for mark in [".", "-", "_", "_chunk_"] {
        let pieces = format!("{NAME}{mark}0={front}; {NAME}{mark}1={back}");
        let session = site.load_from(&pieces);
        assert!(session.is_new());
        assert!(site.commit(&session, 200).unwrap().set_cookies.is_empty());
        // Beside the whole cookie they change nothing, and a logout leaves them alone.
        let session = site.load_from(&format!("{pieces}; {NAME}={value}; {NAME}{mark}2=x"));
        assert_eq!(apples(&session), 1);
        session.destroy().unwrap();
        let lines = site.commit(&session, 200).unwrap().set_cookies;
        assert_eq!(lines.iter().map(|line| line.name()).collect::<Vec<_>>(), [NAME]);
    }
    // Pieces under our own name are two cookies, and neither is one of ours.
    let session = site.load_from(&format!("{NAME}={front}; {NAME}={back}"));
    assert!(session.is_new());
}
