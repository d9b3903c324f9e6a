//! AES-256-GCM as it is (SP 800-38D), to open what others have sealed: nonces of 12 bytes, tags of 16.

use alloc::vec::Vec;

use aes::Aes256;
use aes_gcm::{
    AesGcm,
    aead::{AeadInOut, KeyInit, consts::U12},
};
use zeroize::Zeroizing;

use crate::limits::{KEY_LEN, TAG_LEN};

/// Bytes of a nonce.
pub(crate) const GCM_NONCE_LEN: usize = 12;

/// A key of AES-256-GCM, expanded; wiped when dropped.
pub(crate) struct GcmKey(AesGcm<Aes256, U12>);

impl GcmKey {
    pub(crate) fn new(key: &[u8; KEY_LEN]) -> Self {
        Self(AesGcm::new(key.into()))
    }

    /// What was sealed, if the tag fits.
    pub(crate) fn open(
        &self,
        nonce: &[u8; GCM_NONCE_LEN],
        aad: &[u8],
        sealed: &[u8],
        tag: &[u8; TAG_LEN],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut text = Zeroizing::new(sealed.to_vec());
        let buffer = text.as_mut_slice().into();
        self.0.decrypt_inout_detached(nonce.into(), aad, buffer, tag.into()).ok()?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::testing::unhex;

    /// Test case 14 of the specification of GCM: a key, nonce and block of zeros.
    #[test]
    fn the_vector_of_the_specification_opens_and_nothing_near_it_does() {
        let sealed = unhex("cea7403d4d606b6e074ec5d3baf39d18");
        let tag: [u8; 16] = unhex("d0d1c8a799996bf0265b98b5d48ab919").try_into().unwrap();
        let key = GcmKey::new(&[0; 32]);
        let open = |aad: &[u8], tag| key.open(&[0; 12], aad, &sealed, &tag);
        assert_eq!(open(b"", tag).unwrap().as_slice(), [0; 16]);
        assert!(open(b"a", tag).is_none());
        for bit in 0..128 {
            let mut other = tag;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(open(b"", other).is_none());
        }
    }
}
