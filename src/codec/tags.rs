//! What the ring vouches for beside cookies: the stamp of a login's credential, and CSRF tokens.
//!
//! ```text
//! stamp = HMAC-SHA256(K_stamp, application's stamp)[..16]
//! csrf  = HMAC-SHA256(K_csrf, sid)[..24]
//! ```
//!
//! New tags are made with the key that seals. Every key that opens something and every context that is
//! open is asked about old ones, all of them each time, so that the time tells nothing.

use alloc::vec::Vec;

use super::Codec;
use crate::{
    clock::Timestamp,
    error::{ConfigError, SealError},
    keys::{self, Key, KeyState},
    limits::{CSRF_LEN, MAC_LEN, SID_LEN, STAMP_LEN},
    primitives::{
        kdf::{Context, Label},
        mac::{self, MacKey},
    },
};

/// The keys of the tags of one application label and cookie name: one pair a key of the ring, in the
/// ring's order.
pub(super) struct Tags {
    until: Option<Timestamp>,
    by_key: Vec<Pair>,
}

struct Pair {
    stamp: MacKey,
    csrf: MacKey,
}

/// What a tag over a stamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamped {
    /// What would be made of the stamp now.
    Now,
    /// What a former key or context made of it.
    Formerly,
    /// A tag over another stamp.
    Otherwise,
}

impl Codec {
    /// Adds tags to what it makes and checks.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Label`].
    pub(crate) fn with_tags<'c>(
        mut self,
        app: &str,
        name: &str,
        also: impl Iterator<Item = (&'c str, &'c str, Timestamp)>,
    ) -> Result<Self, ConfigError> {
        let keys: Vec<&Key> = self.ring.entries().map(keys::RingEntry::key).collect();
        let tags = |app: &str, name: &str, until| {
            let context = Context::new(app, name)?;
            let pair = |key: &&Key| {
                let root = key.root();
                let derived = |label| MacKey::new(&*root.key(label, &context));
                Pair { stamp: derived(Label::Stamp), csrf: derived(Label::Csrf) }
            };
            Ok(Tags { until, by_key: keys.iter().map(pair).collect() })
        };
        let ours = tags(app, name, None);
        let also = also.map(|(app, name, until)| tags(app, name, Some(until)));
        self.tags = core::iter::once(ours).chain(also).collect::<Result<_, ConfigError>>()?;
        Ok(self)
    }

    /// The tag over the stamp of a credential.
    ///
    /// # Errors
    ///
    /// [`SealError::NoSealingKey`].
    pub(crate) fn stamp_tag(
        &self,
        stamp: &[u8],
        now: Timestamp,
    ) -> Result<[u8; STAMP_LEN], SealError> {
        Ok(front(&self.sealing_pair(now)?.stamp.tag(&[stamp])))
    }

    /// What `tag` is to `stamp`.
    pub(crate) fn stamped(&self, tag: &[u8; STAMP_LEN], stamp: &[u8], now: Timestamp) -> Stamped {
        let ours = self.sealing_pair(now).ok();
        let current = ours.is_some_and(|pair| {
            let made: [u8; STAMP_LEN] = front(&pair.stamp.tag(&[stamp]));
            mac::equal(&made, tag)
        });
        let known = self.open_pairs(now).fold(false, |known, pair| {
            let made: [u8; STAMP_LEN] = front(&pair.stamp.tag(&[stamp]));
            known | mac::equal(&made, tag)
        });
        match (current, known) {
            (true, _) => Stamped::Now,
            (false, true) => Stamped::Formerly,
            (false, false) => Stamped::Otherwise,
        }
    }

    /// The tag over a session's id that its CSRF tokens carry.
    ///
    /// # Errors
    ///
    /// [`SealError::NoSealingKey`].
    pub(crate) fn csrf_tag(
        &self,
        sid: &[u8; SID_LEN],
        now: Timestamp,
    ) -> Result<[u8; CSRF_LEN], SealError> {
        Ok(front(&self.sealing_pair(now)?.csrf.tag(&[sid])))
    }

    /// Whether `tag` is a CSRF tag over this id.
    pub(crate) fn is_csrf_tag(
        &self,
        tag: &[u8; CSRF_LEN],
        sid: &[u8; SID_LEN],
        now: Timestamp,
    ) -> bool {
        self.open_pairs(now).fold(false, |known, pair| {
            let made: [u8; CSRF_LEN] = front(&pair.csrf.tag(&[sid]));
            known | mac::equal(&made, tag)
        })
    }

    fn sealing_pair(&self, now: Timestamp) -> Result<&Pair, SealError> {
        let kid = self.ring.sealing_kid(now).ok_or(SealError::NoSealingKey)?;
        let (nth, _) = self.slot(kid).ok_or(SealError::NoSealingKey)?;
        let ours = self.tags.first().ok_or(SealError::NoSealingKey)?;
        ours.by_key.get(nth).ok_or(SealError::NoSealingKey)
    }

    /// Those of every key that still opens something, in every context that is open.
    fn open_pairs(&self, now: Timestamp) -> impl Iterator<Item = &Pair> {
        let live = move |tags: &&Tags| tags.until.is_none_or(|until| now < until);
        let opens = |state| !matches!(state, KeyState::Revoked | KeyState::Closed);
        self.tags.iter().filter(live).flat_map(move |tags| {
            let states = self.ring.states(now).map(|(_, state)| state);
            tags.by_key
                .iter()
                .zip(states)
                .filter(move |(_, state)| opens(*state))
                .map(|pair| pair.0)
        })
    }
}

fn front<const N: usize>(tag: &[u8; MAC_LEN]) -> [u8; N] {
    const { assert!(N <= MAC_LEN) };
    tag.first_chunk().copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        envelope::{Policy, Protection},
        keys::KeyRing,
        primitives::{kdf::Root, testing::counting},
    };

    const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);

    fn codec(app: &str, also: &[(&str, Timestamp)]) -> Codec {
        let ring = KeyRing::new(Key::from_bytes(counting(0)).unwrap());
        let also = also.iter().map(|(app, until)| (*app, "session", *until));
        Codec::new(&ring, Protection::Encrypted, app, "session", Policy::default())
            .unwrap()
            .with_tags(app, "session", also)
            .unwrap()
    }

    #[test]
    fn stamps_and_csrf_tags_have_the_documented_bytes() {
        let (root, context) =
            (Root::extract(&counting(0)), Context::new("shop", "session").unwrap());
        let expected =
            |label, message: &[u8]| MacKey::new(&*root.key(label, &context)).tag(&[message]);
        let codec = codec("shop", &[]);
        let stamp = codec.stamp_tag(b"2026-11-01", NOW).unwrap();
        assert_eq!(stamp, expected(Label::Stamp, b"2026-11-01")[..16]);
        assert_eq!(codec.csrf_tag(&[7; 16], NOW).unwrap(), expected(Label::Csrf, &[7; 16])[..24]);
    }

    #[test]
    fn a_tag_of_a_context_that_is_also_open_is_a_former_one_until_its_date() {
        let former = codec("old", &[]);
        let (stamp, csrf) =
            (former.stamp_tag(b"s", NOW).unwrap(), former.csrf_tag(&[7; 16], NOW).unwrap());
        let moved = codec("new", &[("old", NOW.plus(10))]);
        assert_eq!(moved.stamped(&stamp, b"s", NOW.plus(9)), Stamped::Formerly);
        assert!(moved.is_csrf_tag(&csrf, &[7; 16], NOW.plus(9)));
        assert_eq!(moved.stamped(&stamp, b"s", NOW.plus(10)), Stamped::Otherwise);
        assert!(!moved.is_csrf_tag(&csrf, &[7; 16], NOW.plus(10)));
    }

    #[test]
    fn every_bit_of_a_tag_counts() {
        let codec = codec("shop", &[]);
        let (stamp, csrf) =
            (codec.stamp_tag(b"s", NOW).unwrap(), codec.csrf_tag(&[7; 16], NOW).unwrap());
        assert_eq!(codec.stamped(&stamp, b"s", NOW), Stamped::Now);
        assert_eq!(codec.stamped(&stamp, b"S", NOW), Stamped::Otherwise);
        for bit in 0..8 * STAMP_LEN {
            let mut other = stamp;
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(codec.stamped(&other, b"s", NOW), Stamped::Otherwise);
        }
        for bit in 0..8 * CSRF_LEN {
            let mut other = csrf;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!codec.is_csrf_tag(&other, &[7; 16], NOW));
        }
    }
}
