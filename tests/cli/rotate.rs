//! Rotation: its dates, its refusals, its warnings, and two operators at once.

use std::thread;

use cloakroom::{
    Timestamp,
    keys::{KeyState, Window},
};

use crate::support::{Dir, key, kid, mode, now, read, ring, run};

/// The dates of a ring's keys, in the order of its lines.
fn windows(path: &str) -> Vec<Window> {
    ring(path).entries().map(|entry| entry.window()).collect()
}

fn unix(date: Option<Timestamp>) -> u64 {
    date.expect("a date").as_unix()
}

/// Runs a rotation and gives the second in which it was made, as far as it can be told.
#[track_caller]
fn rotate(path: &str, options: &[&str]) -> (u64, u64, String, String) {
    let before = now();
    let ran = run(&[&["ring", "rotate", path], options].concat());
    let warnings = ran.err.clone();
    (before, now(), ran.ok(), warnings)
}

#[test]
fn a_rotation_takes_a_day_and_overlaps_by_a_quarter_of_an_hour() {
    let dir = Dir::new("rotate");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    let (before, after, said, warnings) = rotate(path, &[]);
    let [old, new] = windows(path)[..] else { panic!("two keys") };
    let from = unix(new.seal_from);
    assert!((before..=after).contains(&(from - 86_400)));
    assert_eq!(unix(old.seal_until), from + 900);
    assert_eq!((old.seal_from, old.open_until, new.seal_until), (None, None, None));
    let kids: Vec<_> = ring(path).kids().collect();
    assert!(said.contains(&format!("key {} seals from 2", kids[1])), "{said}");
    assert!(said.contains(&format!("key {} seals until 2", kids[0])), "{said}");
    assert_eq!((mode(path), dir.names(), warnings.as_str()), (0o600, vec!["ring".into()], ""));
}

#[test]
fn every_option_sets_its_date() {
    let dir = Dir::new("rotate-options");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    let options =
        ["--after", "1h", "--fleet-delay", "10m", "--seal-for", "90d", "--open-for", "15d"];
    let (before, after, _, warnings) = rotate(path, &options);
    let [old, new] = windows(path)[..] else { panic!("two keys") };
    let from = unix(new.seal_from);
    assert!((before..=after).contains(&(from - 3600)));
    assert_eq!(unix(new.seal_until), from + 90 * 86_400);
    assert_eq!(unix(old.seal_until), from + 600);
    assert_eq!(unix(old.open_until), from + 600 + 15 * 86_400);
    assert_eq!(warnings, "");
}

#[test]
fn comments_and_spacing_stay_byte_for_byte() {
    let dir = Dir::new("rotate-comments");
    let (old, revoked) = (key(), key());
    let text = |until: &str| {
        format!(
            "\n  # The shop's keys. Don't share ck1_ anything!\n\
             not_before=1700000000;;\t# é\n\
             \t{revoked}\trevoked ; # gone\n\
             {old}   seal_from=1790000000 {until}\t# by Ada; rotated\n\
             #{revoked}\n# no line end"
        )
    };
    let path = &dir.write("ring", text("seal_until=1999999999"));
    rotate(path, &[]);
    let [_, kept, new] = windows(path)[..] else { panic!("three keys") };
    let until = format!("seal_until={}", kept.seal_until.unwrap().to_date());
    let whole = read(path);
    let (head, line) = whole.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(head, text(&until));
    assert!(line.starts_with("ck1_") && line.ends_with(&new.seal_from.unwrap().to_date()));
}

#[test]
fn a_staged_key_refuses_a_rotation_unless_forced() {
    let dir = Dir::new("rotate-staged");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    rotate(path, &[]);
    let before = read(path);
    let staged = ring(path).kids().nth(1).unwrap().to_string();
    let complaint = run(&["ring", "rotate", path]).refused(1);
    assert!(complaint.contains(&format!("key {staged} waits already")), "{complaint}");
    assert_eq!(read(path), before);

    let (.., warnings) = rotate(path, &["--after", "15m", "--force"]);
    assert!(warnings.contains(&format!("key {staged} takes over at")), "{warnings}");
    let [old, _, new] = windows(path)[..] else { panic!("three keys") };
    assert_eq!(unix(old.seal_until), unix(new.seal_from) + 900);
}

#[test]
fn a_change_before_the_fleet_can_know_is_refused_unless_forced() {
    let dir = Dir::new("rotate-soon");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    let before = read(path);
    for haste in [&["--after", "899s"][..], &["--fleet-delay", "25h"]] {
        let complaint = run(&[&["ring", "rotate", path], haste].concat()).refused(1);
        assert!(complaint.contains("is below --fleet-delay"), "{complaint}");
    }
    assert_eq!(read(path), before);
    let (.., warnings) = rotate(path, &["--after", "899s", "--force"]);
    assert!(warnings.contains("reads the file late"), "{warnings}");
    let other = &dir.path("other");
    run(&["ring", "new", other]).ok();
    rotate(other, &["--after", "15m"]);
}

#[test]
fn a_rotation_at_once_seals_with_the_new_key_from_this_second() {
    let dir = Dir::new("rotate-now");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    let (_, after, said, _) = rotate(path, &["--after", "0s", "--fleet-delay", "0s"]);
    let ring = ring(path);
    let states: Vec<_> = ring.states(Timestamp::from_unix(after)).map(|(_, state)| state).collect();
    assert_eq!(states, [KeyState::Retired, KeyState::Active]);
    assert!(!said.contains("every server"), "{said}");
}

#[test]
fn the_same_second_twice_gives_two_seconds() {
    let dir = Dir::new("rotate-twice");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    for _ in 0..5 {
        rotate(path, &["--after", "0s", "--fleet-delay", "0s", "--force"]);
    }
    assert_eq!(ring(path).len(), 6);
}

#[test]
fn a_key_that_closes_too_early_is_refused_with_the_way_out() {
    let dir = Dir::new("rotate-closes");
    let soon = now() + 3600;
    let text = format!("{} seal_until={soon} open_until={soon}\n", key());
    let path = &dir.write("ring", &text);
    let complaint = run(&["ring", "rotate", path]).refused(1);
    assert!(complaint.contains("--open-for"), "{complaint}");
    assert_eq!(read(path), text);
    let (.., warnings) = rotate(path, &["--open-for", "14d"]);
    assert!(warnings.contains("14 days"), "{warnings}");
}

#[test]
fn an_ended_ring_can_be_rotated_and_the_old_keys_return_is_said() {
    let dir = Dir::new("rotate-ended");
    let path = &dir.write("ring", format!("{} seal_until=1700000000\n", key()));
    let (.., warnings) = rotate(path, &[]);
    assert!(warnings.contains("had stopped sealing at 2023-11-14T22:13:20Z"), "{warnings}");
    let now = Timestamp::from_unix(now());
    assert_eq!(ring(path).seals_until(now), None);
}

#[test]
fn a_ring_that_will_end_soon_is_announced() {
    let dir = Dir::new("rotate-ends");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    let (.., warnings) = rotate(path, &["--after", "15m", "--seal-for", "1d"]);
    assert!(warnings.contains("warning: no key seals from 2"), "{warnings}");
}

#[test]
fn a_full_ring_is_refused_and_points_to_prune() {
    let dir = Dir::new("rotate-full");
    let lines: String = (1..=16).map(|n| format!("{} seal_from={n}\n", key())).collect();
    let path = &dir.write("ring", &lines);
    let complaint = run(&["ring", "rotate", path]).refused(1);
    assert!(complaint.contains("over 16 keys") && complaint.contains("ring prune"), "{complaint}");
    assert_eq!(read(path), lines);
}

#[test]
fn eight_operators_at_once_lose_no_key_and_no_comment() {
    let dir = Dir::new("rotate-crowd");
    let first = key();
    let path = &dir.write("ring", format!("# the shop's\n{first}  # first\n"));
    let said: Vec<String> = thread::scope(|scope| {
        let operators: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| run(&["ring", "rotate", path, "--force"]).ok()))
            .collect();
        operators.into_iter().map(|operator| operator.join().expect("an operator")).collect()
    });
    let ring = ring(path);
    assert_eq!((ring.len(), mode(path), dir.names()), (9, 0o600, vec!["ring".to_owned()]));
    let kids: Vec<_> = ring.kids().map(|kid| kid.to_string()).collect();
    assert_eq!(kids[0], kid(&first));
    for said in said {
        assert!(kids.contains(&said[4..12].to_owned()), "{said}");
    }
    assert!(read(path).starts_with("# the shop's\n") && read(path).contains("Z  # first\n"));
    assert_eq!(ring.seals_until(Timestamp::from_unix(now())), None);
}

#[test]
fn different_operators_at_once_each_have_their_way() {
    let dir = Dir::new("rotate-mixed");
    let (first, second) = (key(), key());
    let path = &dir.write("ring", format!("{first}\n{second} seal_from=5\n"));
    let first = &kid(&first);
    thread::scope(|scope| {
        scope.spawn(|| run(&["ring", "rotate", path]).ok());
        scope.spawn(|| run(&["ring", "revoke", path, first]).ok());
        scope.spawn(|| run(&["ring", "not-before", path, "1700000000"]).ok());
    });
    let ring = ring(path);
    assert_eq!(ring.len(), 3);
    assert!(ring.entries().next().unwrap().window().revoked);
    assert_eq!(ring.not_before(), Some(Timestamp::from_unix(1_700_000_000)));
}
