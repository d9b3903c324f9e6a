//! HMAC-SHA256, SHA-256, and comparison in constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::limits::MAC_LEN;

/// Bytes of a block of SHA-256.
const BLOCK_LEN: usize = 64;

/// A key of HMAC-SHA256 (RFC 2104, RFC 4231) with both pads already hashed.
///
/// Each tag starts from a copy of that state, which saves two of the four hash blocks of a short
/// message. The `zeroize` feature of the hash wipes this state and every copy when dropped.
pub(crate) struct MacKey(Hmac<Sha256>);

impl MacKey {
    /// Prepares `key`, which may have any length; one over 64 bytes is hashed first.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut block = Zeroizing::new([0; BLOCK_LEN]);
        match block.get_mut(..key.len()) {
            Some(front) => front.copy_from_slice(key),
            None => {
                let hashed = Zeroizing::new(sha256(&[key]));
                block.iter_mut().zip(hashed.iter()).for_each(|(to, from)| *to = *from);
            }
        }
        // A key padded with zeros to a whole block is the same key, and cannot have a wrong length.
        let whole: &[u8; BLOCK_LEN] = &block;
        Self(Hmac::new(whole.into()))
    }

    /// The tag over `parts`, one after the other; the caller sees to it that they are injective.
    pub(crate) fn tag(&self, parts: &[&[u8]]) -> [u8; MAC_LEN] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// SHA-256 (FIPS 180-4) over `parts`, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; MAC_LEN] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
#[must_use]
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::testing::{hex, unhex};

    #[test]
    fn sha256_of_abc_is_the_value_of_the_standard() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&sha256(&[b"abc"])), abc);
        assert_eq!(hex(&sha256(&[b"a", b"", b"bc"])), abc);
    }

    #[test]
    fn the_vectors_of_rfc_4231_hold() {
        let long = [0xaa; 131];
        let cases: [(&[u8], &[u8], &str); 6] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 20],
                &[0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                &unhex("0102030405060708090a0b0c0d0e0f10111213141516171819"),
                &[0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            ),
            (
                &long,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &long,
                b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, data, tag) in cases {
            assert_eq!(hex(&MacKey::new(key).tag(&[data])), tag);
        }
        // Case 5 is truncated to 128 bits.
        let tag = MacKey::new(&[0x0c; 20]).tag(&[b"Test With Truncation"]);
        assert_eq!(hex(&tag[..16]), "a3b6167473100ee06e0c796c2955552b");
    }

    #[test]
    fn a_key_gives_the_same_tag_each_time_however_the_message_is_cut() {
        let key = MacKey::new(&[7; 32]);
        let whole = key.tag(&[b"one message"]);
        assert_eq!(key.tag(&[b"one ", b"message"]), whole);
        assert_eq!(key.tag(&[b"", b"one message", b""]), whole);
        assert_ne!(key.tag(&[b"One message"]), whole);
    }

    #[test]
    fn keys_around_the_block_length_are_all_different() {
        let mut tags = alloc::collections::BTreeSet::new();
        for len in 60..=70 {
            assert!(tags.insert(MacKey::new(&[1; 70][..len]).tag(&[])), "{len} bytes");
        }
    }

    #[test]
    fn equality_sees_every_bit_and_the_length() {
        let a = [0x5a; 32];
        assert!(equal(&a, &a.clone()));
        assert!(equal(b"", b""));
        assert!(!equal(&a, &a[..31]));
        for bit in 0..256 {
            let mut b = a;
            b[bit / 8] ^= 1 << (bit % 8);
            assert!(!equal(&a, &b));
        }
    }
}
