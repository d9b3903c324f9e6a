//! The accounts over real HTTP, at every level: the story of two devices, and what must not work.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

mod attacks;
mod device;
mod in_flight;
mod pages;
mod slow;
mod story;
mod sudo;
#[path = "../support/mod.rs"]
mod support;
