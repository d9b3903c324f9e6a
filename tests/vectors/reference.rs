//! A writer of the format from its specification alone, beside the crate's own: it seals whatever
//! it is given, also what no writer may write.
//!
//! HMAC, SHA-256 and base64 are the crates that cloakroom stands on; XAES is another
//! implementation than ours.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cloakroom::Protection;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use xaes_256_gcm::{Xaes256Gcm, aead::AeadInOut};

/// The keys of section 2, for one master key, application and cookie name.
#[derive(Clone)]
pub struct Keys {
    pub prk: [u8; 32],
    pub kid: [u8; 4],
    pub enc: [u8; 32],
    pub nonce: [u8; 32],
    pub sign: [u8; 32],
    pub ctx: Vec<u8>,
}

impl Keys {
    pub fn derive(master: &[u8; 32], app: &str, name: &str) -> Self {
        let prk = hmac(b"cloakroom.v1 root", &[master]);
        let ctx = ctx(app, name);
        let key = |label: &str| hmac(&prk, &[label.as_bytes(), &[0], &ctx, &[1]]);
        let kid = *hmac(&prk, &[b"kid", &[0], &[1]]).first_chunk().unwrap();
        let (enc, nonce, sign) = (key("enc"), key("nonce"), key("sign"));
        Self { prk, kid, enc, nonce, sign, ctx }
    }

    /// `A` of section 1.
    pub fn context(&self, mode: Protection, bind: &[u8]) -> Vec<u8> {
        let len = u32::try_from(bind.len()).unwrap();
        [&[version(mode)][..], &self.kid, &len.to_be_bytes(), bind].concat()
    }

    /// `N` of section 1.
    pub fn hedged(&self, r: &[u8; 32], context: &[u8], payload: &[u8]) -> [u8; 24] {
        *hmac(&self.nonce, &[r, context, payload]).first_chunk().unwrap()
    }

    /// A token as a writer makes it. `payload` is filled up as rule 1 asks; the others are not
    /// checked.
    pub fn token(&self, mode: Protection, r: &[u8; 32], bind: &[u8], payload: &[u8]) -> Vec<u8> {
        let (payload, context) = (filled(mode, payload), self.context(mode, bind));
        match mode {
            Protection::Encrypted => {
                let nonce = self.hedged(r, &context, &payload);
                self.encrypted(&nonce, &context, &payload)
            }
            Protection::Signed => self.signed(&context, &payload),
        }
    }

    /// An encrypted token with this nonce, whose tag is over this context.
    pub fn encrypted(&self, nonce: &[u8; 24], context: &[u8], payload: &[u8]) -> Vec<u8> {
        [&self.head(Protection::Encrypted)[..], &xaes(&self.enc, nonce, context, payload)].concat()
    }

    /// `K_row` of section 10.
    pub fn row(&self, sid: &[u8; 16]) -> [u8; 32] {
        hmac(&self.prk, &[b"row", &[0], &self.ctx, sid, &[1]])
    }

    /// A record as a writer makes it: its payload is filled up as that of an encrypted token.
    pub fn record(&self, r: &[u8; 32], sid: &[u8; 16], payload: &[u8]) -> Vec<u8> {
        self.record_of(r, sid, &filled(Protection::Encrypted, payload))
    }

    /// A record around the payload as it is.
    pub fn record_of(&self, r: &[u8; 32], sid: &[u8; 16], payload: &[u8]) -> Vec<u8> {
        let a = record_context(&row_key(sid), RECORD, &self.kid);
        self.sealed_record(&self.row(sid), &self.hedged(r, &a, payload), &a, payload)
    }

    /// A record under this key with this nonce, whose tag is over this context.
    pub fn sealed_record(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 24],
        context: &[u8],
        payload: &[u8],
    ) -> Vec<u8> {
        [&[RECORD][..], &self.kid, &xaes(key, nonce, context, payload)].concat()
    }

    /// A signed token whose tag is over this context.
    pub fn signed(&self, context: &[u8], payload: &[u8]) -> Vec<u8> {
        let mac = hmac(&self.sign, &[context, payload]);
        [&self.head(Protection::Signed)[..], payload, &mac].concat()
    }

    fn head(&self, mode: Protection) -> Vec<u8> {
        [&[version(mode)][..], &self.kid].concat()
    }
}

/// The first byte of a record.
pub const RECORD: u8 = 0x21;

/// The row key of section 10.
pub fn row_key(sid: &[u8; 16]) -> [u8; 32] {
    sha256(&[b"cloakroom store v1", sid])
}

/// `A` of section 10.
pub fn record_context(row_key: &[u8], version: u8, kid: &[u8; 4]) -> Vec<u8> {
    [row_key, &[version], kid].concat()
}

/// `ctx` of section 2.
pub fn ctx(app: &str, name: &str) -> Vec<u8> {
    let labels = [app, name].map(|label| {
        let len = u16::try_from(label.len()).unwrap();
        [&len.to_be_bytes(), label.as_bytes()].concat()
    });
    labels.concat()
}

/// The text of a key, section 2.
pub fn key_text(master: &[u8; 32]) -> String {
    let check = sha256(&[b"cloakroom.v1 key text", master]);
    to_text(&[&master[..], &check[..4]].concat(), "ck1_")
}

/// A cookie's value.
pub fn value(token: &[u8]) -> Vec<u8> {
    to_text(token, "").into_bytes()
}

/// A payload with the zeros that rule 1 asks for.
pub fn filled(mode: Protection, payload: &[u8]) -> Vec<u8> {
    let rest = if mode == Protection::Encrypted { 0 } else { 2 };
    let mut payload = payload.to_vec();
    while payload.len() % 3 != rest {
        payload.push(0);
    }
    payload
}

pub fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// `N | C | T`.
fn xaes(key: &[u8; 32], nonce: &[u8; 24], context: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut text = payload.to_vec();
    let tag = Xaes256Gcm::new(&(*key).into())
        .encrypt_inout_detached(&(*nonce).into(), context, text.as_mut_slice().into())
        .unwrap();
    [&nonce[..], &text, &tag].concat()
}

fn version(mode: Protection) -> u8 {
    match mode {
        Protection::Encrypted => 0x11,
        Protection::Signed => 0x49,
    }
}

fn to_text(bytes: &[u8], prefix: &str) -> String {
    let mut text = prefix.to_owned();
    BASE64_URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    text
}

// --- payloads ---------------------------------------------------------------------------------------

/// A session part by part, as section 3 lays it out.
#[derive(Clone, Debug)]
pub struct Session {
    pub sid: [u8; 16],
    pub created: u64,
    pub age: u32,
    /// `life` and `idle`.
    pub own: Option<(u32, u32)>,
    pub browser: bool,
    /// 0 typed, 1 Values, 2 stored.
    pub kind: u8,
    /// The claims as they stand in the payload.
    pub claims: Vec<u8>,
    /// The body, inflated.
    pub body: Vec<u8>,
    /// The body in raw DEFLATE, where it is written so.
    pub stream: Option<Vec<u8>>,
    /// Zeros behind the marker beyond those that rule 1 asks for.
    pub extra: usize,
}

impl Session {
    /// The payload without the zeros that rule 1 asks for.
    pub fn payload(&self) -> Vec<u8> {
        let mut payload = self.header();
        payload.extend(self.stream.as_ref().unwrap_or(&self.body));
        payload.push(0x80);
        payload.extend(vec![0; self.extra]);
        payload
    }

    /// What stands before the body.
    pub fn header(&self) -> Vec<u8> {
        let mut header = vec![self.flags()];
        header.extend(self.sid);
        header.extend(&self.created.to_be_bytes()[3..]);
        header.extend(self.age.to_be_bytes());
        if let Some((life, idle)) = self.own {
            header.extend([life, idle].map(u32::to_be_bytes).concat());
        }
        if !self.claims.is_empty() {
            header.extend(u16::try_from(self.claims.len()).unwrap().to_be_bytes());
            header.extend(&self.claims);
        }
        header
    }

    fn flags(&self) -> u8 {
        u8::from(self.stream.is_some())
            | u8::from(self.own.is_some()) << 2
            | u8::from(self.browser) << 3
            | self.kind << 4
            | u8::from(!self.claims.is_empty()) << 6
    }
}

/// One claim.
pub fn claim(tag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

/// Raw DEFLATE that compresses nothing: stored blocks of at most `most` bytes.
pub fn stored_blocks(body: &[u8], most: usize) -> Vec<u8> {
    let last = body.len().div_ceil(most);
    let mut stream = Vec::new();
    for (nth, block) in body.chunks(most).enumerate() {
        let len = u16::try_from(block.len()).unwrap();
        stream.push(u8::from(nth + 1 == last));
        stream.extend([len.to_le_bytes(), (!len).to_le_bytes()].concat());
        stream.extend(block);
    }
    stream
}

/// The shape that these events of section 7 give.
pub fn shape(events: &[u8]) -> [u8; 4] {
    let step = |state: u64, byte: &u8| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let state = events.iter().fold(0xcbf2_9ce4_8422_2325, step);
    *state.to_be_bytes().last_chunk().unwrap()
}
