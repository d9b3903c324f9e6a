//! Logins: who a session belongs to, since when, and until when it counts.
//!
//! The functions here take a [`Session`](crate::Session) of any data type. What a login writes stands
//! beside the data, in the session's [`Claims`](crate::Claims), under the same seal. Nothing here knows a
//! password: checking one is the application's, or an `Authenticator`'s of its own.
//!
//! ```
//! # #[derive(serde::Serialize, serde::Deserialize, Default)]
//! # struct Visitor { cart: Vec<u32>, visits: u32 }
//! # impl cloakroom::SessionData for Visitor { const VERSION: u8 = 1; type Previous = cloakroom::First; }
//! use core::time::Duration;
//! use cloakroom::{CommitError, Session, auth::{self, Login, Verification}};
//!
//! /// The password was right.
//! async fn log_in(session: &Session<Visitor>, user: &str, changed: &str) -> Result<(), CommitError> {
//!     let login = Login::new(user)
//!         .stamp(changed) // when the password was last changed: see `verify`
//!         .keep(|before: Visitor| Visitor { cart: before.cart, ..Visitor::default() })
//!         .remember(Duration::from_secs(90 * 86_400));
//!     auth::login(session, login).await
//! }
//!
//! /// At each request of somebody who is logged in, where the user is loaded anyway.
//! async fn check(session: &Session<Visitor>, changed: &str) -> Result<bool, CommitError> {
//!     match auth::verify(session, changed) {
//!         Verification::Verified => Ok(true),
//!         Verification::Changed => auth::logout(session).await.map(|()| false),
//!         Verification::Anonymous => Ok(false),
//!     }
//! }
//! ```

pub mod csrf;
mod devices;
mod extract;
pub mod flash;
mod login;
mod site_data;
mod state;
mod users;

pub use self::{
    devices::{Device, devices, end_device, logout_everywhere},
    extract::{Auth, AuthRejection},
    login::{Login, login, logout},
    site_data::{SiteData, clear_site_data},
    state::{
        Verification, adopt_stamp, elevate, fresh, is_authenticated, keep_after_change, level,
        remember, subject, verify,
    },
    users::{Attempt, AuthError, Authenticator, Chain, sign_in, user},
};
pub(crate) use self::{extract::Users, site_data::line as site_data_line};
