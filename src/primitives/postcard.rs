//! postcard, the format of typed bodies: encode into a sink, decode everything or nothing.
//!
//! Its errors may stem from a type's own message, which can quote data, so they end here.

use postcard::ser_flavors::Flavor;
use serde::{Serialize, de::DeserializeSeed};

use crate::error::EncodeReason;

/// Feeds the encoding of `value` to `sink`, piece by piece.
pub(crate) fn encode<T: Serialize>(value: &T, sink: impl FnMut(&[u8])) -> Result<(), EncodeReason> {
    postcard::serialize_with_flavor(value, Sink(sink)).map_err(|error| match error {
        postcard::Error::SerdeSerCustom => EncodeReason::Custom,
        _ => EncodeReason::Unsupported,
    })
}

/// The value that `seed` reads from `bytes`, if nothing is left over.
pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(bytes: &'de [u8], seed: S) -> Option<S::Value> {
    let mut deserializer = postcard::Deserializer::from_bytes(bytes);
    let value = seed.deserialize(&mut deserializer).ok()?;
    deserializer.finalize().ok()?.is_empty().then_some(value)
}

struct Sink<F>(F);

impl<F: FnMut(&[u8])> Flavor for Sink<F> {
    type Output = ();

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        (self.0)(data);
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        (self.0)(&[data]);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};
    use core::marker::PhantomData;

    use super::*;

    fn encoded<T: Serialize>(value: &T) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(value, |piece| bytes.extend_from_slice(piece)).unwrap();
        bytes
    }

    #[test]
    fn the_published_examples_of_the_wire_format_hold() {
        assert_eq!(encoded(&0x7f_u16), [0x7f]);
        assert_eq!(encoded(&0x80_u16), [0x80, 0x01]);
        assert_eq!(encoded(&-1_i32), [0x01]);
        assert_eq!(encoded(&200_u8), [200]);
        assert_eq!(encoded(&-3_i8), [0xfd]);
        assert_eq!(encoded(&(1.5_f64, "ab")), [0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 2, b'a', b'b']);
    }

    #[test]
    fn an_error_is_a_reason_without_its_message() {
        use serde::{Serializer, ser::Error};
        struct Fails;
        impl Serialize for Fails {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(S::Error::custom("what the visitor typed"))
            }
        }
        struct Uncounted;
        impl Serialize for Uncounted {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(core::iter::repeat_n(0_u8, 2).filter(|_| true))
            }
        }
        assert_eq!(encode(&Fails, |_| {}), Err(EncodeReason::Custom));
        assert_eq!(encode(&Uncounted, |_| {}), Err(EncodeReason::Unsupported));
    }

    #[test]
    fn bytes_left_over_are_refused() {
        let text = |bytes| decode(bytes, PhantomData::<String>);
        assert_eq!(text(&[1, b'a']), Some("a".into()));
        assert_eq!(text(&[1, b'a', 0]), None);
        assert_eq!(text(&[2, b'a']), None);
    }
}
