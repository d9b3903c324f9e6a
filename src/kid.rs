//! The public name of a key.

use core::fmt;

use crate::limits::KID_LEN;

/// Four bytes derived from a key that name it in tokens, logs and ring listings.
///
/// A key id is public: it finds the key and tells nothing about it. It is not a commitment to the
/// key either: somebody who chooses both keys can make two with one id.
///
/// It prints as eight lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(crate) [u8; KID_LEN]);

impl KeyId {
    /// The four bytes, as they stand in a token.
    pub const fn to_bytes(self) -> [u8; KID_LEN] {
        self.0
    }

    /// The key id that `bytes` spell.
    pub const fn from_bytes(bytes: [u8; KID_LEN]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}
