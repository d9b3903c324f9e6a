//! The seal itself: the only maker of a [`Verified`] payload, and its inverse.

#[cfg(feature = "encrypted")]
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use zeroize::{Zeroize, Zeroizing};

use super::layout::{self, Parts, Unverified};
#[cfg(feature = "encrypted")]
use crate::primitives::xaes::Xaes;
use crate::{
    error::{ConfigError, OpenError, Rejection, SealError},
    keys::Key,
    kid::KeyId,
    limits::{BIND_MAX, KEY_LEN, KID_LEN, NONCE_LEN},
    primitives::{
        entropy::{self, TryCryptoRng},
        kdf::{Context, Label},
        mac::{self, MacKey},
    },
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
pub(crate) enum Sealer {
    /// `K_enc` and `K_nonce`.
    #[cfg(feature = "encrypted")]
    Encrypted { cipher: Box<Xaes>, nonces: MacKey },
    /// `K_sig`.
    #[cfg(feature = "signed")]
    Signed { tags: MacKey },
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
        let derived = |label| -> Zeroizing<[u8; KEY_LEN]> { key.root().key(label, context) };
        match mode {
            #[cfg(feature = "encrypted")]
            Protection::Encrypted => Ok(Self::Encrypted {
                cipher: Box::new(Xaes::new(&derived(Label::Enc))),
                nonces: MacKey::new(derived(Label::Nonce).as_slice()),
            }),
            #[cfg(feature = "signed")]
            Protection::Signed => {
                Ok(Self::Signed { tags: MacKey::new(derived(Label::Sign).as_slice()) })
            }
            #[cfg(not(feature = "encrypted"))]
            Protection::Encrypted => Err(ConfigError::FeatureOff { feature: "encrypted" }),
            #[cfg(not(feature = "signed"))]
            Protection::Signed => Err(ConfigError::FeatureOff { feature: "signed" }),
        }
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
        let prefix = prefix(self.mode(), kid, bind)?;
        let (before, after) = layout::frame(self.mode());
        // One buffer of the exact size: growing would leave copies of the payload behind.
        let len = payload.len().saturating_add(before).saturating_add(after);
        let mut token = Zeroizing::new(Vec::with_capacity(len));
        token.extend_from_slice(prefix.get(..1 + KID_LEN).unwrap_or_default());
        match self {
            #[cfg(feature = "encrypted")]
            Self::Encrypted { cipher, nonces } => {
                // ENCRYPTED  11 | kid[4] | N[24] | C[n] | T[16]
                let mut r = Zeroizing::new([0; R_LEN]);
                entropy::fill(rng, r.as_mut_slice())?;
                let mut hedged = nonces.tag(&[r.as_slice(), &prefix, bind, payload]);
                let nonce: [u8; NONCE_LEN] = *hedged.first_chunk().unwrap_or(&[0; NONCE_LEN]);
                hedged.zeroize();
                token.extend_from_slice(&nonce);
                token.extend_from_slice(payload);
                let body = token.get_mut(before..).unwrap_or_default();
                let tag = with_bind(&prefix, bind, |aad| cipher.seal(&nonce, aad, body));
                // The cipher refuses messages of many gigabytes, which a payload cannot be.
                token.extend_from_slice(&tag.ok_or(SealError::Entropy)?);
            }
            #[cfg(feature = "signed")]
            Self::Signed { tags } => {
                // SIGNED  49 | kid[4] | P[n] | MAC[32]
                token.extend_from_slice(payload);
                token.extend_from_slice(&tags.tag(&[&prefix, bind, payload]));
            }
        }
        Ok(token)
    }

    pub(crate) fn mode(&self) -> Protection {
        match self {
            #[cfg(feature = "encrypted")]
            Self::Encrypted { .. } => Protection::Encrypted,
            #[cfg(feature = "signed")]
            Self::Signed { .. } => Protection::Signed,
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
        let prefix = prefix(mode, kid, bind).map_err(|_| forged)?;
        let parts = unverified.parts(mode).ok_or(forged)?;
        if sealer.check(&prefix, bind, parts) {
            let token = unverified.into_token();
            let (before, after) = layout::frame(mode);
            let payload = before..token.len().saturating_sub(after);
            return Ok((Verified { token, payload }, nth));
        }
    }
    Err(forged)
}

impl Sealer {
    /// Whether the tag fits; then the payload stands in the clear where it was sealed.
    ///
    /// A cipher that refuses leaves the ciphertext as it was, so that another context can try.
    fn check(&self, prefix: &Prefix, bind: &[u8], parts: Parts<'_>) -> bool {
        match (self, parts) {
            #[cfg(feature = "encrypted")]
            (Self::Encrypted { cipher, .. }, Parts::Encrypted { nonce, sealed, tag }) => {
                with_bind(prefix, bind, |aad| cipher.open(nonce, aad, sealed, tag))
            }
            #[cfg(feature = "signed")]
            (Self::Signed { tags }, Parts::Signed { payload, mac }) => {
                mac::equal(&tags.tag(&[prefix, bind, payload]), mac)
            }
            #[allow(unreachable_patterns, reason = "reachable with both modes compiled in")]
            _ => false,
        }
    }
}

/// Bytes of `r`, the random part of the hedged nonce.
#[cfg(feature = "encrypted")]
const R_LEN: usize = 32;

/// `version[1] | kid[4] | u32(len bind)`, the fixed part of A.
type Prefix = [u8; 1 + KID_LEN + 4];

/// A without its last part, which is `bind` itself.
fn prefix(mode: Protection, kid: KeyId, bind: &[u8]) -> Result<Prefix, SealError> {
    let len = bind.len();
    let too_long = SealError::BindTooLong { len };
    if len > BIND_MAX {
        return Err(too_long);
    }
    let [a, b, c, d] = kid.to_bytes();
    let [e, f, g, h] = u32::try_from(len).map_err(|_| too_long)?.to_be_bytes();
    Ok([mode.version(), a, b, c, d, e, f, g, h])
}

/// Runs `f` over A in one piece: on the stack without a `bind`, as is usual.
#[cfg(feature = "encrypted")]
fn with_bind<R>(prefix: &Prefix, bind: &[u8], f: impl FnOnce(&[u8]) -> R) -> R {
    if bind.is_empty() { f(prefix) } else { f(&[prefix.as_slice(), bind].concat()) }
}
