//! S3 and S4: the list of devices, and ending one.

use std::sync::{Arc, OnceLock};

use cloakroom::auth::{self, Device, Login};
use cloakroom::revocation::{MemoryRevocations, Registry, RevocationList};
use cloakroom::store::{MemoryStore, StoreTime};
use cloakroom::{
    Backing, Clock, CommitError, FixedClock, Policy, Session, SessionConfig, SessionManager,
    StoreError,
};

use super::{log_in, log_in_with, log_out, who};
use crate::support::{Basket, Browser, DAY, Site, apples, block_on, look, one_key, pick, secs};

type Manager = SessionManager<Basket>;

/// A store by the clock of the site that is made over it.
fn shelf() -> (Arc<MemoryStore>, Arc<OnceLock<Arc<FixedClock>>>) {
    let clock = Arc::new(OnceLock::<Arc<FixedClock>>::new());
    let theirs = Arc::clone(&clock);
    let now = move || StoreTime::from(theirs.get().expect("a clock").now());
    (Arc::new(MemoryStore::with_clock(now)), clock)
}

fn site(make: impl FnOnce(SessionConfig, Arc<MemoryStore>) -> Manager) -> (Site, Arc<MemoryStore>) {
    let (store, clock) = shelf();
    let site = Site::made(one_key(), |config| make(config, Arc::clone(&store)));
    assert!(clock.set(Arc::clone(&site.clock)).is_ok());
    (site, store)
}

fn registry(adjust: impl FnOnce(Registry) -> Registry) -> (Site, Arc<MemoryStore>) {
    site(|config, store| {
        SessionManager::new(config).unwrap().guarded_by(adjust(Registry::new(store)))
    })
}

fn stored() -> (Site, Arc<MemoryStore>) {
    site(|config, store| {
        let label = |basket: &Basket| Some(basket.note.clone().into_bytes());
        SessionManager::with_store(config, Backing::indexed(store).label(label)).unwrap()
    })
}

fn devices(site: &Site) -> Vec<Device> {
    block_on(auth::devices(&site.sessions, "ada")).unwrap()
}

fn labels(site: &Site) -> Vec<String> {
    let label = |device: Device| String::from_utf8(device.label.unwrap_or_default()).unwrap();
    devices(site).into_iter().map(label).collect()
}

/// The same story at both levels.
fn both() -> [(Site, Arc<MemoryStore>); 2] {
    [registry(|registry| registry), stored()]
}

/// Logs ada in on `device`.
fn browser_of(site: &Site, device: &str) -> Browser {
    site.visitor(|session| {
        log_in_with(session, Login::new("ada").stamp("s1").label(device)).unwrap();
        session.update(|basket| basket.note = device.into()).unwrap();
    })
}

#[test]
fn a_subject_sees_each_login_and_ends_one_of_them() {
    for (site, _) in both() {
        let mut phone = browser_of(&site, "phone");
        let mut laptop = browser_of(site.at(100), "laptop");
        let bob = site.visitor(|session| log_in(session, "bob"));
        site.at(200);
        assert_eq!(labels(&site), ["laptop", "phone"], "the one seen last first");
        let [here, there] = &devices(&site)[..] else { panic!("two devices") };
        assert!(here.is(&site.load(&laptop)) && !there.is(&site.load(&laptop)));
        assert!(there.is(&site.load(&phone)));
        assert!(here.created > there.created && here.expires > here.seen);

        let end = |subject: &str, id: &str| {
            block_on(auth::end_device(&site.sessions, subject, id)).unwrap()
        };
        assert!(!end("bob", &there.public_id), "it is not bob's to end");
        assert!(!end("ada", "0000000000000000") && !end("ada", ""));
        site.told();
        assert!(end("ada", &there.public_id));
        assert_eq!(site.told(), ["Revoked { subject: Subject(..) }"]);
        assert!(!end("ada", &there.public_id));
        assert_eq!(labels(&site), ["laptop"]);

        let answer = site.visit(&mut phone, look);
        answer.removes();
        assert!(who(&site.load(&phone)).is_none());
        assert_eq!(who(&site.visit(&mut laptop, Clone::clone).out).as_deref(), Some("ada"));
        assert_eq!(who(&site.load(&bob)).as_deref(), Some("bob"));
    }
}

#[test]
fn a_logout_takes_the_device_off_the_list_and_a_copy_of_the_cookie_with_it() {
    for (site, store) in both() {
        let mut browser = browser_of(&site, "phone");
        let copy = browser.clone();
        site.visit(&mut browser, log_out).removes();
        assert!(devices(&site).is_empty() && store.is_empty());
        assert!(site.load(&copy).is_new());
    }
}

#[test]
fn everywhere_ends_every_device_but_this_one() {
    for (site, _) in both() {
        let mut here = browser_of(&site, "here");
        let there = browser_of(&site, "there");
        let copy = here.clone();
        site.at(10).visit(&mut here, |session| {
            let done = auth::logout_everywhere(&site.sessions, "ada", Some(session));
            block_on(done).unwrap();
        });
        assert_eq!(labels(&site), ["here"]);
        assert!(site.load(&there).is_new() && site.load(&copy).is_new());
        assert_eq!(who(&site.load(&here)).as_deref(), Some("ada"));
        // Somebody else's session is none to keep.
        let bob = site.visitor(|session| log_in(session, "bob"));
        let session = site.load(&bob);
        block_on(auth::logout_everywhere(&site.sessions, "ada", Some(&session))).unwrap();
        assert!(devices(&site).is_empty() && site.load(&here).is_new());
        assert_eq!(who(&site.load(&bob)).as_deref(), Some("bob"));
    }
}

#[test]
fn a_new_id_of_one_login_is_the_same_device() {
    for (site, store) in both() {
        let mut browser = browser_of(&site, "phone");
        let before = devices(&site)[0].public_id.clone();
        site.visit(&mut browser, |session| block_on(auth::elevate(session, 2)).unwrap());
        assert_ne!(devices(&site)[0].public_id, before);
        site.visit(&mut browser, |session| session.renew().unwrap());
        assert_eq!((labels(&site), store.len()), (vec!["phone".to_owned()], 1));
        assert_eq!(who(&site.load(&browser)).as_deref(), Some("ada"));
    }
}

#[test]
fn several_new_ids_within_one_request_are_one_device_and_a_logout_after_them_leaves_none() {
    for (site, store) in both() {
        let mut browser = browser_of(&site, "phone");
        site.visit(&mut browser, |session| {
            block_on(auth::keep_after_change(session, "new")).unwrap();
            block_on(auth::elevate(session, 2)).unwrap();
            block_on(auth::logout_everywhere(&site.sessions, "ada", Some(session))).unwrap();
        });
        assert_eq!((labels(&site), store.len()), (vec!["phone".to_owned()], 1));
        assert_eq!(who(&site.load(&browser)).as_deref(), Some("ada"));

        let bob = site.visitor(|session| {
            log_in(session, "bob");
            log_out(session);
        });
        assert_eq!(bob.header(), "", "no cookie");
        assert_eq!(store.len(), 1, "ada's");
    }
}

#[test]
fn a_device_in_use_is_seen_and_one_that_idles_out_leaves_the_list() {
    let (site, _) = registry(|registry| registry);
    let mut browser = browser_of(&site, "phone");
    let _idle = browser_of(&site, "idle");
    let first = devices(&site)[0].seen;
    for day in (1..29).step_by(3) {
        site.at(day * DAY).visit(&mut browser, pick);
    }
    let [device] = &devices(&site)[..] else { panic!("one device") };
    assert!(device.seen > first && device.is(&site.load(&browser)));
    assert_eq!(apples(&site.load(&browser)), 10, "what is in the cookie stays in the cookie");
}

#[test]
fn a_row_lives_for_as_long_as_a_login_that_is_remembered_later() {
    let remember = |session: &Session<Basket>| auth::remember(session, secs(90 * DAY)).unwrap();
    for at_once in [true, false] {
        let (site, _) = registry(|registry| registry);
        let mut browser = site.visitor(|session| {
            log_in(session, "ada");
            if at_once {
                remember(session);
            }
        });
        if !at_once {
            site.visit(&mut browser, remember);
        }
        site.at(60 * DAY);
        assert_eq!(who(&site.load(&browser)).as_deref(), Some("ada"), "{at_once}");
        assert!(site.at(90 * DAY).load(&browser).is_new());
    }
}

#[test]
fn a_row_outlives_every_cookie_that_was_sealed_within_its_window() {
    let (site, _) = site(|config, store| {
        let policy = Policy::default().idle(secs(1800)).absolute(secs(DAY));
        let registry = Registry::new(store).window(secs(3600));
        SessionManager::new(config.policy(policy)).unwrap().guarded_by(registry)
    });
    let mut browser = browser_of(&site, "phone");
    for minute in [1, 20, 40, 60, 80, 100, 120] {
        site.at(60 * minute).visit(&mut browser, pick);
        assert_eq!(who(&site.load(&browser)).as_deref(), Some("ada"), "minute {minute}");
    }
    assert!(site.at(60 * 150).load(&browser).is_new(), "idle for half an hour");
}

#[test]
fn a_login_removes_rows_that_have_expired() {
    let (site, store) = registry(|registry| registry);
    let _one = browser_of(&site, "one");
    site.at(40 * DAY);
    let _two = browser_of(&site, "two");
    assert_eq!(store.len(), 1);
}

#[test]
fn visitors_who_are_not_logged_in_have_no_row() {
    let (site, store) = registry(|registry| registry);
    let mut browser = site.visitor(pick);
    site.visit(&mut browser, pick);
    assert!(store.is_empty());
    assert_eq!(apples(&site.load(&browser)), 2);
}

#[test]
fn a_window_runs_from_the_last_look_at_the_row() {
    let (site, _) = registry(|registry| registry.window(secs(60)));
    let mut browser = browser_of(&site, "phone");
    site.visit(&mut browser, look).writes();
    site.at(59).visit(&mut browser, look).leaves_the_cookie_alone();
    site.at(60).visit(&mut browser, look).writes();
    assert_eq!(site.inside(&browser).claims().checked_at, Some(site.now()));
}

#[test]
fn a_window_lets_an_ended_device_go_on_for_so_long_unless_a_list_stands_beside() {
    for list in [false, true] {
        let (site, _) = site(|config, store| {
            let registry = Registry::new(store).window(secs(300));
            let manager = SessionManager::new(config).unwrap().guarded_by(registry);
            match list {
                true => manager.guarded_by(RevocationList::new(MemoryRevocations::new())),
                false => manager,
            }
        });
        let mut browser = browser_of(&site, "phone");
        site.at(1).visit(&mut browser, look);
        let id = devices(&site)[0].public_id.clone();
        assert!(block_on(auth::end_device(&site.sessions, "ada", &id)).unwrap());
        assert_eq!(site.at(200).load(&browser).is_new(), list);
        assert!(site.at(302).load(&browser).is_new());
    }
}

#[test]
fn below_s3_there_is_no_list_of_devices_and_below_s2_no_everywhere() {
    let setup = |error: &StoreError| matches!(error, StoreError::Setup { .. });
    let plain = Site::new();
    assert!(setup(&block_on(auth::devices(&plain.sessions, "ada")).unwrap_err()));
    assert!(setup(&block_on(auth::end_device(&plain.sessions, "ada", "x")).unwrap_err()));
    let error = block_on(auth::logout_everywhere(&plain.sessions, "ada", None)).unwrap_err();
    assert!(matches!(error, CommitError::Store(error) if setup(&error)));
    let (unlisted, _) = site(|config, store| SessionManager::with_store(config, store).unwrap());
    assert!(setup(&block_on(auth::devices(&unlisted.sessions, "ada")).unwrap_err()));
}

/// Sessions in a folder, which has no index of owners, and rows of logins beside them.
#[cfg(feature = "file-store")]
#[test]
fn a_folder_lists_no_devices_and_rows_beside_it_do() {
    let folder = std::env::temp_dir().join(format!("cloakroom-devices-{}", std::process::id()));
    let make = |config| {
        let store = cloakroom::store::FileStore::open(&folder).unwrap();
        SessionManager::with_store(config, store).unwrap()
    };
    let alone = Site::made(one_key(), make);
    let answer = block_on(auth::devices(&alone.sessions, "ada"));
    assert!(matches!(answer, Err(StoreError::Setup { .. })), "{answer:?}");
    let answer = block_on(auth::logout_everywhere(&alone.sessions, "ada", None));
    assert!(matches!(answer, Err(CommitError::Store(StoreError::Setup { .. }))), "{answer:?}");

    let registry = Registry::new(MemoryStore::new());
    let site = Site::made(one_key(), |config| make(config).guarded_by(registry));
    // The engines go by their own clock.
    site.clock.set(cloakroom::SystemClock.now());
    let phone = browser_of(&site, "phone");
    let laptop = browser_of(&site, "laptop");
    let mut listed = labels(&site);
    listed.sort();
    assert_eq!(listed, ["laptop", "phone"]);
    let there = devices(&site).into_iter().find(|device| device.is(&site.load(&phone))).unwrap();
    assert!(block_on(auth::end_device(&site.sessions, "ada", &there.public_id)).unwrap());
    assert!(site.load(&phone).is_new());
    assert_eq!((apples(&site.load(&laptop)), labels(&site)), (0, vec!["laptop".to_owned()]));
    block_on(auth::logout_everywhere(&site.sessions, "ada", None)).unwrap();
    assert!(site.load(&laptop).is_new() && devices(&site).is_empty());
    std::fs::remove_dir_all(&folder).unwrap();
}
