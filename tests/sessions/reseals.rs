//! A session in use is sealed again: when, and what stays as it is.

use cloakroom::cookie::CookieConfig;
use cloakroom::{Claims, Deflate, KeyRing, Policy, Protection, ReSeal, Session};

use crate::support::{
    Basket, Browser, DAY, START, Site, apples, at, attribute, key_text, look, pick, ring, secs,
};

#[test]
fn a_session_is_sealed_again_after_a_quarter_of_its_idle_time_and_no_second_earlier() {
    let site = Site::under(Policy::default().idle(secs(400)));
    let mut browser = site.visitor(pick);
    site.at(99).visit(&mut browser, look).leaves_the_cookie_alone();
    site.at(100).visit(&mut browser, look).writes();
    site.at(199).visit(&mut browser, look).leaves_the_cookie_alone();
    site.at(200).visit(&mut browser, look).writes();
}

#[test]
fn a_quarter_of_an_hour_is_the_longest_it_waits() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    site.at(899).visit(&mut browser, look).leaves_the_cookie_alone();
    site.at(900).visit(&mut browser, look).writes();
    assert_eq!(site.inside(&browser).issued(), at(START + 900));
}

#[test]
fn the_idle_time_of_its_own_decides_when_it_is_sealed_again() {
    let site = Site::new();
    let mut browser = site.visitor(|session| {
        pick(session);
        session.set_idle(secs(80)).unwrap();
    });
    site.at(19).visit(&mut browser, look).leaves_the_cookie_alone();
    site.at(20).visit(&mut browser, look).writes();
}

#[test]
fn a_seal_keeps_the_id_the_beginning_the_lifetimes_the_claims_and_every_attribute() {
    let cookie = CookieConfig::new("__Host-session");
    let site = Site::with(|config| config.cookie(cookie));
    let mut claims = Claims::default();
    claims.subject = Some(b"ada".to_vec());
    claims.epoch = Some(3);
    claims.checked_at = Some(at(START));
    claims.stamp = Some([7; 16]);
    for persistent in [true, false] {
        site.at(0);
        let mut browser = Browser::new();
        let first = site.visit(&mut browser, |session| {
            session.update(|basket| basket.note = "as it was".into()).unwrap();
            session.set_idle(secs(4000)).unwrap();
            session.set_absolute(secs(5000)).unwrap();
            session.set_persistent(persistent).unwrap();
            session.set_claims(claims.clone()).unwrap();
        });
        let before = site.inside(&browser);
        let again = site.at(900).visit(&mut browser, look);
        let after = site.inside(&browser);

        assert_eq!(after.issued(), at(START + 900));
        assert_eq!(after.expose_id(), before.expose_id());
        assert_eq!(after.created(), before.created());
        assert_eq!(after.own_lifetimes(), Some((5000, 4000)));
        assert_eq!(after.claims(), &claims);
        assert_eq!(after.expose_body(), before.expose_body());
        assert_eq!(after.is_browser_session(), !persistent);
        assert_eq!(attribute(first.line(), "Max-Age"), persistent.then_some("4000"));
        assert_eq!(attribute(again.line(), "Max-Age"), persistent.then_some("4000"));
        let attributes = |line: &str| line.split_once("; ").unwrap().1.to_owned();
        assert_eq!(attributes(first.line()), attributes(again.line()));
    }
}

#[test]
fn sealing_again_keeps_the_persistence_that_the_session_has_and_not_the_sites() {
    let ring = crate::support::one_key();
    let was: Site = Site::on(ring.clone(), |config| config.persistent(true));
    let is: Site = Site::on(ring, |config| config.persistent(false));
    let mut browser = was.visitor(pick);
    let visit = is.at(900).visit(&mut browser, look);
    assert_eq!(visit.max_age(), Some(14 * DAY));
}

#[test]
fn by_when_changed_age_alone_never_seals_again() {
    let site = Site::with(|config| config.reseal(ReSeal::WhenChanged));
    let mut browser = site.visitor(pick);
    site.at(13 * DAY).visit(&mut browser, look).leaves_the_cookie_alone();
    let idle_end = site.load(&browser).expires();
    assert_eq!(idle_end, Some(at(START + 14 * DAY)));
    site.visit(&mut browser, pick).writes();
    assert_eq!(site.at(15 * DAY).visit(&mut browser, apples).out, 2);
}

#[test]
fn by_every_request_every_request_seals_again() {
    let site = Site::with(|config| config.reseal(ReSeal::EveryRequest));
    let mut browser = site.visitor(pick);
    site.told();
    site.visit(&mut browser, look).writes();
    site.visit(&mut browser, look).writes();
    site.visit(&mut Browser::new(), look).leaves_the_cookie_alone();
    assert_eq!(site.told(), ["opened", "resealed", "opened", "resealed"]);
}

/// Two keys of which the second seals from second 500 on.
fn rotated(reseal: ReSeal) -> Site {
    let (old, new) = (key_text(), key_text());
    let text = format!("{old} seal_until={}\n{new} seal_from={}\n", START + 560, START + 500);
    Site::on(ring(&text), |config| config.reseal(reseal))
}

#[test]
fn a_cookie_of_a_key_that_no_longer_seals_is_sealed_again_at_once() {
    for reseal in [ReSeal::Sliding, ReSeal::WhenChanged, ReSeal::EveryRequest] {
        let site = rotated(reseal);
        let mut browser = site.visitor(pick);
        let old = site.inside(&browser).kid();
        if reseal != ReSeal::EveryRequest {
            site.at(499).visit(&mut browser, look).leaves_the_cookie_alone();
        }
        let expires = |session: &Session<Basket>| session.expires().unwrap();
        let visit = site.at(500).visit(&mut browser, expires);
        visit.writes();
        let opened = site.inside(&browser);
        assert_ne!(opened.kid(), old);
        assert_eq!((opened.created(), opened.issued()), (at(START), at(START + 500)));
        assert_eq!(visit.out, at(START + 500 + 14 * DAY), "the end that the new cookie has");
    }
}

/// One key that seals for 500 seconds.
fn ending() -> KeyRing {
    ring(&format!("{} seal_until={}", key_text(), START + 500))
}

#[test]
fn a_seal_that_cannot_be_made_for_want_of_a_key_is_skipped_and_the_old_cookie_stays() {
    let site: Site = Site::on(ending(), |config| config);
    let mut browser = site.visitor(pick);
    site.at(1000).told();
    let visit = site.visit(&mut browser, apples);
    assert_eq!(visit.out, 1);
    visit.leaves_the_cookie_alone();
    let told: Vec<_> = site.told().into_iter().filter(|told| !told.starts_with("ring")).collect();
    assert_eq!(told, ["opened", "skipped: no key of the ring seals now"]);
    assert_eq!(site.sessions.counters().failed(), 0);

    let visit = site.visit(&mut browser, pick);
    assert_eq!(visit.headers.unwrap_err().status(), 500, "a change is not skipped");
}

#[test]
fn a_session_that_grew_too_large_for_another_configuration_is_skipped_too() {
    let ring = crate::support::one_key();
    let wide: Site = Site::on(ring.clone(), |config| config);
    let narrow: Site = Site::on(ring, |config| config.persistent(true));
    // Nothing but `Max-Age` makes the line too long, and only once the session is persistent.
    let mut browser = wide.visitor(|session| {
        session.update(|basket| basket.note = "x".repeat(2950)).unwrap();
    });
    narrow.at(900).visit(&mut browser, look).writes();
    let mut with_path = Site::<Basket>::on(narrow.sessions.ring().clone(), |config| {
        let cookie = CookieConfig::new("__Host-session");
        config.cookie(cookie.same_site(cloakroom::cookie::SameSite::Strict).partitioned(true))
    });
    let visit = with_path
        .at(1800)
        .visit(&mut browser, |session| session.read(|basket| basket.note.len()).unwrap());
    assert_eq!(visit.out, 2950);
    visit.leaves_the_cookie_alone();
    let told = with_path.told();
    assert_eq!(told[0], "opened");
    assert!(told[1].starts_with("skipped: the cookie needs 41"), "{}", told[1]);
    with_path = Site::new();
    assert!(with_path.load(&browser).is_new());
}

#[test]
fn a_seal_without_random_bytes_is_skipped_and_a_change_is_an_error() {
    let ring = crate::support::one_key();
    let site: Site = Site::on(ring.clone(), |config| config);
    let dry: Site = Site::on(ring, |config| config.entropy(cloakroom::FixedEntropy::failing()));
    let mut browser = site.visitor(pick);
    dry.at(900).visit(&mut browser, look).leaves_the_cookie_alone();
    assert_eq!(dry.told(), ["opened", "skipped: the generator of random bytes failed"]);
    let visit = dry.visit(&mut browser, pick);
    assert_eq!(visit.headers, Err(cloakroom::CommitError::Seal(cloakroom::SealError::Entropy)));
    let visit = dry.visit(&mut Browser::new(), |session| {
        pick(session);
        assert_eq!(session.id(), None, "there is none to be had");
    });
    assert!(visit.headers.is_err());
}

#[test]
fn in_signed_mode_a_seal_draws_no_random_bytes_unless_deflate_is_tried() {
    let ring = crate::support::one_key();
    let signed = |deflate, dry| -> Site {
        Site::on(ring.clone(), move |config| {
            let config = config.protection(Protection::Signed).deflate(deflate);
            if dry { config.entropy(cloakroom::FixedEntropy::failing()) } else { config }
        })
    };
    let long = |session: &Session<Basket>| {
        session.update(|basket| basket.note = "x".repeat(400)).unwrap();
    };
    for (deflate, short_lines, long_lines) in
        [(Deflate::Off, 1, 1), (Deflate::ToFit, 1, 1), (Deflate::WhenSmaller, 1, 0)]
    {
        let (wet, dry) = (signed(deflate, false), signed(deflate, true));
        let (mut few, mut many) = (wet.visitor(pick), wet.visitor(long));
        dry.at(900);
        assert_eq!(dry.visit(&mut few, pick).lines().len(), short_lines, "{deflate:?}");
        assert_eq!(dry.visit(&mut many, look).lines().len(), long_lines, "{deflate:?}");
    }
}

#[test]
fn a_conditional_change_that_comes_to_nothing_is_sealed_again_like_a_read() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    site.at(900).told();
    site.visit(&mut browser, |session| session.update(|_| ()).unwrap()).writes();
    assert_eq!(site.told(), ["opened", "resealed"], "nobody asked for it");
}
