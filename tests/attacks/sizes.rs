//! What a session costs, to the character, and where the limit lies.

use cloakroom::{
    __fuzz::{Kind, Whole},
    Anatomy, Claims, Codec, CommitError, First, FixedClock, FixedEntropy,
    Protection::{self, Encrypted, Signed},
    SealError, SessionConfig, SessionData, SessionManager, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::workbench::{APP, MODES, NOW, Visit, codec, load, ring, seal, wait};

/// A session whose body has `len` bytes that do not compress.
pub fn whole(len: usize) -> Whole {
    Whole {
        sid: [0xa5; 16],
        created: NOW.as_unix(),
        issued: NOW.as_unix(),
        life: 0,
        idle: 0,
        browser: true,
        kind: Kind::Typed,
        claims: Claims::default(),
        body: noise(len),
    }
}

/// Bytes without a pattern, the same in every run.
pub fn noise(len: usize) -> Vec<u8> {
    use cloakroom::Entropy;
    let mut bytes = vec![0; len];
    FixedEntropy::from_seed(99).fill(&mut bytes).unwrap();
    bytes
}

fn sealed(codec: &Codec, whole: &Whole) -> Result<String, SealError> {
    whole.seal(codec, b"", 0, NOW, &FixedEntropy::repeating(1))
}

/// Characters of a cookie around `postcard` bytes, without claims or lifetimes of its own.
fn chars(mode: Protection, postcard: usize) -> usize {
    match mode {
        Encrypted => 96 + 4 * (5 + postcard).div_ceil(3),
        Signed => 88 + 4 * (5 + postcard - 2).div_ceil(3),
    }
}

/// A cart of a visitor who is logged in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Cart {
    user: u64,
    name: String,
    items: Vec<(u32, u8)>,
    coupon: Option<String>,
}

impl SessionData for Cart {
    const VERSION: u8 = 1;
    type Previous = First;
}

#[test]
fn a_session_of_43_bytes_is_a_cookie_of_160_characters() {
    let cart = Cart {
        user: 1_234_567,
        name: "adah.lovelace@example".into(),
        items: vec![(1001, 1), (1002, 2), (4711, 1)],
        coupon: Some("AUTUMN".into()),
    };
    assert_eq!(postcard::to_allocvec(&cart).unwrap().len(), 43);
    assert_eq!(seal(&codec(Encrypted), &cart, 1).unwrap().len(), 160);
    assert!(seal(&codec(Signed), &cart, 1).unwrap().len() <= 160);
}

#[test]
fn a_cookie_has_96_characters_and_four_for_each_three_bytes_of_version_shape_and_data() {
    for mode in MODES {
        let codec = codec(mode);
        for postcard in 0..=2900 {
            let value = sealed(&codec, &whole(5 + postcard)).unwrap();
            assert_eq!(value.len(), chars(mode, postcard), "{mode:?}, {postcard} bytes");
        }
    }
}

#[test]
fn the_smallest_cookies_have_96_and_88_characters() {
    for (mode, least) in MODES.into_iter().zip([96, 88]) {
        let stored = Whole { kind: Kind::Stored, body: vec![], ..whole(0) };
        assert_eq!(sealed(&codec(mode), &stored).unwrap().len(), least);
    }
}

#[test]
fn own_lifetimes_cost_8_bytes_and_claims_their_own_and_two() {
    for mode in MODES {
        let codec = codec(mode);
        let payload = |whole: &Whole| {
            let value = sealed(&codec, whole).unwrap();
            Anatomy::of(value.as_bytes(), mode).unwrap().payload
        };
        // 27 bytes around the body, then up to two of padding.
        let body = if mode == Encrypted { 300 } else { 299 };
        assert_eq!(payload(&whole(body)), 27 + body);
        let own = Whole { life: 1, ..whole(body - 8) };
        assert_eq!(payload(&own), 27 + body);
        let mut claims = Claims::default();
        claims.subject = Some(b"user-42".to_vec());
        claims.epoch = Some(1);
        let claimed = Whole { claims, ..whole(body - 2 - 9 - 6) };
        assert_eq!(payload(&claimed), 27 + body);
    }
}

#[test]
fn the_largest_body_fits_and_one_byte_more_is_an_error_with_the_numbers() {
    for (mode, most) in MODES.into_iter().zip([3000, 3008]) {
        for overhead in [0, 1, 3, 4, 60] {
            let codec = codec(mode);
            let most = most - 3 * usize::div_ceil(overhead, 4);
            let seal =
                |len| whole(len).seal(&codec, b"", overhead, NOW, &FixedEntropy::repeating(1));
            let value = seal(most).unwrap();
            assert_eq!(value.len(), (4096 - overhead) / 4 * 4);
            let Err(SealError::TooLarge(numbers)) = seal(most + 1) else { panic!("one byte more") };
            assert_eq!((numbers.needed, numbers.limit), (value.len() + overhead + 4, 4096));
            assert_eq!(numbers.deflated, None);
        }
    }
}

#[test]
fn the_gate_counts_the_finished_line_with_its_name_and_attributes() {
    for mode in MODES {
        let config = SessionConfig::new(ring(), APP)
            .protection(mode)
            .clock(FixedClock::at(Timestamp::from_unix(1_790_000_000)))
            .entropy(FixedEntropy::repeating(1));
        let sessions = SessionManager::<Visit>::new(config).unwrap();
        let line = |len: usize| {
            let session = load(&sessions, &[]);
            session.update(|visit| visit.note = "x".repeat(len)).unwrap();
            let size = session.size().unwrap();
            let headers = wait(sessions.commit(&session, 200));
            headers.map(|headers| (size, headers.set_cookies[0].as_str().to_owned()))
        };
        let (mut fits, mut over) = (2000, 4000);
        while over - fits > 1 {
            let middle = usize::midpoint(fits, over);
            match line(middle) {
                Ok((size, line)) => {
                    assert_eq!(size, line.len());
                    fits = middle;
                }
                Err(CommitError::Seal(SealError::TooLarge(numbers))) => {
                    assert!(numbers.needed > 4096 && numbers.limit == 4096);
                    over = middle;
                }
                Err(other) => panic!("{other}"),
            }
        }
        let (_, most) = line(fits).unwrap();
        assert!((4093..=4096).contains(&most.len()), "{} bytes", most.len());
        assert!(most.starts_with("__Host-session=") && most.contains("HttpOnly"));
    }
}
