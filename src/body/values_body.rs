//! The whole body of a map: opened without decoding a value, written without decoding one.

use alloc::{string::String, vec::Vec};
use core::cmp::Reverse;

use super::{
    buffer::Buffer,
    forms,
    values::{Slot, Values},
    values_names::{Names, Span, into_text},
    values_walk::{self, Renumbering},
    values_wire::{self as wire, Cursor},
};
use crate::{
    error::EncodeReason,
    limits::{VALUES_ENTRIES, VALUES_MAX},
};

/// Bytes that a handler may write before an opened map moves.
const SPARE: usize = 128;
/// Entries that `TooLarge` names.
const LARGEST: usize = 5;

impl Values {
    /// The map that `body` holds; `None` unless its table, its keys and its lengths are in order.
    pub(crate) fn open(body: &[u8]) -> Option<Self> {
        if body.len() > VALUES_MAX {
            return None;
        }
        let mut cursor = Cursor::new(body);
        let table_len = cursor.length()?;
        let names = Names::open(cursor.take(table_len)?)?;
        let mut slots: Vec<Slot> = Vec::new();
        let mut text = Buffer::default();
        while !cursor.is_empty() {
            if slots.len() >= VALUES_ENTRIES {
                return None;
            }
            let (start, from) = (cursor.at(), text.len());
            let (form, payload) = cursor.string()?;
            forms::append(form, payload, &mut text)?;
            let packed_key = Span::between(start, cursor.at());
            let key = Span::between(from, text.len());
            if slots
                .last()
                .is_some_and(|last| last.key.of(text.as_slice()) >= key.of(text.as_slice()))
            {
                return None;
            }
            let len = cursor.length().filter(|len| *len > 0)?;
            let value = Span { start: cursor.at(), len };
            cursor.take(len)?;
            slots.push(Slot { key, packed_key, value });
        }
        let text = into_text(text)?;
        // A key that does not begin and end between two characters is not text by itself.
        if slots.iter().any(|slot| slot.key.of_text(text.as_str()).is_none()) {
            return None;
        }
        let mut bytes = Buffer::with_capacity(body.len().saturating_add(SPARE));
        bytes.extend(body);
        Some(Self { slots, text, bytes, names, intact: Some(body.len()), renumber: false })
    }

    /// The body. It is a function of the content alone: the keys, and the values as encoded.
    pub(crate) fn to_body(&self) -> Result<Buffer, EncodeReason> {
        let len = self.body_len();
        let mut body = Buffer::with_capacity(len.unwrap_or(self.bytes.len()));
        if len.is_some() {
            self.write_body(&mut body);
        } else {
            let (order, entries) = self.renumbered()?;
            let names = || order.iter().filter_map(|place| self.names.packed(*place));
            wire::write_len(&mut body, names().map(<[u8]>::len).fold(0, usize::saturating_add));
            names().for_each(|name| body.extend(name));
            body.extend(&entries);
        }
        if body.len() > VALUES_MAX { Err(EncodeReason::TooLong) } else { Ok(body) }
    }

    /// Bytes of the body, where its parts can be copied as they are: unless names have to be
    /// numbered anew, or it is too long.
    pub(crate) fn body_len(&self) -> Option<usize> {
        let len = match self.intact {
            Some(len) => len,
            None if self.renumber && self.names.len() > 0 => return None,
            None => {
                let table = self.names.table().len();
                let entries = self.slots.iter().map(entry_len);
                entries.fold(wire::varint_len(table).saturating_add(table), usize::saturating_add)
            }
        };
        (len <= VALUES_MAX).then_some(len)
    }

    /// Whether it was opened from `body` and nobody has touched it.
    #[cfg(feature = "std")]
    pub(crate) fn is_intact(&self, body: &[u8]) -> bool {
        self.intact.is_some_and(|len| self.bytes.get(..len) == Some(body))
    }

    /// Appends the body, whose length [`body_len`](Self::body_len) knows.
    pub(crate) fn write_body(&self, body: &mut Buffer) {
        let bytes = self.bytes.as_slice();
        if let Some(len) = self.intact {
            return body.extend(bytes.get(..len).unwrap_or_default());
        }
        wire::write_len(body, self.names.table().len());
        body.extend(self.names.table());
        for slot in &self.slots {
            body.extend(slot.packed_key.of(bytes));
            wire::write_len(body, slot.value.len);
            body.extend(slot.value.of(bytes));
        }
    }

    /// The five largest entries, largest first, with the bytes of key, length and value.
    pub(crate) fn largest(&self) -> Vec<(String, usize)> {
        let mut sizes: Vec<_> = self.slots.iter().map(|slot| (entry_len(slot), slot)).collect();
        // The sort is stable, so that entries of one size stay in the order of their keys.
        sizes.sort_by_key(|(len, _)| Reverse(*len));
        let largest = sizes.into_iter().take(LARGEST);
        largest.map(|(len, slot)| (String::from(self.key(slot)), len)).collect()
    }

    /// The entries with their names in the order of first use, and that order.
    fn renumbered(&self) -> Result<(Vec<usize>, Buffer), EncodeReason> {
        let bytes = self.bytes.as_slice();
        let mut entries = Buffer::with_capacity(bytes.len().min(VALUES_MAX));
        let mut places = Renumbering::new(&self.names);
        for slot in &self.slots {
            entries.extend(slot.packed_key.of(bytes));
            let at = entries.len();
            wire::write_len(&mut entries, slot.value.len);
            let start = entries.len();
            values_walk::renumber(slot.value.of(bytes), &mut places, &mut entries)
                .ok_or(EncodeReason::NotReadable)?;
            let len = entries.len().saturating_sub(start);
            if len != slot.value.len {
                // A place grew or shrank by a byte, and the value with it.
                let mut exact = Buffer::default();
                wire::write_len(&mut exact, len);
                entries.replace(at, start.saturating_sub(at), exact.as_slice());
            }
        }
        Ok((places.into_order(), entries))
    }
}

fn entry_len(slot: &Slot) -> usize {
    let head = wire::varint_len(slot.value.len);
    slot.packed_key.len.saturating_add(head).saturating_add(slot.value.len)
}
