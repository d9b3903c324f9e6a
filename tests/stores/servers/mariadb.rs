//! MariaDB, or MySQL, on a socket in a folder of its own.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{Server, Source, find, folder, runtime, wait_for};

pub(crate) struct MariaDb {
    mariadbd: PathBuf,
    folder: PathBuf,
    server: Option<Server>,
}

/// Where its programs may lie: a superuser's folder is not on everybody's search path.
fn folders() -> [PathBuf; 2] {
    ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from)
}

pub(crate) fn source() -> Source {
    Source::of("mysql", "mariadbd", &folders())
}

impl MariaDb {
    /// Makes a data folder and starts its server.
    pub(crate) fn start(mariadbd: &Path) -> io::Result<Self> {
        let folder = folder("mariadb")?;
        let install = find("mariadb-install-db", &folders());
        let install = install.ok_or_else(|| io::Error::other("no mariadb-install-db"))?;
        let mut install = Command::new(install);
        // Two of them at a time are in each other's way in a common folder.
        install.env("TMPDIR", &folder);
        install.args(["--no-defaults", "--auth-root-authentication-method=normal"]);
        install.args(["--skip-test-db", "--user=root"]);
        install.arg(format!("--datadir={}", folder.join("data").display()));
        let made = install.stdin(Stdio::null()).output()?;
        if !made.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
        }
        let mut server = Self { mariadbd: mariadbd.to_owned(), folder, server: None };
        server.run()?;
        Ok(server)
    }

    fn run(&mut self) -> io::Result<()> {
        let mut mariadbd = Command::new(&self.mariadbd);
        mariadbd.env("TMPDIR", &self.folder);
        mariadbd.args(["--no-defaults", "--skip-networking", "--user=root"]);
        // A commit reaches the operating system, and so outlives the server, if not the machine.
        mariadbd.args(["--max-connections=300", "--innodb-flush-log-at-trx-commit=2"]);
        for (name, file) in [("datadir", "data"), ("socket", "socket"), ("pid-file", "pid")] {
            mariadbd.arg(format!("--{name}={}", self.folder.join(file).display()));
        }
        self.server = Some(Server::start(&self.folder, &mariadbd)?);
        let address = self.address();
        let connect = || sqlx::MySqlPool::connect(&address);
        wait_for(|| runtime().block_on(connect())).map(|pool| runtime().block_on(pool.close()))
    }

    pub(crate) fn address(&self) -> String {
        let socket = self.folder.join("socket");
        format!("mysql://root@localhost/mysql?socket={}", socket.display())
    }

    /// The folder with its files.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

can_fail!(MariaDb);
