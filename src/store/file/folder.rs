//! The folder of a store: what is checked before it is trusted, its shards and their locks.
//!
//! ```text
//! root/.cloakroom-store-1        an empty file: this folder is a store, of this layout
//! root/hh/.lock                  held by whoever writes in the shard
//! root/hh/<64 hex of the key>    a record
//! root/hh/.t<16 hex>             a record that is being written, or was when its writer died
//! ```

use alloc::{format, string::String, sync::Arc};
use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::{
    super::{RowKey, StoreTime, Version},
    ENGINE, failed, row,
};
use crate::error::StoreError;

/// A checked folder.
#[derive(Clone)]
pub(super) struct Folder {
    root: Arc<Path>,
}

/// A shard that nobody else writes in until this is dropped.
pub(super) struct Lock {
    /// Closing it unlocks it.
    _file: File,
}

const MARKER: &str = ".cloakroom-store-1";
/// Held by whoever writes in its shard; never removed.
pub(super) const LOCK: &str = ".lock";
/// How the name of a file begins that is being written.
pub(super) const TEMPORARY: &str = ".t";

impl Folder {
    /// Checks `root`, and makes it if it is not there.
    pub(super) fn open(root: &Path) -> Result<Self, StoreError> {
        let problem = |words: String| StoreError::Setup {
            engine: ENGINE,
            problem: format!("{}: {words}", root.display()),
        };
        let says = |error: io::Error| problem(format!("{error}"));
        match directory().create(root) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(says(error)),
            _ => {}
        }
        let metadata = fs::symlink_metadata(root).map_err(says)?;
        if !metadata.is_dir() {
            return Err(problem("is a link or no folder; name a folder itself".into()));
        }
        if writable_by_others(&metadata) {
            return Err(problem("others may write in it; `chmod go-w` it".into()));
        }
        let folder = Self { root: Arc::from(root) };
        if !folder.is_marked().map_err(says)? {
            let empty = fs::read_dir(root).map_err(says)?.next().is_none();
            // Another process may have marked it meanwhile.
            if !empty && !folder.is_marked().map_err(says)? {
                return Err(problem("holds something else; name an empty folder".into()));
            }
            create(&root.join(MARKER), true).map_err(says)?;
        }
        folder
            .probe()
            .map_err(|words| problem(words.unwrap_or_else(|error| format!("{error}"))))?;
        Ok(folder)
    }

    /// Whether this file system keeps what the store rests on: locks, and times to the millisecond.
    fn probe(&self) -> Result<(), Result<String, io::Error>> {
        let random = Version::random().map_err(|error| Ok(format!("{error}")))?;
        let path = self.root.join(format!("{TEMPORARY}{:016x}", random.as_u64()));
        let tried = (|| {
            let locked = create(&path, true)?;
            locked.lock()?;
            let excluded = match open(&path)?.try_lock() {
                Ok(()) => false,
                Err(TryLockError::WouldBlock) => true,
                Err(TryLockError::Error(error)) => return Err(error),
            };
            // A row that is empty is never alive.
            io::Write::write_all(&mut &locked, b"?")?;
            let odd = StoreTime::from_millis(4_000_000_000_123);
            row::set_expiry(&locked, odd)?;
            let kept = row::alive(&fs::metadata(&path)?, StoreTime::from_millis(0));
            Ok((excluded, kept == Some(odd)))
        })();
        // What is left of a failed probe is an empty file and in nobody's way.
        let _ = fs::remove_file(&path);
        match tried.map_err(Err)? {
            (true, true) => Ok(()),
            (false, _) => {
                Err(Ok("locks of files do not work here; use a local file system".into()))
            }
            (_, false) => Err(Ok("the times of files are too coarse here".into())),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The file of the record under `key`.
    pub(super) fn path(&self, key: &RowKey) -> PathBuf {
        self.shard(shard_of(key)).join(key.to_hex())
    }

    pub(super) fn shard(&self, shard: u8) -> PathBuf {
        self.root.join(format!("{shard:02x}"))
    }

    /// Opens a record to read it; `None` if there is none.
    pub(super) fn read(&self, key: &RowKey) -> Result<Option<File>, StoreError> {
        match patiently(|| File::open(self.path(key))) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => self.still_there().map(|()| None),
            Err(error) => Err(failed("opening", &error)),
        }
    }

    /// Tells a folder without a record from a file system that is not mounted.
    pub(super) fn still_there(&self) -> Result<(), StoreError> {
        match self.is_marked() {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::unavailable(ENGINE, "the folder is not there any more")),
            Err(error) => Err(failed("looking", &error)),
        }
    }

    fn is_marked(&self) -> io::Result<bool> {
        fs::exists(self.root.join(MARKER))
    }

    /// Waits until nobody else writes in the shard.
    pub(super) fn lock(&self, shard: u8) -> Result<Lock, StoreError> {
        let path = self.shard(shard).join(LOCK);
        let file = match create(&path, false) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.still_there()?;
                let made = directory().create(self.shard(shard));
                made.and_then(|()| flush_directory(&self.root))
                    .or_else(|error| match error.kind() {
                        ErrorKind::AlreadyExists => Ok(()),
                        _ => Err(error),
                    })
                    .and_then(|()| create(&path, false))
            }
            opened => opened,
        };
        let file = file.map_err(|error| failed("opening a lock", &error))?;
        file.lock().map_err(|error| failed("locking", &error))?;
        Ok(Lock { _file: file })
    }

    /// Both shards, in an order that all writers share.
    pub(super) fn lock_both(&self, a: u8, b: u8) -> Result<(Lock, Option<Lock>), StoreError> {
        let first = self.lock(a.min(b))?;
        let second = if a == b { None } else { Some(self.lock(a.max(b))?) };
        Ok((first, second))
    }

    /// Makes the names in a shard survive a cut of power.
    pub(super) fn flush(&self, shard: u8) -> io::Result<()> {
        flush_directory(&self.shard(shard))
    }
}

/// One of 256, by the first byte of the key.
pub(super) fn shard_of(key: &RowKey) -> u8 {
    let [first, ..] = *key.as_bytes();
    first
}

/// Opens a file to write to it.
pub(super) fn open(path: &Path) -> io::Result<File> {
    patiently(|| OpenOptions::new().read(true).write(true).open(path))
}

/// Opens a file that only its owner may read, and makes it if it is not there, or only if so.
pub(super) fn create(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).create_new(new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = patiently(|| options.open(path));
    match made {
        // Somebody else marked the folder first.
        Err(error) if new && error.kind() == ErrorKind::AlreadyExists && path.ends_with(MARKER) => {
            open(path)
        }
        made => made,
    }
}

/// What makes folders that only their owner may enter.
fn directory() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "without modes there is nothing to set"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(unix)]
fn writable_by_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o022 != 0
}

#[cfg(not(unix))]
fn writable_by_others(_: &fs::Metadata) -> bool {
    // Access lists are inherited from the folder above; std does not read them.
    false
}

#[cfg(unix)]
fn flush_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn flush_directory(_: &Path) -> io::Result<()> {
    // There is nothing to call; the file system keeps its own journal.
    Ok(())
}

/// Repeats what a virus scanner or an indexer can hinder for a moment.
#[cfg(windows)]
pub(super) fn patiently<T>(mut step: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    const SHARING_VIOLATION: i32 = 32;
    for _ in 0..5 {
        match step() {
            Err(error)
                if error.kind() == ErrorKind::PermissionDenied
                    || error.raw_os_error() == Some(SHARING_VIOLATION) =>
            {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            done => return done,
        }
    }
    step()
}

#[cfg(not(windows))]
pub(super) fn patiently<T>(mut step: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    step()
}
