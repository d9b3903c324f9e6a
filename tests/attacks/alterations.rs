//! One genuine cookie, altered everywhere and in every way: none opens, and the server answers as
//! if there had been none.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cloakroom::{Codec, Headers, Protection, Rejection, SessionManager};

use crate::workbench::{MODES, Visit, codec, cookie, header, manager, read, responses, visit};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Neighbours of the alphabet, what other encodings use, and what headers are made of.
const OTHERS: &[u8] = b"\0\t\n\r \"%+,./:;=@[]^`{|}~\x7f\x80\xa0\xc2\xff";

/// A server, a cookie of its own, and its two answers to a request without a cookie.
struct Target {
    codec: Codec,
    sessions: SessionManager<Visit>,
    genuine: String,
    to_nobody: [Headers; 2],
    mode: Protection,
}

impl Target {
    fn new(mode: Protection) -> Self {
        let (codec, sessions, genuine) = (codec(mode), manager(mode), cookie(mode));
        assert_eq!(read(&codec, &genuine), Ok(visit()), "the control opens");
        let to_nobody = responses(&sessions, &[]);
        assert_ne!(responses(&sessions, &[&header(&genuine)]), to_nobody);
        Self { codec, sessions, genuine, to_nobody, mode }
    }

    /// `altered` is refused for the reason that its first altered byte has.
    fn refuses(&self, altered: &[u8]) {
        assert_ne!(altered, self.genuine.as_bytes());
        let reason = read(&self.codec, altered).expect_err("an altered cookie opened");
        assert_eq!(reason, self.expected(altered), "{}", altered.escape_ascii());
    }

    /// And the answer is the one to nobody.
    fn answers_as_to_nobody(&self, altered: &[u8]) {
        let found = responses(&self.sessions, &[&header(altered)]);
        assert_eq!(found, self.to_nobody, "{}", altered.escape_ascii());
    }

    /// The steps before the tag in other words than the crate's.
    fn expected(&self, altered: &[u8]) -> Rejection {
        let least = if self.mode == Protection::Encrypted { 96 } else { 88 };
        if !altered.len().is_multiple_of(4) || !(least..=4096).contains(&altered.len()) {
            return Rejection::Length;
        }
        let Ok(token) = BASE64_URL_SAFE_NO_PAD.decode(altered) else { return Rejection::Encoding };
        let genuine = BASE64_URL_SAFE_NO_PAD.decode(&self.genuine).unwrap();
        match () {
            () if token[0] != genuine[0] => Rejection::Version,
            () if token[1..5] != genuine[1..5] => Rejection::UnknownKey,
            () => Rejection::Forged,
        }
    }
}

#[test]
fn a_cookie_with_any_one_character_replaced_is_refused() {
    for target in MODES.map(Target::new) {
        let mut tried = 0;
        for position in 0..target.genuine.len() {
            let mut altered = target.genuine.clone().into_bytes();
            for &byte in ALPHABET.iter().chain(OTHERS) {
                altered[position] = byte;
                if byte != target.genuine.as_bytes()[position] {
                    target.refuses(&altered);
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, target.genuine.len() * (ALPHABET.len() + OTHERS.len() - 1));
    }
}

#[test]
fn a_cookie_with_any_one_bit_of_its_token_flipped_is_refused() {
    for target in MODES.map(Target::new) {
        let token = BASE64_URL_SAFE_NO_PAD.decode(&target.genuine).unwrap();
        for bit in 0..token.len() * 8 {
            let mut altered = token.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            target.refuses(BASE64_URL_SAFE_NO_PAD.encode(altered).as_bytes());
        }
    }
}

#[test]
fn a_cookie_with_a_character_put_in_or_taken_out_anywhere_is_refused() {
    for target in MODES.map(Target::new) {
        let genuine = target.genuine.as_bytes();
        for position in 0..=genuine.len() {
            for &byte in ALPHABET.iter().chain(OTHERS) {
                let mut altered = genuine.to_vec();
                altered.insert(position, byte);
                target.refuses(&altered);
            }
            let (front, back) = genuine.split_at(position);
            // Four at a time the length is right again.
            for group in [&b"AAAA"[..], b"____", b"EQAA", b"\n\n\n\n", b"===="] {
                target.refuses(&[front, group, back].concat());
            }
            for gap in [1, 2, 3, 4, 8, 12, 16] {
                if let Some(rest) = back.get(gap..) {
                    target.refuses(&[front, rest].concat());
                }
            }
        }
    }
}

#[test]
fn a_cookie_cut_anywhere_from_either_end_is_refused() {
    for target in MODES.map(Target::new) {
        for len in 0..target.genuine.len() {
            target.refuses(&target.genuine.as_bytes()[..len]);
            target.refuses(&target.genuine.as_bytes()[target.genuine.len() - len..]);
        }
    }
}

#[test]
fn a_cookie_with_any_two_characters_or_groups_exchanged_is_refused() {
    for target in MODES.map(Target::new) {
        let genuine = target.genuine.as_bytes();
        for size in [1, 4] {
            for first in (0..genuine.len()).step_by(size) {
                for second in (first + size..genuine.len()).step_by(size) {
                    let mut altered = genuine.to_vec();
                    (0..size).for_each(|nth| altered.swap(first + nth, second + nth));
                    if altered != genuine {
                        target.refuses(&altered);
                    }
                }
            }
        }
    }
}

#[test]
fn a_cookie_longer_by_any_number_of_characters_is_refused() {
    for target in MODES.map(Target::new) {
        for more in (1..64).chain([3000, 4096 - target.genuine.len(), 4096, 65_536]) {
            for filling in ["A", "_", "="] {
                target.refuses(format!("{}{}", target.genuine, filling.repeat(more)).as_bytes());
            }
        }
        target.refuses(target.genuine.repeat(2).as_bytes());
    }
}

#[test]
fn the_answer_to_an_altered_cookie_is_the_answer_to_none() {
    for target in MODES.map(Target::new) {
        let genuine = target.genuine.as_bytes();
        for position in 0..genuine.len() {
            for byte in *b"A9_=\" \xff" {
                let mut altered = genuine.to_vec();
                altered[position] = byte;
                if read(&target.codec, &altered).is_err() && byte != b' ' {
                    target.answers_as_to_nobody(&altered);
                }
            }
            target.answers_as_to_nobody(&genuine[..position]);
            target
                .answers_as_to_nobody(&[&genuine[..position], b"A", &genuine[position..]].concat());
        }
        for more in [4, 4096, 65_536] {
            target.answers_as_to_nobody(&[genuine, &vec![b'A'; more]].concat());
        }
    }
}

#[test]
fn every_reason_before_the_tag_has_one_and_the_same_answer() {
    for target in MODES.map(Target::new) {
        let mut seen = std::collections::BTreeSet::new();
        let mut token = BASE64_URL_SAFE_NO_PAD.decode(&target.genuine).unwrap();
        for byte in [0, 1, token.len() - 1] {
            token[byte] ^= 1;
            let altered = BASE64_URL_SAFE_NO_PAD.encode(&token);
            seen.insert(read(&target.codec, &altered).unwrap_err());
            target.answers_as_to_nobody(altered.as_bytes());
            token[byte] ^= 1;
        }
        let spoilt = target.genuine.replace(char::is_lowercase, "+");
        for altered in ["", "x", &spoilt] {
            seen.insert(read(&target.codec, altered).unwrap_err());
            target.answers_as_to_nobody(altered.as_bytes());
        }
        use Rejection::*;
        assert_eq!(Vec::from_iter(seen), [Length, Encoding, Version, UnknownKey, Forged]);
    }
}
