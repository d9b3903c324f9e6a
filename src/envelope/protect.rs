//! The seal itself: the only maker of a [`Verified`] payload, and its inverse.

mod encrypted;
mod signed;

use alloc::boxed::Box;
use core::ops::Range;

use super::layout::{self, Parts, Token, Unsealed, Unverified};
use crate::{
    body::{Buffer, Part},
    error::{ConfigError, OpenError, Rejection, SealError},
    keys::Key,
    kid::KeyId,
    limits::{BIND_MAX, KID_LEN},
    primitives::{entropy::Draw, kdf::Context},
};

/// How a cookie is sealed. The reader's configuration chooses; a token only has to match.
///
/// The default is [`Encrypted`](Self::Encrypted).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protection {
    /// XAES-256-GCM: nobody but the server reads or changes the session.
    #[default]
    Encrypted,
    /// HMAC-SHA256: everybody reads the session, nobody but the server changes it.
    ///
    /// # Security
    ///
    /// The visitor, their browser's extensions and every log of a cookie see the data in the clear.
    Signed,
}

/// The keys of one mode, derived from one master key for one application and cookie name.
pub(crate) struct Sealer(Keys);

enum Keys {
    Encrypted(Box<encrypted::Keys>),
    Signed(signed::Keys),
}

/// A payload whose tag was right: the proof is that this value exists.
pub(crate) struct Verified {
    token: Buffer,
    payload: Range<usize>,
}

impl Verified {
    pub(crate) fn payload(&self) -> &[u8] {
        self.token.get(self.payload.clone()).unwrap_or_default()
    }

    /// The part `at` of the payload, without a copy.
    pub(crate) fn into_part(self, at: Range<usize>) -> Part {
        let place = |offset| self.payload.start.saturating_add(offset);
        let at = place(at.start)..place(at.end);
        Part::new(self.token, at)
    }
}

impl Sealer {
    /// Derives the keys of `mode`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::FeatureOff`] where the mode is compiled out.
    pub(crate) fn derive(
        key: &Key,
        mode: Protection,
        context: &Context,
    ) -> Result<Self, ConfigError> {
        let root = key.root();
        Ok(Self(match mode {
            Protection::Encrypted => Keys::Encrypted(encrypted::Keys::derive(&root, context)?),
            Protection::Signed => Keys::Signed(signed::Keys::derive(&root, context)?),
        }))
    }

    /// Seals the payload where it stands. Signed mode draws nothing.
    ///
    /// # Errors
    ///
    /// [`SealError::BindTooLong`] and [`SealError::Entropy`].
    pub(crate) fn seal(
        &self,
        mut unsealed: Unsealed,
        bind: &[u8],
        rng: &mut impl Draw,
    ) -> Result<Token, SealError> {
        let mode = self.mode();
        let context = Associated::new(mode, unsealed.kid(), bind)?;
        // A token that was laid out for another mode has no key here.
        let parts = unsealed.parts(mode).ok_or(SealError::NoSealingKey)?;
        match (&self.0, parts) {
            (Keys::Encrypted(keys), Parts::Encrypted { nonce, text, tag }) => {
                keys.seal(&context, nonce, text, tag, rng)?;
            }
            (Keys::Signed(keys), Parts::Signed { payload, mac }) => {
                *mac = keys.tag(&context, payload);
            }
            _ => return Err(SealError::NoSealingKey),
        }
        Ok(unsealed.into_token())
    }

    /// Whether the tag fits; then the payload stands in the clear where it was sealed.
    ///
    /// A tag that does not fit leaves every byte as it was, so that another context can try.
    fn check(&self, context: &Associated<'_>, parts: Parts<'_>) -> bool {
        match (&self.0, parts) {
            (Keys::Encrypted(keys), Parts::Encrypted { nonce, text, tag }) => {
                keys.check(context, nonce, text, tag)
            }
            (Keys::Signed(keys), Parts::Signed { payload, mac }) => {
                keys.check(context, payload, mac)
            }
            _ => false,
        }
    }

    const fn mode(&self) -> Protection {
        match &self.0 {
            Keys::Encrypted(_) => Protection::Encrypted,
            Keys::Signed(_) => Protection::Signed,
        }
    }
}

/// Checks the tag under each of `sealers` in turn, all of them derived from the one key that the
/// token names, and gives the payload with the number of the sealer that fitted.
///
/// # Errors
///
/// `forged`, whatever the cause.
pub(crate) fn open<'s>(
    mut unverified: Unverified,
    bind: &[u8],
    sealers: impl Iterator<Item = &'s Sealer>,
) -> Result<(Verified, usize), OpenError> {
    let kid = unverified.kid();
    let forged = OpenError::new(Rejection::Forged, Some(kid));
    for (nth, sealer) in sealers.enumerate() {
        let mode = sealer.mode();
        let context = Associated::new(mode, kid, bind).map_err(|_| forged)?;
        let parts = unverified.parts(mode).ok_or(forged)?;
        if sealer.check(&context, parts) {
            let token = unverified.into_token();
            let (before, after) = layout::frame(mode);
            let payload = before..token.len().saturating_sub(after);
            return Ok((Verified { token, payload }, nth));
        }
    }
    Err(forged)
}

/// `A = version[1] | kid[4] | u32(len bind) | bind`, which the tag covers beside the payload.
struct Associated<'b> {
    head: [u8; 1 + KID_LEN + 4],
    bind: &'b [u8],
}

impl<'b> Associated<'b> {
    fn new(mode: Protection, kid: KeyId, bind: &'b [u8]) -> Result<Self, SealError> {
        let len = bind.len();
        let too_long = SealError::BindTooLong { len };
        if len > BIND_MAX {
            return Err(too_long);
        }
        let [a, b, c, d] = kid.to_bytes();
        let [e, f, g, h] = u32::try_from(len).map_err(|_| too_long)?.to_be_bytes();
        Ok(Self { head: [mode.version(), a, b, c, d, e, f, g, h], bind })
    }
}
