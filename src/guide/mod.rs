//! The long-form documentation: what a page says about bytes and limits is the specification.

#[doc = include_str!("wire_format.md")]
pub mod wire_format {}
