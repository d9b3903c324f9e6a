use alloc::{format, vec};

use super::*;
use crate::primitives::testing::counting;

/// A key that is its number and nothing else; no two are alike.
fn key(number: u8) -> Key {
    Key::from_bytes(counting(0).map(|byte| number ^ (byte * 7))).unwrap()
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_unix(second)
}

fn window(from: Option<u64>, until: Option<u64>, open: Option<u64>) -> Window {
    let [seal_from, seal_until, open_until] = [from, until, open].map(|second| second.map(at));
    Window { seal_from, seal_until, open_until, revoked: false }
}

const REVOKED: Window =
    Window { seal_from: None, seal_until: None, open_until: None, revoked: true };

fn ring(windows: &[Window]) -> Result<KeyRing, RingError> {
    let keyed = (1..).zip(windows);
    keyed.fold(KeyRing::builder(), |ring, (n, window)| ring.key(key(n), *window)).build()
}

/// The number of the sealing key, from 1.
fn sealing(ring: &KeyRing, second: u64) -> Option<usize> {
    let kid = ring.sealing_kid(at(second))?;
    ring.kids().position(|other| other == kid).map(|nth| nth + 1)
}

fn problem(windows: &[Window]) -> RingError {
    ring(windows).unwrap_err()
}

#[test]
fn a_single_key_without_dates_seals_and_opens_always() {
    let ring = KeyRing::new(key(1));
    for now in [0, 1, u64::MAX] {
        assert_eq!(ring.sealing_kid(at(now)), Some(key(1).id()));
        let entry = ring.find(key(1).id()).unwrap();
        assert_eq!(judge(entry, at(now), at(0), at(now), ring.not_before()), Ok(()));
    }
    assert_eq!((ring.len(), ring.next_change(at(0)), ring.seals_until(at(0))), (1, None, None));
    assert!(ring.find(key(2).id()).is_none());
}

#[test]
fn the_newest_key_seals_from_its_very_second_whatever_the_order() {
    let old = window(None, None, None);
    let new = window(Some(1000), None, None);
    for (windows, before, after) in [([old, new], 1, 2), ([new, old], 2, 1)] {
        let ring = ring(&windows).unwrap();
        assert_eq!(sealing(&ring, 999), Some(before));
        assert_eq!(sealing(&ring, 1000), Some(after));
        assert_eq!(sealing(&ring, u64::MAX), Some(after));
    }
}

#[test]
fn past_the_end_of_the_newest_key_none_seals_and_an_older_one_is_no_fallback() {
    let ring = ring(&[window(None, None, None), window(Some(1000), Some(2000), None)]).unwrap();
    assert_eq!(sealing(&ring, 1999), Some(2));
    assert_eq!(sealing(&ring, 2000), None);
    assert_eq!(ring.seals_until(at(0)), Some(at(2000)));
    assert_eq!(ring.seals_until(at(2500)), Some(at(2500)));
}

#[test]
fn a_revoked_key_never_seals_and_leaves_the_next_older_one() {
    let mut newest = window(Some(2000), None, None);
    newest.revoked = true;
    let ring = ring(&[window(Some(1000), None, None), newest, REVOKED]).unwrap();
    assert_eq!(sealing(&ring, 999), None);
    assert_eq!(sealing(&ring, 1000), Some(1));
    assert_eq!(sealing(&ring, 2000), Some(1));
}

#[test]
fn states_change_in_the_second_of_their_dates() {
    let ring = ring(&[window(Some(10), Some(20), Some(30)), window(Some(18), None, None), REVOKED]);
    let ring = ring.unwrap();
    let states = |now| ring.states(at(now)).map(|(_, state)| state).collect::<Vec<_>>();
    use KeyState::{Active, Closed, Retired, Revoked, Staged};
    assert_eq!(states(9), [Staged, Staged, Revoked]);
    assert_eq!(states(10), [Active, Staged, Revoked]);
    assert_eq!(states(17), [Active, Staged, Revoked]);
    assert_eq!(states(18), [Retired, Active, Revoked]);
    assert_eq!(states(29), [Retired, Active, Revoked]);
    assert_eq!(states(30), [Closed, Active, Revoked]);
    assert_eq!(ring.state(key(1).id(), at(30)), Some(Closed));
    assert_eq!(ring.state(key(9).id(), at(30)), None);
}

#[test]
fn the_key_rule_holds_on_both_sides_of_every_boundary_second() {
    let ring = ring(&[window(Some(1000), Some(2000), Some(3000))]).unwrap();
    let entry = ring.entries().next().unwrap();
    let judged =
        |issued, created, now| judge(entry, at(issued), at(created), at(now), Some(at(500)));

    // seal_from - 60 <= issued <= seal_until + 60
    assert_eq!(judged(939, 500, 1000), Err(Rejection::KeyWindow));
    assert_eq!(judged(940, 500, 1000), Ok(()));
    assert_eq!(judged(2060, 500, 2060), Ok(()));
    assert_eq!(judged(2061, 500, 2061), Err(Rejection::KeyWindow));
    // now < open_until
    assert_eq!(judged(2000, 500, 2999), Ok(()));
    assert_eq!(judged(2000, 500, 3000), Err(Rejection::KeyClosed));
    // created >= not_before
    assert_eq!(judged(2000, 500, 2000), Ok(()));
    assert_eq!(judged(2000, 499, 2000), Err(Rejection::NotBefore));
}

#[test]
fn the_first_failure_of_the_key_rule_wins() {
    let mut dates = window(Some(1000), Some(2000), Some(3000));
    let judged = |window, issued, created, now| {
        let ring = ring(&[window]).unwrap();
        judge(ring.entries().next().unwrap(), at(issued), at(created), at(now), Some(at(500)))
    };
    assert_eq!(judged(dates, 0, 0, 1500), Err(Rejection::NotBefore));
    assert_eq!(judged(dates, 0, 0, 3000), Err(Rejection::KeyClosed));
    dates.revoked = true;
    assert_eq!(judged(dates, 0, 0, 3000), Err(Rejection::KeyRevoked));
    assert_eq!(judged(dates, 1500, 1500, 1500), Err(Rejection::KeyRevoked));
}

#[test]
fn dates_at_the_ends_of_time_do_not_overflow() {
    let ring = ring(&[window(Some(10), Some(u64::MAX), Some(u64::MAX))]).unwrap();
    let entry = ring.entries().next().unwrap();
    assert_eq!(judge(entry, at(0), at(0), at(0), None), Ok(()));
    assert_eq!(judge(entry, at(u64::MAX), at(0), at(u64::MAX - 1), None), Ok(()));
    assert_eq!(judge(entry, at(0), at(0), at(u64::MAX), None), Err(Rejection::KeyClosed));
}

/// Every ring of up to three keys with dates out of a few, at every second: the sealing key is
/// the one that the definition names, and each key's state agrees with it.
#[test]
fn the_next_change_is_the_first_date_to_come_of_a_key_that_is_not_revoked() {
    let revoked = Window { revoked: true, ..window(Some(12), None, None) };
    let ring = ring(&[window(Some(10), Some(20), Some(30)), revoked]).unwrap();
    for (now, next) in [(0, Some(10)), (9, Some(10)), (10, Some(20)), (20, Some(30)), (30, None)] {
        assert_eq!(ring.next_change(at(now)), next.map(at), "{now}");
    }
}

#[test]
fn at_every_second_at_most_one_key_seals_and_it_is_the_one_defined() {
    let dates = [None, Some(1), Some(2), Some(4)];
    let mut windows = vec![REVOKED];
    for from in dates {
        for until in dates {
            windows.extend([window(from, until, None), window(from, until, until)]);
        }
    }
    windows.dedup();

    let (mut rings, mut refused) = (0, 0);
    for a in &windows {
        for b in &windows {
            for c in &windows {
                let Ok(ring) = ring(&[*a, *b, *c]) else {
                    refused += 1;
                    continue;
                };
                rings += 1;
                (0..6).for_each(|now| assert_definition(&ring, at(now)));
            }
        }
    }
    assert!(rings > 1000 && refused > 1000, "{rings} rings, {refused} refused");
}

fn assert_definition(ring: &KeyRing, now: Timestamp) {
    let begun = |entry: &&RingEntry| {
        !entry.window.revoked && entry.window.seal_from.is_none_or(|from| from <= now)
    };
    let in_time = |entry: &RingEntry| entry.window.seal_until.is_none_or(|until| now < until);
    let defined: Vec<_> = ring
        .entries()
        .filter(begun)
        .filter(|entry| {
            let newer = |other: &RingEntry| other.window.seal_from > entry.window.seal_from;
            !ring.entries().filter(begun).any(newer) && in_time(entry)
        })
        .map(RingEntry::kid)
        .collect();
    assert!(defined.len() <= 1);
    assert_eq!(ring.sealing_kid(now), defined.first().copied());

    let active = ring.states(now).filter(|(_, state)| *state == KeyState::Active);
    assert_eq!(active.map(|(entry, _)| entry.kid()).collect::<Vec<_>>(), defined);

    // Nothing changes before the next change, and the end of sealing is the first without a key.
    let next = ring.next_change(now).unwrap_or(now.plus(10));
    assert!(next > now);
    for second in now.as_unix()..next.as_unix() {
        assert_eq!(ring.sealing_kid(at(second)), defined.first().copied());
    }
    let first_without = (0..10).map(|n| now.plus(n)).find(|at| ring.sealing(*at).is_none());
    assert_eq!(ring.seals_until(now), first_without);
}

#[test]
fn a_key_that_seals_at_a_moment_opens_what_it_seals_then() {
    let ring = ring(&[
        window(None, Some(1900), Some(4000)),
        window(Some(1000), Some(3000), Some(4000)),
        window(Some(2000), None, None),
    ])
    .unwrap();
    for now in 0..5000 {
        if let Some(entry) = ring.sealing(at(now)) {
            assert_eq!(judge(entry, at(now), at(now), at(now), None), Ok(()));
        }
    }
}

#[test]
fn windows_that_end_before_they_begin_are_refused_with_the_number_of_their_key() {
    let good = window(None, None, None);
    for bad in [window(Some(10), Some(10), None), window(Some(10), Some(9), None)] {
        assert_eq!(problem(&[good, bad]), RingProblem::SealWindow.at(2));
    }
    assert!(ring(&[good, window(Some(10), Some(11), None)]).is_ok());
    for bad in [window(None, None, Some(10)), window(None, Some(11), Some(10))] {
        assert_eq!(problem(&[bad]), RingProblem::OpenWindow.at(1));
    }
    assert!(ring(&[window(None, Some(10), Some(10))]).is_ok());
}

#[test]
fn two_live_keys_with_one_beginning_are_refused_and_a_revoked_one_is_not_counted() {
    let dated = window(Some(10), None, None);
    let undated = window(None, None, None);
    assert_eq!(problem(&[undated, dated, dated]), RingProblem::SameSealFrom { first: 2 }.at(3));
    assert_eq!(problem(&[undated, undated]), RingProblem::SameSealFrom { first: 1 }.at(2));
    assert!(ring(&[undated, REVOKED, REVOKED]).is_ok());
    assert!(ring(&[REVOKED, undated]).is_ok());
}

#[test]
fn one_key_twice_is_refused_even_if_revoked() {
    let twice = KeyRing::builder()
        .key(key(1), window(None, None, None))
        .key(key(1), REVOKED)
        .build()
        .unwrap_err();
    assert_eq!(twice, RingProblem::SameKeyId { first: 1 }.at(2));
}

#[test]
fn sixteen_keys_make_a_ring_and_none_or_seventeen_do_not() {
    let windows: Vec<_> = (0..17).map(|n| window(Some(n), None, None)).collect();
    assert_eq!(ring(&windows[..16]).unwrap().len(), 16);
    assert_eq!(problem(&windows), RingProblem::TooManyKeys.at(17));
    assert_eq!(problem(&[]), RingError { line: None, problem: RingProblem::Empty });
}

#[test]
fn a_clone_is_the_same_ring_and_debug_shows_names_only() {
    let one = KeyRing::builder().key(key(1), REVOKED).not_before(at(5)).build().unwrap();
    let clone = one.clone();
    assert_eq!(clone.not_before(), Some(at(5)));
    let shown = format!("{one:?}");
    assert!(shown.contains(&format!("Key(kid={})", key(1).id())));
    let text = key(1).expose_text();
    assert!(!shown.contains(&text[4..12]));
}
