//! A generator that is stuck or fails, and what each seal draws from it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use cloakroom::{
    CommitError, Entropy, EntropyError, EntropyRng, FixedClock, FixedEntropy, Protection,
    SealError, SessionConfig, SessionManager,
};

use crate::workbench::{
    APP, MODES, NOW, Visit, codec, cookie, load, ring, seal, to_token, visit, wait,
};

/// Counts what is asked of it.
#[derive(Default)]
struct Counting {
    bytes: AtomicUsize,
}

impl Entropy for Counting {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        out.fill(0x33);
        self.bytes.fetch_add(out.len(), Ordering::Relaxed);
        Ok(())
    }
}

fn stuck(mode: Protection, visit: &Visit, bind: &[u8]) -> String {
    codec(mode)
        .seal_new(visit, bind, NOW, &mut EntropyRng::new(&FixedEntropy::repeating(0)))
        .unwrap()
}

fn nonce(value: &str) -> Vec<u8> {
    to_token(value)[5..29].to_vec()
}

#[test]
fn under_stuck_entropy_distinct_payloads_have_distinct_nonces() {
    let mut nonces: Vec<Vec<u8>> = (0..500)
        .map(|user| nonce(&stuck(Protection::Encrypted, &Visit { user, ..visit() }, b"")))
        .collect();
    // The same payload in another context is another message too.
    nonces.push(nonce(&stuck(Protection::Encrypted, &Visit { user: 0, ..visit() }, b"tenant")));
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 501);
}

#[test]
fn under_stuck_entropy_equal_payloads_have_one_and_the_same_token() {
    for mode in MODES {
        assert_eq!(stuck(mode, &visit(), b""), stuck(mode, &visit(), b""));
    }
}

#[test]
fn under_good_entropy_equal_sessions_never_look_alike() {
    for mode in MODES {
        let mut values: Vec<String> =
            (0..200).map(|seed| seal(&codec(mode), &visit(), seed).unwrap()).collect();
        values.sort();
        values.dedup();
        assert_eq!(values.len(), 200);
    }
}

#[test]
fn the_nonce_is_not_the_generators_output() {
    // Whoever knows the generator still cannot tell the nonce: a key stands in between.
    for byte in [0, 0x5a, 0xff] {
        let fixed = FixedEntropy::repeating(byte);
        let value = codec(Protection::Encrypted)
            .seal_new(&visit(), b"", NOW, &mut EntropyRng::new(&fixed))
            .unwrap();
        assert_ne!(nonce(&value), [byte; 24]);
    }
}

#[test]
fn with_a_failing_generator_nothing_is_sealed() {
    for mode in MODES {
        let failing = FixedEntropy::failing();
        let sealed = codec(mode).seal_new(&visit(), b"", NOW, &mut EntropyRng::new(&failing));
        assert_eq!(sealed, Err(SealError::Entropy));
    }
}

#[test]
fn with_a_failing_generator_a_session_has_no_id_and_its_commit_fails() {
    let config =
        SessionConfig::new(ring(), APP).clock(FixedClock::at(NOW)).entropy(FixedEntropy::failing());
    let sessions = SessionManager::<Visit>::new(config).unwrap();
    let session = load(&sessions, &[]);
    session.update(|visit| visit.user = 1).unwrap();
    assert_eq!(session.id(), None);
    let failed = wait(sessions.commit(&session, 200));
    assert_eq!(failed, Err(CommitError::Seal(SealError::Entropy)));

    // Who only reads does not notice.
    let session = load(&sessions, &[]);
    assert_eq!(session.read(|visit| visit.user), Ok(0));
    assert!(wait(sessions.commit(&session, 200)).unwrap().set_cookies.is_empty());
}

#[test]
fn signed_mode_draws_nothing_to_seal_again_and_encrypted_mode_32_bytes() {
    for (mode, drawn) in MODES.into_iter().zip([32, 0]) {
        let codec = codec(mode);
        let counting = Arc::new(Counting::default());
        let opened = codec.open(cookie(mode).as_bytes(), b"", NOW).unwrap();
        codec.seal_again(&opened, &visit(), b"", NOW, &mut EntropyRng::new(&counting)).unwrap();
        assert_eq!(counting.bytes.load(Ordering::Relaxed), drawn);
        // A new session draws its id besides.
        codec.seal_new(&visit(), b"", NOW, &mut EntropyRng::new(&counting)).unwrap();
        assert_eq!(counting.bytes.load(Ordering::Relaxed), 2 * drawn + 16);
    }
}

#[test]
fn signed_mode_seals_again_without_a_generator() {
    let codec = codec(Protection::Signed);
    let opened = codec.open(cookie(Protection::Signed).as_bytes(), b"", NOW).unwrap();
    let failing = FixedEntropy::failing();
    assert!(codec.seal_again(&opened, &visit(), b"", NOW, &mut EntropyRng::new(&failing)).is_ok());
}
