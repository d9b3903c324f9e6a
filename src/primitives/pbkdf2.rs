//! PBKDF2 (RFC 8018): how Rails and iron make keys of one secret.
//!
//! Their secrets are long and random, so the few rounds that they use are a derivation, not a
//! stretching; nothing of ours is made this way.

use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroizing;

/// `N` bytes for `secret` and `salt`, with HMAC-SHA1.
pub(crate) fn with_sha1<const N: usize>(
    secret: &[u8],
    salt: &[u8],
    rounds: u32,
) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    pbkdf2_hmac::<Sha1>(secret, salt, rounds, key.as_mut_slice());
    key
}

/// `N` bytes for `secret` and `salt`, with HMAC-SHA256.
pub(crate) fn with_sha256<const N: usize>(
    secret: &[u8],
    salt: &[u8],
    rounds: u32,
) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    pbkdf2_hmac::<Sha256>(secret, salt, rounds, key.as_mut_slice());
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::testing::hex;

    #[test]
    fn the_vectors_of_rfc_6070_hold() {
        let one = with_sha1::<20>(b"password", b"salt", 1);
        assert_eq!(hex(one.as_slice()), "0c60c80f961f0e71f3a9b524af6012062fe037a6");
        let many = with_sha1::<25>(
            b"passwordPASSWORDpassword",
            b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
            4096,
        );
        assert_eq!(hex(many.as_slice()), "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038");
    }

    #[test]
    fn the_vector_of_rfc_7914_holds() {
        let key = with_sha256::<64>(b"passwd", b"salt", 1);
        assert_eq!(
            hex(key.as_slice()),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
             49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
        );
    }
}
