//! XAES-256-GCM as C2SP specifies it: AES-256-GCM under a fresh key for every nonce.
//!
//! Plain AES-GCM allows 2^32 random nonces a key, which a busy site spends in an hour. Here the
//! first half of a 24-byte nonce derives the key that the second half is used under, so that
//! 2^80 messages are safe and nobody has to count. The specification is
//! <https://c2sp.org/XAES-256-GCM>, followed without a change.

use aes::{
    Aes256, Block,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use aes_gcm::{
    AesGcm,
    aead::{AeadInOut, consts::U12},
};
use zeroize::Zeroizing;

use crate::limits::{KEY_LEN, NONCE_LEN, TAG_LEN};

/// Counter 1 in the second byte of a block, as a big-endian number.
const COUNTER_ONE: u128 = 1 << 112;
/// Counter 2, likewise.
const COUNTER_TWO: u128 = 2 << 112;
/// The four bytes before the nonce in either block, their counter left at 0: `00 00 'X' 00`.
const PREFIX: u128 = (b'X' as u128) << 104;

/// What each message is sealed with, under a key of its own.
pub(super) type Gcm = AesGcm<Aes256, U12>;

/// The key of one message, as the two blocks that it is derived in.
type MessageKey = Zeroizing<[[u8; 16]; 2]>;

/// A key of XAES-256-GCM, expanded; wiped when dropped.
pub(crate) struct Xaes {
    aes: Aes256,
    k1: Zeroizing<u128>,
}

impl Xaes {
    /// Expands `key` and derives the CMAC subkey K1 (steps 1 and 2 of the specification).
    pub(crate) fn new(key: &[u8; KEY_LEN]) -> Self {
        let aes = Aes256::new(key.into());
        let mut zero_block = Zeroizing::new([[0; 16]]);
        aes.encrypt_blocks(Block::cast_slice_from_core_mut(&mut *zero_block));
        let [l] = *zero_block;
        Self { aes, k1: Zeroizing::new(double(u128::from_be_bytes(l))) }
    }

    /// Encrypts `buf` where it stands and returns the tag over it and `aad`.
    ///
    /// `None` past the limits of GCM, 64 GiB and more; `buf` is then as it was.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buf: &mut [u8],
    ) -> Option<[u8; TAG_LEN]> {
        let mut key = MessageKey::default();
        let iv = self.derive(nonce, &mut key)?;
        let cipher = Gcm::new(key.as_flattened().try_into().ok()?);
        let tag = cipher.encrypt_inout_detached(iv.into(), aad, buf.into()).ok()?;
        Some(tag.into())
    }

    /// Decrypts `buf` where it stands if `tag` fits; else `false`, and `buf` is as it was.
    #[must_use]
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buf: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> bool {
        let mut key = MessageKey::default();
        let Some(iv) = self.derive(nonce, &mut key) else { return false };
        let Ok(key) = key.as_flattened().try_into() else { return false };
        Gcm::new(key).decrypt_inout_detached(iv.into(), aad, buf.into(), tag.into()).is_ok()
    }

    /// Writes the `key` of one message where it is used, so that no copy of it is left behind, and
    /// gives the nonce (steps 3 to 5). Never `None`: the lengths fit.
    fn derive<'n>(&self, nonce: &'n [u8; NONCE_LEN], key: &mut MessageKey) -> Option<&'n [u8; 12]> {
        let ([key_half, iv], []) = nonce.as_chunks::<12>() else { return None };
        let mut block = [0; 16];
        block.last_chunk_mut::<12>()?.copy_from_slice(key_half);
        let block = u128::from_be_bytes(block) | PREFIX;

        **key = [
            (block ^ COUNTER_ONE ^ *self.k1).to_be_bytes(),
            (block ^ COUNTER_TWO ^ *self.k1).to_be_bytes(),
        ];
        self.aes.encrypt_blocks(Block::cast_slice_from_core_mut(&mut **key));
        Some(iv)
    }
}

/// Doubling in GF(2^128) as CMAC does it, without a branch on the secret (SP 800-38B, 6.1).
const fn double(l: u128) -> u128 {
    (l << 1) ^ ((l >> 127).wrapping_mul(0x87))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wycheproof_tests;
