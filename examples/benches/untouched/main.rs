//! What a request costs that never touches the session: the server's CPU, with and without the layer.
//!
//! For each framework whose feature is on, three servers of one route run side by side on one
//! processor: one without the layer, the same once more as a control, and one with the layer. In each
//! of nine rounds `wrk`, on another processor, asks every one of them for a second or two. A line says
//! what a request cost in the median round, the ratios of the rounds, and whether the layer's differs
//! from 1 by more than twice the spread, which is the median distance from the median.
//!
//! ```sh
//! apt-get install wrk util-linux
//! cargo bench -p cloakroom-examples --no-default-features --features axum --bench untouched
//! ```
//!
//! `ROUNDS` and `SECONDS` in the environment change the nine rounds and the one second. The exit code
//! is 1 if a framework is beyond the spread. Linux only.

#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark fails so")]

mod measure;
mod servers;

use std::process::ExitCode;

use measure::{Server, median, spread};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    if let (Some("serve"), Some(name), Some(layer)) =
        (args.next().as_deref(), args.next(), args.next())
    {
        let (_, serve) = servers::ALL.iter().find(|(other, _)| *other == name).expect("a server");
        serve(layer == "layer");
        return ExitCode::SUCCESS;
    }
    println!("CPU a request, medians of {} rounds, against the same without the layer", rounds());
    println!("| framework | plain | control | layer | spread | within twice the spread |");
    println!("|---|---:|---:|---:|---:|---|");
    let beyond = servers::ALL.iter().filter(|(name, _)| !compare(name)).count();
    if beyond == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a framework's line; whether the layer's cost is within the spread.
fn compare(name: &str) -> bool {
    let servers = ["plain", "plain", "layer"].map(|layer| Server::start(name, layer));
    for server in &servers {
        server.cost_of_a_request();
    }
    let mut rounds: Vec<[f64; 3]> = Vec::new();
    for round in 0..self::rounds() {
        let mut costs = [0.0; 3];
        // Whoever is first in one round is second in the next.
        for nth in 0..3 {
            let turn = (nth + round) % 3;
            if let (Some(cost), Some(server)) = (costs.get_mut(turn), servers.get(turn)) {
                *cost = server.cost_of_a_request();
            }
        }
        rounds.push(costs);
    }
    let plain = median(rounds.iter().map(|[plain, ..]| *plain));
    let ratios = |of: fn(&[f64; 3]) -> f64| rounds.iter().map(of).collect::<Vec<_>>();
    let control = median(ratios(|[plain, control, _]| control / plain));
    let layer = ratios(|[plain, _, layer]| layer / plain);
    let (ratio, spread) = (median(layer.iter().copied()), spread(&layer));
    let within = (ratio - 1.0).abs() <= 2.0 * spread;
    let verdict = if within { "yes" } else { "no" };
    let microseconds = plain / 1000.0;
    println!(
        "| {name} | {microseconds:.2} us | {control:.3} | {ratio:.3} | {spread:.3} | {verdict} |"
    );
    within
}

fn rounds() -> usize {
    let asked = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    asked.filter(|rounds| *rounds > 0).unwrap_or(9)
}
