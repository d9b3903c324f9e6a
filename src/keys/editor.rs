//! Changing a ring file in place: locked, checked, written whole.

use std::{
    ffi::OsString,
    fs::{self, File, Metadata, OpenOptions, TryLockError},
    io::Write,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::{
    edit::RingEdit,
    platform::{is_same, own, permission_bits, sync_directory, with_mode},
    source::{RingFile, SourceError},
};

/// How long somebody else's change is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A ring file under change, which nobody else changes in the meantime.
///
/// The new text is written beside the file, brought to the disk and renamed over it, so that a
/// server that reads at any moment finds the old ring or the new one. The file keeps its owner. Its
/// mode becomes 0600; only if its group could read it before, it still can.
///
/// Two editors of one file wait for each other, which is a lock on the file (`flock`). A person's
/// text editor knows nothing of it.
///
/// ```
/// use cloakroom::keys::{Key, RingEdit, RingFile, RingFileEditor, KeySource, Window};
///
/// let path = std::env::temp_dir().join(format!("cloakroom-doc-{}", std::process::id()));
/// RingFileEditor::create(&path, &RingEdit::of(&Key::generate()?, Window::default())?)?;
///
/// let mut file = RingFileEditor::open(&path)?;
/// let kid = file.edit().ring().kids().next().unwrap();
/// file.edit().revoke(kid)?;
/// file.save()?;
/// assert!(RingFile::new(&path).load()?.expose_text().ends_with("  revoked\n"));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RingFileEditor {
    path: PathBuf,
    /// Held for its lock.
    locked: File,
    edit: RingEdit,
    before: Metadata,
}

impl RingFileEditor {
    /// Writes a new ring file, with mode 0600.
    ///
    /// # Errors
    ///
    /// [`SourceError::Write`] if it cannot be written, or if there is a file of that name.
    pub fn create(path: impl AsRef<Path>, ring: &RingEdit) -> Result<(), SourceError> {
        let path = path.as_ref();
        let written = write_new(path, ring, PRIVATE, None);
        written.map_err(|error| SourceError::Write(error.kind()))
    }

    /// Locks and reads the ring file at `path`. A symbolic link is followed, and stays.
    ///
    /// # Errors
    ///
    /// [`SourceError`] as for [`RingFile`], and [`SourceError::Locked`] if somebody else holds the
    /// lock for 20 seconds.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SourceError> {
        Self::open_within(path.as_ref(), PATIENCE)
    }

    fn open_within(path: &Path, patience: Duration) -> Result<Self, SourceError> {
        let source = RingFile::new(fs::canonicalize(path)?);
        let begun = Instant::now();
        loop {
            let (file, before) = source.open()?;
            match file.try_lock() {
                Ok(()) => {
                    if let Some(editor) = Self::of_locked(&source, file, before)? {
                        return Ok(editor);
                    }
                }
                Err(TryLockError::WouldBlock) if begun.elapsed() < patience => {
                    thread::sleep(Duration::from_millis(10));
                }
                Err(TryLockError::WouldBlock) => return Err(SourceError::Locked),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
    }

    /// `None` if whoever held the lock before has put another file in this one's place.
    fn of_locked(
        source: &RingFile,
        locked: File,
        before: Metadata,
    ) -> Result<Option<Self>, SourceError> {
        let path = source.path().to_path_buf();
        if !is_same(&before, &fs::metadata(&path)?) {
            return Ok(None);
        }
        let edit = RingEdit::new(source.read(&locked)?.expose_text())?;
        Ok(Some(Self { path, locked, edit, before }))
    }

    /// The text, to be read and changed.
    pub fn edit(&mut self) -> &mut RingEdit {
        &mut self.edit
    }

    /// Puts the changed text in the file's place.
    ///
    /// # Errors
    ///
    /// [`SourceError::Write`]; the file is as it was.
    pub fn save(self) -> Result<(), SourceError> {
        let saved = self.write_and_rename();
        // Only now may the next one begin.
        drop(self.locked);
        saved.map_err(|error| SourceError::Write(error.kind()))
    }

    fn write_and_rename(&self) -> std::io::Result<()> {
        let mut name = OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(std::format!(".{}.new", std::process::id()));
        let beside = self.path.with_file_name(name);
        // Left behind by a process of this number that was killed: nobody else writes here now.
        let _ = fs::remove_file(&beside);

        let mode = PRIVATE | permission_bits(&self.before) & GROUP_READS;
        let renamed = write_new(&beside, &self.edit, mode, Some(&self.before))
            .and_then(|()| fs::rename(&beside, &self.path));
        if renamed.is_err() {
            let _ = fs::remove_file(&beside);
        }
        renamed.and_then(|()| sync_directory(&self.path))
    }
}

const PRIVATE: u32 = 0o600;
const GROUP_READS: u32 = 0o040;

/// Writes a file that must not exist, down to the disk; what is left of it is removed on an error.
fn write_new(
    path: &Path,
    ring: &RingEdit,
    mode: u32,
    owner: Option<&Metadata>,
) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    with_mode(&mut options, PRIVATE);
    let mut file = options.open(path)?;
    let written = own(&file, mode, owner)
        .and_then(|()| file.write_all(ring.expose_text().as_bytes()))
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_directory(path));
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

#[cfg(test)]
mod tests;
