//! The binary under test, as a process with its own port and environment.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};

/// A running server; it ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Server {
    /// Starts the binary with these variables and no others of ours.
    pub fn start(env: &[(&str, &str)]) -> Self {
        let mut process = command(env)
            .env("ADDR", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let mut stdout = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it says where it listens");
        // What it prints later must not fill the pipe.
        std::thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
        let addr = line.trim().rsplit_once("http://").and_then(|(_, addr)| addr.parse().ok());
        Self { process, addr: addr.unwrap_or_else(|| panic!("no address in {line:?}")) }
    }

    /// The address as a browser should use it: `localhost` is trustworthy without TLS, so that it
    /// keeps a `Secure` cookie.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.addr.port())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs the binary with an environment that it refuses.
pub fn refused(env: &[(&str, &str)]) -> Output {
    command(env).output().expect("the binary runs")
}

fn command(env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_axum"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CLOAKROOM_") {
            command.env_remove(name);
        }
    }
    command.env_remove("ADDR").envs(env.iter().copied()).stdin(Stdio::null());
    command
}
