//! The owner of `serde_json`: documents into types of the application and back.

use alloc::{string::String, vec::Vec};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::ser::{CharEscape, Formatter, Serializer};

use super::write;
use crate::import::ImportError;

/// The value that `text` stands for; serde_json stops at 127 levels by itself.
pub(super) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, ImportError> {
    serde_json::from_str(text).map_err(|_| ImportError::Shape)
}

/// `value` as Python's `json.dumps(value, separators=(",", ":"))` would write it.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<String, ImportError> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Python);
    value.serialize(&mut serializer).map_err(|_| ImportError::Shape)?;
    String::from_utf8(out).map_err(|_| ImportError::Encoding)
}

/// Plain ASCII, and floats as Python writes them.
struct Python;

impl Formatter for Python {
    fn write_f64<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        value: f64,
    ) -> std::io::Result<()> {
        out.write_all(write::python_float(value).as_bytes())
    }

    fn write_f32<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        value: f32,
    ) -> std::io::Result<()> {
        self.write_f64(out, value.into())
    }

    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        let mut ascii = String::new();
        fragment.chars().for_each(|c| write::push(c.into(), &mut ascii));
        out.write_all(ascii.as_bytes())
    }

    fn write_char_escape<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> std::io::Result<()> {
        let unit = match escape {
            CharEscape::Quote => b'"',
            CharEscape::ReverseSolidus => b'\\',
            CharEscape::Solidus => b'/',
            CharEscape::Backspace => 0x08,
            CharEscape::FormFeed => 0x0c,
            CharEscape::LineFeed => 0x0a,
            CharEscape::CarriageReturn => 0x0d,
            CharEscape::Tab => 0x09,
            CharEscape::AsciiControl(unit) => unit,
        };
        let mut ascii = String::new();
        write::push(unit.into(), &mut ascii);
        out.write_all(ascii.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeMap, vec};

    use super::*;

    #[test]
    fn a_value_is_written_as_python_writes_it() {
        let value = BTreeMap::from([("é\n\"", vec![1e16, 0.1, 2.0]), ("😀\u{7f}", vec![])]);
        assert_eq!(
            encode(&value).unwrap(),
            r#"{"\u00e9\n\"":[1e+16,0.1,2.0],"\ud83d\ude00\u007f":[]}"#
        );
        assert_eq!(
            decode::<BTreeMap<String, Vec<f64>>>(&encode(&value).unwrap()).unwrap().len(),
            2
        );
    }

    #[test]
    fn what_serde_has_no_word_for_is_refused() {
        for text in ["NaN", "\"\\ud800\"", &("[".repeat(128) + &"]".repeat(128))] {
            assert_eq!(decode::<serde_json::Value>(text), Err(ImportError::Shape), "{text}");
        }
    }
}
