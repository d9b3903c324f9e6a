//! What the tests of this package share: a server of their own and a client that hides nothing.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

pub mod balancer;
pub mod client;
pub mod http;
pub mod http2;
pub mod ring;
pub mod server;
pub mod webdriver;

/// The command line of the crate, built if no other test has built it.
pub fn command_line() -> std::path::PathBuf {
    static BUILT: std::sync::OnceLock<std::path::PathBuf> = std::sync::OnceLock::new();
    BUILT
        .get_or_init(|| {
            let program = std::path::Path::new(axum()).with_file_name("cloakroom");
            if !program.exists() {
                let mut build = std::process::Command::new(env!("CARGO"));
                build.args(["build", "--package", "cloakroom", "--bin", "cloakroom"]);
                build.args(["--features", "cli"]);
                assert!(build.status().expect("cargo runs").success(), "the command line builds");
            }
            program
        })
        .clone()
}

/// The binary over axum, for tests that are not about frameworks.
pub fn axum() -> &'static str {
    const BUILT: Option<&str> = option_env!("CARGO_BIN_EXE_axum");
    BUILT.expect("the feature axum is on")
}
