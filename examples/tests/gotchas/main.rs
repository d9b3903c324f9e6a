//! What goes wrong in the adapters of others, as a test for each of ours.
//!
//! Every framework here serves the same odd application, of which [`house`] has the routes'
//! logic and `common` what is expected of all; what only one framework can do stands in its file.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

#[cfg(feature = "axum")]
mod axum;
mod common;
#[allow(dead_code, reason = "each framework uses a part")]
mod house;
#[allow(dead_code, reason = "each test binary uses a part")]
#[path = "../support/http.rs"]
mod http;
#[path = "../support/http2.rs"]
mod http2;
#[cfg(feature = "hyper")]
mod hyper;
#[cfg(feature = "poem")]
mod poem;
#[cfg(feature = "salvo")]
mod salvo;
#[cfg(feature = "warp")]
mod warp;
#[cfg(feature = "beside")]
mod websocket;

use libtest_mimic::{Arguments, Trial};

use house::Door;

/// What is expected of a framework.
type Expectation = (&'static str, fn(&Door));
/// A framework, and what is expected of it alone.
type Own = (Door, &'static [Expectation]);

fn main() {
    let doors: &[Own] = &[
        #[cfg(feature = "axum")]
        (axum::DOOR, axum::EXPECTATIONS),
        #[cfg(feature = "hyper")]
        (hyper::DOOR, hyper::EXPECTATIONS),
        #[cfg(feature = "poem")]
        (poem::DOOR, poem::EXPECTATIONS),
        #[cfg(feature = "salvo")]
        (salvo::DOOR, salvo::EXPECTATIONS),
        #[cfg(feature = "warp")]
        (warp::DOOR, warp::EXPECTATIONS),
    ];
    let trials = doors.iter().flat_map(|&(door, own)| {
        let catching = if door.catches { common::CATCHING } else { &[] };
        let all = common::EXPECTATIONS.iter().chain(catching).chain(own);
        all.map(move |&(name, expectation)| {
            Trial::test(format!("{}::{name}", door.name), move || {
                expectation(&door);
                Ok(())
            })
        })
    });
    let trials = trials.chain(websockets());
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

#[cfg(feature = "beside")]
fn websockets() -> impl Iterator<Item = Trial> {
    use websocket::{CHATS, a_websocket_has_the_session_of_its_handshake as expectation};
    let name = "a_websocket_has_the_session_of_its_handshake";
    CHATS.iter().map(move |&(framework, serve)| {
        Trial::test(format!("{framework}::{name}"), move || {
            expectation(serve);
            Ok(())
        })
    })
}

#[cfg(not(feature = "beside"))]
fn websockets() -> impl Iterator<Item = Trial> {
    std::iter::empty()
}
