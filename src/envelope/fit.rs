//! Whether a session fits its line, and what deflate does about it.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{
    layout,
    payload::{self, Coding, Header},
    protect::Protection,
};
use crate::{
    error::{SealError, TooLarge},
    limits::{DEFLATE_GAIN, DEFLATE_MIN, DEFLATE_PAD_MAX, INFLATED_MAX, SET_COOKIE_MAX},
    primitives::{deflate, entropy},
};

/// Whether a body is deflated before it is sealed. The default is [`Off`](Self::Off).
///
/// Deflate is tried on bodies of 384 bytes to 16 KiB and kept where it saves at least 16. Whenever
/// it is tried, 0 to 31 bytes of random padding follow the body and the size gate counts all 31.
///
/// # Security
///
/// Deflate shortens a cookie when two parts of the session repeat each other. Where an attacker
/// chooses one part (a `next` address, a search) and another is a secret (a token), the length of
/// the cookie tells him, guess by guess, what the secret is. Encryption does not hide a length. The
/// random padding makes this about two thousand times dearer, not impossible. Leave it off where a
/// session mixes the two; see [`guide::choosing`](crate::guide::choosing).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deflate {
    /// Never.
    #[default]
    Off,
    /// Only when the cookie would be too large without it.
    ToFit,
    /// Whenever it saves at least 16 bytes.
    WhenSmaller,
}

/// What is to be sealed.
pub(crate) struct Draft<'d> {
    pub(crate) header: &'d Header,
    pub(crate) body: &'d [u8],
    pub(crate) bind: &'d [u8],
    /// Bytes of the `Set-Cookie` line around the value.
    pub(crate) overhead: usize,
}

/// How a draft is to be written.
pub(crate) struct Fit {
    /// The deflated body, where it is worth it.
    deflated: Option<Zeroizing<Vec<u8>>>,
    /// Whether deflate was tried; then the line has padding, or its length would tell the outcome.
    tried: bool,
    /// Bytes of the line, with all the padding it may get.
    line: usize,
    /// Bytes that the line would have had with a deflated body that was not worth it.
    line_deflated: Option<usize>,
}

impl Fit {
    /// Measures `draft`, and deflates it where `deflate` says so.
    ///
    /// # Errors
    ///
    /// [`SealError::Claims`].
    pub(crate) fn of(
        draft: &Draft<'_>,
        deflate: Deflate,
        mode: Protection,
    ) -> Result<Self, SealError> {
        let raw = line_len(draft, draft.body.len(), 0, mode)?;
        let wanted = match deflate {
            Deflate::Off => false,
            Deflate::ToFit => raw > SET_COOKIE_MAX,
            Deflate::WhenSmaller => true,
        };
        if !wanted || !(DEFLATE_MIN..=INFLATED_MAX).contains(&draft.body.len()) {
            return Ok(Self { deflated: None, tried: false, line: raw, line_deflated: None });
        }
        let padded = line_len(draft, draft.body.len(), DEFLATE_PAD_MAX, mode)?;
        let Some(packed) = deflate::deflate(draft.body).map(Zeroizing::new) else {
            return Ok(Self { deflated: None, tried: true, line: padded, line_deflated: None });
        };
        let deflated = line_len(draft, packed.len(), DEFLATE_PAD_MAX, mode)?;
        Ok(if packed.len().saturating_add(DEFLATE_GAIN) <= draft.body.len() {
            Self { deflated: Some(packed), tried: true, line: deflated, line_deflated: None }
        } else {
            Self { deflated: None, tried: true, line: padded, line_deflated: Some(deflated) }
        })
    }

    /// Bytes of the line, as the size gate counts them.
    pub(crate) const fn line(&self) -> usize {
        self.line
    }

    /// The size gate, on the finished line.
    ///
    /// # Errors
    ///
    /// [`SealError::TooLarge`].
    pub(crate) fn gate(&self) -> Result<(), SealError> {
        if self.line <= SET_COOKIE_MAX {
            return Ok(());
        }
        Err(SealError::TooLarge(TooLarge {
            needed: self.line,
            limit: SET_COOKIE_MAX,
            largest: Vec::new(),
            deflated: self.line_deflated,
        }))
    }

    /// Lays out the payload, with random padding if deflate was tried.
    ///
    /// # Errors
    ///
    /// [`SealError`] of the generator or of a header that has no form.
    pub(crate) fn write<R: entropy::TryCryptoRng>(
        &self,
        draft: &Draft<'_>,
        mode: Protection,
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let mut random = [0];
        if self.tried {
            entropy::fill(rng, &mut random)?;
        }
        let [pad] = random.map(|byte| usize::from(byte) & DEFLATE_PAD_MAX);
        let body = match &self.deflated {
            Some(packed) => (Coding::Deflate, packed.as_slice()),
            None => (Coding::Raw, draft.body),
        };
        payload::write(draft.header, body, pad, mode)
    }
}

/// Bytes of the line around a body of `body` bytes with `pad` bytes of padding.
fn line_len(
    draft: &Draft<'_>,
    body: usize,
    pad: usize,
    mode: Protection,
) -> Result<usize, SealError> {
    let claims = draft.header.claims.encoded_len().ok_or(SealError::Claims)?;
    let payload = payload::padded_len(draft.header, claims, body, pad, mode);
    Ok(layout::value_len(mode, payload).saturating_add(draft.overhead))
}
