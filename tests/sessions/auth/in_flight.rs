//! Requests that are under way while their session is ended elsewhere.

use std::sync::Arc;

use cloakroom::auth::{self, Login};
use cloakroom::revocation::Registry;
use cloakroom::store::MemoryStore;
use cloakroom::{Backing, CommitError, Session, SessionConfig, SessionManager};

use super::fleet::{Fleet, knows};
use super::{log_in, log_out, who};
use crate::support::{Basket, Browser, REMOVAL, Site, block_on, look, one_key, pick, secs};

type Manager = SessionManager<Basket>;
/// What a slow request does to its session before it is answered.
type Step = fn(&Site, &Session<Basket>) -> Result<(), CommitError>;

/// What gives a session another id and leaves it logged in.
const STEPS: [Step; 4] = [
    |_, session| Ok(session.renew()?),
    |_, session| block_on(auth::elevate(session, 2)),
    |_, session| block_on(auth::keep_after_change(session, "s2")),
    |site, session| block_on(auth::logout_everywhere(&site.sessions, "ada", Some(session))),
];

pub(super) fn site(make: impl FnOnce(SessionConfig, Arc<MemoryStore>) -> Manager) -> Site {
    let site = Site::made(one_key(), |config| make(config, Arc::new(MemoryStore::new())));
    // The stores go by their own clock.
    site.clock.set(cloakroom::Clock::now(&cloakroom::SystemClock));
    site
}

fn registry(adopt: bool) -> Site {
    site(|config, store| {
        let registry = Registry::new(store).adopt_cookies(adopt);
        SessionManager::new(config).unwrap().guarded_by(registry)
    })
}

fn stored() -> Site {
    site(|config, store| SessionManager::with_store(config, Backing::indexed(store)).unwrap())
}

/// Every level that ends sessions one by one.
pub(super) fn levels() -> [Site; 4] {
    let Ok([list]) = <[Site; 1]>::try_from(Fleet::of(1).sites) else { panic!("one process") };
    [list, registry(false), registry(true), stored()]
}

/// What remains of a slow request whose session is ended by `end` before it takes `step`.
fn outlives(site: &Site, step: Step, end: impl FnOnce(&Site, &mut Browser)) -> bool {
    let mut browser = site.visitor(|session| log_in(session, "ada"));
    let mut thief = browser.clone();
    let slow = site.load(&thief);
    end(site, &mut browser);
    // A handler that ignores what it is told.
    let _ = step(site, &slow);
    let headers = site.commit(&slow, 200).unwrap();
    thief.take(&headers);
    knows(site, &thief) == Some(true)
}

#[test]
fn a_request_that_is_under_way_at_the_logout_gets_no_session_under_another_id() {
    for (level, site) in levels().iter().enumerate() {
        for (nth, step) in STEPS.into_iter().enumerate() {
            let end = |site: &Site, browser: &mut Browser| site.visit(browser, log_out).removes();
            assert!(!outlives(site, step, end), "{level} {nth}");
        }
    }
}

#[test]
fn a_device_that_is_ended_in_the_middle_of_a_request_stays_out() {
    for (level, site) in levels().iter().enumerate().skip(1) {
        for (nth, step) in STEPS.into_iter().enumerate() {
            let end = |site: &Site, browser: &mut Browser| {
                let session = site.load(browser);
                let devices = block_on(auth::devices(&site.sessions, "ada")).unwrap();
                let device = devices.iter().find(|device| device.is(&session)).unwrap();
                let ended = auth::end_device(&site.sessions, "ada", &device.public_id);
                assert!(block_on(ended).unwrap());
            };
            assert!(!outlives(site, step, end), "{level} {nth}");
        }
    }
}

#[test]
fn a_slow_request_does_not_survive_a_logout_everywhere() {
    for (level, site) in levels().iter().enumerate() {
        for (nth, step) in STEPS.into_iter().enumerate() {
            let end = |site: &Site, _: &mut Browser| {
                block_on(auth::logout_everywhere(&site.sessions, "ada", None)).unwrap();
            };
            assert!(!outlives(site, step, end), "{level} {nth}");
        }
    }
}

#[test]
fn a_handler_is_told_that_its_session_has_ended_and_the_cookie_goes() {
    for site in levels() {
        let mut browser = site.visitor(|session| log_in(session, "ada"));
        let slow = site.load(&browser);
        site.visit(&mut browser, log_out);
        assert_eq!(block_on(auth::elevate(&slow, 2)), Err(CommitError::Ended));
        let headers = site.commit(&slow, 200).unwrap();
        assert_eq!(headers.set_cookies[0].as_str(), REMOVAL);
        assert!(site.told().contains(&"Ended".to_owned()));
    }
}

#[test]
fn a_session_that_is_given_less_time_than_it_has_had_ends_with_its_copies() {
    for (level, site) in levels().iter().enumerate() {
        let mut browser = site.visitor(|session| log_in(session, "ada"));
        let copy = browser.clone();
        site.clock.set(site.now().plus(100));
        site.visit(&mut browser, |session| session.set_absolute(secs(10)).unwrap()).removes();
        assert_ne!(knows(site, &copy), Some(true), "{level}");
        if level > 0 {
            assert!(block_on(auth::devices(&site.sessions, "ada")).unwrap().is_empty(), "{level}");
        }
    }
}

#[test]
fn the_data_of_a_session_that_has_ended_does_not_begin_anew() {
    for site in [&levels()[0], &levels()[3]] {
        let mut browser = site.visitor(pick);
        let slow = site.load(&browser);
        slow.restart().unwrap();
        site.visit(&mut browser, |session| session.destroy().unwrap()).removes();
        let headers = site.commit(&slow, 200).unwrap();
        assert_eq!(headers.set_cookies[0].as_str(), REMOVAL);
    }
}

#[test]
fn a_login_in_a_request_whose_session_has_ended_is_a_login() {
    for site in levels() {
        let mut browser = site.visitor(|session| log_in(session, "ada"));
        let slow = site.load(&browser);
        site.visit(&mut browser, log_out);
        block_on(auth::login(&slow, Login::new("ada").stamp("s1"))).unwrap();
        browser.take(&site.commit(&slow, 200).unwrap());
        assert_eq!(who(&site.load(&browser)).as_deref(), Some("ada"));
    }
}

#[test]
fn the_session_that_asks_for_it_goes_on_through_every_step_in_one_request() {
    for site in levels() {
        let mut browser = site.visitor(|session| log_in(session, "ada"));
        site.visit(&mut browser, |session| {
            STEPS.into_iter().for_each(|step| step(&site, session).unwrap());
            pick(session);
        });
        assert_eq!(who(&site.load(&browser)).as_deref(), Some("ada"));
        site.visit(&mut browser, look);
    }
}
