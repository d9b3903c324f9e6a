//! Proofs by trying everything: all flags with all small bodies, all short tails, all groups of
//! telling characters.

use alloc::{vec, vec::Vec};
use core::fmt::{Debug, Display};

use serde::Serialize;

use super::{
    Claims, Protection,
    layout::{self, Token, Unsealed, Unverified},
    payload::{self, Coding, Header, Payload},
    protect::{Sealer, Verified},
    times::{Lifetimes, Times},
};
use crate::{
    body::{Buffer, Kind},
    clock::Timestamp,
    error::Rejection,
    primitives::{base64url, testing::implements},
};

const MODES: [Protection; 2] = [Protection::Encrypted, Protection::Signed];
const KINDS: [Kind; 3] = [Kind::Typed, Kind::Values, Kind::Stored];
const CODINGS: [Coding; 2] = [Coding::Raw, Coding::Deflate];
const YES_AND_NO: [bool; 2] = [false, true];

/// Every header that differs in its flags, with fields that are there at their extremes.
fn headers() -> Vec<Header> {
    let mut all = vec![];
    for kind in KINDS {
        for browser in YES_AND_NO {
            for (life, idle) in [(0, 0), (1, 0), (0, 1), (u32::MAX, u32::MAX)] {
                for claimed in YES_AND_NO {
                    for age in [0, u64::from(u32::MAX)] {
                        let created = Timestamp::from_unix((1 << 40) - 1);
                        let lifetimes = Lifetimes { life, idle };
                        let times = Times { created, issued: created.plus(age), lifetimes };
                        let claims = if claimed { everything() } else { Claims::default() };
                        all.push(Header { sid: [0x80; 16], times, browser, kind, claims });
                    }
                }
            }
        }
    }
    all
}

fn written(
    header: &Header,
    (coding, body): (Coding, &[u8]),
    pad: usize,
    mode: Protection,
) -> Buffer {
    let body = Buffer::from(body.to_vec());
    let len = payload::padded_len(header, body.len(), pad, mode).unwrap();
    let mut bytes = Buffer::default();
    payload::write(header, (coding, &body), len, &mut bytes).unwrap();
    bytes
}

fn everything() -> Claims {
    Claims {
        subject: Some(vec![0x80; 64]),
        epoch: Some(u32::MAX),
        auth_at: Some(Timestamp::from_unix(0)),
        checked_at: Some(Timestamp::from_unix((1 << 40) - 1)),
        stamp: Some([0; 16]),
        level: Some(0x80),
    }
}

#[test]
fn reading_undoes_writing_for_every_flag_and_every_body_of_up_to_64_bytes() {
    let mut read = 0;
    for header in headers() {
        for coding in CODINGS {
            // Bodies that look like the marker and the padding behind them.
            for filling in [0x00, 0x80, 0xff] {
                for len in 0..=64 {
                    let body = vec![filling; len];
                    for mode in MODES {
                        let pad = len % 4;
                        let bytes = written(&header, (coding, &body), pad, mode);
                        let fits = match header.kind {
                            Kind::Stored => len == 0 && coding == Coding::Raw,
                            Kind::Typed | Kind::Values => len > 0,
                        };
                        let says_lifetimes = !header.times.lifetimes.are_default();
                        let header = header.clone();
                        let body = body.as_slice();
                        let read_back = payload::parse(&bytes);
                        let body_at = read_back.as_ref().map_or(0, |read| read.body_at);
                        let expected = Payload { header, says_lifetimes, coding, body_at, body };
                        assert_eq!(read_back, fits.then_some(expected));
                        assert!(!fits || bytes[body_at..].starts_with(body));
                        read += usize::from(fits);
                    }
                }
            }
        }
    }
    // 2 of 3 kinds with bodies, in 32 headers each, 2 codings, 3 fillings, 64 lengths, 2 modes.
    assert_eq!(read, 2 * 32 * 2 * 3 * 64 * 2 + 32 * 3 * 2);
}

/// Whatever is accepted says the same when written again: no two payloads differ in meaning and
/// agree in what is read, and no byte has no meaning.
#[test]
fn every_short_payload_is_refused_or_is_what_is_written_of_what_was_read() {
    const TELLING: [u8; 6] = [0x00, 0x01, 0x03, 0x06, 0x80, 0xff];
    let mut accepted = 0;
    for flags in 0..=255_u8 {
        let mut front = vec![flags];
        front.extend([7; 25]);
        if flags & 0b0000_0100 != 0 {
            front.extend([1; 8]);
        }
        for len in 0..=4_u32 {
            for nth in 0..TELLING.len().pow(len) {
                let tail = (0..len).map(|at| TELLING[nth / TELLING.len().pow(at) % TELLING.len()]);
                let bytes: Vec<u8> = front.iter().copied().chain(tail).collect();
                let Some(read) = payload::parse(&bytes) else { continue };
                let again = written(&read.header, (read.coding, read.body), 0, Protection::Signed);
                let [theirs, ours] = [&bytes[..], &again].map(without_padding);
                assert_eq!(theirs, ours, "{bytes:02x?}");
                accepted += 1;
            }
        }
    }
    assert!(accepted > 2_000, "{accepted}");
}

fn without_padding(payload: &[u8]) -> &[u8] {
    &payload[..=payload.iter().rposition(|&byte| byte != 0).unwrap()]
}

/// The text of a token of every length there is, right and wrong, and of every group of four
/// telling characters in the first and the last place.
#[test]
fn no_text_makes_the_layout_panic_and_every_refusal_has_its_reason() {
    for mode in MODES {
        let first = if mode == Protection::Encrypted { b"EQAA" } else { b"SQAA" };
        let least = if mode == Protection::Encrypted { 96 } else { 88 };
        for len in 0..=4104_usize {
            let mut text = vec![b'A'; len];
            text.iter_mut().zip(first).for_each(|(to, from)| *to = *from);
            let fits = (least..=4096).contains(&len) && len.is_multiple_of(4);
            let refused = Unverified::parse(&text, mode).err().map(|error| error.reason());
            assert_eq!(refused, (!fits).then_some(Rejection::Length), "{len}");
        }

        const TELLING: [u8; 12] = *b"AESQ_-+/= \0\xff";
        for nth in 0..TELLING.len().pow(4) {
            let group = [0, 1, 2, 3].map(|at| TELLING[nth / TELLING.len().pow(at) % 12]);
            for (at, is_first) in [(0, true), (least - 4, false)] {
                let mut text = vec![b'A'; least];
                text[..4].copy_from_slice(first);
                text[at..at + 4].copy_from_slice(&group);
                let canonical =
                    group.iter().all(|c| c.is_ascii_alphanumeric() || b"_-".contains(c));
                // The version is the first byte: the first character and two bits of the second.
                let sixth = |c: u8| if c == b'A' { Some(0) } else { position(c) };
                let version = (sixth(group[0]), sixth(group[1]));
                let ours = match version {
                    (Some(high), Some(low)) => high << 2 | low >> 4 == u32::from(mode.version()),
                    _ => false,
                };
                let expected = match (canonical, is_first && !ours) {
                    (false, _) => Some(Rejection::Encoding),
                    (true, true) => Some(Rejection::Version),
                    (true, false) => None,
                };
                let refused = Unverified::parse(&text, mode).err().map(|error| error.reason());
                assert_eq!(refused, expected, "{group:?}");
            }
        }
    }
}

/// The value of a character of base64url (RFC 4648, table 2).
fn position(character: u8) -> Option<u32> {
    let alphabet = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*b"-_");
    (0..).zip(alphabet).find(|(_, c)| *c == character).map(|(value, _)| value)
}

#[test]
fn the_length_of_a_value_is_what_its_text_will_have() {
    for mode in MODES {
        let (before, after) = layout::frame(mode);
        for payload in 0..4096 {
            if (payload + before + after).is_multiple_of(3) {
                let text = base64url::encode(&vec![0; payload + before + after]);
                assert_eq!(text.len(), layout::value_len(mode, payload));
            }
        }
    }
}

#[test]
fn what_proves_a_tag_and_what_holds_keys_cannot_be_copied_or_printed() {
    macro_rules! closed {
        ($($type:ty),+) => { $(
            assert!(!implements!($type: Clone) && !implements!($type: Default));
            assert!(!implements!($type: Debug) && !implements!($type: Display));
            assert!(!implements!($type: Serialize) && !implements!($type: PartialEq));
        )+ };
    }
    closed!(Sealer, Unsealed, Token, Unverified, Verified);
    assert!(!implements!(Verified: From<Unverified>) && implements!(Claims: Clone));
}
