//! Everything that can be wrong with a ring file: each a clear error from every command, and a
//! running server keeps its last good ring.

use std::{fs, time::Duration};

use cloakroom::{
    Clock, SystemClock,
    keys::{Ring, RingFile},
};

use crate::support::{Dir, key, read, run};

/// Faulty texts, with a part of what is said of each.
fn faults() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let (a, b) = (key(), key());
    let last = if a.ends_with('A') { 'B' } else { 'A' };
    let seventeen: String = (0..17).map(|n| format!("{} seal_from={n}\n", key())).collect();
    let text = |text: String| text.into_bytes();
    vec![
        (
            "equal dates",
            text(format!("{a} seal_from=5\n{b} seal_from=5\n")),
            "line 2: the same seal_from as line 1",
        ),
        ("no dates twice", text(format!("{a}\n{b}\n")), "line 2: the same seal_from as line 1"),
        (
            "equal window",
            text(format!("{a}\n{b} seal_from=5 seal_until=5\n")),
            "line 2: seal_until must lie after",
        ),
        (
            "reversed window",
            text(format!("{a} seal_from=6 seal_until=5\n")),
            "line 1: seal_until must lie after",
        ),
        (
            "reversed end",
            text(format!("{a} seal_until=6 open_until=5\n")),
            "line 1: open_until needs",
        ),
        ("end alone", text(format!("{a} open_until=5\n")), "line 1: open_until needs"),
        ("duplicate", text(format!("{a}\n\n{a} revoked\n")), "line 3: the same key id as line 1"),
        ("17 keys", text(seventeen), "line 17: over 16 keys"),
        ("empty", vec![], "there is no key in it"),
        ("comments", text(format!("# {a}\n  #\n")), "there is no key in it"),
        ("truncated", text(format!("# x\n{}\n", &a[..51])), "line 2: a key has 52 characters"),
        ("mistyped", text(format!("{}{last} revoked\n", &a[..51])), "line 1: the key's checksum"),
        (
            "another prefix",
            text(format!("{a}\nck2_{}\n", &b[4..])),
            "line 2: a key begins with ck1_",
        ),
        ("CRLF", text(format!("{a}\r\n")), "line 1: a carriage return"),
        ("BOM", text(format!("\u{feff}{a}\n")), "line 1: a byte order mark"),
        ("Latin-1", [a.as_bytes(), b"\n# caf\xe9\n"].concat(), "line 2: not UTF-8"),
        ("too long", [a.as_bytes(), &[b'\n'; 65_536]].concat(), "over 64 KiB"),
        ("unknown word", text(format!("{a} sealfrom=5\n")), "line 1: a word that means nothing"),
        (
            "repeated word",
            text(format!("{a} revoked revoked\n")),
            "line 1: a word that stands twice",
        ),
        ("date", text(format!("{a} seal_from=tomorrow\n")), "line 1: a date that is neither"),
        (
            "two cut-offs",
            text(format!("not_before=5\n{a}\nnot_before=6")),
            "line 3: a second not_before",
        ),
        ("list", text(format!("{a},{b}\n")), "line 1: a key has 52 characters"),
        (
            "passphrase",
            b"correct horse battery staple\n".to_vec(),
            "line 1: a key begins with ck1_",
        ),
    ]
}

#[test]
fn every_command_says_what_is_wrong_and_changes_nothing() {
    let dir = Dir::new("faults");
    for (name, text, part) in faults() {
        let path = &dir.write("ring", &text);
        for command in [
            &["ring", "list", path][..],
            &["ring", "list", path, "--json"],
            &["ring", "rotate", path, "--force"],
            &["ring", "revoke", path, "00000000"],
            &["ring", "prune", path],
            &["ring", "not-before", path, "5"],
        ] {
            let complaint = run(command).refused(1);
            assert!(complaint.contains(part), "{name}, {command:?}: {complaint}");
        }
        let complaint =
            run(&["inspect", "--ring", path, "--app", "a", "--name", "n", "x"]).refused(2);
        assert!(complaint.contains(part), "{name}: {complaint}");
        let problem = run(&["ring", "check", path]).answered_no();
        assert!(problem.starts_with("problem: ") && problem.contains(part), "{name}: {problem}");
        assert_eq!(fs::read(path).unwrap(), text, "{name}");
    }
    assert_eq!(dir.names(), ["ring"]);
}

#[test]
fn a_running_server_keeps_its_last_good_ring() {
    let dir = Dir::new("faults-server");
    let good = key();
    let path = dir.write("ring", &good);
    let ring = Ring::watch(RingFile::new(&path), Duration::from_secs(1)).unwrap();
    let kid = ring.current().kids().next().unwrap();
    let now = SystemClock.now();
    for (name, text, part) in faults() {
        dir.write("ring", &text);
        let error = ring.reload_now(now).expect_err(name).to_string();
        assert!(error.contains(part), "{name}: {error}");
        assert_eq!(ring.current().sealing_kid(now), Some(kid), "{name}");
        assert!(!ring.health(now).is_good(), "{name}");
    }
    dir.write("ring", &good);
    assert_eq!(ring.reload_now(now).unwrap(), []);
    assert!(ring.health(now).is_good());
}

#[test]
fn a_missing_file_or_a_directory_is_a_clear_error() {
    let dir = Dir::new("no-file");
    let (missing, folder) = (dir.path("none"), dir.path("folder"));
    fs::create_dir(&folder).unwrap();
    for (path, part) in [(&missing, "could not be read"), (&folder, "not a plain file")] {
        for command in ["list", "rotate", "prune"] {
            let complaint = run(&["ring", command, path]).refused(1);
            assert!(complaint.contains(part) && complaint.contains(path.as_str()), "{complaint}");
        }
        let problem = run(&["ring", "check", path]).answered_no();
        assert!(problem.contains(part), "{problem}");
        let complaint = run(&["inspect", "--ring", path, "--app", "a", "--name", "n", "x"]);
        assert!(complaint.refused(2).contains(part));
    }
    assert_eq!(dir.names(), ["folder"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused_with_its_mode_and_checked_all_the_same() {
    use crate::support::{mode, set_mode};

    let dir = Dir::new("world");
    let path = &dir.write("ring", format!("{} seal_from=6 seal_until=5", key()));
    for bad in [0o644, 0o604, 0o660, 0o602] {
        set_mode(path, bad);
        for command in ["list", "rotate", "prune"] {
            let complaint = run(&["ring", command, path]).refused(1);
            assert!(complaint.contains(&format!("mode {bad:04o}: make it 0600")), "{complaint}");
        }
        let problems = run(&["ring", "check", path]).answered_no();
        assert_eq!(problems.lines().count(), 2, "{problems}");
        assert!(problems.contains("make it 0600") && problems.contains("seal_until must lie"));
    }
    assert_eq!((mode(path), read(path).len()), (0o602, 52 + 25));
}
