//! The keys of the quarry are wiped when dropped, and lack what would copy them out.

use core::fmt::{Debug, Display};

use aes::Aes256;
use serde::Serialize;
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{kdf::Root, mac::MacKey, testing::implements, xaes::Xaes};

/// The `zeroize` features of the crypto crates are on, which `Cargo.toml` could lose unseen. HMAC
/// has no such mark of its own; that its states are wiped is seen in freed memory, by
/// `tests/secrets/residue.rs`.
#[test]
fn what_keys_are_made_of_is_wiped_when_dropped() {
    assert!(implements!(Aes256: ZeroizeOnDrop));
    assert!(implements!(Sha256: ZeroizeOnDrop));
    assert!(implements!(super::xaes::Gcm: ZeroizeOnDrop));
    assert!(implements!(Zeroizing<u128>: ZeroizeOnDrop));
    assert!(!implements!(u128: ZeroizeOnDrop));
}

#[test]
fn no_key_of_the_quarry_can_be_cloned_compared_printed_or_written() {
    macro_rules! closed {
        ($($type:ty),+) => { $(
            assert!(!implements!($type: Clone) && !implements!($type: PartialEq));
            assert!(!implements!($type: Debug) && !implements!($type: Display));
            assert!(!implements!($type: Serialize) && !implements!($type: AsRef<[u8]>));
        )+ };
    }
    closed!(MacKey, Root, Xaes);
    assert!(implements!([u8; 32]: Clone) && implements!([u8; 32]: AsRef<[u8]>));
}
