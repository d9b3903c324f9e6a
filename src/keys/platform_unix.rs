//! What Unix knows of a file: its permissions, its owner and its identity.

use std::{
    fs::{File, Metadata, OpenOptions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
    path::Path,
};

pub(super) fn permission_bits(metadata: &Metadata) -> u32 {
    metadata.mode() & 0o7777
}

/// Lets a new file begin with `mode`.
pub(super) fn with_mode(options: &mut OpenOptions, mode: u32) {
    options.mode(mode);
}

/// Gives the file to whom the old one belonged, or a server could no longer read it.
pub(super) fn own(file: &File, mode: u32, owner: Option<&Metadata>) -> io::Result<()> {
    if let Some(owner) = owner {
        let now = file.metadata()?;
        let user = to_change(now.uid(), owner.uid());
        let group = to_change(now.gid(), owner.gid());
        fchown(file, user, group)?;
    }
    file.set_permissions(PermissionsExt::from_mode(mode))
}

/// The id to set, if it is another: nobody but root may set one.
fn to_change(now: u32, wanted: u32) -> Option<u32> {
    (now != wanted).then_some(wanted)
}

/// Brings the name of a file to the disk, after its content.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

fn directory_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not even for the moment until its mode is set.
    #[test]
    fn a_new_file_is_nobody_elses_from_the_start() {
        let name = std::format!("cloakroom-{}-mode", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut options = OpenOptions::new();
        with_mode(options.write(true).create_new(true), 0o600);
        let file = options.open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(permission_bits(&file.metadata().unwrap()), 0o600);
    }

    #[test]
    fn an_owner_is_set_only_where_it_changes() {
        assert_eq!(to_change(5, 5), None);
        assert_eq!(to_change(5, 7), Some(7));
        assert_eq!(to_change(7, 0), Some(0));
    }

    #[test]
    fn a_bare_name_lies_in_the_working_directory() {
        for (path, directory) in [("ring", "."), ("keys/ring", "keys"), ("/ring", "/")] {
            assert_eq!(directory_of(Path::new(path)), Path::new(directory));
        }
    }

    #[test]
    fn a_directory_that_is_gone_cannot_be_brought_to_the_disk() {
        let error = sync_directory(Path::new("/no such directory/ring")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
