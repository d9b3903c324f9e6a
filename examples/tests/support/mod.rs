//! What the tests of this package share: a server of their own and a client that hides nothing.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

pub mod balancer;
pub mod client;
pub mod http;
pub mod server;
pub mod webdriver;

/// The command line of the crate, built if no other test has built it.
pub fn command_line() -> std::path::PathBuf {
    static BUILT: std::sync::OnceLock<std::path::PathBuf> = std::sync::OnceLock::new();
    BUILT
        .get_or_init(|| {
            let axum = std::path::Path::new(env!("CARGO_BIN_EXE_axum"));
            let program = axum.with_file_name("cloakroom");
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
