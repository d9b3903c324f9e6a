//! The check of a good ring: what is about to go wrong, on both sides of every bound.

use crate::support::{Dir, Ran, key, now, run};

const DAY: u64 = 86_400;

#[track_caller]
fn check(test: &str, lines: &[String], options: &[&str]) -> Ran {
    let dir = Dir::new(test);
    let text: String = lines.iter().map(|words| format!("{} {words}\n", key())).collect();
    let path = dir.write("ring", text);
    run(&[&["ring", "check", &path], options].concat())
}

#[test]
fn a_new_ring_and_a_rotated_one_are_good() {
    let dir = Dir::new("check-good");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    assert_eq!(run(&["ring", "check", path]).ok(), format!("{path}: good\n"));
    run(&["ring", "rotate", path, "--open-for", "15d"]).ok();
    assert_eq!(run(&["ring", "check", path]).ok(), format!("{path}: good\n"));
}

#[test]
fn every_problem_is_listed_not_only_the_first() {
    let dir = Dir::new("check-all");
    let (a, b) = (key(), key());
    let path =
        dir.write("ring", format!("nonsense\n{a} seal_from=5\n{b} seal_from=5\n{a} revoked x\n"));
    let problems = run(&["ring", "check", &path]).answered_no();
    let lines: Vec<_> = problems.lines().collect();
    assert_eq!(lines.len(), 3, "{problems}");
    for (line, part) in
        lines.iter().zip(["line 1: a key begins", "line 3: the same seal_from", "line 4: a word"])
    {
        assert!(line.starts_with("problem: key ring, ") && line.contains(part), "{line}");
    }
}

#[test]
fn a_key_that_seals_before_the_file_can_have_arrived_is_a_problem() {
    let staged = |seconds| ["".into(), format!("seal_from={}", now() + seconds)];
    // Some seconds of slack on both sides, for a busy machine.
    let soon = check("check-soon", &staged(880), &[]).answered_no();
    assert!(soon.contains("sooner than the fleet delay of 15 min"), "{soon}");
    check("check-later", &staged(920), &[]).ok();
    check("check-shorter", &staged(100), &["--fleet-delay", "60s"]).ok();
    check("check-longer", &staged(7000), &["--fleet-delay", "2h"]).answered_no();
}

#[test]
fn a_gap_between_two_keys_is_a_problem() {
    let from = now() + DAY;
    let gap = [format!("seal_until={}", from - 1), format!("seal_from={from}")];
    let problem = check("check-gap", &gap, &["--fleet-delay", "0s"]).answered_no();
    assert!(problem.contains("no key seals from 2"), "{problem}");
    let closed = [format!("seal_until={from}"), format!("seal_from={from}")];
    check("check-no-gap", &closed, &["--fleet-delay", "0s"]).ok();
}

#[test]
fn an_overlap_below_the_fleet_delay_is_a_problem() {
    let from = now() + DAY;
    let overlap = |seconds| [format!("seal_until={}", from + seconds), format!("seal_from={from}")];
    let problem = check("check-overlap", &overlap(899), &[]).answered_no();
    assert!(problem.contains("a late server would have no key"), "{problem}");
    check("check-overlap-enough", &overlap(900), &[]).ok();
    // Once everybody has changed over it no longer matters.
    let past = now() - 1000;
    check("check-overlap-past", &[format!("seal_until={past}"), format!("seal_from={past}")], &[])
        .ok();
}

#[test]
fn a_key_that_closes_before_its_cookies_expire_is_a_problem() {
    let from = now() + DAY;
    let until = from + 900;
    let ring = |days: u64, less: u64| {
        let open = until + days * DAY - less;
        [format!("seal_until={until} open_until={open}"), format!("seal_from={from}")]
    };
    let problem = check("check-closes", &ring(14, 1), &[]).answered_no();
    assert!(problem.contains("their visitors are logged out"), "{problem}");
    check("check-closes-not", &ring(14, 0), &[]).ok();
    check("check-idle", &ring(3, 0), &["--idle", "3d"]).ok();
    check("check-idle-less", &ring(3, 1), &["--idle", "3d"]).answered_no();
    // Whichever timeout is the shorter ends them.
    check("check-absolute", &ring(2, 0), &["--idle", "3d", "--absolute", "2d"]).ok();
    // What is closed already closes on nobody.
    let closed = ["seal_from=1 seal_until=2 open_until=2".into(), "seal_from=2".into()];
    check("check-closed", &closed, &[]).ok();
}

#[test]
fn a_ring_that_cannot_seal_now_is_a_problem() {
    let ended = check("check-ended", &["seal_until=5".into()], &[]).answered_no();
    assert!(ended.contains("problem: no key seals: add one"), "{ended}");
    let waiting =
        check("check-waiting", &[format!("seal_from={}", now() + DAY)], &[]).answered_no();
    assert!(waiting.contains("problem: no key seals until 2"), "{waiting}");
    let revoked = check("check-revoked", &["revoked".into()], &[]).answered_no();
    assert!(revoked.contains("problem: no key seals"), "{revoked}");
}

#[test]
fn an_end_within_14_days_is_a_warning() {
    let ends = |seconds| [format!("seal_until={}", now() + seconds)];
    let soon = check("check-ends", &ends(14 * DAY - 5), &[]).ok();
    assert!(soon.starts_with("warning: no key seals from 2") && soon.ends_with("good\n"), "{soon}");
    let later = check("check-ends-later", &ends(14 * DAY + 5), &[]).ok();
    assert!(!later.contains("warning"), "{later}");
}

#[test]
fn an_old_key_without_an_end_and_a_future_cut_off_are_warnings() {
    let old = check("check-endless", &["".into(), "seal_from=5".into()], &[]).ok();
    assert!(old.contains("warning: key ") && old.contains("has no seal_until"), "{old}");
    let dir = Dir::new("check-cut-off");
    let path = dir.write("ring", format!("not_before={}\n{}", now() + 600, key()));
    let cut_off = run(&["ring", "check", &path]).ok();
    assert!(cut_off.contains("until then nobody stays logged in"), "{cut_off}");
}

#[cfg(unix)]
#[test]
fn a_group_readable_file_is_a_warning() {
    let dir = Dir::new("check-group");
    let path = dir.write("ring", key());
    crate::support::set_mode(&path, 0o640);
    let said = run(&["ring", "check", &path]).ok();
    assert!(said.contains("warning: the group of the file can read it"), "{said}");
}
