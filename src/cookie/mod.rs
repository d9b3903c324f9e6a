//! The gatehouse: what a session cookie looks like, how it is read and how it is written.
//!
//! Nothing here knows a key or a session. [`CookieConfig`] is what an application says,
//! [`CookieAttributes`] is what remains of it once every rule has been checked, and only the latter
//! writes lines. The rules are those of RFC 6265bis.

mod config;
mod header;
mod rules;
mod set_cookie;

pub use config::{CookieConfig, SameSite, Scope};
pub use header::{Candidates, candidates, vary_has};
pub use set_cookie::{CookieAttributes, SetCookie};
