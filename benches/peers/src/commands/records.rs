//! The sessions for programs in other languages.
//!
//! Writes them to FILE as a JSON list, and what they cost in cloakroom to standard output, one line
//! each: name, bytes of JSON, characters, microseconds to seal and to open, with tabs between.

use std::{error::Error, fs};

use crate::{
    cases::{OURS, SIZES},
    peer::{Shape, map_of},
    records::{Checkout, Login, Member, Record, Shopper},
    report,
};

pub fn run(mut args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let path = args.next().ok_or("where to?")?;
    let maps = [
        map_of(&Login::example()),
        map_of(&Member::example()),
        map_of(&Shopper::example()),
        map_of(&Checkout::example()),
    ];
    fs::write(path, serde_json::to_string(&maps)?)?;

    for (size, map) in SIZES.into_iter().zip(&maps) {
        let json = serde_json::to_string(map)?.len();
        for row in report::run(size, 40).iter().filter(|row| row.name == OURS) {
            let what = match row.shape {
                Shape::Typed => "a struct",
                Shape::Map => "a map",
            };
            let [sealed, opened] = [row.seal_ns, row.open_ns]
                .map(|time| time.map_or(f64::NAN, |time| time.median / 1000.0));
            let chars = row.chars;
            println!("{OURS}, {what}, encrypted\t{json}\t{chars}\t{sealed:.2}\t{opened:.2}");
        }
    }
    Ok(())
}
