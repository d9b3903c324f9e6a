//! Sealing any session and opening it again.
//!
//! Input: 32 bytes of header and choices (see `Choices`), then `len(bind) | bind | len(subject) |
//! subject | body`.

use cloakroom::__fuzz::{Kind, Whole, deflate};
use cloakroom::{Claims, Codec, Deflate, FixedEntropy, Protection, SealError, Timestamp};

use super::open_resealed::same;
use super::tokens::{MODES, codec, frame};

const ALGORITHMS: [Deflate; 3] = [Deflate::Off, Deflate::ToFit, Deflate::WhenSmaller];

/// The first bytes of an input.
struct Choices {
    mode: Protection,
    deflate: Deflate,
    overhead: usize,
    now: u64,
}

pub fn run(input: &[u8]) {
    let Some((head, rest)) = input.split_first_chunk::<32>() else { return };
    let Some((bind, rest)) = counted(rest) else { return };
    let Some((subject, body)) = counted(rest) else { return };
    let number = |at: usize, len: usize| {
        head[at..at + len].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    let choices = Choices {
        mode: MODES[usize::from(head[0] & 1)],
        deflate: ALGORITHMS[usize::from(head[0] >> 1) % 3],
        overhead: usize::from(head[1]) * 16,
        now: number(2, 6),
    };
    let kind = [Kind::Typed, Kind::Values, Kind::Stored][usize::from(head[8]) % 3];
    let age = number(16, 5);
    let mut whole = Whole {
        sid: [head[9]; 16],
        created: choices.now.saturating_sub(age),
        issued: choices.now,
        life: u32::try_from(number(24, 4)).unwrap(),
        idle: u32::try_from(number(28, 4)).unwrap(),
        browser: head[10] & 1 != 0,
        kind,
        claims: Claims::default(),
        body: if kind == Kind::Stored {
            vec![]
        } else {
            body.repeat(1 + usize::from(head[11]) % 8)
        },
    };
    if whole.body.is_empty() && kind != Kind::Stored {
        return;
    }
    if head[10] & 2 != 0 {
        whole.claims.subject = Some(subject.to_vec());
    }
    if head[10] & 4 != 0 {
        whole.claims.auth_at = Some(Timestamp::from_unix(number(12, 6)));
        whole.claims.epoch = Some(u32::try_from(number(12, 4)).unwrap());
    }
    if head[10] & 8 != 0 {
        whole.claims.checked_at = Some(Timestamp::from_unix(number(12, 5)));
        whole.claims.stamp = Some([head[12]; 16]);
        whole.claims.level = Some(head[13]);
    }
    seal_and_open(&choices, &whole, bind);
}

fn counted(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = input.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

fn seal_and_open(choices: &Choices, whole: &Whole, bind: &[u8]) {
    let now = Timestamp::from_unix(choices.now);
    let codec = Codec::new(codec(choices.mode).ring(), choices.mode, "a", "n", Default::default())
        .unwrap()
        .with_deflate(choices.deflate)
        .unwrap();
    let entropy = FixedEntropy::from_seed(choices.now);
    let value = match whole.seal(&codec, bind, choices.overhead, now, &entropy) {
        Ok(value) => value,
        Err(SealError::TooLarge(numbers)) => {
            assert!(numbers.needed > 4096 && numbers.limit == 4096);
            assert!(most(choices, whole) > 4096, "refused without need");
            return;
        }
        Err(SealError::Claims) => return assert!(!claims_have_a_form(&whole.claims)),
        Err(SealError::Clock) => {
            let age = whole.issued - whole.created;
            return assert!(whole.created >= 1 << 40 || age > u64::from(u32::MAX));
        }
        Err(other) => panic!("{other:?}"),
    };
    assert!(claims_have_a_form(&whole.claims));
    assert!(value.len() + choices.overhead <= 4096);
    assert!(value.len() + choices.overhead <= most(choices, whole));

    // Sealed at the end of its own life it is over at once.
    match codec.open(value.as_bytes(), bind, now) {
        Ok(opened) => {
            same(whole, &opened);
            let tried =
                choices.deflate != Deflate::Off && (384..=16_384).contains(&whole.body.len());
            assert!(tried || !opened.was_deflated());
        }
        Err(error) => {
            assert_eq!(error.reason().as_str(), "expired_absolute");
            let own = if whole.life == 0 { 30 * 86_400 } else { whole.life.into() };
            assert!(whole.issued - whole.created >= own.min(400 * 86_400));
        }
    }
    let mut elsewhere = bind.to_vec();
    elsewhere.push(0);
    let refused = codec.open(value.as_bytes(), &elsewhere, now).unwrap_err();
    assert_eq!(refused.reason().as_str(), "forged");
}

/// Bytes of the line, with all the padding that it may get.
fn most(choices: &Choices, whole: &Whole) -> usize {
    let claims = match claims_len(&whole.claims) {
        0 => 0,
        len => 2 + len,
    };
    let lifetimes = if (whole.life, whole.idle) == (0, 0) { 0 } else { 8 };
    let around = frame(choices.mode) + 26 + lifetimes + claims + 1;
    let line = |body: usize| (around + body).div_ceil(3) * 4 + choices.overhead;
    let raw = line(whole.body.len());
    let wanted = match choices.deflate {
        Deflate::Off => false,
        Deflate::ToFit => raw > 4096,
        Deflate::WhenSmaller => true,
    };
    if !wanted || !(384..=16_384).contains(&whole.body.len()) {
        return raw;
    }
    match deflate(&whole.body) {
        Some(small) if small.len() + 16 <= whole.body.len() => line(small.len() + 31),
        _ => line(whole.body.len() + 31),
    }
}

fn claims_len(claims: &Claims) -> usize {
    claims.subject.as_ref().map_or(0, |subject| 2 + subject.len())
        + claims.epoch.map_or(0, |_| 6)
        + claims.auth_at.map_or(0, |_| 7)
        + claims.checked_at.map_or(0, |_| 7)
        + claims.stamp.map_or(0, |_| 18)
        + claims.level.map_or(0, |_| 3)
}

fn claims_have_a_form(claims: &Claims) -> bool {
    let fits = |at: Option<Timestamp>| at.is_none_or(|at| at.as_unix() < 1 << 40);
    claims.subject.as_ref().is_none_or(|subject| (1..=64).contains(&subject.len()))
        && fits(claims.auth_at)
        && fits(claims.checked_at)
}
