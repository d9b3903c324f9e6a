//! Times of sealing and opening, and what becomes of the goals.

use std::{error::Error, fs, path::PathBuf};

use crate::{
    cases::SIZES,
    goals,
    report::{self, svg, table},
};

pub fn run(mut args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let mut rounds = 200;
    let mut out = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/results"));
    while let Some(arg) = args.next() {
        let value = args.next().ok_or("an option has a value")?;
        match arg.as_str() {
            "--rounds" => rounds = value.parse()?,
            "--out" => out = value.into(),
            other => return Err(format!("there is no option {other}").into()),
        }
    }

    let rows: Vec<_> = SIZES.into_iter().flat_map(|size| report::run(size, rounds)).collect();
    let goals = table::goals(&goals::of_times(&rows));
    let times = table::times(&rows);
    println!("{times}{goals}");

    fs::create_dir_all(&out)?;
    fs::write(out.join("times.md"), times + &goals)?;
    fs::write(out.join("times.json"), serde_json::to_string_pretty(&rows)? + "\n")?;
    fs::write(out.join("times.svg"), svg::picture(&rows))?;
    Ok(())
}
