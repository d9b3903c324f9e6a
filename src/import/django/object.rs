//! `signing.dumps` and `signing.loads`: JSON in a timed signature.

use alloc::{format, string::String};

use super::signing::Signing;
use crate::{
    clock::Timestamp,
    import::{
        DOCUMENT_MAX, ImportError,
        json::{self, Charset, Json},
        python64,
        text::inflated,
    },
    primitives::{base64url, zlib},
};

impl Signing {
    /// `signing.loads`: the JSON in a token that is at most `max_age` seconds old.
    ///
    /// # Errors
    ///
    /// As [`unsign_timed`](Self::unsign_timed), then for the payload `Base64`, `Compression`,
    /// `TooLarge`, `Json`, `JsonDepth` and `JsonNumber`.
    pub fn loads(
        &self,
        token: &[u8],
        max_age: Option<f64>,
        now: Timestamp,
    ) -> Result<Json, ImportError> {
        self.loads_at(token, max_age, now.as_unix() as f64)
    }

    /// As [`loads`](Self::loads), at a moment with fractions of a second or before 1970.
    ///
    /// # Errors
    ///
    /// As [`loads`](Self::loads).
    pub fn loads_at(
        &self,
        token: &[u8],
        max_age: Option<f64>,
        now: f64,
    ) -> Result<Json, ImportError> {
        let (payload, _) = self.unsign_timed_at(token, max_age, now)?;
        decode(payload)
    }

    /// `signing.dumps` with `compress=True`: JSON in a token of the first key, smaller by zlib if that
    /// saves two bytes.
    pub(super) fn dumps(&self, text: &str, now: Timestamp) -> Result<String, ImportError> {
        if text.len() > DOCUMENT_MAX {
            return Err(ImportError::TooLarge);
        }
        let stream = zlib::deflate(text.as_bytes());
        let payload = if stream.len() < text.len().saturating_sub(1) {
            format!(".{}", base64url::encode(&stream))
        } else {
            base64url::encode(text.as_bytes())
        };
        Ok(self.sign_timed(&payload, now))
    }
}

/// The JSON of a payload whose signature has been verified.
fn decode(payload: &[u8]) -> Result<Json, ImportError> {
    let (compressed, text) = match payload {
        [b'.', rest @ ..] => (true, rest),
        whole => (false, whole),
    };
    let mut bytes = python64::decode(text).ok_or(ImportError::Base64)?;
    if compressed {
        bytes = inflated(&bytes)?;
    }
    json::read(&bytes, Charset::Latin1)
}
