//! Cookies of Laravel under both ciphers: nothing opens but what was sealed.
//!
//! Input: the cookie. A genuine one of each kind is in the corpus; a fuzzer makes no other.

use cloakroom::import::{
    ImportError,
    laravel::{Cipher, Cookies},
};

/// What the genuine cookies hold.
const KNOWN: [&str; 1] = [r#"aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3x"#];

pub fn run(input: &[u8]) {
    for cipher in [Cipher::Cbc, Cipher::Gcm] {
        let cookies =
            Cookies::new(cipher, "base64:bmV3IGtleSBuZXcga2V5IG5ldyBrZXkgbmV3IGtleSA=").unwrap();
        match cookies.open("laravel_session", input) {
            Ok(value) => assert!(KNOWN.contains(&value.as_str())),
            Err(error) => assert_eq!(error, ImportError::BadSignature),
        }
    }
}
