//! XAES-256-GCM against another implementation of it.
//!
//! Input: `key[32] | nonce[24] | len(aad) | aad | text`, then the tag that is tried.

use cloakroom::__fuzz::{xaes_open, xaes_seal};
use xaes_256_gcm::Xaes256Gcm;
use xaes_256_gcm::aead::{AeadInOut, KeyInit};

pub fn run(input: &[u8]) {
    let Some((key, rest)) = input.split_first_chunk::<32>() else { return };
    let Some((nonce, rest)) = rest.split_first_chunk::<24>() else { return };
    let Some((len, rest)) = rest.split_first() else { return };
    let Some((aad, rest)) = rest.split_at_checked(usize::from(*len)) else { return };
    let theirs = Xaes256Gcm::new(key.into());

    let mut ours = rest.to_vec();
    let tag = xaes_seal(key, nonce, aad, &mut ours).unwrap();
    let mut expected = rest.to_vec();
    let expected_tag = theirs
        .encrypt_inout_detached(nonce.into(), aad, expected.as_mut_slice().into())
        .expect("a short message");
    assert_eq!((&ours, &tag[..]), (&expected, &expected_tag[..]));

    let mut opened = ours.clone();
    assert!(xaes_open(key, nonce, aad, &mut opened, &tag));
    assert_eq!(opened, rest);

    // The rest as a ciphertext and a tag: whoever accepts it, both do.
    let Some((text, tag)) = rest.split_last_chunk::<16>() else { return };
    let (mut ours, mut expected) = (text.to_vec(), text.to_vec());
    let fits = xaes_open(key, nonce, aad, &mut ours, tag);
    let fitted = theirs
        .decrypt_inout_detached(nonce.into(), aad, expected.as_mut_slice().into(), tag.into())
        .is_ok();
    assert_eq!(fits, fitted);
    if fits {
        assert_eq!(ours, expected);
    } else {
        assert_eq!(ours, text, "a refused text was changed");
    }
}
