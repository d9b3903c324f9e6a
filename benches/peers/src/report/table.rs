//! Markdown.

use std::fmt::Write;

use super::Row;
use crate::{
    cases::{OURS, SIZES},
    goals::Goal,
    harness::Time,
    peer::{Seal, Shape},
};

/// All tables of a run.
pub fn times(rows: &[Row]) -> String {
    let mut text = String::new();
    for shape in [Shape::Typed, Shape::Map] {
        for size in SIZES {
            let chosen = |row: &&Row| row.shape == shape && row.size == size;
            let rows: Vec<&Row> = rows.iter().filter(chosen).collect();
            peers(&mut text, shape, size, &rows).expect("a string takes all");
        }
    }
    for size in SIZES {
        let chosen = |row: &&Row| row.seal == Seal::Floor && row.size == size;
        floors(&mut text, size, rows.iter().filter(chosen)).expect("a string takes all");
    }
    text
}

fn peers(text: &mut String, shape: Shape, size: usize, rows: &[&Row]) -> std::fmt::Result {
    let what = match shape {
        Shape::Typed => "a struct",
        Shape::Map => "a map",
    };
    let mut rows: Vec<&&Row> = rows.iter().filter(|row| row.seal != Seal::Floor).collect();
    rows.sort_by(|a, b| cycle(a).total_cmp(&cycle(b)));
    let ours = rows.iter().find(|row| row.name == OURS).map_or(f64::NAN, |row| cycle(row));

    writeln!(text, "### {what}, {size} bytes of JSON\n")?;
    writeln!(text, "| | | seal | open | whole request | ours = 1 | characters |")?;
    writeln!(text, "|---|---|--:|--:|--:|--:|--:|")?;
    for row in rows {
        let seal = match row.seal {
            Seal::Encrypted => "encrypted",
            Seal::Signed => "signed",
            Seal::Server | Seal::Floor => "in memory",
        };
        let (sealed, opened, whole) = (ns(row.seal_ns), ns(row.open_ns), ns(row.cycle_ns));
        let (ratio, chars) = (cycle(row) / ours, row.chars);
        let name = row.name;
        writeln!(
            text,
            "| {name} | {seal} | {sealed} | {opened} | {whole} | {ratio:.2} | {chars} |"
        )?;
    }
    writeln!(text)
}

fn floors<'a>(
    text: &mut String,
    size: usize,
    rows: impl Iterator<Item = &'a Row>,
) -> std::fmt::Result {
    writeln!(text, "### ingredients alone, the struct of {size} bytes of JSON\n")?;
    writeln!(text, "| | ns |\n|---|--:|")?;
    for row in rows {
        writeln!(text, "| {} | {} |", row.name, ns(row.cycle_ns))?;
    }
    writeln!(text)
}

pub fn goals(goals: &[Goal]) -> String {
    let mut text = String::from("| goal | at | bound | measured | |\n|---|--:|--:|--:|---|\n");
    for Goal { number, what, size, bound, measured, at_least } in goals {
        let sign = if *at_least { "≥" } else { "≤" };
        let verdict = if goals_met(*measured, *bound, *at_least) { "met" } else { "**not met**" };
        writeln!(
            text,
            "| {number}. {what} | {size} | {sign} {bound:.2} | {measured:.2} | {verdict} |"
        )
        .expect("a string takes all");
    }
    text
}

fn goals_met(measured: f64, bound: f64, at_least: bool) -> bool {
    if at_least { measured >= bound } else { measured <= bound }
}

fn cycle(row: &Row) -> f64 {
    row.cycle_ns.map_or(f64::NAN, |time| time.median)
}

fn ns(time: Option<Time>) -> String {
    time.map_or_else(|| "–".into(), |time| format!("{:.0} ± {:.0}", time.median, time.mad))
}
