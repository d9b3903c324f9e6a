//! Cookies of signed and private jars: nothing opens but what was sealed.
//!
//! Input: the cookie. A genuine one of each kind is in the corpus; a fuzzer makes no other.

use cloakroom::import::{ImportError, cookie_jar::Jar};

/// What the genuine cookies hold.
const KNOWN: [&str; 1] = [r#"Zoë 😀; "a" 100%25"#];

pub fn run(input: &[u8]) {
    let key: Vec<u8> = (0..64).collect();
    let jar = Jar::new(key).unwrap();
    for opened in [jar.open_signed(input), jar.open_private("id", input)] {
        match opened {
            Ok(value) => assert!(KNOWN.contains(&value.as_str())),
            Err(error) => assert_eq!(error, ImportError::BadSignature),
        }
    }
}
