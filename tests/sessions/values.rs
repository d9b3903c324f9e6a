//! Sessions that are maps: the rules of any session, and those of an emptied one.

use cloakroom::{Claims, CommitError, Kind, Protection, SealError, Session, SessionStatus, Values};

use crate::support::{Browser, REMOVAL, Site, attribute, look, one_key, secs};

fn site() -> Site<Values> {
    Site::on(one_key(), |config| config)
}

fn put(key: &'static str, value: u32) -> impl Fn(&Session<Values>) {
    move |session| session.update(|map| map.insert(key, &value)).unwrap().unwrap()
}

fn get(key: &'static str) -> impl Fn(&Session<Values>) -> Option<u32> {
    move |session| session.read(|map| map.get(key)).unwrap().unwrap()
}

fn remove(key: &'static str) -> impl Fn(&Session<Values>) {
    move |session| assert!(session.update(|map| map.remove(key)).unwrap())
}

fn named(subject: &str) -> Claims {
    let mut claims = Claims::default();
    claims.subject = Some(subject.into());
    claims
}

#[test]
fn a_map_that_nobody_put_anything_into_is_not_written() {
    let site = site();
    let changes: [fn(&Session<Values>); 4] = [
        |session| session.update(|_| ()).unwrap(),
        |session| session.update(Values::clear).unwrap(),
        |session| {
            put("a", 1)(session);
            remove("a")(session);
        },
        |session| assert!(!session.update(|map| map.remove("a")).unwrap()),
    ];
    for change in changes {
        site.visit(&mut Browser::new(), change).leaves_the_cookie_alone();
    }
}

#[test]
fn what_was_put_into_a_map_is_there_at_the_next_visit() {
    let site = site();
    let mut browser = Browser::new();
    site.visit(&mut browser, put("views", 3)).writes();
    let visit = site.visit(&mut browser, get("views"));
    assert_eq!(visit.out, Some(3));
    visit.leaves_the_cookie_alone();
    assert_eq!(site.visit(&mut browser, get("other")).out, None);
}

#[test]
fn a_map_that_says_the_same_is_no_change_however_it_came_to_say_so() {
    let site = site();
    let mut browser = site.visitor(|session| {
        put("b", 2)(session);
        put("a", 1)(session);
    });
    let changes: [fn(&Session<Values>); 4] = [
        |session| put("a", 1)(session),
        |session| {
            remove("b")(session);
            put("b", 2)(session);
        },
        |session| {
            session.clear().unwrap();
            put("a", 1)(session);
            put("b", 2)(session);
        },
        |session| {
            put("c", 9)(session);
            remove("c")(session);
        },
    ];
    for (nth, change) in changes.into_iter().enumerate() {
        let visit = site.visit(&mut browser, change);
        assert!(visit.lines().is_empty(), "{nth}");
        visit.leaves_the_cookie_alone();
    }
    site.visit(&mut browser, put("a", 2)).writes();
}

#[test]
fn an_emptied_map_removes_the_cookie_however_it_was_emptied() {
    let site = site();
    let ways: [fn(&Session<Values>); 5] = [
        |session| session.clear().unwrap(),
        |session| remove("a")(session),
        |session| session.update(Values::clear).unwrap(),
        |session| session.replace(Values::new()).unwrap(),
        |session| {
            session.renew().unwrap();
            session.clear().unwrap();
        },
    ];
    for (nth, way) in ways.into_iter().enumerate() {
        let mut browser = site.visitor(put("a", 1));
        site.visit(&mut browser, way).removes();
        assert_eq!(browser.len(), 0, "{nth}");
    }
}

#[test]
fn an_emptied_map_with_claims_stays_and_goes_with_them() {
    let site = site();
    let mut browser = site.visitor(|session| {
        put("a", 1)(session);
        session.set_claims(named("ada")).unwrap();
    });
    let before = site.inside(&browser).expose_id();
    site.visit(&mut browser, |session| session.clear().unwrap()).writes();
    assert_eq!(site.inside(&browser).expose_id(), before);
    assert_eq!(site.visit(&mut browser, Session::claims).out, named("ada"));
    site.visit(&mut browser, |session| session.set_claims(Claims::default()).unwrap()).removes();
}

#[test]
fn an_empty_map_that_was_asked_for_stays_until_something_else_is() {
    let site = site();
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| session.restart().unwrap()).writes();
    site.visit(&mut browser, |session| {
        look(session);
        assert!(!session.is_new());
    })
    .leaves_the_cookie_alone();
    site.visit(&mut browser, |session| session.update(|_| ()).unwrap()).leaves_the_cookie_alone();
    site.visit(&mut browser, |session| session.set_idle(secs(60)).unwrap()).writes();
    site.visit(&mut browser, |session| session.renew().unwrap()).writes();
    site.at(15).visit(&mut browser, look).writes();
    site.visit(&mut browser, put("a", 1)).writes();
    site.visit(&mut browser, |session| session.clear().unwrap()).removes();
}

#[test]
fn a_restart_of_an_emptied_map_is_written() {
    let site = site();
    let mut browser = site.visitor(put("a", 1));
    let before = site.inside(&browser).expose_id();
    site.visit(&mut browser, |session| {
        session.clear().unwrap();
        session.restart().unwrap();
    })
    .writes();
    assert_ne!(site.inside(&browser).expose_id(), before);
}

#[test]
fn an_error_inside_an_update_leaves_the_map_as_it_was() {
    let site = site();
    let mut browser = site.visitor(put("a", 1));
    let visit = site.visit(&mut browser, |session| {
        let refused = session.update(|map| map.insert("b", &u128::MAX)).unwrap();
        assert!(refused.is_err());
    });
    visit.leaves_the_cookie_alone();
    assert_eq!(site.visit(&mut browser, get("a")).out, Some(1));
}

#[test]
fn a_map_that_does_not_fit_names_its_largest_keys() {
    let site = site();
    let visitor = site.visitor(put("a", 1));
    let mut browser = visitor.clone();
    let text = |len: usize| "~".repeat(len);
    let visit = site.visit(&mut browser, |session| {
        session
            .update(|map| {
                for (key, len) in [("x", 900), ("y", 1100), ("z", 1000), ("v", 30), ("w", 20)] {
                    map.insert(key, &text(len)).unwrap();
                }
            })
            .unwrap();
        session.size().unwrap()
    });
    let Err(CommitError::Seal(SealError::TooLarge(sizes))) = visit.headers else { panic!() };
    assert_eq!((sizes.needed, sizes.limit), (visit.out, 4096));
    let keys: Vec<_> = sizes.largest.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["y", "z", "x", "v", "w"], "five, the largest first");
    assert!(sizes.largest[0].1 >= 1100 && sizes.largest[0].1 < 1120, "{:?}", sizes.largest);
    assert_eq!(browser, visitor);
    let shown = sizes.to_string();
    assert!(shown.contains("\"y\" 1") && !shown.contains("~~"), "{shown}");
}

#[test]
fn a_map_that_is_sealed_again_is_byte_for_byte_the_same() {
    let site = site();
    let mut browser = site.visitor(|session| {
        let fill = |map: &mut Values| {
            map.insert("list", &[1u8, 2, 3]).unwrap();
            map.insert("nested", &vec![Some("x"), None]).unwrap();
            map.insert("token", "0123456789abcdef0123456789abcdef").unwrap();
        };
        session.update(fill).unwrap();
    });
    let before = site.inside(&browser);
    site.at(900).visit(&mut browser, look).writes();
    assert_eq!(site.inside(&browser).expose_body(), before.expose_body());
    assert_eq!(before.kind(), Kind::Values);
}

#[test]
fn the_size_of_a_map_is_the_length_of_its_line_to_the_byte() {
    for mode in [Protection::Encrypted, Protection::Signed] {
        let site: Site<Values> =
            Site::on(one_key(), |config| config.protection(mode).persistent(true));
        for len in [0, 1, 5, 50, 500, 2000] {
            let visit = site.visit(&mut Browser::new(), |session| {
                session.update(|map| map.insert("k", &"~".repeat(len))).unwrap().unwrap();
                session.size().unwrap()
            });
            assert_eq!(visit.line().len(), visit.out, "{len}");
            assert_eq!(attribute(visit.line(), "Max-Age"), Some("1209600"));
        }
    }
}

#[test]
fn a_typed_session_and_a_map_refuse_each_others_cookies_and_keep_them() {
    let ring = one_key();
    let maps: Site<Values> = Site::on(ring.clone(), |config| config);
    let baskets: Site = Site::on(ring, |config| config);
    let mut browser = baskets.visitor(crate::support::pick);
    maps.visit(&mut browser, |session| assert!(session.is_new())).leaves_the_cookie_alone();
    assert_eq!(maps.told(), ["rejected kind"]);
    baskets.told();
    let mut browser = maps.visitor(put("a", 1));
    baskets.visit(&mut browser, |session| assert!(session.is_new())).leaves_the_cookie_alone();
    assert_eq!(baskets.told(), ["rejected kind"]);
}

#[test]
fn a_destroyed_map_begins_anew() {
    let site = site();
    let mut browser = site.visitor(put("a", 1));
    let visit = site.visit(&mut browser, |session| {
        session.destroy().unwrap();
        assert_eq!(session.status(), SessionStatus::Destroyed);
        put("b", 2)(session);
        get("a")(session)
    });
    assert_eq!(visit.out, None);
    visit.writes();
    assert_eq!(site.visit(&mut browser, get("b")).out, Some(2));
    assert_eq!(site.visit(&mut browser, |session| session.destroy().unwrap()).line(), REMOVAL);
}
