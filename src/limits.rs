//! Every number of the format, and the ties between them that the compiler checks.
//!
//! A limit lives here once, with its unit; the rest of the crate names it. The specification is
//! [`guide::wire_format`](crate::guide::wire_format).

// --- the token, in bytes ------------------------------------------------------------------------

/// Bytes of the version at the front of a token.
pub(crate) const VERSION_LEN: usize = 1;
/// Bytes of a key id.
pub(crate) const KID_LEN: usize = 4;
/// Bytes of an XAES-256-GCM nonce.
pub(crate) const NONCE_LEN: usize = 24;
/// Bytes of an XAES-256-GCM tag.
pub(crate) const TAG_LEN: usize = 16;
/// Bytes of an HMAC-SHA256 tag.
pub(crate) const MAC_LEN: usize = 32;
/// Bytes of a master key and of every key derived from it.
pub(crate) const KEY_LEN: usize = 32;
/// Bytes of a session id.
pub(crate) const SID_LEN: usize = 16;
/// Bytes of the key that a stored record is found by.
#[cfg(feature = "encrypted")]
pub(crate) const ROW_KEY_LEN: usize = 32;
/// Bytes of `flags | sid | created | age`, which every payload starts with.
pub(crate) const HEADER_LEN: usize = 1 + SID_LEN + 5 + 4;
/// Bytes of the optional `life | idle` that follow the header.
pub(crate) const LIFETIMES_LEN: usize = 4 + 4;
/// The byte that ends the body; padding zeros follow it.
pub(crate) const END_MARKER: u8 = 0x80;

/// Bytes around the payload of an encrypted token.
pub(crate) const ENCRYPTED_FRAME: usize = VERSION_LEN + KID_LEN + NONCE_LEN + TAG_LEN;
/// Bytes around the payload of a signed token.
pub(crate) const SIGNED_FRAME: usize = VERSION_LEN + KID_LEN + MAC_LEN;

// --- the value, in characters -------------------------------------------------------------------

/// Characters of the shortest encrypted value.
pub(crate) const ENCRYPTED_CHARS_MIN: usize = 96;
/// Characters of the shortest signed value.
pub(crate) const SIGNED_CHARS_MIN: usize = 88;
/// Characters of the longest value that is looked at.
pub(crate) const VALUE_CHARS_MAX: usize = 4096;

// --- what goes into a token ---------------------------------------------------------------------

/// Bytes of the request context (`bind`) that a token may be tied to.
pub(crate) const BIND_MAX: usize = 1024;
/// Bytes of an application label or a cookie name in the key derivation.
pub(crate) const LABEL_MAX: usize = 255;
/// Seconds since 1970 that five bytes can hold.
pub(crate) const CREATED_MAX: u64 = (1 << 40) - 1;
/// Bytes of a body once inflated, and of the largest body that deflate is tried on.
pub(crate) const INFLATED_MAX: usize = 16 * 1024;
/// Bytes from which deflate is tried.
pub(crate) const DEFLATE_MIN: usize = 384;
/// Bytes that deflate must save to be kept.
pub(crate) const DEFLATE_GAIN: usize = 16;
/// The most random padding, in bytes, that follows a body on which deflate was tried.
pub(crate) const DEFLATE_PAD_MAX: usize = 31;
/// Bytes of a subject in the claims.
pub(crate) const SUBJECT_MAX: usize = 64;
/// Bytes of the tag over the stamp of a credential.
#[cfg(feature = "auth")]
pub(crate) const STAMP_LEN: usize = 16;
/// Bytes of the tag in a CSRF token, and of the mask beside it: 64 characters together.
#[cfg(feature = "auth")]
pub(crate) const CSRF_LEN: usize = 24;

// --- typed bodies and maps ----------------------------------------------------------------------

/// Bytes of `version | shape` before the postcard of a typed body.
pub(crate) const TYPED_HEADER_LEN: usize = 1 + 4;
/// Containers inside containers that a `Values` value may have.
pub(crate) const VALUES_DEPTH: usize = 64;
/// Options and newtype structs around each other, anywhere in session data.
pub(crate) const WRAPPERS_DEPTH: usize = 128;
/// Entries of one `Values` container, and of the map itself.
pub(crate) const VALUES_ENTRIES: usize = 1024;
/// Bytes of a whole `Values` body.
pub(crate) const VALUES_MAX: usize = 16 * 1024;

// --- time, in seconds ---------------------------------------------------------------------------

/// How far two clocks of one fleet may lie apart.
pub(crate) const SKEW: u64 = 60;
/// The longest `Max-Age` that browsers keep: 400 days.
pub(crate) const MAX_AGE_MAX: u64 = 400 * 86_400;
/// The idle timeout unless configured: 14 days.
pub(crate) const IDLE_DEFAULT: u64 = 14 * 86_400;
/// The absolute timeout unless configured: 30 days.
pub(crate) const ABSOLUTE_DEFAULT: u64 = 30 * 86_400;
/// A stored session's record is touched at most once in this time, or in a tenth of the idle timeout.
#[cfg(feature = "encrypted")]
pub(crate) const TOUCH_MIN: u64 = 60;
/// A session in use is re-sealed at least this often.
pub(crate) const RESEAL_MAX: u64 = 15 * 60;

// --- cookie lines, in bytes ---------------------------------------------------------------------

/// Bytes of a finished `Set-Cookie` value: name, `=`, value and attributes.
pub(crate) const SET_COOKIE_MAX: usize = 4096;
/// Bytes of one attribute's value.
pub(crate) const ATTRIBUTE_MAX: usize = 1024;
/// Bytes from which proxies may refuse the line: an event says so.
pub(crate) const SET_COOKIE_NEAR: usize = 2048;
/// Cookies of one name that are tried.
pub(crate) const CANDIDATES_MAX: usize = 8;

// --- key rings ----------------------------------------------------------------------------------

/// Keys in a ring.
pub(crate) const RING_KEYS_MAX: usize = 16;
/// Bytes of a ring's text.
pub(crate) const RING_TEXT_MAX: usize = 64 * 1024;

const _: () = assert!(HEADER_LEN == 26);
const _: () = assert!(ENCRYPTED_CHARS_MIN == (ENCRYPTED_FRAME + HEADER_LEN + 1) / 3 * 4);
const _: () = assert!((ENCRYPTED_FRAME + HEADER_LEN + 1).is_multiple_of(3));
// The shortest signed payload carries two bytes of padding to reach a multiple of three.
const _: () = assert!(SIGNED_CHARS_MIN == (SIGNED_FRAME + HEADER_LEN + 3) / 3 * 4);
const _: () = assert!((SIGNED_FRAME + HEADER_LEN + 3).is_multiple_of(3));
const _: () = assert!(ENCRYPTED_FRAME.is_multiple_of(3) && SIGNED_FRAME % 3 == 1);
const _: () = assert!(VALUE_CHARS_MAX.is_multiple_of(4) && VALUE_CHARS_MAX <= SET_COOKIE_MAX);
const _: () = assert!(MAX_AGE_MAX == 34_560_000);
