//! Interleaved rounds: every case runs one short batch a round, in an order that moves on.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// CPU time of one batch, long enough to drown the reading of the clock.
const BATCH_NS: f64 = 60_000.0;

/// Something to be done over and over.
pub struct Task<'a>(Box<dyn FnMut() + 'a>);

impl<'a> Task<'a> {
    pub fn new<T>(mut work: impl FnMut() -> T + 'a) -> Self {
        Self(Box::new(move || {
            black_box(work());
        }))
    }

    fn batch(&mut self, count: u32) -> f64 {
        let start = cpu_ns();
        (0..count).for_each(|_| (self.0)());
        cpu_ns() - start
    }
}

/// Nanoseconds of one operation: the median of the rounds and the median distance from it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Time {
    pub median: f64,
    pub mad: f64,
}

impl Time {
    pub fn of(samples: &[f64]) -> Self {
        let middle = median(samples);
        let distances: Vec<f64> = samples.iter().map(|sample| (sample - middle).abs()).collect();
        Self { median: middle, mad: median(&distances) }
    }
}

/// Runs all of `tasks` for so many rounds; nanoseconds by task and round.
pub fn measure(tasks: &mut [Task<'_>], rounds: usize) -> Vec<Vec<f64>> {
    let counts: Vec<u32> = tasks.iter_mut().map(batch_size).collect();
    let mut samples = vec![Vec::with_capacity(rounds); tasks.len()];
    for round in 0..rounds {
        for turn in 0..tasks.len() {
            let nth = (turn + round) % tasks.len();
            samples[nth].push(tasks[nth].batch(counts[nth]) / f64::from(counts[nth]));
        }
    }
    samples
}

/// CPU time of this thread since it started.
pub fn cpu_ns() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// Operations that fill a batch. The first ones, which find nothing in the caches, do not count.
fn batch_size(task: &mut Task<'_>) -> u32 {
    let mut count = 16;
    task.batch(count);
    loop {
        let spent = (0..3).map(|_| task.batch(count)).fold(f64::INFINITY, f64::min);
        if spent > BATCH_NS / 4.0 {
            return (f64::from(count) * BATCH_NS / spent).max(1.0) as u32;
        }
        count *= 2;
    }
}
