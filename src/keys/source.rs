//! Where the text of a ring comes from: a file, the environment, a closure.

use core::fmt;
use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
    string::String,
    vec::Vec,
};

use zeroize::Zeroizing;

use super::{file::line_after, platform::permission_bits};
use crate::{
    error::{RingError, RingProblem},
    limits::RING_TEXT_MAX,
};

/// Gives the text of a ring, at the start and at every reload.
///
/// Any closure that returns `Result<RingText, SourceError>` is a source, for a key service that
/// decrypts the ring. It is called by the request that finds a reload due, so it should be quick or
/// keep its own copy.
///
/// ```
/// use std::time::Duration;
///
/// use cloakroom::keys::{Key, Ring, RingText};
///
/// let text = Key::generate()?.expose_text();
/// let ring = Ring::watch(move || Ok(RingText::new(text.as_str())), Duration::from_secs(60))?;
/// assert_eq!(ring.current().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait KeySource: Send + Sync + 'static {
    /// The whole text, as it stands now.
    ///
    /// # Errors
    ///
    /// [`SourceError`] if it cannot be had. A server that runs keeps its last good ring.
    fn load(&self) -> Result<RingText, SourceError>;
}

impl<F: Fn() -> Result<RingText, SourceError> + Send + Sync + 'static> KeySource for F {
    fn load(&self) -> Result<RingText, SourceError> {
        self()
    }
}

/// The text of a ring, wiped when dropped; it prints as nothing.
pub struct RingText {
    pub(super) text: Zeroizing<String>,
    pub(super) group_readable: bool,
}

impl RingText {
    /// A copy of `text`; the caller's own is the caller's to wipe.
    pub fn new(text: &str) -> Self {
        Self { text: Zeroizing::new(String::from(text)), group_readable: false }
    }

    /// The text.
    ///
    /// # Security
    ///
    /// All keys are in it.
    pub fn expose_text(&self) -> &str {
        &self.text
    }

    /// Whether it comes from a file that a group can read.
    pub fn is_group_readable(&self) -> bool {
        self.group_readable
    }
}

impl fmt::Debug for RingText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RingText")
    }
}

/// Why there is no ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceError {
    /// The file could not be read.
    Io(ErrorKind),
    /// The ring file could not be written.
    Write(ErrorKind),
    /// Somebody else is changing the ring file, and did not finish.
    Locked,
    /// The path is not a plain file.
    NotAFile,
    /// Others may read the file, or others or its group may write it.
    Mode {
        /// The permission bits, such as `0o644`.
        mode: u32,
    },
    /// The environment variable is not set.
    NotSet,
    /// A credential's name that is empty or has a `/` or `..` in it.
    Name,
    /// There is a text, but it is not a ring, or not one that may follow the last.
    Ring(RingError),
    /// A source of your own failed; the phrase is for logs.
    Other(&'static str),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(kind) => write!(f, "the ring file could not be read: {kind}"),
            Self::Write(kind) => write!(f, "the ring file could not be written: {kind}"),
            Self::Locked => f.write_str("somebody else is changing the ring file"),
            Self::NotAFile => f.write_str("the ring file is not a plain file"),
            Self::Mode { mode } => {
                write!(f, "the ring file has mode {mode:04o}: make it 0600, or allow any mode")
            }
            Self::NotSet => f.write_str("the environment variable of the key ring is not set"),
            Self::Name => f.write_str("the name of the credential is not a file name"),
            Self::Ring(error) => error.fmt(f),
            Self::Other(phrase) => write!(f, "the source of the key ring failed: {phrase}"),
        }
    }
}

impl core::error::Error for SourceError {}

impl From<RingError> for SourceError {
    fn from(error: RingError) -> Self {
        Self::Ring(error)
    }
}

/// A ring in a file, the source to prefer.
///
/// On Unix the file must not be readable by others, nor writable by others or its group. If its
/// group may read it, it is read, and a [`RingNote`](super::RingNote) says so.
///
/// Symbolic links are followed, as mounted secrets need it. Write a new ring beside the old one and
/// rename it, so that no half of it is ever read; half a ring would be refused, or lack a key.
#[derive(Clone, Debug)]
pub struct RingFile {
    path: PathBuf,
    any_mode: bool,
}

impl RingFile {
    /// The ring in the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), any_mode: false }
    }

    /// The ring in the credential `name` that systemd passes (`LoadCredential=`): the file of that
    /// name in the directory that `CREDENTIALS_DIRECTORY` names.
    ///
    /// # Errors
    ///
    /// [`SourceError::NotSet`] outside such a unit; [`SourceError::Name`] for a name with a path.
    pub fn credential(name: &str) -> Result<Self, SourceError> {
        Self::credential_in(env::var_os("CREDENTIALS_DIRECTORY"), name)
    }

    /// Reads the file whatever its permissions, for secrets that a platform mounts readable.
    ///
    /// # Security
    ///
    /// Whoever can read the file can be anybody; whoever can write it too.
    #[must_use]
    pub fn any_mode(mut self) -> Self {
        self.any_mode = true;
        self
    }

    fn credential_in(directory: Option<OsString>, name: &str) -> Result<Self, SourceError> {
        if name.is_empty() || name.contains(['/', '\\', '\0']) || name == "." || name == ".." {
            return Err(SourceError::Name);
        }
        let directory = directory.ok_or(SourceError::NotSet)?;
        Ok(Self::new(Path::new(&directory).join(name)))
    }

    /// Whether the group may read it; an error if more people may do more.
    fn check_mode(&self, metadata: &fs::Metadata) -> Result<bool, SourceError> {
        let mode = permission_bits(metadata);
        if self.any_mode {
            return Ok(false);
        }
        if mode & 0o026 != 0 {
            return Err(SourceError::Mode { mode });
        }
        Ok(mode & 0o040 != 0)
    }
}

impl KeySource for RingFile {
    fn load(&self) -> Result<RingText, SourceError> {
        let (file, _) = self.open()?;
        self.read(&file)
    }
}

impl RingFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file, if it is one, and what the system says of it.
    pub(super) fn open(&self) -> Result<(File, fs::Metadata), SourceError> {
        // Looked at before it is opened, because opening a pipe would wait for its writer.
        if !fs::metadata(&self.path)?.is_file() {
            return Err(SourceError::NotAFile);
        }
        let file = File::open(&self.path)?;
        let metadata = file.metadata()?;
        Ok((file, metadata))
    }

    /// The text in an open file.
    pub(super) fn read(&self, file: &File) -> Result<RingText, SourceError> {
        let group_readable = self.check_mode(&file.metadata()?)?;
        // One byte over the limit is enough to be refused, and nothing is reallocated on the way.
        let most = RING_TEXT_MAX.saturating_add(1);
        let mut bytes = Zeroizing::new(Vec::with_capacity(most));
        file.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
        Ok(RingText { text: utf8(&bytes)?, group_readable })
    }
}

impl From<std::io::Error> for SourceError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.kind())
    }
}

/// A ring in an environment variable, its entries separated by `;`.
///
/// # Security
///
/// The environment is inherited by every child process and can be read in `/proc`. A file is
/// better. The variable is read once more at a reload, and nothing changes it from outside.
#[derive(Clone, Debug)]
pub struct RingEnv {
    name: String,
}

impl RingEnv {
    /// The ring in the variable `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

impl KeySource for RingEnv {
    fn load(&self) -> Result<RingText, SourceError> {
        let value = env::var_os(&self.name).ok_or(SourceError::NotSet)?;
        let bytes = Zeroizing::new(value.into_encoded_bytes());
        Ok(RingText { text: utf8(&bytes)?, group_readable: false })
    }
}

/// The text in `bytes`, in a copy that is wiped when dropped.
fn utf8(bytes: &[u8]) -> Result<Zeroizing<String>, RingError> {
    // Said first, because the cut may have gone through a character.
    if bytes.len() > RING_TEXT_MAX {
        return Err(RingError { line: None, problem: RingProblem::TooLong });
    }
    match core::str::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(String::from(text))),
        Err(error) => {
            let before = bytes.iter().take(error.valid_up_to()).copied();
            Err(RingProblem::NotUtf8.at(line_after(before)))
        }
    }
}

#[cfg(test)]
mod tests;
