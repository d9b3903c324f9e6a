//! The repository as these tests read it: its public types, and the names of its tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The doors, which are there only with their features.
const DOORS: [(&str, bool); 7] = [
    ("actix", cfg!(feature = "actix")),
    ("axum", cfg!(feature = "axum")),
    ("poem", cfg!(feature = "poem")),
    ("rocket", cfg!(feature = "rocket")),
    ("salvo", cfg!(feature = "salvo")),
    ("tower", cfg!(feature = "tower")),
    ("warp", cfg!(feature = "warp")),
];

/// What else is there only with its feature.
const ROOMS: [(&str, bool); 13] = [
    ("src/auth", cfg!(feature = "auth")),
    ("src/revocation/", cfg!(feature = "auth")),
    ("src/manager/guard.rs", cfg!(feature = "auth")),
    ("src/session/subject.rs", cfg!(feature = "auth")),
    ("src/store/redis/revocations.rs", cfg!(all(feature = "auth", feature = "redis"))),
    ("src/store/file/", cfg!(feature = "file-store")),
    ("src/store/memcached/", cfg!(feature = "memcached")),
    ("src/store/memory.rs", cfg!(feature = "memory-store")),
    ("src/store/mysql.rs", cfg!(feature = "mysql")),
    ("src/store/postgres.rs", cfg!(feature = "postgres")),
    ("src/store/redis/", cfg!(feature = "redis")),
    ("src/store/sqlite.rs", cfg!(feature = "sqlite")),
    ("src/store/conformance/", cfg!(feature = "store-tests")),
];

/// The full path of every type that is `pub` in `src/`, whether or not the crate exports it.
pub(crate) fn public_types() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in library() {
        let module = path.trim_start_matches("src/").trim_end_matches(".rs").replace('/', "::");
        let module = module.trim_end_matches("::mod");
        for line in text.lines().map(str::trim_start) {
            let kinds = ["pub struct ", "pub enum ", "pub union "];
            if let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) {
                found.insert(format!("cloakroom::{module}::{}", word(rest)));
            }
        }
    }
    found
}

/// The names of the types of the crate that `Display` prints.
pub(crate) fn shown_types() -> BTreeSet<String> {
    let files = library();
    let implemented = files.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| {
        line.starts_with("impl").then(|| line.split_once("Display for ")).flatten()
    });
    implemented.map(|(_, name)| word(name).to_owned()).collect()
}

/// The files of the library in this build.
fn library() -> Vec<(String, String)> {
    let mut files = rust_files("src");
    files.retain(|(path, _)| {
        // The tool is no library, and the door of the fuzzer is for the crate's own tests.
        let closed = DOORS.iter().any(|(door, open)| !open && is_of(path, door));
        let foreign = ["src/import/", "src/error/import.rs", "src/session/foreign.rs"];
        let closed = closed
            || (!cfg!(feature = "cli") && foreign.iter().any(|front| path.starts_with(front)));
        let shut = ROOMS.iter().any(|(room, open)| !open && path.starts_with(room));
        !path.starts_with("src/bin/") && path != "src/fuzz_door.rs" && !closed && !shut
    });
    files
}

/// What `text` begins with, up to the first character that no name has.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

fn is_of(path: &str, door: &str) -> bool {
    path == format!("src/adapters/{door}.rs") || path.starts_with(&format!("src/adapters/{door}/"))
}

/// The names of all functions with a `#[test]` of any kind above them, and of the tests that a program with
/// a harness of its own lists: words in quotes.
pub(crate) fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let folders = ["src", "tests", "examples/src", "examples/tests"];
    for (_, text) in folders.iter().flat_map(|folder| rust_files(folder)) {
        if text.contains("libtest_mimic::") && text.contains("Trial") {
            let is_name = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            let words = text.split('"').filter(|word| word.bytes().all(is_name));
            found.extend(words.filter(|word| word.contains('_')).map(str::to_owned));
        }
        let mut marked = false;
        for line in text.lines().map(str::trim_start) {
            if let Some(attribute) = line.strip_prefix("#[") {
                let name = attribute.split(['(', ']']).next().unwrap_or_default();
                marked |= name == "test" || name.ends_with("::test");
            }
            let function = line.trim_start_matches("async ").strip_prefix("fn ");
            if let Some(name) = function
                && std::mem::take(&mut marked)
            {
                found.insert(name.split(['(', '<']).next().unwrap_or_default().to_owned());
            }
        }
    }
    found
}

/// The Rust files below `folder`, as paths from the root of the repository and texts.
pub(crate) fn rust_files(folder: &str) -> Vec<(String, String)> {
    let root = root();
    let mut open = vec![root.join(folder)];
    let mut found = vec![];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(&root).unwrap();
                let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
                found.push((parts.join("/"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "nothing in {folder}");
    found
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

pub(crate) fn exists(path: &str) -> bool {
    root().join(path).exists()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
