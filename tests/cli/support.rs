//! The binary, and a directory for its files.

use std::{
    env, fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use cloakroom::{Key, KeyRing};

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Asserts success and gives standard output.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// Asserts this exit code, nothing on standard output, and gives the complaint.
    #[track_caller]
    pub(crate) fn refused(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        self.err
    }

    /// Asserts exit code 1 and gives standard output, where an answer is a refusal.
    #[track_caller]
    pub(crate) fn answered_no(self) -> String {
        assert_eq!(self.code, 1, "{self:?}");
        self.out
    }
}

/// Runs the tool; no environment, no input.
#[track_caller]
pub(crate) fn run(args: &[&str]) -> Ran {
    run_with(args, &[], b"")
}

#[track_caller]
pub(crate) fn run_with(args: &[&str], env: &[(&str, &str)], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cloakroom"))
        .args(args)
        .env_clear()
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool runs");
    // A tool that reads nothing may be gone already.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let output = child.wait_with_output().expect("the tool ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let ran = Ran {
        code: output.status.code().expect("an exit code"),
        out: text(output.stdout),
        err: text(output.stderr),
    };
    let shown =
        if args.first() == Some(&"keygen") { &ran.err } else { &(ran.out.clone() + &ran.err) };
    assert!(!shown.contains("ck1_") || shown.contains("begins with ck1_"), "a key: {ran:?}");
    assert!(!ran.err.contains("panicked"), "{ran:?}");
    ran
}

/// A directory of its own for each test, removed when dropped.
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new(test: &str) -> Self {
        let path = env::temp_dir().join(format!("cloakroom-cli-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a path of UTF-8").to_owned()
    }

    /// Writes a private file and gives its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).expect("a file");
        set_mode(&path, 0o600);
        path
    }

    /// The names in the directory, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("a directory");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(path).expect("a file")
}

/// The ring in a file.
#[track_caller]
pub(crate) fn ring(path: &str) -> KeyRing {
    read(path).parse().expect("a ring")
}

/// A new key as text.
pub(crate) fn key() -> String {
    Key::generate().expect("a key").expose_text().to_string()
}

/// The id of a key, given as text.
pub(crate) fn kid(key: &str) -> String {
    key.parse::<Key>().expect("a key").id().to_string()
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

#[cfg(unix)]
pub(crate) fn set_mode(path: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("a mode");
}

#[cfg(unix)]
pub(crate) fn mode(path: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("a file").permissions().mode() & 0o7777
}

#[cfg(not(unix))]
pub(crate) fn set_mode(_: &str, _: u32) {}

#[cfg(not(unix))]
pub(crate) fn mode(_: &str) -> u32 {
    0o600
}
