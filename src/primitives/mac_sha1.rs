//! HMAC-SHA1 and SHA-1, for reading foreign cookies alone: nothing of ours is made with them.
//!
//! SHA-1 has collisions; HMAC-SHA1 does not depend on their absence and is not known to be forgeable.

use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

/// Bytes of a SHA-1 hash.
pub(crate) const SHA1_LEN: usize = 20;
/// Bytes of a block of SHA-1.
const BLOCK_LEN: usize = 64;

/// A key of HMAC-SHA1 (RFC 2104, RFC 2202), wiped when dropped.
pub(crate) struct MacSha1Key(Hmac<Sha1>);

impl MacSha1Key {
    /// Prepares `key`, which may have any length; one over 64 bytes is hashed first.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut block = Zeroizing::new([0; BLOCK_LEN]);
        match block.get_mut(..key.len()) {
            Some(front) => front.copy_from_slice(key),
            None => {
                let hashed = Zeroizing::new(sha1(&[key]));
                block.iter_mut().zip(hashed.iter()).for_each(|(to, from)| *to = *from);
            }
        }
        // A key padded with zeros to a whole block is the same key, and cannot have a wrong length.
        let whole: &[u8; BLOCK_LEN] = &block;
        Self(Hmac::new(whole.into()))
    }

    /// The tag over `parts`, one after the other.
    pub(crate) fn tag(&self, parts: &[&[u8]]) -> [u8; SHA1_LEN] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// SHA-1 (FIPS 180-4) over `parts`, one after the other.
pub(crate) fn sha1(parts: &[&[u8]]) -> [u8; SHA1_LEN] {
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::testing::hex;

    #[test]
    fn sha1_of_abc_is_the_value_of_the_standard() {
        assert_eq!(hex(&sha1(&[b"a", b"bc"])), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }

    #[test]
    fn the_vectors_of_rfc_2202_hold() {
        let long = [0xaa; 80];
        let cases: [(&[u8], &[u8], &str); 4] = [
            (&[0x0b; 20], b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            (b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (&[0xaa; 20], &[0xdd; 50], "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
            (
                &long,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112",
            ),
        ];
        for (key, data, tag) in cases {
            assert_eq!(hex(&MacSha1Key::new(key).tag(&[data])), tag);
        }
    }
}
