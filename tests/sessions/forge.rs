//! Signed tokens made by hand, from the specification alone: what a writer with the key could
//! send and this crate would never write.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::support::{APP, NAME};

/// Flags of a payload.
pub(crate) const BROWSER: u8 = 0x08;
pub(crate) const STORED: u8 = 0x20;

/// `flags | sid | created | age`.
pub(crate) fn header(flags: u8, created: u64, age: u32) -> Vec<u8> {
    let mut payload = vec![flags];
    payload.extend([0x5a; 16]);
    payload.extend(&created.to_be_bytes()[3..]);
    payload.extend(age.to_be_bytes());
    payload
}

/// The payload with an end marker and the padding that signed mode asks for.
pub(crate) fn padded(mut payload: Vec<u8>) -> Vec<u8> {
    payload.push(0x80);
    while payload.len() % 3 != 2 {
        payload.push(0);
    }
    payload
}

/// The signed token around `payload` under the key that `text` spells, for the usual cookie.
pub(crate) fn signed(text: &str, payload: &[u8]) -> String {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix("ck1_").unwrap()).unwrap();
    let prk = hmac(b"cloakroom.v1 root", &[&bytes[..32]]);
    let kid = hmac(&prk, &[b"kid\0", &[1]]);
    let (app, name) = (APP.as_bytes(), NAME.as_bytes());
    let (app_len, name_len) = ([0, app.len() as u8], [0, name.len() as u8]);
    let key = hmac(&prk, &[b"sign\0", &app_len, app, &name_len, name, &[1]]);

    let mut token = vec![0x49];
    token.extend(&kid[..4]);
    let mac = hmac(&key, &[&token, &[0; 4], payload]);
    token.extend(payload);
    token.extend(mac);
    BASE64_URL_SAFE_NO_PAD.encode(token)
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
