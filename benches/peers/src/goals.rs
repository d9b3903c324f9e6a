//! The bounds that cloakroom set itself, each a ratio within one run.

use crate::{
    cases::{ACTIX, AXUM_EXTRA, COOKIE, OURS, OURS_HEADERS, SIZES, TOWER_COOKIE},
    floors,
    harness::Time,
    peer::{Seal, Shape},
    report::Row,
};

/// A bound and what was measured.
pub struct Goal {
    pub number: u8,
    pub what: &'static str,
    pub size: usize,
    pub bound: f64,
    pub measured: f64,
    /// Else at most.
    pub at_least: bool,
}

const SEAL: [f64; 4] = [1.00, 0.90, 0.75, 0.68];
const OPEN: [f64; 4] = [0.65, 0.56, 0.52, 0.56];
const CYCLE: [f64; 4] = [1.4, 2.5, 4.5, 6.0];
const OF_AXUM_EXTRA: f64 = 0.35;
const OF_STORES: f64 = 0.30;
const OF_FLOORS: f64 = 1.25;

/// Every goal that times decide, at every size.
pub fn of_times(rows: &[Row]) -> Vec<Goal> {
    let mut goals = Vec::new();
    for (nth, size) in SIZES.into_iter().enumerate() {
        let typed = Run { rows, shape: Shape::Typed, size };
        let map = Run { rows, shape: Shape::Map, size };
        let mut goal = |number, what, bound, measured, at_least| {
            goals.push(Goal { number, what, size, bound, measured, at_least });
        };

        let seal = typed.seal(OURS) / typed.fastest(|row| row.seal_ns);
        goal(1, "typed seal, of the fastest encrypting peer's", SEAL[nth], seal, false);
        let open = typed.open(OURS) / typed.fastest(|row| row.open_ns);
        goal(1, "typed open, of the fastest encrypting peer's", OPEN[nth], open, false);

        let cycle = map.cycle(COOKIE) / map.cycle(OURS);
        goal(2, "`Values` request, times faster than PrivateJar", CYCLE[nth], cycle, true);

        for (run, what) in [
            (
                &typed,
                [
                    "struct, of PrivateCookieJar",
                    "struct, of actix-session",
                    "struct, of tower-sessions-cookie-store",
                ],
            ),
            (
                &map,
                [
                    "`Values`, of PrivateCookieJar",
                    "`Values`, of actix-session",
                    "`Values`, of tower-sessions-cookie-store",
                ],
            ),
        ] {
            let bounds =
                [(AXUM_EXTRA, OF_AXUM_EXTRA), (ACTIX, OF_STORES), (TOWER_COOKIE, OF_STORES)];
            for (what, (peer, bound)) in what.into_iter().zip(bounds) {
                goal(3, what, bound, run.both(OURS) / run.both(peer), false);
            }
        }
        let headers = map.cycle(OURS_HEADERS) / map.cycle(AXUM_EXTRA);
        goal(3, "`Values` request by headers, of PrivateCookieJar", OF_AXUM_EXTRA, headers, false);

        let needed: f64 = floors::NEEDED.iter().map(|floor| typed.cycle(floor)).sum();
        goal(4, "typed, of the ingredients' sum", OF_FLOORS, typed.both(OURS) / needed, false);
    }
    goals.sort_by_key(|goal| goal.number);
    goals
}

/// The rows of one size and shape.
struct Run<'a> {
    rows: &'a [Row],
    shape: Shape,
    size: usize,
}

impl<'a> Run<'a> {
    fn all(&self) -> impl Iterator<Item = &'a Row> {
        let (shape, size) = (self.shape, self.size);
        self.rows.iter().filter(move |row| row.shape == shape && row.size == size)
    }

    fn row(&self, name: &str) -> &'a Row {
        self.all().find(|row| row.name == name).expect("every peer has every session")
    }

    fn seal(&self, name: &str) -> f64 {
        self.row(name).seal_ns.expect("measured").median
    }

    fn open(&self, name: &str) -> f64 {
        self.row(name).open_ns.expect("measured").median
    }

    fn cycle(&self, name: &str) -> f64 {
        self.row(name).cycle_ns.expect("measured").median
    }

    fn both(&self, name: &str) -> f64 {
        self.seal(name) + self.open(name)
    }

    /// Of the peers that encrypt.
    fn fastest(&self, time: impl Fn(&Row) -> Option<Time>) -> f64 {
        self.all()
            .filter(|row| row.seal == Seal::Encrypted && !row.name.starts_with(OURS))
            .filter_map(|row| time(row).map(|time| time.median))
            .fold(f64::INFINITY, f64::min)
    }
}
