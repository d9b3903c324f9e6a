//! Strings that may hold what no Rust string can.

use alloc::{string::String, vec::Vec};
use core::fmt;

/// A string of a JSON document: text, or almost.
///
/// JavaScript and Python can escape half of a surrogate pair. Such a string is kept in generalised
/// UTF-8, where the half takes three bytes that no [`str`] may hold. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JsonText(Vec<u8>);

impl JsonText {
    /// The text, if it is one: `None` where a lone surrogate stands in it.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.0).ok()
    }

    /// The text with `\u{fffd}` in the place of each lone surrogate.
    #[must_use]
    pub fn to_string_lossy(&self) -> String {
        self.units()
            .map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }

    /// Writes the string with its quotes, as Python does.
    #[cfg(feature = "import-cookie")]
    pub(crate) fn write_python(&self, out: &mut String) {
        super::write::text(self, out);
    }

    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn push_bytes(&mut self, utf8: &[u8]) {
        self.0.extend_from_slice(utf8);
    }

    /// Adds a code point, which may be a surrogate.
    pub(super) fn push(&mut self, unit: u32) {
        if let Some(c) = char::from_u32(unit) {
            self.0.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            // A surrogate: sixteen bits, in the three bytes that UTF-8 has for them.
            let [.., high, low] = unit.to_be_bytes();
            let (first, second) = (0xe0 | high >> 4, 0x80 | (high & 0x0f) << 2 | low >> 6);
            self.0.extend_from_slice(&[first, second, 0x80 | low & 0x3f]);
        }
    }

    /// The code points, surrogates among them.
    pub(super) fn units(&self) -> impl Iterator<Item = u32> + '_ {
        let mut rest = self.0.as_slice();
        core::iter::from_fn(move || {
            let (&first, after) = rest.split_first()?;
            let (bits, more) = match first {
                0..0x80 => (first, 0),
                0x80..0xe0 => (first & 0x1f, 1),
                0xe0..0xf0 => (first & 0x0f, 2),
                0xf0.. => (first & 0x07, 3),
            };
            let (tail, after) = after.split_at_checked(more)?;
            rest = after;
            Some(tail.iter().fold(bits.into(), |unit, byte| unit << 6 | u32::from(byte & 0x3f)))
        })
    }
}

impl From<&str> for JsonText {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonText").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_point_comes_back() {
        let all = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000];
        let all = all.into_iter().chain([0xffff, 0x1_0000, 0x10_ffff]);
        let mut text = JsonText::new();
        all.clone().for_each(|unit| text.push(unit));
        assert!(text.units().eq(all));
        assert_eq!(text.as_str(), None);
        assert_eq!(text.to_string_lossy().chars().filter(|c| *c == '\u{fffd}').count(), 4);
    }

    #[test]
    fn without_surrogates_it_is_a_text() {
        let mut text = JsonText::new();
        "aé\u{20ac}😀".chars().for_each(|c| text.push(c.into()));
        assert_eq!(text.as_str(), Some("aé\u{20ac}😀"));
        assert_eq!(text, JsonText::from("aé\u{20ac}😀"));
    }
}
