//! A ring's life: new, revoke, prune, not-before.

use std::fs;

use cloakroom::{Timestamp, keys::Window};

use crate::support::{Dir, key, kid, mode, now, read, ring, run};

fn first_window(path: &str) -> Window {
    ring(path).entries().next().unwrap().window()
}

#[test]
fn a_new_ring_is_a_private_file_with_one_key_that_seals() {
    let dir = Dir::new("new");
    let path = &dir.path("ring");
    let said = run(&["ring", "new", path]).ok();
    assert_eq!((mode(path), read(path).len()), (0o600, 53));
    assert_eq!(first_window(path), Window::default());
    let sealing = ring(path).sealing_kid(Timestamp::from_unix(0)).unwrap();
    assert_eq!(said, format!("key {sealing} seals from now on\n"));
    assert_eq!(dir.names(), ["ring"]);
}

#[test]
fn a_new_ring_may_have_an_end() {
    let dir = Dir::new("new-end");
    let path = &dir.path("ring");
    let before = now();
    let ran = run(&["ring", "new", path, "--seal-for", "90d"]);
    assert_eq!(ran.err, "");
    let until = first_window(path).seal_until.unwrap().as_unix();
    assert!((before..=now()).contains(&(until - 90 * 86_400)));
    assert!(ran.ok().contains("(in 90 days)"));

    let short = run(&["ring", "new", &dir.path("short"), "--seal-for", "13d"]);
    assert!(short.err.contains("warning: no key seals from") && short.code == 0, "{short:?}");
}

#[test]
fn a_file_that_exists_is_never_overwritten() {
    let dir = Dir::new("exists");
    let path = dir.write("ring", "");
    let complaint = run(&["ring", "new", &path]).refused(1);
    assert!(complaint.contains("there is a file of this name"), "{complaint}");
    assert_eq!(read(&path), "");
    let nowhere = run(&["ring", "new", &dir.path("none/ring")]).refused(1);
    assert!(nowhere.contains("could not be written"), "{nowhere}");
}

#[test]
fn a_revoked_key_is_marked_and_nothing_else_changes() {
    let dir = Dir::new("revoke");
    let (old, new) = (key(), key());
    let text = format!("# by Ada\n{old} seal_until=1790000000 # first\n\n{new}  seal_from=5;#x\n");
    let path = &dir.write("ring", &text);
    let said = run(&["ring", "revoke", path, &kid(&old).to_uppercase()]).ok();
    assert!(said.contains(&format!("key {} is revoked", kid(&old))), "{said}");
    assert!(said.contains(&format!("key {} seals\n", kid(&new))), "{said}");
    assert_eq!(read(path), text.replace("1790000000", "1790000000  revoked"));
    assert_eq!((mode(path), dir.names()), (0o600, vec!["ring".to_owned()]));

    let again = read(path);
    assert!(run(&["ring", "revoke", path, &kid(&old)]).ok().contains("was revoked before"));
    assert_eq!(read(path), again);
}

#[test]
fn a_revocation_that_leaves_no_sealing_key_says_so_and_what_to_do() {
    let dir = Dir::new("revoke-last");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    let kid = ring(path).kids().next().unwrap().to_string();
    let ran = run(&["ring", "revoke", path, &kid]);
    assert!(ran.err.contains("warning: no key seals: add one with `ring rotate"), "{ran:?}");
    ran.ok();
    // And that is what helps.
    let after = run(&["ring", "rotate", path, "--after", "0s", "--fleet-delay", "0s"]);
    assert_eq!(after.err, "");
    assert!(ring(path).sealing_kid(Timestamp::from_unix(now())).is_some());
}

#[test]
fn a_revocation_that_leaves_a_staged_key_says_when_it_begins() {
    let dir = Dir::new("revoke-staged");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    let kid = ring(path).kids().next().unwrap().to_string();
    run(&["ring", "rotate", path]).ok();
    let ran = run(&["ring", "revoke", path, &kid]);
    assert!(ran.err.contains("warning: no key seals until 2"), "{ran:?}");
}

#[test]
fn an_unknown_key_is_refused_with_those_that_there_are() {
    let dir = Dir::new("revoke-unknown");
    let key = key();
    let path = &dir.write("ring", &key);
    let complaint = run(&["ring", "revoke", path, "00000000"]).refused(1);
    let expected = format!("there is no key 00000000 in it; it has the key {}\n", kid(&key));
    assert!(complaint.ends_with(&expected), "{complaint}");
    assert_eq!(read(path), key);
}

#[test]
fn pruning_removes_dead_keys_and_keeps_comments() {
    let dir = Dir::new("prune");
    let keys: [String; 5] = std::array::from_fn(|_| key());
    let [dead, closed, revoked, living, sealing] = &keys;
    let (dead_at, living_at) = (now() - 60 - 400 * 86_400 - 5, now() - 399 * 86_400);
    let path = &dir.write(
        "ring",
        format!(
            "# head\n\
             {dead} seal_from=1 seal_until={dead_at}\n\
             {closed} seal_from=2 seal_until=3 open_until=4 # closed\n\
             {revoked} revoked\n\
             {living} seal_from=5 seal_until={living_at}  # may live\n\
             {sealing} seal_from=6\n"
        ),
    );
    let said = run(&["ring", "prune", path]).ok();
    let gone: String =
        [dead, closed, revoked].map(|key| format!("key {} is gone\n", kid(key))).concat();
    assert_eq!(said, gone);
    let left = format!(
        "# head\n# closed\n{living} seal_from=5 seal_until={living_at}  # may live\n\
         {sealing} seal_from=6\n"
    );
    assert_eq!((read(path), mode(path)), (left.clone(), 0o600));
    assert!(run(&["ring", "prune", path]).ok().starts_with("nothing to remove"));
    assert_eq!(read(path), left);
}

#[test]
fn pruning_leaves_at_least_one_key() {
    let dir = Dir::new("prune-last");
    let text = format!("{} revoked\n", key());
    let path = &dir.write("ring", &text);
    assert!(run(&["ring", "prune", path]).refused(1).contains("no key would be left"));
    assert_eq!(read(path), text);
}

#[test]
fn not_before_is_set_replaced_and_warns_of_what_it_does() {
    let dir = Dir::new("not-before");
    let key = key();
    let path = &dir.write("ring", format!("# head\n{key}\n"));
    let ran = run(&["ring", "not-before", path, "2026-01-10T09:05:00Z"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(read(path), format!("not_before=2026-01-10T09:05:00Z\n# head\n{key}\n"));

    let back = run(&["ring", "not-before", path, "1500000000"]);
    assert!(back.err.contains("are accepted again"), "{back:?}");
    assert_eq!(read(path), format!("not_before=2017-07-14T02:40:00Z\n# head\n{key}\n"));

    let later = now() + 600;
    let ahead = run(&["ring", "not-before", path, &later.to_string()]);
    assert!(ahead.err.contains("nobody stays logged in"), "{ahead:?}");
    assert_eq!(ring(path).not_before().unwrap().as_unix(), later);
}

#[cfg(unix)]
#[test]
fn a_file_that_the_group_reads_is_changed_with_a_warning_and_stays_readable() {
    let dir = Dir::new("group");
    let path = &dir.path("ring");
    run(&["ring", "new", path]).ok();
    crate::support::set_mode(path, 0o640);
    let listed = run(&["ring", "list", path]);
    assert!(listed.err.contains("warning:") && listed.err.contains("its group can read it"));
    run(&["ring", "rotate", path]).ok();
    assert_eq!((mode(path), ring(path).len()), (0o640, 2));
}

#[cfg(unix)]
#[test]
fn a_link_to_a_ring_is_followed_and_stays() {
    let dir = Dir::new("link");
    let (path, link) = (dir.path("ring"), dir.path("link"));
    run(&["ring", "new", &path]).ok();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    run(&["ring", "rotate", &link]).ok();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(ring(&path).len(), 2);
}
