//! The payload: what the seal protects, written and read.
//!
//! ```text
//! P = flags[1] | sid[16] | created[5] | age[4] | (life[4] | idle[4]) | (claims_len[2] | claims)
//!     | body | 80 | 00 ...
//! ```

use super::{
    claims::{self, Claims},
    layout,
    protect::Protection,
    times::{Lifetimes, Times},
};
use crate::{
    body::{Body, Buffer, Kind},
    error::SealError,
    limits::{END_MARKER, HEADER_LEN, LIFETIMES_LEN, SID_LEN},
};

/// How the body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// As it is.
    Raw,
    /// As raw DEFLATE.
    Deflate,
}

/// Everything of a payload but its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) sid: [u8; SID_LEN],
    pub(crate) times: Times,
    /// Whether the cookie ends with the browser's session.
    pub(crate) browser: bool,
    pub(crate) kind: Kind,
    pub(crate) claims: Claims,
}

/// A payload taken apart. Every byte of it is accounted for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Payload<'p> {
    pub(crate) header: Header,
    /// Whether it says lifetimes of its own, be they those of the policy.
    pub(crate) says_lifetimes: bool,
    pub(crate) coding: Coding,
    /// Bytes before the body.
    pub(crate) body_at: usize,
    pub(crate) body: &'p [u8],
}

/// Appends a payload of `len` bytes, which are at least what its parts need; zeros fill the rest.
///
/// # Errors
///
/// [`SealError::Clock`] and [`SealError::Claims`] for values that have no form, and
/// [`SealError::Encode`].
pub(crate) fn write(
    header: &Header,
    (coding, body): (Coding, &dyn Body),
    len: usize,
    out: &mut Buffer,
) -> Result<(), SealError> {
    let end = out.len().saturating_add(len);
    let Times { created, issued, lifetimes } = header.times;
    let created_bytes = claims::to_five_bytes(created).ok_or(SealError::Clock)?;
    let age = u32::try_from(issued.since(created)).map_err(|_| SealError::Clock)?;
    let claims_len = header.claims.encoded_len().ok_or(SealError::Claims)?;
    let claims_len = u16::try_from(claims_len).map_err(|_| SealError::Claims)?;

    out.push(flags(header, coding, claims_len > 0));
    out.extend(&header.sid);
    out.extend(&created_bytes);
    out.extend(&age.to_be_bytes());
    if !lifetimes.are_default() {
        out.extend(&lifetimes.life.to_be_bytes());
        out.extend(&lifetimes.idle.to_be_bytes());
    }
    if claims_len > 0 {
        out.extend(&claims_len.to_be_bytes());
        header.claims.write(|piece| out.extend(piece)).ok_or(SealError::Claims)?;
    }
    body.write(out).map_err(SealError::Encode)?;
    out.push(END_MARKER);
    out.extend_zeros(end.saturating_sub(out.len()));
    Ok(())
}

/// Bytes of a payload for `mode` around `body_len` bytes, with `pad` zeros beyond those that the
/// length of the token asks for; `None` for claims that have no form.
pub(crate) fn padded_len(
    header: &Header,
    body_len: usize,
    pad: usize,
    mode: Protection,
) -> Option<usize> {
    let claims_len = header.claims.encoded_len()?;
    let lifetimes = if header.times.lifetimes.are_default() { 0 } else { LIFETIMES_LEN };
    let claims = if claims_len == 0 { 0 } else { claims_len.saturating_add(2) };
    let least = [HEADER_LEN, lifetimes, claims, body_len, 1, pad]
        .iter()
        .fold(0usize, |sum, &part| sum.saturating_add(part));
    let (before, after) = layout::frame(mode);
    let frame = before.saturating_add(after);
    let token = least.saturating_add(frame).div_ceil(3).saturating_mul(3);
    Some(token.saturating_sub(frame))
}

/// Takes a payload apart; `None` for anything that is not laid out as the format says.
pub(crate) fn parse(payload: &[u8]) -> Option<Payload<'_>> {
    let (&[flags], rest) = payload.split_first_chunk()?;
    let (&sid, rest) = rest.split_first_chunk::<SID_LEN>()?;
    let (&created, rest) = rest.split_first_chunk()?;
    let (&age, rest) = rest.split_first_chunk()?;
    let created = claims::from_five_bytes(created);
    let issued = created.plus(u32::from_be_bytes(age).into());

    let coding = match flags & FLAG_CODING {
        0 => Coding::Raw,
        1 => Coding::Deflate,
        _ => return None,
    };
    let kind = match (flags & FLAG_KIND) >> FLAG_KIND.trailing_zeros() {
        0 => Kind::Typed,
        1 => Kind::Values,
        2 => Kind::Stored,
        _ => return None,
    };
    if flags & FLAG_RESERVED != 0 {
        return None;
    }
    let (lifetimes, rest) = if flags & FLAG_LIFETIMES == 0 {
        (Lifetimes::default(), rest)
    } else {
        let (&life, rest) = rest.split_first_chunk()?;
        let (&idle, rest) = rest.split_first_chunk()?;
        (Lifetimes { life: u32::from_be_bytes(life), idle: u32::from_be_bytes(idle) }, rest)
    };
    let (claims, rest) = if flags & FLAG_CLAIMS == 0 {
        (Claims::default(), rest)
    } else {
        let (&len, rest) = rest.split_first_chunk()?;
        let (claims, rest) = rest.split_at_checked(u16::from_be_bytes(len).into())?;
        (Claims::decode(claims)?, rest)
    };
    let body_at = payload.len().saturating_sub(rest.len());
    let body = strip_padding(rest)?;
    let fits = match kind {
        Kind::Typed | Kind::Values => !body.is_empty(),
        Kind::Stored => body.is_empty() && coding == Coding::Raw,
    };
    let times = Times { created, issued, lifetimes };
    let header = Header { sid, times, browser: flags & FLAG_BROWSER != 0, kind, claims };
    let says_lifetimes = flags & FLAG_LIFETIMES != 0;
    fits.then_some(Payload { header, says_lifetimes, coding, body_at, body })
}

/// The bytes before the last `80` that only zeros follow.
fn strip_padding(padded: &[u8]) -> Option<&[u8]> {
    let end = padded.iter().rposition(|&byte| byte != 0)?;
    match padded.split_at_checked(end)? {
        (body, [END_MARKER, ..]) => Some(body),
        _ => None,
    }
}

fn flags(header: &Header, coding: Coding, claims: bool) -> u8 {
    let coding = match coding {
        Coding::Raw => 0,
        Coding::Deflate => 1,
    };
    let kind = match header.kind {
        Kind::Typed => 0,
        Kind::Values => 1 << FLAG_KIND.trailing_zeros(),
        Kind::Stored => 2 << FLAG_KIND.trailing_zeros(),
    };
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    coding
        | kind
        | flag(!header.times.lifetimes.are_default(), FLAG_LIFETIMES)
        | flag(header.browser, FLAG_BROWSER)
        | flag(claims, FLAG_CLAIMS)
}

const FLAG_CODING: u8 = 0b0000_0011;
const FLAG_LIFETIMES: u8 = 0b0000_0100;
const FLAG_BROWSER: u8 = 0b0000_1000;
const FLAG_KIND: u8 = 0b0011_0000;
const FLAG_CLAIMS: u8 = 0b0100_0000;
const FLAG_RESERVED: u8 = 0b1000_0000;

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;
    use crate::clock::Timestamp;

    fn header() -> Header {
        Header {
            sid: [0xA5; SID_LEN],
            times: Times {
                created: Timestamp::from_unix(1_790_000_000),
                issued: Timestamp::from_unix(1_790_000_060),
                lifetimes: Lifetimes::default(),
            },
            browser: true,
            kind: Kind::Values,
            claims: Claims::default(),
        }
    }

    fn full() -> Header {
        let mut header = header();
        header.times.lifetimes = Lifetimes { life: 43_200, idle: 1800 };
        header.claims.level = Some(2);
        header.browser = false;
        header
    }

    const BODY: &[u8] = b"\x80\x00body\x80";

    fn write(
        header: &Header,
        (coding, body): (Coding, &[u8]),
        pad: usize,
        mode: Protection,
    ) -> Result<Buffer, SealError> {
        let body = Buffer::from(body.to_vec());
        let len = padded_len(header, body.len(), pad, mode).ok_or(SealError::Claims)?;
        let mut bytes = Buffer::default();
        super::write(header, (coding, &body), len, &mut bytes)?;
        assert_eq!(bytes.len(), len);
        Ok(bytes)
    }

    #[test]
    fn what_is_written_is_read_back_in_every_mode_and_padding() {
        for header in [header(), full()] {
            for mode in [Protection::Encrypted, Protection::Signed] {
                for pad in 0..40 {
                    for coding in [Coding::Raw, Coding::Deflate] {
                        let bytes = write(&header, (coding, BODY), pad, mode).unwrap();
                        let modulus = if mode == Protection::Encrypted { 0 } else { 2 };
                        assert_eq!(bytes.len() % 3, modulus);
                        let read = parse(&bytes).unwrap();
                        assert_eq!((&read.header, read.coding, read.body), (&header, coding, BODY));
                        assert_eq!(bytes[read.body_at..][..BODY.len()], *BODY);
                        assert_eq!(read.says_lifetimes, !header.times.lifetimes.are_default());
                    }
                }
            }
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_specification() {
        let bytes = write(&full(), (Coding::Raw, b"hi"), 0, Protection::Encrypted).unwrap();
        let mut expected = vec![0b0101_0100];
        expected.extend([0xA5; 16]);
        expected.extend([0x00, 0x6A, 0xB1, 0x3B, 0x80, 0, 0, 0, 60]);
        expected.extend([0, 0, 0xA8, 0xC0, 0, 0, 7, 8]);
        expected.extend([0, 3, 6, 1, 2]);
        expected.extend(b"hi\x80\0\0\0");
        expected.truncate(expected.len().div_ceil(3) * 3);
        expected.resize(expected.len().next_multiple_of(3), 0);
        let least = 26 + 8 + 5 + 2 + 1;
        assert_eq!(bytes.len(), usize::next_multiple_of(least, 3));
        assert_eq!(bytes.as_slice(), &expected[..bytes.len()]);
    }

    #[test]
    fn every_truncation_of_a_payload_is_refused() {
        let whole = write(&full(), (Coding::Raw, b"body"), 0, Protection::Signed).unwrap();
        let marker = whole.iter().rposition(|&byte| byte != 0).unwrap();
        for len in 0..=marker {
            assert_eq!(parse(&whole[..len]), None, "{len}");
        }
        assert!(parse(&whole[..=marker]).is_some());
    }

    #[test]
    fn unknown_codecs_kinds_and_flags_are_refused() {
        let whole = write(&header(), (Coding::Raw, BODY), 0, Protection::Signed).unwrap();
        for flags in [0b10, 0b11, 0b0011_0000, 0b1000_0000] {
            let mut hostile = whole.to_vec();
            hostile[0] = flags;
            assert_eq!(parse(&hostile), None, "{flags:08b}");
        }
    }

    #[test]
    fn a_body_is_never_empty_unless_it_is_stored_and_then_it_is() {
        let of = |kind, coding, body: &[u8]| {
            let header = Header { kind, ..header() };
            let bytes = write(&header, (coding, body), 0, Protection::Signed).unwrap();
            parse(&bytes).is_some()
        };
        assert!(!of(Kind::Typed, Coding::Raw, b""));
        assert!(!of(Kind::Values, Coding::Raw, b""));
        assert!(of(Kind::Stored, Coding::Raw, b""));
        assert!(!of(Kind::Stored, Coding::Deflate, b""));
        assert!(!of(Kind::Stored, Coding::Raw, b"x"));
    }

    #[test]
    fn a_claims_block_of_no_bytes_or_of_too_many_is_refused() {
        let mut hostile: Vec<u8> = vec![0b0100_0000];
        hostile.extend([0; 25]);
        for (len, claims) in [(0u16, &[][..]), (4, &[6, 1, 2]), (3, &[6, 1, 2, 0])] {
            let mut hostile = hostile.clone();
            hostile.extend(len.to_be_bytes());
            hostile.extend(claims);
            if len == 4 {
                assert_eq!(parse(&hostile), None);
            }
            hostile.extend(b"x\x80");
            assert_eq!(parse(&hostile).is_some(), len == 3, "{len}");
        }
    }

    #[test]
    fn own_lifetimes_of_zero_are_accepted_though_never_written() {
        let mut bytes = vec![0b0000_0100];
        bytes.extend([0; 25 + 8]);
        bytes.extend(b"x\x80");
        let read = parse(&bytes).unwrap();
        assert_eq!(read.header.times.lifetimes, Lifetimes::default());
        assert!(read.says_lifetimes);
    }

    #[test]
    fn a_session_older_than_four_bytes_of_seconds_cannot_be_sealed() {
        let mut header = header();
        header.times.issued = header.times.created.plus(u64::from(u32::MAX) + 1);
        let refused = write(&header, (Coding::Raw, BODY), 0, Protection::Signed);
        assert_eq!(refused.unwrap_err(), SealError::Clock);
    }
}
