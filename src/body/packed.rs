//! Strings as short as they go, each on its own.

/// The name of the newtype struct around a packed string, by which formats of ours know it.
pub(crate) const NEWTYPE: &str = "cloakroom::packed";
