//! Dates at their ends and at their edges, under a genuine seal.

use std::{panic, time::Duration};

use cloakroom::{
    __fuzz::{Kind, Whole},
    Claims, Codec, FixedEntropy, KeyRing, Policy, Protection, Rejection, SealError, Timestamp,
    keys::{KeyRingBuilder, Window},
};

use crate::workbench::{APP, MODES, NAME, NOW, codec, codec_of, forge, key};

const CREATED_MAX: u64 = (1 << 40) - 1;

/// A session of an empty typed struct, as far as the codec looks.
fn whole(created: u64, issued: u64) -> Whole {
    Whole {
        sid: [0xa5; 16],
        created,
        issued,
        life: 0,
        idle: 0,
        browser: true,
        kind: Kind::Typed,
        claims: Claims::default(),
        body: vec![1, 0, 0, 0, 0],
    }
}

fn sealed(codec: &Codec, whole: &Whole, now: Timestamp) -> Result<String, SealError> {
    whole.seal(codec, b"", 0, now, &FixedEntropy::repeating(1))
}

fn opened(codec: &Codec, value: &str, now: u64) -> Result<(), Rejection> {
    let now = Timestamp::from_unix(now);
    codec.open(value.as_bytes(), b"", now).map(drop).map_err(|error| error.reason())
}

#[test]
fn no_date_a_token_can_carry_makes_opening_panic_and_none_opens_that_is_over() {
    let dates = [0, 1, NOW.as_unix(), CREATED_MAX - 1, CREATED_MAX];
    let spans = [0, 1, 60, u32::MAX - 1, u32::MAX];
    let readings = [0, 1, 59, 60, 61, NOW.as_unix(), CREATED_MAX, 1 << 41, u64::MAX - 1, u64::MAX];
    for mode in MODES {
        let (codec, forge) = (codec(mode), forge(mode));
        for created in dates {
            for age in spans {
                for (life, idle) in spans.into_iter().zip(spans.into_iter().rev()) {
                    let mut payload = vec![0b0100];
                    payload.extend([7; 16]);
                    payload.extend(&created.to_be_bytes()[3..]);
                    payload.extend([age, life, idle].map(u32::to_be_bytes).concat());
                    payload.extend([1, 0, 0, 0, 0, 0x80]);
                    let value = forge.seal(&payload, b"", &FixedEntropy::repeating(0)).unwrap();
                    for now in readings {
                        let found = opened(&codec, &value, now);
                        assert_eq!(found, model(created, age, life, idle, now));
                    }
                }
            }
        }
    }
}

/// The rules of step 7 for a key without dates, in numbers too wide to overflow.
fn model(created: u64, age: u32, life: u32, idle: u32, now: u64) -> Result<(), Rejection> {
    let wide = |number: u32, default: i128| match number {
        0 => default * 86_400,
        own => i128::from(own).min(400 * 86_400),
    };
    let (created, now) = (i128::from(created), i128::from(now));
    let issued = created + i128::from(age);
    if issued > now + 60 {
        Err(Rejection::Future)
    } else if now >= created + wide(life, 30) {
        Err(Rejection::ExpiredAbsolute)
    } else if now >= issued + wide(idle, 14) {
        Err(Rejection::ExpiredIdle)
    } else {
        Ok(())
    }
}

#[test]
fn no_clock_makes_sealing_panic_and_what_is_sealed_opens() {
    for mode in MODES {
        let codec = codec(mode);
        for now in [0, 1, CREATED_MAX, CREATED_MAX + 1, u64::MAX] {
            for created in [0, now / 2, now.saturating_sub(u32::MAX.into()), now] {
                let value = sealed(&codec, &whole(created, now), Timestamp::from_unix(now));
                let fits = created <= CREATED_MAX && now - created <= u64::from(u32::MAX);
                match value {
                    Ok(value) => {
                        assert!(fits);
                        assert_eq!(
                            opened(&codec, &value, now).is_ok(),
                            now - created < 30 * 86_400
                        );
                    }
                    Err(error) => assert!(!fits && error == SealError::Clock, "{error:?}"),
                }
            }
        }
    }
}

#[test]
fn the_age_of_a_session_sealed_before_it_began_is_nothing() {
    let codec = codec(Protection::Encrypted);
    let value = sealed(&codec, &whole(1000, 0), Timestamp::from_unix(0)).unwrap();
    let found = codec.open(value.as_bytes(), b"", Timestamp::from_unix(1000)).unwrap();
    assert_eq!((found.created(), found.issued()), (found.issued(), Timestamp::from_unix(1000)));
}

#[test]
fn the_future_begins_a_second_after_the_skew() {
    let at = NOW.as_unix();
    for mode in MODES {
        let codec = codec(mode);
        for (ahead, expected) in [(59, Ok(())), (60, Ok(())), (61, Err(Rejection::Future))] {
            let value = sealed(&codec, &whole(at + ahead, at + ahead), NOW).unwrap();
            assert_eq!(opened(&codec, &value, at), expected);
            let value = sealed(&codec, &whole(at - 1000, at + ahead), NOW).unwrap();
            assert_eq!(opened(&codec, &value, at), expected);
        }
    }
}

#[test]
fn a_session_is_over_in_the_second_its_time_is_up() {
    let policy =
        Policy::default().idle(Duration::from_secs(100)).absolute(Duration::from_secs(150));
    for mode in MODES {
        let codec = Codec::new(&KeyRing::new(key(1)), mode, APP, NAME, policy).unwrap();
        let value = sealed(&codec, &whole(1000, 1020), NOW).unwrap();
        assert_eq!(opened(&codec, &value, 1119), Ok(()));
        assert_eq!(opened(&codec, &value, 1120), Err(Rejection::ExpiredIdle));
        assert_eq!(opened(&codec, &value, 1149), Err(Rejection::ExpiredIdle));
        assert_eq!(opened(&codec, &value, 1150), Err(Rejection::ExpiredAbsolute));
        let value = sealed(&codec, &whole(1000, 1080), NOW).unwrap();
        assert_eq!(opened(&codec, &value, 1149), Ok(()));
        assert_eq!(opened(&codec, &value, 1150), Err(Rejection::ExpiredAbsolute));
    }
}

/// A codec of one key with dates, and one without that seals the same.
fn with_window(window: Window, ring: impl FnOnce(KeyRingBuilder) -> KeyRingBuilder) -> Codec {
    let ring = ring(KeyRing::builder().key(key(1), window)).build().unwrap();
    codec_of(&ring, Protection::Encrypted)
}

#[test]
fn a_cookie_sealed_outside_its_keys_window_and_skew_is_refused() {
    let (from, until) = (NOW.plus(1000), NOW.plus(2000));
    let window = Window { seal_from: Some(from), seal_until: Some(until), ..Window::default() };
    let (reader, sealer) = (with_window(window, |ring| ring), codec(Protection::Encrypted));
    for (issued, expected) in [
        (from.minus(61), Err(Rejection::KeyWindow)),
        (from.minus(60), Ok(())),
        (from, Ok(())),
        (until, Ok(())),
        (until.plus(60), Ok(())),
        (until.plus(61), Err(Rejection::KeyWindow)),
    ] {
        let value = sealed(&sealer, &whole(NOW.as_unix(), issued.as_unix()), NOW).unwrap();
        assert_eq!(opened(&reader, &value, issued.as_unix()), expected, "{issued:?}");
    }
}

#[test]
fn a_key_opens_to_the_last_second_before_its_open_until() {
    let (until, open) = (NOW.plus(100), NOW.plus(200));
    let window = Window { seal_until: Some(until), open_until: Some(open), ..Window::default() };
    let reader = with_window(window, |ring| ring);
    let value = sealed(&reader, &whole(NOW.as_unix(), NOW.as_unix()), NOW).unwrap();
    assert_eq!(opened(&reader, &value, open.as_unix() - 1), Ok(()));
    assert_eq!(opened(&reader, &value, open.as_unix()), Err(Rejection::KeyClosed));
    // And it seals to the last second before its seal_until.
    assert!(sealed(&reader, &whole(0, 0), until.minus(1)).is_ok());
    assert_eq!(sealed(&reader, &whole(0, 0), until), Err(SealError::NoSealingKey));
}

#[test]
fn the_rings_not_before_counts_from_a_sessions_beginning() {
    let reader = with_window(Window::default(), |ring| ring.not_before(NOW));
    for (created, expected) in
        [(NOW.minus(1), Err(Rejection::NotBefore)), (NOW, Ok(())), (NOW.plus(1), Ok(()))]
    {
        let value = sealed(&reader, &whole(created.as_unix(), NOW.as_unix() + 9), NOW).unwrap();
        assert_eq!(opened(&reader, &value, NOW.as_unix() + 9), expected);
    }
}

#[test]
fn a_revoked_key_opens_nothing_and_seals_nothing() {
    let window = Window { revoked: true, ..Window::default() };
    let reader = with_window(window, |ring| {
        let later = Window { seal_from: Some(NOW.minus(1000)), ..Window::default() };
        ring.key(key(2), later)
    });
    let value = sealed(&codec(Protection::Encrypted), &whole(NOW.as_unix(), NOW.as_unix()), NOW);
    assert_eq!(opened(&reader, &value.unwrap(), NOW.as_unix()), Err(Rejection::KeyRevoked));
    let alone = with_window(window, |ring| ring);
    assert_eq!(sealed(&alone, &whole(0, 0), NOW), Err(SealError::NoSealingKey));
}

#[test]
fn no_dates_of_a_key_make_a_question_of_the_ring_panic() {
    let ends = [None, Some(0), Some(1), Some(u64::MAX - 1), Some(u64::MAX)];
    let ends = ends.map(|end| end.map(Timestamp::from_unix));
    let mut built = 0;
    for seal_from in ends {
        for seal_until in ends {
            for open_until in ends {
                let window = Window { seal_from, seal_until, open_until, revoked: false };
                let ring = KeyRing::builder().key(key(1), window).build();
                let Ok(ring) = ring else { continue };
                built += 1;
                let codec = codec_of(&ring, Protection::Signed);
                for now in [0, 1, NOW.as_unix(), u64::MAX] {
                    let asked = panic::catch_unwind(|| {
                        let moment = Timestamp::from_unix(now);
                        let value = sealed(&codec, &whole(0, 0), moment);
                        let value = value.and_then(|_| sealed(&codec, &whole(now, now), moment));
                        value.map(|value| opened(&codec, &value, now))
                    });
                    let answer = asked.expect("an overflow");
                    assert!(!matches!(answer, Ok(Err(_))), "{window:?} at {now}: {answer:?}");
                }
            }
        }
    }
    assert!(built > 20);
}
