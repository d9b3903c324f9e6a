//! How every binary starts and ends: settings, warning, refusal, exit code.

use std::fmt::Display;
use std::net::SocketAddr;
use std::process::ExitCode;

use crate::settings::Settings;
use crate::site::{Site, warn_of_development_ring};

/// Makes the site of this process's environment and gives it to `serve`, with the address to listen
/// on.
///
/// Settings that cannot be are printed and end the process with 2, an error of `serve` with 1.
pub async fn start<E: Display>(
    framework: &'static str,
    serve: impl AsyncFnOnce(SocketAddr, Site) -> Result<(), E>,
) -> ExitCode {
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => return refuse(&error),
    };
    let addr = settings.addr;
    warn_of_development_ring(&settings);
    let site = match Site::new(framework, settings).await {
        Ok(site) => site,
        Err(error) => return refuse(&error),
    };
    match serve(addr, site).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{addr}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Ends the process over settings that cannot be.
pub(crate) fn refuse(error: &dyn Display) -> ExitCode {
    eprintln!("{error}");
    ExitCode::from(2)
}
