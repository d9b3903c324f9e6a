//! Memcached, on a port that the kernel chooses.

use std::{
    fs,
    io::{self, BufRead, BufReader, Error, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Server, Source, folder, wait_for};

pub(crate) struct Memcached {
    program: PathBuf,
    folder: PathBuf,
    /// As the server has told it.
    port: Option<u16>,
    server: Option<Server>,
}

pub(crate) fn source() -> Source {
    Source::of("memcached", "memcached", &[])
}

impl Memcached {
    pub(crate) fn start(program: &Path) -> io::Result<Self> {
        let (program, folder) = (program.to_owned(), folder("memcached")?);
        let mut memcached = Self { program, folder, port: None, server: None };
        memcached.run()?;
        Ok(memcached)
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.unwrap_or_default())
    }

    fn run(&mut self) -> io::Result<()> {
        let file = self.folder.join("port");
        let mut command = Command::new(&self.program);
        // The superuser may not run it, and a name is ignored for everybody else.
        command.args(["-l", "127.0.0.1", "-U", "0", "-u", "nobody", "-p"]);
        // Started again, it has the port of before.
        command.arg(self.port.map_or("-1".to_owned(), |port| port.to_string()));
        command.env("MEMCACHED_PORT_FILENAME", &file);
        self.server = Some(Server::start(&self.folder, &command)?);
        if self.port.is_none() {
            let port = || {
                let text = fs::read_to_string(&file)?;
                let port = text.lines().find_map(|line| line.strip_prefix("TCP INET: "));
                port.and_then(|port| port.parse().ok()).ok_or_else(|| Error::other("no port yet"))
            };
            self.port = Some(wait_for(port)?);
        }
        wait_for(|| ask(&self.address(), "mn", "MN")).map(drop)
    }
}

/// The lines of an answer, up to the one that is `end`.
pub(crate) fn ask(address: &str, line: &str, end: &str) -> io::Result<Vec<String>> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(format!("{line}\r\n").as_bytes())?;
    let mut lines = vec![];
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if line == end {
            return Ok(lines);
        }
        lines.push(line);
    }
    Err(Error::other("it hung up"))
}

can_fail!(Memcached);
