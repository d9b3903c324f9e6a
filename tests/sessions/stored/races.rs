//! Two requests of one session at a time.

use cloakroom::{Claims, CommitError, Values};

use super::{Shelf, shop, site};
use crate::support::{Basket, REMOVAL, START, Site, apples, at, block_on, look, one_key, pick};

#[test]
fn a_session_that_ended_is_never_revived_by_a_slow_request() {
    type Slow = fn(&cloakroom::Session<Basket>);
    let slow: [Slow; 4] = [
        pick,
        |session| session.renew().unwrap(),
        |session| session.restart().unwrap(),
        |session| session.set_claims(claims(b"ada")).unwrap(),
    ];
    for (work, adopt, wins) in slow.into_iter().flat_map(|work| {
        [(false, false), (true, false), (false, true), (true, true)].map(|(a, w)| (work, a, w))
    }) {
        let shelf = Shelf::new();
        let site: Site = site(
            &shelf,
            one_key(),
            |config| config,
            |backing| backing.adopt_cookies(adopt).last_write_wins(wins),
        );
        let mut browser = site.visitor(pick);
        let copy = browser.clone();
        let session = site.load(&browser);
        work(&session);
        site.visit(&mut browser, |session| session.destroy().unwrap()).removes();
        let headers = site.commit(&session, 200).unwrap();
        assert_eq!(headers.set_cookies[0].as_str(), REMOVAL, "adopting {adopt}");
        // The mark of an end is the one record that may be left.
        assert_eq!(shelf.len(), usize::from(adopt));
        assert_eq!(site.sessions.counters().ended(), 1);
        assert!(site.load(&copy).is_new(), "adopting {adopt}");
    }
}

#[test]
fn an_explicit_commit_says_that_the_session_has_ended() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let session = site.load(&browser);
    site.visit(&mut browser, |session| session.destroy().unwrap());
    pick(&session);
    assert_eq!(block_on(session.commit()), Err(CommitError::Ended));
    let headers = site.commit(&session, 200).unwrap();
    assert_eq!((headers.set_cookies[0].as_str(), shelf.len()), (REMOVAL, 0));
}

#[test]
fn a_reader_of_a_session_that_ended_meanwhile_changes_nothing() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let session = site.at(600_000).load(&browser);
    site.visit(&mut browser, |session| session.destroy().unwrap());
    look(&session);
    site.commit(&session, 200).unwrap();
    assert_eq!(shelf.len(), 0);
}

#[test]
fn the_keys_that_two_requests_changed_are_put_together() {
    let (site, _shelf) = shop::<Values>();
    let mut browser = site.visitor(|session| {
        session.update(|map| map.update([("both", 0), ("kept", 0), ("gone", 0)])).unwrap().unwrap();
    });
    let slow = site.load(&browser);
    slow.update(|map| map.update([("both", 1), ("mine", 1)])).unwrap().unwrap();
    slow.update(|map| map.remove("gone")).unwrap();
    site.visit(&mut browser, |session| {
        session.update(|map| map.update([("both", 2), ("theirs", 2)])).unwrap().unwrap();
    });
    site.commit(&slow, 200).unwrap();
    let wanted = [
        ("both", Some(1)),
        ("kept", Some(0)),
        ("gone", None),
        ("mine", Some(1)),
        ("theirs", Some(2)),
    ];
    let session = site.load(&browser);
    for (key, value) in wanted {
        assert_eq!(session.read(|map| map.get::<u32>(key)).unwrap().unwrap(), value, "{key}");
    }
}

#[test]
fn what_an_explicit_commit_merged_is_what_the_handler_sees_from_then_on() {
    let (site, _shelf) = shop::<Values>();
    let mut browser = site.visitor(|session| session.update(|map| map.insert("a", &1)));
    let slow = site.load(&browser);
    let put = |session: &cloakroom::Session<Values>, key: &str| {
        session.update(|map| map.insert(key, &2)).unwrap().unwrap();
    };
    put(&slow, "slow");
    site.visit(&mut browser, |session| put(session, "quick"));
    block_on(slow.commit()).unwrap();
    assert!(slow.read(|map| map.contains_key("quick")).unwrap());
    put(&slow, "more");
    site.commit(&slow, 200).unwrap();
    assert_eq!(site.load(&browser).read(Values::len), Ok(4));
}

#[test]
fn two_changes_of_a_typed_session_are_a_conflict() {
    let (site, _shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let slow = site.load(&browser);
    pick(&slow);
    site.visit(&mut browser, pick);
    let error = site.commit(&slow, 200).unwrap_err();
    assert_eq!(
        (&error, error.status(), error.retry_after()),
        (&CommitError::Conflict, 503, Some(1))
    );
    assert_eq!(apples(&site.load(&browser)), 2);
}

#[test]
fn a_hook_merges_a_typed_session() {
    let shelf = Shelf::new();
    let site: Site = site(
        &shelf,
        one_key(),
        |config| config,
        |backing| {
            backing.merge(|base: Basket, mine, theirs| {
                let apples = theirs.apples + mine.apples - base.apples;
                Some(Basket { apples, ..theirs })
            })
        },
    );
    let mut browser = site.visitor(pick);
    let slow = site.load(&browser);
    (0..5).for_each(|_| pick(&slow));
    site.visit(&mut browser, pick);
    site.visit(&mut browser, pick);
    site.commit(&slow, 200).unwrap();
    assert_eq!(apples(&site.load(&browser)), 8);
}

#[test]
fn the_last_request_wins_where_that_is_configured() {
    let shelf = Shelf::new();
    let wins = |backing: cloakroom::Backing<Basket>| backing.last_write_wins(true);
    let site: Site = site(&shelf, one_key(), |config| config, wins);
    let mut browser = site.visitor(pick);
    let slow = site.load(&browser);
    slow.update(|basket| basket.apples = 77).unwrap();
    site.visit(&mut browser, pick);
    site.commit(&slow, 200).unwrap();
    assert_eq!(apples(&site.load(&browser)), 77);
}

#[test]
fn data_of_one_request_and_claims_of_another_both_stay() {
    let (site, _shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let slow = site.load(&browser);
    pick(&slow);
    site.visit(&mut browser, |session| session.set_claims(claims(b"ada")).unwrap());
    site.commit(&slow, 200).unwrap();
    let session = site.load(&browser);
    assert_eq!((apples(&session), session.claims()), (2, claims(b"ada")));
}

#[test]
fn when_a_session_was_checked_is_no_change_of_its_login() {
    let (site, _shelf) = shop::<Basket>();
    let checked = |second, stamp| {
        let mut claims = claims(b"ada");
        (claims.checked_at, claims.stamp) = (Some(at(START + second)), stamp);
        claims
    };
    let mut browser = site.visitor(|session| session.set_claims(checked(0, None)).unwrap());
    let slow = site.load(&browser);
    slow.set_claims(checked(0, Some([7; 16]))).unwrap();
    site.visit(&mut browser, |session| session.set_claims(checked(900, None)).unwrap());
    site.commit(&slow, 200).unwrap();
    assert_eq!(site.load(&browser).claims(), checked(900, Some([7; 16])));
}

#[test]
fn two_logins_beside_each_other_are_a_conflict() {
    let (site, _shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let slow = site.load(&browser);
    slow.set_claims(claims(b"bob")).unwrap();
    site.visit(&mut browser, |session| session.set_claims(claims(b"ada")).unwrap());
    assert_eq!(site.commit(&slow, 200), Err(CommitError::Conflict));
    assert_eq!(site.load(&browser).claims(), claims(b"ada"));
}

#[test]
fn of_two_requests_that_renew_one_session_one_wins() {
    let (site, shelf) = shop::<Basket>();
    let mut browser = site.visitor(pick);
    let slow = site.load(&browser);
    slow.renew().unwrap();
    site.visit(&mut browser, |session| session.renew().unwrap()).writes();
    let headers = site.commit(&slow, 200).unwrap();
    assert_eq!((headers.set_cookies[0].as_str(), shelf.len()), (REMOVAL, 1));
    assert_eq!(apples(&site.load(&browser)), 1);
}

#[test]
fn threads_that_count_in_one_map_lose_no_key() {
    let (site, _shelf) = shop::<Values>();
    let browser = site.visitor(|session| session.update(|map| map.insert("start", &0)));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (site, browser) = (&site, &browser);
            scope.spawn(move || {
                for round in 0..10 {
                    // A client tries again where too many were quicker.
                    loop {
                        let session = site.load(browser);
                        let key = format!("{thread}-{round}");
                        session.update(|map| map.insert(&key, &1)).unwrap().unwrap();
                        match site.commit(&session, 200) {
                            Ok(_) => break,
                            Err(error) => assert_eq!(error, CommitError::Conflict),
                        }
                    }
                }
            });
        }
    });
    assert_eq!(site.load(&browser).read(Values::len), Ok(41));
}

#[test]
fn what_an_explicit_commit_saved_is_merged_once() {
    let shelf = Shelf::new();
    let sums = |backing: cloakroom::Backing<Basket>| {
        backing.merge(|base: Basket, mine, theirs| {
            let apples = theirs.apples + mine.apples - base.apples;
            Some(Basket { apples, ..theirs })
        })
    };
    let site: Site = site(&shelf, one_key(), |config| config, sums);
    for others in [0, 1] {
        let mut browser = site.visitor(pick);
        let slow = site.load(&browser);
        pick(&slow);
        for _ in 0..others {
            site.visit(&mut browser, pick);
        }
        // Another part of the handler writes while the commit waits for the store.
        let writer = slow.clone();
        shelf.meanwhile(move || pick(&writer));
        block_on(slow.commit()).unwrap();
        site.visit(&mut browser, pick);
        site.commit(&slow, 200).unwrap();
        assert_eq!(apples(&site.load(&browser)), 4 + others, "{others}");
    }
}

fn claims(subject: &[u8]) -> Claims {
    let mut claims = Claims::default();
    claims.subject = Some(subject.to_vec());
    claims
}
