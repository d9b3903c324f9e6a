//! One key: 32 random bytes, and the text that carries them.

use alloc::{boxed::Box, string::String};
use core::{fmt, str::FromStr};

use zeroize::{ZeroizeOnDrop, Zeroizing};

#[cfg(feature = "std")]
use crate::primitives::entropy::{EntropyRng, OsEntropy};
use crate::{
    error::KeyError,
    kid::KeyId,
    limits::KEY_LEN,
    primitives::{
        base64url,
        entropy::{self, TryCryptoRng},
        kdf::Root,
        mac,
    },
};

/// What every key text begins with; secret scanners look for it.
const PREFIX: &str = "ck1_";
/// Characters of a key text after the prefix: 36 bytes, without a spare bit.
const BODY_CHARS: usize = 48;
/// Characters of a whole key text.
const TEXT_CHARS: usize = PREFIX.len() + BODY_CHARS;
const _: () = assert!(TEXT_CHARS == 52);
/// Bytes of the checksum at the end of a key text.
const CHECKSUM_LEN: usize = 4;
/// What the checksum is computed over, before the key.
const CHECKSUM_LABEL: &[u8] = b"cloakroom.v1 key text";
/// So few distinct bytes, or fewer, are not random: the odds are below 2^-48.
const DISTINCT_MIN: usize = 17;

/// A master key, from which all keys of all cookies are derived.
///
/// It is made by [`generate`](Self::generate) or by `cloakroom keygen`, and kept as text of 52
/// characters: `ck1_`, then base64url over the key and a checksum of four bytes. There are no
/// passphrases, because a leaked cookie would let anybody guess them at leisure.
///
/// It is wiped when dropped, it cannot be copied or compared, and it prints as its [`KeyId`].
///
/// ```
/// use cloakroom::keys::Key;
///
/// let key = Key::generate()?;
/// let text = key.expose_text();
/// assert!(text.starts_with("ck1_") && text.len() == 52);
///
/// let same: Key = text.parse()?;
/// assert_eq!(same.id(), key.id());
/// assert_eq!(format!("{key:?}"), format!("Key(kid={})", key.id()));
/// # Ok::<(), cloakroom::keys::KeyError>(())
/// ```
pub struct Key {
    /// On the heap, so that moving the key leaves no copy behind.
    master: Box<Zeroizing<[u8; KEY_LEN]>>,
    kid: KeyId,
}

impl ZeroizeOnDrop for Key {}

impl Key {
    /// A new key from the operating system's generator.
    ///
    /// # Errors
    ///
    /// [`KeyError::Entropy`] if there are no random bytes.
    #[cfg(feature = "std")]
    pub fn generate() -> Result<Self, KeyError> {
        Self::generate_from(&mut EntropyRng::new(&OsEntropy))
    }

    /// A new key from `rng`, a generator of `rand_core` 0.10.
    ///
    /// # Errors
    ///
    /// [`KeyError::Entropy`] if `rng` fails; [`KeyError::Weak`] if it is stuck.
    ///
    /// # Security
    ///
    /// Whoever can predict `rng` has the key.
    pub fn generate_from<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, KeyError> {
        let mut master = Box::new(Zeroizing::new([0; KEY_LEN]));
        entropy::fill(rng, master.as_mut_slice()).map_err(|_| KeyError::Entropy)?;
        Self::checked(master)
    }

    /// The key of these 32 bytes, for keys that a vault or a key service keeps as bytes.
    ///
    /// The caller's own copy is the caller's to wipe.
    ///
    /// # Errors
    ///
    /// [`KeyError::Weak`] for at most 16 distinct bytes or nothing but printable ASCII. This
    /// catches mistakes, such as a passphrase; it does not measure randomness.
    pub fn from_bytes(master: [u8; KEY_LEN]) -> Result<Self, KeyError> {
        Self::checked(Box::new(Zeroizing::new(master)))
    }

    /// The key as text, to be stored where secrets are stored; wiped when dropped.
    ///
    /// # Security
    ///
    /// This is the key itself. Every place where a program gives one away has this name in it.
    pub fn expose_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; KEY_LEN + CHECKSUM_LEN]);
        let whole = self.master.iter().copied().chain(checksum(&self.master));
        bytes.iter_mut().zip(whole).for_each(|(to, from)| *to = from);

        let mut text = Zeroizing::new(String::with_capacity(TEXT_CHARS));
        text.push_str(PREFIX);
        base64url::encode_into(&*bytes, &mut text);
        text
    }

    /// The public name of the key.
    pub fn id(&self) -> KeyId {
        self.kid
    }

    /// What other keys are derived from.
    pub(crate) fn root(&self) -> Root {
        Root::extract(&self.master)
    }

    /// Whether this is a key that counts upwards, as all keys printed in this crate's
    /// documentation and test vectors do.
    pub(crate) fn is_published(&self) -> bool {
        self.master.windows(2).all(|pair| match pair {
            [a, b] => *b == a.wrapping_add(1),
            _ => false,
        })
    }

    fn checked(master: Box<Zeroizing<[u8; KEY_LEN]>>) -> Result<Self, KeyError> {
        let is_first = |(nth, byte): &(usize, &u8)| !master.iter().take(*nth).any(|b| b == *byte);
        let distinct = master.iter().enumerate().filter(is_first).count();
        let printable = master.iter().all(|byte| matches!(byte, b' '..=b'~'));
        if distinct < DISTINCT_MIN || printable {
            return Err(KeyError::Weak);
        }
        let kid = Root::extract(&master).kid();
        Ok(Self { master, kid })
    }
}

/// Reads a key text.
///
/// # Errors
///
/// [`KeyError`] says what is wrong with it, and no more: a mistyped key is still a secret.
impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let body = text.strip_prefix(PREFIX).ok_or(KeyError::Prefix)?;
        if body.len() != BODY_CHARS {
            return Err(KeyError::Length);
        }
        let mut bytes = Zeroizing::new([0; KEY_LEN + CHECKSUM_LEN]);
        base64url::decode_into(body.as_bytes(), &mut *bytes).ok_or(KeyError::Alphabet)?;

        let (front, sum) = bytes.split_first_chunk::<KEY_LEN>().ok_or(KeyError::Length)?;
        let mut master = Box::new(Zeroizing::new([0; KEY_LEN]));
        master.copy_from_slice(front);
        if !mac::equal(sum, &checksum(&master)) {
            return Err(KeyError::Checksum);
        }
        Self::checked(master)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key(kid={})", self.kid)
    }
}

fn checksum(master: &[u8; KEY_LEN]) -> [u8; CHECKSUM_LEN] {
    let [a, b, c, d, ..] = mac::sha256(&[CHECKSUM_LABEL, master]);
    [a, b, c, d]
}

const _: () = assert!((KEY_LEN + CHECKSUM_LEN) * 4 == BODY_CHARS * 3);

#[cfg(test)]
mod tests {
    use alloc::{borrow::ToOwned, format};

    use super::*;
    use crate::primitives::testing;

    const CHARACTERS: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// The key `00 01 02 .. 1f` of the test vectors.
    fn counting() -> Key {
        Key::from_bytes(testing::counting(0)).unwrap()
    }

    fn error(text: &str) -> KeyError {
        text.parse::<Key>().unwrap_err()
    }

    #[test]
    fn the_text_is_prefix_key_and_checksum() {
        let sum = mac::sha256(&[b"cloakroom.v1 key text", &**counting().master]);
        let mut bytes = counting().master.to_vec();
        bytes.extend_from_slice(&sum[..4]);
        assert_eq!(*counting().expose_text(), format!("ck1_{}", base64url::encode(&bytes)));
    }

    #[test]
    fn a_key_comes_back_from_its_text() {
        let again: Key = counting().expose_text().parse().unwrap();
        assert_eq!(**again.master, **counting().master);
        assert_eq!(again.id(), counting().root().kid());
    }

    #[test]
    fn every_single_mistyped_character_is_noticed() {
        let text = counting().expose_text();
        for at in 0..text.len() {
            for other in CHARACTERS.iter().filter(|other| **other != text.as_bytes()[at]) {
                let mut typo = text.as_bytes().to_owned();
                typo[at] = *other;
                let expected = if at < 4 { KeyError::Prefix } else { KeyError::Checksum };
                assert_eq!(error(core::str::from_utf8(&typo).unwrap()), expected);
            }
        }
    }

    #[test]
    fn a_text_of_another_length_or_alphabet_is_refused() {
        let text = counting().expose_text();
        assert_eq!(error(""), KeyError::Prefix);
        assert_eq!(error(&text.to_uppercase()), KeyError::Prefix);
        assert_eq!(error(&format!(" {}", *text)), KeyError::Prefix);
        for len in 4..text.len() {
            assert_eq!(error(&text[..len]), KeyError::Length);
        }
        assert_eq!(error(&format!("{}A", *text)), KeyError::Length);
        assert_eq!(error(&format!("{}\n", *text)), KeyError::Length);
        for bad in ['+', '/', '=', ' ', '\n', '\0', '.'] {
            let typo = format!("{}{bad}", &text[..51]);
            assert_eq!(error(&typo), KeyError::Alphabet);
        }
        assert_eq!(error(&format!("{}é", &text[..50])), KeyError::Alphabet);
    }

    #[test]
    fn patterns_and_printable_text_are_weak_as_bytes_and_as_text() {
        let sixteen = testing::counting(0).map(|byte| 128 + byte % 16);
        let seventeen = testing::counting(0).map(|byte| 128 + byte % 17);
        let hex_digits = *b"0123456789abcdef0123456789ABCDEF";
        let passphrase = *b"The quick brown fox jumps over 1";
        for weak in [[0; 32], [0xff; 32], sixteen, hex_digits, passphrase] {
            assert_eq!(Key::from_bytes(weak).unwrap_err(), KeyError::Weak);

            let mut bytes = weak.to_vec();
            bytes.extend_from_slice(&checksum(&weak));
            assert_eq!(error(&format!("ck1_{}", base64url::encode(&bytes))), KeyError::Weak);
        }
        assert!(Key::from_bytes(seventeen).is_ok());
        let mut one_outside = passphrase;
        one_outside[31] = 0x7f;
        assert!(Key::from_bytes(one_outside).is_ok());
    }

    #[test]
    fn only_keys_that_count_upwards_are_published() {
        for first in 0..=255_u8 {
            let key = Key::from_bytes(testing::counting(first));
            // From 0x20 to 0x5f, all of some runs is printable and refused earlier.
            assert!(key.is_ok_and(|key| key.is_published()) || (0x20..=0x5f).contains(&first));
        }
        let down = Key::from_bytes(testing::counting(0).map(|byte| 255 - byte)).unwrap();
        assert!(!down.is_published());
    }

    #[cfg(all(feature = "std", feature = "test-util"))]
    #[test]
    fn generated_keys_differ_and_a_failing_or_stuck_generator_gives_none() {
        use crate::primitives::entropy::FixedEntropy;

        assert_ne!(Key::generate().unwrap().id(), Key::generate().unwrap().id());
        let from = |entropy| Key::generate_from(&mut EntropyRng::new(&entropy)).map(|key| key.id());
        assert!(from(FixedEntropy::from_seed(1)).is_ok());
        assert_eq!(from(FixedEntropy::failing()), Err(KeyError::Entropy));
        assert_eq!(from(FixedEntropy::repeating(0)), Err(KeyError::Weak));
    }

    #[test]
    fn debug_prints_the_key_id_and_nothing_else() {
        assert_eq!(format!("{:?}", counting()), format!("Key(kid={})", counting().id()));
        assert_eq!(format!("{:#?}", counting()), format!("Key(kid={})", counting().id()));
    }
}
