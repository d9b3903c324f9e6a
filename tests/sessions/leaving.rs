//! Logging out while cookies of a former name are about.

use cloakroom::cookie::{CookieConfig, Scope};
use cloakroom::{FixedClock, Protection, SessionConfig};

use crate::support::{APP, START, Site, apples, at, one_key, pick};

#[test]
fn logging_out_leaves_no_session_of_a_former_name_behind() {
    let ring = one_key();
    let old: Site = Site::on(ring.clone(), |_| {
        SessionConfig::new(ring.clone(), APP)
            .cookie(CookieConfig::new("sid"))
            .clock(FixedClock::at(at(START)))
    });
    let site: Site = Site::on(ring.clone(), |config| {
        config.also_open(Protection::Encrypted, APP, "sid", at(START + 1000))
    });
    // A node of the former release and one of this one have both written a cookie.
    let mut browser = site.visitor(pick);
    let given = old.visitor(|session| session.update(|basket| basket.apples = 7).unwrap());
    browser.store(&format!("{}; Path=/", given.header()));
    assert_eq!(site.visit(&mut browser, apples).out, 1);

    let visit = site.visit(&mut browser, |session| session.destroy().unwrap());
    assert_eq!(visit.lines().len(), 2);
    assert_eq!(browser.len(), 0);
    assert!(site.load(&browser).is_new(), "the former session is back");
}

#[test]
fn a_former_name_is_removed_from_previous_scopes_too() {
    let ring = one_key();
    let old: Site = Site::on(ring.clone(), |_| {
        SessionConfig::new(ring.clone(), APP)
            .cookie(CookieConfig::new("sid").domain("shop.example"))
            .clock(FixedClock::at(at(START)))
    });
    let site: Site = Site::on(ring.clone(), |config| {
        let cookie = CookieConfig::new("__Secure-session");
        config.cookie(cookie.previous_scopes([Scope::new().domain("shop.example")])).also_open(
            Protection::Encrypted,
            APP,
            "sid",
            at(START + 1000),
        )
    });
    let mut browser = old.visitor(pick);
    assert_eq!(site.visit(&mut browser, apples).out, 1);
    assert_eq!((browser.value("sid"), browser.len()), (None, 1));
    site.visit(&mut browser, |session| session.destroy().unwrap());
    assert!(site.load(&browser).is_new(), "the former session is back");
}

#[test]
fn a_session_moves_from_a_cookie_of_a_domain_to_one_of_the_host_alone() {
    let ring = one_key();
    let former = CookieConfig::new("sid").domain("shop.example");
    let old: Site = Site::on(ring.clone(), |_| {
        SessionConfig::new(ring.clone(), APP)
            .cookie(former.clone())
            .clock(FixedClock::at(at(START)))
    });
    let site: Site = Site::on(ring.clone(), |config| {
        config.also_open_cookie(Protection::Encrypted, APP, former.clone(), at(START + 1000))
    });
    let mut browser = old.visitor(pick);
    assert_eq!(site.visit(&mut browser, apples).out, 1);
    assert_eq!((browser.value("sid"), browser.len()), (None, 1));
    site.visit(&mut browser, |session| session.destroy().unwrap());
    assert_eq!(browser.len(), 0);
}
