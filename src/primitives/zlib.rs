//! The zlib format (RFC 1950) of foreign cookies: bounded in, level 6 out.

use alloc::vec::Vec;

use miniz_oxide::{
    deflate::{CompressionLevel, compress_to_vec_zlib},
    inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit},
};

/// Why a stream did not inflate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InflateError {
    /// More came out than the limit.
    TooLarge,
    /// It is not a whole zlib stream, or its checksum does not fit.
    Broken,
}

/// What `stream` stands for: at most `limit` bytes. What follows the stream is not looked at, as
/// zlib's own one-call function does it.
pub(crate) fn inflate(stream: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
    decompress_to_vec_zlib_with_limit(stream, limit).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => InflateError::TooLarge,
        _ => InflateError::Broken,
    })
}

/// `bytes` as a zlib stream.
pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    // The number of zlib's default level fits a byte.
    compress_to_vec_zlib(bytes, CompressionLevel::DefaultLevel as u8)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn what_is_deflated_inflates_to_the_same_bytes() {
        for bytes in [&b""[..], b"a", &[7; 5000]] {
            assert_eq!(inflate(&deflate(bytes), 5000).unwrap(), bytes);
        }
    }

    #[test]
    fn exactly_the_limit_inflates_and_one_byte_more_does_not() {
        let stream = deflate(&vec![0; 100_000]);
        assert_eq!(inflate(&stream, 100_000).unwrap().len(), 100_000);
        assert_eq!(inflate(&stream, 99_999), Err(InflateError::TooLarge));
        assert_eq!(inflate(&stream, 0), Err(InflateError::TooLarge));
    }

    #[test]
    fn a_stream_that_is_cut_altered_or_of_another_format_is_broken() {
        let stream = deflate(b"a text that is long enough, long enough");
        for cut in 0..stream.len() {
            assert_eq!(inflate(&stream[..cut], 1000), Err(InflateError::Broken), "{cut} bytes");
        }
        let mut checksum = stream.clone();
        *checksum.last_mut().unwrap() ^= 1;
        assert_eq!(inflate(&checksum, 1000), Err(InflateError::Broken));
        assert_eq!(inflate(&[0x1f, 0x8b, 8, 0, 0, 0], 1000), Err(InflateError::Broken));
    }

    #[test]
    fn what_follows_the_stream_is_not_looked_at() {
        let longer = [deflate(b"abc"), vec![1, 2, 3]].concat();
        assert_eq!(inflate(&longer, 10).unwrap(), b"abc");
    }
}
