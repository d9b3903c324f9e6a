//! The names that maps inside values use: each stands once per session, and maps cite its place.

use alloc::{string::String, vec::Vec};

use super::{
    buffer::{Buffer, Text, wipe},
    forms,
    values_wire::{self as wire, Cursor},
};

/// A stretch of a buffer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) len: usize,
}

impl Span {
    pub(crate) fn between(start: usize, end: usize) -> Self {
        Self { start, len: end.saturating_sub(start) }
    }

    pub(crate) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start..self.start.saturating_add(self.len)).unwrap_or_default()
    }

    pub(crate) fn of_text(self, text: &str) -> Option<&str> {
        text.get(self.start..self.start.saturating_add(self.len))
    }
}

/// A growing table of distinct names.
#[derive(Clone, Default)]
pub(crate) struct Names {
    /// The names as text and as string values, one after the other.
    text: Text,
    packed: Buffer,
    names: Vec<Name>,
    /// The places, ordered by the lengths of their names and then by their text.
    sorted: Vec<usize>,
    /// The place after the one cited last: where fields of a struct usually go on.
    next: usize,
}

#[derive(Clone, Copy)]
struct Name {
    text: Span,
    packed: Span,
}

impl Names {
    /// The table that `table` holds; `None` unless it is a row of distinct names.
    pub(crate) fn open(table: &[u8]) -> Option<Self> {
        let mut names = Self::default();
        if table.is_empty() {
            return Some(names);
        }
        let mut text = Buffer::with_capacity(table.len().saturating_mul(2));
        let mut cursor = Cursor::new(table);
        while !cursor.is_empty() {
            let (start, from) = (cursor.at(), text.len());
            let (form, payload) = cursor.string()?;
            forms::append(form, payload, &mut text)?;
            names.names.push(Name {
                text: Span::between(from, text.len()),
                packed: Span::between(start, cursor.at()),
            });
        }
        names.text = into_text(text)?;
        names.packed.extend(table);
        for place in 0..names.names.len() {
            // A name that does not begin and end between two characters is not text by itself.
            let Err(rank) = names.search(names.get(place)?) else { return None };
            names.sorted.insert(rank, place);
        }
        Some(names)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The name at `place`.
    pub(crate) fn get(&self, place: usize) -> Option<&str> {
        self.names.get(place)?.text.of_text(self.text.as_str())
    }

    /// The whole table, names that nobody cites any more included.
    pub(crate) fn table(&self) -> &[u8] {
        self.packed.as_slice()
    }

    /// The name at `place` as it stands in the table.
    pub(crate) fn packed(&self, place: usize) -> Option<&[u8]> {
        Some(self.names.get(place)?.packed.of(self.packed.as_slice()))
    }

    /// The place of `name`, which is added if it is new.
    pub(crate) fn place_of(&mut self, name: &str) -> usize {
        let place = if self.get(self.next) == Some(name) {
            self.next
        } else {
            match self.search(name) {
                Ok(rank) => self.sorted.get(rank).copied().unwrap_or_default(),
                Err(rank) => self.add(rank, name),
            }
        };
        self.next = place.saturating_add(1);
        place
    }

    /// Forgets the names from `len` on.
    pub(crate) fn truncate(&mut self, len: usize) {
        let Some(first) = self.names.get(len).copied() else { return };
        self.names.truncate(len);
        self.text.truncate(first.text.start);
        self.packed.truncate(first.packed.start);
        self.sorted.retain(|place| *place < len);
    }

    fn add(&mut self, rank: usize, name: &str) -> usize {
        let place = self.names.len();
        let text = Span { start: self.text.as_str().len(), len: name.len() };
        self.text.push_str(name);
        let start = self.packed.len();
        wire::write_string(&mut self.packed, name);
        self.names.push(Name { text, packed: Span::between(start, self.packed.len()) });
        self.sorted.insert(rank, place);
        place
    }

    fn search(&self, name: &str) -> Result<usize, usize> {
        let rank_of = |place: &usize| self.get(*place).unwrap_or_default();
        self.sorted.binary_search_by(|place| {
            let other = rank_of(place);
            other.len().cmp(&name.len()).then_with(|| other.cmp(name))
        })
    }
}

/// The names that one map has cited so far.
#[derive(Default)]
pub(crate) struct Cited {
    /// A bit for each of the first places, which is all that most sessions have.
    first: u128,
    others: Vec<usize>,
}

impl Cited {
    /// Whether `place` is new.
    pub(crate) fn add(&mut self, place: usize) -> bool {
        let bit = u32::try_from(place).ok().and_then(|place| 1_u128.checked_shl(place));
        match bit {
            Some(bit) => {
                let new = self.first & bit == 0;
                self.first |= bit;
                new
            }
            None => {
                let new = !self.others.contains(&place);
                self.others.push(place);
                new
            }
        }
    }
}

/// The bytes as text, without a copy; `None` if they are not UTF-8.
pub(crate) fn into_text(bytes: Buffer) -> Option<Text> {
    match String::from_utf8(bytes.into_vec()) {
        Ok(text) => Some(Text::from_string(text)),
        Err(error) => {
            wipe(error.into_bytes());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_name_keeps_its_place_and_new_ones_follow() {
        let mut names = Names::default();
        assert_eq!(["b", "a", "c", "b", "a"].map(|name| names.place_of(name)), [0, 1, 2, 0, 1]);
        assert_eq!([0, 1, 2].map(|place| names.get(place)), [Some("b"), Some("a"), Some("c")]);
        assert_eq!(names.get(3), None);
    }

    #[test]
    fn a_table_reads_back_as_it_was_written() {
        let mut names = Names::default();
        for n in 0..300 {
            assert_eq!(names.place_of(&format!("name {n}")), n);
        }
        let table: Vec<u8> = (0..300).flat_map(|n| names.packed(n).unwrap().to_vec()).collect();
        assert_eq!(table.len(), names.table().len());
        let mut opened = Names::open(&table).unwrap();
        assert!((0..300).all(|n| opened.place_of(&format!("name {n}")) == n));
        assert_eq!(opened.place_of("new"), 300);
    }

    #[test]
    fn forgetting_leaves_what_was_there_before() {
        let mut names = Names::default();
        names.place_of("m");
        names.place_of("z");
        names.place_of("a");
        names.truncate(1);
        assert_eq!((names.len(), names.table().len(), names.text.as_str()), (1, 2, "m"));
        assert_eq!([names.place_of("a"), names.place_of("m")], [1, 0]);
        names.truncate(9);
        assert_eq!(names.len(), 2);
    }

    #[test]
    fn a_map_cites_a_name_once_wherever_it_stands() {
        let mut cited = Cited::default();
        assert!([0, 127, 128, 5_000].into_iter().all(|place| cited.add(place)));
        assert!(![0, 127, 128, 5_000].into_iter().any(|place| cited.add(place)));
    }
}
