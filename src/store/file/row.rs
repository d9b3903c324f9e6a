//! One record in one file.
//!
//! ```text
//! "ckf1" | version[8] | length of the data[8] | data          big-endian; the file's mtime = expiry
//! ```

use alloc::vec::Vec;
use std::{
    fs::{File, Metadata},
    io::{self, Read},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::super::{Record, StoreTime, Stored, Version};
use crate::error::StoreError;

const MAGIC: [u8; 4] = *b"ckf1";
const HEADER_LEN: usize = 20;

/// A record on its way into a file.
pub(super) struct Row {
    pub(super) version: Version,
    pub(super) expires: StoreTime,
    /// The whole file.
    pub(super) bytes: Vec<u8>,
}

impl Row {
    pub(super) fn new(record: &Record<'_>) -> Result<Self, StoreError> {
        let (version, data) = (Version::random()?, record.data);
        let mut bytes = Vec::with_capacity(data.len().saturating_add(HEADER_LEN));
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&version.as_u64().to_be_bytes());
        bytes.extend_from_slice(&u64::try_from(data.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(data);
        Ok(Self { version, expires: record.expires, bytes })
    }
}

/// The record in `file`, if it lives at `now`.
pub(super) fn load(file: &mut File, now: StoreTime) -> Result<Option<Stored>, StoreError> {
    let metadata = file.metadata().map_err(unreadable)?;
    let Some(expires) = alive(&metadata, now) else { return Ok(None) };
    let (version, len) = header(file)?;
    let room = usize::try_from(len.min(metadata.len())).unwrap_or(0);
    let mut data = Vec::with_capacity(room);
    file.read_to_end(&mut data).map_err(unreadable)?;
    if u64::try_from(data.len()) != Ok(len) {
        return Err(DAMAGED);
    }
    Ok(Some(Stored { data, version, expires }))
}

/// The version of the record in `file`, if it lives at `now`.
pub(super) fn version(file: &mut File, now: StoreTime) -> Result<Option<Version>, StoreError> {
    if alive(&file.metadata().map_err(unreadable)?, now).is_none() {
        return Ok(None);
    }
    header(file).map(|(version, _)| Some(version))
}

/// When a record dies that lives at `now`.
///
/// An empty file is no record: a cut of power can leave one where a write was not flushed.
pub(super) fn alive(metadata: &Metadata, now: StoreTime) -> Option<StoreTime> {
    let expires = expiry(metadata)?;
    (metadata.is_file() && metadata.len() > 0 && expires > now).then_some(expires)
}

/// Marks the file with its expiry. It has to be open for writing.
pub(super) fn set_expiry(file: &File, expires: StoreTime) -> io::Result<()> {
    // What lies beyond both ends, file systems clamp, each in its own way.
    let millis = u64::try_from(expires.as_millis()).unwrap_or(0).min(LAST);
    let time = UNIX_EPOCH.checked_add(Duration::from_millis(millis));
    file.set_modified(time.unwrap_or(UNIX_EPOCH))
}

/// 2400-01-01T00:00:00Z.
const LAST: u64 = 13_569_465_600_000;

fn expiry(metadata: &Metadata) -> Option<StoreTime> {
    let time: SystemTime = metadata.modified().ok()?;
    let millis = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Some(StoreTime::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)))
}

/// Version and length, as the file says them.
fn header(file: &mut File) -> Result<(Version, u64), StoreError> {
    let mut header = [0; HEADER_LEN];
    file.read_exact(&mut header).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => DAMAGED,
        _ => unreadable(error),
    })?;
    let (magic, numbers) = header.split_first_chunk().ok_or(DAMAGED)?;
    let (version, len) = numbers.split_first_chunk().ok_or(DAMAGED)?;
    let len = len.first_chunk().ok_or(DAMAGED)?;
    if *magic != MAGIC {
        return Err(DAMAGED);
    }
    Ok((Version::from_u64(u64::from_be_bytes(*version)), u64::from_be_bytes(*len)))
}

const DAMAGED: StoreError = StoreError::Damaged { engine: super::ENGINE };

fn unreadable(error: io::Error) -> StoreError {
    super::failed("reading", &error)
}
