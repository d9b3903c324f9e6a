//! AES-256-CBC with PKCS #7 padding, to open what others have sealed, **behind a verified MAC**.
//!
//! Without one in front, whoever learns that the padding is wrong decrypts any text. Every caller
//! verifies HMAC-SHA256 over the whole text first.

use alloc::vec::Vec;

use aes::Aes256;
use cbc::{
    Decryptor,
    cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7},
};
use zeroize::Zeroizing;

use crate::limits::KEY_LEN;

/// Bytes of a block, and so of an IV.
pub(crate) const BLOCK_LEN: usize = 16;

/// What `sealed` stands for; `None` if it is not whole blocks with padding.
pub(crate) fn open(
    key: &[u8; KEY_LEN],
    iv: &[u8; BLOCK_LEN],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(sealed.to_vec());
    let cipher = Decryptor::<Aes256>::new(key.into(), iv.into());
    let len = cipher.decrypt_padded::<Pkcs7>(&mut text).ok()?.len();
    text.truncate(len);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::testing::unhex;

    #[test]
    fn the_first_block_of_the_standards_vector_comes_out_and_padding_goes() {
        // SP 800-38A, F.2.6, with a second block of padding, made with OpenSSL.
        let key: [u8; 32] =
            unhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
                .try_into()
                .unwrap();
        let iv: [u8; 16] = unhex("000102030405060708090a0b0c0d0e0f").try_into().unwrap();
        let block = unhex("f58c4c04d6e5f1ba779eabfb5f7bfbd6");
        let padding = unhex("485a5c81519cf378fa36d42b8547edc0");
        let sealed = [block.clone(), padding].concat();
        let text = open(&key, &iv, &sealed).unwrap();
        assert_eq!(text.as_slice(), unhex("6bc1bee22e409f96e93d7e117393172a"));
        assert!(open(&key, &iv, &block).is_none());
        assert!(open(&key, &iv, &sealed[..31]).is_none());
        assert!(open(&key, &iv, b"").is_none());
    }
}
