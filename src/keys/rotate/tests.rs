use alloc::{
    format,
    string::{String, ToString},
};

use super::*;
use crate::{error::RingProblem, primitives::mac::sha256};

const NOW: Timestamp = Timestamp::from_unix(1_801_353_600);
const DAY: u64 = 86_400;

fn key(number: u8) -> Key {
    Key::from_bytes(sha256(&[b"rotate", &[number]])).unwrap()
}

/// A ring of numbered keys, each with its words.
fn edit(lines: &[&str]) -> RingEdit {
    let lines: String = (1..)
        .zip(lines)
        .map(|(number, words)| format!("{} {words}\n", *key(number).expose_text()))
        .collect();
    RingEdit::new(&lines).unwrap()
}

fn window(edit: &RingEdit, number: u8) -> Window {
    edit.ring().find(key(number).id()).unwrap().window()
}

fn force() -> Rotation {
    Rotation { force: true, ..Rotation::default() }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_new_key_takes_over_after_a_day_and_the_old_one_seals_a_quarter_of_an_hour_longer() {
    let mut edit = edit(&["seal_from=5 # c"]);
    let rotated = edit.rotate(&key(9), &Rotation::default(), NOW).unwrap();
    let from = NOW.plus(DAY);
    assert_eq!(rotated, Rotated { new: key(9).id(), from, old: Some(key(1).id()) });
    let old = Window { seal_from: Some(Timestamp::from_unix(5)), ..Window::default() };
    assert_eq!(window(&edit, 1), Window { seal_until: Some(from.plus(900)), ..old });
    assert_eq!(window(&edit, 9), Window { seal_from: Some(from), ..Window::default() });
    assert_eq!(edit.ring().seals_until(NOW), None);
}

#[test]
fn every_duration_counts_from_the_moment_of_the_change() {
    let mut edit = edit(&[""]);
    let rotation = Rotation {
        after: seconds(30),
        fleet_delay: seconds(20),
        seal_for: Some(seconds(1000)),
        open_for: Some(seconds(500)),
        force: false,
    };
    edit.rotate(&key(9), &rotation, NOW).unwrap();
    let (old, new) = (window(&edit, 1), window(&edit, 9));
    assert_eq!(old.seal_until, Some(NOW.plus(50)));
    assert_eq!(old.open_until, Some(NOW.plus(550)));
    assert_eq!((new.seal_from, new.seal_until), (Some(NOW.plus(30)), Some(NOW.plus(1030))));
}

#[test]
fn a_date_of_the_old_key_is_replaced_whether_it_lay_before_or_after() {
    for until in ["seal_until=1801353601", "seal_until=1900000000", "seal_until=1700000000"] {
        let mut edit = edit(&[until]);
        edit.rotate(&key(9), &Rotation::default(), NOW).unwrap();
        assert_eq!(window(&edit, 1).seal_until, Some(NOW.plus(DAY + 900)));
    }
}

#[test]
fn an_open_until_stays_unless_another_is_asked_for_and_must_not_come_too_early() {
    let late = NOW.plus(90 * DAY).as_unix();
    let mut kept = edit(&[&format!("seal_until={late} open_until={late}")]);
    kept.rotate(&key(9), &Rotation::default(), NOW).unwrap();
    assert_eq!(window(&kept, 1).open_until, Some(Timestamp::from_unix(late)));

    let early = NOW.plus(100).as_unix();
    let mut refused = edit(&[&format!("seal_until={early} open_until={early}")]);
    let error = refused.rotate(&key(9), &Rotation::default(), NOW).unwrap_err();
    assert_eq!(error, RotateError::Ring(RingProblem::OpenWindow.at(1)));
    assert_eq!(refused.ring().len(), 1);
    let rotation = Rotation { open_for: Some(seconds(0)), ..Rotation::default() };
    refused.rotate(&key(9), &rotation, NOW).unwrap();
    assert_eq!(window(&refused, 1).open_until, Some(NOW.plus(DAY + 900)));
}

#[test]
fn a_staged_key_refuses_a_rotation_from_its_second_back() {
    let mut edit = edit(&["", &format!("seal_from={}", NOW.as_unix())]);
    let staged = RotateError::Staged { kid: key(2).id(), from: NOW };
    assert_eq!(edit.rotate(&key(9), &Rotation::default(), NOW.minus(1)), Err(staged));
    assert_eq!(edit.ring().len(), 2);
    assert!(edit.rotate(&key(9), &Rotation::default(), NOW).is_ok());
}

#[test]
fn a_revoked_key_that_would_be_staged_refuses_nothing() {
    let mut edit = edit(&["", "seal_from=1900000000 revoked"]);
    assert!(edit.rotate(&key(9), &Rotation::default(), NOW).is_ok());
}

#[test]
fn after_may_equal_the_fleet_delay_and_not_be_below_it() {
    let haste = |after| Rotation { after: seconds(after), ..Rotation::default() };
    let mut edit = edit(&[""]);
    assert_eq!(edit.rotate(&key(9), &haste(899), NOW), Err(RotateError::TooSoon));
    let forced = Rotation { force: true, ..haste(899) };
    assert!(edit.rotate(&key(8), &forced, NOW).is_ok());
    let mut edit = self::edit(&[""]);
    assert!(edit.rotate(&key(9), &haste(900), NOW).is_ok());
}

#[test]
fn by_force_the_key_that_would_be_sealing_then_is_the_old_one() {
    let staged = |second: u64| format!("seal_from={}", NOW.plus(second).as_unix());
    // Staged before the new key begins: it is the one to be relieved.
    let mut edit = edit(&["seal_until=1900000000", &staged(100)]);
    assert_eq!(edit.rotate(&key(9), &force(), NOW).unwrap().old, Some(key(2).id()));
    assert_eq!(window(&edit, 1).seal_until, Some(Timestamp::from_unix(1_900_000_000)));
    // Staged after it: the one that seals today is.
    let mut edit = self::edit(&["", &staged(2 * DAY)]);
    assert_eq!(edit.rotate(&key(9), &force(), NOW).unwrap().old, Some(key(1).id()));
    assert_eq!(window(&edit, 2).seal_until, None);
}

#[test]
fn a_second_that_is_taken_is_left_for_the_next_free_one() {
    let at = |second| format!("seal_from={}", NOW.plus(DAY + second).as_unix());
    let mut edit = edit(&[&at(1), &at(0), &at(3), &format!("{} revoked", at(2))]);
    let rotated = edit.rotate(&key(9), &force(), NOW).unwrap();
    assert_eq!((rotated.from, rotated.old), (NOW.plus(DAY + 2), Some(key(1).id())));
}

#[test]
fn a_rotation_of_a_ring_without_a_live_key_only_adds_one() {
    let mut edit = edit(&["revoked"]);
    let rotated = edit.rotate(&key(9), &Rotation::default(), NOW).unwrap();
    assert_eq!((rotated.old, edit.ring().len()), (None, 2));
    assert_eq!(window(&edit, 1), Window { revoked: true, ..Window::default() });
}

#[test]
fn a_full_ring_is_not_rotated() {
    let words: [String; 16] = core::array::from_fn(|n| format!("seal_from={n}"));
    let mut edit = edit(&words.each_ref().map(String::as_str));
    let error = edit.rotate(&key(99), &Rotation::default(), NOW).unwrap_err();
    assert_eq!(error, RotateError::Ring(RingProblem::TooManyKeys.at(17)));
    assert_eq!(window(&edit, 16).seal_until, None);
    assert_eq!(error.to_string(), "key ring, line 17: over 16 keys");
}

#[test]
fn a_refused_rotation_says_what_stands_in_its_way() {
    let staged = RotateError::Staged { kid: KeyId::from_bytes([1, 2, 3, 4]), from: NOW };
    assert_eq!(staged.to_string(), "key 01020304 waits already, to seal from 2027-01-31T00:00:00Z");
    assert_eq!(
        RotateError::TooSoon.to_string(),
        "the new key would seal before every server can have it"
    );
}

#[test]
fn a_key_is_revoked_once_and_an_unknown_one_is_an_error() {
    let mut edit = edit(&["seal_from=5 seal_until=7"]);
    assert_eq!(edit.revoke(key(1).id()), Ok(true));
    assert_eq!(edit.revoke(key(1).id()), Ok(false));
    assert!(window(&edit, 1).revoked && window(&edit, 1).seal_until.is_some());
    assert!(edit.revoke(key(2).id()).is_err());
}

#[test]
fn pruning_takes_what_a_server_lets_go_and_nothing_else() {
    let at = |second: Timestamp| second.as_unix().to_string();
    let dead = format!("seal_until={}", at(NOW.minus(160)));
    let living = format!("seal_from=7 seal_until={}", at(NOW.minus(159)));
    let closed = format!("seal_from=1 seal_until=2 open_until={}", at(NOW));
    let closing = format!("seal_from=3 seal_until=4 open_until={}", at(NOW.plus(1)));
    // The last of these is dead by its seal_until, however long it would open.
    let mut edit = edit(&[&dead, &living, &closed, "seal_from=8", "revoked", &closing]);
    let gone = edit.prune(NOW, seconds(100)).unwrap();
    assert_eq!(gone, [1, 3, 5, 6].map(|number| key(number).id()));
    assert_eq!(edit.ring().kids().collect::<Vec<_>>(), [2, 4].map(|number| key(number).id()));
    assert_eq!(edit.prune(NOW, seconds(100)), Ok(Vec::new()));
}

#[test]
fn pruning_never_empties_a_ring() {
    let mut edit = edit(&["revoked"]);
    let before = String::from(edit.expose_text());
    assert_eq!(edit.prune(NOW, seconds(100)).unwrap_err().problem, RingProblem::Empty);
    assert_eq!(edit.expose_text(), before);
}
