//! What can be configured besides: a bound context, requests left out, what a failure comes to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cloakroom::cookie::CookieConfig;
use cloakroom::{
    Claims, CommitError, ConfigError, Failure, Headers, Policy, Protection, RequestParts,
    SealError, Session, SessionConfig, SessionManager, SessionSlot,
};

use crate::support::{Basket, Browser, Site, apples, block_on, look, one_key, pick, secs};

/// A site whose cookies belong to a tenant, who is named by a header.
fn bound() -> Site {
    Site::with(|config| {
        config.bind(|request| request.header("x-tenant").unwrap_or_default().to_vec())
    })
}

/// A request of a tenant; gives what was committed.
fn of_tenant(
    site: &Site,
    tenant: &[u8],
    browser: &mut Browser,
    f: impl FnOnce(&Session<Basket>),
) -> Result<Headers, CommitError> {
    let cookies = browser.header();
    let headers = [("x-tenant", tenant), ("cookie", cookies.as_bytes())];
    let session = block_on(site.sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap();
    f(&session);
    let headers = site.commit(&session, 200)?;
    browser.take(&headers);
    Ok(headers)
}

#[test]
fn a_cookie_opens_where_it_is_bound_to_and_is_forged_everywhere_else() {
    let site = bound();
    let mut browser = Browser::new();
    of_tenant(&site, b"ada", &mut browser, pick).unwrap();
    let is_there = |session: &Session<Basket>| assert_eq!(apples(session), 1);
    let is_nobody = |session: &Session<Basket>| assert!(session.is_new());
    of_tenant(&site, b"ada", &mut browser, is_there).unwrap();
    site.told();
    for other in [&b"bob"[..], b"", b"ada ", b"ad"] {
        of_tenant(&site, other, &mut browser, is_nobody).unwrap();
    }
    assert_eq!(site.told(), ["rejected forged"; 4]);
}

#[test]
fn a_session_stays_bound_when_it_is_sealed_again() {
    let site = bound();
    let mut browser = Browser::new();
    of_tenant(&site, b"ada", &mut browser, pick).unwrap();
    site.at(900);
    assert_eq!(of_tenant(&site, b"ada", &mut browser, look).unwrap().set_cookies.len(), 1);
    of_tenant(&site, b"ada", &mut browser, |session| assert_eq!(apples(session), 1)).unwrap();
}

#[test]
fn a_context_of_1024_bytes_is_bound_and_one_more_is_an_error() {
    let site = bound();
    let mut browser = Browser::new();
    of_tenant(&site, &[b'a'; 1024], &mut browser, pick).unwrap();
    of_tenant(&site, &[b'a'; 1024], &mut browser, |session| assert_eq!(apples(session), 1))
        .unwrap();
    site.told();

    let refused = of_tenant(&site, &[b'a'; 1025], &mut browser, |session| {
        assert!(session.is_new());
        pick(session);
    });
    assert_eq!(refused, Err(CommitError::Seal(SealError::BindTooLong { len: 1025 })));
    assert_eq!(site.told()[0], "rejected forged");
    of_tenant(&site, &[b'a'; 1025], &mut browser, look).unwrap();
}

#[test]
fn requests_can_be_left_out() {
    let site = Site::with(|config| {
        config.skip(|request| request.method() == "GET" && request.path().starts_with("/static/"))
    });
    let skips = |method, path| site.sessions.skips(&RequestParts::new(method, path, &[]));
    assert!(skips("GET", "/static/coat.svg"));
    assert!(site.sessions.slot(&RequestParts::new("GET", "/static/coat.svg", &[])).is_none());
    assert!(!skips("POST", "/static/coat.svg") && !skips("GET", "/"));
    assert!(!Site::new().sessions.skips(&RequestParts::new("GET", "/static/coat.svg", &[])));
}

#[test]
fn a_hook_chooses_what_becomes_of_a_response_that_could_not_be_saved() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let site = Site::with(|config| {
        config.on_error(move |error| {
            count.fetch_add(1, Ordering::SeqCst);
            match error {
                CommitError::Seal(SealError::TooLarge(_)) => Failure::Keep,
                _ => Failure::Replace,
            }
        })
    });
    let slot = || site.sessions.slot(&RequestParts::new("GET", "/", &[])).expect("not left out");
    let commit = |slot: &SessionSlot<Basket>| block_on(slot.commit(200).expect("a commit"));

    let kept = slot();
    let session = block_on(kept.session(&[])).unwrap();
    session.update(|basket| basket.note = "x".repeat(5000)).unwrap();
    let headers = commit(&kept).unwrap();
    assert!(headers.set_cookies.is_empty() && headers.vary);
    assert_eq!(headers.cache_control(false), Some("private"));

    let replaced = slot();
    let session = block_on(replaced.session(&[])).unwrap();
    let mut claims = Claims::default();
    claims.subject = Some(Vec::new());
    session.set_claims(claims).unwrap();
    assert_eq!(commit(&replaced), Err(CommitError::Seal(SealError::Claims)));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!(site.sessions.counters().failed(), 2, "an event all the same");
}

#[test]
fn without_a_hook_a_response_that_could_not_be_saved_is_replaced() {
    let site = Site::new();
    let slot = site.sessions.slot(&RequestParts::new("GET", "/", &[])).unwrap();
    let session = block_on(slot.session(&[])).unwrap();
    session.update(|basket| basket.note = "x".repeat(5000)).unwrap();
    let error = block_on(slot.commit(200).unwrap()).unwrap_err();
    assert_eq!((error.status(), error.retry_after()), (500, None));
}

/// Tells one manager of an application from another.
#[derive(Debug)]
struct Admin;

#[test]
fn two_sessions_in_one_request_do_not_disturb_each_other() {
    let ring = one_key();
    let shop: Site = Site::on(ring.clone(), |config| config);
    let config = SessionConfig::new(ring, "shop")
        .cookie(CookieConfig::new("__Host-admin"))
        .policy(Policy::aal2())
        .clock(Arc::clone(&shop.clock));
    let admin = SessionManager::<Basket, Admin>::new(config).unwrap();

    let mut browser = Browser::new();
    let mut visit = |shop_does: &dyn Fn(&Session<Basket>),
                     admin_does: &dyn Fn(&Session<Basket, Admin>)| {
        let cookies = browser.header();
        let headers = [("cookie", cookies.as_bytes())];
        let request = RequestParts::new("GET", "/", &headers);
        let mine = block_on(shop.sessions.load(&request)).unwrap();
        let theirs = block_on(admin.load(&request)).unwrap();
        shop_does(&mine);
        admin_does(&theirs);
        browser.take(&block_on(shop.sessions.commit(&mine, 200)).unwrap());
        browser.take(&block_on(admin.commit(&theirs, 200)).unwrap());
        browser.len()
    };
    let set = |apples: u32| move |basket: &mut Basket| basket.apples = apples;
    let expect = |apples: u32| move |basket: &Basket| assert_eq!(basket.apples, apples);

    let both =
        visit(&|shop| shop.update(set(1)).unwrap(), &|admin| admin.update(set(100)).unwrap());
    assert_eq!(both, 2);
    visit(&|shop| shop.read(expect(1)).unwrap(), &|admin| admin.read(expect(100)).unwrap());
    let one = visit(&|shop| shop.read(expect(1)).unwrap(), &|admin| admin.destroy().unwrap());
    assert_eq!(one, 1);
    visit(&|shop| shop.read(expect(1)).unwrap(), &|admin| {
        assert!(admin.is_new() && admin.status() == cloakroom::SessionStatus::Anonymous)
    });
    // A cookie under the other's name is forged, whatever its content.
    let value = browser.value("__Host-session").unwrap();
    let stolen = format!("__Host-admin={value}");
    let headers = [("cookie", stolen.as_bytes())];
    assert!(block_on(admin.load(&RequestParts::new("GET", "/", &headers))).unwrap().is_new());
}

#[test]
fn a_minted_cookie_is_a_session_that_was_given_now() {
    let site = Site::with(|config| config.persistent(true));
    let mut claims = Claims::default();
    claims.subject = Some(b"ada".to_vec());
    let basket = Basket { apples: 4, note: String::new() };
    let minted = block_on(site.sessions.mint(basket, claims.clone())).unwrap();
    let session = site.load_from(&minted);
    assert_eq!((apples(&session), session.claims()), (4, claims));
    assert_eq!(session.created(), Some(site.now()));

    let empty = block_on(site.sessions.mint(Basket::default(), Claims::default())).unwrap();
    assert!(!site.load_from(&empty).is_new());
    let large = Basket { apples: 0, note: "x".repeat(5000) };
    assert!(block_on(site.sessions.mint(large, Claims::default())).is_err());
}

#[test]
fn a_session_can_begin_without_a_request() {
    let site = Site::new();
    let session = site.sessions.anonymous();
    pick(&session);
    let mut browser = Browser::new();
    browser.take(&site.commit(&session, 200).unwrap());
    assert_eq!(site.visit(&mut browser, apples).out, 1);
}

#[test]
fn a_configuration_that_cannot_work_is_refused_when_the_site_starts() {
    let refused = |config: SessionConfig| SessionManager::<Basket>::new(config).unwrap_err();
    let config = || SessionConfig::new(one_key(), "shop");
    assert!(matches!(
        refused(config().policy(Policy::default().idle(secs(0)))),
        ConfigError::Lifetime { .. }
    ));
    assert!(matches!(
        refused(config().cookie(CookieConfig::new("__Host-a").domain("shop.example"))),
        ConfigError::Prefix { .. }
    ));
    for label in ["", "two words", "caf\u{e9}", &"a".repeat(256)] {
        let refused = refused(SessionConfig::new(one_key(), label));
        assert!(matches!(refused, ConfigError::Label { .. }), "{label}");
    }
    assert!(matches!(refused(config().hold_version(9)), ConfigError::HeldVersion { version: 9 }));
}

#[test]
fn in_signed_mode_the_session_can_be_read_by_everybody_and_changed_by_nobody() {
    use base64::Engine as _;
    let site = Site::with(|config| config.protection(Protection::Signed));
    let browser = site.visitor(|session| {
        session.update(|basket| basket.note = "for everybody to read".into()).unwrap();
    });
    let value = browser.value("__Host-session").unwrap();
    let mut token = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(value).unwrap();
    let text = b"for everybody to read";
    let place = token.windows(text.len()).position(|window| window == text).expect("in the clear");
    token[place] ^= 1;
    let altered = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(token);
    site.told();
    assert!(site.load(&Browser::holding(&altered)).is_new());
    assert_eq!(site.told(), ["rejected forged"]);
}
