//! Idle and absolute timeouts, a session's own and the policy's, to the second.

use cloakroom::{Clock, Policy, Rejection, Session};

use crate::support::{Basket, Browser, DAY, START, Site, apples, at, attribute, look, pick, secs};

/// 100 seconds of idleness, 1000 in all.
fn short() -> Policy {
    Policy::default().idle(secs(100)).absolute(secs(1000))
}

fn is_there(site: &Site, browser: &Browser) -> bool {
    !site.load(browser).is_new()
}

#[test]
fn a_session_lives_to_the_last_second_of_its_idle_time_and_not_in_the_next() {
    let site = Site::under(short());
    let browser = site.visitor(pick);
    assert!(is_there(site.at(99), &browser));
    assert!(!is_there(site.at(100), &browser));
    assert_eq!(site.sessions.counters().rejected(Rejection::ExpiredIdle), 1);
}

#[test]
fn the_default_idle_time_is_14_days_and_the_default_absolute_time_30() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    assert!(is_there(site.at(14 * DAY - 1), &browser));
    assert!(!is_there(site.at(14 * DAY), &browser));

    for day in [10, 20, 29] {
        site.at(day * DAY).visit(&mut browser, look);
    }
    assert!(is_there(site.at(30 * DAY - 1), &browser));
    assert!(!is_there(site.at(30 * DAY), &browser));
    assert_eq!(site.sessions.counters().rejected(Rejection::ExpiredAbsolute), 1);
}

#[test]
fn use_moves_the_idle_time() {
    let site = Site::under(short());
    let mut browser = site.visitor(pick);
    site.at(99).visit(&mut browser, look).writes();
    assert!(is_there(site.at(198), &browser));
    assert!(!is_there(site.at(199), &browser));
}

#[test]
fn no_activity_extends_the_absolute_time() {
    let site = Site::under(short());
    for change in [look::<Basket>, pick, |session: &Session<_>| session.renew().unwrap()] {
        site.at(0);
        let mut browser = site.visitor(pick);
        for second in (30..=990).step_by(30) {
            site.at(second).visit(&mut browser, change).line();
        }
        site.at(999).visit(&mut browser, change);
        assert!(is_there(&site, &browser));
        site.at(1000);
        assert!(!is_there(&site, &browser));
    }
}

#[test]
fn a_restart_begins_the_absolute_time_anew() {
    let site = Site::under(short());
    let mut browser = site.visitor(pick);
    for second in (50..=950).step_by(50) {
        site.at(second).visit(&mut browser, look);
    }
    site.at(990).visit(&mut browser, |session| session.restart().unwrap()).writes();
    assert!(is_there(site.at(1089), &browser));
    assert_eq!(site.inside(&browser).created(), at(START + 990));
}

#[test]
fn a_session_can_have_an_idle_time_of_its_own() {
    let site = Site::new();
    let mut browser = site.visitor(|session| {
        pick(session);
        session.set_idle(secs(60)).unwrap();
        assert_eq!(session.expires(), Some(at(START + 60)));
    });
    assert_eq!(site.inside(&browser).own_lifetimes(), Some((0, 60)));
    assert!(is_there(site.at(59), &browser));
    assert!(!is_there(site.at(60), &browser));

    site.at(0).visit(&mut browser, |session| session.set_idle(secs(0)).unwrap()).writes();
    assert_eq!(site.inside(&browser).own_lifetimes(), None);
    assert!(is_there(site.at(14 * DAY - 1), &browser));
}

#[test]
fn an_absolute_time_of_its_own_counts_from_the_beginning_of_the_session() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    site.at(400).visit(&mut browser, |session| {
        session.set_absolute(secs(500)).unwrap();
        assert_eq!(session.expires(), Some(at(START + 500)));
    });
    assert_eq!(site.inside(&browser).own_lifetimes(), Some((500, 0)));
    assert!(is_there(site.at(499), &browser));
    assert!(!is_there(site.at(500), &browser));
}

#[test]
fn part_of_a_second_counts_as_one_and_centuries_as_the_greatest_number() {
    let site = Site::new();
    let mut browser = site.visitor(|session| {
        pick(session);
        session.set_idle(std::time::Duration::from_millis(1500)).unwrap();
        session.set_absolute(std::time::Duration::MAX).unwrap();
    });
    assert_eq!(site.inside(&browser).own_lifetimes(), Some((u32::MAX, 2)));
    site.visit(&mut browser, |session| session.set_idle(secs(0)).unwrap());
    assert_eq!(site.inside(&browser).own_lifetimes(), Some((u32::MAX, 0)));
}

#[test]
fn the_policys_maxima_bound_what_a_session_sets_for_itself() {
    let policy = short().max_idle(secs(200)).max_absolute(secs(2000));
    let site = Site::under(policy);
    let mut browser = site.visitor(|session| {
        pick(session);
        session.set_idle(secs(90 * DAY)).unwrap();
        session.set_absolute(secs(90 * DAY)).unwrap();
        assert_eq!(session.expires(), Some(at(START + 200)));
    });
    assert!(is_there(site.at(199), &browser));
    assert!(!is_there(site.at(200), &browser));
    for second in (150..2000).step_by(150) {
        site.at(second).visit(&mut browser, look);
    }
    assert!(is_there(site.at(1999), &browser));
    assert!(!is_there(site.at(2000), &browser));
}

#[test]
fn lifetimes_that_are_set_on_nobody_wait_for_a_session() {
    let site = Site::new();
    let browser = site.visitor(|session| {
        session.set_idle(secs(70)).unwrap();
        session.set_absolute(secs(80)).unwrap();
        session.set_persistent(true).unwrap();
        assert!(session.is_new() && session.id().is_none());
        pick(session);
    });
    let opened = site.inside(&browser);
    assert_eq!(opened.own_lifetimes(), Some((80, 70)));
    assert!(!opened.is_browser_session());
}

#[test]
fn a_persistent_cookie_lives_as_long_as_the_session_could() {
    let site = Site::with(|config| config.policy(short()).persistent(true));
    let mut browser = Browser::new();
    assert_eq!(site.visit(&mut browser, pick).max_age(), Some(100));
    for second in (90..=900).step_by(90) {
        assert_eq!(site.at(second).visit(&mut browser, pick).max_age(), Some(100));
    }
    assert_eq!(site.at(950).visit(&mut browser, pick).max_age(), Some(50));
    assert_eq!(site.at(999).visit(&mut browser, pick).max_age(), Some(1));
}

#[test]
fn no_max_age_exceeds_400_days() {
    let longest = Policy::default().idle(secs(400 * DAY)).absolute(secs(400 * DAY));
    let site = Site::with(|config| config.policy(longest).persistent(true));
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, |session| {
        pick(session);
        session.set_idle(secs(4000 * DAY)).unwrap();
        session.set_absolute(secs(4000 * DAY)).unwrap();
    });
    assert_eq!(visit.max_age(), Some(34_560_000));
    assert!(is_there(site.at(400 * DAY - 1), &browser));
    assert!(!is_there(site.at(400 * DAY), &browser));
}

#[test]
fn a_session_chooses_whether_it_outlives_the_browser() {
    let site = Site::new();
    let mut browser = Browser::new();
    assert_eq!(site.visit(&mut browser, pick).max_age(), None);
    let stay = |session: &Session<_>| session.set_persistent(true).unwrap();
    assert_eq!(site.visit(&mut browser, stay).max_age(), Some(14 * DAY));
    assert_eq!(site.visit(&mut browser, pick).max_age(), Some(14 * DAY), "and goes on so");
    let go = |session: &Session<_>| session.set_persistent(false).unwrap();
    assert_eq!(site.visit(&mut browser, go).max_age(), None);

    let site = Site::with(|config| config.persistent(true));
    let mut browser = Browser::new();
    assert_eq!(site.visit(&mut browser, pick).max_age(), Some(14 * DAY));
    assert_eq!(site.visit(&mut browser, go).max_age(), None);
    assert_eq!(site.visit(&mut browser, pick).max_age(), None);
}

#[test]
fn what_a_session_says_of_its_end_is_when_it_ends() {
    let site = Site::under(short());
    let mut browser = site.visitor(pick);
    let expires = |session: &Session<Basket>| session.expires().unwrap();
    assert_eq!(site.at(24).visit(&mut browser, expires).out, at(START + 100), "not sealed again");
    assert_eq!(site.at(25).visit(&mut browser, expires).out, at(START + 125), "sealed again");
    assert!(is_there(site.at(124), &browser) && !is_there(site.at(125), &browser));
    let visit = site.at(60).visit(&mut browser, |session| {
        pick(session);
        expires(session)
    });
    assert_eq!(visit.out, at(START + 160));
}

#[test]
fn the_preset_of_a_quarter_of_an_hour_ends_after_a_quarter_of_an_hour() {
    let site = Site::under(Policy::aal3());
    let browser = site.visitor(|session| {
        pick(session);
        session.set_idle(secs(DAY)).unwrap();
    });
    assert!(is_there(site.at(899), &browser));
    assert!(!is_there(site.at(900), &browser));
}

#[test]
fn a_clock_that_was_set_back_neither_ends_a_session_nor_panics() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    site.clock.set(at(START - 60));
    let visit = site.visit(&mut browser, |session| {
        pick(session);
        apples(session)
    });
    assert_eq!(visit.out, 2);
    let opened = site.inside(&browser);
    assert_eq!((opened.created(), opened.issued()), (at(START), at(START)));
    assert_eq!(site.clock.now(), at(START - 60));
    assert_eq!(attribute(visit.line(), "Max-Age"), None);
}

#[test]
fn a_clock_beyond_the_formats_range_seals_nothing() {
    let site = Site::new();
    site.clock.set(at(1 << 40));
    let visit = site.visit(&mut Browser::new(), pick);
    assert_eq!(visit.headers, Err(cloakroom::CommitError::Seal(cloakroom::SealError::Clock)));
}

#[test]
fn a_lifetime_set_to_less_than_the_sessions_age_ends_it() {
    let site = Site::under(short());
    let mut browser = site.visitor(pick);
    let end_it = |session: &Session<Basket>| session.set_absolute(secs(20)).unwrap();
    site.at(20).visit(&mut browser, end_it).removes();
    assert!(!is_there(&site, &browser));
}
