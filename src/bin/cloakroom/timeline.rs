//! A ring drawn as a time line, one row a key.

use cloakroom::{
    KeyRing, Timestamp,
    keys::{KeyState, RingEntry},
};

use crate::{
    list::colour,
    out::{Colour, Style},
    words::DAY,
};

/// Columns before the line: a key id and a blank.
const MARGIN: usize = 9;
/// The span that is drawn around the moment if the ring has no dates.
const WITHOUT_DATES: u64 = 7 * DAY;

/// Draws what each key does from before the first date to after the last, in so many columns.
///
/// A cell shows the state in the middle of its time, so that a window much shorter than a cell may
/// not be seen; the dates above the drawing are exact.
pub(crate) fn draw(ring: &KeyRing, at: Timestamp, columns: usize, style: Style) -> String {
    let cells = columns.clamp(40, 160).saturating_sub(MARGIN);
    let scale = Scale::of(ring, at, cells);
    let mut out = " ".repeat(MARGIN.saturating_add(scale.cell(at)));
    out += &style.paint(Colour::Dim, "v");
    out.push('\n');

    for entry in ring.entries() {
        out += &format!("{} {}\n", entry.kid(), row(ring, entry, &scale, style).trim_end());
    }
    let (first, last) = (scale.start.to_date(), scale.end.to_date());
    let gap = cells.saturating_sub(first.len()).saturating_sub(last.len());
    out += &" ".repeat(MARGIN);
    out += &style.paint(Colour::Dim, &format!("{first}{}{last}", " ".repeat(gap)));
    out += "\n\n= seals   - opens what it sealed   . waits   x revoked   v this moment\n";
    out
}

fn row(ring: &KeyRing, entry: &RingEntry, scale: &Scale, style: Style) -> String {
    let states = (0..scale.cells).map(|cell| ring.state(entry.kid(), scale.middle(cell)));
    let mut out = String::new();
    let mut run = String::new();
    let mut last = None;
    // A colour is written once for a run of cells.
    for state in states.chain([None]) {
        if state != last {
            out += &last.map_or(String::new(), |state| style.paint(colour(state), &run));
            run.clear();
        }
        run.extend(state.map(sign));
        last = state;
    }
    out
}

const fn sign(state: KeyState) -> char {
    match state {
        KeyState::Staged => '.',
        KeyState::Active => '=',
        KeyState::Retired => '-',
        KeyState::Closed => ' ',
        KeyState::Revoked => 'x',
    }
}

/// Which moment stands in which cell.
struct Scale {
    start: Timestamp,
    end: Timestamp,
    cells: usize,
}

impl Scale {
    fn of(ring: &KeyRing, at: Timestamp, cells: usize) -> Self {
        let windows = ring.entries().map(RingEntry::window);
        let dates = windows.flat_map(|dates| [dates.seal_from, dates.seal_until, dates.open_until]);
        let (first, last) =
            dates.flatten().fold((at, at), |(first, last), date| (first.min(date), last.max(date)));
        // A margin of a twentieth on both sides shows what lies before and after.
        let margin = match last.since(first) {
            0 => WITHOUT_DATES,
            span => (span / 20).max(1),
        };
        Self { start: first.minus(margin), end: last.plus(margin), cells }
    }

    fn cell(&self, moment: Timestamp) -> usize {
        let part = u128::from(moment.since(self.start)).saturating_mul(self.width());
        let cell = part.checked_div(u128::from(self.span())).unwrap_or(0);
        usize::try_from(cell).unwrap_or(0).min(self.cells.saturating_sub(1))
    }

    fn middle(&self, cell: usize) -> Timestamp {
        let halves = u128::try_from(cell).unwrap_or(0).saturating_mul(2).saturating_add(1);
        let part = u128::from(self.span()).saturating_mul(halves);
        let after = part.checked_div(self.width().saturating_mul(2)).unwrap_or(0);
        self.start.plus(u64::try_from(after).unwrap_or(u64::MAX))
    }

    fn span(&self) -> u64 {
        self.end.since(self.start).max(1)
    }

    fn width(&self) -> u128 {
        u128::try_from(self.cells).unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);

    fn scale(start: u64, end: u64, cells: usize) -> Scale {
        Scale { start: Timestamp::from_unix(start), end: Timestamp::from_unix(end), cells }
    }

    #[test]
    fn every_moment_stands_in_the_cell_whose_middle_is_nearest() {
        let scale = scale(1000, 2000, 10);
        assert_eq!(
            (0..10).map(|n| scale.middle(n).as_unix()).collect::<Vec<_>>(),
            [1050, 1150, 1250, 1350, 1450, 1550, 1650, 1750, 1850, 1950]
        );
        for (moment, cell) in [(0, 0), (1000, 0), (1099, 0), (1100, 1), (1999, 9), (9999, 9)] {
            assert_eq!(scale.cell(Timestamp::from_unix(moment)), cell);
        }
    }

    #[test]
    fn times_at_the_ends_of_the_world_can_be_drawn() {
        let scale = scale(0, u64::MAX, 71);
        assert_eq!(scale.cell(Timestamp::from_unix(u64::MAX)), 70);
        assert!(scale.middle(70) > scale.middle(69));
    }

    #[test]
    fn a_ring_without_dates_is_drawn_around_the_moment() {
        let ring = KeyRing::new(cloakroom::Key::generate().unwrap());
        let scale = Scale::of(&ring, NOW, 71);
        assert_eq!((scale.start, scale.end), (NOW.minus(7 * DAY), NOW.plus(7 * DAY)));
        assert_eq!(scale.cell(NOW), 35);
    }
}
