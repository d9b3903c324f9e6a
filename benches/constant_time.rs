//! Does the time of a refusal tell how much of a forged tag was right?
//!
//! `cargo bench --bench constant_time` opens cookies whose tag is wrong in its first byte, and
//! cookies whose tag is wrong in its last, in random order, through the public [`Codec::open`]. Two
//! means that differ by more than chance would be a leak: Welch's t says how far apart they lie,
//! as in dudect (Reparaz, Balasch, Verbauwhede, 2017). A control, plain `==` over 4096 bytes, must
//! be found leaking, or the measurement is blind. `--test` makes it short and judges the control
//! alone.
//!
//! Below 4.5 nothing is seen; above 10 there is a leak. Between them the machine is too busy: run
//! it again. It proves nothing about other machines or about differences too small for this clock.

#![allow(missing_docs)]
// Figures of a bench, on inputs of its own.
#![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, clippy::expect_used)]
#![allow(clippy::indexing_slicing, clippy::panic)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use cloakroom::{
    Codec, EntropyRng, Key, KeyRing, OsEntropy, Policy, Protection, Timestamp, Values,
};

const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);
/// From here on a difference is no chance.
const LEAK: f64 = 10.0;
/// Up to here there is none to be seen.
const QUIET: f64 = 4.5;
/// Calls in one measurement, because the clock's steps are longer than a call's differences.
const BATCH: usize = 4;
/// Cookies in each class.
const COOKIES: usize = 251;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let short =
        arguments.iter().any(|a| a == "--test") || !arguments.iter().any(|a| a == "--bench");
    let samples = if short { 2_000 } else { 200_000 };
    println!("{samples} measurements of {BATCH} calls each; |t| of the means of two classes");

    let mut leaks = false;
    for (mode, name) in [(Protection::Encrypted, "encrypted"), (Protection::Signed, "signed")] {
        let t = opening(mode, samples);
        println!("{name:>10}: first or last byte of the tag wrong      |t| = {t:8.2}  {}", word(t));
        leaks |= t > LEAK;
    }
    let control = control(samples);
    println!(
        "{:>10}: `==`, first or last of 4096 bytes wrong  |t| = {control:8.2}  {}",
        "control",
        word(control)
    );
    if control <= LEAK {
        println!("the control was not found leaking: this measurement is blind");
        return ExitCode::FAILURE;
    }
    if leaks && !short { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn word(t: f64) -> &'static str {
    match t {
        t if t <= QUIET => "nothing to be seen",
        t if t <= LEAK => "too noisy to say",
        _ => "differs",
    }
}

/// Opens cookies with a wrong tag. There are many cookies, because one text can take a little
/// longer to decode than another, which says nothing about the tag it should have had.
fn opening(mode: Protection, samples: usize) -> f64 {
    let key = Key::generate().expect("random bytes");
    let codec = Codec::new(&KeyRing::new(key), mode, "shop", "__Host-session", Policy::default())
        .expect("a configuration that works");
    let tag_len = if mode == Protection::Encrypted { 16 } else { 32 };
    let mut classes = [vec![], vec![]];
    for _ in 0..COOKIES {
        let mut session = Values::new();
        session.insert("note", &"x".repeat(200)).expect("a value that has an encoding");
        let value = codec.seal_new(&session, b"", NOW, &mut EntropyRng::new(&OsEntropy));
        let token = BASE64_URL_SAFE_NO_PAD.decode(value.expect("a session that fits"));
        let token = token.expect("base64url");
        // The tag ends the token.
        for (class, at) in classes.iter_mut().zip([token.len() - tag_len, token.len() - 1]) {
            let mut token = token.clone();
            token[at] ^= 1;
            let value = BASE64_URL_SAFE_NO_PAD.encode(token).into_bytes();
            assert!(codec.open(&value, b"", NOW).is_err());
            class.push(value);
        }
    }
    compare(&classes, samples, |value| codec.open(value, b"", NOW).is_ok())
}

/// Compares byte strings as nobody should compare tags.
fn control(samples: usize) -> f64 {
    let right = vec![0x5a_u8; 4096];
    let wrong = |at: usize| {
        let mut bytes = right.clone();
        bytes[at] ^= 1;
        bytes
    };
    let classes = [vec![wrong(0)], vec![wrong(4095)]];
    compare(&classes, samples, |bytes| black_box(bytes) == black_box(&right[..]))
}

/// Measures `f` over both classes in random order, always from one buffer, so that nothing but
/// the bytes differs.
fn compare(classes: &[Vec<Vec<u8>>; 2], samples: usize, f: impl Fn(&[u8]) -> bool) -> f64 {
    let mut buffer = classes[0][0].clone();
    let mut coin = 0x9e37_79b9_7f4a_7c15_u64;
    let mut times: [Vec<f64>; 2] = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
    for nth in 0..samples + samples / 10 {
        coin ^= coin << 13;
        coin ^= coin >> 7;
        coin ^= coin << 17;
        let class = usize::from(coin >> 63 == 1);
        // Both classes go through their inputs in one order.
        let inputs = &classes[class];
        buffer.copy_from_slice(&inputs[nth % inputs.len()]);
        let start = Instant::now();
        for _ in 0..BATCH {
            assert!(!black_box(f(black_box(&buffer))));
        }
        let nanos = start.elapsed().as_nanos() as f64;
        // What comes first warms the caches up.
        if nth >= samples / 10 {
            times[class].push(nanos);
        }
    }
    worst(&times)
}

/// The greatest |t| over several ways to cut off the measurements that something interrupted.
fn worst(times: &[Vec<f64>; 2]) -> f64 {
    let mut all = times.concat();
    all.sort_by(f64::total_cmp);
    let crops = [50, 75, 90, 95, 99];
    let cut = |percent: usize| all[(all.len() - 1) * percent / 100];
    crops.map(|percent| welch(times, cut(percent))).into_iter().fold(0.0, f64::max)
}

/// Welch's t between the two classes, of the measurements up to `limit`.
fn welch(times: &[Vec<f64>; 2], limit: f64) -> f64 {
    let [(mean_a, error_a), (mean_b, error_b)] = [0, 1].map(|class: usize| {
        let kept: Vec<f64> = times[class].iter().copied().filter(|time| *time <= limit).collect();
        let n = kept.len() as f64;
        let mean = kept.iter().sum::<f64>() / n;
        let variance = kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, variance / n)
    });
    // Two classes of which one has almost nothing below the limit are as different as can be.
    let t = (mean_a - mean_b).abs() / (error_a + error_b).sqrt();
    if t.is_nan() { f64::INFINITY } else { t }
}
