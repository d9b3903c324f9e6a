//! Cookies written from the specification alone: section 3 of the format over public crates, with
//! nothing of the library but a key's text.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use xaes_256_gcm::{Xaes256Gcm, aead::AeadInOut};

/// What goes into a token.
pub(crate) struct Token {
    pub(crate) key: String,
    pub(crate) app: &'static str,
    pub(crate) name: &'static str,
    pub(crate) bind: &'static [u8],
    pub(crate) flags: u8,
    pub(crate) created: u64,
    pub(crate) age: u32,
    pub(crate) life_idle: Option<(u32, u32)>,
    pub(crate) claims: Vec<u8>,
    pub(crate) body: Vec<u8>,
    /// Bytes after the marker, beyond what the length needs.
    pub(crate) padding: usize,
}

pub(crate) const SID: [u8; 16] = *b"sixteen byte sid";

impl Token {
    pub(crate) fn new(key: &str, created: u64, body: &[u8]) -> Self {
        Self {
            key: key.to_owned(),
            app: "shop",
            name: "id",
            bind: b"",
            flags: 0,
            created,
            age: 0,
            life_idle: None,
            claims: vec![],
            body: body.to_vec(),
            padding: 0,
        }
    }

    pub(crate) fn encrypted(&self) -> String {
        let head = self.head(0x11);
        let key = self.derived(b"enc\0");
        let nonce = [0x5a; 24];
        let (payload, bound) = (self.payload(0), self.bound(&head));
        let cipher = Xaes256Gcm::new(&key.into());
        let mut sealed = payload;
        let tag =
            cipher.encrypt_inout_detached(&nonce.into(), &bound, sealed.as_mut_slice().into());
        sealed.extend(tag.expect("a small message"));
        BASE64_URL_SAFE_NO_PAD.encode([&head[..], &nonce, &sealed].concat())
    }

    pub(crate) fn signed(&self) -> String {
        let head = self.head(0x49);
        let payload = self.payload(2);
        let mac = hmac(&self.derived(b"sign\0"), &[&self.bound(&head), &payload]);
        BASE64_URL_SAFE_NO_PAD.encode([&head[..], &payload, &mac].concat())
    }

    fn root(&self) -> [u8; 32] {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&self.key[4..]).expect("base64url");
        hmac(b"cloakroom.v1 root", &[&bytes[..32]])
    }

    fn derived(&self, label: &[u8]) -> [u8; 32] {
        let part = |text: &str| {
            let len = u16::try_from(text.len()).expect("short").to_be_bytes();
            [&len[..], text.as_bytes()].concat()
        };
        hmac(&self.root(), &[label, &part(self.app), &part(self.name), &[1]])
    }

    fn head(&self, version: u8) -> Vec<u8> {
        let kid = hmac(&self.root(), &[b"kid\0\x01"]);
        [&[version], &kid[..4]].concat()
    }

    fn bound(&self, head: &[u8]) -> Vec<u8> {
        let len = u32::try_from(self.bind.len()).expect("short").to_be_bytes();
        [head, &len, self.bind].concat()
    }

    /// The payload, padded until its length leaves this rest when divided by three.
    fn payload(&self, rest: usize) -> Vec<u8> {
        let mut payload = vec![self.flags];
        payload.extend(SID);
        payload.extend(&self.created.to_be_bytes()[3..]);
        payload.extend(self.age.to_be_bytes());
        if let Some((life, idle)) = self.life_idle {
            payload.extend([life.to_be_bytes(), idle.to_be_bytes()].concat());
        }
        if !self.claims.is_empty() {
            payload.extend(u16::try_from(self.claims.len()).expect("short").to_be_bytes());
            payload.extend(&self.claims);
        }
        payload.extend(&self.body);
        payload.push(0x80);
        payload.extend(vec![0; self.padding]);
        while payload.len() % 3 != rest {
            payload.push(0);
        }
        payload
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
