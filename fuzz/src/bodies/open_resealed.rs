//! Any payload under a genuine seal: what stands behind the tag, against a model of the payload.
//!
//! Input: a byte whose lowest bit picks the mode, then the payload.

use cloakroom::__fuzz::{Kind, Whole, inflate};
use cloakroom::{
    Claims, EntropyRng, First, FixedEntropy, Opened, Protection, Rejection, SealError, SessionData,
    Timestamp, Values,
};
use serde::{Deserialize, Serialize};

use super::tokens::{MODES, NOW, codec, forge, frame, has_a_length, now};

/// A session type with something of everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Odd {
    flag: bool,
    some: Option<u8>,
    text: String,
    numbers: Vec<u64>,
    letter: char,
    choice: Choice,
    small: i16,
    #[serde(with = "cloakroom::packed")]
    packed: String,
    next: Option<Box<Odd>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Choice {
    #[default]
    First,
    Second(u8),
    Third {
        a: u8,
        b: (u16, u16),
    },
}

impl SessionData for Odd {
    const VERSION: u8 = 1;
    type Previous = First;
}

pub fn run(input: &[u8]) {
    let Some((pick, payload)) = input.split_first() else { return };
    let mode = MODES[usize::from(pick & 1)];
    let entropy = FixedEntropy::from_seed(3);
    let value = forge(mode).seal(payload, b"", &entropy).unwrap();
    let mut payload = payload.to_vec();
    payload.resize((payload.len() + frame(mode)).next_multiple_of(3) - frame(mode), 0);
    if has_a_length(mode, value.len()) {
        assert_eq!(forge(mode).payload(value.as_bytes(), b"").as_ref(), Some(&payload));
    }

    let found = codec(mode).open(value.as_bytes(), b"", now());
    let opened = match (found.map_err(|error| error.reason()), model(mode, &value, &payload)) {
        (Ok(opened), Ok(expected)) => {
            expected.is(&opened);
            opened
        }
        (found, expected) => {
            assert_eq!(found.err(), expected.err());
            return;
        }
    };
    the_same_session_sealed_again_is_the_same(mode, &opened);
    what_decodes_is_the_same_when_it_is_sealed_again::<Odd>(mode, &opened);
    what_decodes_is_the_same_when_it_is_sealed_again::<Values>(mode, &opened);
}

/// A payload, read as the specification says, from its end.
struct Model {
    whole: Whole,
    deflated: bool,
    says_lifetimes: bool,
}

fn model(mode: Protection, value: &str, payload: &[u8]) -> Result<Model, Rejection> {
    if !has_a_length(mode, value.len()) {
        return Err(Rejection::Length);
    }
    let (whole, coded, deflated) = layout(payload).ok_or(Rejection::Malformed)?;
    let days = |own: u32, default: u64| if own == 0 { default } else { own.into() };
    let idle = days(whole.idle, 14 * 86_400).min(400 * 86_400);
    let life = days(whole.life, 30 * 86_400).min(400 * 86_400);
    if whole.issued > NOW + 60 {
        return Err(Rejection::Future);
    } else if NOW >= whole.created + life {
        return Err(Rejection::ExpiredAbsolute);
    } else if NOW >= whole.issued + idle {
        return Err(Rejection::ExpiredIdle);
    }
    let body = if deflated { inflate(&coded).ok_or(Rejection::Malformed)? } else { coded };
    if deflated && body.is_empty() {
        return Err(Rejection::Malformed);
    }
    let says_lifetimes = payload[0] & 4 != 0;
    Ok(Model { whole: Whole { body, ..whole }, deflated, says_lifetimes })
}

/// The header, the body as it is coded, and whether it is deflated.
fn layout(payload: &[u8]) -> Option<(Whole, Vec<u8>, bool)> {
    let end = payload.len() - payload.iter().rev().take_while(|byte| **byte == 0).count();
    let mut rest = payload[..end].strip_suffix(&[0x80])?;
    let mut take = |len: usize| -> Option<u64> {
        let (field, behind) = rest.split_at_checked(len)?;
        rest = behind;
        Some(field.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let flags = take(1)?;
    let sid = (u128::from(take(8)?) << 64 | u128::from(take(8)?)).to_be_bytes();
    let (created, age) = (take(5)?, take(4)?);
    let (life, idle) = if flags & 4 != 0 { (take(4)?, take(4)?) } else { (0, 0) };
    let mut claims = Claims::default();
    if flags & 0x40 != 0 {
        let mut left = take(2)?;
        let mut last = 0;
        if left == 0 {
            return None;
        }
        while left > 0 {
            let (tag, len) = (take(1)?, take(1)?);
            left = left.checked_sub(2 + len)?;
            if tag <= last {
                return None;
            }
            last = tag;
            match (tag, len) {
                (1, 1..=64) => {
                    let bytes = (0..len).map(|_| take(1).and_then(|byte| u8::try_from(byte).ok()));
                    claims.subject = Some(bytes.collect::<Option<_>>()?);
                }
                (2, 4) => claims.epoch = Some(u32::try_from(take(4)?).unwrap()),
                (3, 5) => claims.auth_at = Some(Timestamp::from_unix(take(5)?)),
                (4, 5) => claims.checked_at = Some(Timestamp::from_unix(take(5)?)),
                (5, 16) => {
                    let stamp = u128::from(take(8)?) << 64 | u128::from(take(8)?);
                    claims.stamp = Some(stamp.to_be_bytes());
                }
                (6, 1) => claims.level = Some(u8::try_from(take(1)?).unwrap()),
                _ => return None,
            }
        }
    }
    let kind = match (flags >> 4 & 3, flags & 3, rest.is_empty()) {
        (0, 0 | 1, false) => Kind::Typed,
        (1, 0 | 1, false) => Kind::Values,
        (2, 0, true) => Kind::Stored,
        _ => return None,
    };
    if flags & 0x80 != 0 {
        return None;
    }
    let [life, idle] = [life, idle].map(|seconds| u32::try_from(seconds).unwrap());
    let (browser, issued, body) = (flags & 8 != 0, created + age, Vec::new());
    let whole = Whole { sid, created, issued, life, idle, browser, kind, claims, body };
    Some((whole, rest.to_vec(), flags & 1 != 0))
}

impl Model {
    fn is(&self, opened: &Opened) {
        same(&self.whole, opened);
        assert_eq!(opened.was_deflated(), self.deflated);
        assert_eq!(opened.own_lifetimes().is_some(), self.says_lifetimes);
    }
}

/// Whether a session that was opened is this one.
pub fn same(whole: &Whole, opened: &Opened) {
    assert_eq!(opened.expose_id(), whole.sid);
    assert_eq!(opened.created().as_unix(), whole.created);
    assert_eq!(opened.issued().as_unix(), whole.issued.max(whole.created));
    assert_eq!(opened.own_lifetimes().unwrap_or_default(), (whole.life, whole.idle));
    assert_eq!(opened.is_browser_session(), whole.browser);
    assert_eq!(opened.kind(), whole.kind);
    assert_eq!(*opened.claims(), whole.claims);
    assert_eq!(opened.expose_body(), whole.body);
}

fn the_same_session_sealed_again_is_the_same(mode: Protection, opened: &Opened) {
    let (life, idle) = opened.own_lifetimes().unwrap_or_default();
    let whole = Whole {
        sid: opened.expose_id(),
        created: opened.created().as_unix(),
        issued: opened.issued().as_unix(),
        life,
        idle,
        browser: opened.is_browser_session(),
        kind: opened.kind(),
        claims: opened.claims().clone(),
        body: opened.expose_body().to_vec(),
    };
    match whole.seal(codec(mode), b"", 0, now(), &FixedEntropy::from_seed(4)) {
        Ok(value) => same(&whole, &codec(mode).open(value.as_bytes(), b"", now()).unwrap()),
        Err(error) => {
            assert!(matches!(error, SealError::TooLarge(_)), "{error:?}");
            assert!(opened.was_deflated(), "it came in a cookie");
        }
    }
}

fn what_decodes_is_the_same_when_it_is_sealed_again<T: SessionData>(
    mode: Protection,
    opened: &Opened,
) {
    let Ok(value) = opened.decode::<T>() else { return };
    let entropy = FixedEntropy::from_seed(5);
    let mut rng = EntropyRng::new(&entropy);
    let sealed = codec(mode).seal_again(opened, &value, b"", now(), &mut rng);
    let again = match sealed {
        Ok(sealed) => codec(mode).open(sealed.as_bytes(), b"", now()).unwrap(),
        Err(error) => {
            assert!(matches!(error, SealError::TooLarge(_)), "{error:?}");
            assert!(opened.was_deflated(), "it came in a cookie");
            return;
        }
    };
    assert_eq!((again.expose_id(), again.created()), (opened.expose_id(), opened.created()));
    assert_eq!(again.claims(), opened.claims());
    // postcard takes longer forms of a number than it writes; sealed twice, it is what it was once.
    let once = again.decode::<T>().unwrap();
    let mut rng = EntropyRng::new(&entropy);
    let twice = codec(mode).seal_again(&again, &once, b"", now(), &mut rng).unwrap();
    let twice = codec(mode).open(twice.as_bytes(), b"", now()).unwrap();
    assert_eq!(twice.expose_body(), again.expose_body());
    if opened.kind() == Kind::Values {
        assert_eq!(again.expose_body(), opened.expose_body(), "an unchanged map was rewritten");
    }
}
