//! One body for each fuzz target: what it does with an input, and the laws that must hold.
//!
//! The fuzzer runs them, and so does `tests/fuzz_regressions.rs` of the crate over the committed
//! inputs, so nothing here may name the fuzzer. A law is an assertion that says more than "it does
//! not panic": it compares with a model written independently of the crate, or ties two functions
//! together. Models state the limits as numbers of their own.

pub mod any;
pub mod browser;
pub mod cookie_header;
pub mod differential;
pub mod import_cookie;
pub mod import_django;
pub mod import_express;
pub mod import_flask;
pub mod import_iron;
pub mod import_json;
pub mod import_laravel;
pub mod import_rails;
pub mod inflate;
pub mod key_text;
pub mod open_raw;
pub mod open_resealed;
pub mod packed;
pub mod ring_file;
pub mod round_trip;
pub mod set_cookie;
pub mod tokens;
pub mod values;

/// A body: it panics when a law is broken.
pub type Body = fn(&[u8]);

/// Every target by its name, which is also the name of its corpus and of its file in
/// `fuzz_targets/`.
pub const TARGETS: &[(&str, Body)] = &[
    ("cookie_header", cookie_header::run),
    ("differential", differential::run),
    ("import_cookie", import_cookie::run),
    ("import_django", import_django::run),
    ("import_express", import_express::run),
    ("import_flask", import_flask::run),
    ("import_iron", import_iron::run),
    ("import_json", import_json::run),
    ("import_laravel", import_laravel::run),
    ("import_rails", import_rails::run),
    ("inflate", inflate::run),
    ("key_text", key_text::run),
    ("open_raw", open_raw::run),
    ("open_resealed", open_resealed::run),
    ("packed", packed::run),
    ("ring_file", ring_file::run),
    ("round_trip", round_trip::run),
    ("set_cookie", set_cookie::run),
    ("values", values::run),
];
