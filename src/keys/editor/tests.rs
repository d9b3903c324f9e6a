use std::{env, format, string::String, vec::Vec};

use super::*;
use crate::keys::{Key, KeyRing, KeySource, Rotation, Window};
use crate::{clock::Timestamp, error::RingProblem};

/// A directory of its own for each test, removed when dropped.
struct Dir(PathBuf);

impl Dir {
    fn new(test: &str) -> Self {
        let path = env::temp_dir().join(format!("cloakroom-editor-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn ring(&self) -> PathBuf {
        let path = self.0.join("ring");
        let ring = RingEdit::of(&Key::generate().unwrap(), Window::default()).unwrap();
        RingFileEditor::create(&path, &ring).unwrap();
        path
    }

    fn names(&self) -> Vec<OsString> {
        let mut names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn rotate(path: &Path) {
    let mut file = RingFileEditor::open(path).unwrap();
    let rotation = Rotation { force: true, ..Rotation::default() };
    let now = Timestamp::from_unix(1_801_353_600);
    file.edit().rotate(&Key::generate().unwrap(), &rotation, now).unwrap();
    file.save().unwrap();
}

fn keys(path: &Path) -> usize {
    fs::read_to_string(path).unwrap().parse::<KeyRing>().unwrap().len()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    permission_bits(&fs::metadata(path).unwrap())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn editors_of_one_file_wait_for_each_other_and_no_change_is_lost() {
    let dir = Dir::new("threads");
    let path = dir.ring();
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| rotate(&path));
        }
    });
    assert_eq!((keys(&path), dir.names()), (11, Vec::from([OsString::from("ring")])));
}

#[test]
fn a_lock_that_is_held_is_waited_for_and_then_given_up() {
    let dir = Dir::new("held");
    let path = dir.ring();
    let holder = RingFileEditor::open(&path).unwrap();
    let error = RingFileEditor::open_within(&path, Duration::ZERO).unwrap_err();
    assert_eq!(error, SourceError::Locked);
    drop(holder);
    assert!(RingFileEditor::open_within(&path, Duration::ZERO).is_ok());
}

#[test]
fn a_lock_on_a_file_that_is_no_longer_the_ring_is_worth_nothing() {
    let dir = Dir::new("stale");
    let source = RingFile::new(fs::canonicalize(dir.ring()).unwrap());
    let opened = || source.open().unwrap();
    let (file, before) = opened();
    assert!(RingFileEditor::of_locked(&source, file, before).unwrap().is_some());
    let (file, before) = opened();
    rotate(source.path());
    assert!(RingFileEditor::of_locked(&source, file, before).unwrap().is_none());
}

#[test]
fn a_file_that_was_put_in_the_place_of_the_locked_one_is_read_again() {
    let dir = Dir::new("replaced");
    let path = dir.ring();
    let holder = RingFileEditor::open(&path).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| rotate(&path));
        thread::sleep(Duration::from_millis(50));
        let mut holder = holder;
        holder.edit().set_not_before(Some(Timestamp::from_unix(5))).unwrap();
        holder.save().unwrap();
        waiting.join().unwrap();
    });
    let ring: KeyRing = fs::read_to_string(&path).unwrap().parse().unwrap();
    assert_eq!((ring.len(), ring.not_before()), (2, Some(Timestamp::from_unix(5))));
}

#[cfg(unix)]
#[test]
fn a_rewritten_file_is_private_and_its_group_reads_what_it_read() {
    let dir = Dir::new("modes");
    let path = dir.ring();
    assert_eq!(mode(&path), 0o600);
    for (before, after) in [(0o600, 0o600), (0o640, 0o640), (0o400, 0o600), (0o440, 0o640)] {
        set_mode(&path, before);
        rotate(&path);
        assert_eq!(mode(&path), after);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_not_edited() {
    let dir = Dir::new("open");
    let path = dir.ring();
    set_mode(&path, 0o644);
    let error = RingFileEditor::open(&path).unwrap_err();
    assert_eq!((error, keys(&path)), (SourceError::Mode { mode: 0o644 }, 1));
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_stays_one_and_its_target_is_changed() {
    let dir = Dir::new("link");
    let (path, link) = (dir.ring(), dir.0.join("link"));
    std::os::unix::fs::symlink(&path, &link).unwrap();
    rotate(&link);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(keys(&path), 2);
}

#[test]
fn a_file_of_the_name_is_never_overwritten() {
    let dir = Dir::new("create");
    let path = dir.ring();
    let before = fs::read_to_string(&path).unwrap();
    let ring = RingEdit::of(&Key::generate().unwrap(), Window::default()).unwrap();
    let error = RingFileEditor::create(&path, &ring).unwrap_err();
    assert_eq!(error, SourceError::Write(std::io::ErrorKind::AlreadyExists));
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}

#[test]
fn what_is_no_ring_file_is_not_edited() {
    let dir = Dir::new("none");
    let open = |path: &Path| RingFileEditor::open(path).map(|_| ()).unwrap_err();
    assert_eq!(open(&dir.0), SourceError::NotAFile);
    assert_eq!(open(&dir.0.join("none")), SourceError::Io(std::io::ErrorKind::NotFound));
    let path = dir.ring();
    fs::write(&path, "# nothing\n").unwrap();
    assert!(matches!(open(&path), SourceError::Ring(error) if error.problem == RingProblem::Empty));
}

#[test]
fn what_a_killed_process_left_behind_is_in_nobodys_way() {
    let dir = Dir::new("killed");
    let path = dir.ring();
    fs::write(dir.0.join(format!(".ring.{}.new", std::process::id())), "half a ri").unwrap();
    rotate(&path);
    assert_eq!((keys(&path), dir.names()), (2, Vec::from([OsString::from("ring")])));
    let shown = format!("{:?}", RingFileEditor::open(&path).unwrap());
    let text: String = RingFile::new(&path).load().unwrap().expose_text().into();
    assert!(shown.contains("kid=") && !shown.contains(&text[4..12]));
}
