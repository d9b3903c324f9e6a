//! When deflate is tried and kept, and the padding that hides the outcome.

use std::collections::BTreeMap;

use cloakroom::{
    __fuzz::{Whole, deflate},
    Anatomy, Codec,
    Deflate::{self, Off, ToFit, WhenSmaller},
    FixedEntropy,
    Protection::{self, Encrypted, Signed},
    SealError,
};

use crate::{
    sizes::{noise, whole},
    workbench::{MODES, NOW, codec, forge},
};

fn deflating(mode: Protection, deflate: Deflate) -> Codec {
    codec(mode).with_deflate(deflate).unwrap()
}

fn sealed(codec: &Codec, body: &[u8], seed: u64) -> Result<String, SealError> {
    let whole = Whole { body: body.to_vec(), ..whole(0) };
    whole.seal(codec, b"", 0, NOW, &FixedEntropy::from_seed(seed))
}

/// How a body was sealed: deflated, and with how many zeros more than its length asks for.
fn outcome(mode: Protection, choice: Deflate, body: &[u8], seed: u64) -> (bool, usize) {
    let codec = deflating(mode, choice);
    let value = sealed(&codec, body, seed).unwrap();
    let opened = codec.open(value.as_bytes(), b"", NOW).unwrap();
    assert_eq!(opened.expose_body(), body);
    let payload = forge(mode).payload(value.as_bytes(), b"").unwrap();
    let marker = payload.iter().rposition(|byte| *byte == 0x80).unwrap();
    let shift = if mode == Encrypted { 0 } else { 1 };
    let least = (marker + 1 + shift).next_multiple_of(3) - shift;
    (opened.was_deflated(), payload.len() - least)
}

fn text(len: usize) -> Vec<u8> {
    b"user=42;role=editor;".iter().copied().cycle().take(len).collect()
}

/// A body of which deflate saves `saved` bytes exactly.
fn saving(saved: usize) -> Vec<u8> {
    // What is repeated must save more than the tables cost; the noise before it shifts the bits.
    (60..100)
        .flat_map(|repeated| (0..4).map(move |more| (repeated, more)))
        .map(|(repeated, more)| {
            let mut body = noise(500 + more);
            body.extend_from_within(100..100 + repeated);
            body
        })
        .find(|body: &Vec<u8>| deflate(body).is_some_and(|small| small.len() + saved == body.len()))
        .expect("a body that saves so much")
}

#[test]
fn by_default_nothing_is_deflated_or_padded() {
    for mode in MODES {
        for len in [383, 384, 2000] {
            assert_eq!(outcome(mode, Deflate::default(), &text(len), 1), (false, 0));
        }
        let Err(SealError::TooLarge(numbers)) = sealed(&codec(mode), &text(4000), 1) else {
            panic!("4000 bytes fit");
        };
        // What deflate would have saved is nobody's business where it is off.
        assert_eq!(numbers.deflated, None);
    }
}

#[test]
fn deflate_is_tried_from_384_bytes() {
    for mode in MODES {
        for seed in 0..8 {
            assert_eq!(outcome(mode, WhenSmaller, &text(383), seed), (false, 0));
            assert!(outcome(mode, WhenSmaller, &text(384), seed).0);
        }
    }
}

#[test]
fn a_body_over_16_kilobytes_is_never_deflated() {
    for mode in MODES {
        for choice in [ToFit, WhenSmaller] {
            assert!(outcome(mode, choice, &text(16_384), 1).0);
            let codec = deflating(mode, choice);
            let Err(SealError::TooLarge(numbers)) = sealed(&codec, &text(16_385), 1) else {
                panic!("16 385 bytes were sealed");
            };
            assert!(numbers.needed > 16_385 && numbers.deflated.is_none());
        }
    }
}

#[test]
fn deflate_is_kept_from_16_bytes_saved() {
    let (enough, too_little) = (saving(16), saving(15));
    for mode in MODES {
        assert!(outcome(mode, WhenSmaller, &enough, 1).0);
        assert!(!outcome(mode, WhenSmaller, &too_little, 1).0);
    }
}

#[test]
fn to_fit_deflates_only_what_does_not_fit_without() {
    for (mode, most) in MODES.into_iter().zip([3000, 3008]) {
        assert_eq!(outcome(mode, ToFit, &text(most), 1), (false, 0));
        assert!(outcome(mode, ToFit, &text(most + 1), 1).0);
    }
}

/// How many of `seals` cookies of this body have which length.
fn lengths(mode: Protection, body: &[u8], seals: u64) -> BTreeMap<usize, usize> {
    let codec = deflating(mode, WhenSmaller);
    let mut lengths = BTreeMap::new();
    for seed in 0..seals {
        *lengths.entry(sealed(&codec, body, seed).unwrap().len()).or_insert(0) += 1;
    }
    lengths
}

#[test]
fn whatever_deflate_comes_to_0_to_31_random_bytes_of_padding_hide_it() {
    // Kept, tried and not worth it, and not even shorter.
    for body in [text(384), saving(15), noise(384)] {
        let seals = 1600;
        let lengths = lengths(Signed, &body, seals);
        let (first, last) = (lengths.keys().min().unwrap(), lengths.keys().max().unwrap());
        // 32 paddings, three to a group of four characters: ten full groups, and the two others.
        assert!((40..=44).contains(&(last - first)), "{lengths:?}");
        let expected = usize::try_from(seals).unwrap() * 3 / 32;
        for (len, count) in &lengths {
            let inner = len != first && len != last;
            let most = expected * 4 / 3;
            assert!(*count < most && (!inner || *count > expected * 2 / 3), "{lengths:?}");
        }
    }
}

#[test]
fn the_padding_depends_on_nothing_but_the_generator() {
    for seed in 0..32 {
        let codec = deflating(Signed, WhenSmaller);
        let of = |body: &[u8]| {
            let value = sealed(&codec, body, seed).unwrap();
            let parts = Anatomy::of(value.as_bytes(), Signed).unwrap();
            parts.payload
        };
        let (noise, more) = (noise(500), { [noise(500), vec![7]].concat() });
        assert!(of(&more) - of(&noise) <= 3);
        assert!(of(&noise) >= 27 + 500 && of(&noise) <= 27 + 500 + 31 + 2);
    }
}

#[test]
fn the_gate_counts_all_31_bytes_whichever_are_drawn() {
    for (mode, most) in MODES.into_iter().zip([2969, 2977]) {
        let codec = deflating(mode, WhenSmaller);
        for seed in 0..64 {
            assert!(sealed(&codec, &noise(most), seed).is_ok());
            let Err(SealError::TooLarge(numbers)) = sealed(&codec, &noise(most + 1), seed) else {
                panic!("the gate counted what was drawn");
            };
            assert_eq!((numbers.needed, numbers.limit), (4100, 4096));
        }
    }
}

#[test]
fn the_gate_counts_them_behind_a_deflated_body_too() {
    // Noise that does not shrink, then zeros that vanish.
    let body = |noisy: usize| [noise(noisy), vec![0; 300]].concat();
    let small = |noisy: usize| deflate(&body(noisy)).unwrap().len();
    for (mode, most) in MODES.into_iter().zip([2969, 2977]) {
        let codec = deflating(mode, WhenSmaller);
        let noisy = (2900..2990).rev().find(|noisy| small(*noisy) <= most).unwrap();
        assert!(small(noisy + 1) > most);
        for seed in 0..64 {
            assert!(sealed(&codec, &body(noisy), seed).is_ok());
            assert!(sealed(&codec, &body(noisy + 1), seed).is_err());
        }
    }
}

#[test]
fn too_large_says_what_deflate_would_have_come_to_where_it_was_tried() {
    let zeros = |count| [noise(3100), vec![0; count]].concat();
    let body = (1..100).map(zeros).find(|body| deflate(body).is_some()).unwrap();
    let small = deflate(&body).unwrap().len();
    assert!(small + 16 > body.len());
    for choice in [Off, ToFit, WhenSmaller] {
        let codec = deflating(Encrypted, choice);
        let Err(SealError::TooLarge(numbers)) = sealed(&codec, &body, 1) else {
            panic!("over 3100 bytes fit");
        };
        let expected = 4 * (45 + 27 + small + 31).div_ceil(3);
        assert_eq!(numbers.deflated, (choice != Off).then_some(expected));
    }
}
