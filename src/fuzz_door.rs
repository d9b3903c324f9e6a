//! A door for the fuzz targets into functions that are not public.
//!
//! Not part of the interface: nothing here is kept stable. The targets and their laws are in
//! `fuzz/`.

use alloc::vec::Vec;

use crate::{
    cookie::{self, CookieAttributes, CookieConfig, SetCookie},
    error::SealError,
};

/// The values of the cookies called `name`, and whether there was any.
pub fn candidates<'h>(headers: &[&'h [u8]], name: &str) -> (Vec<&'h [u8]>, bool) {
    let found = cookie::candidates(headers.iter().copied(), name);
    (found.values().to_vec(), found.carried())
}

/// Whether the `Vary` headers already cover `Cookie`.
pub fn vary_has(headers: &[&[u8]]) -> bool {
    cookie::vary_has(headers.iter().copied())
}

/// The line that sets the cookie, or the bytes needed and the limit.
pub fn set_cookie(
    cookie: &CookieAttributes,
    value: &str,
    max_age: Option<u64>,
) -> Result<SetCookie, (usize, usize)> {
    cookie.set(value, max_age).map_err(|error| match error {
        SealError::TooLarge(sizes) => (sizes.needed, sizes.limit),
        _ => (0, 0),
    })
}

/// Bytes of the line that would set the cookie.
pub fn line_len(cookie: &CookieAttributes, value_len: usize, max_age: Option<u64>) -> usize {
    cookie.line_len(value_len, max_age)
}

/// The line that removes the cookie, then one for each previous scope.
pub fn removals(cookie: &CookieAttributes) -> Vec<SetCookie> {
    core::iter::once(cookie.removal()).chain(cookie.previous_removals()).collect()
}

/// The same configuration under another name.
pub fn renamed(config: CookieConfig, name: &str) -> CookieConfig {
    config.renamed(name)
}
