//! A body before it is written: its length is known, so its bytes have one place from the start.

use super::{
    SessionData, Values,
    buffer::Buffer,
    chain::{self, Measured},
};
use crate::error::{EncodeReason, SealError};

/// Something that [`write`](Self::write) appends to a buffer.
pub(crate) trait Body {
    /// Bytes that it has: none only where a store keeps the session.
    fn len(&self) -> usize;

    /// Appends them.
    fn write(&self, out: &mut Buffer) -> Result<(), EncodeReason>;
}

/// The body of a session.
pub(crate) enum Prepared<'v, T> {
    /// A value whose encoding has been measured.
    Typed(Measured<'v, T>),
    /// A map whose values are encoded already.
    Map(&'v Values, usize),
    /// Another value than the session's own had to be encoded, and here it is.
    Encoded(Buffer),
}

/// Measures the body for `value`; with `held`, as that older version of its type.
pub(crate) fn prepare<T: SessionData>(
    value: &T,
    held: Option<u8>,
) -> Result<Prepared<'_, T>, SealError> {
    match (super::as_values(value), held) {
        (Some(values), None | Some(Values::VERSION)) => match values.body_len() {
            Some(len) => Ok(Prepared::Map(values, len)),
            None => values.to_body().map(Prepared::Encoded).map_err(SealError::Encode),
        },
        (Some(_), Some(version)) => Err(SealError::HeldVersion { version }),
        (None, None) => Measured::of(value).map(Prepared::Typed).map_err(SealError::Encode),
        (None, Some(version)) => chain::write(value, version).map(Prepared::Encoded),
    }
}

impl<T: SessionData> Body for Prepared<'_, T> {
    fn len(&self) -> usize {
        match self {
            Self::Typed(measured) => measured.len(),
            Self::Map(_, len) => *len,
            Self::Encoded(bytes) => bytes.len(),
        }
    }

    fn write(&self, out: &mut Buffer) -> Result<(), EncodeReason> {
        match self {
            Self::Typed(measured) => measured.write(out),
            Self::Map(values, _) => {
                values.write_body(out);
                Ok(())
            }
            Self::Encoded(bytes) => bytes.write(out),
        }
    }
}

impl Body for Buffer {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn write(&self, out: &mut Buffer) -> Result<(), EncodeReason> {
        out.extend(self);
        Ok(())
    }
}
