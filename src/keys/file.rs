//! The text of a ring: one key a line, with its dates.
//!
//! ```text
//! # rotated every quarter
//! not_before=2026-10-01T00:00:00Z
//! ck1_<48 characters>  seal_from=2026-11-01T00:00:00Z  seal_until=2027-02-01T00:15:00Z
//! ck1_<48 characters>  seal_from=2027-02-01T00:00:00Z  # staged
//! ck1_<48 characters>  revoked
//! ```
//!
//! Entries end with their line or with a `;`, so that a ring fits into one environment variable.
//! `#` at the start of an entry or after a blank comments to the end of the line. There is nothing
//! else: no quotes, no continuation, no other separator. A text that is not a ring is refused as
//! a whole, and the error names the line, never what stands in it.

use alloc::vec::Vec;
use core::str::FromStr;

use zeroize::Zeroizing;

use super::{
    date,
    key::Key,
    ring::{Draft, KeyRing, Window},
};
use crate::{
    clock::Timestamp,
    error::{KeyError, RingError, RingProblem},
    limits::RING_TEXT_MAX,
};

/// Reads the text of a ring, the content of a ring file or of an environment variable.
///
/// # Errors
///
/// [`RingError`] with the line, or with the number of the entry where the whole text is one line.
impl FromStr for KeyRing {
    type Err = RingError;

    fn from_str(text: &str) -> Result<Self, RingError> {
        check_text(text)?;
        let mut draft = Draft::new();
        for entry in entries(text) {
            read_entry(&entry, &mut draft).map_err(|problem| problem.at(entry.number))?;
        }
        draft.finish()
    }
}

impl KeyRing {
    /// Everything that is wrong with the text of a ring, where reading it stops at the first fault.
    ///
    /// It is empty exactly for the texts that are rings.
    ///
    /// ```
    /// use cloakroom::keys::KeyRing;
    ///
    /// let lines = |text| KeyRing::problems(text).iter().map(|error| error.line).collect::<Vec<_>>();
    /// assert_eq!(lines("secret\nnot_before=2027-02-01T00:00:00Z\nck1_short"), [Some(1), Some(3)]);
    /// ```
    pub fn problems(text: &str) -> Vec<RingError> {
        let mut found: Vec<RingError> = check_text(text).err().into_iter().collect();
        if text.len() > RING_TEXT_MAX {
            return found;
        }
        // Reported above, once; without them the lines themselves can be read.
        let text = Zeroizing::new(text.trim_start_matches('\u{feff}').replace('\r', ""));
        let mut draft = Draft::new();
        for entry in entries(&text) {
            let read = read_entry(&entry, &mut draft);
            found.extend(read.err().map(|problem| problem.at(entry.number)));
        }
        if found.is_empty() {
            found.extend(draft.finish().err());
        }
        found
    }
}

/// A part of a ring's text that says something, without the comment behind it.
pub(super) struct Entry<'t> {
    /// Its line, or its place where the whole text is one line; from 1.
    pub(super) number: usize,
    /// Where in the text it begins, in bytes.
    pub(super) at: usize,
    /// Its words and the blanks around them.
    pub(super) text: &'t str,
}

fn check_text(text: &str) -> Result<(), RingError> {
    if text.len() > RING_TEXT_MAX {
        return Err(RingError { line: None, problem: RingProblem::TooLong });
    }
    if text.starts_with('\u{feff}') {
        return Err(RingProblem::ByteOrderMark.at(1));
    }
    if text.contains('\r') {
        let before = text.bytes().take_while(|byte| *byte != b'\r');
        return Err(RingProblem::CarriageReturn.at(line_after(before)));
    }
    Ok(())
}

/// The number of the line in which something stands that has `before` before it.
pub(super) fn line_after(before: impl Iterator<Item = u8>) -> usize {
    before.filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// The entries, without comments and without those that are empty.
pub(super) fn entries(text: &str) -> impl Iterator<Item = Entry<'_>> {
    let one_line = !text.trim_end_matches('\n').contains('\n');
    let lines = (1..).zip(pieces(text, 0, &['\n']));
    let numbered = lines.flat_map(move |(line, (at, content))| {
        let parts = (1..).zip(pieces(without_comment(content), at, &[';']));
        parts.map(move |(nth, (at, text))| {
            let number = if one_line { nth } else { line };
            Entry { number, at, text }
        })
    });
    numbered.filter(|entry| words(entry.text, 0).next().is_some())
}

/// The words of an entry that begins at `start`, each with its place in the text.
pub(super) fn words(entry: &str, start: usize) -> impl Iterator<Item = (usize, &str)> {
    pieces(entry, start, &[' ', '\t']).filter(|(_, word)| !word.is_empty())
}

/// What stands between separators of one byte, each piece with its place; `text` begins at `start`.
fn pieces<'t>(
    text: &'t str,
    start: usize,
    separators: &'t [char],
) -> impl Iterator<Item = (usize, &'t str)> {
    let mut next = start;
    text.split(separators).map(move |piece| {
        let at = next;
        next = at.saturating_add(piece.len()).saturating_add(1);
        (at, piece)
    })
}

fn without_comment(line: &str) -> &str {
    let opens = |(at, _): &(usize, &str)| {
        let before = line.as_bytes().get(..*at).and_then(<[u8]>::last);
        matches!(before, None | Some(b' ' | b'\t' | b';'))
    };
    match line.match_indices('#').find(opens) {
        Some((at, _)) => line.get(..at).unwrap_or_default(),
        None => line,
    }
}

fn read_entry(entry: &Entry<'_>, draft: &mut Draft) -> Result<(), RingProblem> {
    let mut words = words(entry.text, entry.at).map(|(_, word)| word);
    let Some(first) = words.next() else { return Ok(()) };

    if let Some(date) = first.strip_prefix("not_before=") {
        if draft.not_before.is_some() {
            return Err(RingProblem::SecondNotBefore);
        }
        draft.not_before = Some(read_date(date)?);
        return words.next().map_or(Ok(()), |_| Err(RingProblem::UnknownWord));
    }

    let key: Key = first.parse().map_err(RingProblem::Key)?;
    if key.is_published() {
        return Err(RingProblem::Key(KeyError::Published));
    }
    let window = read_window(words)?;
    draft.add(key, window, entry.number)
}

fn read_window<'t>(words: impl Iterator<Item = &'t str>) -> Result<Window, RingProblem> {
    let mut window = Window::default();
    for word in words {
        if word == "revoked" {
            if window.revoked {
                return Err(RingProblem::RepeatedWord);
            }
            window.revoked = true;
            continue;
        }
        let (name, date) = word.split_once('=').ok_or(RingProblem::UnknownWord)?;
        let slot = match name {
            "seal_from" => &mut window.seal_from,
            "seal_until" => &mut window.seal_until,
            "open_until" => &mut window.open_until,
            _ => return Err(RingProblem::UnknownWord),
        };
        if slot.replace(read_date(date)?).is_some() {
            return Err(RingProblem::RepeatedWord);
        }
    }
    Ok(window)
}

fn read_date(text: &str) -> Result<Timestamp, RingProblem> {
    date::parse(text).ok_or(RingProblem::Date)
}

#[cfg(test)]
mod tests;
