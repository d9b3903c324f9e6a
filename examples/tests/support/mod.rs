//! What the tests of this package share: a server of their own and a client that hides nothing.

#![allow(dead_code, reason = "each test binary uses a part")]

pub mod http;
pub mod server;
pub mod webdriver;
