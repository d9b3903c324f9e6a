//! What a response carries: nothing it need not.

use cloakroom::cookie::{CookieConfig, SameSite};
use cloakroom::{Headers, RequestParts, SessionError, SessionStatus};

use crate::support::{
    Browser, REMOVAL, START, Site, apples, at, attribute, block_on, look, pick, secs,
};

#[test]
fn the_first_visit_of_somebody_who_only_looks_writes_nothing() {
    let site = Site::new();
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, |session| {
        assert!(session.is_new());
        assert_eq!(session.status(), SessionStatus::Anonymous);
        assert_eq!((session.id(), session.kid()), (None, None));
        assert_eq!((session.created(), session.expires()), (None, None));
        apples(session)
    });
    assert_eq!(visit.out, 0);
    visit.leaves_the_cookie_alone();
    assert_eq!(browser.len(), 0);
}

#[test]
fn a_new_session_is_written_if_its_encoding_differs_from_the_defaults() {
    let site = Site::new();
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, |session| {
        pick(session);
        assert_eq!(session.status(), SessionStatus::Begun);
        assert!(session.is_new());
        assert_eq!(session.created(), Some(at(START)));
        session.id().expect("an id")
    });
    visit.writes();
    let opened = site.inside(&browser);
    assert_eq!(&opened.expose_id(), visit.out.expose_bytes());
    assert_eq!(opened.created(), at(START));
    assert!(opened.is_browser_session() && opened.own_lifetimes().is_none());
    assert!(opened.claims().is_empty() && !opened.was_deflated());
}

#[test]
fn a_new_session_that_was_written_and_is_the_default_all_the_same_is_not_sent() {
    let site = Site::new();
    let changes: [fn(&cloakroom::Session<crate::support::Basket>); 6] = [
        |session| session.update(|_| ()).unwrap(),
        |session| session.update(|basket| basket.apples = 0).unwrap(),
        |session| {
            pick(session);
            session.clear().unwrap();
        },
        |session| session.clear().unwrap(),
        |session| session.set_idle(secs(60)).unwrap(),
        |session| session.renew().unwrap(),
    ];
    for (nth, change) in changes.into_iter().enumerate() {
        let mut browser = Browser::new();
        let visit = site.visit(&mut browser, change);
        assert!(visit.lines().is_empty(), "{nth}");
        visit.leaves_the_cookie_alone();
    }
}

#[test]
fn a_restart_writes_a_session_even_if_it_is_the_default() {
    let site = Site::new();
    let mut browser = Browser::new();
    let visit = site.visit(&mut browser, |session| session.restart().unwrap());
    visit.writes();
    assert_eq!(site.inside(&browser).created(), at(START));
    assert!(!site.visit(&mut browser, |session| session.is_new()).out);
}

#[test]
fn what_was_written_is_there_at_the_next_visit() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let visit = site.visit(&mut browser, |session| {
        assert!(!session.is_new());
        assert_eq!(session.status(), SessionStatus::Loaded);
        (apples(session), session.id().unwrap(), session.kid())
    });
    let opened = site.inside(&browser);
    let (apples, id, kid) = visit.out;
    assert_eq!((apples, *id.expose_bytes(), kid), (1, opened.expose_id(), Some(opened.kid())));
    visit.leaves_the_cookie_alone();
}

#[test]
fn every_new_session_has_an_id_of_its_own() {
    let site = Site::new();
    let ids: Vec<_> = (0..3).map(|_| site.inside(&site.visitor(pick)).expose_id()).collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
}

#[test]
fn a_slot_that_nobody_asks_adds_nothing_to_the_response_whatever_the_cookie() {
    let site = Site::new();
    let slot = site.sessions.slot(&RequestParts::new("GET", "/", &[])).unwrap();
    assert!(slot.commit(200).is_none());
    assert!(site.told().is_empty(), "no cookie was looked at");
}

#[test]
fn asking_the_slot_touches_the_session_and_every_asker_gets_the_same_one() {
    let site = Site::new();
    let cookies = site.visitor(pick).header();
    let headers = [("cookie", cookies.as_bytes())];
    let request = RequestParts::new("GET", "/", &headers);
    let slot = site.sessions.slot(&request).unwrap();
    let session = block_on(slot.session(&headers));
    pick(&session);
    assert_eq!(apples(&block_on(slot.clone().session(&headers))), 2);
    let sent = block_on(slot.commit(200).expect("a commit")).unwrap();
    assert_eq!(sent.set_cookies.len(), 1);
    assert!(sent.vary);
}

#[test]
fn a_slot_commits_once_and_a_session_asked_for_after_that_can_only_be_read() {
    let site = Site::new();
    let cookies = site.visitor(pick).header();
    let headers = [("cookie", cookies.as_bytes())];
    let request = RequestParts::new("GET", "/", &headers);
    let slot = site.sessions.slot(&request).unwrap();
    assert!(slot.commit(200).is_none());
    let late = block_on(slot.session(&headers));
    assert_eq!(apples(&late), 1);
    assert_eq!(late.update(|_| ()), Err(SessionError::ResponseSent));
    assert!(slot.commit(200).is_none(), "the second commit of a response");
}

#[test]
fn cookies_are_found_in_every_header_line() {
    let site = Site::new();
    let cookies = site.visitor(pick).header();
    let headers = [
        ("cookie", &b"a=1; b=2"[..]),
        ("accept", b"__Host-session=no"),
        ("cookie", cookies.as_bytes()),
    ];
    let session = block_on(site.sessions.load(&RequestParts::new("GET", "/", &headers)));
    assert_eq!(apples(&session), 1);
}

#[test]
fn the_cache_rule_is_private_only_where_the_handler_has_none_and_no_store_always() {
    let site = Site::new();
    let mut browser = Browser::new();
    let read = site.visit(&mut browser, look).headers.unwrap();
    assert_eq!(read.cache_control(false), Some("private"));
    assert_eq!(read.cache_control(true), None);
    let written = site.visit(&mut browser, pick).headers.unwrap();
    assert_eq!(written.cache_control(false), Some("no-store"));
    assert_eq!(written.cache_control(true), Some("no-store"));
    let removed = site.visit(&mut browser, |session| session.destroy().unwrap());
    assert_eq!(removed.headers.unwrap().cache_control(true), Some("no-store"));
    assert_eq!(Headers::default().cache_control(false), None);
}

#[test]
fn the_default_line_has_the_default_attributes_and_no_age() {
    let site = Site::new();
    let visit = site.visit(&mut Browser::new(), pick);
    let (pair, attributes) = visit.line().split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Lax");
    let value = pair.strip_prefix("__Host-session=E").unwrap();
    assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
}

#[test]
fn every_attribute_stands_in_what_writes_and_in_what_removes() {
    let cookie = CookieConfig::new("__Secure-basket")
        .domain("shop.example")
        .path("/fruit")
        .same_site(SameSite::None)
        .partitioned(true);
    let site = Site::with(|config| config.cookie(cookie).persistent(true));
    let mut browser = Browser::new();
    let written = site.visit(&mut browser, pick);
    let removed = site.visit(&mut browser, |session| session.destroy().unwrap());
    assert_eq!(browser.len(), 0, "the removal hits the scope of the cookie");

    let attributes = |line: &str| line.split_once("; ").unwrap().1.to_owned();
    let fixed = "Path=/fruit; Domain=shop.example; Secure; HttpOnly; SameSite=None; Partitioned";
    assert_eq!(attributes(written.line()), format!("{fixed}; Max-Age=1209600"));
    assert_eq!(removed.line(), format!("__Secure-basket=; {fixed}; Max-Age=0"));
}

#[test]
fn destroying_sends_the_removal_whenever_a_cookie_of_the_name_came() {
    let site = Site::new();
    let destroy = |session: &cloakroom::Session<_>| session.destroy().unwrap();
    let mut browser = site.visitor(pick);
    site.visit(&mut browser, destroy).removes();
    assert_eq!(browser.len(), 0);

    site.visit(&mut Browser::holding("not a session"), destroy).removes();
    site.visit(&mut Browser::holding(""), destroy).removes();
    site.visit(&mut Browser::new(), destroy).leaves_the_cookie_alone();
}

#[test]
fn what_is_written_after_a_destruction_is_another_session() {
    let site = Site::new();
    let mut browser = site.visitor(|session| {
        session.set_idle(secs(300)).unwrap();
        session.set_persistent(true).unwrap();
        pick(session);
    });
    let before = site.inside(&browser);
    site.at(100);
    let visit = site.visit(&mut browser, |session| {
        session.destroy().unwrap();
        assert_eq!(session.status(), SessionStatus::Destroyed);
        assert_eq!((session.id(), session.created(), session.expires()), (None, None, None));
        assert_eq!(apples(session), 0);
        session.update(|basket| basket.note = "again".into()).unwrap();
        assert_eq!(session.status(), SessionStatus::Reborn);
        assert!(session.is_new());
    });
    visit.writes();
    let after = site.inside(&browser);
    assert_ne!(after.expose_id(), before.expose_id());
    assert_eq!(after.created(), at(START + 100));
    assert_eq!(after.own_lifetimes(), None);
    assert!(after.is_browser_session(), "as the site has it");
    assert_eq!(attribute(visit.line(), "Max-Age"), None);
}

#[test]
fn what_is_asked_for_after_a_destruction_is_a_new_session() {
    let site = Site::new();
    for anonymous in [true, false] {
        let mut browser = if anonymous { Browser::new() } else { site.visitor(pick) };
        let visit = site.visit(&mut browser, |session| {
            session.destroy().unwrap();
            session.restart().unwrap();
            assert_eq!(session.status(), SessionStatus::Started);
            session.is_new()
        });
        assert!(visit.out, "nothing is left of the old one");
        visit.writes();
    }
    let restarted = site.visit(&mut site.visitor(pick), |session| {
        session.restart().unwrap();
        (session.status(), session.is_new())
    });
    assert_eq!(restarted.out, (SessionStatus::Restarted, false));
}

#[test]
fn a_session_destroyed_and_written_back_to_nothing_is_removed() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let visit = site.visit(&mut browser, |session| {
        session.destroy().unwrap();
        pick(session);
        session.clear().unwrap();
    });
    assert_eq!(visit.line(), REMOVAL);
}
