//! S2: what ends in one process ends in all of them.

use cloakroom::auth::{self, Login};
use cloakroom::revocation::OnBlind;
use cloakroom::{CommitError, Session, StoreError};

use super::fleet::{Fleet, Mood, knows};
use super::{log_in, log_in_with, log_out, who};
use crate::support::{Basket, Browser, START, apples, at, block_on, look, pick, secs};

fn yes(times: usize) -> Vec<Option<bool>> {
    vec![Some(true); times]
}

fn no(times: usize) -> Vec<Option<bool>> {
    vec![Some(false); times]
}

/// Three processes, and a browser that is logged in.
fn three() -> (Fleet, Browser) {
    let fleet = Fleet::of(3);
    let mut browser = Browser::new();
    fleet.sites[0].visit(&mut browser, |session| log_in(session, "ada"));
    (fleet, browser)
}

#[test]
fn a_copied_cookie_ends_with_the_logout_in_every_process_within_the_lag() {
    let (fleet, mut browser) = three();
    let copy = browser.clone();
    assert_eq!(fleet.at(100).knows(&copy), yes(3));
    fleet.sites[0].visit(&mut browser, log_out).removes();
    assert_eq!(fleet.knows(&copy)[0], Some(false), "at once where it happened");
    assert_eq!(fleet.at(104).knows(&copy), no(3));
    assert!(fleet.sites[1].told().contains(&"rejected session_revoked".to_owned()));
    // For as long as the cookie could have lived.
    for second in [1000, 5000, 13 * 86_400] {
        assert_eq!(fleet.at(second).knows(&copy), no(3), "{second}");
    }
    let mut thief = copy;
    fleet.sites[2].visit(&mut thief, look).removes();
}

#[test]
fn the_rolling_response_that_is_in_flight_brings_nothing_back() {
    let (fleet, mut browser) = three();
    fleet.at(899).knows(&browser);
    // A request is under way that will seal the session again.
    let slow = fleet.at(900).sites[1].load(&browser);
    look(&slow);
    fleet.sites[0].visit(&mut browser, log_out);
    let headers = fleet.sites[1].commit(&slow, 200).unwrap();
    assert_eq!(headers.set_cookies.len(), 1, "it was due, and knows nothing of the logout");
    browser.take(&headers);
    assert_eq!(fleet.at(901).knows(&browser), no(3));
    fleet.sites[1].visit(&mut browser, look).removes();
}

#[test]
fn hardly_a_request_asks_anybody() {
    let (fleet, mut browser) = three();
    let site = &fleet.sites[0];
    fleet.office.calls();
    fleet.at(10);
    for _ in 0..50 {
        site.visit(&mut browser, pick);
    }
    assert_eq!(fleet.office.calls(), (0, 1));
    for second in 11..20 {
        fleet.at(second);
        site.visit(&mut browser, look);
    }
    assert_eq!(fleet.office.calls(), (0, 9));

    // Behind the window the authority is asked once, and the cookie says so.
    fleet.at(901);
    site.told();
    site.visit(&mut browser, look).writes();
    assert_eq!(site.inside(&browser).claims().checked_at, Some(at(START + 901)));
    assert_eq!(fleet.office.calls(), (1, 1));
    site.visit(&mut browser, look).leaves_the_cookie_alone();
    fleet.at(901 + 900).sites[0].visit(&mut browser, |session| assert_eq!(apples(session), 50));
    assert_eq!(fleet.office.calls(), (0, 1));
}

#[test]
fn an_idle_process_asks_before_it_answers() {
    let (fleet, mut browser) = three();
    fleet.sites[0].visit(&mut browser, look);
    let copy = browser.clone();
    fleet.at(1).knows(&copy);
    fleet.at(600).sites[0].visit(&mut browser, log_out);
    fleet.office.calls();
    assert_eq!(fleet.knows(&copy), no(3));
    assert_eq!(fleet.office.calls(), (0, 2), "the first request of the second asks the feed");
}

#[test]
fn a_process_that_starts_late_knows_what_ended_before() {
    let (mut fleet, mut browser) = three();
    let copy = browser.clone();
    fleet.at(100).sites[0].visit(&mut browser, log_out);
    fleet.start(|list| list);
    assert_eq!(fleet.at(110).knows(&copy), no(4));
}

#[test]
fn a_visitors_session_ends_for_good_too() {
    let fleet = Fleet::of(2);
    let mut browser = fleet.sites[0].visitor(pick);
    let copy = browser.clone();
    fleet.at(2).sites[0].visit(&mut browser, |session| session.destroy().unwrap());
    let session = fleet.at(3).sites[1].load(&copy);
    assert!(session.is_new() && apples(&session) == 0);
}

#[test]
fn a_login_a_renewal_and_a_restart_end_the_id_before_them() {
    type Step = fn(&Session<Basket>);
    let steps: [Step; 4] = [
        |session| log_in(session, "ada"),
        |session| session.renew().unwrap(),
        |session| session.restart().unwrap(),
        |session| block_on(auth::elevate(session, 2)).unwrap(),
    ];
    for (nth, step) in steps.into_iter().enumerate() {
        let fleet = Fleet::of(2);
        let mut browser = fleet.sites[0].visitor(|session| log_in(session, "ada"));
        let copy = browser.clone();
        fleet.at(2).sites[0].visit(&mut browser, step);
        assert!(fleet.at(3).sites[1].load(&copy).is_new(), "{nth}");
        assert!(!fleet.sites[1].load(&browser).is_new(), "{nth}");
    }
}

#[test]
fn nothing_is_written_to_the_authority_twice() {
    let fleet = Fleet::of(1);
    let mut browser = fleet.sites[0].visitor(|session| log_in(session, "ada"));
    let before = block_on(feed_len(&fleet));
    fleet.sites[0].visit(&mut browser, |session| {
        log_out(session);
        pick(session);
    });
    assert_eq!(block_on(feed_len(&fleet)), before + 1);
}

async fn feed_len(fleet: &Fleet) -> usize {
    use cloakroom::revocation::Revocations;
    fleet.office.since(None).await.unwrap().events.len()
}

#[test]
fn everywhere_ends_all_sessions_but_the_one_that_asks_for_it() {
    let (fleet, mut here) = three();
    let (mut there, mut bob) = (Browser::new(), Browser::new());
    fleet.sites[1].visit(&mut there, |session| log_in(session, "ada"));
    fleet.sites[1].visit(&mut bob, |session| log_in(session, "bob"));
    let copy = here.clone();
    fleet.at(50);
    let site = &fleet.sites[0];
    site.visit(&mut here, |session| {
        block_on(auth::logout_everywhere(&site.sessions, "ada", Some(session))).unwrap();
    })
    .writes();
    assert!(site.told().contains(&"Revoked { subject: Subject(..) }".to_owned()));
    fleet.at(54);
    assert_eq!(fleet.knows(&here), yes(3));
    assert_eq!(fleet.knows(&there), no(3));
    assert_eq!(fleet.knows(&copy), no(3), "the id before is dead");
    assert_eq!(fleet.knows(&bob), yes(3));

    // All of them, as an administrator does; and back in within the same second.
    block_on(auth::logout_everywhere(&site.sessions, "ada", None)).unwrap();
    fleet.sites[0].visit(&mut there, |session| log_in(session, "ada"));
    fleet.at(60);
    assert_eq!(fleet.knows(&here), no(3));
    assert_eq!(fleet.knows(&there), yes(3));
}

#[test]
fn a_session_of_before_the_list_goes_on_and_ends_with_the_others() {
    let mut fleet = Fleet::of(0);
    fleet.start_bare();
    let mut browser = fleet.sites[0].visitor(|session| log_in(session, "ada"));
    assert_eq!(fleet.sites[0].inside(&browser).claims().epoch, None);
    fleet.start(|list| list);
    let site = &fleet.sites[1];
    fleet.at(2000);
    site.visit(&mut browser, look).writes();
    assert_eq!(fleet.office.calls().0, 1);
    assert_eq!(who(&site.load(&browser)).as_deref(), Some("ada"));
    block_on(auth::logout_everywhere(&site.sessions, "ada", None)).unwrap();
    assert_eq!(knows(&fleet.at(2010).sites[1], &browser), Some(false));

    // And one that began after that, in a process that counts nothing yet.
    fleet.sites[0].visit(&mut browser, |session| log_in(session, "ada"));
    assert_eq!(knows(&fleet.at(4000).sites[1], &browser), Some(true));
}

#[test]
fn a_feed_that_fails_makes_every_request_ask_the_authority() {
    let (fleet, mut browser) = three();
    let copy = browser.clone();
    assert_eq!(fleet.at(10).knows(&copy), yes(3));
    fleet.office.feels(Mood::NoFeed);
    fleet.office.calls();
    assert_eq!(fleet.at(14).knows(&copy), yes(3));
    assert_eq!(fleet.office.calls().0, 0, "still fresh");
    fleet.at(15).sites[0].visit(&mut browser, log_out);
    assert_eq!(fleet.knows(&copy)[1..], no(2), "slow, and right");
    assert!(fleet.office.calls().0 >= 2);
}

#[test]
fn while_nobody_answers_a_session_counts_within_the_window_and_is_never_fresh() {
    let (fleet, browser) = three();
    for mood in [Mood::Down, Mood::Frozen] {
        fleet.office.feels(Mood::Well);
        assert_eq!(knows(&fleet.at(100).sites[0], &browser), Some(true));
        assert!(auth::fresh(&fleet.sites[0].load(&browser), secs(3600)));
        fleet.office.feels(mood);
        fleet.at(200);
        let session = fleet.sites[0].load(&browser);
        assert!(auth::is_authenticated(&session) && !auth::fresh(&session, secs(3600)));
        assert!(fleet.sites[0].told().iter().any(|word| word.starts_with("StoreFailed")));
        assert_eq!(knows(&fleet.at(900).sites[0], &browser), Some(true));
        assert_eq!(knows(&fleet.at(901).sites[0], &browser), None, "503, and not logged out");
        fleet.office.feels(Mood::Well);
        // The breaker lets go after a second.
        let back = (0..400).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            knows(&fleet.sites[0], &browser) == Some(true)
        });
        assert!(back, "it comes back");
    }
}

#[test]
fn while_nobody_answers_a_strict_process_lets_nobody_in() {
    let (mut fleet, browser) = three();
    fleet.start(|list| list.on_blind(OnBlind::Reject));
    assert_eq!(fleet.at(100).knows(&browser), yes(4));
    fleet.office.feels(Mood::Down);
    assert_eq!(fleet.at(104).knows(&browser), yes(4), "within the lag nobody has to ask");
    assert_eq!(knows(&fleet.at(105).sites[3], &browser), None);
    assert_eq!(knows(&fleet.sites[0], &browser), Some(true));
}

#[test]
fn what_is_known_to_have_ended_stays_ended_while_nobody_answers() {
    let (fleet, mut browser) = three();
    let copy = browser.clone();
    fleet.at(100).sites[0].visit(&mut browser, log_out);
    assert_eq!(fleet.at(101).knows(&copy), no(3));
    fleet.office.feels(Mood::Down);
    assert_eq!(fleet.at(500).knows(&copy), no(3));
}

#[test]
fn a_revoked_cookie_is_bounded_by_the_window_in_a_process_that_hears_nothing() {
    let (fleet, mut browser) = three();
    let copy = browser.clone();
    assert_eq!(fleet.at(100).knows(&copy), yes(3));
    fleet.sites[0].visit(&mut browser, log_out);
    fleet.office.feels(Mood::Down);
    assert_eq!(knows(&fleet.at(900).sites[1], &copy), Some(true), "it cannot know");
    assert_eq!(knows(&fleet.at(901).sites[1], &copy), None);
}

#[test]
fn a_blind_request_does_not_pass_for_a_check() {
    let (fleet, mut browser) = three();
    fleet.office.feels(Mood::Down);
    // Sealed again while nobody answers: what the cookie says of its last check stays.
    fleet.at(850);
    fleet.sites[0].visit(&mut browser, pick).writes();
    assert_eq!(fleet.sites[0].inside(&browser).claims().checked_at, Some(at(START)));
    assert_eq!(knows(&fleet.at(901).sites[0], &browser), None);
}

#[test]
fn a_feed_trimmed_beyond_its_reader_is_not_trusted_for_what_it_lost() {
    let (fleet, mut browser) = three();
    let copy = browser.clone();
    assert_eq!(fleet.at(100).knows(&copy), yes(3));
    fleet.sites[0].visit(&mut browser, log_out);
    fleet.office.feels(Mood::Trimmed(150));
    fleet.office.calls();
    assert_eq!(fleet.at(200).knows(&copy), no(3), "the authority still knows");
    assert!(fleet.office.calls().0 >= 2);
}

#[test]
fn nothing_ends_or_begins_while_nobody_answers() {
    let (fleet, mut browser) = three();
    fleet.office.feels(Mood::Down);
    fleet.at(10);
    let down = StoreError::unavailable("office", "closed");
    let site = &fleet.sites[0];
    let before = browser.clone();
    let answer = site.visit(&mut browser, |session| {
        assert_eq!(block_on(auth::logout(session)), Err(CommitError::Store(down.clone())));
    });
    assert_eq!(answer.headers.unwrap_err().status(), 503);
    assert_eq!(browser, before, "the browser keeps its cookie");

    let mut other = Browser::new();
    let answer = fleet.sites[1].visit(&mut other, |session| {
        let login = log_in_with(session, Login::new("bob"));
        assert_eq!(login, Err(CommitError::Store(down.clone())));
    });
    answer.leaves_the_cookie_alone();
}

#[test]
fn a_map_that_was_checked_is_still_removed_when_it_is_emptied() {
    use cloakroom::revocation::{MemoryRevocations, RevocationList};
    use cloakroom::{SessionManager, Values};
    let site = crate::support::Site::<Values>::made(crate::support::one_key(), |config| {
        let list = RevocationList::new(MemoryRevocations::new());
        SessionManager::new(config).unwrap().guarded_by(list)
    });
    let mut browser =
        site.visitor(|session| session.update(|v| v.insert("a", &1)).unwrap().unwrap());
    site.at(1000).visit(&mut browser, look).writes();
    assert!(site.inside(&browser).claims().checked_at.is_some());
    site.visit(&mut browser, |session| session.clear().unwrap()).removes();
}
