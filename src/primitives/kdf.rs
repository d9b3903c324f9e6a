//! From one master key to every other key: HKDF-SHA256 (RFC 5869).
//!
//! ```text
//! PRK     = HMAC-SHA256("cloakroom.v1 root", master[32])
//! kid     = HMAC-SHA256(PRK, "kid\0" | 01)[..4]
//! K_label = HMAC-SHA256(PRK, label "\0" | ctx | 01)
//! K_row   = HMAC-SHA256(PRK, "row\0" | ctx | sid[16] | 01)
//! ctx     = u16(len app) | app | u16(len name) | name
//! ```
//!
//! The first line is Extract with a fixed salt. The others are Expand, which for at most 32 bytes
//! of output is one HMAC over `info | 01`. Labels end in the only NUL they contain, so no `info`
//! can be read as another's. The application and the cookie name stand in the *key*: a token of
//! one cookie is noise to every other.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::mac::MacKey;
use crate::{
    error::ConfigError,
    kid::KeyId,
    limits::{KEY_LEN, KID_LEN, LABEL_MAX},
};

const SALT: &[u8] = b"cloakroom.v1 root";
const KID_INFO: &[u8] = b"kid\0";
#[cfg(feature = "encrypted")]
const ROW_INFO: &[u8] = b"row\0";
/// The counter of the first, and here the only, block of Expand.
const FIRST_BLOCK: &[u8] = &[1];

/// What a derived key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// Encryption of a cookie.
    #[cfg(feature = "encrypted")]
    Enc,
    /// The nonces of those encryptions.
    #[cfg(feature = "encrypted")]
    Nonce,
    /// The tag of a signed cookie.
    #[cfg(feature = "signed")]
    Sign,
    /// Tags over the stamps of credentials.
    #[cfg(feature = "auth")]
    Stamp,
    /// CSRF tokens.
    #[cfg(feature = "auth")]
    Csrf,
}

impl Label {
    const fn info(self) -> &'static [u8] {
        match self {
            #[cfg(feature = "encrypted")]
            Self::Enc => b"enc\0",
            #[cfg(feature = "encrypted")]
            Self::Nonce => b"nonce\0",
            #[cfg(feature = "signed")]
            Self::Sign => b"sign\0",
            #[cfg(feature = "auth")]
            Self::Stamp => b"stamp\0",
            #[cfg(feature = "auth")]
            Self::Csrf => b"csrf\0",
        }
    }
}

/// The application label and the cookie name, written so that no two pairs are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Context(Vec<u8>);

impl Context {
    /// # Errors
    ///
    /// [`ConfigError::Label`] unless each is 1 to 255 bytes of `0x21..=0x7e`.
    pub(crate) fn new(app: &str, name: &str) -> Result<Self, ConfigError> {
        let mut bytes = Vec::new();
        for (label, what) in [(app, "application label"), (name, "cookie name")] {
            let printable = label.bytes().all(|byte| byte.is_ascii_graphic());
            let len = match u16::try_from(label.len()) {
                Ok(len) if printable && (1..=LABEL_MAX).contains(&label.len()) => len,
                _ => return Err(ConfigError::Label { name: what }),
            };
            bytes.extend_from_slice(&len.to_be_bytes());
            bytes.extend_from_slice(label.as_bytes());
        }
        Ok(Self(bytes))
    }
}

/// The pseudo-random key of HKDF: what is kept of a master key to derive from. Wiped when dropped.
pub(crate) struct Root(MacKey);

impl Root {
    /// HKDF-Extract.
    pub(crate) fn extract(master: &[u8; KEY_LEN]) -> Self {
        let prk = Zeroizing::new(MacKey::new(SALT).tag(&[master]));
        Self(MacKey::new(&*prk))
    }

    /// The public name of the master key.
    pub(crate) fn kid(&self) -> KeyId {
        let [a, b, c, d, ..] = self.0.tag(&[KID_INFO, FIRST_BLOCK]);
        KeyId::from_bytes([a, b, c, d])
    }

    /// The key for one purpose in one context.
    pub(crate) fn key(&self, label: Label, context: &Context) -> Zeroizing<[u8; KEY_LEN]> {
        Zeroizing::new(self.0.tag(&[label.info(), &context.0, FIRST_BLOCK]))
    }

    /// The key of the stored record of the session `sid`.
    #[cfg(feature = "encrypted")]
    pub(crate) fn row_key(
        &self,
        context: &Context,
        sid: &[u8; crate::limits::SID_LEN],
    ) -> Zeroizing<[u8; KEY_LEN]> {
        Zeroizing::new(self.0.tag(&[ROW_INFO, &context.0, sid, FIRST_BLOCK]))
    }
}

const _: () = assert!(KID_LEN == 4);

#[cfg(all(test, feature = "encrypted", feature = "signed"))]
mod tests {
    use alloc::{collections::BTreeSet, string::String};

    use super::*;
    use crate::primitives::testing::{counting, hex, unhex};

    #[cfg(not(feature = "auth"))]
    const LABELS: [Label; 3] = [Label::Enc, Label::Nonce, Label::Sign];
    #[cfg(feature = "auth")]
    const LABELS: [Label; 5] = [Label::Enc, Label::Nonce, Label::Sign, Label::Stamp, Label::Csrf];

    fn root() -> Root {
        Root::extract(&counting(0))
    }

    #[test]
    fn extract_and_one_block_of_expand_are_those_of_rfc_5869() {
        // Appendix A.1 to A.3: IKM, salt, info, PRK, first block of OKM.
        let cases = [
            (
                "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                "000102030405060708090a0b0c",
                "f0f1f2f3f4f5f6f7f8f9",
                "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
            ),
            (
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
                "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
                "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
                "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
            ),
            (
                "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                "",
                "",
                "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
            ),
        ];
        for (ikm, salt, info, prk, okm) in cases {
            let extracted = MacKey::new(&unhex(salt)).tag(&[&unhex(ikm)]);
            assert_eq!(hex(&extracted), prk);
            assert_eq!(hex(&MacKey::new(&extracted).tag(&[&unhex(info), FIRST_BLOCK])), okm);
        }
    }

    #[test]
    fn the_derivations_are_the_documented_formulas() {
        let prk = MacKey::new(b"cloakroom.v1 root").tag(&[&counting(0)]);
        let expand = |info: &[u8]| MacKey::new(&prk).tag(&[info, &[1]]);

        let context = Context::new("shop", "__Host-session").unwrap();
        let key = |label| *root().key(label, &context);
        assert_eq!(root().kid().to_bytes(), expand(b"kid\0")[..4]);
        assert_eq!(key(Label::Enc), expand(b"enc\0\0\x04shop\0\x0e__Host-session"));
        assert_eq!(key(Label::Nonce), expand(b"nonce\0\0\x04shop\0\x0e__Host-session"));
        assert_eq!(key(Label::Sign), expand(b"sign\0\0\x04shop\0\x0e__Host-session"));
        #[cfg(feature = "auth")]
        {
            assert_eq!(key(Label::Stamp), expand(b"stamp\0\0\x04shop\0\x0e__Host-session"));
            assert_eq!(key(Label::Csrf), expand(b"csrf\0\0\x04shop\0\x0e__Host-session"));
        }
        let info = [b"row\0\0\x04shop\0\x0e__Host-session".as_slice(), &[9; 16]].concat();
        assert_eq!(*root().row_key(&context, &[9; 16]), expand(&info));
    }

    #[test]
    fn no_two_contexts_or_labels_share_a_key() {
        let parts = ["a", "aa", "ab", "b", "ba", "\"", "~", "!"];
        let mut contexts = BTreeSet::new();
        let mut keys = BTreeSet::new();
        for app in parts {
            for name in parts {
                let context = Context::new(app, name).unwrap();
                assert!(contexts.insert(context.0.clone()), "{app} {name}");
                for label in LABELS {
                    assert!(keys.insert(*root().key(label, &context)), "{app} {name} {label:?}");
                }
                for sid in [[0; 16], [1; 16]] {
                    assert!(keys.insert(*root().row_key(&context, &sid)), "{app} {name}");
                }
            }
        }
        assert_eq!(keys.len(), 8 * 8 * (LABELS.len() + 2));
    }

    #[test]
    fn another_master_key_gives_other_keys_and_another_name() {
        let other = Root::extract(&[9; 32]);
        let context = Context::new("shop", "session").unwrap();
        assert_ne!(root().kid(), other.kid());
        assert_ne!(root().key(Label::Enc, &context), other.key(Label::Enc, &context));
    }

    #[test]
    fn labels_outside_the_printable_range_are_refused_by_name() {
        let long: String = "x".repeat(255);
        assert!(Context::new(&long, &long).is_ok());
        let too_long = "x".repeat(256);
        let enormous = "x".repeat(0x1_0004);
        for bad in ["", " ", "a b", "a\n", "\u{7f}", "é", "a\0", too_long.as_str(), &enormous] {
            let app = ConfigError::Label { name: "application label" };
            assert_eq!(Context::new(bad, "session"), Err(app));
            let name = ConfigError::Label { name: "cookie name" };
            assert_eq!(Context::new("shop", bad), Err(name));
        }
        for byte in 0..=0x7f_u8 {
            let label = String::from(char::from(byte));
            let allowed = (0x21..=0x7e).contains(&byte);
            assert_eq!(Context::new(&label, &label).is_ok(), allowed, "{byte:#x}");
        }
    }
}
