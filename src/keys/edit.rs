//! Changes to the text of a ring that keep what a person wrote in it.
//!
//! Only the words that change are replaced: comments, the order of lines and words, and the blanks
//! between them stay as they are. Every change is checked as a whole ring before it counts.

use alloc::{format, string::String, vec::Vec};
use core::{fmt, ops::Range};

use zeroize::Zeroizing;

use super::{
    date,
    file::{Entry, entries, words},
    key::Key,
    ring::{KeyRing, Window},
};
use crate::{
    clock::Timestamp,
    error::{RingError, RingProblem},
    kid::KeyId,
};

/// The text of a ring that is being changed; wiped when dropped, and it prints no key.
///
/// A change that would not leave a ring is refused, and changes nothing.
///
/// ```
/// use cloakroom::{Timestamp, keys::{Key, RingEdit, Window}};
///
/// let (old, new) = (Key::generate()?, Key::generate()?);
/// let mut edit = RingEdit::new(&format!("{}  # made by Ada\n", *old.expose_text()))?;
/// let day = Timestamp::from_unix(1_801_440_000);
/// edit.add(&new, Window { seal_from: Some(day), ..Window::default() })?;
/// edit.set_window(old.id(), Window { seal_until: Some(day.plus(900)), ..Window::default() })?;
///
/// let lines: Vec<_> = edit.expose_text().lines().collect();
/// assert!(lines[0].ends_with("  seal_until=2027-02-01T00:15:00Z  # made by Ada"));
/// assert!(lines[1].ends_with("  seal_from=2027-02-01T00:00:00Z"));
/// assert_eq!(edit.ring().sealing_kid(day), Some(new.id()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RingEdit {
    text: Zeroizing<String>,
    ring: KeyRing,
}

impl RingEdit {
    /// Begins with this text.
    ///
    /// # Errors
    ///
    /// [`RingError`] if it is not a ring.
    pub fn new(text: &str) -> Result<Self, RingError> {
        Self::checked(Zeroizing::new(String::from(text)))
    }

    /// Begins with one key.
    ///
    /// # Errors
    ///
    /// [`RingError`] for dates that a key cannot have.
    pub fn of(key: &Key, window: Window) -> Result<Self, RingError> {
        Self::checked(line(key, window))
    }

    /// The ring that the text stands for now.
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// The text as it stands now.
    ///
    /// # Security
    ///
    /// All keys are in it.
    pub fn expose_text(&self) -> &str {
        &self.text
    }

    /// Adds a key on a line of its own at the end.
    ///
    /// # Errors
    ///
    /// [`RingError`] if that is no ring: a seventeenth key, the same `seal_from` as another key.
    pub fn add(&mut self, key: &Key, window: Window) -> Result<(), RingError> {
        let mut added = Zeroizing::new(String::with_capacity(LINE_CAPACITY));
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            added.push('\n');
        }
        added.push_str(&line(key, window));
        let end = self.text.len();
        self.replace(end..end, &added)
    }

    /// Gives the key `kid` these dates in place of all that it has.
    ///
    /// # Errors
    ///
    /// [`RingError`] if there is no such key, or that is no ring.
    pub fn set_window(&mut self, kid: KeyId, window: Window) -> Result<(), RingError> {
        let entry = self.find(kid)?;
        let range = entry.range();
        let new = with_window(entry.text, window);
        self.replace(range, &new)
    }

    /// Takes the key `kid` out, its line with it unless something else stands there.
    ///
    /// # Errors
    ///
    /// [`RingError`] if there is no such key, or it is the only one.
    pub fn remove(&mut self, kid: KeyId) -> Result<(), RingError> {
        let range = self.with_surroundings(&self.find(kid)?);
        self.replace(range, "")
    }

    /// Sets the moment before which sessions must not have begun, or takes it away.
    ///
    /// # Errors
    ///
    /// [`RingError`] for a moment past the year 36 812.
    pub fn set_not_before(&mut self, moment: Option<Timestamp>) -> Result<(), RingError> {
        let word = moment.map(|moment| format!("not_before={}", date::format(moment)));
        let found = entries(&self.text).find_map(|entry| {
            let (at, word) = words(entry.text, entry.at).next()?;
            word.starts_with("not_before=").then(|| (entry, at..at.saturating_add(word.len())))
        });
        match (found, word) {
            (Some((_, range)), Some(word)) => self.replace(range, &word),
            (Some((entry, _)), None) => self.replace(self.with_surroundings(&entry), ""),
            (None, Some(word)) => self.replace(0..0, &format!("{word}\n")),
            (None, None) => Ok(()),
        }
    }

    fn checked(text: Zeroizing<String>) -> Result<Self, RingError> {
        let ring = text.parse()?;
        Ok(Self { text, ring })
    }

    fn replace(&mut self, range: Range<usize>, with: &str) -> Result<(), RingError> {
        *self = Self::checked(spliced(&self.text, range, with))?;
        Ok(())
    }

    fn find(&self, kid: KeyId) -> Result<Entry<'_>, RingError> {
        let is_it = |entry: &Entry<'_>| {
            let key = words(entry.text, 0).next().and_then(|(_, word)| word.parse::<Key>().ok());
            key.is_some_and(|key| key.id() == kid)
        };
        let missing = RingError { line: None, problem: RingProblem::NoSuchKey { kid } };
        entries(&self.text).find(is_it).ok_or(missing)
    }

    /// The entry with the `;` or the line end that goes with it; a comment beside it stays.
    fn with_surroundings(&self, entry: &Entry<'_>) -> Range<usize> {
        let Range { start, end } = entry.range();
        let before = self.text.get(..start).unwrap_or_default();
        let after = self.text.get(end..).unwrap_or_default();
        match after.chars().next() {
            Some('#') => start..end,
            _ if before.ends_with(';') => start.saturating_sub(1)..end,
            Some(_) => start..end.saturating_add(1),
            None => start..end,
        }
    }
}

impl Entry<'_> {
    fn range(&self) -> Range<usize> {
        self.at..self.at.saturating_add(self.text.len())
    }
}

impl fmt::Debug for RingEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingEdit").field("ring", &self.ring).finish_non_exhaustive()
    }
}

/// Room for a key, all its words and a line end, so that no buffer with a key in it is moved.
const LINE_CAPACITY: usize = 256;

/// The line of a key.
fn line(key: &Key, window: Window) -> Zeroizing<String> {
    let mut line = with_window(&key.expose_text(), window);
    // Within the capacity that `with_window` leaves.
    line.push('\n');
    line
}

/// The entry with these dates, and everything else in it as it was.
fn with_window(entry: &str, window: Window) -> Zeroizing<String> {
    let mut entry = spliced(entry, 0..0, "");
    let dates = [
        ("seal_from", window.seal_from),
        ("seal_until", window.seal_until),
        ("open_until", window.open_until),
    ];
    for (name, date) in dates {
        let spelled = date.map(|date| format!("{name}={}", date::format(date)));
        let is_it = |word: &str| word.split_once('=').is_some_and(|(first, _)| first == name);
        let says_it =
            |word: &str| word.split_once('=').is_some_and(|(_, text)| date::parse(text) == date);
        entry = with_word(&entry, spelled.as_deref(), is_it, says_it);
    }
    let revoked = |word: &str| word == "revoked";
    with_word(&entry, window.revoked.then_some("revoked"), revoked, revoked)
}

/// The entry with this word in place of the one that `is_it`, unless that one already `says_it`.
fn with_word(
    entry: &str,
    word: Option<&str>,
    is_it: impl Fn(&str) -> bool,
    says_it: impl Fn(&str) -> bool,
) -> Zeroizing<String> {
    let end_of = |(at, word): (usize, &str)| at.saturating_add(word.len());
    let found: Vec<_> = words(entry, 0).collect();
    let old = found.iter().position(|(_, old)| is_it(old));
    let before = old.map_or(found.len(), |nth| nth).checked_sub(1).and_then(|n| found.get(n));
    let gap = before.copied().map_or(0, end_of);
    match (old.and_then(|nth| found.get(nth)), word) {
        (Some((_, old)), Some(_)) if says_it(old) => spliced(entry, 0..0, ""),
        (Some(&(at, old)), Some(word)) => spliced(entry, at..end_of((at, old)), word),
        // The blanks before a word go with it.
        (Some(&old), None) => spliced(entry, gap..end_of(old), ""),
        (None, Some(word)) => spliced(entry, gap..gap, &format!("  {word}")),
        (None, None) => spliced(entry, 0..0, ""),
    }
}

/// A copy of `text` with `new` in place of `range`, in a buffer that has room for a line more.
fn spliced(text: &str, range: Range<usize>, new: &str) -> Zeroizing<String> {
    let room = text.len().saturating_add(new.len()).saturating_add(LINE_CAPACITY);
    let mut out = Zeroizing::new(String::with_capacity(room));
    out.push_str(text.get(..range.start).unwrap_or_default());
    out.push_str(new);
    out.push_str(text.get(range.end..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests;
