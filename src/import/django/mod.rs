//! Django: `signing`, and the sessions of all its engines that leave the server or a table.
//!
//! ```
//! use cloakroom::{Timestamp, import::django::Sessions};
//!
//! // The values of SECRET_KEY and SECRET_KEY_FALLBACKS in settings.py.
//! let sessions = Sessions::signed_cookies("the secret key of the site")?.fallback("the one before")?;
//! let cookie = "eyJsYW5nIjoiZGUifQ:1x8elk:M6rvDPEJp1aXA38Tf-QfBavXz0X3H8SwRqXU2XKn_IQ";
//! let session = sessions.open(cookie.as_bytes(), Timestamp::from_unix(1_790_000_060))?;
//! assert_eq!(session.get("lang").and_then(|lang| lang.as_str()), Some("de"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Everything is as in Django 6.1 (`django.core.signing`, `django.contrib.sessions`): a token is
//! `payload:time:signature`, the payload base64 of JSON, with a dot in front if zlib made it shorter.
//! Django puts no bound on what a signed payload inflates to; here it is 1 MiB.

mod base62;
mod object;
mod session;
mod signing;
mod writer;

pub use session::{DjangoSession, SESSION_ENGINE_SALT, SIGNED_COOKIES_SALT, Sessions};
pub use signing::{Algorithm, Signing, cookie_salt, cookie_secret, legacy_cookie_salt};
pub use writer::Writer;
