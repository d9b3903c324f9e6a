//! A server as a process of its own, and what `wrk` makes it spend.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The processor of the servers.
const SERVERS: &str = "0";
/// The processor of `wrk`.
const CLIENT: &str = "1";

/// A server; it ends when it is dropped.
pub struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// Starts this program as the server of a framework, with `layer` or `plain`.
    pub fn start(name: &str, layer: &str) -> Self {
        let this = std::env::current_exe().expect("this program");
        let mut process = Command::new("taskset")
            .args(["-c", SERVERS])
            .arg(this)
            .args(["serve", name, layer])
            .stdout(Stdio::piped())
            .spawn()
            .expect("taskset, of Debian's util-linux");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        Self { process, url: format!("http://{}/untouched", line.trim()) }
    }

    /// Nanoseconds of processor that one request takes.
    pub fn cost_of_a_request(&self) -> f64 {
        let before = self.nanoseconds();
        let duration = std::env::var("SECONDS").unwrap_or_else(|_| "1".to_owned());
        let wrk = Command::new("taskset")
            .args(["-c", CLIENT, "wrk", "--threads", "1", "--connections", "16", "--duration"])
            .args([&duration, &self.url])
            .output()
            .expect("taskset, of Debian's util-linux");
        let spent = self.nanoseconds() - before;
        let said = String::from_utf8_lossy(&wrk.stdout);
        assert!(wrk.status.success(), "wrk, of Debian's wrk, failed: {said}");
        assert!(!said.contains("Non-2xx"), "the server answered something else: {said}");
        let requests = said.lines().find_map(|line| line.trim().split_once(" requests in "));
        let requests = requests.and_then(|(requests, _)| requests.parse::<f64>().ok());
        spent / requests.filter(|requests| *requests > 100.0).expect("enough requests")
    }

    /// What all its threads have spent so far.
    fn nanoseconds(&self) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process.id())).expect("its threads");
        let spent = tasks.map(|task| {
            let path = task.expect("a thread").path().join("schedstat");
            let text = fs::read_to_string(path).expect("what a thread spent");
            text.split(' ').next().and_then(|spent| spent.parse::<f64>().ok()).expect("a number")
        });
        spent.sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The middle one of these, of which there is at least one.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    *values.get(values.len() / 2).expect("a value")
}

/// The median distance from the median.
pub fn spread(values: &[f64]) -> f64 {
    let middle = median(values.iter().copied());
    median(values.iter().map(|value| (value - middle).abs()))
}
