//! The operations of a ring's life: rotate, revoke, prune.

use alloc::vec::Vec;
use core::{fmt, time::Duration};

use super::{
    edit::RingEdit,
    key::Key,
    ring::{KeyRing, KeyState, RingEntry, Window},
};
use crate::{clock::Timestamp, error::RingError, kid::KeyId, limits::SKEW};

/// How a key takes over from another, in whole seconds.
///
/// ```
/// use core::time::Duration;
/// use cloakroom::{Timestamp, keys::{Key, RingEdit, Rotation, Window}};
///
/// let mut edit = RingEdit::of(&Key::generate()?, Window::default())?;
/// let now = Timestamp::from_unix(1_801_353_600);
/// let rotated = edit.rotate(&Key::generate()?, &Rotation::default(), now)?;
/// assert_eq!(rotated.from, now.plus(24 * 3600));
/// assert_eq!(edit.ring().sealing_kid(rotated.from), Some(rotated.new));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// From now until the new key begins to seal; default 24 hours. By then every server must have
    /// read the new ring.
    pub after: Duration,
    /// How long the old key may still seal after that, for a server that is late; default 15
    /// minutes.
    pub fleet_delay: Duration,
    /// How long the new key seals; default without an end.
    pub seal_for: Option<Duration>,
    /// How long the old key opens once it seals no more. By default the date it has stays.
    pub open_for: Option<Duration>,
    /// Rotates although a staged key waits or `after` is below `fleet_delay`.
    pub force: bool,
}

impl Default for Rotation {
    fn default() -> Self {
        Self {
            after: Duration::from_secs(24 * 3600),
            fleet_delay: Duration::from_secs(15 * 60),
            seal_for: None,
            open_for: None,
            force: false,
        }
    }
}

/// What a rotation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotated {
    /// The new key.
    pub new: KeyId,
    /// From when on it seals.
    pub from: Timestamp,
    /// The key it takes over from; `None` if none had begun.
    pub old: Option<KeyId>,
}

/// Why a ring was not rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RotateError {
    /// A key waits already.
    Staged {
        /// The key.
        kid: KeyId,
        /// When it begins to seal.
        from: Timestamp,
    },
    /// The new key would seal before every server can have it.
    TooSoon,
    /// The result would not be a ring.
    Ring(RingError),
}

impl RingEdit {
    /// Adds `key`, which takes over from the key that would be sealing then.
    ///
    /// The old key's `seal_until` becomes the moment of the change and the fleet delay, whatever it
    /// was. If another live key begins in the very second, the new one begins in the next free one.
    ///
    /// # Errors
    ///
    /// [`RotateError`]; nothing is changed.
    pub fn rotate(
        &mut self,
        key: &Key,
        rotation: &Rotation,
        now: Timestamp,
    ) -> Result<Rotated, RotateError> {
        if !rotation.force {
            refuse_haste(self.ring(), rotation, now)?;
        }
        let from = free_second(self.ring(), now.plus(rotation.after.as_secs()));
        let old = newest_at(self.ring(), from).map(|old| (old.kid(), old.window()));
        let mut work = Self::new(self.expose_text())?;
        if let Some((kid, window)) = old {
            let until = from.plus(rotation.fleet_delay.as_secs());
            let open_until = match rotation.open_for {
                Some(time) => Some(until.plus(time.as_secs())),
                None => window.open_until,
            };
            work.set_window(kid, Window { seal_until: Some(until), open_until, ..window })?;
        }
        let seal_until = rotation.seal_for.map(|time| from.plus(time.as_secs()));
        work.add(key, Window { seal_from: Some(from), seal_until, ..Window::default() })?;
        *self = work;
        Ok(Rotated { new: key.id(), from, old: old.map(|(kid, _)| kid) })
    }

    /// Revokes the key `kid`; false if it was revoked before.
    ///
    /// # Errors
    ///
    /// [`RingError`] if there is no such key.
    pub fn revoke(&mut self, kid: KeyId) -> Result<bool, RingError> {
        let window = self.ring().find(kid).map(RingEntry::window).unwrap_or_default();
        self.set_window(kid, Window { revoked: true, ..window })?;
        Ok(!window.revoked)
    }

    /// Takes out every key that a server lets go: those that are revoked, and those whose last
    /// cookie has died at `now`, if none may stay idle for longer than `max_idle`.
    ///
    /// # Errors
    ///
    /// [`RingError`] if no key would be left; nothing is changed.
    pub fn prune(&mut self, now: Timestamp, max_idle: Duration) -> Result<Vec<KeyId>, RingError> {
        let dead = |entry: &&RingEntry| !entry.may_have_cookies(now, max_idle.as_secs());
        let kids: Vec<_> = self.ring().entries().filter(dead).map(RingEntry::kid).collect();
        let mut work = Self::new(self.expose_text())?;
        for kid in &kids {
            work.remove(*kid)?;
        }
        *self = work;
        Ok(kids)
    }
}

impl RingEntry {
    /// Whether a cookie of this key may open at `now` or later, where none lives longer than
    /// `max_idle` seconds without use.
    pub(super) fn may_have_cookies(&self, now: Timestamp, max_idle: u64) -> bool {
        let window = self.window();
        let idle_end = window.seal_until.map(|until| until.plus(SKEW).plus(max_idle));
        let over = [window.open_until, idle_end].into_iter().flatten().any(|end| now >= end);
        !window.revoked && !over
    }
}

fn refuse_haste(ring: &KeyRing, rotation: &Rotation, now: Timestamp) -> Result<(), RotateError> {
    let mut staged = ring.states(now).filter(|(_, state)| *state == KeyState::Staged);
    if let Some((entry, _)) = staged.next() {
        let from = entry.window().seal_from.unwrap_or(now);
        return Err(RotateError::Staged { kid: entry.kid(), from });
    }
    if rotation.after < rotation.fleet_delay {
        return Err(RotateError::TooSoon);
    }
    Ok(())
}

/// The first second from `wanted` on in which no live key begins.
fn free_second(ring: &KeyRing, wanted: Timestamp) -> Timestamp {
    let mut taken: Vec<_> = live(ring).filter_map(|entry| entry.window().seal_from).collect();
    taken.sort_unstable();
    taken.iter().fold(wanted, |free, taken| if free == *taken { free.plus(1) } else { free })
}

/// The newest live key that has begun at `moment`, whether it still seals then or not.
fn newest_at(ring: &KeyRing, moment: Timestamp) -> Option<&RingEntry> {
    live(ring)
        .filter(|entry| entry.window().seal_from <= Some(moment))
        .max_by_key(|entry| entry.window().seal_from)
}

fn live(ring: &KeyRing) -> impl Iterator<Item = &RingEntry> {
    ring.entries().filter(|entry| !entry.window().revoked)
}

impl fmt::Display for RotateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staged { kid, from } => {
                write!(f, "key {kid} waits already, to seal from {}", from.to_date())
            }
            Self::TooSoon => f.write_str("the new key would seal before every server can have it"),
            Self::Ring(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RotateError {}

impl From<RingError> for RotateError {
    fn from(error: RingError) -> Self {
        Self::Ring(error)
    }
}

#[cfg(test)]
mod tests;
