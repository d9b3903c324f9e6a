//! The command line: make, rotate and check keys; look inside a cookie; explain a refusal.
//!
//! Everything it knows of rings and cookies comes from the library's public interface. It prints a
//! key in one place, `keygen`, and writes one in two, `ring new` and `ring rotate`.

mod args;
mod check;
mod clear;
mod explain;
mod import;
mod import_args;
mod import_others;
mod inspect;
mod json;
mod list;
mod out;
mod ring;
mod timeline;
mod words;

use std::process::ExitCode;

use args::{Command, Ring};
use out::Fault;

fn main() -> ExitCode {
    let command = match args::parse() {
        Ok(command) => command,
        Err(code) => return code,
    };
    run(command).unwrap_or_else(|fault| fault.report())
}

fn run(command: Command) -> Result<ExitCode, Fault> {
    match command {
        Command::Keygen(args) => ring::keygen(&args),
        Command::Ring(Ring::New(args)) => ring::new(&args),
        Command::Ring(Ring::Rotate(args)) => ring::rotate(&args),
        Command::Ring(Ring::Revoke(args)) => ring::revoke(&args),
        Command::Ring(Ring::Prune(args)) => ring::prune(&args),
        Command::Ring(Ring::NotBefore(args)) => ring::not_before(&args),
        Command::Ring(Ring::List(args)) => list::run(&args),
        Command::Ring(Ring::Check(args)) => check::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::ClearExpired(args) => clear::run(&args),
        Command::Import(format) => import::run(&format),
    }
}
