use std::{format, string::ToString, vec};

use super::*;

/// A directory of its own for each test, removed when dropped.
struct Dir(PathBuf);

impl Dir {
    fn new(test: &str) -> Self {
        let path = env::temp_dir().join(format!("cloakroom-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, content: &[u8], mode: u32) -> RingFile {
        let path = self.0.join(format!("ring-{mode:o}"));
        fs::write(&path, content).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        RingFile::new(path)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
#[test]
fn only_files_that_strangers_neither_read_nor_write_are_read() {
    let dir = Dir::new("mode");
    for (mode, group_readable) in [(0o600, false), (0o400, false), (0o640, true), (0o440, true)] {
        let loaded = dir.file(b"text", mode).load().unwrap();
        assert_eq!((loaded.expose_text(), loaded.is_group_readable()), ("text", group_readable));
    }
    for mode in [0o644, 0o604, 0o660, 0o620, 0o602, 0o666, 0o444] {
        let file = dir.file(b"text", mode);
        assert_eq!(file.load().unwrap_err(), SourceError::Mode { mode });
        let loaded = file.any_mode().load().unwrap();
        assert_eq!((loaded.text.as_str(), loaded.group_readable), ("text", false));
    }
}

#[test]
fn an_error_says_which_source_failed_and_how() {
    let ring = RingError { line: Some(2), problem: RingProblem::Empty };
    for (error, words) in [
        (SourceError::Io(ErrorKind::NotFound), "the ring file could not be read: entity not found"),
        (
            SourceError::Write(ErrorKind::PermissionDenied),
            "the ring file could not be written: permission denied",
        ),
        (SourceError::Locked, "somebody else is changing the ring file"),
        (SourceError::NotAFile, "the ring file is not a plain file"),
        (SourceError::NotSet, "the environment variable of the key ring is not set"),
        (SourceError::Name, "the name of the credential is not a file name"),
        (SourceError::Ring(ring), "key ring, line 2: there is no key in it"),
        (SourceError::Other("no answer"), "the source of the key ring failed: no answer"),
    ] {
        assert_eq!(error.to_string(), words);
    }
    assert_eq!(SourceError::from(ring), SourceError::Ring(ring));
}

#[test]
fn a_credential_is_looked_for_where_the_service_manager_says() {
    let found = RingFile::credential("ring").map(|file| file.path);
    let directory = env::var_os("CREDENTIALS_DIRECTORY").ok_or(SourceError::NotSet);
    assert_eq!(found, directory.map(|directory| Path::new(&directory).join("ring")));
}

#[test]
fn a_file_that_is_missing_or_a_directory_is_an_error() {
    let dir = Dir::new("missing");
    let missing = RingFile::new(dir.0.join("none")).load().unwrap_err();
    assert_eq!(missing, SourceError::Io(ErrorKind::NotFound));
    assert_eq!(RingFile::new(&dir.0).load().unwrap_err(), SourceError::NotAFile);
}

#[test]
fn a_file_over_the_limit_is_too_long_whatever_stands_in_it() {
    let dir = Dir::new("long");
    let loaded = dir.file(&[b'#'; RING_TEXT_MAX], 0o600).load().unwrap();
    assert_eq!(loaded.text.len(), RING_TEXT_MAX);
    let too_long = SourceError::Ring(RingError { line: None, problem: RingProblem::TooLong });
    for longer in [vec![b'#'; RING_TEXT_MAX + 1], vec![0xc3; 2 * RING_TEXT_MAX]] {
        assert_eq!(dir.file(&longer, 0o600).load().unwrap_err(), too_long);
    }
}

#[test]
fn a_file_that_is_not_utf8_is_refused_with_its_line() {
    let dir = Dir::new("utf8");
    let error = dir.file(b"# caf\xe9", 0o600).load().unwrap_err();
    assert_eq!(error, SourceError::Ring(RingProblem::NotUtf8.at(1)));
    assert_eq!(utf8(b"one\ntw\xff\n").unwrap_err(), RingProblem::NotUtf8.at(2));
    assert_eq!(utf8(b"\xff\xfe").unwrap_err(), RingProblem::NotUtf8.at(1));
    assert_eq!(utf8(b"one\ntwo").unwrap().as_str(), "one\ntwo");
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_followed_and_its_target_is_judged() {
    let dir = Dir::new("link");
    let target = dir.file(b"text", 0o644);
    let link = dir.0.join("link");
    std::os::unix::fs::symlink(&target.path, &link).unwrap();
    let link = RingFile::new(link);
    assert_eq!(link.load().unwrap_err(), SourceError::Mode { mode: 0o644 });
    assert_eq!(link.any_mode().load().unwrap().text.as_str(), "text");
}

#[test]
fn a_credential_is_a_plain_name_in_the_directory_of_the_unit() {
    let directory = Some(OsString::from("/run/credentials/shop"));
    let file = RingFile::credential_in(directory.clone(), "ring").unwrap();
    assert_eq!(file.path, Path::new("/run/credentials/shop/ring"));
    for name in ["", ".", "..", "../ring", "/etc/shadow", "a/b", "a\\b", "a\0"] {
        let error = RingFile::credential_in(directory.clone(), name).unwrap_err();
        assert_eq!(error, SourceError::Name, "{name:?}");
    }
    assert_eq!(RingFile::credential_in(None, "ring").unwrap_err(), SourceError::NotSet);
}

#[test]
fn an_environment_variable_is_read_or_not_set() {
    // No safe code sets one in this edition, so a variable that cargo sets stands in for the ring.
    let loaded = RingEnv::new("CARGO_PKG_NAME").load().unwrap();
    assert_eq!(loaded.text.as_str(), "cloakroom");
    let missing = RingEnv::new("CLOAKROOM_NO_SUCH_VARIABLE").load().unwrap_err();
    assert_eq!(missing, SourceError::NotSet);
}

#[test]
fn texts_and_errors_print_nothing_of_the_ring() {
    assert_eq!(format!("{:?}", RingText::new("ck1_secret")), "RingText");
    let error = SourceError::Mode { mode: 0o644 };
    assert_eq!(error.to_string(), "the ring file has mode 0644: make it 0600, or allow any mode");
}
