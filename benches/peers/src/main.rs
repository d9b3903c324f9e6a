//! cloakroom beside the crates that its users would pick instead, in one process.
//!
//! | `cargo run --release --` | does |
//! |---|---|
//! | `times [--rounds N] [--out FOLDER]` | times of sealing and opening, the goals; writes `results/times.{md,json,svg}` |
//! | `sizes` | characters of the cookies |
//! | `corpus` | sizes of the session shapes of `benches/corpus/` |
//! | `requests [--wrk]` | CPU time that sessions add to requests of an axum application |
//! | `records FILE` | the sessions for programs in other languages, see `benches/others/run` |
//!
//! Every peer is one file of `peers/` behind the trait [`peer::Peer`], and gets the same sessions:
//! `benches/records.rs`. All cases of one size are measured in turn, round after round, so that
//! whatever slows the machine down slows all of them; times are CPU time of the thread.

mod cases;
mod commands;
mod floors;
mod goals;
mod harness;
mod peer;
mod peers;
#[path = "../../records.rs"]
mod records;
mod report;
mod shapes;
mod site;
mod wrk;

use std::{env, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    match args.next().as_deref() {
        Some("times") => commands::times::run(args),
        Some("sizes") => commands::sizes::run(),
        Some("corpus") => commands::corpus::run(),
        Some("requests") => commands::requests::run(args),
        Some("records") => commands::records::run(args),
        _ => Err("which one: times, sizes, corpus, requests or records?".into()),
    }
}
