//! The site with its data in each kind of store, over real HTTP.
//!
//! Servers are started from what is installed, as the crate's own tests of stores do it; the tests of
//! one that is missing are listed as ignored, and fail where `CLOAKROOM_REQUIRE` names it.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]
#![allow(clippy::unwrap_used, unreachable_pub, reason = "likewise; files shared with other tests")]

mod outage;
mod places;
#[allow(dead_code, reason = "each test binary uses a part")]
#[path = "../../../tests/stores/servers/mod.rs"]
mod servers;
#[path = "../support/mod.rs"]
mod support;
mod visits;

use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use places::{Place, places};

/// What happens at one store.
type Scenario = (&'static str, fn(&Place));

fn main() {
    let mut trials = Vec::new();
    for (engine, source, place) in places() {
        let place = Arc::new(place);
        let mut scenarios = visits::SCENARIOS.to_vec();
        if place.is_shared() {
            scenarios.extend(visits::BETWEEN_PROCESSES);
        }
        if place.has_server() {
            scenarios.extend(outage::SCENARIOS);
        }
        let own = scenarios.into_iter().map(|(name, scenario)| {
            let place = Arc::clone(&place);
            Trial::test(format!("{}::{name}", place.name()), move || {
                scenario(&place);
                Ok(())
            })
        });
        trials.extend(source.trials(engine, own.collect()));
    }
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    places::clear();
    conclusion.exit();
}
