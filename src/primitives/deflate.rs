//! Raw DEFLATE (RFC 1951): level 6 out, bounded and exact in.
//!
//! Without the feature `deflate` the same functions stand here and always decline, so that
//! nothing above this file asks about features.

#[cfg(feature = "deflate")]
pub(crate) use enabled::{deflate, inflate};

#[cfg(not(feature = "deflate"))]
pub(crate) use disabled::{deflate, inflate};

/// Whether this build can deflate and inflate.
pub(crate) const AVAILABLE: bool = cfg!(feature = "deflate");

#[cfg(feature = "deflate")]
mod enabled {
    use alloc::{boxed::Box, vec, vec::Vec};

    use miniz_oxide::{
        DataFormat,
        deflate::{
            CompressionLevel,
            core::{CompressorOxide, TDEFLFlush, TDEFLStatus, compress},
        },
        inflate::{
            TINFLStatus,
            core::{
                DecompressorOxide, decompress,
                inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
            },
        },
    };
    use zeroize::Zeroizing;

    use crate::limits::INFLATED_MAX;

    /// `body` deflated, if that is shorter than `body` and [`inflate`] would take it back.
    ///
    /// The compressor keeps a copy of the body in a window that cannot be wiped.
    pub(crate) fn deflate(body: &[u8]) -> Option<Vec<u8>> {
        if body.len() > INFLATED_MAX {
            return None;
        }
        let mut compressor = Box::new(CompressorOxide::with_format_and_level(
            DataFormat::Raw,
            CompressionLevel::DefaultLevel,
        ));
        let mut shorter = Zeroizing::new(vec![0; body.len().saturating_sub(1)]);
        let (status, _, len) = compress(&mut compressor, body, &mut shorter, TDEFLFlush::Finish);
        (status == TDEFLStatus::Done).then(|| shorter.iter().take(len).copied().collect())
    }

    /// What `input` stands for: at most 16 384 bytes, from one whole stream with nothing after it.
    pub(crate) fn inflate(input: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut state = Box::<DecompressorOxide>::default();
        let mut body = Zeroizing::new(vec![0; INFLATED_MAX]);
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, read, len) = decompress(&mut state, input, &mut body, 0, flags);
        if status != TINFLStatus::Done || read != input.len() {
            return None;
        }
        body.truncate(len);
        Some(body)
    }
}

#[cfg(not(feature = "deflate"))]
mod disabled {
    use alloc::vec::Vec;

    use zeroize::Zeroizing;

    pub(crate) const fn deflate(_body: &[u8]) -> Option<Vec<u8>> {
        None
    }

    pub(crate) const fn inflate(_input: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        None
    }
}

#[cfg(test)]
#[cfg(feature = "deflate")]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;
    use crate::{limits::INFLATED_MAX, primitives::mac::sha256};

    /// Text that compresses to about a third.
    fn text(len: usize) -> Vec<u8> {
        b"user=42;role=editor;theme=dark;".iter().copied().cycle().take(len).collect()
    }

    /// A stream of one stored block, written by hand.
    fn stored(body: &[u8]) -> Vec<u8> {
        let len = u16::try_from(body.len()).unwrap();
        let mut stream = vec![0x01];
        stream.extend_from_slice(&len.to_le_bytes());
        stream.extend_from_slice(&(!len).to_le_bytes());
        stream.extend_from_slice(body);
        stream
    }

    #[test]
    fn what_is_deflated_inflates_to_the_same_bytes() {
        for len in [64, 384, 1000, 4096, INFLATED_MAX] {
            let body = text(len);
            let small = deflate(&body).unwrap();
            assert!(small.len() < body.len());
            assert_eq!(inflate(&small).unwrap().as_slice(), body);
        }
    }

    #[test]
    fn the_example_of_a_static_block_is_the_known_one() {
        let stream = [0x73, 0x49, 0x4d, 0xcb, 0x49, 0x2c, 0x49, 0x55, 0x00, 0x11, 0x00];
        assert_eq!(deflate(b"Deflate late").unwrap(), stream);
        assert_eq!(inflate(&stream).unwrap().as_slice(), b"Deflate late");
    }

    #[test]
    fn a_body_that_does_not_shrink_is_declined() {
        let noise: Vec<u8> = (0..32_u8).flat_map(|nth| sha256(&[&[nth]])).collect();
        assert_eq!(deflate(&noise), None);
        assert_eq!(deflate(b""), None);
        assert_eq!(deflate(b"a"), None);
    }

    #[test]
    fn a_body_over_the_limit_is_declined() {
        assert!(deflate(&text(INFLATED_MAX)).is_some());
        assert_eq!(deflate(&text(INFLATED_MAX + 1)), None);
    }

    #[test]
    fn exactly_the_limit_inflates_and_one_byte_more_does_not() {
        let most = stored(&text(INFLATED_MAX));
        assert_eq!(inflate(&most).unwrap().len(), INFLATED_MAX);
        assert!(inflate(&stored(&text(INFLATED_MAX + 1))).is_none());
    }

    #[test]
    fn a_bomb_of_a_thousand_to_one_is_refused() {
        for len in [INFLATED_MAX + 1, 1 << 20, 64 << 20] {
            let bomb = miniz_oxide::deflate::compress_to_vec(&vec![0; len], 9);
            assert!(inflate(&bomb).is_none(), "{len} bytes");
        }
    }

    #[test]
    fn a_thousand_empty_blocks_are_read_but_must_end() {
        let mut stream = [0x00, 0x00, 0x00, 0xff, 0xff].repeat(1000);
        assert!(inflate(&stream).is_none());
        stream.extend_from_slice(&stored(b"end"));
        assert_eq!(inflate(&stream).unwrap().as_slice(), b"end");
    }

    #[test]
    fn a_stream_cut_anywhere_is_refused() {
        for stream in [deflate(&text(1000)).unwrap(), stored(b"a stored block")] {
            for len in 0..stream.len() {
                assert!(inflate(&stream[..len]).is_none(), "{len} bytes");
            }
        }
    }

    #[test]
    fn a_byte_after_the_stream_is_refused() {
        for stream in [deflate(&text(1000)).unwrap(), stored(b"a stored block")] {
            for byte in 0..=255 {
                let mut longer = stream.clone();
                longer.push(byte);
                assert!(inflate(&longer).is_none(), "{byte:#x}");
            }
        }
    }

    #[test]
    fn a_zlib_or_gzip_header_is_refused() {
        let zlib = miniz_oxide::deflate::compress_to_vec_zlib(&text(1000), 6);
        assert!(inflate(&zlib).is_none());
        assert!(inflate(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]).is_none());
    }
}
