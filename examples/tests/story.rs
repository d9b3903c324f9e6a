//! One story, told to the site of every framework that this build has, in both modes.
//!
//! What a visitor sees must not depend on the framework: each scenario runs over real HTTP against
//! each binary, and what the responses say of the session is compared with what axum's say.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use stage::{Stage, frameworks};

#[path = "story/difference.rs"]
mod difference;
#[path = "story/environment.rs"]
mod environment;
#[path = "story/hostile.rs"]
mod hostile;
#[path = "story/lifetimes.rs"]
mod lifetimes;
#[path = "story/protocol.rs"]
mod protocol;
#[path = "story/stage.rs"]
mod stage;
mod support;
#[path = "story/visits.rs"]
mod visits;

/// What happens at one framework.
type Scenario = (&'static str, fn(&Stage));

fn main() {
    let stages: Vec<_> = frameworks()
        .flat_map(|framework| ["encrypted", "signed"].map(|mode| Stage::new(framework, mode)))
        .map(Arc::new)
        .collect();
    let scenarios = [
        visits::SCENARIOS,
        hostile::SCENARIOS,
        lifetimes::SCENARIOS,
        protocol::SCENARIOS,
        environment::SCENARIOS,
    ];
    let mut trials = Vec::new();
    for stage in &stages {
        for &(name, scenario) in scenarios.iter().copied().flatten() {
            let own = Arc::clone(stage);
            trials.push(Trial::test(
                format!("{}::{}::{name}", stage.name, stage.mode),
                move || {
                    scenario(&own);
                    Ok(())
                },
            ));
        }
    }
    for mode in ["encrypted", "signed"] {
        let same: Vec<_> = stages.iter().filter(|stage| stage.mode == mode).cloned().collect();
        for &(name, scenario) in difference::SCENARIOS {
            let same = same.clone();
            trials.push(Trial::test(format!("all::{mode}::{name}"), move || {
                scenario(&same);
                Ok(())
            }));
        }
    }
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    // The servers end here: what follows drops nothing.
    drop(stages);
    conclusion.exit();
}
