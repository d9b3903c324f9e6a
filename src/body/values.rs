//! The session without a type: an ordered map whose values stay encoded until they are read.

use alloc::vec::Vec;
use core::fmt;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    buffer::{Buffer, Text},
    data::{First, SessionData},
    value_error::ValueError,
    values_de,
    values_names::{Names, Span},
    values_ser::Encoder,
    values_wire::{self as wire, Cursor},
};
use crate::{
    error::EncodeReason,
    limits::{VALUES_ENTRIES, VALUES_MAX},
};

/// A session as a map from strings to values of any serde type.
///
/// Values are encoded when they are inserted and decoded when they are read, each on its own: reading
/// one key of a large session costs that key. Each is read as the type that the caller names; if the
/// value is of another, that is a [`ValueError`], never a wrong value. What is not touched is copied
/// byte for byte. Fields may be added, removed and reordered as serde allows (`default`, `alias`,
/// `flatten`, `untagged` and the like all work).
///
/// ```
/// use cloakroom::Values;
///
/// let mut session = Values::new();
/// session.insert("user", "ada")?;
/// session.insert("cart", &vec![(7_u32, 1_u8), (9, 2)])?;
///
/// assert_eq!(session.get::<String>("user")?.as_deref(), Some("ada"));
/// assert_eq!(session.get::<Vec<(u32, u8)>>("cart")?, Some(vec![(7, 1), (9, 2)]));
/// assert_eq!(session.get::<u32>("absent")?, None);
/// assert!(session.get::<u32>("user").is_err());
/// # Ok::<(), cloakroom::ValueError>(())
/// ```
///
/// # Limits
///
/// 1024 keys, 1024 entries in each list or map, 64 lists or maps inside each other, 16 KiB in all; integers
/// of 64 bits. `Some(None)` reads back as `None`, as in JSON. A `Vec<u8>` is a list of numbers to serde;
/// `serde_bytes` makes it bytes, which is shorter and has no limit of 1024.
///
/// Equal content has equal bytes, whatever the order of insertion. Only a `HashMap` *inside* a value is
/// written in its own random order; a `BTreeMap` is not.
///
/// # Security
///
/// `Debug` shows how many keys there are and nothing else, and the memory is wiped when the map
/// is dropped. What [`get`](Self::get) returns is the caller's own.
#[derive(Clone, Default)]
pub struct Values {
    /// Ascending by key.
    pub(super) slots: Vec<Slot>,
    /// The keys as text.
    pub(super) text: Text,
    /// The keys and values as they are written, in any order.
    pub(super) bytes: Buffer,
    /// The names that maps inside the values use.
    pub(super) names: Names,
    /// While nothing has changed since the map was opened: how many bytes at the front of `bytes` are
    /// the body that it was opened from.
    pub(super) intact: Option<usize>,
    /// Whether the names may no longer be exactly those in use, in the order of their first use.
    pub(super) renumber: bool,
}

/// One entry.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    /// In `text`.
    pub(super) key: Span,
    /// In `bytes`.
    pub(super) packed_key: Span,
    /// In `bytes`.
    pub(super) value: Span,
}

/// Dead bytes from which a map that is written over and over is packed together.
const COMPACT_FROM: usize = 4 * VALUES_MAX;

impl Values {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether there is a value for `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_ok()
    }

    /// The keys, ascending by their UTF-8 bytes.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map(|slot| self.key(slot))
    }

    /// The value for `key`, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the value is not a `V`.
    pub fn get<V: DeserializeOwned>(&self, key: &str) -> Result<Option<V>, ValueError> {
        let Some(slot) = self.find(key).ok().and_then(|rank| self.slots.get(rank)) else {
            return Ok(None);
        };
        values_de::decode(slot.value.of(self.bytes.as_slice()), &self.names).map(Some)
    }

    /// Puts `value` under `key`, in place of any other.
    ///
    /// # Errors
    ///
    /// [`ValueError::Encode`] if the value has no encoding or breaks a limit; the map is then as it was.
    pub fn insert<V: Serialize + ?Sized>(
        &mut self,
        key: &str,
        value: &V,
    ) -> Result<(), ValueError> {
        let before = self.mark();
        let result = value.serialize(self.encoder()).and_then(|()| self.put(key, before));
        if result.is_err() {
            self.take_back(before);
        }
        Ok(result?)
    }

    /// Removes `key`, and says whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        let Ok(rank) = self.find(key) else { return false };
        let removed = self.slots.remove(rank);
        self.changed(removed.value);
        true
    }

    /// Removes `key` and returns its value, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the value is not a `V`; it then stays.
    pub fn take<V: DeserializeOwned>(&mut self, key: &str) -> Result<Option<V>, ValueError> {
        let value = self.get(key)?;
        self.remove(key);
        Ok(value)
    }

    /// The value for `key`; if there is none, the one that `make` returns, which is put there first.
    ///
    /// # Errors
    ///
    /// If the value is not a `V`, or the new one has no encoding.
    pub fn get_or_insert_with<V: Serialize + DeserializeOwned>(
        &mut self,
        key: &str,
        make: impl FnOnce() -> V,
    ) -> Result<V, ValueError> {
        if let Some(value) = self.get(key)? {
            return Ok(value);
        }
        let value = make();
        self.insert(key, &value)?;
        Ok(value)
    }

    /// Inserts every entry, or none of them.
    ///
    /// ```
    /// # let mut session = cloakroom::Values::new();
    /// session.update([("views", 1), ("visits", 1)])?;
    /// assert_eq!(session.len(), 2);
    /// # Ok::<(), cloakroom::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first error of [`insert`](Self::insert); the map is then as it was.
    pub fn update<K: AsRef<str>, V: Serialize>(
        &mut self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), ValueError> {
        let mut updated = self.clone();
        for (key, value) in entries {
            updated.insert(key.as_ref(), &value)?;
        }
        *self = updated;
        Ok(())
    }

    /// Removes every key.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// An encoder for a value that [`put`](Self::put) then puts under a key.
    pub(super) fn encoder(&mut self) -> Encoder<'_> {
        Encoder::new(&mut self.bytes, &mut self.names)
    }

    /// Where a change begins.
    pub(super) fn mark(&self) -> Mark {
        Mark { bytes: self.bytes.len(), names: self.names.len() }
    }

    /// Puts the value encoded since `before` under `key`.
    pub(super) fn put(&mut self, key: &str, before: Mark) -> Result<(), EncodeReason> {
        let value = Span::between(before.bytes, self.bytes.len());
        let found = self.find(key);
        let old = found.ok().and_then(|rank| self.slots.get(rank)).map(|slot| slot.value);
        let bytes = self.bytes.as_slice();
        if old.is_some_and(|old| old.of(bytes) == value.of(bytes)) {
            // Nothing changes, so an opened body stays good as it is.
            self.take_back(before);
            return Ok(());
        }
        let live = self.live().saturating_sub(old.map_or(0, |old| old.len));
        // A new key is at most halved by packing; one that is there counts already.
        let new_key = if found.is_err() { key.len() / 2 } else { 0 };
        if live.saturating_add(value.len).saturating_add(new_key) > VALUES_MAX {
            return Err(EncodeReason::TooLong);
        }
        match found {
            Ok(rank) => self.slots.get_mut(rank).into_iter().for_each(|slot| slot.value = value),
            Err(_) if self.slots.len() >= VALUES_ENTRIES => {
                return Err(EncodeReason::TooManyEntries);
            }
            Err(rank) => {
                let slot = Slot { value, ..self.add_key(key) };
                self.slots.insert(rank, slot);
            }
        }
        self.changed(value);
        if let Some(old) = old {
            self.changed(old);
        }
        self.compact();
        Ok(())
    }

    pub(super) fn key(&self, slot: &Slot) -> &str {
        slot.key.of_text(self.text.as_str()).unwrap_or_default()
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        self.slots.binary_search_by(|slot| self.key(slot).cmp(key))
    }

    fn add_key(&mut self, key: &str) -> Slot {
        let text = Span { start: self.text.as_str().len(), len: key.len() };
        self.text.push_str(key);
        let start = self.bytes.len();
        wire::write_string(&mut self.bytes, key);
        let packed_key = Span::between(start, self.bytes.len());
        Slot { key: text, packed_key, value: Span::default() }
    }

    /// Bytes of all keys and values.
    fn live(&self) -> usize {
        let lens = self.slots.iter().map(|slot| slot.packed_key.len.saturating_add(slot.value.len));
        lens.fold(0, usize::saturating_add)
    }

    /// Notes that `value` is new or gone.
    fn changed(&mut self, value: Span) {
        self.intact = None;
        // Only lists and maps can cite names.
        let head = Cursor::new(value.of(self.bytes.as_slice())).head();
        self.renumber |= !matches!(head, Some(head) if head.is_scalar());
    }

    fn take_back(&mut self, before: Mark) {
        self.bytes.truncate(before.bytes);
        self.names.truncate(before.names);
    }

    /// Drops dead bytes and names once there are many: a handler may write one key a million times.
    fn compact(&mut self) {
        if self.bytes.len().saturating_add(self.names.table().len()) > COMPACT_FROM
            && let Ok(body) = self.to_body()
            && let Some(compacted) = Self::open(&body)
        {
            *self = compacted;
        }
    }
}

/// How long the buffers were before a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark {
    bytes: usize,
    names: usize,
}

impl SessionData for Values {
    const VERSION: u8 = 0;
    type Previous = First;
}

/// Equal content: the same keys with values of the same encoding.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        match (self.to_body(), other.to_body()) {
            (Ok(this), Ok(other)) => this == other,
            _ => false,
        }
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("len", &self.len()).finish_non_exhaustive()
    }
}
