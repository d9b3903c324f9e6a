//! Whether a session fits its line, and what deflate does about it.

use alloc::vec::Vec;

use super::{
    layout::{self, Unsealed},
    payload::{self, Coding, Header},
    protect::Protection,
};
use crate::{
    body::{Body, Buffer},
    error::{SealError, TooLarge},
    kid::KeyId,
    limits::{DEFLATE_GAIN, DEFLATE_MIN, DEFLATE_PAD_MAX, INFLATED_MAX, SET_COOKIE_MAX},
    primitives::{deflate, entropy::Draw},
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
    pub(crate) body: &'d dyn Body,
    pub(crate) bind: &'d [u8],
    /// Bytes of the `Set-Cookie` line around the value.
    pub(crate) overhead: usize,
}

/// How a draft is to be written.
pub(crate) struct Fit {
    /// The deflated body, where it is worth it.
    deflated: Option<Buffer>,
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
    /// [`SealError::Claims`], and [`SealError::Encode`] of a body that is deflated.
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
        let mut body = Buffer::with_capacity(draft.body.len());
        draft.body.write(&mut body).map_err(SealError::Encode)?;
        let Some(packed) = deflate::deflate(&body).map(Buffer::from) else {
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

    /// Lays out a token for the key `kid`, with random padding if deflate was tried.
    ///
    /// # Errors
    ///
    /// [`SealError`] of the generator, of a header that has no form, or of the body.
    pub(crate) fn lay_out(
        &self,
        draft: &Draft<'_>,
        mode: Protection,
        kid: KeyId,
        rng: &mut impl Draw,
    ) -> Result<Unsealed, SealError> {
        let mut random = [0];
        if self.tried {
            rng.draw(&mut random)?;
        }
        let [pad] = random.map(|byte| usize::from(byte) & DEFLATE_PAD_MAX);
        let (coding, body): (_, &dyn Body) = match &self.deflated {
            Some(packed) => (Coding::Deflate, packed),
            None => (Coding::Raw, draft.body),
        };
        let len = payload::padded_len(draft.header, body.len(), pad, mode);
        let len = len.ok_or(SealError::Claims)?;
        Unsealed::new(mode, kid, len, |out| payload::write(draft.header, (coding, body), len, out))
    }
}

/// Bytes of the line around a body of `body` bytes with `pad` bytes of padding.
fn line_len(
    draft: &Draft<'_>,
    body: usize,
    pad: usize,
    mode: Protection,
) -> Result<usize, SealError> {
    let payload = payload::padded_len(draft.header, body, pad, mode).ok_or(SealError::Claims)?;
    Ok(layout::value_len(mode, payload).saturating_add(draft.overhead))
}
