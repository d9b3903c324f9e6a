//! Tags that the attacker has not, and bodies that never were tokens.

use cloakroom::{
    Protection::{self, Encrypted, Signed},
    Rejection::{self, Forged, UnknownKey, Version},
};

use crate::workbench::{
    MODES, Visit, codec, cookie, key, read, refused, seal, to_text, to_token, visit,
};

fn tag_len(mode: Protection) -> usize {
    if mode == Encrypted { 16 } else { 32 }
}

/// Bytes in front of the tag, and the tag.
fn halves(mode: Protection, value: &str) -> (Vec<u8>, Vec<u8>) {
    let mut front = to_token(value);
    let tag = front.split_off(front.len() - tag_len(mode));
    (front, tag)
}

/// Another genuine cookie of the same length.
fn another(mode: Protection) -> String {
    let other = seal(&codec(mode), &Visit { user: 43, note: "olleh".into() }, 8).unwrap();
    assert_eq!(other.len(), cookie(mode).len());
    other
}

#[test]
fn a_tag_of_zeros_of_ones_or_of_one_repeated_byte_is_refused() {
    for mode in MODES {
        let (front, tag) = halves(mode, &cookie(mode));
        for byte in 0..=255 {
            refused(
                &codec(mode),
                to_text(&[front.clone(), vec![byte; tag.len()]].concat()),
                Forged,
            );
        }
    }
}

#[test]
fn the_tag_of_another_cookie_is_refused() {
    for mode in MODES {
        let (front, tag) = halves(mode, &cookie(mode));
        let (other_front, other_tag) = halves(mode, &another(mode));
        assert_eq!(
            read(&codec(mode), to_text(&[front.clone(), tag.clone()].concat())),
            Ok(visit())
        );
        refused(&codec(mode), to_text(&[front, other_tag].concat()), Forged);
        refused(&codec(mode), to_text(&[other_front, tag].concat()), Forged);
    }
}

#[test]
fn parts_of_two_cookies_put_together_at_any_byte_are_refused() {
    for mode in MODES {
        let (one, two) = (to_token(&cookie(mode)), to_token(&another(mode)));
        let alike = one.iter().zip(&two).take_while(|(a, b)| a == b).count();
        let alike_behind =
            one.iter().rev().zip(two.iter().rev()).take_while(|(a, b)| a == b).count();
        for cut in alike + 1..one.len() - alike_behind {
            refused(&codec(mode), to_text(&[&one[..cut], &two[cut..]].concat()), Forged);
        }
    }
}

#[test]
fn a_tag_over_other_bytes_than_the_payload_is_refused() {
    // CVE-2026-40372: the tag was computed over the wrong bytes, so any payload had a fitting one.
    use hmac_of::hmac;
    let (front, _) = halves(Signed, &cookie(Signed));
    for forged in [
        hmac(&[], &front),
        hmac(&[0; 32], &front),
        hmac(&key(1).id().to_bytes(), &front),
        hmac(&front[5..21], &front),
        hmac(&[], &[]),
    ] {
        refused(&codec(Signed), to_text(&[front.clone(), forged].concat()), Forged);
    }
    // A tag that the server itself has given out, over something that contains our bytes.
    let (other_front, other_tag) = halves(Signed, &another(Signed));
    for payload in [&other_front[5..], &other_front[6..], &[]] {
        let mut token = [&front[..5], payload, &other_tag].concat();
        token.splice(5..5, vec![0; (3 - token.len() % 3) % 3 + 48]);
        refused(&codec(Signed), to_text(&token), Forged);
    }
}

/// HMAC-SHA256 under keys that an attacker has: his own.
mod hmac_of {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;

    pub(super) fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().to_vec()
    }
}

#[test]
fn a_truncated_tag_is_refused_though_the_length_is_right() {
    for mode in MODES {
        let (front, tag) = halves(mode, &cookie(mode));
        for keep in (0..tag.len()).filter(|keep| (tag.len() - keep) % 3 == 0) {
            let mut short = [&front[..], &tag[..keep]].concat();
            while short.len() < 72 {
                short.insert(front.len(), 0);
            }
            refused(&codec(mode), to_text(&short), Forged);
        }
    }
}

#[test]
fn serialised_sessions_without_a_seal_are_refused() {
    // CVE-2026-39324: whatever had no seal was handed to the next decoder.
    let json = serde_json::to_vec(&visit()).unwrap();
    let postcard = postcard::to_allocvec(&visit()).unwrap();
    let mut typed = vec![1, 0, 0, 0, 0];
    typed.extend(&postcard);
    for mode in MODES {
        let reader = codec(mode);
        for raw in [&json, &postcard, &typed] {
            for len in [raw.len(), 66, 72, 120, 3000] {
                let mut padded = raw.clone();
                padded.resize(len.max(raw.len()).next_multiple_of(3), b' ');
                let reason = read(&reader, to_text(&padded)).unwrap_err();
                assert!([Rejection::Length, Version].contains(&reason), "{reason:?}");
                assert!(read(&reader, &padded).is_err());
                assert!(read(&reader, &json).is_err());
                // With the first bytes of a token in front.
                let token = to_token(&cookie(mode));
                padded.splice(0..0, token[..5].iter().copied());
                padded.resize(padded.len().next_multiple_of(3).max(72), 0);
                refused(&reader, to_text(&padded), Forged);
                padded[1] ^= 1;
                refused(&reader, to_text(&padded), UnknownKey);
            }
        }
    }
}

#[test]
fn every_version_byte_but_the_configured_one_is_refused_as_another_version() {
    for mode in MODES {
        for version in 0..=255 {
            let mut token = to_token(&cookie(mode));
            if token[0] != version {
                token[0] = version;
                refused(&codec(mode), to_text(&token), Version);
            }
        }
    }
}
