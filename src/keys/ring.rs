//! A ring of keys with dates: which one seals, and whether another may still open.
//!
//! Order in the ring never matters; the clock decides, and it is an argument of every question.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use super::key::Key;
use crate::{
    clock::Timestamp,
    error::{Rejection, RingError, RingProblem},
    kid::KeyId,
    limits::{RING_KEYS_MAX, SKEW},
};

/// The dates of a key. One that is missing is no bound, so the default seals and opens forever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// From this second the key may seal.
    pub seal_from: Option<Timestamp>,
    /// From this second it no longer seals, and what claims to be sealed later is refused.
    pub seal_until: Option<Timestamp>,
    /// From this second it no longer opens. It needs a `seal_until` that is not after it.
    pub open_until: Option<Timestamp>,
    /// The key neither seals nor opens any more, whatever its dates say.
    pub revoked: bool,
}

/// What a key does at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyState {
    /// It waits for its `seal_from`. It opens already, for clocks that are ahead.
    Staged,
    /// It is the one key that seals.
    Active,
    /// It seals no more, and opens what it sealed in its time.
    Retired,
    /// Its `open_until` has passed.
    Closed,
    /// It is revoked.
    Revoked,
}

/// A key of a ring, with its dates.
#[derive(Debug)]
pub struct RingEntry {
    key: Key,
    window: Window,
    line: usize,
}

/// Up to 16 keys with their dates; a cheap clone that never changes.
///
/// The key that seals at a moment is the one with the greatest `seal_from` that has come and that
/// is not revoked, a missing `seal_from` being the least of all. Once its `seal_until` has come no
/// key seals: an older key is never a fallback. All others open what they sealed in their time.
///
/// A ring is read from text ([`FromStr`](core::str::FromStr)) or built in code.
///
/// ```
/// use cloakroom::{Timestamp, keys::{Key, KeyRing, KeyState, Window}};
///
/// let day = Timestamp::from_unix(1_801_440_000);
/// let ring = KeyRing::builder()
///     .key(Key::generate()?, Window { seal_until: Some(day.plus(900)), ..Window::default() })
///     .key(Key::generate()?, Window { seal_from: Some(day), ..Window::default() })
///     .build()?;
/// let states = |now| ring.states(now).map(|(_, state)| state).collect::<Vec<_>>();
/// assert_eq!(states(day.minus(1)), [KeyState::Active, KeyState::Staged]);
/// assert_eq!(states(day), [KeyState::Retired, KeyState::Active]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// A key id of four bytes finds a key, it does not commit to it. Tenants who do not trust each
/// other need a ring each.
#[derive(Clone)]
pub struct KeyRing(Arc<Inner>);

struct Inner {
    entries: Vec<RingEntry>,
    not_before: Option<Timestamp>,
}

impl KeyRing {
    /// A ring of one key without dates.
    pub fn new(key: Key) -> Self {
        let entry = RingEntry { key, window: Window::default(), line: 1 };
        Self(Arc::new(Inner { entries: Vec::from([entry]), not_before: None }))
    }

    /// Builds a ring of several keys.
    pub fn builder() -> KeyRingBuilder {
        KeyRingBuilder { keys: Vec::new(), not_before: None }
    }

    /// The keys with their dates, in the order in which they were given.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &RingEntry> {
        self.0.entries.iter()
    }

    /// The names of all keys, in the same order.
    pub fn kids(&self) -> impl ExactSizeIterator<Item = KeyId> {
        self.entries().map(RingEntry::kid)
    }

    /// How many keys there are, from 1 to 16.
    #[expect(clippy::len_without_is_empty, reason = "a ring is never empty")]
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Sessions that began before this second are refused, whatever key sealed them.
    pub fn not_before(&self) -> Option<Timestamp> {
        self.0.not_before
    }

    /// The key with this name.
    pub fn find(&self, kid: KeyId) -> Option<&RingEntry> {
        self.entries().find(|entry| entry.kid() == kid)
    }

    /// The key that seals at `now`, if one does.
    pub fn sealing(&self, now: Timestamp) -> Option<&RingEntry> {
        let begun = |window: &Window| !window.revoked && window.seal_from <= Some(now);
        let newest = self
            .entries()
            .filter(|entry| begun(&entry.window))
            .max_by_key(|entry| entry.window.seal_from)?;
        newest.window.seal_until.is_none_or(|until| now < until).then_some(newest)
    }

    /// The name of the key that seals at `now`.
    pub fn sealing_kid(&self, now: Timestamp) -> Option<KeyId> {
        self.sealing(now).map(RingEntry::kid)
    }

    /// All keys with what they do at `now`.
    pub fn states(&self, now: Timestamp) -> impl ExactSizeIterator<Item = (&RingEntry, KeyState)> {
        let sealing = self.sealing_kid(now);
        self.entries().map(move |entry| {
            let window = &entry.window;
            let state = if window.revoked {
                KeyState::Revoked
            } else if window.open_until.is_some_and(|until| now >= until) {
                KeyState::Closed
            } else if sealing == Some(entry.kid()) {
                KeyState::Active
            } else if window.seal_from.is_some_and(|from| now < from) {
                KeyState::Staged
            } else {
                KeyState::Retired
            };
            (entry, state)
        })
    }

    /// What the key of this name does at `now`.
    pub fn state(&self, kid: KeyId, now: Timestamp) -> Option<KeyState> {
        self.states(now).find(|(entry, _)| entry.kid() == kid).map(|(_, state)| state)
    }

    /// The next date of a key that is not revoked, after `now`.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let live = self.entries().map(|entry| entry.window).filter(|window| !window.revoked);
        live.flat_map(|window| [window.seal_from, window.seal_until, window.open_until])
            .flatten()
            .filter(|date| *date > now)
            .min()
    }

    /// The first second, from `now` on, at which no key seals: the end of the last key, or a gap
    /// between two. `None` if there is always one.
    pub fn seals_until(&self, now: Timestamp) -> Option<Timestamp> {
        // Only the end of a key can leave the ring without one.
        let ends = self.entries().filter_map(|entry| entry.window.seal_until);
        core::iter::once(now)
            .chain(ends.map(|end| end.max(now)))
            .filter(|moment| self.sealing(*moment).is_none())
            .min()
    }
}

impl RingEntry {
    /// The key's name.
    pub fn kid(&self) -> KeyId {
        self.key.id()
    }

    /// The key's dates.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The key itself.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }
}

/// The key rule: whether a cookie sealed at `issued`, of a session begun at `created`, is
/// accepted from this key at `now`. First failure wins.
pub(crate) fn judge(
    entry: &RingEntry,
    issued: Timestamp,
    created: Timestamp,
    now: Timestamp,
    not_before: Option<Timestamp>,
) -> Result<(), Rejection> {
    let window = &entry.window;
    if window.revoked {
        return Err(Rejection::KeyRevoked);
    }
    if window.open_until.is_some_and(|until| now >= until) {
        return Err(Rejection::KeyClosed);
    }
    if not_before.is_some_and(|least| created < least) {
        return Err(Rejection::NotBefore);
    }
    let early = window.seal_from.is_some_and(|from| issued < from.minus(SKEW));
    let late = window.seal_until.is_some_and(|until| issued > until.plus(SKEW));
    if early || late { Err(Rejection::KeyWindow) } else { Ok(()) }
}

/// Collects the keys of a ring; see [`KeyRing::builder`].
#[derive(Debug)]
pub struct KeyRingBuilder {
    keys: Vec<(Key, Window)>,
    not_before: Option<Timestamp>,
}

impl KeyRingBuilder {
    /// Adds a key.
    #[must_use]
    pub fn key(mut self, key: Key, window: Window) -> Self {
        self.keys.push((key, window));
        self
    }

    /// Refuses sessions that began before `moment`; by default none is refused for its age here.
    #[must_use]
    pub fn not_before(mut self, moment: Timestamp) -> Self {
        self.not_before = Some(moment);
        self
    }

    /// The ring.
    ///
    /// # Errors
    ///
    /// [`RingError`], in which a line is the number of a key, from 1.
    pub fn build(self) -> Result<KeyRing, RingError> {
        let mut draft = Draft { entries: Vec::new(), not_before: self.not_before };
        for (nth, (key, window)) in (1..).zip(self.keys) {
            draft.add(key, window, nth).map_err(|problem| problem.at(nth))?;
        }
        draft.finish()
    }
}

/// A ring in the making: every rule that keys of one ring must keep stands here.
pub(super) struct Draft {
    entries: Vec<RingEntry>,
    pub(super) not_before: Option<Timestamp>,
}

impl Draft {
    pub(super) fn new() -> Self {
        Self { entries: Vec::new(), not_before: None }
    }

    pub(super) fn add(&mut self, key: Key, window: Window, line: usize) -> Result<(), RingProblem> {
        if self.entries.len() >= RING_KEYS_MAX {
            return Err(RingProblem::TooManyKeys);
        }
        if window.seal_until.is_some_and(|until| Some(until) <= window.seal_from) {
            return Err(RingProblem::SealWindow);
        }
        if window.open_until.is_some_and(|open| window.seal_until.is_none_or(|seal| open < seal)) {
            return Err(RingProblem::OpenWindow);
        }
        for other in &self.entries {
            if other.kid() == key.id() {
                return Err(RingProblem::SameKeyId { first: other.line });
            }
            let both_live = !window.revoked && !other.window.revoked;
            if both_live && other.window.seal_from == window.seal_from {
                return Err(RingProblem::SameSealFrom { first: other.line });
            }
        }
        self.entries.push(RingEntry { key, window, line });
        Ok(())
    }

    pub(super) fn finish(self) -> Result<KeyRing, RingError> {
        if self.entries.is_empty() {
            return Err(RingError { line: None, problem: RingProblem::Empty });
        }
        Ok(KeyRing(Arc::new(Inner { entries: self.entries, not_before: self.not_before })))
    }
}

impl RingProblem {
    /// The error of this problem in this line.
    pub(super) const fn at(self, line: usize) -> RingError {
        RingError { line: Some(line), problem: self }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("entries", &self.0.entries)
            .field("not_before", &self.0.not_before)
            .finish()
    }
}

#[cfg(test)]
mod tests;
