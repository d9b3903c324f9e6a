//! Records in a folder.

mod folder;
mod row;
mod rows;
#[cfg(test)]
mod tests;

use alloc::{format, sync::Arc, vec};
use core::{
    fmt,
    sync::atomic::{AtomicU8, Ordering},
};
use std::{io, path::Path};

use self::{folder::Folder, rows::Rows};
use super::{
    CreateError, Record, RowKey, Store, StoreTime, StoreTraits, Stored, UpdateError, Version,
    offload::Offload,
};
use crate::error::StoreError;

/// Keeps each record in a file of a folder: for one machine, with any number of processes.
///
/// It needs nothing but a local file system. 256 subfolders share the records; whoever writes in one
/// holds its lock. A record is written beside the old one and takes its place in one step. Reading
/// takes no lock and is done on the calling thread; whatever writes runs on four threads of the
/// store's own.
///
/// The time of modification of a file is the record's expiry, so a backup that does not keep times
/// ends sessions early. Each [`purge`](Store::purge) looks at one subfolder of 256. Files are of mode
/// 0600 in folders of mode 0700; on Windows they inherit the access list of the folder above.
///
/// There is no index of owners, and so no list of a user's devices: nothing tells whose a file is but
/// opening it. The compiler says so where one is needed:
///
/// ```compile_fail,E0277
/// use cloakroom::store::{FileStore, OwnerIndex};
///
/// fn lists_devices(store: impl OwnerIndex) {}
///
/// fn folder(store: FileStore) {
///     lists_devices(store)
/// }
/// ```
///
/// Take [`SqliteStore`](crate::guide::stores#lists-of-devices) for that, or a list of logins beside the
/// folder; the guide has both.
///
/// Before you delete the folder, or a lock in it, stop every process that uses it. A folder whose
/// file system is not mounted is an outage, not a folder without sessions.
///
/// ```
/// # use core::future::Future;
/// # fn block_on<F: Future>(f: F) -> F::Output {
/// #     let mut f = std::pin::pin!(f);
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     loop { if let std::task::Poll::Ready(out) = f.as_mut().poll(&mut context) { return out } }
/// # }
/// use core::time::Duration;
/// use cloakroom::store::{Durability, FileStore, Record, RowKey, Store, StoreTime};
///
/// # let folder = std::env::temp_dir().join(format!("cloakroom-doc-file-{}", std::process::id()));
/// // In production: a folder of your own, such as "/var/lib/shop/sessions".
/// let store = FileStore::open(&folder)?.durability(Durability::Always);
/// let (key, now) = (RowKey::from_bytes([7; 32]), StoreTime::now());
/// let record = Record::new(b"sealed", now, now.plus(Duration::from_secs(60)));
/// block_on(store.create(&key, &record))?;
/// assert_eq!(block_on(store.load(&key))?.map(|stored| stored.data), Some(b"sealed".to_vec()));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// Give it a folder of its own. A folder that all share, such as `/tmp`, lets somebody else be first.
/// Records are sealed and named by hashes; what the names, sizes and times tell is how many
/// sessions there are and when they end.
pub struct FileStore {
    rows: Rows,
    threads: Offload<()>,
    /// The shard that the next purge looks at.
    next: AtomicU8,
}

/// What a [`FileStore`] waits for before a call has succeeded. A crash of the process loses nothing
/// either way; these are about a cut of power.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Every write is on the disk.
    Always,
    /// The default: records that are created, moved and deleted are on the disk, so that no login is
    /// lost and no logout undone. The last updates may be lost.
    #[default]
    Login,
    /// Nothing is waited for. A cut of power may bring back a session that was logged out.
    Never,
}

const ENGINE: &str = "file";
/// Writers wait for the disk and for locks, not for the processor.
const THREADS: usize = 4;

impl FileStore {
    /// The store in the folder `root`, which is made if it is not there; the folder above has to be.
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`] if `root` is a link, may be written by group or others, or holds
    /// something else, and if its file system does not lock files or keeps their times more coarsely
    /// than to the millisecond, as some network file systems do.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, StoreError> {
        let folder = Folder::open(root.as_ref())?;
        let clock = Arc::new(StoreTime::now);
        // Several processes start at different shards.
        let [.., first] = Version::random()?.as_u64().to_be_bytes();
        Ok(Self {
            rows: Rows { folder, durability: Durability::default(), clock },
            threads: Offload::start(ENGINE, vec![(); THREADS])?,
            next: AtomicU8::new(first),
        })
    }

    /// Sets what is waited for. The default is [`Durability::Login`].
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.rows.durability = durability;
        self
    }

    /// Tells time by another clock than this machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> StoreTime + Send + Sync + 'static) -> Self {
        self.rows.clock = Arc::new(clock);
        self
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.rows.folder.root()
    }

    /// Runs `work` where it may block.
    async fn apart<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Rows) -> R + Send + 'static,
    ) -> Result<R, StoreError> {
        let rows = self.rows.clone();
        self.threads.run(move |()| work(&rows)).await
    }
}

impl Store for FileStore {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        let (key, row) = (*key, row::Row::new(record)?);
        self.apart(move |rows| rows.create(&key, &row)).await?
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        self.rows.load(key)
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let (key, row) = (*key, row::Row::new(record)?);
        self.apart(move |rows| rows.update(&key, expected, &row)).await?
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        let key = *key;
        self.apart(move |rows| rows.touch(&key, expires)).await?
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        let key = *key;
        self.apart(move |rows| rows.delete(&key)).await?
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let (old, new, row) = (*old, *new, row::Row::new(record)?);
        self.apart(move |rows| rows.rotate(&old, &new, &row)).await?
    }

    async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
        let shard = self.next.fetch_add(1, Ordering::Relaxed);
        self.apart(move |rows| rows.purge(shard, limit)).await?
    }

    fn traits(&self) -> StoreTraits {
        StoreTraits::new(ENGINE).rotates_in_steps()
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("durability", &self.rows.durability)
            .finish_non_exhaustive()
    }
}

/// The file system's error, which names no file.
fn failed(doing: &str, error: &io::Error) -> StoreError {
    StoreError::unavailable(ENGINE, format!("{doing}: {error}"))
}
