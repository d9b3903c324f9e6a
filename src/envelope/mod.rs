//! The envelope: what stands around a session's data, and the order in which it is taken apart.
//!
//! ```text
//! text --layout--> Unverified --protect--> Verified --payload--> header, claims, body
//! ```
//!
//! The arrow in the middle is the only one that makes a [`protect::Verified`], so nothing can read
//! a payload before its tag is checked. The bytes are those of
//! [`wire_format`](crate::guide::wire_format).

pub(crate) mod claims;
pub(crate) mod fit;
pub(crate) mod layout;
pub(crate) mod payload;
pub(crate) mod protect;
#[cfg(all(feature = "std", feature = "encrypted"))]
pub(crate) mod record;
pub(crate) mod times;

#[cfg(test)]
mod exhaustive_tests;

pub use claims::Claims;
pub use fit::Deflate;
pub use layout::Anatomy;
pub use protect::Protection;
pub use times::Policy;
