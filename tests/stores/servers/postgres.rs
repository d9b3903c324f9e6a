//! PostgreSQL, on a socket in a folder of its own.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{Server, Source, folder, runtime, wait_for};

pub(crate) struct Postgres {
    postgres: PathBuf,
    folder: PathBuf,
    server: Option<Server>,
}

/// Where its programs may lie: Debian keeps them off the search path.
pub(crate) fn source() -> Source {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    Source::of("postgres", "postgres", &folders)
}

impl Postgres {
    /// Makes a cluster and starts its server.
    pub(crate) fn start(postgres: &Path) -> io::Result<Self> {
        // The link in the search path may lead to where the other programs are.
        let postgres = fs::canonicalize(postgres)?;
        let folder = folder("postgres")?;
        let mut initdb = unprivileged(&folder, &postgres.with_file_name("initdb"))?;
        initdb.args(["--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8"]);
        initdb.args(["--username=postgres", "--pgdata"]).arg(folder.join("data"));
        let made = initdb.stdin(Stdio::null()).output()?;
        if !made.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
        }
        let mut cluster = Self { postgres, folder, server: None };
        cluster.run()?;
        Ok(cluster)
    }

    fn run(&mut self) -> io::Result<()> {
        let mut postgres = unprivileged(&self.folder, &self.postgres)?;
        postgres.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        for setting in ["listen_addresses=", "fsync=off", "max_connections=200"] {
            postgres.args(["-c", setting]);
        }
        self.server = Some(Server::start(&self.folder, &postgres)?);
        let address = self.address();
        let connect = || sqlx::PgPool::connect(&address);
        let pool = wait_for(|| runtime().block_on(connect())).map_err(|error| {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            io::Error::other(format!("{error}\n{log}"))
        })?;
        runtime().block_on(pool.close());
        Ok(())
    }

    pub(crate) fn address(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.display())
    }

    /// The folder with its files.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

can_fail!(Postgres);

/// A program run by a user who owns nothing, if we are the superuser, whom PostgreSQL refuses.
fn unprivileged(folder: &Path, program: &Path) -> io::Result<Command> {
    if fs::metadata(folder)?.uid() != 0 {
        return Ok(Command::new(program));
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let user = |name: &str| {
        let mut lines = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        lines.find(|fields| fields[0] == name)
    };
    let fields = user("postgres").or_else(|| user("nobody"));
    let fields = fields.ok_or_else(|| io::Error::other("neither postgres nor nobody"))?;
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={}", fields[2]), format!("--regid={}", fields[3])]);
    command.arg("--clear-groups").arg(program);
    Ok(command)
}
