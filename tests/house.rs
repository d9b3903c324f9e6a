//! The rules of the house, held against `src/` and `Cargo.toml`.
//!
//! Architecture is a test here, not a diagram: every import points down, an outside crate is named
//! in its own file alone, and no file outgrows its reader. The tables stand in `house/imports.rs`;
//! each rule is tested against snippets that break it, beside its code.

// A test may panic: that is how it speaks.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]
#![allow(clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

#[path = "house/imports.rs"]
mod imports;
#[path = "house/manners.rs"]
mod manners;
#[path = "house/paths.rs"]
mod paths;
#[path = "house/source.rs"]
mod source;

use source::Source;

#[test]
fn every_import_points_down() {
    assert_none(imports::upward_imports(&without_tests()));
}

#[test]
fn an_outside_crate_is_named_in_its_own_file_alone() {
    let (names, _) = manners::dependencies(&read(&root().join("Cargo.toml")));
    assert!(names.len() > 10, "the dependencies were not found");
    assert_none(imports::strangers(&without_tests(), &names));
}

#[test]
fn every_dependency_says_why_it_is_here() {
    assert_none(manners::dependencies(&read(&root().join("Cargo.toml"))).1);
}

#[test]
fn no_file_is_too_long() {
    assert_none(manners::long_files(&house()));
}

#[test]
fn no_file_has_a_bad_word() {
    assert_none(manners::bad_words(&house()));
}

#[test]
fn a_call_that_can_panic_says_why_it_does_not() {
    assert_none(manners::unexplained_panics(&without_tests()));
}

#[test]
fn every_example_is_compiled() {
    let house = house();
    let comments = house.iter().flat_map(|source| {
        source.comments.iter().map(|line| (source.path.as_str(), line.line, line.text.as_str()))
    });
    assert_none(manners::ignored_examples(comments));

    let mut pages = files(&root().join("src"), "md");
    pages.push(("README.md".to_owned(), read(&root().join("README.md"))));
    let lines = pages.iter().flat_map(|(path, text)| {
        text.lines().enumerate().map(|(nth, line)| (path.as_str(), nth + 1, line))
    });
    assert_none(manners::ignored_examples(lines));
}

#[test]
fn the_roof_holds_modules_and_exports_alone() {
    let house = house();
    let lib = house.iter().find(|source| source.path == "lib.rs");
    assert_none(manners::furniture_on_the_roof(lib.expect("src/lib.rs")));
}

/// Every file of `src/`.
fn house() -> Vec<Source> {
    let house: Vec<Source> = files(&root().join("src"), "rs")
        .iter()
        .map(|(path, text)| Source::new(path, text))
        .collect();
    assert!(house.len() > 5, "the house was not found");
    house
}

/// Every file of `src/` but those whose module is declared for tests alone.
fn without_tests() -> Vec<Source> {
    let mut house = house();
    let tests: Vec<String> = house.iter().flat_map(Source::test_modules).collect();
    house.retain(|source| {
        let stem = source.path.trim_end_matches(".rs");
        !tests.iter().any(|test| stem == test || stem.starts_with(&format!("{test}/")))
    });
    house
}

/// The files below `folder` with this extension, as paths relative to it and texts, in order.
fn files(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let mut found = vec![];
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder of the house") {
            let path = entry.expect("an entry of the house").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let inside = path.strip_prefix(folder).expect("a path below the folder");
                let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
                found.push((parts.join("/"), read(&path)));
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn assert_none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n  {}\n", problems.join("\n  "));
}
