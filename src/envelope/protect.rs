//! The seal itself: the only maker of a [`Verified`] payload, and its inverse.

mod encrypted;
mod signed;

use alloc::{boxed::Box, vec::Vec};
use core::ops::Range;

use zeroize::Zeroizing;

use super::layout::{self, Parts, Unverified};
use crate::{
    error::{ConfigError, OpenError, Rejection, SealError},
    keys::Key,
    kid::KeyId,
    limits::{BIND_MAX, KID_LEN},
    primitives::{entropy::TryCryptoRng, kdf::Context},
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
    token: Zeroizing<Vec<u8>>,
    payload: Range<usize>,
}

impl Verified {
    pub(crate) fn payload(&self) -> &[u8] {
        self.token.get(self.payload.clone()).unwrap_or_default()
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

    /// Seals `payload`, whose length fits rule 1, and gives the token. Signed mode draws nothing.
    ///
    /// # Errors
    ///
    /// [`SealError::BindTooLong`] and [`SealError::Entropy`].
    pub(crate) fn seal<R: TryCryptoRng + ?Sized>(
        &self,
        kid: KeyId,
        bind: &[u8],
        payload: &[u8],
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let context = Associated::new(self.mode(), kid, bind)?;
        let (before, after) = layout::frame(self.mode());
        // One buffer of the exact size: growing would leave copies of the payload behind.
        let len = payload.len().saturating_add(before).saturating_add(after);
        let mut token = Zeroizing::new(Vec::with_capacity(len));
        token.extend_from_slice(context.version_and_kid());
        match &self.0 {
            Keys::Encrypted(keys) => keys.seal(&context, payload, rng, &mut token)?,
            Keys::Signed(keys) => keys.seal(&context, payload, &mut token),
        }
        Ok(token)
    }

    /// Whether the tag fits; then the payload stands in the clear where it was sealed.
    ///
    /// A tag that does not fit leaves every byte as it was, so that another context can try.
    fn check(&self, context: &Associated<'_>, parts: Parts<'_>) -> bool {
        match (&self.0, parts) {
            (Keys::Encrypted(keys), Parts::Encrypted { nonce, sealed, tag }) => {
                keys.check(context, nonce, sealed, tag)
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
pub(crate) fn open(
    mut unverified: Unverified,
    bind: &[u8],
    sealers: &[&Sealer],
) -> Result<(Verified, usize), OpenError> {
    let kid = unverified.kid();
    let forged = OpenError::new(Rejection::Forged, Some(kid));
    for (nth, sealer) in sealers.iter().enumerate() {
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

    /// What a token begins with.
    fn version_and_kid(&self) -> &[u8] {
        self.head.get(..1 + KID_LEN).unwrap_or_default()
    }
}
