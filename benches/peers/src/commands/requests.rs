//! CPU time that sessions add to a request.
//!
//! By default requests go straight into the router, which leaves out what the network costs and
//! nearly all noise. With `--wrk` they come over sockets from `wrk`, and what counts is the CPU time
//! of the server's one thread.

use std::error::Error;

use crate::{
    cases::SIZES,
    harness::{Task, Time, measure},
    records::{Checkout, Login, Member, Record, Shopper},
    site::{self, MEMORY, OURS, OURS_TYPED, PRIVATE, Site, TOWER_COOKIE},
    wrk,
};
use axum::Router;
use http::HeaderValue;

pub fn run(mut args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let by_wrk = args.any(|arg| arg == "--wrk");
    for size in SIZES {
        let sites = match size {
            Login::SIZE => site::all::<Login>(),
            Member::SIZE => site::all::<Member>(),
            Shopper::SIZE => site::all::<Shopper>(),
            Checkout::SIZE => site::all::<Checkout>(),
            other => panic!("there is no session of {other} bytes"),
        };
        // Over sockets one size has to do.
        if !by_wrk || size == Member::SIZE {
            let run = Run::of(&sites);
            let times = if by_wrk { run.by_wrk()? } else { run.straight() };
            report(size, &sites, &times, if by_wrk { "over sockets" } else { "in the router" });
        }
    }
    Ok(())
}

/// Applications with the path that is asked for, by site: changed, echoed, left alone; then behind a
/// layer that does nothing, and bare.
struct Run(Vec<(Router, &'static str, HeaderValue)>);

const BY_SITE: usize = 3;

impl Run {
    fn of(sites: &[Site]) -> Self {
        let mut run = Vec::new();
        for site in sites {
            run.push((site.app.clone(), "/change", site.cookie.clone()));
            run.push((site::echo(), "/change", site.cookie.clone()));
            run.push((site.app.clone(), "/leave", site.cookie.clone()));
        }
        run.push((site::layered(), "/leave", sites[0].cookie.clone()));
        run.push((site::bare(), "/leave", sites[0].cookie.clone()));
        Self(run)
    }

    fn straight(self) -> Vec<Time> {
        let task = |(mut app, path, cookie): (Router, _, HeaderValue)| {
            Task::new(move || site::answer(&mut app, path, Some(&cookie)))
        };
        let mut tasks: Vec<Task<'_>> = self.0.into_iter().map(task).collect();
        // Nine times twenty short rounds: one round is the median of twenty.
        let samples = measure(&mut tasks, 9 * 20);
        let nine = |samples: Vec<f64>| -> Vec<f64> {
            samples.chunks(20).map(|chunk| Time::of(chunk).median).collect()
        };
        samples.into_iter().map(|samples| Time::of(&nine(samples))).collect()
    }

    fn by_wrk(self) -> Result<Vec<Time>, Box<dyn Error>> {
        let samples = wrk::measure(self.0, 9)?;
        Ok(samples.iter().map(|samples| Time::of(samples)).collect())
    }
}

fn report(size: usize, sites: &[Site], times: &[Time], how: &str) {
    println!("### {size} bytes of JSON, {how}: nanoseconds of CPU a request\n");
    println!("| | reads and changes | echo of its cookie | added | leaves alone | added to none |");
    println!("|---|--:|--:|--:|--:|--:|");
    let bare = times[times.len() - 1];
    let added = |nth: usize| times[nth * BY_SITE].median - times[nth * BY_SITE + 1].median;
    for (nth, site) in sites.iter().enumerate() {
        let [change, echo, leave] = [0, 1, 2].map(|kind| times[nth * BY_SITE + kind]);
        let (name, added) = (site.name, added(nth));
        let alone = leave.median - bare.median;
        println!(
            "| {name} | {:.0} ± {:.0} | {:.0} ± {:.0} | {added:.0} | {:.0} ± {:.0} | {alone:.0} |",
            change.median, change.mad, echo.median, echo.mad, leave.median, leave.mad
        );
    }
    let layered = times[times.len() - 2];
    println!(
        "| a layer that does nothing | – | – | – | {:.0} ± {:.0} | {:.0} |",
        layered.median,
        layered.mad,
        layered.median - bare.median
    );
    println!("| no session | – | – | – | {:.0} ± {:.0} | 0 |\n", bare.median, bare.mad);

    println!("| goal 5 | bound | measured | |\n|---|--:|--:|---|");
    let of = |name| sites.iter().position(|site| site.name == name).expect("it is there");
    for ours in [OURS_TYPED, OURS] {
        for (peer, bound) in [(MEMORY, 1.0), (PRIVATE, 0.28), (TOWER_COOKIE, 0.12)] {
            let ratio = added(of(ours)) / added(of(peer));
            let what = format!("{ours}: added, of {peer}'s");
            println!("| {what} | {bound:.2} | {ratio:.2} | {} |", verdict(ratio <= bound));
        }
        let leave = times[of(ours) * BY_SITE + 2];
        let (alone, spread) = (leave.median - bare.median, 2.0 * leave.mad.max(bare.mad));
        let what = format!("{ours}: left alone, ns added, twice the spread");
        println!("| {what} | {spread:.0} | {alone:.0} | {} |", verdict(alone <= spread));
    }
    println!();
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "**not met**" }
}
