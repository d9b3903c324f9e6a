//! The files, made anew from the catalogue and compared with those of the repository.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use crate::{cases, file::Vector};

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/v1")
}

/// Every vector of the repository, by its name.
pub fn all() -> Vec<Vector> {
    let vectors: Vec<Vector> =
        files().iter().map(|(name, file)| Vector::parse(name, file)).collect();
    assert!(vectors.len() > 60, "the vectors were not found");
    vectors
}

/// With `CLOAKROOM_WRITE_VECTORS=1` the files are written instead, and files that are no longer
/// in the catalogue removed.
#[test]
fn making_the_vectors_anew_changes_no_byte() {
    let mut made = BTreeMap::new();
    for vector in cases::all() {
        let file = vector.text();
        assert_eq!(Vector::parse(&vector.name, &file), vector, "{}", vector.name);
        let twice = made.insert(vector.name.clone(), file);
        assert!(twice.is_none(), "two vectors of the name {}", vector.name);
    }
    if env::var_os("CLOAKROOM_WRITE_VECTORS").is_some() {
        for (name, file) in &made {
            fs::write(folder().join(format!("{name}.txt")), file).unwrap();
        }
        for name in files().keys().filter(|name| !made.contains_key(*name)) {
            fs::remove_file(folder().join(format!("{name}.txt"))).unwrap();
        }
    }
    let found = files();
    assert!(found.keys().eq(made.keys()), "a file too many or too few");
    for (name, file) in made {
        assert_eq!(found[&name], file, "{name}: {}", String::from_utf8_lossy(&file));
    }
}

/// The vector files of the repository, by their names.
fn files() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read(path).unwrap());
        }
    }
    files
}
