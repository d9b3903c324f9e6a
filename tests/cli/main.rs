//! The command line tool, driven as its users drive it: every command, refusal and exit code.
//!
//! Whatever a test runs, its output is searched for the keys of the ring; see `support.rs`.

// A test may panic: that is how it speaks.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod check;
mod clear;
mod faults;
mod guide;
mod inspect;
mod list;
mod refusals;
mod rings;
mod rotate;
mod signer;
mod support;
mod usage;
