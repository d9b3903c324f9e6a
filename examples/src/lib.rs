//! The site that every binary of this package serves, without the framework.
//!
//! A binary adds the routes in its framework's own words. What a route reads is in [`params`], what
//! it does in [`routes`], what it answers in [`answer`]; so one story can be told to all of them.

#[cfg(feature = "accounts")]
pub mod accounts;
pub mod answer;
pub mod data;
pub mod page;
pub mod params;
pub mod routes;
#[cfg(any(feature = "hyper", feature = "warp"))]
pub mod serve;
pub mod settings;
pub mod site;
pub mod size;
pub mod start;
pub mod store;

/// The example of the README, compiled where its framework is a dependency.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../../README.md")]
mod readme {}

/// The programs of the guide's pages.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../../src/guide/axum.md")]
mod guide_axum {}
#[cfg(all(doctest, feature = "hyper"))]
#[doc = include_str!("../../src/guide/hyper.md")]
mod guide_hyper {}
#[cfg(all(doctest, feature = "poem"))]
#[doc = include_str!("../../src/guide/poem.md")]
mod guide_poem {}
#[cfg(all(doctest, feature = "salvo"))]
#[doc = include_str!("../../src/guide/salvo.md")]
mod guide_salvo {}
#[cfg(all(doctest, feature = "warp"))]
#[doc = include_str!("../../src/guide/warp.md")]
mod guide_warp {}
#[cfg(all(doctest, feature = "actix"))]
#[doc = include_str!("../../src/guide/actix.md")]
mod guide_actix {}
#[cfg(all(doctest, feature = "rocket"))]
#[doc = include_str!("../../src/guide/rocket.md")]
mod guide_rocket {}
