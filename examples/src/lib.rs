//! The site that every binary of this package serves, without the framework.
//!
//! A binary adds the routes in its framework's own words; what a route does, reads and answers is
//! here, so that one story can be told to all of them. The table of routes and the environment
//! stand in the [repository's README](https://docs.rs/cloakroom).

pub mod data;
pub mod logic;
pub mod page;
pub mod settings;
