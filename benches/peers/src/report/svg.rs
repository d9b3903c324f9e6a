//! The picture: one panel a size, one bar a peer, the time of a whole request.

use std::fmt::Write;

use super::Row;
use crate::{
    cases::{OURS, SIZES},
    peer::{Seal, Shape},
};

const WIDTH: f64 = 860.0;
const LABELS: f64 = 330.0;
const BAR: f64 = 16.0;
const LINE: f64 = 21.0;
const TITLE: f64 = 34.0;

/// Requests that read and change a map, at every size.
pub fn picture(rows: &[Row]) -> String {
    let mut panels = String::new();
    let mut y = 0.0;
    for size in SIZES {
        let mut bars: Vec<&Row> = rows
            .iter()
            .filter(|row| row.size == size && row.shape == Shape::Map && row.seal != Seal::Floor)
            .collect();
        bars.sort_by(|a, b| time(a).total_cmp(&time(b)));
        y = panel(&mut panels, y, size, &bars).expect("a string takes all");
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" width=\"{WIDTH}\" \
         height=\"{y}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{y}\" fill=\"#ffffff\"/>\n{panels}</svg>\n"
    )
}

/// Draws one panel from `y` downwards and returns where it ends.
fn panel(out: &mut String, y: f64, size: usize, bars: &[&Row]) -> Result<f64, std::fmt::Error> {
    let longest = bars.iter().map(|row| time(row)).fold(0.0, f64::max);
    let scale = (WIDTH - LABELS - 90.0) / longest;
    let baseline = y + 22.0;
    writeln!(
        out,
        "<text x=\"10\" y=\"{baseline}\" font-size=\"14\" font-weight=\"bold\">a session of {size} \
         bytes of JSON: open, read, change, seal</text>"
    )?;
    let mut y = y + TITLE;
    for row in bars {
        let (width, text) = (time(row) * scale, y + BAR - 4.0);
        let (label, value) = (LABELS - 8.0, LABELS + width + 6.0);
        let (name, color, micros) = (row.name, color(row), time(row) / 1000.0);
        writeln!(
            out,
            "<text x=\"{label}\" y=\"{text}\" text-anchor=\"end\">{name}</text>\
             <rect x=\"{LABELS}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" fill=\"{color}\"/>\
             <text x=\"{value:.1}\" y=\"{text}\">{micros:.2} µs</text>"
        )?;
        y += LINE;
    }
    Ok(y + 12.0)
}

fn color(row: &Row) -> &'static str {
    match row.seal {
        _ if row.name.starts_with(OURS) => "#0f766e",
        Seal::Encrypted => "#64748b",
        Seal::Signed => "#a8b3c2",
        Seal::Server | Seal::Floor => "#d4a373",
    }
}

fn time(row: &Row) -> f64 {
    row.cycle_ns.map_or(0.0, |time| time.median)
}
