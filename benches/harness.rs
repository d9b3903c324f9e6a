//! A small harness: all cases of a run take turns, so that whatever else the machine does meets
//! them alike. What it reports are medians over rounds; quote ratios of one run, not times.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each bench uses a part of it")]
#![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss)]
#![allow(clippy::indexing_slicing, clippy::panic)]

use std::hint::black_box;
use std::time::Instant;

/// Nanoseconds that one case runs in one round.
const BATCH: u64 = 60_000;
/// Rounds of a run, unless `--rounds N` says otherwise.
const ROUNDS: usize = 201;

/// The cases of a run, in the order in which they were added.
pub struct Run<'c> {
    cases: Vec<Case<'c>>,
    rounds: usize,
}

struct Case<'c> {
    name: String,
    /// Runs the case as often as asked.
    run: Box<dyn FnMut(u64) + 'c>,
    /// How often it runs in one round.
    times: u64,
    samples: Vec<f64>,
}

/// What came out.
pub struct Results(Vec<(String, Figure)>);

/// The time of a case in nanoseconds.
#[derive(Clone, Copy)]
pub struct Figure {
    /// The median over all rounds.
    pub median: f64,
    /// The median absolute deviation from it.
    pub spread: f64,
}

impl<'c> Run<'c> {
    /// A run with the rounds that the command line asks for; `--test` makes it as short as it goes.
    pub fn from_args() -> Self {
        let args: Vec<String> = std::env::args().collect();
        let after = args.iter().skip_while(|arg| *arg != "--rounds").nth(1);
        let rounds = after.and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
        let rounds = if args.iter().any(|arg| arg == "--test") { 1 } else { rounds.max(1) };
        Self { cases: Vec::new(), rounds }
    }

    /// Adds a case. What it returns is looked at, so that the compiler cannot leave it out.
    pub fn case<R>(&mut self, name: impl Into<String>, mut once: impl FnMut() -> R + 'c) {
        let run = move |times| {
            for _ in 0..times {
                black_box(once());
            }
        };
        let (name, run) = (name.into(), Box::new(run));
        self.cases.push(Case { name, run, times: 1, samples: Vec::new() });
    }

    /// Runs every case in every round, each round starting with another one.
    pub fn finish(mut self) -> Results {
        for case in &mut self.cases {
            case.calibrate();
        }
        for round in 0..self.rounds {
            let count = self.cases.len();
            for nth in 0..count {
                self.cases[(round + nth) % count].measure();
            }
        }
        Results(self.cases.into_iter().map(|case| (case.name, Figure::of(case.samples))).collect())
    }
}

impl Case<'_> {
    fn calibrate(&mut self) {
        while self.once() < BATCH as f64 && self.times < 1 << 24 {
            self.times *= 2;
        }
    }

    fn measure(&mut self) {
        let sample = self.once() / self.times as f64;
        self.samples.push(sample);
    }

    fn once(&mut self) -> f64 {
        let start = Instant::now();
        (self.run)(self.times);
        start.elapsed().as_secs_f64() * 1e9
    }
}

impl Results {
    /// The figure of the case `name`.
    pub fn of(&self, name: &str) -> Figure {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.unwrap_or_else(|| panic!("no case is called {name}")).1
    }

    /// The median of the case `name`.
    pub fn median(&self, name: &str) -> f64 {
        self.of(name).median
    }

    /// The median of one case over that of another.
    pub fn ratio(&self, name: &str, to: &str) -> f64 {
        self.median(name) / self.median(to)
    }
}

impl Figure {
    fn of(mut samples: Vec<f64>) -> Self {
        let median = middle(&mut samples);
        let mut off: Vec<f64> = samples.iter().map(|sample| (sample - median).abs()).collect();
        Self { median, spread: middle(&mut off) }
    }
}

fn middle(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
