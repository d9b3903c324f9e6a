//! What a login does to the session, its data, its id and its lifetimes.

use cloakroom::auth::{self, Login};
use cloakroom::{CommitError, SealError, SessionError, Values};

use super::{log_in, log_in_with, log_out, who};
use crate::support::{
    Basket, Browser, DAY, START, Site, apples, at, block_on, look, one_key, pick, secs,
};

#[test]
fn a_login_says_who_since_when_and_how_strongly() {
    let site = Site::new();
    let mut browser = Browser::new();
    let login = || Login::new("ada").stamp("s1").level(2);
    site.visit(&mut browser, |session| log_in_with(session, login()).unwrap()).writes();
    assert_eq!(site.told(), ["sealed", "LoggedIn { subject: Subject(..) }"]);

    let session = site.load(&browser);
    assert_eq!((who(&session).as_deref(), auth::level(&session)), (Some("ada"), 2));
    assert!(auth::is_authenticated(&session));
    let claims = session.claims();
    assert_eq!(claims.auth_at, Some(at(START)));
    assert!(claims.stamp.is_some() && claims.epoch.is_none() && claims.checked_at.is_none());
}

#[test]
fn nobody_is_logged_in_before_a_login_and_after_a_logout() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let session = site.load(&browser);
    assert!(who(&session).is_none() && !auth::is_authenticated(&session));
    assert_eq!(auth::level(&session), 0);
    site.visit(&mut browser, |session| log_in(session, "ada"));
    site.told();
    site.visit(&mut browser, log_out).removes();
    assert_eq!(site.told(), ["opened", "removed", "LoggedOut { subject: Subject(..) }"]);
    assert_eq!(browser.len(), 0);
    assert!(who(&site.load(&browser)).is_none());
}

#[test]
fn a_login_always_gives_a_new_id_and_a_new_beginning() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let mut ids = vec![site.inside(&browser).expose_id()];
    for (nth, user) in [(1, "ada"), (2, "ada"), (3, "bob"), (4, "bob")] {
        site.at(nth * 100).visit(&mut browser, |session| log_in(session, user));
        let inside = site.inside(&browser);
        assert_eq!(inside.created(), at(START + nth * 100));
        assert!(!ids.contains(&inside.expose_id()), "{user}");
        ids.push(inside.expose_id());
    }
}

#[test]
fn a_visitors_data_is_dropped_at_the_login_unless_it_is_asked_for() {
    let site = Site::new();
    let note = |session: &cloakroom::Session<Basket>| {
        session.update(|basket| (basket.apples, basket.note) = (3, "planted".into())).unwrap();
    };
    let after = |login: Login<'_, Basket>| {
        let mut browser = site.visitor(note);
        site.visit(&mut browser, |session| log_in_with(session, login).unwrap());
        site.load(&browser).read(Clone::clone).unwrap()
    };
    assert_eq!(after(Login::new("ada")), Basket::default());
    assert_eq!(after(Login::new("ada").keep_all()), Basket { apples: 3, note: "planted".into() });
    let kept = after(Login::new("ada").keep(|before: Basket| {
        assert_eq!(before.note, "planted");
        Basket { apples: before.apples, ..Basket::default() }
    }));
    assert_eq!(kept, Basket { apples: 3, note: String::new() });
}

#[test]
fn another_subject_gets_nothing_of_the_last_one_whatever_is_asked_for() {
    let site = Site::new();
    let mut browser = Browser::new();
    for login in [Login::new("bob").keep_all(), Login::new("bob").keep(|basket: Basket| basket)] {
        site.visit(&mut browser, |session| {
            log_in(session, "ada");
            pick(session);
        });
        assert_eq!(apples(&site.load(&browser)), 1);
        site.visit(&mut browser, |session| log_in_with(session, login).unwrap());
        let session = site.load(&browser);
        assert_eq!((who(&session).as_deref(), apples(&session)), (Some("bob"), 0));
    }
}

#[test]
fn the_same_subject_again_keeps_the_data() {
    let site = Site::new();
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| {
        log_in(session, "ada");
        pick(session);
    });
    site.visit(&mut browser, |session| log_in(session, "ada"));
    assert_eq!(apples(&site.load(&browser)), 1);
}

#[test]
fn a_login_ends_with_the_browser_unless_it_is_to_be_remembered() {
    let site = Site::new();
    let mut browser = Browser::new();
    let plain = site.visit(&mut browser, |session| log_in(session, "ada"));
    assert_eq!(plain.max_age(), None);

    let month = Login::new("ada").remember(secs(60 * DAY));
    let long = site.visit(&mut browser, |session| log_in_with(session, month).unwrap());
    assert_eq!(long.max_age(), Some(60 * DAY));
    let inside = site.inside(&browser);
    assert_eq!(inside.absolute_expires(), at(START + 60 * DAY));
    assert_eq!(inside.idle_expires(), at(START + 60 * DAY));
    assert_eq!(who(&site.at(59 * DAY).load(&browser)).as_deref(), Some("ada"));
    assert!(site.at(60 * DAY).load(&browser).is_new());

    // The next login is a plain one again.
    let plain = site.visit(&mut browser, |session| log_in(session, "ada"));
    assert_eq!(plain.max_age(), None);
    assert_eq!(site.inside(&browser).own_lifetimes(), None);
}

#[test]
fn a_session_can_be_remembered_after_its_login() {
    let site = Site::new();
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| log_in(session, "ada"));
    let visit =
        site.visit(&mut browser, |session| auth::remember(session, secs(90 * DAY)).unwrap());
    assert_eq!(visit.max_age(), Some(90 * DAY));
}

#[test]
fn a_subject_of_no_bytes_or_of_65_is_an_error_and_nothing_changes() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    for subject in [String::new(), "x".repeat(65)] {
        let visit = site.visit(&mut browser, |session| {
            let refused = log_in_with(session, Login::new(subject));
            assert_eq!(refused, Err(CommitError::Seal(SealError::Claims)));
        });
        visit.leaves_the_cookie_alone();
    }
    assert_eq!(apples(&site.load(&browser)), 1);
}

#[test]
fn what_needs_a_login_says_so() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let visit = site.visit(&mut browser, |session| {
        let anonymous = Err(CommitError::Session(SessionError::Anonymous));
        assert_eq!(block_on(auth::elevate(session, 2)), anonymous);
        assert_eq!(block_on(auth::keep_after_change(session, "s2")), anonymous);
        assert!(!auth::fresh(session, secs(3600)));
    });
    visit.leaves_the_cookie_alone();
}

#[test]
fn a_login_is_fresh_for_a_while_and_again_after_it_was_proved_again() {
    let site = Site::new();
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| log_in_with(session, Login::new("ada").level(1)).unwrap());
    let created = site.inside(&browser).created();
    let old = site.inside(&browser).expose_id();
    assert!(auth::fresh(&site.at(299).load(&browser), secs(300)));
    assert!(!auth::fresh(&site.at(300).load(&browser), secs(300)));

    site.visit(&mut browser, |session| block_on(auth::elevate(session, 3)).unwrap()).writes();
    let session = site.at(599).load(&browser);
    assert!(auth::fresh(&session, secs(300)) && auth::level(&session) == 3);
    assert!(!auth::fresh(&site.at(600).load(&browser), secs(300)));
    let inside = site.inside(&browser);
    assert_ne!(inside.expose_id(), old, "more rights, another id");
    assert_eq!(inside.created(), created, "the session's beginning is not the proof's");
}

#[test]
fn a_map_emptied_after_a_login_keeps_the_login() {
    let site: Site<Values> = Site::on(one_key(), |config| config);
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| {
        log_in_with(session, Login::new("ada")).unwrap();
        session.update(|values| values.insert("a", &1)).unwrap().unwrap();
    });
    site.visit(&mut browser, |session| session.clear().unwrap());
    assert_eq!(who(&site.load(&browser)).as_deref(), Some("ada"));
}

#[test]
fn a_login_goes_out_whatever_the_status_of_the_response() {
    let site = Site::with(|config| config.save_on(cloakroom::SaveOn::NotServerError));
    let mut browser = Browser::new();
    site.visit_with(500, &mut browser, |session| log_in(session, "ada")).writes();
    assert_eq!(who(&site.load(&browser)).as_deref(), Some("ada"));
    site.visit_with(500, &mut browser, log_out).removes();
}

#[test]
fn a_logout_of_a_visitor_without_a_session_sends_nothing() {
    let site = Site::new();
    let mut browser = Browser::new();
    site.visit(&mut browser, log_out).leaves_the_cookie_alone();
    assert!(site.told().is_empty());
    site.visit(&mut browser, look).leaves_the_cookie_alone();
}

#[test]
fn what_is_written_after_a_logout_is_another_session() {
    let site = Site::new();
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| log_in(session, "ada"));
    let old = site.inside(&browser).expose_id();
    site.visit(&mut browser, |session| {
        log_out(session);
        pick(session);
    })
    .writes();
    assert_ne!(site.inside(&browser).expose_id(), old);
    let session = site.load(&browser);
    assert_eq!((who(&session), apples(&session)), (None, 1));
}
