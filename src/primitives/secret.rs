//! Foreign secrets on their way into a key: wiped when dropped.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{
    mac::{MacKey, sha256},
    mac_sha1::{MacSha1Key, sha1},
};

/// Bytes of a secret.
pub(crate) struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The key of HMAC-SHA256 that is the SHA-256 of `parts`.
pub(crate) fn hashed(parts: &[&[u8]]) -> MacKey {
    MacKey::new(Zeroizing::new(sha256(parts)).as_slice())
}

/// The key of HMAC-SHA1 that is the SHA-1 of `parts`.
pub(crate) fn hashed_sha1(parts: &[&[u8]]) -> MacSha1Key {
    MacSha1Key::new(Zeroizing::new(sha1(parts)).as_slice())
}
