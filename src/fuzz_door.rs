//! A door for attack tests and fuzz targets into functions that are not public.
//!
//! Not part of the interface: nothing here is kept stable. The attacks are in `tests/attacks/`, the
//! fuzz targets and their laws in `fuzz/`.

use alloc::{string::String, vec::Vec};

pub use crate::body::Kind;
use crate::{
    body::Buffer,
    clock::Timestamp,
    codec::{Codec, Opened},
    cookie::CookieConfig,
    envelope::{
        Claims, Protection,
        fit::Draft,
        layout::{Unsealed, Unverified},
        payload::Header,
        protect::{self, Sealer},
        times::{Lifetimes, Times},
    },
    error::{ConfigError, OpenError, SealError},
    keys::Key,
    kid::KeyId,
    limits::{ENCRYPTED_FRAME, SIGNED_FRAME},
    primitives::{
        deflate,
        entropy::{Entropy, EntropyRng},
        kdf::Context,
        xaes::Xaes,
    },
    store::RowKey,
};

// --- cookies --------------------------------------------------------------------------------------

/// The same configuration under another name.
pub fn renamed(config: CookieConfig, name: &str) -> CookieConfig {
    config.renamed(name)
}

// --- tokens ---------------------------------------------------------------------------------------

/// The keys of one cookie in the hands of somebody who seals whatever he likes with them.
pub struct Forge {
    kid: KeyId,
    mode: Protection,
    sealer: Sealer,
}

impl Forge {
    /// Derives what a codec of the same arguments derives.
    pub fn new(key: &Key, mode: Protection, app: &str, name: &str) -> Result<Self, ConfigError> {
        let sealer = Sealer::derive(key, mode, &Context::new(app, name)?)?;
        Ok(Self { kid: key.id(), mode, sealer })
    }

    /// The value of a token around `payload`, which is filled up with zeros as rule 1 asks.
    pub fn seal(
        &self,
        payload: &[u8],
        bind: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<String, SealError> {
        let frame = match self.mode {
            Protection::Encrypted => ENCRYPTED_FRAME,
            Protection::Signed => SIGNED_FRAME,
        };
        let mut payload = payload.to_vec();
        while !payload.len().saturating_add(frame).is_multiple_of(3) {
            payload.push(0);
        }
        let write = |out: &mut Buffer| {
            out.extend(&payload);
            Ok(())
        };
        let unsealed = Unsealed::new(self.mode, self.kid, payload.len(), write)?;
        let token = self.sealer.seal(unsealed, bind, &mut EntropyRng::new(entropy))?;
        token.into_text().ok_or(SealError::Value)
    }

    /// The payload of a value that these keys sealed.
    pub fn payload(&self, value: &[u8], bind: &[u8]) -> Option<Vec<u8>> {
        let unverified = Unverified::parse(value, self.mode).ok()?;
        let (verified, _) = protect::open(unverified, bind, core::iter::once(&self.sealer)).ok()?;
        Some(verified.payload().to_vec())
    }
}

/// A session with every field of its header, as no public function lets one write it.
#[derive(Clone, Debug)]
pub struct Whole {
    pub sid: [u8; 16],
    pub created: u64,
    pub issued: u64,
    pub life: u32,
    pub idle: u32,
    pub browser: bool,
    pub kind: Kind,
    pub claims: Claims,
    pub body: Vec<u8>,
}

impl Whole {
    /// Seals it, in a `Set-Cookie` line with `overhead` bytes around the value.
    pub fn seal(
        &self,
        codec: &Codec,
        bind: &[u8],
        overhead: usize,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<String, SealError> {
        let times = Times {
            created: Timestamp::from_unix(self.created),
            issued: Timestamp::from_unix(self.issued),
            lifetimes: Lifetimes { life: self.life, idle: self.idle },
        };
        let header = Header {
            sid: self.sid,
            times,
            browser: self.browser,
            kind: self.kind,
            claims: self.claims.clone(),
        };
        let body = Buffer::from(self.body.clone());
        let draft = Draft { header: &header, body: &body, bind, overhead };
        codec.seal(&draft, now, &mut EntropyRng::new(entropy)).map(|sealed| sealed.value)
    }
}

// --- records --------------------------------------------------------------------------------------

/// The same codec with the records of an application label and cookie name, and with those of each
/// label that is also opened until a date.
pub fn with_records(
    codec: Codec,
    app: &str,
    name: &str,
    also: &[(&str, Timestamp)],
) -> Result<Codec, ConfigError> {
    codec.with_records(app, name, also.iter().map(|&(app, until)| (app, name, until)))
}

/// The session of this cookie as its record has it.
pub fn with_record(
    codec: &Codec,
    cookie: Opened,
    record: &[u8],
    now: Timestamp,
) -> Result<Opened, OpenError> {
    let sid = cookie.expose_id();
    let record = codec.open_record(RowKey::of(&sid).as_bytes(), &sid, record, now)?;
    cookie.with_record(record, now)
}

/// The record of a session that was opened, sealed when its cookie was.
pub fn seal_record(
    codec: &Codec,
    opened: &Opened,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let key = RowKey::of(&opened.expose_id());
    let rng = &mut EntropyRng::new(entropy);
    codec.seal_record(key.as_bytes(), &opened.header, &opened.body, opened.issued(), rng)
}

// --- foreign cookies ------------------------------------------------------------------------------

/// HMAC-SHA1 over `text`.
#[cfg(feature = "import")]
pub fn hmac_sha1(key: &[u8], text: &[u8]) -> [u8; 20] {
    crate::primitives::mac_sha1::MacSha1Key::new(key).tag(&[text])
}

/// `bytes` in base64url.
#[cfg(feature = "import")]
pub fn base64url(bytes: &[u8]) -> String {
    crate::primitives::base64url::encode(bytes)
}

// --- the quarry -----------------------------------------------------------------------------------

/// `body` in raw DEFLATE, if that is shorter.
pub fn deflate(body: &[u8]) -> Option<Vec<u8>> {
    deflate::deflate(body)
}

/// What a raw DEFLATE stream stands for, within the limit of the format.
pub fn inflate(stream: &[u8]) -> Option<Vec<u8>> {
    deflate::inflate(stream).map(|body| body.to_vec())
}

/// Encrypts `text` where it stands and returns its tag.
pub fn xaes_seal(
    key: &[u8; 32],
    nonce: &[u8; 24],
    aad: &[u8],
    text: &mut [u8],
) -> Option<[u8; 16]> {
    Xaes::new(key).seal(nonce, aad, text)
}

/// Decrypts `text` where it stands; whether the tag fitted.
pub fn xaes_open(
    key: &[u8; 32],
    nonce: &[u8; 24],
    aad: &[u8],
    text: &mut [u8],
    tag: &[u8; 16],
) -> bool {
    Xaes::new(key).open(nonce, aad, text, tag)
}
