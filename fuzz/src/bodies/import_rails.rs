//! Cookies of Rails, encrypted and signed: nothing opens but what was sealed.
//!
//! Input: the cookie. A genuine one of each kind is in the corpus; a fuzzer makes no other.

use std::sync::OnceLock;

use cloakroom::{
    Timestamp,
    import::{
        ImportError,
        rails::{Cookies, Digest},
    },
};

/// What the genuine cookies hold.
const KNOWN: [&str; 1] =
    [r#"{"user_id":7,"name":"Zo\u00eb","emoji":"\ud83d\ude00","f":1.5,"n":null,"html":"<&>"}"#];

pub fn run(input: &[u8]) {
    // PBKDF2 is slow enough to be done once.
    static COOKIES: OnceLock<Cookies> = OnceLock::new();
    let make = || Cookies::new("the secret key base of the site", Digest::Sha1).unwrap();
    let cookies = COOKIES.get_or_init(make);
    let (name, now) = ("_shop_session", Timestamp::from_unix(1_790_000_000));
    for opened in [cookies.open_encrypted(name, input, now), cookies.open_signed(name, input, now)]
    {
        match opened {
            Ok(data) => assert!(KNOWN.contains(&data.root().to_python().as_str())),
            Err(error) => assert_eq!(error, ImportError::BadSignature),
        }
    }
}
