//! primitives

pub(crate) mod postcard;
