//! How deep a value may nest, for every recursion over session data.
//!
//! serde recurses once per container, option and newtype struct. Without a limit a deep value, or a
//! type such as `struct Link(Option<Box<Link>>)` reading a single number, exhausts the stack.

use crate::limits::{VALUES_DEPTH, WRAPPERS_DEPTH};

/// What is left of the nesting that is allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Depth {
    containers: usize,
    wrappers: usize,
}

impl Depth {
    /// All of it.
    pub(crate) const FULL: Self = Self { containers: VALUES_DEPTH, wrappers: WRAPPERS_DEPTH };

    /// What is left inside a sequence, tuple, struct, map or variant with content.
    pub(crate) fn container(self) -> Option<Self> {
        Some(Self { containers: self.containers.checked_sub(1)?, ..self })
    }

    /// What is left inside an option or a newtype struct.
    pub(crate) fn wrapper(self) -> Option<Self> {
        Some(Self { wrappers: self.wrappers.checked_sub(1)?, ..self })
    }
}
