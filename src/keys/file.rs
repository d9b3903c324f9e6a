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

use core::str::FromStr;

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
        for (number, entry) in entries(text) {
            read_entry(entry, number, &mut draft).map_err(|problem| problem.at(number))?;
        }
        draft.finish()
    }
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

/// The entries with their numbers, without comments and without those that are empty.
fn entries(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let one_line = !text.trim_end_matches('\n').contains('\n');
    let numbered = (1..).zip(text.split('\n')).flat_map(move |(line, content)| {
        let parts = (1..).zip(without_comment(content).split(';'));
        parts.map(move |(nth, entry)| (if one_line { nth } else { line }, entry))
    });
    numbered.filter(|(_, entry)| words(entry).next().is_some())
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

fn words(entry: &str) -> impl Iterator<Item = &str> {
    entry.split([' ', '\t']).filter(|word| !word.is_empty())
}

fn read_entry(entry: &str, number: usize, draft: &mut Draft) -> Result<(), RingProblem> {
    let mut words = words(entry);
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
    draft.add(key, window, number)
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
