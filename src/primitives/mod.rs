//! The quarry: one file for each outside crate, and nothing of that crate beyond it.
//!
//! Each file turns an outside interface into the few functions that this crate needs, with plain
//! arrays and slices as arguments and no foreign type or error in sight. An auditor who trusts
//! the files of this folder need not look at a dependency again.

#[cfg(feature = "import")]
#[cfg_attr(not(any(feature = "cli", feature = "full")), allow(dead_code))]
pub(crate) mod base64;
pub(crate) mod base64url;
#[cfg(any(feature = "import-iron", feature = "import-laravel"))]
pub(crate) mod cbc;
pub(crate) mod deflate;
pub(crate) mod entropy;
#[cfg(any(feature = "import-cookie", feature = "import-laravel", feature = "import-rails"))]
pub(crate) mod gcm;
pub(crate) mod kdf;
pub(crate) mod mac;
#[cfg(feature = "import")]
#[cfg_attr(not(any(feature = "cli", feature = "full")), allow(dead_code))]
pub(crate) mod mac_sha1;
#[cfg(any(feature = "import-iron", feature = "import-rails"))]
#[cfg_attr(not(feature = "import-rails"), allow(dead_code))]
pub(crate) mod pbkdf2;
pub(crate) mod postcard;
#[cfg(feature = "import")]
#[cfg_attr(not(any(feature = "cli", feature = "full")), allow(dead_code))]
pub(crate) mod secret;
#[cfg(feature = "encrypted")]
pub(crate) mod xaes;
#[cfg(feature = "import")]
#[cfg_attr(not(any(feature = "cli", feature = "full")), allow(dead_code))]
pub(crate) mod zlib;

#[cfg(all(test, feature = "encrypted"))]
mod secrecy_tests;
#[cfg(test)]
mod wycheproof_tests;

/// Hexadecimal and patterns for the tests of published vectors.
#[cfg(test)]
pub(crate) mod testing {
    use alloc::{string::String, vec::Vec};

    pub(crate) fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| alloc::format!("{byte:02x}")).collect()
    }

    /// `first`, `first + 1` and so on: from 0, the key of this crate's own vectors.
    pub(crate) fn counting(first: u8) -> [u8; 32] {
        let mut next = first;
        [(); 32].map(|()| {
            let byte = next;
            next = next.wrapping_add(1);
            byte
        })
    }

    /// Whether a type implements a trait: a constant of the type itself goes before a trait's.
    macro_rules! implements {
        ($type:ty: $trait:path) => {{
            struct Probe<T: ?Sized>(core::marker::PhantomData<T>);
            #[allow(dead_code)]
            trait No {
                const ANSWER: bool = false;
            }
            impl<T: ?Sized> No for Probe<T> {}
            #[allow(dead_code)]
            impl<T: ?Sized + $trait> Probe<T> {
                const ANSWER: bool = true;
            }
            <Probe<$type>>::ANSWER
        }};
    }
    pub(crate) use implements;

    pub(crate) fn unhex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits
            .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }
}
