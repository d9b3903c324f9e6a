//! Messages that are shown once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use cloakroom::auth::flash::{self, Level, Message};
use cloakroom::{CommitError, EncodeReason, SealError, Session, SessionError, Values};
use serde::{Deserialize, Serialize};

use super::{log_in, log_out};
use crate::support::{Basket, Browser, NAME, Site, attribute, look, one_key, pick};

const FLASH: &str = "__Host-session-flash";

fn texts(session: &Session<Basket>) -> Vec<String> {
    let taken = flash::take::<Message, _, _>(session).unwrap();
    taken.into_iter().map(|message| message.text).collect()
}

fn say(text: &'static str) -> impl Fn(&Session<Basket>) {
    move |session| flash::push(session, &Message::success(text)).unwrap()
}

#[test]
fn messages_survive_a_redirect_and_are_shown_once() {
    let site = Site::new();
    let mut browser = Browser::new();
    let redirect = site.visit_with(303, &mut browser, |session| {
        say("saved")(session);
        flash::push(session, &Message::new(Level::Warning, "nearly full")).unwrap();
    });
    let line = redirect.line();
    assert!(line.starts_with("__Host-session-flash=E"), "{line}");
    for attribute_name in ["Path", "Secure", "HttpOnly", "SameSite"] {
        assert!(attribute(line, attribute_name).is_some(), "{attribute_name}");
    }
    assert_eq!(attribute(line, "Max-Age"), None);
    assert_eq!(redirect.cache_control(), Some("no-store"));
    assert_eq!(browser.value(NAME), None, "no session was needed");

    let page = site.visit(&mut browser, |session| flash::take::<Message, _, _>(session).unwrap());
    let expected = [Message::success("saved"), Message::warning("nearly full")];
    assert_eq!(page.out, expected);
    assert_eq!(page.out[0].level.to_string(), "success");
    assert_eq!(attribute(page.line(), "Max-Age"), Some("0"));
    assert_eq!(browser.len(), 0);
    let again = site.visit(&mut browser, texts);
    assert!(again.out.is_empty());
    again.leaves_the_cookie_alone();
}

#[test]
fn messages_wait_until_a_page_asks_for_them() {
    let site = Site::new();
    let mut browser = site.visitor(say("one"));
    site.visit(&mut browser, look).leaves_the_cookie_alone();
    site.visit(&mut browser, say("two"));
    site.visit(&mut browser, pick);
    let page = site.visit(&mut browser, |session| {
        let texts = texts(session);
        say("three")(session);
        texts
    });
    assert_eq!(page.out, ["one", "two"]);
    let page = site.visit(&mut browser, |session| {
        say("four")(session);
        texts(session)
    });
    assert_eq!(page.out, ["three", "four"]);
    assert_eq!((browser.value(FLASH), browser.len()), (None, 1));
}

#[test]
fn messages_survive_a_login_and_a_logout() {
    let site = Site::new();
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| {
        log_in(session, "ada");
        say("welcome")(session);
    });
    assert_eq!(browser.len(), 2);
    site.visit(&mut browser, |session| {
        say("goodbye")(session);
        log_out(session);
    });
    assert_eq!(site.visit(&mut browser, texts).out, ["welcome", "goodbye"]);
    assert_eq!(browser.len(), 0);
}

#[cfg(feature = "memory-store")]
#[test]
fn messages_beside_a_stored_session_stay_in_their_cookie() {
    let (site, shelf) = crate::stored::shop::<Basket>();
    let mut browser = site.visitor(pick);
    shelf.calls();
    site.visit(&mut browser, say("saved"));
    assert_eq!(site.visit(&mut browser, texts).out, ["saved"]);
    assert_eq!(shelf.calls(), ["load", "load"]);
}

#[test]
fn any_serde_type_is_a_message_and_one_of_another_type_is_dropped() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Undo {
        order: u32,
    }
    let site: Site<Values> = Site::on(one_key(), |config| config);
    let mut browser = site.visitor(|session| {
        flash::push(session, "a text").unwrap();
        flash::push(session, &Undo { order: 7 }).unwrap();
        flash::push(session, &8_u8).unwrap();
    });
    let page = site.visit(&mut browser, |session| flash::take::<Undo, _, _>(session).unwrap());
    assert_eq!(page.out, [Undo { order: 7 }]);
    assert_eq!(browser.len(), 0);
}

#[test]
fn a_cookie_of_messages_opens_as_nothing_else() {
    let site: Site<Values> = Site::on(one_key(), |config| config);
    let mut browser = site.visitor(|session| flash::push(session, "a").unwrap());
    let value = browser.value(FLASH).unwrap().to_owned();
    site.told();
    assert!(site.load(&Browser::holding(&value)).is_new());
    assert_eq!(site.told(), ["rejected forged"]);

    // Nor is a session's cookie one of messages, or an altered one, or one that is too old.
    let session = site.visitor(|session| session.update(|v| v.insert("00", "a")).unwrap().unwrap());
    let take = |session: &Session<Values>| flash::take::<String, _, _>(session).unwrap();
    for other in [session.value(NAME).unwrap(), "x", &value.replace('E', "F")] {
        let mut forged = Browser::new();
        forged.store(&format!("{FLASH}={other}; Path=/"));
        assert!(site.visit(&mut forged, take).out.is_empty());
        assert_eq!(forged.len(), 0, "what does not open goes");
    }
    let mut late = browser.clone();
    assert_eq!(site.at(3599).visit(&mut browser, take).out, ["a"]);
    assert!(site.at(3600).visit(&mut late, take).out.is_empty());
}

#[test]
fn more_than_fits_is_an_error_when_it_is_pushed_and_the_rest_stays() {
    let site = Site::new();
    let mut browser = site.visitor(|session| {
        say("kept")(session);
        let error = flash::push(session, &"x".repeat(4000)).unwrap_err();
        assert_eq!(error, CommitError::Seal(SealError::Encode(EncodeReason::TooLong)));
        for _ in 1..100 {
            flash::push(session, &0).unwrap();
        }
        let error = flash::push(session, &0).unwrap_err();
        assert_eq!(error, CommitError::Seal(SealError::Encode(EncodeReason::TooManyEntries)));
    });
    assert_eq!(site.visit(&mut browser, texts).out, ["kept"]);
}

#[test]
fn after_the_response_nothing_is_pushed_or_taken() {
    let site = Site::new();
    let browser = site.visitor(say("one"));
    let session = site.load(&browser);
    site.commit(&session, 200).unwrap();
    assert_eq!(flash::push(&session, "two"), Err(SessionError::ResponseSent.into()));
    let taken = flash::take::<String, _, _>(&session);
    assert_eq!(taken, Err(SessionError::ResponseSent));
}

#[test]
fn messages_are_bound_as_the_session_is() {
    let tenant = Arc::new(AtomicU8::new(1));
    let theirs = Arc::clone(&tenant);
    let bound = Site::with(|config| config.bind(move |_| vec![theirs.load(Ordering::SeqCst)]));
    let mut browser = bound.visitor(say("for tenant 1"));
    let mut same = browser.clone();
    tenant.store(2, Ordering::SeqCst);
    assert!(bound.visit(&mut browser, texts).out.is_empty());
    tenant.store(1, Ordering::SeqCst);
    assert_eq!(bound.visit(&mut same, texts).out, ["for tenant 1"]);
}
