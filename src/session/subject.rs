//! Whose session an event is about.

use core::fmt;

/// The subject of a login, as the application wrote it. It prints as nothing but its type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Subject<'e>(&'e [u8]);

impl<'e> Subject<'e> {
    pub(crate) const fn new(bytes: &'e [u8]) -> Self {
        Self(bytes)
    }

    /// The 1 to 64 bytes, for an audit log that may hold them.
    pub const fn expose_bytes(&self) -> &'e [u8] {
        self.0
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_prints_as_its_type_alone() {
        let subject = Subject::new(b"ada");
        assert_eq!(alloc::format!("{subject:?}"), "Subject(..)");
        assert_eq!(subject.expose_bytes(), b"ada");
    }
}
