//! Foreign session cookies, read once: how an application moves here and logs nobody out.
//!
//! Each format is a module and a feature of its own, and none is in a default build. A decoder
//! verifies a cookie before it looks inside, bounds everything that comes out, and knows one format
//! alone: nothing is tried in turn. What it gives is the other application's data, as [`Json`] in
//! most cases; a function of yours makes your session type of it.
//!
//! | format | module | feature |
//! |---|---|---|
//! | Django: signed cookies, database and file sessions, `signing.dumps` | [`django`] | `import-django` |

#[cfg(feature = "import-django")]
pub mod django;

mod error;
mod json;
mod python64;

pub use error::ImportError;
pub use json::{Json, JsonItems, JsonMembers, JsonText, JsonValue};

/// Bytes of the longest token that is looked at.
pub(crate) const TOKEN_MAX: usize = 2 << 20;
/// Bytes of the largest document that comes out of a token.
pub(crate) const DOCUMENT_MAX: usize = 1 << 20;
