//! Secrets stay where they are: nothing prints them, nothing leaves them in freed memory, and the
//! types that hold them lack what would copy them out. Also: whatever the security pages name
//! exists.

// A test may panic: that is how it speaks.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]
#![allow(clippy::expect_used, clippy::panic, clippy::cast_possible_truncation)]

mod absent;
mod allocator;
mod doors;
#[cfg(feature = "cli")]
mod imports;
#[cfg(feature = "auth")]
mod logins;
mod made;
mod material;
mod pages;
mod residue;
mod shown;
mod sources;
mod stores;
