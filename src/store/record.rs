//! What a store is given and gives back.

use alloc::{string::String, vec::Vec};
use core::fmt::{self, Write};

use super::StoreTime;
use crate::{
    error::StoreError,
    limits::{ROW_KEY_LEN, SID_LEN, SUBJECT_MAX},
    primitives::{
        entropy::{Entropy, EntropyError, OsEntropy},
        mac,
    },
};

/// What a record is found by: a hash of the session's id, from which nobody finds the id.
///
/// All 32 bytes count, and any byte may be any value. It prints as nothing but its type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey([u8; ROW_KEY_LEN]);

impl RowKey {
    /// The key of the session with the id `sid`: SHA-256("cloakroom store v1" | sid).
    pub(crate) fn of(sid: &[u8; SID_LEN]) -> Self {
        Self(mac::sha256(&[DOMAIN, sid]))
    }

    /// The key that `bytes` spell, as an engine reads it back.
    pub const fn from_bytes(bytes: [u8; ROW_KEY_LEN]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, for a binary column.
    pub const fn as_bytes(&self) -> &[u8; ROW_KEY_LEN] {
        &self.0
    }

    /// 64 lower-case hex digits, for a file name or a key of text.
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// The first 16 hex digits: what a list of devices may show and take back.
    pub fn public_id(&self) -> String {
        hex(self.0.first_chunk::<8>().map_or(&[], <[u8; 8]>::as_slice))
    }
}

const DOMAIN: &[u8] = b"cloakroom store v1";

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl fmt::Debug for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowKey(..)")
    }
}

/// Tells two states of a record apart.
///
/// No version comes twice under one key, even if the record was deleted and created again between:
/// draw each from [`random`](Self::random), unless the engine numbers its writes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(u64);

impl Version {
    /// The version that the engine wrote as `number`.
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// A version that no other write has: 63 random bits, so that it fits a signed column.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`], if the operating system gives no random bytes.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 8];
        let fill = OsEntropy.fill(&mut bytes);
        fill.map_err(|EntropyError| StoreError::unavailable("entropy", "no random bytes"))?;
        Ok(Self(u64::from_be_bytes(bytes) >> 1))
    }
}

/// Whose session a record is, in the application's own bytes: a user's id, or a hash of it.
///
/// It prints as nothing but its type.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner(Vec<u8>);

impl Owner {
    /// The owner that `bytes` name; `None` unless there are 1 to 64 of them.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        (1..=SUBJECT_MAX).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owner(..)")
    }
}

/// A record on its way into a store.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Record<'r> {
    /// The sealed session, opaque to the engine. Any bytes, at least one.
    pub data: &'r [u8],
    /// When the session began. It outlives updates and moves.
    pub created: StoreTime,
    /// From when on the record is dead, whether or not it is still there.
    pub expires: StoreTime,
    /// Whose it is, for an [`OwnerIndex`](super::OwnerIndex); other engines drop it.
    pub owner: Option<&'r Owner>,
    /// What a list of the owner's sessions shows, in the application's own bytes, at most 255.
    pub label: Option<&'r [u8]>,
}

impl<'r> Record<'r> {
    /// A record of nobody's.
    pub const fn new(data: &'r [u8], created: StoreTime, expires: StoreTime) -> Self {
        Self { data, created, expires, owner: None, label: None }
    }

    /// The same, of `owner`'s.
    #[must_use]
    pub const fn owned_by(self, owner: Option<&'r Owner>) -> Self {
        Self { owner, ..self }
    }

    /// The same, with a label.
    #[must_use]
    pub const fn labelled(self, label: Option<&'r [u8]>) -> Self {
        Self { label, ..self }
    }
}

/// A live record, as a store gives it back.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// The sealed session.
    pub data: Vec<u8>,
    /// Its version, to be expected by an update.
    pub version: Version,
    /// From when on it is dead.
    pub expires: StoreTime,
}

/// One of an owner's sessions.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meta {
    /// The record's key. Show [`RowKey::public_id`], never all of it.
    pub key: RowKey,
    /// When the session began.
    pub created: StoreTime,
    /// When it was last written or touched, by the engine's clock.
    pub seen: StoreTime,
    /// From when on it is dead.
    pub expires: StoreTime,
    /// What the application wrote beside it.
    pub label: Option<Vec<u8>>,
}

impl Meta {
    /// One of an owner's sessions, without a label.
    pub const fn new(key: RowKey, created: StoreTime, seen: StoreTime, expires: StoreTime) -> Self {
        Self { key, created, seen, expires, label: None }
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("bytes", &self.data.len())
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("bytes", &self.data.len())
            .field("version", &self.version)
            .field("expires", &self.expires)
            .finish()
    }
}

impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meta")
            .field("created", &self.created)
            .field("seen", &self.seen)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_row_key_is_the_hash_of_domain_and_id() {
        let key = RowKey::of(&[7; 16]);
        assert_eq!(*key.as_bytes(), mac::sha256(&[b"cloakroom store v1", &[7; 16]]));
        assert_eq!(key.to_hex().len(), 64);
        assert!(key.to_hex().starts_with(&key.public_id()) && key.public_id().len() == 16);
        assert_ne!(key, RowKey::of(&[8; 16]));
    }

    #[test]
    fn nothing_here_prints_a_key_an_owner_or_content() {
        let key = RowKey::from_bytes([0xAB; 32]);
        let owner = Owner::new(*b"alice").unwrap();
        let noon = StoreTime::from_millis(1);
        let record = Record::new(b"secret", noon, noon).owned_by(Some(&owner));
        let stored = Stored { data: b"secret".to_vec(), version: Version(3), expires: noon };
        let meta = Meta { label: Some(b"secret".to_vec()), ..Meta::new(key, noon, noon, noon) };
        let shown = format!("{key:?} {owner:?} {record:?} {stored:?} {meta:?}");
        for hidden in ["abab", "171", "alice", "secret", "115, 101", "97, 108"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }

    #[test]
    fn an_owner_has_1_to_64_bytes() {
        assert!(Owner::new(*b"").is_none() && Owner::new([1; 65]).is_none());
        assert_eq!(Owner::new([0; 64]).map(|owner| owner.as_bytes().len()), Some(64));
    }

    #[test]
    fn a_random_version_fits_a_signed_column() {
        for _ in 0..64 {
            assert!(i64::try_from(Version::random().unwrap().as_u64()).is_ok());
        }
    }
}
