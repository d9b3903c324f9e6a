//! Tokens in forms.

use std::collections::BTreeSet;

use cloakroom::auth::csrf;
use cloakroom::{Session, SessionError, SessionStatus};

use super::{log_in, log_out};
use crate::support::{Basket, Browser, Site, look, pick, secs};

fn token(session: &Session<Basket>) -> String {
    csrf::token(session).unwrap()
}

#[test]
fn a_token_comes_back_with_the_cookie_of_its_session() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let page = site.visit(&mut browser, token);
    page.leaves_the_cookie_alone();
    assert_eq!(page.out.len(), 64);
    assert!(site.visit(&mut browser, |session| csrf::verify(session, &page.out)).out);
    // As long as the session has its id, and under whatever seal.
    site.at(13 * 86_400).visit(&mut browser, look).writes();
    assert!(csrf::verify(&site.load(&browser), &page.out));
}

#[test]
fn a_visitor_without_a_session_gets_one_with_the_token() {
    let site = Site::new();
    let mut browser = Browser::new();
    let page = site.visit(&mut browser, |session| {
        let (one, two) = (token(session), token(session));
        assert_eq!(session.status(), SessionStatus::Started);
        [one, two]
    });
    page.writes();
    for token in page.out {
        assert!(csrf::verify(&site.load(&browser), token));
    }
    // Also one whose data would not have been worth a cookie.
    let page = site.visit(&mut browser, |session| {
        session.destroy().unwrap();
        session.update(|_| ()).unwrap();
        let id = session.id();
        let token = token(session);
        assert_eq!(session.id(), id, "whoever asked before was told the same id");
        token
    });
    page.writes();
    assert!(csrf::verify(&site.load(&browser), page.out));
}

#[test]
fn no_two_tokens_of_one_session_are_alike() {
    let site = Site::new();
    let session = site.load(&site.visitor(pick));
    let tokens: BTreeSet<String> = (0..64).map(|_| token(&session)).collect();
    assert_eq!(tokens.len(), 64);
    assert!(tokens.iter().all(|token| csrf::verify(&session, token)));
    // Nor is a piece of them.
    let halves: BTreeSet<&str> =
        tokens.iter().flat_map(|token| [&token[..32], &token[32..]]).collect();
    assert_eq!(halves.len(), 128);
}

#[test]
fn a_token_of_another_session_or_form_is_refused() {
    let site = Site::new();
    let (mine, theirs) = (site.load(&site.visitor(pick)), site.load(&site.visitor(pick)));
    let good = token(&mine);
    assert!(csrf::verify(&mine, &good) && !csrf::verify(&theirs, &good));
    for at in 0..64 {
        let mut other = good.clone().into_bytes();
        other[at] = if other[at] == b'A' { b'B' } else { b'A' };
        assert!(!csrf::verify(&mine, &other), "character {at}");
        assert!(!csrf::verify(&mine, &good[..at]));
    }
    for other in ["", "=", &"A".repeat(64), &format!("{good}A"), &format!(" {good}"), &good[..60]] {
        assert!(!csrf::verify(&mine, other), "{other}");
    }
}

#[test]
fn a_token_ends_with_the_id_of_its_session() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let before = token(&site.load(&browser));
    let mut old = browser.clone();
    site.visit(&mut browser, |session| {
        log_in(session, "ada");
        assert!(csrf::verify(session, &before), "it is about the request");
    });
    assert!(!csrf::verify(&site.load(&browser), &before));
    let page = site.visit(&mut browser, token);
    assert!(csrf::verify(&site.load(&browser), &page.out));
    assert!(!site.visit(&mut old, |session| csrf::verify(session, &page.out)).out);

    site.visit(&mut browser, log_out);
    assert!(!csrf::verify(&site.load(&browser), &page.out));
    assert!(!csrf::verify(&site.load(&Browser::new()), &page.out));
}

#[test]
fn a_form_on_the_page_that_answers_a_login_carries_a_token_of_the_new_id() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let page = site.visit(&mut browser, |session| {
        log_in(session, "ada");
        token(session)
    });
    assert!(csrf::verify(&site.load(&browser), &page.out));
}

#[test]
fn a_token_for_nobody_after_the_response_is_an_error() {
    let site = Site::new();
    let session = site.load(&Browser::new());
    site.commit(&session, 200).unwrap();
    let late = csrf::token(&session).unwrap_err();
    assert_eq!(late, SessionError::ResponseSent.into());
}

#[test]
fn a_session_that_only_carries_tokens_idles_out_like_any_other() {
    let policy = cloakroom::Policy::default().idle(secs(100));
    let site = Site::under(policy);
    let mut browser = Browser::new();
    let page = site.visit(&mut browser, token);
    assert!(csrf::verify(&site.at(99).load(&browser), &page.out));
    assert!(!csrf::verify(&site.at(100).load(&browser), &page.out));
}
