//! The commands that the documentation prints, run as they stand there.

use cloakroom::{Timestamp, keys::KeyState};

use crate::support::{Dir, Ran, key, kid, now, ring, run};

const RUNBOOK: &str = include_str!("../../SECURITY.md");
const GUIDE: &str = include_str!("../../src/guide/key_rotation.md");

/// The `cloakroom` lines of a page's shell blocks, in order.
fn commands(page: &str) -> Vec<&str> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    let lines = blocks.flat_map(str::lines).map(str::trim);
    lines.filter(|line| line.starts_with("cloakroom ")).collect()
}

/// Runs a printed line with the ring in this file, and these words in place of those.
#[track_caller]
fn run_line(line: &str, file: &str, words: &[(&str, &str)]) -> Ran {
    let mut args: Vec<_> = line.split(' ').skip(1).collect();
    for arg in &mut args {
        *arg = words.iter().find(|(from, _)| from == arg).map_or(*arg, |(_, to)| *to);
    }
    // The last `ring` is the file, the first may be the command.
    if let Some(last) = args.iter().rposition(|arg| *arg == "ring") {
        args[last] = file;
    }
    run(&args)
}

#[test]
fn the_runbook_for_a_leaked_key_works_word_for_word() {
    let dir = Dir::new("runbook");
    let leaked = key();
    let path = &dir.write("ring", format!("{leaked} seal_from=1790000000\n"));
    let lines = commands(RUNBOOK);
    assert_eq!(lines.len(), 5, "{lines:?}");
    // The moment of the example may lie in the past of this clock.
    let later = (now() + 300).to_string();
    let words = [("KID", kid(&leaked)), ("2027-01-10T09:05:00Z", later)];
    let words = words.each_ref().map(|(from, to)| (*from, to.as_str()));
    for line in &lines[..4] {
        run_line(line, path, &words).ok();
    }
    let now = Timestamp::from_unix(now());
    let after = ring(path);
    let states: Vec<_> = after.states(now).map(|(_, state)| state).collect();
    assert_eq!(states, [KeyState::Revoked, KeyState::Active]);
    assert!(after.not_before() > Some(now));

    run_line(lines[4], path, &[]).ok();
    assert_eq!(ring(path).len(), 1);
}

#[test]
fn the_guide_to_rotation_works_word_for_word() {
    let dir = Dir::new("guide");
    let path = &dir.path("ring");
    let mut lines = commands(GUIDE);
    assert_eq!(lines.len(), 6, "{lines:?}");
    let asked = lines.iter().position(|line| line.starts_with("cloakroom inspect")).expect("one");
    let inspect = lines.remove(asked);
    for line in lines {
        run_line(line, path, &[]).ok();
    }
    assert_eq!(ring(path).len(), 2);
    let refused = run_line(inspect, path, &[]).answered_no();
    assert!(refused.starts_with("refused (length): it has 6 characters"), "{refused}");
}
