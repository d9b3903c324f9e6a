//! Foreign session cookies, read once: how an application moves here and logs nobody out.
//!
//! Each format is a module and a feature of its own, and none is in a default build. A decoder
//! verifies a cookie before it looks inside, bounds everything that comes out, and knows one format
//! alone: nothing is tried in turn. What it gives is the other application's data, as [`Json`] in
//! most cases; a function of yours makes your session type of it.
//!
//! | format | module | feature |
//! |---|---|---|
//! | Django: signed cookies, database and file sessions, `signing.dumps` | `django` | `import-django` |
//! | Flask | `flask` | `import-flask` |
//! | Rails: encrypted and signed cookies | `rails` | `import-rails` |
//! | Express with cookie-session | `express` | `import-express` |
//! | iron-session | `iron` | `import-iron` |
//! | Laravel | `laravel` | `import-laravel` |
//! | the crate `cookie`: actix-session, axum-extra | `cookie_jar` | `import-cookie` |

#[cfg(feature = "import-cookie")]
pub mod cookie_jar;
#[cfg(feature = "import-django")]
pub mod django;
#[cfg(feature = "import-express")]
pub mod express;
#[cfg(feature = "import-flask")]
pub mod flask;
#[cfg(feature = "import-iron")]
pub mod iron;
#[cfg(feature = "import-laravel")]
pub mod laravel;
#[cfg(feature = "import-rails")]
pub mod rails;

// What the formats share; with every one of them turned on, all of it is used.
#[cfg_attr(not(any(feature = "cli", feature = "full")), allow(dead_code))]
mod json;
#[cfg_attr(not(any(feature = "cli", feature = "full")), allow(dead_code))]
mod percent;
#[cfg_attr(not(any(feature = "cli", feature = "full")), allow(dead_code))]
mod python64;
#[cfg_attr(not(any(feature = "cli", feature = "full")), allow(dead_code))]
mod text;

pub use crate::{
    error::{ImportError, ImportFault},
    session::foreign::{Foreign, Import},
};
pub use json::{Json, JsonItems, JsonMembers, JsonText, JsonValue};

/// Bytes of the longest token that is looked at.
const TOKEN_MAX: usize = 2 << 20;
/// Bytes of the largest document that comes out of a token.
const DOCUMENT_MAX: usize = 1 << 20;
