//! Random bytes: from the operating system, or from a generator that is passed as an argument.
//!
//! There is no generator in user space here. Session ids, keys and padding are always a direct
//! call to the operating system, which reseeds itself after a fork or when a machine is cloned.

use core::fmt;

pub(crate) use rand_core::TryCryptoRng;
use rand_core::TryRng;

use crate::error::SealError;

#[cfg(feature = "std")]
mod block;

/// A source of random bytes fit for keys.
///
/// [`OsEntropy`](crate::OsEntropy) is the one to use. Write another for a platform without an
/// operating system.
///
/// # Security
///
/// Whoever can predict these bytes can guess session ids.
pub trait Entropy: Send + Sync + 'static {
    /// Fills all of `out` with fresh random bytes.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] if there are none to be had. Nothing is sealed then, and what `out` holds
    /// is not used.
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError>;

    /// Fills `r`, the random part of one encryption's nonce, by default as [`fill`](Self::fill) does.
    ///
    /// A source may take these 32 bytes, and no others, from a block that it drew ahead and wipes as
    /// it is used. The nonce is an HMAC over `r` and the whole message: where a fork or a cloned
    /// machine repeats a block, one learns whether two sessions are equal, and nothing else.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill).
    fn fill_r(&self, r: &mut [u8; 32]) -> Result<(), EntropyError> {
        self.fill(r)
    }
}

impl<E: Entropy + ?Sized> Entropy for alloc::sync::Arc<E> {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        (**self).fill(out)
    }

    fn fill_r(&self, r: &mut [u8; 32]) -> Result<(), EntropyError> {
        (**self).fill_r(r)
    }
}

/// No random bytes could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntropyError;

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no random bytes could be had")
    }
}

impl core::error::Error for EntropyError {}

/// The operating system's generator, the default.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

#[cfg(feature = "std")]
impl Entropy for OsEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(out).map_err(|_| EntropyError)
    }

    /// From a block of the thread's own: one call to the operating system for 32 nonces.
    fn fill_r(&self, r: &mut [u8; R_LEN]) -> Result<(), EntropyError> {
        block::take(r)
    }
}

/// An [`Entropy`] as a generator of `rand_core`, which [`Codec`](crate::Codec) takes as an argument.
pub struct EntropyRng<'a>(&'a dyn Entropy);

impl<'a> EntropyRng<'a> {
    /// A generator that draws from `source`.
    pub const fn new(source: &'a dyn Entropy) -> Self {
        Self(source)
    }
}

impl fmt::Debug for EntropyRng<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EntropyRng(..)")
    }
}

impl TryRng for EntropyRng<'_> {
    type Error = EntropyError;

    fn try_next_u32(&mut self) -> Result<u32, EntropyError> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, EntropyError> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self.0.fill(out)
    }
}

impl TryCryptoRng for EntropyRng<'_> {}

/// Fills `out` from `rng`; whatever its error is, it ends here.
pub(crate) fn fill<R: TryCryptoRng + ?Sized>(rng: &mut R, out: &mut [u8]) -> Result<(), SealError> {
    rng.try_fill_bytes(out).map_err(|_| SealError::Entropy)
}

/// Bytes of `r`, the random part of a hedged nonce.
pub(crate) const R_LEN: usize = 32;

/// What sealing draws.
pub(crate) trait Draw {
    /// Ids and padding: fresh bytes, always.
    fn draw(&mut self, out: &mut [u8]) -> Result<(), SealError>;

    /// `r`, and nothing else: the one that may come from bytes drawn ahead.
    fn draw_r(&mut self, r: &mut [u8; R_LEN]) -> Result<(), SealError>;
}

/// A generator of the caller's, which is asked each time.
pub(crate) struct Direct<'r, R: ?Sized>(pub(crate) &'r mut R);

impl<R: TryCryptoRng + ?Sized> Draw for Direct<'_, R> {
    fn draw(&mut self, out: &mut [u8]) -> Result<(), SealError> {
        fill(self.0, out)
    }

    fn draw_r(&mut self, r: &mut [u8; R_LEN]) -> Result<(), SealError> {
        fill(self.0, r)
    }
}

impl Draw for EntropyRng<'_> {
    fn draw(&mut self, out: &mut [u8]) -> Result<(), SealError> {
        self.0.fill(out).map_err(|_| SealError::Entropy)
    }

    fn draw_r(&mut self, r: &mut [u8; R_LEN]) -> Result<(), SealError> {
        self.0.fill_r(r).map_err(|_| SealError::Entropy)
    }
}

/// Bytes that only look random, for tests: the same in every run.
///
/// ```
/// use cloakroom::{Entropy, FixedEntropy};
///
/// let (mut a, mut b) = ([0; 40], [0; 40]);
/// FixedEntropy::from_seed(7).fill(&mut a)?;
/// FixedEntropy::from_seed(7).fill(&mut b)?;
/// assert_eq!(a, b);
/// # Ok::<(), cloakroom::EntropyError>(())
/// ```
///
/// # Security
///
/// Everybody can compute these bytes. A server that uses them has no keys and no session ids.
#[cfg(feature = "test-util")]
#[derive(Debug)]
pub struct FixedEntropy(Fixed);

#[cfg(feature = "test-util")]
#[derive(Debug)]
enum Fixed {
    Seeded { seed: u64, block: core::sync::atomic::AtomicU64 },
    Repeating(u8),
    Failing,
}

#[cfg(feature = "test-util")]
impl FixedEntropy {
    /// A stream that goes on from call to call and depends on `seed` alone.
    ///
    /// Each call starts a new block of SHA-256 over the seed and a counter, so calls in the same
    /// order give the same bytes.
    pub const fn from_seed(seed: u64) -> Self {
        Self(Fixed::Seeded { seed, block: core::sync::atomic::AtomicU64::new(0) })
    }

    /// Nothing but `byte`, for vectors and for tests of a generator that is stuck.
    pub const fn repeating(byte: u8) -> Self {
        Self(Fixed::Repeating(byte))
    }

    /// A source that always fails.
    pub const fn failing() -> Self {
        Self(Fixed::Failing)
    }
}

#[cfg(feature = "test-util")]
impl Entropy for FixedEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        match &self.0 {
            Fixed::Seeded { seed, block } => {
                for chunk in out.chunks_mut(crate::limits::MAC_LEN) {
                    let nth = block.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
                    let bytes = super::mac::sha256(&[&seed.to_be_bytes(), &nth.to_be_bytes()]);
                    chunk.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
                }
            }
            Fixed::Repeating(byte) => out.fill(*byte),
            Fixed::Failing => return Err(EntropyError),
        }
        Ok(())
    }
}

#[cfg(test)]
#[cfg(all(feature = "std", feature = "test-util"))]
mod tests {
    use super::*;

    #[test]
    fn the_operating_system_gives_other_bytes_each_time() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        OsEntropy.fill(&mut a).unwrap();
        fill(&mut EntropyRng::new(&OsEntropy), &mut b).unwrap();
        assert_ne!(a, [0; 32]);
        assert_ne!(a, b);
    }

    #[test]
    fn a_seeded_stream_goes_on_and_repeats_from_its_seed() {
        let stream = FixedEntropy::from_seed(1);
        let (mut first, mut second) = ([0; 40], [0; 40]);
        stream.fill(&mut first).unwrap();
        stream.fill(&mut second).unwrap();
        assert_ne!(first, second);
        assert_ne!(first[..8], first[32..]);

        let mut again = [0; 40];
        FixedEntropy::from_seed(1).fill(&mut again).unwrap();
        assert_eq!(again, first);
        FixedEntropy::from_seed(2).fill(&mut again).unwrap();
        assert_ne!(again, first);
    }

    #[test]
    fn a_stuck_source_repeats_its_byte() {
        let stuck = FixedEntropy::repeating(0x5a);
        let mut out = [0; 5];
        stuck.fill(&mut out).unwrap();
        assert_eq!(out, [0x5a; 5]);
        assert_eq!(EntropyRng::new(&stuck).try_next_u32(), Ok(0x5a5a_5a5a));
        assert_eq!(EntropyRng::new(&stuck).try_next_u64(), Ok(0x5a5a_5a5a_5a5a_5a5a));
    }

    #[test]
    fn r_is_drawn_whatever_stands_around_the_source() {
        let (mut one, mut other) = ([0; R_LEN], [0; R_LEN]);
        OsEntropy.fill_r(&mut one).unwrap();
        alloc::sync::Arc::new(OsEntropy).fill_r(&mut other).unwrap();
        assert!(one != other && one != [0; R_LEN] && other != [0; R_LEN]);
        alloc::sync::Arc::new(FixedEntropy::repeating(7)).fill_r(&mut one).unwrap();
        assert_eq!(one, [7; R_LEN]);
    }

    #[test]
    fn a_generator_shows_nothing_of_its_source() {
        let source = FixedEntropy::repeating(7);
        assert_eq!(std::format!("{:?}", EntropyRng::new(&source)), "EntropyRng(..)");
    }

    #[test]
    fn a_shared_source_is_the_source() {
        let mut out = [0; 3];
        alloc::sync::Arc::new(FixedEntropy::repeating(7)).fill(&mut out).unwrap();
        assert_eq!(out, [7; 3]);
        let failing = alloc::sync::Arc::new(FixedEntropy::failing());
        assert_eq!(failing.fill(&mut out), Err(EntropyError));
    }

    #[test]
    fn a_failing_source_is_a_sealing_error() {
        let source = FixedEntropy::failing();
        assert_eq!(fill(&mut EntropyRng::new(&source), &mut [0; 4]), Err(SealError::Entropy));
    }
}
