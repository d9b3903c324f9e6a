//! What one process knows of the feed.

use alloc::{collections::VecDeque, vec::Vec};
use std::collections::HashMap;

use super::{Cursor, Ended, Feed, SidHash};
use crate::{clock::Timestamp, limits::SKEW};

/// The events of the last two windows, and how far they can be trusted.
#[derive(Default)]
pub(super) struct Local {
    sessions: HashMap<SidHash, Timestamp>,
    subjects: HashMap<Vec<u8>, (u32, Timestamp)>,
    /// When each of them came, the oldest first.
    arrivals: VecDeque<(Timestamp, Ended)>,
    cursor: Option<Cursor>,
    /// Nothing that happened from here on is missing, but for what is still under way.
    complete_since: Option<Timestamp>,
    /// When the last answer of the feed was asked for.
    fresh_at: Option<Timestamp>,
    /// When somebody last asked, and whether that is still under way.
    asked_at: Option<Timestamp>,
    asking: bool,
}

impl Local {
    /// Whether it is time to ask the feed again; then the caller asks, and says what came of it.
    ///
    /// Once in a second. Any other second than the last is another one: a clock that was set back does not
    /// stop the feed.
    pub(super) fn begin(&mut self, now: Timestamp) -> Option<Option<Cursor>> {
        if self.asking || self.asked_at == Some(now) {
            return None;
        }
        (self.asking, self.asked_at) = (true, Some(now));
        Some(self.cursor)
    }

    /// Whoever was asking is not any more.
    pub(super) fn end(&mut self) {
        self.asking = false;
    }

    /// Takes in an answer that was asked for at `asked`, and forgets what is older than `keep` seconds.
    pub(super) fn take(&mut self, feed: Feed, asked: Timestamp, keep: u64) {
        for event in feed.events {
            self.note(event, asked);
        }
        if let Some(since) = feed.complete_since {
            self.complete_since = Some(since);
        }
        (self.cursor, self.fresh_at) = (Some(feed.cursor), Some(asked));
        let oldest = asked.minus(keep);
        // What is forgotten here is not known any more, also if the clock is set back.
        self.complete_since = self.complete_since.map(|since| since.max(oldest));
        while self.arrivals.front().is_some_and(|(at, _)| *at < oldest) {
            match self.arrivals.pop_front() {
                Some((at, Ended::Session(session))) if self.sessions.get(&session) == Some(&at) => {
                    self.sessions.remove(&session);
                }
                Some((at, Ended::Subject(subject, _)))
                    if self.subjects.get(&subject).is_some_and(|(_, last)| *last == at) =>
                {
                    self.subjects.remove(&subject);
                }
                _ => {}
            }
        }
    }

    /// Notes something that ended.
    pub(super) fn note(&mut self, event: Ended, now: Timestamp) {
        match &event {
            Ended::Session(session) => {
                if self.sessions.insert(*session, now) == Some(now) {
                    return;
                }
            }
            Ended::Subject(subject, epoch) => {
                let known = self.subjects.entry(subject.clone()).or_insert((*epoch, now));
                *known = (known.0.max(*epoch), now);
            }
        }
        self.arrivals.push_back((now, event));
    }

    /// Whether it is known that the session ended.
    pub(super) fn has(&self, session: &SidHash, subject: Option<(&[u8], u32)>) -> bool {
        let passed = |(subject, epoch)| {
            self.subjects.get(subject).is_some_and(|(present, _)| epoch < *present)
        };
        self.sessions.contains_key(session) || subject.is_some_and(passed)
    }

    /// Whether all that ended since `checked` is known here, but for the last `lag` seconds.
    pub(super) fn covers(&self, checked: Timestamp, now: Timestamp, lag: u64) -> bool {
        let fresh = self.fresh_at.is_some_and(|at| at <= now && now.since(at) < lag);
        // The clock of the authority and that of the process that checked may differ.
        fresh && self.complete_since.is_some_and(|since| since.plus(SKEW) <= checked)
    }

    /// How many events it holds.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.arrivals.len()
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_unix(1_790_000_000 + second)
    }

    fn sid(byte: u8) -> SidHash {
        SidHash::from_bytes([byte; 16])
    }

    fn feed(events: Vec<Ended>, complete_since: Option<Timestamp>) -> Feed {
        Feed { events, cursor: Cursor(7, 0), complete_since }
    }

    #[test]
    fn before_the_first_answer_nothing_is_covered() {
        let local = Local::default();
        assert!(!local.covers(at(100), at(100), 5));
    }

    #[test]
    fn what_was_checked_before_the_feed_begins_is_not_covered() {
        let mut local = Local::default();
        local.take(feed(vec![], Some(at(0))), at(100), 1800);
        assert!(!local.covers(at(59), at(100), 5) && local.covers(at(60), at(100), 5));
        // A gap moves the beginning.
        local.take(feed(vec![], Some(at(200))), at(300), 1800);
        assert!(!local.covers(at(259), at(300), 5) && local.covers(at(260), at(300), 5));
        local.take(feed(vec![], None), at(301), 1800);
        assert!(local.covers(at(260), at(301), 5));
    }

    #[test]
    fn an_answer_is_fresh_for_less_than_the_lag_and_never_from_the_future() {
        let mut local = Local::default();
        local.take(feed(vec![], Some(at(0))), at(100), 1800);
        assert!(local.covers(at(90), at(104), 5) && !local.covers(at(90), at(105), 5));
        assert!(!local.covers(at(90), at(99), 5), "the clock was set back");
    }

    #[test]
    fn one_asks_at_a_time_and_once_a_second() {
        let mut local = Local::default();
        assert_eq!(local.begin(at(1)), Some(None));
        assert_eq!(local.begin(at(2)), None);
        local.take(feed(vec![], Some(at(0))), at(1), 1800);
        local.end();
        assert_eq!(local.begin(at(1)), None);
        assert_eq!(local.begin(at(2)), Some(Some(Cursor(7, 0))));
        local.end();
        assert_eq!(local.begin(at(1)), Some(Some(Cursor(7, 0))), "the clock was set back");
    }

    #[test]
    fn an_event_is_known_for_as_long_as_it_is_kept_and_the_newest_epoch_counts() {
        let mut local = Local::default();
        let ada = |epoch| Ended::Subject(b"ada".to_vec(), epoch);
        local.take(feed(vec![Ended::Session(sid(1)), ada(5), ada(4)], Some(at(0))), at(10), 100);
        assert!(local.has(&sid(1), None) && !local.has(&sid(2), None));
        assert!(local.has(&sid(2), Some((b"ada", 4))) && !local.has(&sid(2), Some((b"ada", 5))));
        assert!(!local.has(&sid(2), Some((b"bob", 0))));
        local.take(feed(vec![Ended::Session(sid(1))], None), at(60), 100);
        local.take(feed(vec![], None), at(111), 100);
        assert!(local.has(&sid(1), None), "it came again at 60");
        assert!(!local.has(&sid(2), Some((b"ada", 4))));
        local.take(feed(vec![], None), at(161), 100);
        assert!(!local.has(&sid(1), None) && local.len() == 0);
    }

    #[test]
    fn what_was_forgotten_while_the_clock_was_ahead_is_not_covered_when_it_is_set_back() {
        let mut local = Local::default();
        local.take(feed(vec![Ended::Session(sid(1))], Some(at(0))), at(10_000), 1800);
        local.take(feed(vec![], None), at(12_000), 1800);
        local.take(feed(vec![], None), at(10_001), 1800);
        assert!(!local.has(&sid(1), None));
        assert!(!local.covers(at(9_999), at(10_001), 5), "the authority has to be asked");
        local.take(feed(vec![], None), at(12_100), 1800);
        assert!(local.covers(at(12_000), at(12_100), 5));
    }
}
