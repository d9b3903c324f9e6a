//! The site over axum.
fn main() {}
