//! The outermost layer: text to bytes, and bytes to their named parts. No crypto.

use alloc::string::String;

use super::protect::Protection;
use crate::{
    body::Buffer,
    error::{OpenError, Rejection, SealError},
    kid::KeyId,
    limits::{
        ENCRYPTED_CHARS_MIN, ENCRYPTED_FRAME, KID_LEN, MAC_LEN, NONCE_LEN, SIGNED_CHARS_MIN,
        SIGNED_FRAME, TAG_LEN, VALUE_CHARS_MAX,
    },
    primitives::base64url,
};

/// The version byte of an encrypted token; its value starts with `E`.
pub(crate) const ENCRYPTED: u8 = 0x11;
/// The version byte of a signed token; its value starts with `S`.
pub(crate) const SIGNED: u8 = 0x49;

/// A token taken out of its text, whose tag nobody has looked at yet.
///
/// It owns the token's bytes and gives out the key id alone. Everything else in it goes to
/// [`protect::open`](super::protect::open) and nowhere else.
pub(crate) struct Unverified {
    token: Buffer,
    kid: KeyId,
}

/// A token in the making, whose payload nobody has sealed yet.
///
/// It stands at the end of a buffer of the length of its text, which is then written over it from the
/// front: the payload is in one place from the first byte to the seal, and the value is the only
/// allocation.
pub(crate) struct Unsealed {
    buffer: Buffer,
    /// Where the token begins.
    start: usize,
    kid: KeyId,
}

/// A finished token.
pub(crate) struct Token {
    buffer: Buffer,
    start: usize,
}

/// The parts of a token as ranges of one buffer, for sealing and for opening.
pub(super) enum Parts<'t> {
    /// `11 | kid[4] | N[24] | C[n] | T[16]`
    Encrypted { nonce: &'t mut [u8; NONCE_LEN], text: &'t mut [u8], tag: &'t mut [u8; TAG_LEN] },
    /// `49 | kid[4] | P[n] | MAC[32]`
    Signed { payload: &'t mut [u8], mac: &'t mut [u8; MAC_LEN] },
}

impl Unverified {
    /// Steps 1 to 3 of opening: length, base64url, version.
    pub(crate) fn parse(value: &[u8], mode: Protection) -> Result<Self, OpenError> {
        let refused = |reason| Err(OpenError::new(reason, None));
        if value.len() < mode.chars_min()
            || value.len() > VALUE_CHARS_MAX
            || !value.len().is_multiple_of(4)
        {
            return refused(Rejection::Length);
        }
        let mut token = Buffer::default();
        // Four characters stand for three bytes.
        let len = value.len().saturating_sub(value.len() / 4);
        if token.fill(len, |bytes| base64url::decode_into(value, bytes)).is_none() {
            return refused(Rejection::Encoding);
        }
        match token.split_first_chunk::<{ 1 + KID_LEN }>() {
            Some((&[version, a, b, c, d], _)) if version == mode.version() => {
                Ok(Self { kid: KeyId([a, b, c, d]), token })
            }
            _ => refused(Rejection::Version),
        }
    }

    pub(crate) fn kid(&self) -> KeyId {
        self.kid
    }

    /// The token cut into its parts; `None` where it is too short for its mode, which
    /// [`parse`](Self::parse) has ruled out.
    pub(super) fn parts(&mut self, mode: Protection) -> Option<Parts<'_>> {
        parts(self.token.as_mut_slice(), mode)
    }

    /// The buffer, once it holds a payload whose tag was right.
    pub(super) fn into_token(self) -> Buffer {
        self.token
    }
}

impl Unsealed {
    /// A token of `mode` that names the key `kid`, around what `write` appends: `payload` bytes, a
    /// length that fits rule 1.
    ///
    /// # Errors
    ///
    /// That of `write`.
    pub(crate) fn new(
        mode: Protection,
        kid: KeyId,
        payload: usize,
        write: impl FnOnce(&mut Buffer) -> Result<(), SealError>,
    ) -> Result<Self, SealError> {
        let (before, after) = frame(mode);
        let chars = value_len(mode, payload);
        // Four characters take the place of three bytes.
        let start = chars / 4;
        let mut buffer = Buffer::with_capacity(chars);
        buffer.extend_zeros(start);
        buffer.push(mode.version());
        buffer.extend(&kid.to_bytes());
        buffer.extend_zeros(before.saturating_sub(1 + KID_LEN));
        write(&mut buffer)?;
        buffer.extend_zeros(after);
        Ok(Self { buffer, start, kid })
    }

    pub(super) fn kid(&self) -> KeyId {
        self.kid
    }

    /// The token cut into its parts; nonce and tag are zeros.
    pub(super) fn parts(&mut self, mode: Protection) -> Option<Parts<'_>> {
        parts(self.buffer.as_mut_slice().get_mut(self.start..)?, mode)
    }

    /// The token, once it is sealed.
    pub(super) fn into_token(self) -> Token {
        Token { buffer: self.buffer, start: self.start }
    }
}

impl Token {
    /// The cookie value. Never `None`: there is room for it.
    pub(crate) fn into_text(self) -> Option<String> {
        base64url::encode_over(self.buffer.into_vec(), self.start)
    }
}

fn parts(token: &mut [u8], mode: Protection) -> Option<Parts<'_>> {
    let (_, rest) = token.split_first_chunk_mut::<{ 1 + KID_LEN }>()?;
    Some(match mode {
        Protection::Encrypted => {
            let (nonce, rest) = rest.split_first_chunk_mut::<NONCE_LEN>()?;
            let (text, tag) = rest.split_last_chunk_mut::<TAG_LEN>()?;
            Parts::Encrypted { nonce, text, tag }
        }
        Protection::Signed => {
            let (payload, mac) = rest.split_last_chunk_mut::<MAC_LEN>()?;
            Parts::Signed { payload, mac }
        }
    })
}

/// Bytes before the payload and after it.
pub(super) const fn frame(mode: Protection) -> (usize, usize) {
    match mode {
        Protection::Encrypted => (ENCRYPTED_FRAME - TAG_LEN, TAG_LEN),
        Protection::Signed => (SIGNED_FRAME - MAC_LEN, MAC_LEN),
    }
}

/// Characters of the value of a token around `payload` bytes, whose length already fits rule 1.
pub(crate) const fn value_len(mode: Protection, payload: usize) -> usize {
    let (before, after) = frame(mode);
    payload.saturating_add(before).saturating_add(after).div_ceil(3).saturating_mul(4)
}

impl Protection {
    pub(crate) const fn version(self) -> u8 {
        match self {
            Self::Encrypted => ENCRYPTED,
            Self::Signed => SIGNED,
        }
    }

    const fn chars_min(self) -> usize {
        match self {
            Self::Encrypted => ENCRYPTED_CHARS_MIN,
            Self::Signed => SIGNED_CHARS_MIN,
        }
    }
}

/// The public parts of a cookie value and their sizes in bytes, for showing to people.
///
/// It is read without a key and proves nothing: whoever sent the value wrote these bytes.
///
/// ```
/// use cloakroom::{Anatomy, Protection};
///
/// let value = "EQAAAAAA".repeat(12);
/// let parts = Anatomy::of(value.as_bytes(), Protection::Encrypted).unwrap();
/// assert_eq!((parts.nonce, parts.payload, parts.tag), (24, 27, 16));
/// assert!(Anatomy::of(b"EQAA", Protection::Encrypted).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Anatomy {
    /// The key id it names.
    pub kid: KeyId,
    /// Bytes of the nonce: 24 encrypted, 0 signed.
    pub nonce: usize,
    /// Bytes of the payload, sealed or in the clear.
    pub payload: usize,
    /// Bytes of the tag: 16 encrypted, 32 signed.
    pub tag: usize,
    /// Characters of the whole value.
    pub chars: usize,
}

impl Anatomy {
    /// Takes `value` apart as a token of `mode`.
    ///
    /// # Errors
    ///
    /// The first three reasons of opening: `length`, `encoding`, `version`.
    pub fn of(value: &[u8], mode: Protection) -> Result<Self, OpenError> {
        let unverified = Unverified::parse(value, mode)?;
        let (before, tag) = frame(mode);
        Ok(Self {
            kid: unverified.kid(),
            nonce: before.saturating_sub(1 + KID_LEN),
            payload: unverified.token.len().saturating_sub(before).saturating_sub(tag),
            tag,
            chars: value.len(),
        })
    }
}
