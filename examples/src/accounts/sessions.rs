//! The sessions: one switch between the levels.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use cloakroom::cookie::CookieConfig;
use cloakroom::revocation::{Registry, RevocationList, StoreRevocations};
use cloakroom::store::{SqliteStore, StoreCleaner};
use cloakroom::{Backing, Event, Policy, SessionConfig, SessionManager};
use rusqlite::Connection;

use super::settings::{Level, Settings};
use super::users::Users;
use super::visitor::Visitor;
use crate::site::{policy, ring};

/// How long a login is remembered, if somebody asks for that.
pub(super) const REMEMBERED: Duration = Duration::from_secs(30 * 86_400);

/// The manager of these settings, which finds its users in `users`.
///
/// S1 is not a switch here: the extractor of the user compares the stamp at every level.
pub(super) async fn manager(
    settings: &Settings,
    users: &Arc<Users>,
) -> Result<SessionManager<Visitor>, Box<dyn Error + Send + Sync>> {
    let base = &settings.base;
    let config = SessionConfig::new(ring(base)?, base.app.clone())
        .cookie(CookieConfig::new(base.cookie.clone()))
        .protection(base.mode)
        .policy(policy(base, Policy::default()))
        .on_event(announce);
    let sessions = match settings.level {
        Level::S1 => SessionManager::new(config)?,
        Level::S2 => {
            let store = cleaned(store(settings).await?);
            let list = RevocationList::new(StoreRevocations::new(store));
            SessionManager::new(config)?.guarded_by(list)
        }
        Level::S3 => {
            let registry = Registry::new(cleaned(store(settings).await?));
            SessionManager::new(config)?.guarded_by(registry)
        }
        Level::S4 => {
            let backing = Backing::indexed(store(settings).await?)
                .label(|visitor: &Visitor| Some(visitor.device.clone().into_bytes()))
                .merge(|_, mine: Visitor, theirs| Some(mine.merge(theirs)));
            SessionManager::with_store(config, backing)?
        }
    };
    Ok(sessions.users(Arc::clone(users)))
}

/// A store in the file of the users, or in memory as they are.
async fn store(settings: &Settings) -> Result<SqliteStore, Box<dyn Error + Send + Sync>> {
    let Some(path) = &settings.database else {
        let store = SqliteStore::from_connection(Connection::open_in_memory()?)?;
        store.install().await?;
        return Ok(store);
    };
    Ok(SqliteStore::open(path)?)
}

/// The store, swept once a minute; a manager that has one for its sessions does that by itself.
fn cleaned(store: SqliteStore) -> Arc<SqliteStore> {
    let store = Arc::new(store);
    tokio::spawn(StoreCleaner::new(Arc::clone(&store)).run());
    store
}

/// What an operator should hear about.
fn announce(event: &Event<'_>) {
    match event {
        Event::LoggedIn { subject } => told("logged in", subject.expose_bytes()),
        Event::LoggedOut { subject } => told("logged out", subject.expose_bytes()),
        Event::Revoked { subject } => told("had sessions ended", subject.expose_bytes()),
        Event::LoginFailed => eprintln!("a login was refused"),
        Event::Ring(note) => eprintln!("{note}"),
        Event::Failed { error } => eprintln!("session not saved: {error}"),
        Event::StoreFailed { error } => eprintln!("sessions: {error}"),
        _ => {}
    }
}

/// Subjects are numbers here.
fn told(what: &str, subject: &[u8]) {
    eprintln!("user {} {what}", String::from_utf8_lossy(subject));
}
