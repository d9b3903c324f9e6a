//! What a sealed session cannot do without, by itself and with nothing around it.

use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::{Array, BlockCipherEncrypt, KeyInit as _};
use aes_gcm::{AeadInOut, Aes256Gcm};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// XAES-256-GCM in place under a key that is expanded already.
pub struct Xaes {
    aes: Aes256,
    k1: [u8; 16],
}

impl Xaes {
    pub fn new(key: &[u8; 32]) -> Self {
        // K1 is as good as any other 16 bytes here: no figure depends on it.
        Self { aes: Aes256::new(key.into()), k1: [7; 16] }
    }

    pub fn seal(&self, nonce: &[u8; 24], aad: &[u8], text: &mut [u8]) -> [u8; 16] {
        let (half, iv) = nonce.split_at(12);
        let tag = self.cipher(half).encrypt_inout_detached(
            iv.try_into().expect("12 bytes"),
            aad,
            text.into(),
        );
        tag.expect("a short text").into()
    }

    pub fn open(&self, nonce: &[u8; 24], aad: &[u8], text: &mut [u8], tag: &[u8; 16]) -> bool {
        let (half, iv) = nonce.split_at(12);
        let iv = iv.try_into().expect("12 bytes");
        self.cipher(half).decrypt_inout_detached(iv, aad, text.into(), tag.into()).is_ok()
    }

    fn cipher(&self, half: &[u8]) -> Aes256Gcm {
        let mut blocks = [Array::from([0, 1, b'X', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]); 2];
        for (nth, block) in (1..).zip(&mut blocks) {
            block[1] = nth;
            block[4..].copy_from_slice(half);
            block.iter_mut().zip(self.k1).for_each(|(byte, k1)| *byte ^= k1);
        }
        self.aes.encrypt_blocks(&mut blocks);
        let mut key = [0; 32];
        key.chunks_mut(16).zip(&blocks).for_each(|(to, from)| to.copy_from_slice(from));
        Aes256Gcm::new(&key.into())
    }
}

/// HMAC-SHA256 under a key whose pads are hashed already.
pub struct Hasher(Hmac<Sha256>);

impl Hasher {
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("any length"))
    }

    pub fn tag(&self, text: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(text);
        mac.finalize().into_bytes().into()
    }
}

/// Base64url of `bytes` into `text`; the characters written.
pub fn encode(bytes: &[u8], text: &mut [u8]) -> usize {
    BASE64_URL_SAFE_NO_PAD.encode_slice(bytes, text).expect("room")
}

/// The bytes of `text` into `bytes`; how many.
pub fn decode(text: &[u8], bytes: &mut [u8]) -> usize {
    BASE64_URL_SAFE_NO_PAD.decode_slice(text, bytes).expect("base64url")
}
