//! The other process of test 45: commands of one line in, answers of one line out.

use alloc::{boxed::Box, format, string::String};
use core::{future::Future, pin::Pin};
use std::{
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use super::{
    super::{Record, RowKey, Store, StoreTime},
    Failure,
};
use crate::store::UpdateError;

/// Serves `store` to the test in another process, on standard input and output, until the input
/// ends. `run` runs a future to its end.
///
/// A test program calls it when it is started as the command of
/// [`Harness::other_process`](super::Harness::other_process).
///
/// # Errors
///
/// Those of standard input and output.
pub fn serve(
    store: &impl Store,
    run: impl Fn(Pin<Box<dyn Future<Output = ()> + Send + '_>>),
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut answer = String::from("error: no answer");
        run(Box::pin(async { answer = respond(store, &line).await }));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

async fn respond(store: &impl Store, line: &str) -> String {
    let (word, key) = line.split_once(' ').unwrap_or_default();
    let Some(key) = parse(key) else { return format!("error: {line:?}") };
    let later = StoreTime::now().plus(core::time::Duration::from_secs(3600));
    let answer = match word {
        "load" => store.load(&key).await.map(|found| found.is_some()),
        "touch" => store.touch(&key, later).await,
        "delete" => store.delete(&key).await,
        "update" => {
            let record = Record::new(b"of the other process", StoreTime::now(), later);
            match store.update(&key, None, &record).await {
                Ok(_) => Ok(true),
                Err(UpdateError::Gone | UpdateError::Conflict) => Ok(false),
                Err(UpdateError::Store(error)) => Err(error),
            }
        }
        _ => return format!("error: {word:?}"),
    };
    match answer {
        Ok(yes) => String::from(if yes { "yes" } else { "no" }),
        Err(error) => format!("error: {error}"),
    }
}

fn parse(hex: &str) -> Option<RowKey> {
    let mut bytes = [0; 32];
    if hex.len() != 64 {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..64usize).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at.checked_add(2)?)?, 16).ok()?;
    }
    Some(RowKey::from_bytes(bytes))
}

/// That process, from the test's side.
pub(super) struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    pub(super) fn start(mut command: Command) -> Result<Self, Failure> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().map_err(Failure::new)?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or_else(|| Failure::new("no pipes"))?;
        Ok(Self { child, input: Some(input), output: BufReader::new(output) })
    }

    pub(super) fn load(&mut self, key: &RowKey) -> Result<bool, Failure> {
        self.ask("load", key)
    }

    pub(super) fn ask(&mut self, word: &str, key: &RowKey) -> Result<bool, Failure> {
        let ended = || Failure::new("the other process ended");
        let input = self.input.as_mut().ok_or_else(ended)?;
        writeln!(input, "{word} {}", key.to_hex()).map_err(Failure::new)?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(Failure::new)?;
        match line.trim_end() {
            "yes" => Ok(true),
            "no" => Ok(false),
            other => Err(Failure::new(format_args!("the other process: {other}"))),
        }
    }

    /// Closes its input and waits for its end.
    pub(super) fn end(mut self) -> Result<(), Failure> {
        self.input = None;
        let status = self.child.wait().map_err(Failure::new)?;
        if status.success() { Ok(()) } else { Err(Failure::new(format_args!("{status}"))) }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // One that has ended is not there to be killed.
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
