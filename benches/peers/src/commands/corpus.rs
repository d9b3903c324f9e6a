//! Sizes of the session shapes of `benches/corpus/`, each and all together.

use std::error::Error;

use crate::shapes::{self, Sizes};

/// Goal 6: `Values` against the same map in plain postcard, in bytes.
const AT_MOST: f64 = 0.75;

pub fn run() -> Result<(), Box<dyn Error>> {
    println!(
        "| session | JSON | postcard map | `Values` | of postcard | JSON encrypted, chars | postcard \
         in our seal, chars | `Values`, chars |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let shapes = shapes::all()?;
    let mut sum = Sizes::default();
    for shape in &shapes {
        let sizes = shapes::sizes(&shape.session);
        line(&shape.name, &sizes);
        sum.json += sizes.json;
        sum.postcard += sizes.postcard;
        sum.values += sizes.values;
        sum.json_chars += sizes.json_chars;
        sum.postcard_chars += sizes.postcard_chars;
        sum.values_chars += sizes.values_chars;
    }
    line(&format!("**all {}**", shapes.len()), &sum);

    let ratio = sum.values as f64 / sum.postcard as f64;
    let verdict = if ratio <= AT_MOST { "met" } else { "not met" };
    println!(
        "\n`Values` takes {ratio:.3} of the same maps in postcard, at most {AT_MOST}: {verdict}"
    );
    Ok(())
}

fn line(name: &str, sizes: &Sizes) {
    let Sizes { json, postcard, values, json_chars, postcard_chars, values_chars } = sizes;
    let ratio = *values as f64 / *postcard as f64;
    println!(
        "| {name} | {json} | {postcard} | {values} | {ratio:.2} | {json_chars} | {postcard_chars} | \
         {values_chars} |"
    );
}
