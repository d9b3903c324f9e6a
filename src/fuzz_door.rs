//! A door for attack tests and fuzz targets into functions that are not public.
//!
//! Not part of the interface: nothing here is kept stable. The attacks are in `tests/attacks/`, the
//! fuzz targets and their laws in `fuzz/`.

use alloc::{string::String, vec::Vec};

pub use crate::body::Kind;
use crate::{
    clock::Timestamp,
    codec::Codec,
    cookie::{self, CookieAttributes, CookieConfig, SetCookie},
    envelope::{
        Claims, Protection,
        fit::Draft,
        layout::{self, Unverified},
        payload::Header,
        protect::{self, Sealer},
        times::{Lifetimes, Times},
    },
    error::{ConfigError, SealError},
    keys::Key,
    kid::KeyId,
    limits::{ENCRYPTED_FRAME, SIGNED_FRAME},
    primitives::{
        deflate,
        entropy::{Entropy, EntropyRng},
        kdf::Context,
        xaes::Xaes,
    },
};

// --- cookies --------------------------------------------------------------------------------------

/// The values of the cookies called `name`, and whether there was any.
pub fn candidates<'h>(headers: &[&'h [u8]], name: &str) -> (Vec<&'h [u8]>, bool) {
    let found = cookie::candidates(headers.iter().copied(), name);
    (found.values().to_vec(), found.carried())
}

/// Whether the `Vary` headers already cover `Cookie`.
pub fn vary_has(headers: &[&[u8]]) -> bool {
    cookie::vary_has(headers.iter().copied())
}

/// The line that sets the cookie, or the bytes needed and the limit.
pub fn set_cookie(
    cookie: &CookieAttributes,
    value: &str,
    max_age: Option<u64>,
) -> Result<SetCookie, (usize, usize)> {
    cookie.set(value, max_age).map_err(|error| match error {
        SealError::TooLarge(sizes) => (sizes.needed, sizes.limit),
        _ => (0, 0),
    })
}

/// Bytes of the line that would set the cookie.
pub fn line_len(cookie: &CookieAttributes, value_len: usize, max_age: Option<u64>) -> usize {
    cookie.line_len(value_len, max_age)
}

/// The line that removes the cookie, then one for each previous scope.
pub fn removals(cookie: &CookieAttributes) -> Vec<SetCookie> {
    core::iter::once(cookie.removal()).chain(cookie.previous_removals()).collect()
}

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
        let token = self.sealer.seal(self.kid, bind, &payload, &mut EntropyRng::new(entropy))?;
        Ok(layout::to_text(&token))
    }

    /// The payload of a value that these keys sealed.
    pub fn payload(&self, value: &[u8], bind: &[u8]) -> Option<Vec<u8>> {
        let unverified = Unverified::parse(value, self.mode).ok()?;
        let (verified, _) = protect::open(unverified, bind, &[&self.sealer]).ok()?;
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
        let draft = Draft { header: &header, body: &self.body, bind, overhead };
        codec.seal(&draft, now, &mut EntropyRng::new(entropy)).map(|sealed| sealed.value)
    }
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
