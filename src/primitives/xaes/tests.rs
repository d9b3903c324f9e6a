use alloc::vec::Vec;

use shake::{
    Shake128,
    digest::{ExtendableOutput, Update, XofReader},
};
use xaes_256_gcm::{
    Xaes256Gcm,
    aead::{AeadInOut, KeyInit},
};

use super::{Xaes, double};
use crate::primitives::testing::hex;

const NONCE: &[u8; 24] = b"ABCDEFGHIJKLMNOPQRSTUVWX";

/// Ciphertext and tag, one after the other, as the published vectors have them.
fn sealed(key: &[u8; 32], nonce: &[u8; 24], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut bytes = plaintext.to_vec();
    let tag = Xaes::new(key).seal(nonce, aad, &mut bytes).unwrap();
    bytes.extend_from_slice(&tag);
    bytes
}

fn opened(key: &[u8; 32], nonce: &[u8; 24], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (ciphertext, tag) = sealed.split_last_chunk::<16>().unwrap();
    let mut bytes = ciphertext.to_vec();
    Xaes::new(key).open(nonce, aad, &mut bytes, tag).then_some(bytes)
}

#[test]
fn the_two_vectors_of_the_specification_hold() {
    let one = sealed(&[1; 32], NONCE, b"", b"XAES-256-GCM");
    assert_eq!(hex(&one), "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
    // The first vector's K1 needs no reduction, the second's does.
    let two = sealed(&[3; 32], NONCE, b"c2sp.org/XAES-256-GCM", b"XAES-256-GCM");
    assert_eq!(hex(&two), "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

#[test]
fn the_accumulated_vector_of_ten_thousand_messages_holds() {
    let expected = "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939";
    assert_eq!(accumulated(10_000), expected);
}

/// A minute of work without optimisation, so the debug profile leaves it to the release profile.
#[cfg(not(debug_assertions))]
#[test]
fn the_accumulated_vector_of_a_million_messages_holds() {
    let expected = "2163ae1445985a30b60585ee67daa55674df06901b890593e824b8a7c885ab15";
    assert_eq!(accumulated(1_000_000), expected);
}

/// The accumulated test of the specification: random inputs from SHAKE128, outputs hashed into
/// another. Every message is opened again on the way.
fn accumulated(messages: usize) -> alloc::string::String {
    let mut input = Shake128::default().finalize_xof();
    let mut output = Shake128::default();
    for _ in 0..messages {
        let (mut key, mut nonce) = ([0; 32], [0; 24]);
        input.read(&mut key);
        input.read(&mut nonce);
        let plaintext = counted(&mut input);
        let aad = counted(&mut input);
        let sealed = sealed(&key, &nonce, &aad, &plaintext);
        assert_eq!(opened(&key, &nonce, &aad, &sealed), Some(plaintext));
        output.update(&sealed);
    }
    let mut sum = [0; 32];
    output.finalize_xof_into(&mut sum);
    hex(&sum)
}

/// One byte of length, then as many bytes.
fn counted(input: &mut impl XofReader) -> Vec<u8> {
    let mut len = [0];
    input.read(&mut len);
    let mut bytes = alloc::vec![0; usize::from(len[0])];
    input.read(&mut bytes);
    bytes
}

#[test]
fn another_implementation_agrees_on_random_messages_of_many_lengths() {
    let mut input = Shake128::default().chain(b"cloakroom xaes oracle").finalize_xof();
    for len in (0..=80).chain([255, 256, 257, 1023, 4096]) {
        let (mut key, mut nonce, mut plaintext) = ([0; 32], [0; 24], alloc::vec![0; len]);
        input.read(&mut key);
        input.read(&mut nonce);
        input.read(&mut plaintext);
        let aad = counted(&mut input);

        let oracle = Xaes256Gcm::new(&key.into());
        let mut expected = plaintext.clone();
        let tag =
            oracle.encrypt_inout_detached(&nonce.into(), &aad, expected.as_mut_slice().into());
        expected.extend_from_slice(&tag.unwrap());
        assert_eq!(sealed(&key, &nonce, &aad, &plaintext), expected, "{len} bytes");
    }
}

#[test]
fn a_changed_bit_anywhere_is_refused_and_leaves_the_buffer_alone() {
    let key = Xaes::new(&[7; 32]);
    let mut ciphertext = *b"a session of some bytes";
    let tag = key.seal(NONCE, b"bound", &mut ciphertext).unwrap();

    for bit in 0..ciphertext.len() * 8 {
        let mut changed = ciphertext;
        changed[bit / 8] ^= 1 << (bit % 8);
        let before = changed;
        assert!(!key.open(NONCE, b"bound", &mut changed, &tag));
        assert_eq!(changed, before);
    }
    for bit in 0..128 {
        let mut changed = tag;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!key.open(NONCE, b"bound", &mut ciphertext.clone(), &changed));
    }
    for bit in 0..192 {
        let mut changed = *NONCE;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!key.open(&changed, b"bound", &mut ciphertext.clone(), &tag));
    }
    assert!(!key.open(NONCE, b"bounD", &mut ciphertext.clone(), &tag));
    assert!(!key.open(NONCE, b"", &mut ciphertext.clone(), &tag));
    assert!(!Xaes::new(&[8; 32]).open(NONCE, b"bound", &mut ciphertext.clone(), &tag));
    assert!(key.open(NONCE, b"bound", &mut ciphertext, &tag));
    assert_eq!(&ciphertext, b"a session of some bytes");
}

#[test]
fn a_tag_of_zeros_is_refused() {
    let key = Xaes::new(&[7; 32]);
    for len in 0..64 {
        assert!(!key.open(NONCE, b"", &mut alloc::vec![0; len], &[0; 16]));
    }
}

#[test]
fn doubling_reduces_exactly_when_the_top_bit_falls_out() {
    assert_eq!(double(1), 2);
    assert_eq!(double(1 << 126), 1 << 127);
    assert_eq!(double(1 << 127), 0x87);
    assert_eq!(double(u128::MAX), (u128::MAX << 1) ^ 0x87);
}
