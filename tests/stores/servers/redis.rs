//! Redis, on a socket in a folder of its own; alone, or as the one node of a cluster.

use std::{
    io::{self, Error},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use redis::{Client, Connection};

use super::{Server, Source, folder, wait_for};

pub(crate) struct Redis {
    program: PathBuf,
    folder: PathBuf,
    cluster: bool,
    server: Option<Server>,
}

pub(crate) fn source() -> Source {
    Source::of("redis", "redis-server", &[])
}

impl Redis {
    pub(crate) fn start(program: &Path, cluster: bool) -> io::Result<Self> {
        let (program, folder) = (program.to_owned(), folder("redis")?);
        let mut redis = Self { program, folder, cluster, server: None };
        redis.run()?;
        Ok(redis)
    }

    pub(crate) fn address(&self) -> String {
        format!("redis+unix://{}", self.folder.join("socket").display())
    }

    /// A connection to ask the server itself.
    pub(crate) fn connection(&self) -> io::Result<Connection> {
        let client = Client::open(self.address()).map_err(Error::other)?;
        client.get_connection().map_err(Error::other)
    }

    fn run(&mut self) -> io::Result<()> {
        let mut command = Command::new(&self.program);
        command.args(["--port", "0", "--save", "", "--bind", "127.0.0.1"]);
        command.arg("--dir").arg(&self.folder);
        command.arg("--unixsocket").arg(self.folder.join("socket"));
        if self.cluster {
            // Nobody joins it, but it wants a port for those who might.
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
            command.args(["--cluster-enabled", "yes", "--cluster-port", &port]);
        }
        self.server = Some(Server::start(&self.folder, &command)?);
        let ask = |words: &[&str]| -> io::Result<String> {
            let mut command = redis::cmd(words[0]);
            command.arg(&words[1..]);
            command.query(&mut self.connection()?).map_err(Error::other)
        };
        wait_for(|| ask(&["PING"]))?;
        if self.cluster {
            // It remembers its slots when it is started again.
            let _ = ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
            wait_for(|| match ask(&["CLUSTER", "INFO"])? {
                info if info.contains("cluster_state:ok") => Ok(()),
                info => Err(Error::other(info)),
            })?;
        }
        Ok(())
    }
}

can_fail!(Redis);
