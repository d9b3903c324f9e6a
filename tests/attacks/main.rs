//! What an attacker can send, and what becomes of it: through the public interface alone, but for
//! a door that seals any payload, since an attacker with a key is one of them.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub
)]

mod workbench;

mod alterations;
mod bodies;
mod deflate;
mod encodings;
mod entropy;
mod guessing;
mod headers;
mod maps;
mod moved;
mod payloads;
mod sizes;
mod tags;
mod times;
