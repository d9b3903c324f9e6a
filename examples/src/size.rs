//! How long a token is: the arithmetic of the wire format.
//!
//! An application never needs it: it asks [`Session::size`](cloakroom::Session::size) or lets the
//! commit fail. The page needs it to draw a cookie's parts and to name the longest note.

use cloakroom::Protection;

use crate::data::Shop;

/// Bytes of a whole `Set-Cookie` line that browsers keep.
pub const LINE_MAX: usize = 4096;
/// Bytes of flags, session id, creation time and age.
pub const HEADER: usize = 1 + 16 + 5 + 4;
/// Bytes of a session's own lifetimes.
pub const LIFETIMES: usize = 4 + 4;
/// Bytes of the version and shape of the session's type.
pub const TYPED: usize = 1 + 4;
/// One byte less than the longest note that `/fill` makes.
const ASKED_MAX: usize = (1 << 20) - 1;
/// Bytes of the mark that ends the body.
const END_MARK: usize = 1;

/// Bytes of a token around its payload.
pub const fn frame(mode: Protection) -> usize {
    match mode {
        Protection::Encrypted => 1 + 4 + 24 + 16,
        Protection::Signed => 1 + 4 + 32,
    }
}

/// Characters of the value that holds `shop`, or, where a store holds it, the session's id alone.
pub fn characters(shop: Option<&Shop>, mode: Protection, own_lifetimes: bool) -> usize {
    let body = shop.map_or(0, |shop| TYPED + shop.encoded_len());
    (around(mode, own_lifetimes) + body).div_ceil(3) * 4
}

/// The longest note that fits beside the rest of `shop` into a line with `overhead` bytes around
/// the value.
pub fn longest_note(shop: &Shop, mode: Protection, own_lifetimes: bool, overhead: usize) -> usize {
    let token = LINE_MAX.saturating_sub(overhead) / 4 * 3;
    let empty = Shop { note: Vec::new(), ..shop.clone() };
    // The length of a long note takes two bytes instead of one.
    token.saturating_sub(around(mode, own_lifetimes) + TYPED + empty.encoded_len() + 1)
}

/// The longest note that a store takes beside the rest of `shop`, as far as `/fill` can ask for it.
pub fn longest_stored_note(shop: &Shop, limit: Option<usize>) -> usize {
    let empty = Shop { note: Vec::new(), ..shop.clone() };
    // The length of a very long note takes three bytes instead of one. A record stands in the frame of
    // an encrypted token, with lifetimes of its own at the most.
    let around = around(Protection::Encrypted, true) + TYPED + empty.encoded_len() + 2;
    limit.map_or(ASKED_MAX, |limit| limit.saturating_sub(around).min(ASKED_MAX))
}

/// Bytes of a token around its body.
fn around(mode: Protection, own_lifetimes: bool) -> usize {
    frame(mode) + HEADER + if own_lifetimes { LIFETIMES } else { 0 } + END_MARK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_note_fills_the_line_and_one_byte_more_does_not_fit() {
        for mode in [Protection::Encrypted, Protection::Signed] {
            for overhead in 50..60 {
                let shop = Shop { views: 300, user: Some("Ada".to_owned()), note: Vec::new() };
                let len = longest_note(&shop, mode, true, overhead);
                let line = |len| {
                    let shop = Shop { note: vec![0; len], ..shop.clone() };
                    characters(Some(&shop), mode, true) + overhead
                };
                assert!(line(len) <= LINE_MAX && line(len + 1) > LINE_MAX, "{mode:?} {overhead}");
            }
        }
    }

    #[test]
    fn there_is_no_note_beside_a_line_that_is_full_already() {
        assert_eq!(longest_note(&Shop::default(), Protection::Encrypted, false, 5000), 0);
    }
}
