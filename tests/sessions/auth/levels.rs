//! From one level to the next, with everybody logged in.

use std::sync::Arc;

use cloakroom::auth::{self, Login, Verification};
use cloakroom::keys::Ring;
use cloakroom::revocation::{MemoryRevocations, Registry, RevocationList, Stamps, StoreError};
use cloakroom::store::MemoryStore;
use cloakroom::{
    Backing, Clock, FixedEntropy, RequestParts, SessionConfig, SessionManager, SystemClock,
};

use super::{log_in, log_in_with, log_out, who};
use crate::support::{Basket, Site, apples, block_on, look, one_key, pick};

type Manager = SessionManager<Basket>;

fn stamps(stamp: &'static str) -> Stamps {
    Stamps::new(move |subject| async move {
        match &subject[..] {
            b"ada" => Ok(Some(stamp.into())),
            b"down" => Err(StoreError::unavailable("users", "down")),
            _ => Ok(None),
        }
    })
}

fn stamped(ring: &Ring, stamp: &'static str, adopt: bool) -> Site {
    let stamps = stamps(stamp).adopt_unstamped(adopt);
    Site::made(ring.clone(), |config| SessionManager::new(config).unwrap().guarded_by(stamps))
}

#[test]
fn a_closure_ends_the_sessions_of_a_credential_that_changed() {
    let ring = Ring::from(one_key());
    let before = stamped(&ring, "s1", false);
    let mut browser = before.visitor(|session| log_in(session, "ada"));
    assert_eq!(who(&before.load(&browser)).as_deref(), Some("ada"));
    before.visit(&mut browser, look).leaves_the_cookie_alone();

    let after = stamped(&ring, "s2", false);
    let mut copy = browser.clone();
    after.visit(&mut copy, look).removes();
    assert!(after.told().contains(&"rejected session_revoked".to_owned()));
    // Nobody of that name, and visitors without one.
    let nobody = after.visitor(|session| log_in(session, "nobody"));
    assert!(after.load(&nobody).is_new());
    assert_eq!(apples(&after.load(&after.visitor(pick))), 1);
}

#[test]
fn a_closure_that_cannot_tell_logs_nobody_out() {
    let site = stamped(&Ring::from(one_key()), "s1", false);
    let browser = site.visitor(|session| log_in(session, "down"));
    let header = browser.header();
    let headers = [("cookie", header.as_bytes())];
    let error = block_on(site.sessions.load(&RequestParts::new("GET", "/", &headers)));
    assert_eq!(error.unwrap_err().status(), 503);
}

#[test]
fn a_login_without_a_stamp_is_given_one_while_that_is_asked_for() {
    let ring = Ring::from(one_key());
    let plain = Site::<Basket>::on(ring.clone(), |config| config);
    let mut browser = plain.visitor(|session| log_in_with(session, Login::new("ada")).unwrap());
    assert!(stamped(&ring, "s1", false).load(&browser).is_new());
    let adopting = stamped(&ring, "s1", true);
    adopting.visit(&mut browser, look).writes();
    assert_eq!(who(&adopting.load(&browser)).as_deref(), Some("ada"));
    assert_eq!(auth::verify(&adopting.load(&browser), "s1"), Verification::Verified);
    assert!(stamped(&ring, "s2", true).load(&browser).is_new());
}

/// Every level, over what all of them share.
struct Ladder {
    ring: Ring,
    authority: Arc<MemoryRevocations>,
    rows: Arc<MemoryStore>,
    records: Arc<MemoryStore>,
}

impl Ladder {
    fn new() -> Self {
        Self {
            ring: one_key().into(),
            authority: Arc::new(MemoryRevocations::new()),
            rows: Arc::new(MemoryStore::new()),
            records: Arc::new(MemoryStore::new()),
        }
    }

    fn site(&self, level: u64) -> Site {
        let make = |config: SessionConfig| -> Manager {
            let config = config.entropy(FixedEntropy::from_seed(77 + level));
            let plain = |config| SessionManager::new(config).unwrap();
            match level {
                0 => plain(config),
                1 => plain(config).guarded_by(stamps("s1").adopt_unstamped(true)),
                2 => plain(config).guarded_by(RevocationList::new(Arc::clone(&self.authority))),
                3 => {
                    let registry = Registry::new(Arc::clone(&self.rows)).adopt_cookies(true);
                    plain(config).guarded_by(registry)
                }
                _ => {
                    let backing = Backing::indexed(Arc::clone(&self.records));
                    SessionManager::with_store(config, backing.adopt_cookies(true)).unwrap()
                }
            }
        };
        let site = Site::made(self.ring.clone(), make);
        // The engines go by their own clock.
        site.clock.set(SystemClock.now());
        site
    }
}

#[test]
fn nobody_is_logged_out_by_going_from_any_level_to_any_higher_one() {
    for from in 0..5 {
        for to in from + 1..5 {
            let ladder = Ladder::new();
            let (before, after) = (ladder.site(from), ladder.site(to));
            let mut browser = before.visitor(|session| {
                log_in_with(session, Login::new("ada")).unwrap();
                pick(session);
            });
            for _ in 0..3 {
                after.visit(&mut browser, pick);
                assert_eq!(who(&after.load(&browser)).as_deref(), Some("ada"), "{from} to {to}");
            }
            assert_eq!(apples(&after.load(&browser)), 4, "{from} to {to}");
            // And what the level is for works from there on.
            let copy = browser.clone();
            after.visit(&mut browser, log_out);
            assert_eq!(after.load(&copy).is_new(), to >= 2, "{from} to {to}");
        }
    }
}

#[test]
fn nobody_is_logged_out_by_going_back_among_the_levels_of_cookies() {
    for from in 1..4 {
        for to in 0..from {
            let ladder = Ladder::new();
            let (before, after) = (ladder.site(from), ladder.site(to));
            let browser = before.visitor(|session| log_in(session, "ada"));
            assert_eq!(who(&after.load(&browser)).as_deref(), Some("ada"), "{from} to {to}");
        }
    }
}

#[test]
fn an_older_cookie_of_a_session_that_ended_is_not_taken_in_again() {
    let ladder = Ladder::new();
    let (plain, registry) = (ladder.site(0), ladder.site(3));
    let mut browser = plain.visitor(|session| log_in(session, "ada"));
    let old = browser.clone();
    registry.visit(&mut browser, look);
    registry.visit(&mut browser, log_out);
    let mut thief = old;
    registry.visit(&mut thief, look).removes();
    assert!(registry.load(&thief).is_new());

    // Also of one that another device ended.
    let mut phone = plain.visitor(|session| log_in(session, "ada"));
    let old = phone.clone();
    registry.visit(&mut phone, look);
    block_on(auth::logout_everywhere(&registry.sessions, "ada", None)).unwrap();
    assert!(registry.load(&phone).is_new() && registry.load(&old).is_new());
}

#[test]
fn without_adoption_a_registry_takes_in_nobody() {
    let ladder = Ladder::new();
    let browser = ladder.site(0).visitor(|session| log_in(session, "ada"));
    let strict = Site::made(ladder.ring.clone(), |config| {
        let registry = Registry::new(Arc::clone(&ladder.rows));
        SessionManager::<Basket>::new(config).unwrap().guarded_by(registry)
    });
    strict.clock.set(SystemClock.now());
    assert!(strict.load(&browser).is_new());
}

#[test]
fn a_list_beside_an_adopting_level_ends_what_that_level_has_not_seen() {
    for level in [3, 4] {
        let ladder = Ladder::new();
        let plain = ladder.site(0);
        let [seen, unseen] = [(); 2].map(|()| plain.visitor(|session| log_in(session, "ada")));
        let list = RevocationList::new(Arc::clone(&ladder.authority));
        let mut site = ladder.site(level);
        site.sessions = site.sessions.guarded_by(list);

        let mut browser = seen.clone();
        site.visit(&mut browser, look);
        let devices = block_on(auth::devices(&site.sessions, "ada")).unwrap();
        let [device] = &devices[..] else { panic!("one device") };
        let ended = auth::end_device(&site.sessions, "ada", &device.public_id);
        assert!(block_on(ended).unwrap());
        for cookie in [&seen, &browser] {
            assert!(site.load(cookie).is_new(), "{level}: it was ended");
        }
        assert_eq!(who(&site.load(&unseen)).as_deref(), Some("ada"));
        block_on(auth::logout_everywhere(&site.sessions, "ada", None)).unwrap();
        assert!(site.load(&unseen).is_new(), "{level}");
    }
}
