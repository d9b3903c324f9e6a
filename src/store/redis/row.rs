//! How a record lies under its key.
//!
//! ```text
//! version[8] | expires[8] | seen[8] | created[8] | n | owner[n] | m[2] | label[m - 1] | data
//! ```
//!
//! Big-endian; n is 0 without an owner, m without a label.

use alloc::vec::Vec;

use super::super::{Meta, Owner, Record, RowKey, StoreTime, Stored, Version};
use crate::{
    error::StoreError,
    limits::{ROW_KEY_LEN, SUBJECT_MAX},
};

/// Bytes before the data, at most.
pub(super) const HEAD_MAX: usize = 32 + 1 + SUBJECT_MAX + 2 + LABEL_MAX;
const LABEL_MAX: usize = 255;
/// The last moment that Lua's numbers tell from the next.
const TIME_MAX: i64 = (1 << 53) - 1;

/// What follows the times that the server writes.
pub(super) fn rest(record: &Record<'_>) -> Result<Vec<u8>, StoreError> {
    let owner = record.owner.map_or(&[][..], Owner::as_bytes);
    let label = record.label.unwrap_or_default();
    if label.len() > LABEL_MAX {
        return Err(StoreError::TooLarge { needed: label.len(), limit: LABEL_MAX });
    }
    let label_len = u16::try_from(label.len()).unwrap_or(0);
    let label_len = record.label.map_or(0, |_| label_len.saturating_add(1));
    let mut rest = Vec::with_capacity(record.data.len().saturating_add(HEAD_MAX));
    rest.extend(number(record.created).to_be_bytes());
    // At most 64, by its type.
    rest.push(u8::try_from(owner.len()).unwrap_or(0));
    rest.extend(owner);
    rest.extend(label_len.to_be_bytes());
    rest.extend(label);
    rest.extend(record.data);
    Ok(rest)
}

/// A time as a script takes it.
pub(super) fn time_text(time: StoreTime) -> Vec<u8> {
    alloc::format!("{}", number(time)).into_bytes()
}

/// The number of a time that a key may expire at: never 0 or less.
fn number(time: StoreTime) -> i64 {
    time.as_millis().clamp(1, TIME_MAX)
}

/// The front of a row, which may be cut off behind it.
pub(super) struct Row<'r> {
    version: Version,
    expires: StoreTime,
    seen: StoreTime,
    created: StoreTime,
    pub(super) owner: &'r [u8],
    label: Option<&'r [u8]>,
    data: &'r [u8],
}

impl<'r> Row<'r> {
    /// `None` if `bytes` are not a row.
    pub(super) fn parse(bytes: &'r [u8]) -> Option<Self> {
        let (times, rest) = bytes.split_first_chunk::<32>()?;
        let &[version, expires, seen, created] = times.as_chunks::<8>().0 else { return None };
        let [expires, seen, created] =
            [expires, seen, created].map(|time| StoreTime::from_millis(i64::from_be_bytes(time)));
        let (owner_len, rest) = rest.split_first()?;
        let (owner, rest) = rest.split_at_checked(usize::from(*owner_len))?;
        let (label_len, rest) = rest.split_first_chunk()?;
        let (label, data) = match u16::from_be_bytes(*label_len).checked_sub(1) {
            Some(len) => {
                let (label, data) = rest.split_at_checked(usize::from(len))?;
                (Some(label), data)
            }
            None => (None, rest),
        };
        let version = Version::from_u64(u64::from_be_bytes(version));
        Some(Self { version, expires, seen, created, owner, label, data })
    }

    pub(super) fn stored(&self) -> Stored {
        Stored { data: self.data.to_vec(), version: self.version, expires: self.expires }
    }

    pub(super) fn meta(&self, key: RowKey) -> Meta {
        let label = self.label.map(<[u8]>::to_vec);
        Meta { label, ..Meta::new(key, self.created, self.seen, self.expires) }
    }
}

/// The row key that an entry of an index names.
pub(super) fn key_of(entry: &[u8]) -> Option<RowKey> {
    <[u8; ROW_KEY_LEN]>::try_from(entry).ok().map(RowKey::from_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: StoreTime = StoreTime::from_millis(1_790_000_000_000);

    /// A row as a script puts it together.
    fn row(record: &Record<'_>) -> Vec<u8> {
        let head = [[0, 0, 0, 0, 0, 0, 0, 9], [0, 0, 0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0, 0, 8]];
        [head.concat(), rest(record).unwrap()].concat()
    }

    #[test]
    fn a_row_gives_back_what_was_put_in() {
        let owner = Owner::new([b'o'; 64]).unwrap();
        for (owner, label) in [
            (None, None),
            (Some(&owner), None),
            (None, Some(&b""[..])),
            (Some(&owner), Some(&[7; LABEL_MAX][..])),
        ] {
            let record = Record::new(b"sealed", NOON, NOON).owned_by(owner).labelled(label);
            let bytes = row(&record);
            assert!(bytes.len() <= HEAD_MAX + record.data.len());
            let row = Row::parse(&bytes).unwrap();
            let stored = row.stored();
            assert_eq!((stored.data, stored.version), (b"sealed".to_vec(), Version::from_u64(9)));
            assert_eq!(stored.expires, StoreTime::from_millis(256));
            assert_eq!(row.owner, owner.map_or(&[][..], Owner::as_bytes));
            let meta = row.meta(RowKey::from_bytes([1; 32]));
            assert_eq!((meta.created, meta.seen), (NOON, StoreTime::from_millis(8)));
            assert_eq!(meta.label.as_deref(), label);
        }
    }

    #[test]
    fn a_row_that_is_cut_in_its_front_is_none() {
        let owner = Owner::new(*b"alice").unwrap();
        let record = Record::new(b"", NOON, NOON).owned_by(Some(&owner)).labelled(Some(b"phone"));
        let bytes = row(&record);
        assert!(Row::parse(&bytes).is_some());
        for len in 0..bytes.len() {
            assert!(Row::parse(&bytes[..len]).is_none(), "{len}");
        }
    }

    #[test]
    fn a_time_is_one_that_a_key_can_expire_at() {
        for (millis, text) in [(-5, "1"), (0, "1"), (7, "7"), (i64::MAX, "9007199254740991")] {
            assert_eq!(time_text(StoreTime::from_millis(millis)), text.as_bytes());
        }
    }

    #[test]
    fn a_label_that_does_not_fit_is_refused() {
        let record = Record::new(b"x", NOON, NOON).labelled(Some(&[7; LABEL_MAX + 1]));
        assert_eq!(rest(&record), Err(StoreError::TooLarge { needed: 256, limit: 255 }));
    }
}
