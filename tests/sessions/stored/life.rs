//! The life of one stored session, one request after the other.

use cloakroom::{Claims, Policy, Values};

use super::{Shelf, shop, site};
use crate::support::{Basket, Browser, NAME, Site, apples, block_on, look, one_key, pick, secs};

#[test]
fn the_cookie_says_who_and_the_store_what() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| {
        pick(session);
        let mut claims = Claims::default();
        claims.subject = Some(b"ada".to_vec());
        session.set_claims(claims).unwrap();
    })
    .writes();
    assert_eq!(shelf.calls(), ["create"]);

    let inside = site.inside(&browser);
    assert_eq!(inside.kind(), cloakroom::Kind::Stored);
    assert!(inside.expose_body().is_empty() && inside.claims().is_empty());
    let session = site.load(&browser);
    assert_eq!(apples(&session), 1);
    assert_eq!(session.claims().subject.as_deref(), Some(b"ada".as_slice()));
    assert_eq!(session.size().unwrap(), site.sessions_line_len(&browser));
}

#[test]
fn a_change_writes_the_record_and_leaves_the_cookie_alone() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    shelf.calls();
    site.visit(&mut browser, pick).leaves_the_cookie_alone();
    assert_eq!(shelf.calls(), ["load", "update"]);
    assert_eq!(apples(&site.load(&browser)), 2);
    shelf.calls();
    site.visit(&mut browser, look).leaves_the_cookie_alone();
    site.visit(&mut browser, |session| session.update(|_| ()).unwrap()).leaves_the_cookie_alone();
    assert_eq!(shelf.calls(), ["load", "load"], "nothing changed, nothing was written");
}

#[test]
fn a_session_nobody_wrote_is_not_stored() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = Browser::new();
    site.visit(&mut browser, look).leaves_the_cookie_alone();
    assert_eq!(shelf.calls(), <[&str; 0]>::default());
}

#[test]
fn a_record_in_use_is_touched_once_in_a_tenth_of_the_idle_time() {
    let shelf = Shelf::new();
    let policy = Policy::default().idle(secs(10_000));
    let site: Site = site(&shelf, one_key(), |config| config.policy(policy), |backing| backing);
    let mut browser = site.visitor(pick);
    shelf.calls();
    for (second, calls) in [
        (999, vec!["load"]),
        (1000, vec!["load", "touch"]),
        (1999, vec!["load"]),
        (2000, vec!["load", "touch"]),
    ] {
        site.at(second).visit(&mut browser, look);
        assert_eq!(shelf.calls(), calls, "{second}");
    }
}

#[test]
fn a_session_used_often_outlives_a_short_idle_time() {
    let shelf = Shelf::new();
    let policy = Policy::default().idle(secs(10));
    let site: Site = site(&shelf, one_key(), |config| config.policy(policy), |backing| backing);
    let mut browser = site.visitor(pick);
    for second in (9..500).step_by(9) {
        site.at(second).visit(&mut browser, look);
        assert_eq!(apples(&site.load(&browser)), 1, "{second}");
    }
    let unused = 495 + 10;
    site.at(unused).visit(&mut browser, look).removes();
}

#[test]
fn a_session_ends_at_its_absolute_time_in_the_store_too() {
    let shelf = Shelf::new();
    let policy = Policy::default().idle(secs(1000)).absolute(secs(1500));
    let site: Site = site(&shelf, one_key(), |config| config.policy(policy), |backing| backing);
    let mut browser = site.visitor(pick);
    site.at(900).visit(&mut browser, look);
    assert_eq!(apples(&site.at(1499).load(&browser)), 1);
    assert!(site.at(1500).load(&browser).is_new());
}

#[test]
fn a_destroyed_session_leaves_the_store_before_the_headers_leave() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let stolen = browser.clone();
    site.visit(&mut browser, |session| session.destroy().unwrap()).removes();
    assert_eq!(shelf.len(), 0);
    let mut thief = stolen;
    site.told();
    site.visit(&mut thief, look).removes();
    assert!(site.told().iter().any(|word| word.contains("record_gone")));
}

#[test]
fn a_renewed_session_moves_and_its_old_id_is_dead() {
    for restart in [false, true] {
        let (site, shelf) = shop::<Basket>();
        let mut browser = site.visitor(pick);
        let old = browser.clone();
        shelf.calls();
        site.visit(&mut browser, |session| {
            if restart { session.restart() } else { session.renew() }.unwrap();
        })
        .writes();
        assert_eq!(shelf.calls(), ["load", "rotate"]);
        assert_eq!((shelf.len(), apples(&site.load(&browser))), (1, 1));
        assert!(site.load(&old).is_new());
    }
}

#[test]
fn what_is_written_after_the_end_is_another_record() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let old = browser.clone();
    shelf.calls();
    site.visit(&mut browser, |session| {
        session.destroy().unwrap();
        pick(session);
        pick(session);
    })
    .writes();
    assert_eq!(shelf.calls(), ["load", "delete", "create"]);
    assert_eq!((shelf.len(), apples(&site.load(&browser))), (1, 2));
    assert!(site.load(&old).is_new());
}

#[test]
fn an_emptied_map_leaves_the_store() {
    let (site, shelf) = shop::<Values>();
    let mut browser = site.visitor(|session| session.update(|map| map.insert("a", &1)));
    site.visit(&mut browser, |session| session.clear().unwrap()).removes();
    assert_eq!(shelf.len(), 0);
}

#[test]
fn a_session_may_be_as_large_as_its_store_allows() {
    let (site, shelf) = shop::<Basket>();
    let fill = |bytes: usize| move |basket: &mut Basket| basket.note = "x".repeat(bytes);
    let mut browser = site.visitor(|session| session.update(fill(100_000)).unwrap());
    assert_eq!(site.load(&browser).read(|basket| basket.note.len()), Ok(100_000));

    shelf.limit(50_000);
    let answer = site.visit(&mut browser, |session| session.update(fill(60_000)).unwrap());
    let (needed, limit) = answer.too_large();
    assert!(needed > 60_000 && limit == 50_000, "{needed} of {limit}");
    assert_eq!(site.load(&browser).read(|basket| basket.note.len()), Ok(100_000));
}

#[test]
fn an_explicit_commit_is_in_the_store_at_once_and_later_writes_follow_it() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| {
        pick(session);
        block_on(session.commit()).unwrap();
        assert_eq!(shelf.calls(), ["create"]);
        pick(session);
        block_on(session.commit()).unwrap();
        assert_eq!(shelf.calls(), ["update"]);
        // Back to what a new session is: the record says so too.
        session.replace(Basket::default()).unwrap();
    })
    .writes();
    assert_eq!((shelf.len(), apples(&site.load(&browser))), (1, 0));

    // The same with a session that was there.
    site.visit(&mut browser, |session| {
        pick(session);
        session.set_idle(secs(500)).unwrap();
        block_on(session.commit()).unwrap();
        session.replace(Basket::default()).unwrap();
    })
    .writes();
    let session = site.load(&browser);
    assert_eq!(apples(&session), 0);
    assert_eq!(session.expires().map(|end| end.since(site.now())), Some(500));
}

#[test]
fn an_explicit_commit_of_an_end_ends_it() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let headers = site.visit(&mut browser, |session| {
        session.destroy().unwrap();
        block_on(session.commit()).unwrap();
        assert_eq!(shelf.len(), 0, "before the response");
    });
    headers.removes();
}

#[test]
fn a_minted_cookie_stands_for_a_record() {
    let (site, shelf) = shop::<Basket>();
    let mut claims = Claims::default();
    claims.subject = Some(b"ada".to_vec());
    let basket = Basket { apples: 4, note: "x".repeat(5000) };
    let minted = block_on(site.sessions.mint(basket, claims.clone())).unwrap();
    assert_eq!(shelf.calls(), ["create"]);
    let session = site.load_from(&minted);
    assert_eq!((apples(&session), session.claims()), (4, claims));
}

#[test]
fn own_lifetimes_stand_in_cookie_and_record() {
    let (site, _shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    site.visit(&mut browser, |session| session.set_absolute(secs(300)).unwrap()).writes();
    assert_eq!(site.inside(&browser).own_lifetimes(), Some((300, 0)));
    assert_eq!(apples(&site.at(299).load(&browser)), 1);
    assert!(site.at(300).load(&browser).is_new());
}

#[test]
fn expired_records_leave_the_store_by_and_by() {
    let shelf = Shelf::new();
    let policy = Policy::default().idle(secs(100));
    let site: Site = site(&shelf, one_key(), |config| config.policy(policy), |backing| backing);
    for _ in 0..5 {
        site.visitor(pick);
    }
    let mut browser = Browser::new();
    site.at(1000).visit(&mut browser, look);
    assert_eq!(shelf.len(), 0);
    for second in 1001..1100 {
        site.at(second).visit(&mut browser, look);
    }
    let times = shelf.purged.load(std::sync::atomic::Ordering::SeqCst);
    assert!((6..=18).contains(&times), "{times} times in 100 seconds");
}

impl<T: cloakroom::SessionData> Site<T> {
    /// Bytes of the default line around the value that `browser` holds.
    fn sessions_line_len(&self, browser: &Browser) -> usize {
        let value = browser.value(NAME).expect("a cookie");
        format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Lax").len()
    }
}
