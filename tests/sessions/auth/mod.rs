//! Logins: fixation, stamps, levels, tokens, messages, revocation.

#[cfg(feature = "memory-store")]
mod authority;
#[cfg(feature = "memory-store")]
mod contract;
mod csrf;
#[cfg(feature = "memory-store")]
mod devices;
#[cfg(any(feature = "axum", feature = "actix", feature = "poem", feature = "salvo"))]
mod doors;
#[cfg(feature = "memory-store")]
mod feed;
mod fixation;
mod flash;
mod fleet;
#[cfg(feature = "memory-store")]
mod in_flight;
#[cfg(feature = "memory-store")]
mod levels;
mod list;
mod login;
#[cfg(feature = "memory-store")]
mod model;
mod planted;
#[cfg(feature = "memory-store")]
mod readers;
mod site_data;
mod stamps;
mod users;

use cloakroom::auth::{self, Login};
use cloakroom::{CommitError, Session, SessionData};

use crate::support::{Basket, block_on};

/// Logs `who` in with the stamp `s1`, and nothing else said.
pub(crate) fn log_in(session: &Session<Basket>, who: &str) {
    log_in_with(session, Login::new(who).stamp("s1")).unwrap();
}

pub(crate) fn log_in_with<T: SessionData>(
    session: &Session<T>,
    login: Login<'_, T>,
) -> Result<(), CommitError> {
    block_on(auth::login(session, login))
}

pub(crate) fn log_out<T: SessionData>(session: &Session<T>) {
    block_on(auth::logout(session)).unwrap();
}

/// Who is logged in.
pub(crate) fn who<T: SessionData>(session: &Session<T>) -> Option<String> {
    auth::subject(session).map(|subject| String::from_utf8(subject).unwrap())
}
