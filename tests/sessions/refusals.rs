//! What becomes of a cookie that does not open: kept or removed, and the client is told no more.

use cloakroom::{
    First, KeyRing, Policy, Protection, Rejection, Session, SessionData, SessionStatus,
};
use serde::{Deserialize, Serialize};

use crate::forge::{BROWSER, STORED, header, padded, signed};
use crate::support::{
    APP, Basket, Browser, NAME, REMOVAL, START, Site, block_on, key_text, look, one_key, pick,
    ring, secs,
};

/// A cookie that a site refuses, and what for.
struct Case {
    reason: Rejection,
    site: Site,
    browser: Browser,
}

#[derive(Default, Serialize, Deserialize)]
struct Newer {
    apples: u32,
}

impl SessionData for Newer {
    const VERSION: u8 = 2;
    type Previous = First;
}

#[derive(Default, Serialize, Deserialize)]
struct Older {
    apples: u32,
}

impl SessionData for Older {
    const VERSION: u8 = 0;
    type Previous = First;
}

#[derive(Default, Serialize, Deserialize)]
struct OtherShape {
    apples: u32,
    memo: String,
}

impl SessionData for OtherShape {
    const VERSION: u8 = 1;
    type Previous = First;
}

/// Its second field is not text that a basket could have.
#[derive(Default, Serialize, Deserialize)]
struct OtherBody {
    apples: u32,
    note: Vec<u8>,
}

impl SessionData for OtherBody {
    const VERSION: u8 = 1;
    type Previous = First;
}

/// The cookie that a site of another type gives.
fn of_type<T: SessionData>(ring: &KeyRing, write: impl FnOnce(&mut T)) -> Browser {
    let site: Site<T> = Site::on(ring.clone(), |config| config);
    site.visitor(|session| session.update(write).unwrap())
}

/// A site on a ring of one key with these dates, and the cookie that the undated key gave.
fn dated(reason: Rejection, dates: &str, seconds: u64) -> Case {
    let key = key_text();
    let given: Site = Site::on(ring(&key), |config| config);
    let site: Site = Site::on(ring(&format!("{key} {dates}")), |config| config);
    site.at(seconds);
    Case { reason, site, browser: given.visitor(pick) }
}

/// The cookie that somebody with the key of a signed site could make.
fn by_hand(reason: Rejection, payload: &[u8]) -> Case {
    let key = key_text();
    let site = Site::on(ring(&key), |config| config.protection(Protection::Signed));
    Case { reason, site, browser: Browser::holding(&signed(&key, payload)) }
}

fn kept() -> Vec<Case> {
    let ring = one_key();
    let on = |ring: &KeyRing| -> Site { Site::on(ring.clone(), |config| config) };
    let sealed = on(&ring).visitor(pick);
    let value = sealed.value(NAME).unwrap().to_owned();
    let case = |reason, site, browser| Case { reason, site, browser };
    let here =
        |reason, value: &str| Case { reason, site: on(&ring), browser: Browser::holding(value) };
    let flip = |nth: usize| {
        let mut bytes = value.clone().into_bytes();
        bytes[nth] = if bytes[nth] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let signed_site: Site = Site::on(ring.clone(), |config| config.protection(Protection::Signed));
    let future = on(&ring);
    let from_ahead = future.at(61).visitor(pick);
    future.at(0);
    vec![
        here(Rejection::Length, ""),
        here(Rejection::Length, "x"),
        here(Rejection::Length, &value[..92]),
        here(Rejection::Length, &value[1..]),
        here(Rejection::Length, &"E".repeat(4100)),
        here(Rejection::Encoding, &value.replace('E', "%")),
        here(Rejection::Encoding, &format!("{}===", &value[3..])),
        here(Rejection::Version, signed_site.visitor(pick).value(NAME).unwrap()),
        case(Rejection::Version, signed_site, sealed.clone()),
        case(Rejection::UnknownKey, Site::new(), sealed.clone()),
        here(Rejection::UnknownKey, &flip(3)),
        here(Rejection::Forged, &flip(20)),
        here(Rejection::Forged, &flip(value.len() - 1)),
        here(Rejection::Forged, &flip(60)),
        by_hand(Rejection::Malformed, &padded(header(0x80 | BROWSER, START, 0))),
        by_hand(Rejection::Malformed, &[0; 29]),
        by_hand(Rejection::Malformed, &padded(header(BROWSER, START, 0))),
        case(Rejection::Future, future, from_ahead),
        by_hand(Rejection::Future, &padded([header(BROWSER, START + 61, 0), vec![1]].concat())),
        by_hand(Rejection::Future, &padded([header(BROWSER, START, 61), vec![1]].concat())),
        dated(Rejection::KeyWindow, &format!("seal_until={}", START - 61), 0),
        dated(Rejection::KeyWindow, &format!("seal_from={}", START + 61), 0),
        by_hand(Rejection::Kind, &padded(header(BROWSER | STORED, START, 0))),
        case(Rejection::NewerVersion, on(&ring), of_type::<Newer>(&ring, |new| new.apples = 1)),
        case(Rejection::Shape, on(&ring), of_type::<OtherShape>(&ring, |data| data.apples = 1)),
        case(
            Rejection::Body,
            on(&ring),
            of_type::<OtherBody>(&ring, |data| data.note = vec![0xff, 0xfe]),
        ),
    ]
}

fn removed() -> Vec<Case> {
    let ring = one_key();
    let on = |policy| -> Site { Site::on(ring.clone(), |config| config.policy(policy)) };
    let short = Policy::default().idle(secs(100)).absolute(secs(1000));
    let case = |reason, policy: Policy, seconds| {
        let site = on(policy);
        let browser = site.visitor(pick);
        site.at(seconds);
        Case { reason, site, browser }
    };
    let (until, open) = (START + 100, START + 200);
    vec![
        case(Rejection::ExpiredIdle, short, 100),
        case(Rejection::ExpiredAbsolute, short.absolute(secs(50)), 50),
        dated(Rejection::KeyClosed, &format!("seal_until={until} open_until={open}"), 200),
        dated(Rejection::KeyRevoked, "revoked", 0),
        {
            let key = key_text();
            let given: Site = Site::on(crate::support::ring(&key), |config| config);
            let text = format!("not_before={}\n{key}", START + 1);
            let site = Site::on(crate::support::ring(&text), |config| config);
            Case { reason: Rejection::NotBefore, site, browser: given.visitor(pick) }
        },
        Case {
            reason: Rejection::OlderVersion,
            site: on(Policy::default()),
            browser: of_type::<Older>(&ring, |old| old.apples = 1),
        },
    ]
}

/// What a handler could see of a visitor, and what is sent to him.
fn seen(site: &Site, browser: &Browser) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut browser = browser.clone();
    let visit = site.visit(&mut browser, |session| {
        let data = session.read(Clone::clone).unwrap();
        let nobody = (session.id(), session.kid(), session.created(), session.expires());
        let size = session.size().unwrap();
        (data, nobody, size, session.status(), session.is_new(), session.claims().is_empty())
    });
    (visit.out, visit.headers)
}

#[test]
fn a_kept_cookie_is_answered_like_none_at_all() {
    for Case { reason, site, browser } in kept() {
        assert!(!reason.removes(), "{reason}");
        assert_eq!(seen(&site, &browser), seen(&site, &Browser::new()), "{reason}");
        let told = site.told();
        assert!(told.contains(&format!("rejected {reason}")), "{reason}: {told:?}");
        assert_eq!(site.sessions.counters().rejected(reason), 1, "{reason}");
        let mut after = browser.clone();
        site.visit(&mut after, look).leaves_the_cookie_alone();
        assert_eq!(after, browser, "{reason}: the browser keeps it");
    }
}

#[test]
fn a_write_replaces_a_kept_cookie() {
    for Case { reason, site, mut browser } in kept() {
        if reason == Rejection::KeyWindow {
            continue; // Nothing seals there.
        }
        let visit = site.visit(&mut browser, |session| {
            assert_eq!(session.status(), SessionStatus::Anonymous);
            pick(session);
        });
        assert_eq!(visit.lines().len(), 1, "{reason}");
        assert_eq!(browser.len(), 1, "{reason}");
        assert!(!site.load(&browser).is_new(), "{reason}");
    }
}

#[test]
fn a_cookie_that_is_over_for_good_is_removed_if_the_session_was_touched() {
    for Case { reason, site, browser } in removed() {
        assert!(reason.removes(), "{reason}");
        let mut after = browser.clone();
        let visit = site.visit(&mut after, |session| {
            look(session);
            assert!(session.is_new() && session.id().is_none(), "{reason}");
        });
        visit.removes();
        assert_eq!(after.len(), 0, "{reason}");
        assert_eq!(site.sessions.counters().rejected(reason), 1, "{reason}");
        let told = site.told();
        assert_eq!(told[told.len() - 2..], [format!("rejected {reason}"), "removed".into()]);
        assert_eq!(site.sessions.counters().removed(), 1);
    }
}

#[test]
fn a_removal_can_be_turned_off() {
    let ring = one_key();
    let policy = Policy::default().idle(secs(100));
    let site: Site = Site::on(ring, |config| config.policy(policy).remove_expired(false));
    let mut browser = site.visitor(pick);
    site.at(100).visit(&mut browser, look).leaves_the_cookie_alone();
    assert_eq!(browser.len(), 1);
    site.visit(&mut browser, |session| session.destroy().unwrap()).removes();
}

#[test]
fn the_line_of_a_new_session_takes_the_place_of_the_removal() {
    for Case { reason, site, mut browser } in removed() {
        if matches!(reason, Rejection::KeyClosed | Rejection::KeyRevoked) {
            continue; // Nothing seals there.
        }
        site.visit(&mut browser, pick).writes();
        assert_eq!(browser.len(), 1, "{reason}");
    }
}

#[test]
fn a_new_session_that_comes_to_nothing_leaves_the_removal_in_its_place() {
    for Case { site, mut browser, .. } in removed() {
        site.visit(&mut browser, |session| session.clear().unwrap()).removes();
    }
}

#[test]
fn one_kept_cookie_among_removed_ones_keeps_them_all() {
    let policy = Policy::default().idle(secs(100));
    let site = Site::under(policy);
    let expired = site.visitor(pick).header();
    site.at(100);
    for kept in ["__Host-session=", "__Host-session=x", &format!("{NAME}={}", "E".repeat(96))] {
        for cookies in [format!("{expired}; {kept}"), format!("{kept}; {expired}")] {
            let session = site.load_from(&cookies);
            assert!(session.is_new());
            let headers = site.commit(&session, 200).unwrap();
            assert!(headers.set_cookies.is_empty(), "{cookies}");
        }
    }
    let session = site.load_from(&format!("{expired}; {expired}"));
    let headers = site.commit(&session, 200).unwrap();
    assert_eq!(headers.set_cookies[0].as_str(), REMOVAL);
    assert_eq!(headers.set_cookies.len(), 1);
}

#[test]
fn a_valid_cookie_among_removed_ones_wins_and_nothing_is_removed() {
    let policy = Policy::default().idle(secs(100));
    let site = Site::under(policy);
    let expired = site.visitor(pick).header();
    site.at(99);
    let valid = site.visitor(pick).header();
    site.at(101);
    for cookies in [format!("{expired}; {valid}"), format!("{valid}; {expired}")] {
        let session = site.load_from(&cookies);
        assert_eq!(session.read(|basket| basket.apples), Ok(1));
        assert!(site.commit(&session, 200).unwrap().set_cookies.is_empty());
    }
}

#[test]
fn one_second_of_skew_more_than_a_minute_is_the_future() {
    let site = Site::new();
    let browser = site.at(60).visitor(pick);
    site.at(0);
    assert!(!site.load(&browser).is_new());
    let browser = site.at(61).visitor(pick);
    site.at(0);
    assert!(site.load(&browser).is_new());
}

#[test]
fn a_cookie_of_another_label_or_name_is_forged() {
    let ring = one_key();
    let ours: Site = Site::on(ring.clone(), |config| config);
    for (app, name) in [("other", NAME), (APP, "__Host-other")] {
        let config = cloakroom::SessionConfig::new(ring.clone(), app)
            .clock(std::sync::Arc::clone(&ours.clock))
            .cookie(cloakroom::cookie::CookieConfig::new(name));
        let other = cloakroom::SessionManager::<Basket>::new(config).unwrap();
        let minted = other.mint(Basket::default(), cloakroom::Claims::default());
        let minted = block_on(minted).unwrap();
        let (_, value) = minted.split_once('=').unwrap();
        let session: Session<Basket> = ours.load(&Browser::holding(value));
        assert!(session.is_new());
        assert_eq!(ours.told(), ["rejected forged"]);
    }
}
