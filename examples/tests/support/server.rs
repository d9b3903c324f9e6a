//! The binary under test, as a process with its own port and environment.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};

use super::axum;

/// A running server; it ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Server {
    /// Starts the binary over axum with these variables and no others of ours.
    pub fn start(env: &[(&str, &str)]) -> Self {
        Self::start_program(axum(), env)
    }

    /// Starts a binary with these variables and no others of ours.
    pub fn start_program(program: &str, env: &[(&str, &str)]) -> Self {
        let mut process = command(program, env)
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

/// Runs a binary to its end, as it comes with an environment that it refuses.
pub fn run(program: &str, env: &[(&str, &str)]) -> Output {
    command(program, env).output().expect("the binary runs")
}

fn command(program: &str, env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CLOAKROOM_") || name_text.starts_with("ACCOUNTS_") {
            command.env_remove(name);
        }
    }
    command.env_remove("ADDR").envs(env.iter().copied()).stdin(Stdio::null());
    command
}
