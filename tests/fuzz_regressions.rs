//! Every committed fuzz input, through the same bodies, on a stable toolchain and without a fuzzer.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/bodies/mod.rs"]
mod bodies;

fn fuzz_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The files of a folder, none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn names(folder: &Path) -> BTreeSet<String> {
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files(folder).into_iter().map(stem).collect()
}

#[test]
fn every_committed_input_keeps_the_laws() {
    for (name, run) in bodies::TARGETS {
        let corpus = files(&fuzz_dir().join("corpus").join(name));
        assert!(!corpus.is_empty(), "no corpus for {name}");
        for file in corpus.into_iter().chain(files(&fuzz_dir().join("regressions").join(name))) {
            // On failure the test's output ends with the file that broke a law.
            println!("{}", file.display());
            run(&fs::read(file).unwrap());
        }
    }
}

#[test]
fn every_token_that_opens_is_in_the_corpus_of_open_raw() {
    let corpus = files(&fuzz_dir().join("corpus/open_raw"));
    let corpus: Vec<Vec<u8>> = corpus.into_iter().map(|file| fs::read(file).unwrap()).collect();
    for input in bodies::open_raw::genuine() {
        assert!(corpus.contains(&input), "{}", input.escape_ascii());
    }
}

#[test]
fn every_target_is_built_listed_and_replayed() {
    let listed: BTreeSet<String> =
        bodies::TARGETS.iter().map(|(name, _)| String::from(*name)).collect();
    assert_eq!(names(&fuzz_dir().join("fuzz_targets")), listed);
    assert_eq!(names(&fuzz_dir().join("corpus")), listed);
    for folder in ["regressions", "dictionaries"] {
        assert!(names(&fuzz_dir().join(folder)).is_subset(&listed), "{folder}");
    }
    let manifest = fs::read_to_string(fuzz_dir().join("Cargo.toml")).unwrap();
    for name in &listed {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
}
