//! Foreign session cookies: what the real libraries wrote is read, and nothing else is.
//!
//! `tests/vectors/import/django.json` was written by Django itself; the other files there are
//! written by `make_vectors` in this folder, with the real libraries of each framework.

// A test may panic: that is how it speaks.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod django;
mod django_hostile;
mod formats;
mod moving;
mod shared;
mod too_large;
mod tool;
