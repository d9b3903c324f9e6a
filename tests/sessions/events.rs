//! What the hook and the counters are told.

use std::sync::{Arc, Mutex};

use cloakroom::{Event, KeyId, Rejection, RequestParts, Session, SessionConfig, SessionManager};

use crate::support::{Basket, Browser, NAME, Site, block_on, look, one_key, pick};

fn note(len: usize) -> impl Fn(&Session<Basket>) {
    move |session| session.update(|basket| basket.note = "x".repeat(len)).unwrap()
}

#[test]
fn a_life_of_a_session_is_told_in_order() {
    let site = Site::new();
    let mut browser = Browser::new();
    site.visit(&mut browser, look);
    assert!(site.told().is_empty(), "nobody came, nothing happened");
    site.visit(&mut browser, pick);
    assert_eq!(site.told(), ["sealed"]);
    site.visit(&mut browser, look);
    assert_eq!(site.told(), ["opened"]);
    site.at(900).visit(&mut browser, look);
    assert_eq!(site.told(), ["opened", "resealed"]);
    site.visit(&mut browser, |session| session.renew().unwrap());
    assert_eq!(site.told(), ["opened", "sealed"]);
    site.visit(&mut browser, |session| session.destroy().unwrap());
    assert_eq!(site.told(), ["opened", "removed"]);

    let counters = site.sessions.counters();
    assert_eq!((counters.opened(), counters.sealed(), counters.resealed()), (4, 2, 1));
    assert_eq!((counters.removed(), counters.failed()), (1, 0));
}

#[test]
fn a_session_that_could_not_be_saved_is_one_event_with_its_numbers() {
    let site = Site::new();
    let visit = site.visit(&mut Browser::new(), note(5000));
    let (needed, limit) = visit.too_large();
    assert_eq!(site.told(), [format!("oversize {needed} of {limit}")], "one event");
    assert_eq!(site.sessions.counters().failed(), 1);
    assert_eq!(site.sessions.counters().sealed(), 0);
}

#[test]
fn from_2048_bytes_on_a_line_is_told_to_be_near_the_limit() {
    let site = Site::new();
    let size = |len| {
        let session = site.load_from("");
        note(len)(&session);
        session.size().unwrap()
    };
    let small = (1000..2000).take_while(|len| size(*len) < 2048).last().unwrap();
    site.visit(&mut Browser::new(), note(small));
    assert_eq!(site.told(), ["sealed"]);
    let len = size(small + 1);
    assert!((2048..2052).contains(&len));
    let mut browser = Browser::new();
    site.visit(&mut browser, note(small + 1));
    assert_eq!(site.told(), ["sealed".to_owned(), format!("near {len}")]);
    site.at(900).visit(&mut browser, look);
    assert_eq!(site.told()[1..], ["resealed".to_owned(), format!("near {len}")]);
}

#[test]
fn events_name_the_key_and_the_bytes_of_the_line() {
    type Told = Arc<Mutex<Vec<(&'static str, Option<KeyId>, usize)>>>;
    let told = Told::default();
    let listener = Arc::clone(&told);
    let ring = one_key();
    let kid = ring.kids().next();
    let config = SessionConfig::new(ring, "shop").on_event(move |event| {
        let entry = match event {
            Event::Opened { kid } => ("opened", Some(*kid), 0),
            Event::Sealed { kid, bytes } => ("sealed", Some(*kid), *bytes),
            Event::Rejected { reason, kid } => (reason.as_str(), *kid, 0),
            _ => ("other", None, 0),
        };
        listener.lock().unwrap().push(entry);
    });
    let sessions = SessionManager::<Basket>::new(config).unwrap();
    let session = sessions.anonymous();
    pick(&session);
    let line = block_on(sessions.commit(&session, 200)).unwrap().set_cookies.remove(0);
    let cookie = line.as_str().split(';').next().unwrap();
    let alien = Site::new().visitor(pick);

    let other = if cookie.ends_with('A') { 'B' } else { 'A' };
    let forged = format!("{}{other}", &cookie[..cookie.len() - 1]);
    for cookies in [cookie, &forged, &alien.header(), "__Host-session=x"] {
        let headers = [("cookie", cookies.as_bytes())];
        block_on(sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap();
    }
    let told = told.lock().unwrap();
    assert_eq!(told[0], ("sealed", kid, line.as_str().len()));
    assert_eq!(told[1], ("opened", kid, 0));
    assert_eq!(told[2], ("forged", kid, 0));
    assert_eq!((told[3].0, told[3].1.is_some()), ("unknown_key", true));
    assert_ne!(told[3].1, kid);
    assert_eq!(told[4], ("length", None, 0));

    let counters = sessions.counters();
    assert_eq!(counters.rejected_under(Rejection::Forged, kid.unwrap()), 1);
    assert_eq!(counters.rejected_under(Rejection::Length, kid.unwrap()), 0);
    assert_eq!(counters.rejected(Rejection::UnknownKey), 1);
    assert_eq!(
        counters.rejected_under(Rejection::UnknownKey, told[3].1.unwrap()),
        0,
        "whoever sends a cookie chooses it"
    );
    let shown = format!("{counters:?}");
    assert!(shown.contains("opened: 1") && shown.contains("forged: 1"), "{shown}");
}

#[test]
fn every_reason_has_a_counter_and_a_name() {
    let counters = Site::new();
    for reason in Rejection::ALL {
        assert_eq!(counters.sessions.counters().rejected(reason), 0);
        assert_eq!(reason.to_string(), reason.as_str());
    }
}

#[test]
fn every_cookie_that_was_looked_at_is_told_of() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let first = browser.header();
    site.visit(&mut browser, pick);
    site.told();
    site.load_from(&format!("{first}; {NAME}=x; {}", browser.header()));
    assert_eq!(site.told(), ["opened", "rejected length", "opened"]);
}

#[test]
fn all_clones_of_a_manager_count_together() {
    let site = Site::new();
    let clone = site.sessions.clone();
    let browser = site.visitor(pick);
    site.load(&browser);
    assert_eq!((clone.counters().sealed(), clone.counters().opened()), (1, 1));
}
