//! A site with accounts: what `cloakroom::auth` is like to use.
//!
//! Sign up, log in for a while or for a month, see where one is logged in and end it there, change the
//! password, be asked for it again before something that matters, log out here or everywhere. The pages
//! are made on the server and need no script.
//!
//! | to read about | look into |
//! |---|---|
//! | the one switch between the levels S1 to S4 | `sessions.rs` |
//! | passwords, and a name that nobody has | `passwords.rs`, `users.rs` |
//! | a form that came from elsewhere | `form.rs` |
//! | pages for those who are logged in | `member.rs` |
//! | sessions that end | `endings.rs` |
//! | the routes | `routes/` |
//!
//! What a site of yours needs beside it: a limit on attempts by account and by address before anything
//! is hashed, and a way back for those who forget their password. A name that is taken is told to whoever
//! signs up, because there is no mail that could say so to its owner alone.

mod device;
mod endings;
mod form;
mod member;
mod pages;
mod passwords;
mod problem;
mod routes;
mod sessions;
pub mod settings;
mod table;
mod users;
mod visitor;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use cloakroom::SessionManager;
use cloakroom::auth::SiteData;
use tokio::net::TcpListener;

use self::settings::{Level, Settings};
use self::users::Users;
use self::visitor::Visitor;
use crate::site::warn_of_development_ring;
use crate::start::refuse;

/// Everything that the routes share.
#[derive(Debug)]
struct Site {
    sessions: SessionManager<Visitor>,
    users: Arc<Users>,
    level: Level,
    /// For how long a password counts on pages that ask for it again.
    sudo: Duration,
    /// What browsers are asked to drop at a logout.
    clear: Vec<SiteData>,
    development: bool,
}

impl Site {
    async fn new(settings: &Settings) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let users = Arc::new(Users::open(settings.database.as_deref())?);
        Ok(Self {
            sessions: sessions::manager(settings, &users).await?,
            users,
            level: settings.level,
            sudo: settings.sudo,
            clear: settings.clear.clone(),
            development: settings.base.is_development(),
        })
    }
}

/// Serves the site of this process's environment until the first interrupt.
///
/// Settings that cannot be are printed and end the process with 2, an error while serving with 1.
pub async fn run() -> ExitCode {
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => return refuse(&error),
    };
    warn_of_development_ring(&settings.base);
    if settings.database.is_none() {
        eprintln!("WARNING: no ACCOUNTS_DB: the accounts are in memory and end with this process.");
    }
    let site = match Site::new(&settings).await {
        Ok(site) => site,
        Err(error) => return refuse(&error),
    };
    match serve(&settings, site).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", settings.base.addr);
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: &Settings, site: Site) -> std::io::Result<()> {
    let listener = TcpListener::bind(settings.base.addr).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, routes::app(Arc::new(site))).with_graceful_shutdown(interrupted).await
}
