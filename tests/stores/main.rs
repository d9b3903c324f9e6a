//! The conformance suite over every engine that this build has.
//!
//! It runs without the standard harness, so that a test that does not apply, or whose server is not
//! installed, is listed as ignored and not passed over.

mod memory;

use std::process::ExitCode;

use cloakroom::store::conformance::{Harness, suite};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = vec![];
    trials.extend(trials_of(memory::Memory));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials_of(harness: impl Harness) -> Vec<Trial> {
    let trials = suite(harness).into_iter().map(|test| {
        let (name, ignored) = (test.name(), test.not_applicable());
        let name = ignored.map_or(name.clone(), |reason| format!("{name} ({reason})"));
        let run = move || test.run().map_err(Failed::from);
        Trial::test(name, run).with_ignored_flag(ignored.is_some())
    });
    trials.collect()
}
