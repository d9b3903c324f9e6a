//! Stepping over encoded values without decoding them: how names change their places.

use alloc::{vec, vec::Vec};

use super::{
    buffer::Buffer,
    values_names::Names,
    values_wire::{self as wire, Cursor, Head},
};
use crate::limits::VALUES_DEPTH;

/// New places for the names still in use, in the order of their first use.
pub(crate) struct Renumbering {
    /// By old place: the new one, once it has one.
    places: Vec<Option<usize>>,
    /// By new place: the old one.
    order: Vec<usize>,
}

impl Renumbering {
    pub(crate) fn new(names: &Names) -> Self {
        Self { places: vec![None; names.len()], order: Vec::with_capacity(names.len()) }
    }

    /// The new place of a name; `None` if there is no such name.
    fn place(&mut self, old: usize) -> Option<usize> {
        let slot = self.places.get_mut(old)?;
        Some(*slot.get_or_insert_with(|| {
            self.order.push(old);
            self.order.len().saturating_sub(1)
        }))
    }

    /// The old places of all names in use, by their new places.
    pub(crate) fn into_order(self) -> Vec<usize> {
        self.order
    }
}

/// Appends `value` with its names renumbered; `None` if its bytes are not one whole value.
///
/// Everything but the places is copied. It needs no recursion: what remains of each list and map
/// around the present value stands on a small stack of its own.
pub(crate) fn renumber(value: &[u8], to: &mut Renumbering, out: &mut Buffer) -> Option<()> {
    let mut cursor = Cursor::new(value);
    let mut open = Open::default();
    let mut copied = 0;
    loop {
        match cursor.head()? {
            Head::List(count) => open.push(count, false)?,
            Head::Map(count) => open.push(count, true)?,
            _ => {}
        }
        match open.next() {
            Some(Next::Value) => {}
            Some(Next::NameAndValue) => {
                out.extend(value.get(copied..cursor.at())?);
                wire::write_len(out, to.place(cursor.length()?)?);
                copied = cursor.at();
            }
            None => {
                out.extend(value.get(copied..)?);
                return cursor.is_empty().then_some(());
            }
        }
    }
}

enum Next {
    Value,
    NameAndValue,
}

/// The lists and maps around the present value.
struct Open {
    /// Of each: the values still to come, and whether a name precedes them.
    stack: [(u16, bool); VALUES_DEPTH],
    depth: usize,
}

impl Default for Open {
    fn default() -> Self {
        Self { stack: [(0, false); VALUES_DEPTH], depth: 0 }
    }
}

impl Open {
    fn push(&mut self, count: usize, names: bool) -> Option<()> {
        *self.stack.get_mut(self.depth)? = (u16::try_from(count).ok()?, names);
        self.depth = self.depth.checked_add(1)?;
        Some(())
    }

    /// What comes after a value; `None` at the end of the outermost.
    fn next(&mut self) -> Option<Next> {
        loop {
            let top = self.depth.checked_sub(1)?;
            let (left, names) = self.stack.get_mut(top)?;
            if let Some(fewer) = left.checked_sub(1) {
                *left = fewer;
                return Some(if *names { Next::NameAndValue } else { Next::Value });
            }
            self.depth = top;
        }
    }
}
