//! A site with accounts over axum: `cargo run -p cloakroom-examples --features accounts --bin accounts`.
//!
//! What it does is in [`cloakroom_examples::accounts`].

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cloakroom_examples::accounts::run().await
}
