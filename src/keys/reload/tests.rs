use std::{
    format,
    string::{String, ToString},
    thread,
};

use super::*;
use crate::keys::{Key, RingText};

type Answer = Result<String, SourceError>;

/// A source that a test can change, and that counts how often it is asked.
#[derive(Clone)]
struct Desk(Arc<(Mutex<Answer>, AtomicU64)>);

impl Desk {
    fn new(text: &str) -> Self {
        Self(Arc::new((Mutex::new(Ok(text.to_string())), AtomicU64::new(0))))
    }

    fn put(&self, answer: Answer) {
        *self.0.0.lock().unwrap() = answer;
    }

    fn asked(&self) -> u64 {
        self.0.1.load(Ordering::SeqCst)
    }

    fn watched(&self) -> Ring {
        Ring::watch(self.clone(), Duration::from_secs(10)).unwrap()
    }
}

impl KeySource for Desk {
    fn load(&self) -> Result<RingText, SourceError> {
        self.0.1.fetch_add(1, Ordering::SeqCst);
        self.0.0.lock().unwrap().as_ref().map(|text| RingText::new(text)).map_err(|error| *error)
    }
}

fn key(number: u8) -> String {
    let master = sha256(&[b"reload", &[number]]);
    Key::from_bytes(master).unwrap().expose_text().to_string()
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_unix(second)
}

const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);

#[test]
fn a_changed_text_is_taken_up_once_the_interval_is_over() {
    let desk = Desk::new(&key(1));
    let ring = desk.watched();
    assert_eq!((ring.refresh(NOW), desk.asked()), (Vec::new(), 2));

    desk.put(Ok(format!("{}\n{} seal_from=1790086400", key(1), key(2))));
    assert_eq!((ring.refresh(NOW.plus(9)), desk.asked()), (Vec::new(), 2));
    assert_eq!((ring.current().len(), ring.generation()), (1, 0));

    assert_eq!(ring.refresh(NOW.plus(10)), [RingNote::Reloaded]);
    assert_eq!((ring.current().len(), ring.generation(), desk.asked()), (2, 1, 3));
    assert_eq!((ring.refresh(NOW.plus(20)), ring.generation()), (Vec::new(), 1));
}

#[test]
fn of_many_requests_in_one_second_one_asks() {
    let desk = Desk::new(&key(1));
    let ring = desk.watched();
    for _ in 0..5 {
        ring.refresh(NOW);
    }
    assert_eq!(desk.asked(), 2);
}

#[test]
fn a_clock_that_was_set_back_does_not_stop_reloads() {
    let desk = Desk::new(&key(1));
    let ring = desk.watched();
    ring.refresh(NOW);
    let asked = desk.asked();
    ring.refresh(NOW.minus(100_000));
    assert_eq!(desk.asked(), asked + 1);
}

#[test]
fn a_bad_text_leaves_the_last_good_ring_and_is_reported_once() {
    let desk = Desk::new(&key(1));
    let ring = desk.watched();
    desk.put(Ok(format!("{}\nnonsense", key(1))));
    let error = "x".parse::<KeyRing>().unwrap_err().problem.at(2);
    assert_eq!(ring.refresh(NOW), [RingNote::Refused(error)]);
    assert_eq!(ring.refresh(NOW.plus(10)), []);
    assert_eq!((ring.current().len(), ring.generation()), (1, 0));
    assert_eq!(ring.health(NOW).problem, Some(SourceError::Ring(error)));
    assert!(!ring.health(NOW).is_good());

    // Another text with the same fault is news; the good text again ends the trouble.
    desk.put(Ok(format!("{}\nrubbish", key(1))));
    assert_eq!(ring.refresh(NOW.plus(20)), [RingNote::Refused(error)]);
    desk.put(Ok(key(1)));
    assert_eq!((ring.refresh(NOW.plus(30)), ring.generation()), (Vec::new(), 0));
    assert!(ring.health(NOW).is_good());
}

#[test]
fn a_source_that_fails_leaves_the_last_good_ring_and_is_reported_once() {
    let desk = Desk::new(&key(1));
    let ring = desk.watched();
    let gone = SourceError::Io(std::io::ErrorKind::NotFound);
    desk.put(Err(gone));
    assert_eq!(ring.refresh(NOW), [RingNote::SourceFailed(gone)]);
    assert_eq!(ring.refresh(NOW.plus(10)), []);
    assert_eq!((ring.current().len(), ring.health(NOW).problem), (1, Some(gone)));
    desk.put(Ok(key(1)));
    assert_eq!(ring.refresh(NOW.plus(20)), []);
    assert!(ring.health(NOW).is_good());
}

#[test]
fn there_is_no_start_without_a_good_ring() {
    let start = |answer| {
        let desk = Desk::new("");
        desk.put(answer);
        Ring::watch(desk, Duration::from_secs(1)).map(|_| ()).unwrap_err()
    };
    assert_eq!(start(Err(SourceError::NotSet)), SourceError::NotSet);
    assert!(matches!(start(Ok(String::new())), SourceError::Ring(_)));
}

#[test]
fn a_key_whose_cookies_may_live_cannot_leave_unless_forced() {
    let desk = Desk::new(&format!("{}\n{} seal_from=9", key(1), key(2)));
    let ring = desk.watched();
    let kid = key(1).parse::<Key>().unwrap().id();
    desk.put(Ok(format!("{} seal_from=9", key(2))));
    let dropped = RingError { line: None, problem: RingProblem::DroppedKey { kid } };
    assert_eq!(ring.refresh(NOW), [RingNote::Refused(dropped)]);
    assert_eq!(ring.current().len(), 2);

    assert_eq!(ring.force_reload(NOW), Ok(Vec::from([RingNote::Reloaded])));
    assert_eq!((ring.current().len(), ring.generation()), (1, 1));
    desk.put(Err(SourceError::NotSet));
    assert_eq!(ring.force_reload(NOW), Err(SourceError::NotSet));
    assert_eq!(ring.current().len(), 1);
}

#[test]
fn a_key_may_leave_in_the_very_second_in_which_its_last_cookie_dies() {
    let may_leave = |dates: &str, now| {
        let old: KeyRing = format!("{}\n{} {dates}", key(1), key(2)).parse().unwrap();
        let new: KeyRing = key(1).parse().unwrap();
        keeps_live_keys(&old, &new, at(now), 1000).is_ok()
    };
    // seal_until + 60 + max_idle
    assert!(!may_leave("seal_from=1 seal_until=500", 1559));
    assert!(may_leave("seal_from=1 seal_until=500", 1560));
    // open_until, if that is earlier
    assert!(!may_leave("seal_from=1 seal_until=500 open_until=900", 899));
    assert!(may_leave("seal_from=1 seal_until=500 open_until=900", 900));
    assert!(may_leave("seal_from=1 seal_until=500 open_until=9000", 1560));
    // A missing date is never; a revoked key may go at once; a staged one counts as any other.
    assert!(!may_leave("seal_from=1", u64::MAX));
    assert!(may_leave("seal_from=1 revoked", 0));
    assert!(!may_leave("seal_from=5000", 0));
}

#[test]
fn a_refused_drop_is_taken_up_when_time_allows_it() {
    let desk = Desk::new(&format!("{} seal_until=1790000000\n{} seal_from=9", key(1), key(2)));
    let ring = desk.watched();
    ring.used_with(100);
    desk.put(Ok(format!("{} seal_from=9", key(2))));
    assert!(matches!(ring.refresh(NOW.plus(159))[..], [RingNote::Refused(_)]));
    assert_eq!(ring.refresh(NOW.plus(169)), [RingNote::Reloaded]);
    assert!(ring.health(NOW.plus(169)).is_good());
}

#[test]
fn the_end_of_the_ring_is_announced_once_and_fourteen_days_before() {
    let end = NOW.plus(1_209_600);
    let desk = Desk::new(&format!("{} seal_until={}", key(1), end.as_unix()));
    let fixed = Ring::fixed(desk.watched().current());
    for ring in [desk.watched(), fixed] {
        assert_eq!((ring.refresh(NOW), ring.health(NOW).ends), (Vec::new(), None));
        assert_eq!(ring.health(NOW.plus(1)).ends, Some(end));
        assert_eq!(ring.refresh(NOW.plus(60)), [RingNote::EndsSoon { at: end }]);
        assert_eq!(ring.refresh(NOW.plus(120)), []);
        assert!(!ring.health(NOW.plus(120)).is_good());
        assert_eq!(ring.refresh(end), []);
        assert_eq!(ring.refresh(end.plus(60)), []);
    }
}

#[test]
fn a_ring_that_has_ended_is_announced_once_and_not_every_second() {
    let ring = Desk::new(&format!("{} seal_until=1790000000", key(1))).watched();
    assert_eq!(ring.refresh(NOW), [RingNote::EndsSoon { at: NOW }]);
    assert_eq!(ring.refresh(NOW.plus(10)), []);
    assert_eq!(ring.health(NOW.plus(10)).ends, Some(NOW.plus(10)));
}

#[test]
fn a_reload_on_demand_does_not_wait_for_the_interval_and_forces_nothing() {
    let desk = Desk::new(&key(1));
    let ring = desk.watched();
    ring.refresh(NOW);
    desk.put(Ok(format!("{}\n{} seal_from=9", key(1), key(2))));
    assert_eq!(ring.reload_now(NOW), Ok(Vec::from([RingNote::Reloaded])));
    desk.put(Ok(format!("{} seal_from=9", key(2))));
    let kid = key(1).parse::<Key>().unwrap().id();
    let dropped = RingError { line: None, problem: RingProblem::DroppedKey { kid } };
    assert_eq!(ring.reload_now(NOW), Err(SourceError::Ring(dropped)));
    assert_eq!((ring.current().len(), ring.health(NOW).problem), (2, Some(dropped.into())));
}

#[test]
fn a_group_readable_source_is_noted_once() {
    let text = key(1);
    let open = move || Ok(RingText { group_readable: true, ..RingText::new(&text) });
    let ring = Ring::watch(open, Duration::from_secs(1)).unwrap();
    assert_eq!(ring.refresh(NOW), [RingNote::GroupReadable]);
    assert_eq!(ring.refresh(NOW.plus(60)), []);
}

#[test]
fn a_note_says_what_happened_and_which_ring_is_in_use() {
    let refused = RingError { line: Some(3), problem: RingProblem::UnknownWord };
    for (note, words) in [
        (RingNote::Reloaded, "a new key ring is in use"),
        (
            RingNote::Refused(refused),
            "the last good key ring stays: key ring, line 3: a word that means nothing here",
        ),
        (
            RingNote::SourceFailed(SourceError::Other("no answer")),
            "the last good key ring stays: the source of the key ring failed: no answer",
        ),
        (RingNote::GroupReadable, "the group of the key ring's file may read it"),
        (
            RingNote::EndsSoon { at: NOW },
            "no key seals from 2026-09-21T14:13:20Z on, unless one is added",
        ),
    ] {
        assert_eq!(note.to_string(), words);
    }
}

#[test]
fn while_one_request_reloads_the_others_go_on_with_the_old_ring() {
    let (enter, entered) = std::sync::mpsc::channel();
    let (leave, left) = std::sync::mpsc::channel::<()>();
    let (left, calls) = (Mutex::new(left), AtomicU64::new(0));
    let slow = move || {
        if calls.fetch_add(1, Ordering::SeqCst) == 1 {
            enter.send(()).unwrap();
            left.lock().unwrap().recv().unwrap();
            return Ok(RingText::new(&format!("{}\n{} seal_from=9", key(1), key(2))));
        }
        Ok(RingText::new(&key(1)))
    };
    let ring = Ring::watch(slow, Duration::from_secs(1)).unwrap();
    let worker = thread::spawn({
        let ring = ring.clone();
        move || ring.refresh(NOW)
    });
    entered.recv().unwrap();
    assert_eq!(ring.refresh(NOW.plus(100)), []);
    assert_eq!((ring.current().len(), ring.health(NOW).generation), (1, 0));
    leave.send(()).unwrap();
    assert_eq!(worker.join().unwrap(), [RingNote::Reloaded]);
    assert_eq!((ring.current().len(), ring.snapshot().generation), (2, 1));
}

#[test]
fn a_source_that_panics_stops_neither_the_ring_nor_later_reloads() {
    let calls = AtomicU64::new(0);
    let source = move || match calls.fetch_add(1, Ordering::SeqCst) {
        1 => panic!("the source fell over"),
        _ => Ok(RingText::new(&key(1))),
    };
    let ring = Ring::watch(source, Duration::from_secs(1)).unwrap();
    let worker = thread::spawn({
        let ring = ring.clone();
        move || ring.refresh(NOW)
    });
    assert!(worker.join().is_err());
    assert_eq!((ring.current().len(), ring.refresh(NOW.plus(1))), (1, Vec::new()));
    assert!(ring.health(NOW).is_good());
}

#[test]
fn debug_shows_names_and_dates_and_no_key() {
    let ring = Desk::new(&key(1)).watched();
    let shown = format!("{ring:?}");
    assert!(shown.contains("Key(kid="));
    assert!(!shown.contains(&key(1)[4..12]));
}
