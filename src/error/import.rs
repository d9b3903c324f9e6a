//! Why a foreign cookie is refused.

use core::{error::Error, fmt};

/// What is wrong with a decoder of foreign cookies, or with the rule of taking over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportFault {
    /// The format, such as `django`.
    pub format: &'static str,
    /// What is wrong.
    pub problem: &'static str,
}

/// Why a foreign cookie is refused; for logs and counters, never for the client.
///
/// It carries nothing of the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImportError {
    /// It is longer than any honest one: over 2 MiB.
    TooLong,
    /// No key made its signature, or it is not of this format at all.
    BadSignature,
    /// Its time is over.
    Expired,
    /// The date up to which cookies of this format are taken over has passed.
    Ended,
    /// Its time is not one.
    Timestamp,
    /// It was sealed for another purpose, such as a cookie of another name, or for none.
    Purpose,
    /// Its padding is not one, behind a MAC that fits.
    Padding,
    /// Its payload is not base64.
    Base64,
    /// Its payload is not a whole compressed stream.
    Compression,
    /// More than 1 MiB would come out of it.
    TooLarge,
    /// Its payload is not text in the encoding of the format.
    Encoding,
    /// Its payload is not JSON.
    Json,
    /// Its JSON is nested more than 10 000 levels deep.
    JsonDepth,
    /// Its JSON has an integer of more than 4300 digits, which Python refuses too.
    JsonNumber,
    /// Its data is not of the shape asked for.
    Shape,
}

impl ImportError {
    /// The name in snake case, for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::BadSignature => "bad_signature",
            Self::Expired => "expired",
            Self::Ended => "ended",
            Self::Timestamp => "timestamp",
            Self::Purpose => "purpose",
            Self::Padding => "padding",
            Self::Base64 => "base64",
            Self::Compression => "compression",
            Self::TooLarge => "too_large",
            Self::Encoding => "encoding",
            Self::Json => "json",
            Self::JsonDepth => "json_depth",
            Self::JsonNumber => "json_number",
            Self::Shape => "shape",
        }
    }

    /// One of three: `bad_signature`, `expired`, or `malformed_after_valid_signature` for what
    /// somebody with the key has sealed and this crate does not take.
    ///
    /// What is [too long](Self::TooLong) counts as a bad signature, because nobody looked.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::BadSignature | Self::TooLong => "bad_signature",
            Self::Expired => "expired",
            Self::Ended => "ended",
            _ => "malformed_after_valid_signature",
        }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "longer than 2 MiB",
            Self::BadSignature => "no key made its signature",
            Self::Expired => "its time is over",
            Self::Ended => "cookies of this format are no longer taken over",
            Self::Timestamp => "its time is not one",
            Self::Purpose => "it was sealed for another purpose",
            Self::Padding => "its padding is not one",
            Self::Base64 => "its payload is not base64",
            Self::Compression => "its payload is not a whole compressed stream",
            Self::TooLarge => "more than 1 MiB would come out of it",
            Self::Encoding => "its payload is not text",
            Self::Json => "its payload is not JSON",
            Self::JsonDepth => "its JSON is nested over 10000 levels deep",
            Self::JsonNumber => "its JSON has an integer of over 4300 digits",
            Self::Shape => "its data is not of the shape asked for",
        })
    }
}

impl Error for ImportError {}
