//! Bytes and text that leave no copy behind, not even while they grow.

use alloc::{string::String, vec::Vec};
use core::{
    fmt, mem,
    ops::{Deref, Range},
};

use zeroize::Zeroize;

/// A byte vector that is wiped when it is dropped and whenever it moves to a larger allocation.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Buffer(Vec<u8>);

impl Buffer {
    /// An empty buffer that takes `capacity` bytes before it moves.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.reserve(1);
        self.0.push(byte);
    }

    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        // Most pieces are one byte, for which a call to copy memory is dear.
        if let [byte] = bytes {
            return self.push(*byte);
        }
        self.reserve(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Appends `len` zeros.
    pub(crate) fn extend_zeros(&mut self, len: usize) {
        self.reserve(len);
        self.0.resize(self.0.len().saturating_add(len), 0);
    }

    /// Makes room for `extra` bytes, wiping the old place if the bytes move.
    #[inline]
    pub(crate) fn reserve(&mut self, extra: usize) {
        if self.0.capacity().saturating_sub(self.0.len()) < extra {
            self.grow(extra);
        }
    }

    #[cold]
    fn grow(&mut self, extra: usize) {
        let mut larger = Vec::with_capacity(grown(self.0.len(), self.0.capacity(), extra));
        larger.extend_from_slice(&self.0);
        wipe(mem::replace(&mut self.0, larger));
    }

    /// Appends `len` zeros and lets `fill` write over them; what it does not write is cut off.
    ///
    /// `fill` returns how many bytes it wrote; `None` takes everything back and is passed on.
    pub(crate) fn fill(
        &mut self,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Option<()> {
        let start = self.0.len();
        let end = start.checked_add(len)?;
        self.reserve(len);
        self.0.resize(end, 0);
        let written = self.0.get_mut(start..).and_then(fill).filter(|written| *written <= len);
        self.0.truncate(start.saturating_add(written.unwrap_or(0)));
        written.map(drop)
    }

    /// Puts `bytes` in the place of the `old` bytes at `at`, moving what follows.
    pub(crate) fn replace(&mut self, at: usize, old: usize, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.0.splice(at..at.saturating_add(old), bytes.iter().copied());
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// The bytes, which nobody wipes any more.
    pub(crate) fn into_vec(mut self) -> Vec<u8> {
        mem::take(&mut self.0)
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// A stretch of a buffer that keeps all of it.
pub(crate) struct Part {
    whole: Buffer,
    at: Range<usize>,
}

impl Part {
    pub(crate) fn new(whole: Buffer, at: Range<usize>) -> Self {
        Self { whole, at }
    }
}

impl From<Buffer> for Part {
    fn from(whole: Buffer) -> Self {
        let at = 0..whole.len();
        Self { whole, at }
    }
}

impl Deref for Part {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.whole.get(self.at.clone()).unwrap_or_default()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        wipe(mem::take(&mut self.0));
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buffer(..)")
    }
}

/// The same for text.
#[derive(Clone, Default)]
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn from_string(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        if self.0.capacity().saturating_sub(self.0.len()) < text.len() {
            let capacity = grown(self.0.len(), self.0.capacity(), text.len());
            let mut larger = String::with_capacity(capacity);
            larger.push_str(&self.0);
            wipe(mem::replace(&mut self.0, larger).into_bytes());
        }
        self.0.push_str(text);
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        wipe(mem::take(&mut self.0).into_bytes());
    }
}

/// Wipes the whole allocation. An empty vector is all spare capacity, which zeroize fills at once,
/// while it writes elements one by one.
pub(crate) fn wipe(mut bytes: Vec<u8>) {
    bytes.clear();
    bytes.zeroize();
}

/// The capacity of the next allocation: at least doubled, so that appending stays linear.
fn grown(len: usize, capacity: usize, extra: usize) -> usize {
    len.saturating_add(extra).max(capacity.saturating_mul(2)).max(64)
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn bytes_survive_every_growth() {
        let mut buffer = Buffer::default();
        for n in 0..=255_u8 {
            buffer.push(n);
            buffer.extend(&[n; 3]);
        }
        let bytes = buffer.into_vec();
        assert!((0..=255_u8).all(|n| bytes[usize::from(n) * 4..][..4] == [n; 4]));
    }

    #[test]
    fn a_failed_fill_leaves_the_buffer_as_it_was() {
        let mut buffer = Buffer::default();
        buffer.extend(b"abc");
        assert_eq!(buffer.fill(4, |_| None), None);
        assert_eq!(buffer.fill(4, |_| Some(5)), None);
        assert_eq!(buffer.as_slice(), b"abc");
        buffer.fill(4, |out| {
            out[0] = b'd';
            Some(1)
        });
        assert_eq!(buffer.as_slice(), b"abcd");
    }

    #[test]
    fn replacing_moves_the_rest() {
        let mut buffer = Buffer::default();
        buffer.extend(b"abc");
        buffer.replace(1, 1, b"xyz");
        assert_eq!(buffer.as_slice(), b"axyzc");
        buffer.replace(1, 3, b"");
        assert_eq!(buffer.as_slice(), b"ac");
    }

    #[test]
    fn debug_shows_no_byte() {
        let mut buffer = Buffer::default();
        buffer.extend(b"secret");
        assert_eq!(format!("{buffer:?}"), "Buffer(..)");
    }
}
