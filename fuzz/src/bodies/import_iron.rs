//! Seals of iron-session: nothing opens but what was sealed.
//!
//! Input: the cookie. A genuine one of each kind is in the corpus; a fuzzer makes no other.

use cloakroom::{
    Timestamp,
    import::{ImportError, iron::Sessions},
};

/// What the genuine cookies hold.
const KNOWN: [&str; 1] =
    [r#"{"user":7,"name":"Zo\u00eb","emoji":"\ud83d\ude00","f":1.5,"n":null}"#];

pub fn run(input: &[u8]) {
    let sessions = Sessions::new("the first password of the site, long enough").unwrap();
    match sessions.open(input, Timestamp::from_unix(1_790_000_000)) {
        Ok(data) => assert!(KNOWN.contains(&data.root().to_python().as_str())),
        // The version behind the seal is the one part that no MAC covers.
        Err(error) => {
            assert!(matches!(error, ImportError::BadSignature | ImportError::Shape), "{error}");
        }
    }
}
