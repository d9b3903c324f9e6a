//! Flask's cookies: nothing opens but what was signed; what was signed is read as far as it goes.
//!
//! Input: a byte; even: a cookie; odd: `payload.time`, signed with the right key.

use cloakroom::{
    __fuzz::{base64url, hmac_sha1},
    Timestamp,
    import::{ImportError, flask::Sessions},
};

use super::import_json::stands;

const SECRET: &str = "the secret key of the site";

pub fn run(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let sessions = Sessions::new(SECRET).unwrap();
    let now = Timestamp::from_unix(1_790_000_000);
    if first % 2 == 0 {
        assert_eq!(sessions.open(rest, now).err(), Some(ImportError::BadSignature));
        return;
    }
    let key = hmac_sha1(SECRET.as_bytes(), b"cookie-session");
    let signature = base64url(&hmac_sha1(&key, rest));
    let cookie = [rest, b".", signature.as_bytes()].concat();
    match sessions.open(&cookie, now) {
        Ok(data) => stands(&data),
        Err(error) => assert!(!matches!(error, ImportError::BadSignature | ImportError::TooLong)),
    }
}
