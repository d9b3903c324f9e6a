//! Cookies of cookie-session: nothing opens but what was signed; what was signed is read as far as
//! it goes.
//!
//! Input: a byte; even: value, `|`, signature; odd: a value, signed with the right key.

use cloakroom::{
    __fuzz::{base64url, hmac_sha1},
    import::{ImportError, express::Sessions},
};

use super::import_json::stands;

const KEY: &str = "a key of the site";

pub fn run(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let sessions = Sessions::new(KEY).unwrap();
    if first % 2 == 0 {
        let mut halves = rest.splitn(2, |byte| *byte == b'|');
        let (value, signature) = (halves.next().unwrap(), halves.next().unwrap_or_default());
        let refused = sessions.open("session", value, signature).err();
        assert_eq!(refused, Some(ImportError::BadSignature));
        return;
    }
    let signed = [b"session=", rest].concat();
    let signature = base64url(&hmac_sha1(KEY.as_bytes(), &signed));
    match sessions.open("session", rest, signature.as_bytes()) {
        Ok(data) => stands(&data),
        Err(error) => assert_ne!(error, ImportError::BadSignature),
    }
    let other = sessions.open("other", rest, signature.as_bytes());
    assert_eq!(other.err(), Some(ImportError::BadSignature));
}
