//! What stands under a key of the cache.

use alloc::vec::Vec;

use super::super::{StoreTime, Stored, Version};

/// A place for a copy, held by whoever wrote it: a reader or a writer on its way to the authority.
pub(super) const TICKET: &[u8] = &[0];
/// The record is gone, and no copy is wanted here.
pub(super) const TOMBSTONE: &[u8] = &[2];
const COPY: u8 = 1;

/// A cell with a copy: a sign, version and expiry in the authority, and the data.
pub(super) fn copy(stored: &Stored) -> Vec<u8> {
    let version = stored.version.as_u64().to_be_bytes();
    let expires = stored.expires.as_millis().to_be_bytes();
    [&[COPY], version.as_slice(), &expires, &stored.data].concat()
}

/// The copy in a cell; `None` in any other.
pub(super) fn read(cell: &[u8]) -> Option<Stored> {
    let (&COPY, rest) = cell.split_first()? else { return None };
    let (version, rest) = rest.split_first_chunk()?;
    let (expires, data) = rest.split_first_chunk()?;
    Some(Stored {
        data: data.to_vec(),
        version: Version::from_u64(u64::from_be_bytes(*version)),
        expires: StoreTime::from_millis(i64::from_be_bytes(*expires)),
    })
}
