//! Several cookies of one name, which a browser sends when they lie in several scopes.

use cloakroom::Session;
use cloakroom::cookie::{CookieConfig, Scope};

use crate::support::{Basket, Browser, NAME, REMOVAL, Site, apples, look, one_key, pick, secs};

/// A `Cookie` header of these cookies.
fn both(first: &Browser, second: &Browser) -> String {
    format!("{}; {}", first.header(), second.header())
}

/// The apples of whoever sends these cookies; `None` if he is nobody.
fn found(site: &Site, cookies: &str) -> Option<u32> {
    let session = site.load_from(cookies);
    (!session.is_new()).then(|| apples(&session))
}

#[test]
fn the_one_valid_cookie_wins_wherever_it_stands() {
    let site = Site::new();
    let valid = site.visitor(pick).header();
    let alien = Site::new().visitor(pick).header();
    for cookies in [
        format!("{alien}; {valid}"),
        format!("{valid}; {alien}"),
        format!("{NAME}=; {NAME}=x; {alien}; {valid}; {NAME}=y"),
    ] {
        assert_eq!(found(&site, &cookies), Some(1));
    }
}

#[test]
fn of_several_cookies_of_one_session_the_newest_wins() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let old = browser.clone();
    site.at(1).visit(&mut browser, pick).writes();
    assert_eq!(found(&site, &both(&old, &browser)), Some(2));
    assert_eq!(found(&site, &both(&browser, &old)), Some(2));
    assert!(!site.told().contains(&"ambiguous".to_owned()));
}

#[test]
fn of_two_of_the_same_second_the_first_wins() {
    let site = Site::new();
    let mut browser = site.visitor(pick);
    let old = browser.clone();
    site.visit(&mut browser, pick).writes();
    assert_eq!(found(&site, &both(&old, &browser)), Some(1));
    assert_eq!(found(&site, &both(&browser, &old)), Some(2));
}

#[test]
fn two_different_sessions_are_none_and_are_removed() {
    let site = Site::new();
    let (ada, bob) = (site.visitor(pick), site.visitor(pick));
    site.told();
    let session = site.load_from(&both(&ada, &bob));
    assert!(session.is_new() && session.id().is_none());
    assert_eq!(apples(&session), 0);
    let headers = site.commit(&session, 200).unwrap();
    assert_eq!(headers.set_cookies.len(), 1);
    assert_eq!(headers.set_cookies[0].as_str(), REMOVAL);
    assert_eq!(site.told(), ["opened", "opened", "ambiguous", "removed"]);
}

#[test]
fn a_third_cookie_does_not_settle_an_ambiguity() {
    let site = Site::new();
    let (ada, bob) = (site.visitor(pick).header(), site.visitor(pick).header());
    site.at(5);
    for cookies in [
        format!("{ada}; {bob}; {ada}"),
        format!("{ada}; {ada}; {bob}"),
        format!("{bob}; {NAME}=x; {ada}"),
    ] {
        assert_eq!(found(&site, &cookies), None, "{cookies}");
    }
}

#[test]
fn an_ambiguity_is_removed_even_if_a_kept_cookie_stands_beside_it_or_removal_is_off() {
    let site = Site::with(|config| config.remove_expired(false));
    let cookies = format!("{}; {NAME}=x", both(&site.visitor(pick), &site.visitor(pick)));
    let session = site.load_from(&cookies);
    assert_eq!(site.commit(&session, 200).unwrap().set_cookies[0].as_str(), REMOVAL);
}

#[test]
fn the_ninth_cookie_is_not_looked_at() {
    let site = Site::new();
    let valid = site.visitor(pick).header();
    let after = |others: usize| format!("{}{valid}", format!("{NAME}=x; ").repeat(others));
    assert_eq!(found(&site, &after(7)), Some(1));
    site.told();
    assert_eq!(found(&site, &after(8)), None);
    assert_eq!(site.told(), ["rejected length"; 8]);
    // Cookies of other names do not count.
    assert_eq!(found(&site, &format!("{}{valid}", "a=1; ".repeat(100))), Some(1));
}

#[test]
fn a_session_that_begins_amid_an_ambiguity_takes_the_place_of_the_removal() {
    let site = Site::new();
    let cookies = both(&site.visitor(pick), &site.visitor(pick));
    let session = site.load_from(&cookies);
    pick(&session);
    let headers = site.commit(&session, 200).unwrap();
    let [line] = &headers.set_cookies[..] else { panic!("{headers:?}") };
    assert!(line.as_str().starts_with("__Host-session=E"));
}

/// A site that moved its cookie from `/app` and from a domain.
fn moved() -> Site {
    let cookie = CookieConfig::new("__Secure-basket")
        .previous_scopes([Scope::new().path("/app"), Scope::new().domain("shop.example")]);
    Site::with(|config| config.cookie(cookie))
}

const PREVIOUS: [&str; 2] = [
    "__Secure-basket=; Path=/app; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
    "__Secure-basket=; Path=/; Domain=shop.example; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
];

#[test]
fn previous_scopes_are_removed_when_a_session_is_renewed_restarted_or_destroyed() {
    let operations: [fn(&Session<Basket>); 4] = [
        |session| session.renew().unwrap(),
        |session| session.restart().unwrap(),
        |session| session.destroy().unwrap(),
        |session| {
            session.destroy().unwrap();
            pick(session);
        },
    ];
    for (nth, operation) in operations.into_iter().enumerate() {
        let site = moved();
        let mut browser = site.visitor(pick);
        let visit = site.visit(&mut browser, operation);
        let lines = visit.lines();
        assert_eq!(lines.len(), 3, "{nth}");
        assert!(lines[0].starts_with("__Secure-basket="), "{nth}");
        assert_eq!(lines[1..], PREVIOUS, "{nth}");
        assert_eq!(browser.len(), usize::from(nth != 2), "{nth}");
    }
}

#[test]
fn previous_scopes_are_removed_at_a_login_without_a_session_before() {
    let visit = moved().visit(&mut Browser::new(), |session| session.restart().unwrap());
    assert_eq!(visit.lines()[1..], PREVIOUS);
}

#[test]
fn previous_scopes_are_left_alone_by_changes_and_seals() {
    let site = moved();
    let mut browser = Browser::new();
    assert_eq!(site.visit(&mut browser, pick).lines().len(), 1);
    assert_eq!(site.visit(&mut browser, pick).lines().len(), 1);
    assert_eq!(site.at(900).visit(&mut browser, look).lines().len(), 1);
}

#[test]
fn an_ambiguity_between_two_scopes_is_removed_from_all_of_them() {
    let site = moved();
    let cookies = both(&site.visitor(pick), &site.visitor(pick));
    let session = site.load_from(&cookies);
    let headers = site.commit(&session, 200).unwrap();
    let lines: Vec<_> = headers.set_cookies.iter().map(|line| line.as_str()).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("__Secure-basket=; Path=/; Secure;"));
    assert_eq!(lines[1..], PREVIOUS);

    let session = site.load_from(&cookies);
    pick(&session);
    let headers = site.commit(&session, 200).unwrap();
    assert!(headers.set_cookies[0].as_str().starts_with("__Secure-basket=E"));
    assert_eq!(headers.set_cookies.len(), 3);
}

#[test]
fn a_cookie_that_is_over_is_removed_from_previous_scopes_too() {
    // Nobody but the browser knows in which of them it lies.
    let cookie = CookieConfig::new("__Secure-basket").previous_scopes([Scope::new().path("/app")]);
    let policy = cloakroom::Policy::default().idle(secs(100));
    let site: Site = Site::on(one_key(), |config| config.cookie(cookie).policy(policy));
    let mut browser = site.visitor(pick);
    let visit = site.at(100).visit(&mut browser, look);
    assert_eq!(visit.lines().len(), 2);
    assert_eq!(visit.lines()[1], PREVIOUS[0]);
}

#[test]
fn no_response_has_two_lines_for_one_name_and_scope() {
    let place = |line: &str| {
        let mut browser = Browser::new();
        browser.store(&line.replace("; Max-Age=0", ""));
        format!("{browser:?}").split("], ").next().unwrap().to_owned()
    };
    let site = moved();
    for browser in [Browser::new(), site.visitor(pick)] {
        for operation in [Session::renew, Session::restart, Session::destroy, Session::clear] {
            let visit = site.visit(&mut browser.clone(), |session| {
                pick(session);
                operation(session).unwrap();
            });
            let places: Vec<_> = visit.lines().into_iter().map(place).collect();
            let mut distinct = places.clone();
            distinct.sort();
            distinct.dedup();
            assert_eq!(distinct.len(), places.len(), "{places:?}");
        }
    }
}
