//! `ENCRYPTED  11 | kid[4] | N[24] | C[n] | T[16]`, with a twin of one surface where it is compiled
//! out.

#[cfg(not(feature = "encrypted"))]
pub(super) use disabled::Keys;
#[cfg(feature = "encrypted")]
pub(super) use enabled::Keys;

#[cfg(feature = "encrypted")]
mod enabled {
    use alloc::boxed::Box;

    use zeroize::Zeroizing;

    use super::super::Associated;
    use crate::{
        error::{ConfigError, SealError},
        limits::{NONCE_LEN, TAG_LEN},
        primitives::{
            entropy::{Draw, R_LEN},
            kdf::{Context, Label, Root},
            mac::MacKey,
            xaes::Xaes,
        },
    };

    /// `K_enc` and `K_nonce`.
    pub(in super::super) struct Keys {
        cipher: Xaes,
        nonces: MacKey,
    }

    impl Keys {
        #[expect(clippy::unnecessary_wraps, reason = "the twin without the feature fails")]
        pub(in super::super) fn derive(
            root: &Root,
            context: &Context,
        ) -> Result<Box<Self>, ConfigError> {
            Ok(Box::new(Self {
                cipher: Xaes::new(&root.key(Label::Enc, context)),
                nonces: MacKey::new(root.key(Label::Nonce, context).as_slice()),
            }))
        }

        /// Writes N and T, and C over the payload.
        pub(in super::super) fn seal(
            &self,
            context: &Associated<'_>,
            nonce: &mut [u8; NONCE_LEN],
            text: &mut [u8],
            tag: &mut [u8; TAG_LEN],
            rng: &mut impl Draw,
        ) -> Result<(), SealError> {
            // N = HMAC(K_nonce, r[32] | A | P)[..24]: if r ever repeats, in a cloned machine say,
            // a nonce repeats only with its whole message, and equality is all that leaks.
            let mut r = Zeroizing::new([0; R_LEN]);
            rng.draw_r(&mut r)?;
            let hedged = self.nonces.tag(&[r.as_slice(), &context.head, context.bind, text]);
            *nonce = *hedged.first_chunk().ok_or(SealError::Entropy)?;

            // The cipher refuses messages of many gigabytes, which a payload cannot be.
            let sealed = with_a(context, |a| self.cipher.seal(nonce, a, text));
            *tag = sealed.ok_or(SealError::Entropy)?;
            Ok(())
        }

        pub(in super::super) fn check(
            &self,
            context: &Associated<'_>,
            nonce: &[u8; NONCE_LEN],
            text: &mut [u8],
            tag: &[u8; TAG_LEN],
        ) -> bool {
            with_a(context, |a| self.cipher.open(nonce, a, text, tag))
        }
    }

    /// Runs `f` over A in one piece: on the stack without a `bind`, as is usual.
    fn with_a<T>(context: &Associated<'_>, f: impl FnOnce(&[u8]) -> T) -> T {
        match context.bind {
            [] => f(&context.head),
            bind => f(&[context.head.as_slice(), bind].concat()),
        }
    }
}

#[cfg(not(feature = "encrypted"))]
mod disabled {
    use alloc::boxed::Box;

    use super::super::Associated;
    use crate::{
        error::{ConfigError, SealError},
        limits::{NONCE_LEN, TAG_LEN},
        primitives::{
            entropy::Draw,
            kdf::{Context, Root},
        },
    };

    /// No keys: there is no value of this type.
    pub(in super::super) enum Keys {}

    impl Keys {
        pub(in super::super) const fn derive(
            _: &Root,
            _: &Context,
        ) -> Result<Box<Self>, ConfigError> {
            Err(ConfigError::FeatureOff { feature: "encrypted" })
        }

        pub(in super::super) fn seal(
            &self,
            _: &Associated<'_>,
            _: &mut [u8; NONCE_LEN],
            _: &mut [u8],
            _: &mut [u8; TAG_LEN],
            _: &mut impl Draw,
        ) -> Result<(), SealError> {
            match *self {}
        }

        pub(in super::super) fn check(
            &self,
            _: &Associated<'_>,
            _: &[u8; NONCE_LEN],
            _: &mut [u8],
            _: &[u8; TAG_LEN],
        ) -> bool {
            match *self {}
        }
    }
}
