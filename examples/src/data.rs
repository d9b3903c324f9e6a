//! What a visitor's session holds.

use cloakroom::{First, SessionData};
use serde::{Deserialize, Serialize};

/// The session of the shop: a typed struct, the usual way to use the library.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// How often this session was changed by a visit.
    pub views: u32,
    /// Who logged in.
    pub user: Option<String>,
    /// Bytes to fill the cookie with; one byte of the cookie's body each.
    pub note: Vec<u8>,
}

impl SessionData for Shop {
    const VERSION: u8 = 1;
    type Previous = First;
}

impl Shop {
    /// Bytes of the session in the cookie's body.
    pub fn encoded_len(&self) -> usize {
        // Postcard writes every value of this type; 0 is never seen.
        postcard::to_allocvec(self).map_or(0, |bytes| bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_takes_one_byte_for_each_of_its_bytes() {
        let empty = Shop::default().encoded_len();
        let full = Shop { note: vec![0xff; 2000], ..Shop::default() };
        // A length over 127 takes two bytes instead of one.
        assert_eq!(full.encoded_len(), empty + 2000 + 1);
    }
}
