//! The bodies of the fuzz targets. How to run them: `README.md`.

#![forbid(unsafe_code)]

pub mod bodies;
