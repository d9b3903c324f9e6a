//! Real servers, started by the tests from what is installed. No container is asked for.
//!
//! An engine's server is, in this order, the one that `CLOAKROOM_TEST_<ENGINE>_URL` names, one that is
//! started here, or missing. The tests of one that is missing are listed as ignored; if
//! `CLOAKROOM_REQUIRE`, a list with commas, names the engine, that is a failure.

/// How a server fails and comes back: it is in the field `server` of this type, and `run` starts it.
#[cfg(any(
    feature = "memcached",
    feature = "redis-1",
    feature = "sqlx-0_9-mysql",
    feature = "sqlx-0_9-postgres"
))]
macro_rules! can_fail {
    ($server:ty) => {
        impl cloakroom::store::conformance::Outage for $server {
            fn freeze(&mut self) -> Result<(), super::Failure> {
                super::signal(self.server.as_ref(), "STOP")
            }

            fn thaw(&mut self) -> Result<(), super::Failure> {
                super::signal(self.server.as_ref(), "CONT")
            }

            fn kill(&mut self) -> Result<(), super::Failure> {
                let server = self.server.take();
                server.map_or(Ok(()), Server::kill).map_err(super::Failure::new)
            }

            fn start(&mut self) -> Result<(), super::Failure> {
                self.run().map_err(super::Failure::new)
            }
        }
    };
}

#[cfg(feature = "sqlx-0_9-mysql")]
pub(crate) mod mariadb;
#[cfg(feature = "memcached")]
pub(crate) mod memcached;
#[cfg(feature = "sqlx-0_9-postgres")]
pub(crate) mod postgres;
#[cfg(feature = "redis-1")]
pub(crate) mod redis;

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

pub(crate) use cloakroom::store::conformance::Failure;
use libtest_mimic::{Failed, Trial};

/// Where an engine's server comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// It runs already, under this address.
    Running(String),
    /// This program starts it.
    Installed(PathBuf),
    Missing,
}

impl Source {
    /// Looks for the server of `engine`, whose program may lie in one of `folders` where the search
    /// path does not lead.
    pub(crate) fn of(engine: &str, program: &str, folders: &[PathBuf]) -> Self {
        let address = env::var(format!("CLOAKROOM_TEST_{}_URL", engine.to_uppercase()));
        if let Ok(address) = address {
            return Self::Running(address);
        }
        find(program, folders).map_or(Self::Missing, Self::Installed)
    }

    /// The tests of `engine`, to be run, or listed as ignored, or replaced by one that fails.
    pub(crate) fn trials(&self, engine: &str, trials: Vec<Trial>) -> Vec<Trial> {
        let required = env::var("CLOAKROOM_REQUIRE").unwrap_or_default();
        let required = required.split([',', ' ']).any(|name| name == engine);
        match self {
            Self::Missing if required => {
                let name = format!("{engine}::the_server_is_installed");
                vec![Trial::test(name, || Err(Failed::from("CLOAKROOM_REQUIRE names it")))]
            }
            Self::Missing => {
                trials.into_iter().map(|trial| trial.with_ignored_flag(true)).collect()
            }
            _ => trials,
        }
    }
}

/// A program of the search path or of `folders`.
pub(crate) fn find(program: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = env::split_paths(&path).collect();
    let mut places = folders.iter().chain(&path).map(|folder| folder.join(program));
    places.find(|place| place.is_file())
}

/// A new folder below `/tmp`, which any user may enter: the path of a socket may be 107 bytes long,
/// and a server may refuse to run as the superuser who runs the tests.
pub(crate) fn folder(name: &str) -> io::Result<PathBuf> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = run_folder().join(format!("{name}-{number}"));
    fs::create_dir_all(&folder)?;
    for open in [run_folder().as_path(), &folder] {
        fs::set_permissions(open, fs::Permissions::from_mode(0o777))?;
    }
    Ok(folder)
}

/// The same, which nobody else may enter: for what is to lie so.
#[allow(dead_code, reason = "the suite's own folders are elsewhere")]
pub(crate) fn private_folder(name: &str) -> io::Result<PathBuf> {
    let folder = folder(name)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
    Ok(folder)
}

/// Removes what is left of every folder of this run.
pub(crate) fn clear() {
    let _ = fs::remove_dir_all(run_folder());
}

fn run_folder() -> PathBuf {
    PathBuf::from(format!("/tmp/cloakroom-{}", process::id()))
}

/// A server which runs for as long as this is not dropped, and ends with this program however that
/// ends. Its folder goes with it.
pub(crate) struct Server {
    shell: Child,
    pid: String,
}

/// A server that most tests of a run share, started by the first that asks.
#[allow(dead_code, reason = "elsewhere each has its own")]
pub(crate) struct Shared<S>(Mutex<Option<S>>);

#[allow(dead_code, reason = "elsewhere each has its own")]
impl<S> Shared<S> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Its address, or that of the one which runs already.
    pub(crate) fn address(
        &self,
        source: &Source,
        start: impl FnOnce(&Path) -> io::Result<S>,
        address: impl FnOnce(&S) -> String,
    ) -> Result<String, Failure> {
        let program = match source {
            Source::Running(address) => return Ok(address.clone()),
            Source::Installed(program) => program,
            Source::Missing => return Err(Failure::new("the server is not installed")),
        };
        let mut server = self.0.lock().unwrap();
        if server.is_none() {
            *server = Some(start(program).map_err(Failure::new)?);
        }
        Ok(server.as_ref().map(address).unwrap_or_default())
    }

    /// Asks it something, if it was started here.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&S) -> T) -> Option<T> {
        self.0.lock().unwrap().as_ref().map(question)
    }

    /// Ends it, if it was started.
    pub(crate) fn stop(&self) {
        drop(self.0.lock().unwrap().take());
    }
}

#[allow(dead_code, reason = "only who makes a server fail does so")]
fn signal(server: Option<&Server>, signal: &str) -> Result<(), Failure> {
    let server = server.ok_or_else(|| Failure::new("it does not run"))?;
    server.signal(signal).map_err(Failure::new)
}

/// A shell between the two: when its input ends, whoever held the other end is gone.
const NURSE: &str = r#"
"$@" > "$0/log" 2>&1 < /dev/null &
server=$!
echo "$server"
read -r word
kill -KILL "$server"
wait "$server" 2> /dev/null
[ "$word" = keep ] || rm -rf "$0" || { sleep 1; rm -rf "$0"; }
[ "$word" ] || rmdir "${0%/*}"
"#;

impl Server {
    /// Starts it. What it says goes to the file `log` in `folder`.
    pub(crate) fn start(folder: &Path, command: &Command) -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(NURSE).arg(folder).arg(command.get_program()).args(command.get_args());
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut shell =
            shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut pid = String::new();
        if let Some(out) = shell.stdout.take() {
            BufReader::new(out).read_line(&mut pid)?;
        }
        Ok(Self { shell, pid: pid.trim().to_owned() })
    }

    /// Sends a signal, such as `STOP`, to the server and then to its children.
    pub(crate) fn signal(&self, signal: &str) -> io::Result<()> {
        self.signal_all(signal).map(drop)
    }

    /// The same, and the children that there were.
    fn signal_all(&self, signal: &str) -> io::Result<Vec<String>> {
        // Whoever has lost its parent is found no more.
        let children = said(Command::new("pgrep").args(["-P", &self.pid]))?;
        let children: Vec<_> = children.lines().map(str::to_owned).collect();
        send(signal, &self.pid)?;
        for child in &children {
            // It may have ended by itself.
            let _ = send(signal, child);
        }
        if signal == "STOP" {
            for pid in children.iter().chain([&self.pid]) {
                wait_for(|| stands_still(pid))?;
            }
        }
        Ok(children)
    }

    /// Kills it with its children, and keeps its folder for the next one.
    pub(crate) fn kill(mut self) -> io::Result<()> {
        // Stopped first, so that nobody is born meanwhile.
        send("STOP", &self.pid)?;
        let children = self.signal_all("KILL")?;
        if let Some(mut input) = self.shell.stdin.take() {
            input.write_all(b"keep\n")?;
        }
        self.shell.wait()?;
        // The next server refuses to run beside one that still has its memory. What is dead and waits
        // to be noticed has none.
        for child in children {
            let state = || said(Command::new("ps").args(["-o", "stat=", "-p", &child]));
            while !matches!(state()?.trim().chars().next(), None | Some('Z')) {
                thread::sleep(Duration::from_millis(5));
            }
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut input) = self.shell.stdin.take() {
            let _ = input.write_all(b"end\n");
        }
        let _ = self.shell.wait();
    }
}

fn said(command: &mut Command) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&command.output()?.stdout).into_owned())
}

fn send(signal: &str, pid: &str) -> io::Result<()> {
    let mut kill = Command::new("kill");
    kill.args([&format!("-{signal}"), pid]).stderr(Stdio::null());
    if kill.status()?.success() { Ok(()) } else { Err(io::Error::other("no such process")) }
}

/// Whether every thread of a process has stopped, or the process is gone: a signal is sent before it
/// arrives, and on a busy machine a thread may answer once more meanwhile.
fn stands_still(pid: &str) -> io::Result<()> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Ok(()) };
    for thread in threads.flatten() {
        let status = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // The state stands behind the name, which is in parentheses and may hold any character.
        let state = status.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next());
        if !matches!(state, None | Some('T' | 't' | 'Z' | 'X')) {
            return Err(io::Error::other("it runs still"));
        }
    }
    Ok(())
}

/// Asks until there is an answer: a server's socket is there before the server listens.
pub(crate) fn wait_for<T, E: std::fmt::Display>(
    mut ask: impl FnMut() -> Result<T, E>,
) -> io::Result<T> {
    let begun = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            // No verdict on the server: on a machine that is this slow nothing would come of it.
            Err(error) if begun.elapsed() > Duration::from_secs(60) => {
                return Err(io::Error::other(format!("the server does not answer: {error}")));
            }
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Where the drivers that need a runtime run.
pub(crate) fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().unwrap()
    })
}
