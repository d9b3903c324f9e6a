//! `SIGNED  49 | kid[4] | P[n] | MAC[32]`, with a twin of one surface where it is compiled out.

#[cfg(not(feature = "signed"))]
pub(super) use disabled::Keys;
#[cfg(feature = "signed")]
pub(super) use enabled::Keys;

#[cfg(feature = "signed")]
mod enabled {
    use super::super::Associated;
    use crate::{
        error::ConfigError,
        limits::MAC_LEN,
        primitives::{
            kdf::{Context, Label, Root},
            mac::{self, MacKey},
        },
    };

    /// `K_sig`.
    pub(in super::super) struct Keys(MacKey);

    impl Keys {
        #[expect(clippy::unnecessary_wraps, reason = "the twin without the feature fails")]
        pub(in super::super) fn derive(
            root: &Root,
            context: &Context,
        ) -> Result<Self, ConfigError> {
            Ok(Self(MacKey::new(root.key(Label::Sign, context).as_slice())))
        }

        pub(in super::super) fn check(
            &self,
            context: &Associated<'_>,
            payload: &[u8],
            mac: &[u8; MAC_LEN],
        ) -> bool {
            mac::equal(&self.tag(context, payload), mac)
        }

        /// MAC = HMAC(K_sig, A | P)
        pub(in super::super) fn tag(
            &self,
            context: &Associated<'_>,
            payload: &[u8],
        ) -> [u8; MAC_LEN] {
            self.0.tag(&[&context.head, context.bind, payload])
        }
    }
}

#[cfg(not(feature = "signed"))]
mod disabled {
    use super::super::Associated;
    use crate::{
        error::ConfigError,
        limits::MAC_LEN,
        primitives::kdf::{Context, Root},
    };

    /// No keys: there is no value of this type.
    pub(in super::super) enum Keys {}

    impl Keys {
        pub(in super::super) const fn derive(_: &Root, _: &Context) -> Result<Self, ConfigError> {
            Err(ConfigError::FeatureOff { feature: "signed" })
        }

        pub(in super::super) fn tag(&self, _: &Associated<'_>, _: &[u8]) -> [u8; MAC_LEN] {
            match *self {}
        }

        pub(in super::super) fn check(
            &self,
            _: &Associated<'_>,
            _: &[u8],
            _: &[u8; MAC_LEN],
        ) -> bool {
            match *self {}
        }
    }
}
