//! The stamp of a credential: a change ends the other sessions, a new key ends none.

use cloakroom::Session;
use cloakroom::auth::{self, Login, Verification};

use super::{log_in, log_in_with, who};
use crate::support::{Basket, Browser, Site, block_on, key_text, look, pick, ring};

#[test]
fn a_change_of_the_password_ends_all_sessions_but_the_one_that_made_it() {
    let site = Site::new();
    let (mut here, mut there) = (Browser::new(), Browser::new());
    for browser in [&mut here, &mut there] {
        site.visit(browser, |session| log_in(session, "ada"));
    }
    let before = site.inside(&here).expose_id();
    site.visit(&mut here, |session| {
        assert_eq!(auth::verify(session, "s1"), Verification::Verified);
        block_on(auth::keep_after_change(session, "s2")).unwrap();
        assert_eq!(auth::verify(session, "s2"), Verification::Verified);
    })
    .writes();
    assert_ne!(site.inside(&here).expose_id(), before);

    let verify = |session: &Session<Basket>| auth::verify(session, "s2");
    let answer = site.visit(&mut here, verify);
    assert_eq!(answer.out, Verification::Verified);
    answer.leaves_the_cookie_alone();
    assert_eq!(site.visit(&mut there, verify).out, Verification::Changed);
    assert_eq!(who(&site.load(&there)).as_deref(), Some("ada"), "what follows is the caller's");
}

#[test]
fn nobody_is_nobody_and_a_login_without_a_stamp_is_not_verified() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let verify = |session: &Session<Basket>| auth::verify(session, "s1");
    assert_eq!(site.visit(&mut browser, verify).out, Verification::Anonymous);
    site.visit(&mut browser, |session| log_in_with(session, Login::new("ada")).unwrap());
    assert_eq!(site.visit(&mut browser, verify).out, Verification::Changed);
}

#[test]
fn a_login_without_a_stamp_can_be_given_one_and_keeps_it() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    assert_eq!(site.visit(&mut browser, |s| auth::adopt_stamp(s, "s1")).out, Ok(false));
    site.visit(&mut browser, |session| log_in_with(session, Login::new("ada")).unwrap());
    let adopted = site.visit(&mut browser, |session| auth::adopt_stamp(session, "s1"));
    assert_eq!(adopted.out, Ok(true));
    adopted.writes();
    assert_eq!(auth::verify(&site.load(&browser), "s1"), Verification::Verified);
    let again = site.visit(&mut browser, |session| auth::adopt_stamp(session, "s2"));
    assert_eq!(again.out, Ok(true));
    again.leaves_the_cookie_alone();
    assert_eq!(auth::verify(&site.load(&browser), "s2"), Verification::Changed);
}

/// Two keys: `old` seals until 1000 seconds after the start, `new` from there on.
fn two_keys(old: &str, new: &str, more: &str) -> String {
    let at = |seconds: u64| (crate::support::START + seconds).to_string();
    let switch = at(1000);
    format!("{old} seal_until={switch} {more}\n{new} seal_from={switch}\n")
}

#[test]
fn a_stamp_of_a_former_key_is_accepted_and_tagged_anew() {
    let site = Site::<Basket>::on(ring(&two_keys(&key_text(), &key_text(), "")), |config| config);
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| log_in(session, "ada"));
    let before = site.inside(&browser).claims().stamp;
    site.at(1000);
    let visit = site.visit(&mut browser, |session| auth::verify(session, "s1"));
    assert_eq!(visit.out, Verification::Verified);
    visit.writes();
    let after = site.inside(&browser).claims().stamp;
    assert!(after.is_some() && after != before);
    let visit = site.visit(&mut browser, |session| auth::verify(session, "s1"));
    assert_eq!(visit.out, Verification::Verified);
    visit.leaves_the_cookie_alone();
    assert_eq!(auth::verify(&site.load(&browser), "s2"), Verification::Changed);
}

#[test]
fn a_stamp_and_a_token_of_a_revoked_key_are_not_accepted() {
    // The session is sealed again under the new key without anybody looking at its stamp.
    let (old, new) = (key_text(), key_text());
    let site = Site::<Basket>::on(ring(&two_keys(&old, &new, "")), |config| config);
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| log_in(session, "ada"));
    let token = auth::csrf::token(&site.load(&browser)).unwrap();
    site.at(1000).visit(&mut browser, look).writes();
    assert!(auth::csrf::verify(&site.load(&browser), &token));
    let revoked = ring(&two_keys(&old, &new, "revoked"));
    let later = Site::<Basket>::on(revoked, |config| config);
    let session = later.at(1001).load(&browser);
    assert_eq!(who(&session).as_deref(), Some("ada"));
    assert_eq!(auth::verify(&session, "s1"), Verification::Changed);
    assert!(!auth::csrf::verify(&session, &token));
}
