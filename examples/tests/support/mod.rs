//! What the tests of this package share: a server of their own and a client that hides nothing.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

pub mod client;
pub mod http;
pub mod server;
pub mod webdriver;
