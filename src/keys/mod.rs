//! Keys, rings of keys with dates, and where they come from.
//!
//! A [`Key`] is 32 random bytes. A [`KeyRing`] holds up to 16 of them and answers, for a given
//! moment, which one seals and whether another may open what it sealed. It is a value: it never
//! changes. A [`Ring`] is what a server holds: the last good [`KeyRing`] of a [`KeySource`], such
//! as a file, read again when its content changes. A [`RingEdit`] changes the text of a ring and
//! keeps what a person wrote in it; the command line tool is made of it.
//!
//! ```
//! use cloakroom::{Timestamp, keys::{Key, KeyRing}};
//!
//! let (old, new) = (Key::generate()?.expose_text(), Key::generate()?.expose_text());
//! let ring: KeyRing = format!(
//!     "{} seal_until=2027-02-01T00:15:00Z  # the fleet may lag by a quarter of an hour\n\
//!      {} seal_from=2027-02-01T00:00:00Z\n",
//!     *old, *new,
//! )
//! .parse()?;
//!
//! let [old, new] = [ring.kids().nth(0), ring.kids().nth(1)];
//! let switch = Timestamp::from_unix(1_801_440_000);
//! assert_eq!(ring.sealing_kid(switch.minus(1)), old);
//! assert_eq!(ring.sealing_kid(switch), new);
//! assert_eq!(ring.next_change(switch.minus(1)), Some(switch));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod date;
mod edit;
#[cfg(feature = "std")]
mod editor;
mod file;
mod key;
#[cfg(all(feature = "std", not(unix)))]
#[path = "platform_other.rs"]
mod platform;
#[cfg(all(feature = "std", unix))]
#[path = "platform_unix.rs"]
mod platform;
#[cfg(feature = "std")]
mod reload;
mod ring;
mod rotate;
#[cfg(feature = "std")]
mod source;

pub use self::{
    edit::RingEdit,
    key::Key,
    ring::{KeyRing, KeyRingBuilder, KeyState, RingEntry, Window},
    rotate::{RotateError, Rotated, Rotation},
};
#[cfg(feature = "std")]
pub use self::{
    editor::RingFileEditor,
    reload::{Ring, RingHealth, RingNote},
    source::{KeySource, RingEnv, RingFile, RingText, SourceError},
};
pub use crate::error::{KeyError, RingError, RingProblem};
#[cfg(feature = "std")]
pub(crate) use reload::Snapshot;
pub(crate) use ring::judge;
