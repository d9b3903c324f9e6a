//! Help, key generation, and command lines that are wrong.

use std::collections::BTreeSet;

use crate::support::{Dir, key, kid, run};

#[test]
fn keygen_prints_as_many_different_keys_as_asked_for() {
    let one = run(&["keygen"]).ok();
    assert_eq!((one.len(), one.ends_with('\n')), (53, true));
    let many = run(&["keygen", "--count", "20"]).ok();
    let kids: BTreeSet<_> = many.lines().map(kid).collect();
    assert_eq!((many.lines().count(), kids.len()), (20, 20));
}

#[test]
fn help_of_every_command_says_what_it_does_and_exits_with_0() {
    for (command, part) in [
        (&["--help"][..], "cloakroom ring rotate ring"),
        (&["-h"], "Exit codes"),
        (&["--version"], env!("CARGO_PKG_VERSION")),
        (&["keygen", "--help"], "--count"),
        (&["ring", "--help"], "not-before"),
        (&["ring", "new", "--help"], "--seal-for"),
        (&["ring", "rotate", "--help"], "Nobody is logged out"),
        (&["ring", "revoke", "--help"], "rotate first"),
        (&["ring", "prune", "--help"], "unknown_key"),
        (&["ring", "not-before", "--help"], "logs in again"),
        (&["ring", "list", "--help"], "retired"),
        (&["ring", "check", "--help"], "--fleet-delay"),
        (&["inspect", "--help"], "\"body_hex\""),
        (&["clear-expired", "--help"], "beside running servers"),
    ] {
        let help = run(command).ok();
        assert!(help.contains(part), "{command:?}: {help}");
    }
}

#[test]
fn no_line_of_the_examples_is_wider_than_a_terminal() {
    for command in ["new", "rotate", "revoke", "prune", "not-before", "list", "check"] {
        let help = run(&["ring", command, "--help"]).ok();
        let examples = help.split("Print help").last().unwrap();
        assert!(examples.lines().all(|line| line.len() <= 80), "{examples}");
    }
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    let dir = Dir::new("usage");
    let ring = &dir.path("ring");
    run(&["ring", "new", ring]).ok();
    for args in [
        &[][..],
        &["ring"],
        &["nonsense"],
        &["keygen", "--count", "0"],
        &["keygen", "--count", "x"],
        &["ring", "new"],
        &["ring", "new", ring, "--seal-for", "0s"],
        &["ring", "rotate", ring, "--after", "24"],
        &["ring", "rotate", ring, "--after", "-1s"],
        &["ring", "rotate", ring, "--fleet-delay", "15 m"],
        &["ring", "rotate", ring, "--seal-for", "0d"],
        &["ring", "rotate", ring, "--nonsense"],
        &["ring", "revoke", ring],
        &["ring", "revoke", ring, "123"],
        &["ring", "revoke", ring, "1234567g"],
        &["ring", "not-before", ring],
        &["ring", "not-before", ring, "tomorrow"],
        &["ring", "list", ring, "--at", "2027-02-01"],
        &["ring", "check", ring, "--idle", "14"],
        &["clear-expired"],
        &["inspect", "--app", "a", "--name", "n", "x"],
        &["inspect", "--ring", ring, "--name", "n", "x"],
        &["inspect", "--ring", ring, "--app", "a", "--name", "n"],
        &["inspect", "--ring", ring, "--app", "", "--name", "n", "x"],
        &["inspect", "--ring", ring, "--app", "a", "--name", "a name", "x"],
        &["inspect", "--ring", ring, "--app", "a", "--name", "n", "--mode", "plain", "x"],
        &["inspect", "--ring", ring, "--app", "a", "--name", "n", "--bind", "abc", "x"],
        &["inspect", "--ring", ring, "--app", "a", "--name", "n", "--idle", "0", "x"],
        &["inspect", "--ring", ring, "--app", "a", "--name", "n", "--absolute", "401d", "x"],
        &["inspect", "--ring", ring, "--app", "a", "--name", "n", "--at", "soon", "x"],
    ] {
        let complaint = run(args).refused(2);
        assert!(!complaint.is_empty(), "{args:?}");
    }
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    let dir = Dir::new("wrong-place");
    let ring = &dir.path("ring");
    run(&["ring", "new", ring]).ok();
    let key = key();
    // The harness searches every output for a key.
    for args in [
        &[key.as_str()][..],
        &["ring", &key],
        &["ring", "list", &key],
        &["ring", "revoke", ring, &key],
        &["ring", "rotate", ring, &key],
        &["ring", "rotate", ring, "--after", &key],
        &["ring", "not-before", ring, &key],
        &["inspect", "--ring", &key, "--app", "a", "--name", "n", "x"],
    ] {
        let complaint = run(args);
        assert!(complaint.code > 0 && !complaint.err.contains(&key[10..40]), "{complaint:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_key_that_could_not_be_printed_is_a_failure_and_a_reader_that_left_is_none() {
    use std::process::{Command, Stdio};

    let tool = || Command::new(env!("CARGO_BIN_EXE_cloakroom"));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let failed = tool().arg("keygen").stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(failed.code(), Some(1));

    let mut child =
        tool().args(["keygen", "--count", "1000"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
