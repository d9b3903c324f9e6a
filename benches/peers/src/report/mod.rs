//! What was measured, as a file to compare, a table to read and a picture to look at.

pub mod svg;
pub mod table;

use serde::Serialize;

use crate::{
    cases::{self, Operation},
    floors,
    harness::{Task, Time, measure},
    peer::{Seal, Shape},
};

/// One line of the results. Sizes are bytes of JSON, times nanoseconds of CPU.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub name: &'static str,
    pub seal: Seal,
    pub shape: Shape,
    pub size: usize,
    /// Characters of the cookie's value; 0 for an ingredient.
    pub chars: usize,
    pub seal_ns: Option<Time>,
    pub open_ns: Option<Time>,
    /// Opened, one field read, one changed, sealed; for an ingredient, the ingredient.
    pub cycle_ns: Option<Time>,
}

/// Measures every case of one size together, in so many rounds.
pub fn run(size: usize, rounds: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut places = Vec::new();
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for case in cases::of_size(size) {
        let (name, seal, shape, chars) = (case.name, case.seal, case.shape, case.chars);
        for (operation, task) in case.tasks {
            places.push((rows.len(), operation));
            tasks.push(task);
        }
        rows.push(Row { name, seal, shape, size, chars, ..EMPTY });
    }
    for (name, task) in floors::of_size(size) {
        places.push((rows.len(), Operation::Cycle));
        tasks.push(task);
        rows.push(Row { name, size, ..EMPTY });
    }
    for ((row, operation), samples) in places.into_iter().zip(measure(&mut tasks, rounds)) {
        let time = Some(Time::of(&samples));
        match operation {
            Operation::Seal => rows[row].seal_ns = time,
            Operation::Open => rows[row].open_ns = time,
            Operation::Cycle => rows[row].cycle_ns = time,
        }
    }
    rows
}

const EMPTY: Row = Row {
    name: "",
    seal: Seal::Floor,
    shape: Shape::Typed,
    size: 0,
    chars: 0,
    seal_ns: None,
    open_ns: None,
    cycle_ns: None,
};
