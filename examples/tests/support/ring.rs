//! Ring files, as an operator's tool replaces them.

use std::path::Path;

/// Puts a ring in the place of another at once, as it should be done, for its owner alone.
pub fn write_ring(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).expect("a ring file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&beside, private).expect("its mode");
    }
    std::fs::rename(beside, path).expect("it takes its place");
}
