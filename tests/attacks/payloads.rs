//! Payloads that no writer writes, under a genuine seal: what stands behind the tag must hold
//! against somebody who has the key.

use cloakroom::{
    FixedEntropy, OpenError, Protection,
    Rejection::{self, Kind, Length, Malformed, NewerVersion, OlderVersion, Shape},
};

use crate::workbench::{
    MODES, NOW, Visit, codec, cookie, forge, header, manager, read, refused, responses, visit,
};

const LIFETIMES: u8 = 0b0000_0100;
const BROWSER: u8 = 0b0000_1000;
const CLAIMS: u8 = 0b0100_0000;

/// A payload part by part.
#[derive(Clone)]
struct Parts {
    flags: u8,
    optional: Vec<u8>,
    body: Vec<u8>,
    end: Vec<u8>,
}

impl Parts {
    /// Those of a session of [`Visit`].
    fn genuine() -> Self {
        let opened =
            codec(Protection::Signed).open(cookie(Protection::Signed).as_bytes(), b"", NOW);
        let body = opened.unwrap().expose_body().to_vec();
        Self { flags: BROWSER, optional: Vec::new(), body, end: vec![0x80] }
    }

    fn with_claims(claims: &[u8]) -> Self {
        let len = u16::try_from(claims.len()).unwrap();
        let optional = [&len.to_be_bytes(), claims].concat();
        Self { flags: BROWSER | CLAIMS, optional, ..Self::genuine() }
    }

    fn payload(&self) -> Vec<u8> {
        let mut payload = vec![self.flags];
        payload.extend([0xa5; 16]);
        payload.extend(&NOW.as_unix().to_be_bytes()[3..]);
        payload.extend([0; 4]);
        payload.extend(&self.optional);
        payload.extend(&self.body);
        payload.extend(&self.end);
        payload
    }

    fn sealed(&self, mode: Protection) -> String {
        sealed(mode, &self.payload())
    }

    /// What becomes of it, in both modes alike.
    #[track_caller]
    fn comes_to(&self, expected: Result<Visit, Rejection>) {
        for mode in MODES {
            assert_eq!(read(&codec(mode), self.sealed(mode)), expected, "flags {:08b}", self.flags);
        }
        if expected.as_ref().is_err_and(|reason| !reason.removes()) {
            for mode in MODES {
                let sessions = manager(mode);
                let found = responses(&sessions, &[&header(self.sealed(mode))]);
                assert_eq!(found, responses(&sessions, &[]), "an answer of its own");
            }
        }
    }
}

fn sealed(mode: Protection, payload: &[u8]) -> String {
    forge(mode).seal(payload, b"", &FixedEntropy::repeating(9)).unwrap()
}

#[test]
fn the_control_opens() {
    Parts::genuine().comes_to(Ok(visit()));
}

#[test]
fn of_all_256_flags_exactly_those_with_a_meaning_open() {
    for flags in 0..=255 {
        let mut parts = Parts { flags, ..Parts::genuine() };
        if flags & LIFETIMES != 0 {
            parts.optional.extend([0, 0, 1, 0, 0, 0, 1, 0]);
        }
        if flags & CLAIMS != 0 {
            parts.optional.extend([0, 3, 6, 1, 2]);
        }
        let (coding, kind) = (flags & 0b11, flags >> 4 & 0b11);
        if coding == 1 {
            parts.body = stored_block(&parts.body);
        }
        parts.comes_to(match (flags >> 7, coding, kind) {
            (1, ..) | (_, 2.., _) | (_, _, 3) => Err(Malformed),
            // A stored session has no body.
            (_, _, 2) => Err(Malformed),
            (_, _, 1) => Err(Kind),
            _ => Ok(visit()),
        });
    }
}

/// Raw DEFLATE that compresses nothing.
fn stored_block(body: &[u8]) -> Vec<u8> {
    let len = u16::try_from(body.len()).unwrap();
    [&[1][..], &len.to_le_bytes(), &(!len).to_le_bytes(), body].concat()
}

#[test]
fn a_stored_session_has_no_body_and_is_of_another_kind() {
    let stored = |coding, body: &[u8]| Parts {
        flags: BROWSER | 2 << 4 | coding,
        body: body.to_vec(),
        ..Parts::genuine()
    };
    stored(0, b"").comes_to(Err(Kind));
    stored(0, b"x").comes_to(Err(Malformed));
    stored(1, b"").comes_to(Err(Malformed));
    stored(1, &[3, 0]).comes_to(Err(Malformed));
}

#[test]
fn an_empty_body_is_refused_deflated_or_not() {
    for kind in [0, 1] {
        let flags = BROWSER | kind << 4;
        Parts { flags, body: vec![], ..Parts::genuine() }.comes_to(Err(Malformed));
        let flags = flags | 1;
        Parts { flags, body: vec![], ..Parts::genuine() }.comes_to(Err(Malformed));
        // The deflated nothing, in two spellings.
        for body in [vec![3, 0], stored_block(b"")] {
            Parts { flags, body, ..Parts::genuine() }.comes_to(Err(Malformed));
        }
    }
}

#[test]
fn a_payload_without_its_end_marker_is_refused() {
    for end in [&[][..], &[0], &[0, 0, 0, 0], &[0x80, 1], &[0x80, 0, 1], &[0x40], &[0x81], &[0xff]]
    {
        let parts = Parts { end: end.to_vec(), ..Parts::genuine() };
        for mode in MODES {
            // Any bytes may be a body; then the marker is what is missing behind them.
            refused(&codec(mode), parts.sealed(mode), Malformed);
        }
    }
    for mode in MODES {
        for byte in [0, 0x80] {
            for len in [1, 26, 27, 29, 72, 1000] {
                let value = sealed(mode, &vec![byte; len]);
                let reason = read(&codec(mode), &value).unwrap_err();
                let short = value.len() < if mode == Protection::Encrypted { 96 } else { 88 };
                assert_eq!(reason, if short { Length } else { Malformed });
            }
        }
    }
}

#[test]
fn any_number_of_zeros_may_follow_the_marker() {
    for zeros in [0, 1, 2, 3, 31, 32, 255, 256, 2900] {
        let mut end = vec![0x80];
        end.resize(1 + zeros, 0);
        Parts { end, ..Parts::genuine() }.comes_to(Ok(visit()));
    }
}

#[test]
fn a_payload_cut_anywhere_or_with_a_byte_left_out_is_refused() {
    let full = Parts {
        flags: BROWSER | LIFETIMES | CLAIMS,
        optional: vec![0, 0, 1, 0, 0, 0, 1, 0, 0, 3, 6, 1, 2],
        ..Parts::genuine()
    };
    full.comes_to(Ok(visit()));
    let payload = full.payload();
    for mode in MODES {
        for len in 0..payload.len() {
            assert!(read(&codec(mode), sealed(mode, &payload[..len])).is_err(), "{len} bytes");
            let gap = [&payload[..len], &payload[len + 1..]].concat();
            // Without a byte of the session id, the next moves up and nobody can tell; then the
            // dates are other dates.
            let _ = read(&codec(mode), sealed(mode, &gap)).map(|found| assert_eq!(found, visit()));
        }
    }
}

#[test]
fn malformed_claims_are_refused() {
    let long = [&[1, 65][..], &[b'x'; 65]].concat();
    let all: [&[u8]; 17] = [
        &[],
        &[0, 0],
        &[7, 1, 1],
        &[255, 1, 1],
        &[1, 0],
        &long,
        &[2, 3, 0, 0, 0],
        &[2, 5, 0, 0, 0, 0, 0],
        &[3, 4, 0, 0, 0, 0],
        &[4, 6, 0, 0, 0, 0, 0, 0],
        &[5, 0],
        &[6, 0],
        &[6, 2, 1, 1],
        &[6, 1, 1, 6, 1, 1],
        &[6, 1, 1, 2, 4, 0, 0, 0, 0],
        &[6, 1],
        &[6],
    ];
    for claims in all {
        Parts::with_claims(claims).comes_to(Err(Malformed));
    }
    Parts::with_claims(&[2, 4, 0, 0, 0, 0, 6, 1, 1]).comes_to(Ok(visit()));
}

#[test]
fn a_claims_length_other_than_the_claims_have_is_refused() {
    let genuine = Parts::with_claims(&[6, 1, 1]);
    for len in (0..=u16::MAX).filter(|len| *len != 3).step_by(997).chain([0, 1, 2, 4, u16::MAX]) {
        let mut parts = genuine.clone();
        parts.optional[..2].copy_from_slice(&len.to_be_bytes());
        parts.comes_to(Err(Malformed));
    }
}

#[test]
fn a_body_of_another_version_is_refused_as_newer_or_older() {
    for version in 0..=255 {
        let mut parts = Parts::genuine();
        parts.body[0] = version;
        parts.comes_to(match version {
            0 => Err(OlderVersion),
            1 => Ok(visit()),
            _ => Err(NewerVersion),
        });
    }
}

#[test]
fn a_body_of_any_other_shape_is_refused() {
    for bit in 0..32 {
        let mut parts = Parts::genuine();
        parts.body[1 + bit / 8] ^= 1 << (bit % 8);
        parts.comes_to(Err(Shape));
    }
}

#[test]
fn a_body_shorter_than_version_and_shape_is_refused() {
    for len in 1..5 {
        let mut parts = Parts::genuine();
        parts.body.truncate(len);
        parts.comes_to(Err(Rejection::Body));
    }
}

#[test]
fn lifetimes_of_zero_stand_for_the_policys() {
    let mut parts = Parts { flags: BROWSER | LIFETIMES, ..Parts::genuine() };
    parts.optional = vec![0; 8];
    parts.comes_to(Ok(visit()));
    let value = parts.sealed(Protection::Encrypted);
    let opened = codec(Protection::Encrypted).open(value.as_bytes(), b"", NOW);
    let opened = opened.map_err(|error: OpenError| error.reason()).unwrap();
    assert_eq!(opened.own_lifetimes(), Some((0, 0)));
    assert_eq!(opened.idle_expires(), NOW.plus(14 * 86_400));
    assert_eq!(opened.absolute_expires(), NOW.plus(30 * 86_400));
}

#[test]
fn a_session_of_an_old_version_is_removed_and_every_other_refusal_leaves_the_cookie() {
    let mut old = Parts::genuine();
    old.body[0] = 0;
    for mode in MODES {
        let sessions = manager(mode);
        let [reading, _] = responses(&sessions, &[&header(old.sealed(mode))]);
        assert_eq!(reading.set_cookies.len(), 1);
        assert!(reading.set_cookies[0].as_str().contains("Max-Age=0"));
    }
}
