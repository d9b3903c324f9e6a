//! Characters of the cookie's value: every peer, every session.

use std::error::Error;

use crate::{
    cases::{self, Case, OURS, SIZES},
    peer::{Seal, Shape},
};

pub fn run() -> Result<(), Box<dyn Error>> {
    let by_size = SIZES.map(cases::of_size);
    for (shape, what) in [(Shape::Typed, "struct"), (Shape::Map, "map")] {
        println!("| the session as a {what} | 60 | 250 | 1000 | 3000 |");
        println!("|---|--:|--:|--:|--:|");
        let names = by_size[0].iter().filter(|case| case.shape == shape).map(|case| case.name);
        for name in names {
            print!("| {name} |");
            for cases in &by_size {
                print!(" {} |", row(cases, shape, name).chars);
            }
            println!();
        }
        println!();
    }

    println!("| goal 6: smaller than every encrypted peer | 60 | 250 | 1000 | 3000 |");
    println!("|---|---|---|---|---|");
    for shape in [Shape::Typed, Shape::Map] {
        print!("| {shape:?} |");
        for cases in &by_size {
            let ours = row(cases, shape, OURS).chars;
            let theirs = cases
                .iter()
                .filter(|case| case.shape == shape && case.seal == Seal::Encrypted)
                .filter(|case| !case.name.starts_with(OURS))
                .map(|case| case.chars)
                .min()
                .expect("there are peers");
            let verdict = if ours < theirs { "met" } else { "**not met**" };
            print!(" {ours} against {theirs}, {verdict} |");
        }
        println!();
    }
    Ok(())
}

fn row<'a>(cases: &'a [Case], shape: Shape, name: &str) -> &'a Case {
    let same = |case: &&Case| case.shape == shape && case.name == name;
    cases.iter().find(same).expect("every peer has every session")
}
