//! The calls of a store over files. Each of them blocks.

use alloc::{format, sync::Arc, vec::Vec};
use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use super::{
    super::{CreateError, RowKey, StoreTime, Stored, UpdateError, Version},
    Durability, failed,
    folder::{self, Folder, LOCK, TEMPORARY, patiently, shard_of},
    row::{self, Row},
};
use crate::error::StoreError;

#[derive(Clone)]
pub(super) struct Rows {
    pub(super) folder: Folder,
    pub(super) durability: Durability,
    pub(super) clock: Arc<dyn Fn() -> StoreTime + Send + Sync>,
}

impl Rows {
    pub(super) fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        match self.folder.read(key)? {
            Some(mut file) => row::load(&mut file, self.now()),
            None => Ok(None),
        }
    }

    pub(super) fn create(&self, key: &RowKey, row: &Row) -> Result<Version, CreateError> {
        let _lock = self.folder.lock(shard_of(key))?;
        if self.lives(key)? {
            return Err(CreateError::Exists);
        }
        self.put(key, row, self.durability != Durability::Never)?;
        Ok(row.version)
    }

    pub(super) fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        row: &Row,
    ) -> Result<Version, UpdateError> {
        let _lock = self.folder.lock(shard_of(key))?;
        match expected {
            None if !self.lives(key)? => return Err(UpdateError::Gone),
            None => {}
            Some(expected) => {
                let mut file = self.folder.read(key)?.ok_or(UpdateError::Gone)?;
                let there = row::version(&mut file, self.now())?.ok_or(UpdateError::Gone)?;
                if there != expected {
                    return Err(UpdateError::Conflict);
                }
            }
        }
        self.put(key, row, self.durability == Durability::Always)?;
        Ok(row.version)
    }

    pub(super) fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        let _lock = self.folder.lock(shard_of(key))?;
        let touched = (|| {
            let file = folder::open(&self.folder.path(key))?;
            let Some(there) = row::alive(&file.metadata()?, self.now()) else { return Ok(false) };
            if expires > there {
                row::set_expiry(&file, expires)?;
                if self.durability == Durability::Always {
                    file.sync_all()?;
                }
            }
            Ok(true)
        })();
        match touched {
            Err(error) if is_missing(&error) => Ok(false),
            touched => touched.map_err(|error| failed("touching", &error)),
        }
    }

    pub(super) fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        let _lock = self.folder.lock(shard_of(key))?;
        let lived = self.lives(key)?;
        self.remove(key)?;
        Ok(lived)
    }

    pub(super) fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        row: &Row,
    ) -> Result<Version, UpdateError> {
        let _locks = self.folder.lock_both(shard_of(old), shard_of(new))?;
        if !self.lives(old)? {
            return Err(UpdateError::Gone);
        }
        if self.lives(new)? {
            return Err(UpdateError::Conflict);
        }
        // Whatever can fail for want of room does so before the old record is dead.
        let flushed = self.durability != Durability::Never;
        let temporary = self.write(shard_of(new), row, flushed)?;
        let moved = self.remove(old).and_then(|()| {
            self.settle(&temporary, new, flushed).map_err(|error| failed("moving", &error))
        });
        if moved.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        moved?;
        Ok(row.version)
    }

    /// Removes dead records of one shard, and what writers left behind who died.
    pub(super) fn purge(&self, shard: u8, limit: usize) -> Result<u64, StoreError> {
        let found = self.waste(shard, limit)?;
        if found.is_empty() { Ok(0) } else { self.sweep(shard, &found) }
    }

    /// What a first look finds, while others write.
    pub(super) fn waste(&self, shard: u8, limit: usize) -> Result<Vec<PathBuf>, StoreError> {
        let mut found = Vec::new();
        let entries = match fs::read_dir(self.folder.shard(shard)) {
            Err(error) if is_missing(&error) => return self.folder.still_there().map(|()| found),
            entries => entries.map_err(|error| failed("purging", &error))?,
        };
        for entry in entries {
            if found.len() >= limit {
                break;
            }
            let path = entry.map_err(|error| failed("purging", &error))?.path();
            if self.is_waste(&path)? {
                found.push(path);
            }
        }
        Ok(found)
    }

    /// Removes what is still waste by a second look, under the lock.
    ///
    /// Somebody may have touched a record meanwhile. Whoever writes holds the lock, so nobody writes
    /// to what is unfinished now.
    pub(super) fn sweep(&self, shard: u8, found: &[PathBuf]) -> Result<u64, StoreError> {
        let mut removed = 0u64;
        let _lock = self.folder.lock(shard)?;
        for path in found {
            if self.is_waste(path)? {
                let gone = patiently(|| fs::remove_file(path)).or_else(missing_is_fine);
                gone.map_err(|error| failed("purging", &error))?;
                removed = removed.saturating_add(u64::from(!is_temporary(path)));
            }
        }
        Ok(removed)
    }

    fn now(&self) -> StoreTime {
        (self.clock)()
    }

    fn lives(&self, key: &RowKey) -> Result<bool, StoreError> {
        match fs::symlink_metadata(self.folder.path(key)) {
            Ok(metadata) => Ok(row::alive(&metadata, self.now()).is_some()),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(failed("looking", &error)),
        }
    }

    fn is_waste(&self, path: &Path) -> Result<bool, StoreError> {
        if is_temporary(path) {
            return Ok(true);
        }
        if path.ends_with(LOCK) {
            return Ok(false);
        }
        match fs::symlink_metadata(path) {
            Ok(metadata) => Ok(metadata.is_file() && row::alive(&metadata, self.now()).is_none()),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(failed("purging", &error)),
        }
    }

    /// Puts `row` in the place of whatever is there, under the shard's lock.
    fn put(&self, key: &RowKey, row: &Row, flushed: bool) -> Result<(), StoreError> {
        let temporary = self.write(shard_of(key), row, flushed)?;
        self.settle(&temporary, key, flushed).map_err(|error| {
            let _ = fs::remove_file(&temporary);
            failed("replacing", &error)
        })
    }

    /// Writes `row` beside its place.
    fn write(&self, shard: u8, row: &Row, flushed: bool) -> Result<PathBuf, StoreError> {
        let random = Version::random()?.as_u64();
        let path = self.folder.shard(shard).join(format!("{TEMPORARY}{random:016x}"));
        let written = folder::create(&path, true).and_then(|mut file| {
            file.write_all(&row.bytes)?;
            row::set_expiry(&file, row.expires)?;
            if flushed { file.sync_all() } else { Ok(()) }
        });
        written.map_err(|error| {
            let _ = fs::remove_file(&path);
            failed("writing", &error)
        })?;
        Ok(path)
    }

    fn settle(&self, temporary: &Path, key: &RowKey, flushed: bool) -> io::Result<()> {
        patiently(|| fs::rename(temporary, self.folder.path(key)))?;
        if flushed { self.folder.flush(shard_of(key)) } else { Ok(()) }
    }

    /// Removes what is there, for good if a logout has to last.
    fn remove(&self, key: &RowKey) -> Result<(), StoreError> {
        let removed = patiently(|| fs::remove_file(self.folder.path(key))).or_else(missing_is_fine);
        // Also for a file that is gone: an earlier call may have failed between the two.
        let removed = removed.and_then(|()| match self.durability {
            Durability::Never => Ok(()),
            Durability::Always | Durability::Login => self.folder.flush(shard_of(key)),
        });
        removed.map_err(|error| failed("deleting", &error))
    }
}

fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes())
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

fn missing_is_fine(error: io::Error) -> io::Result<()> {
    if is_missing(&error) { Ok(()) } else { Err(error) }
}
