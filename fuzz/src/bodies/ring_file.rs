//! Ring texts: what is read, what it means at any time, and what editing it changes.
//!
//! Input: a ring's text, in which `@0` to `@f` stand for keys, since no fuzzer finds a checksum.

use cloakroom::keys::{KeyRing, KeyState, RingEdit, RingError, Window};
use cloakroom::{Key, KeyId, Timestamp};

use super::tokens::key;

/// A key that no input can name.
const NEW: u64 = 99;

pub fn run(input: &[u8]) {
    let Ok(input) = core::str::from_utf8(input) else { return };
    let mut text = input.to_owned();
    for digit in "0123456789abcdef".chars() {
        let sign = format!("@{digit}");
        if text.contains(&sign) {
            let nth = u64::from(digit.to_digit(16).unwrap());
            text = text.replace(&sign, &key(nth).expose_text());
        }
    }
    dates(&text);

    let problems = KeyRing::problems(&text);
    match text.parse::<KeyRing>() {
        Ok(ring) => {
            assert!(problems.is_empty(), "a ring with problems: {problems:?}");
            tells_no_key(&text, &format!("{ring:?}"));
            means(&ring);
            order_does_not_matter(&text, &ring);
            editing(&text, &ring);
        }
        Err(error) => {
            assert_eq!(problems.first(), Some(&error), "the first problem is another");
            for problem in &problems {
                names_a_line(&text, problem);
                tells_no_key(&text, &format!("{problem} {problem:?}"));
            }
            assert_eq!(RingEdit::new(&text).err(), Some(error));
        }
    }
}

/// A date that is read is written in a form that reads as the same.
fn dates(text: &str) {
    for word in text.split([' ', '\t', '\n', ';', '=']) {
        if let Some(date) = Timestamp::from_date(word) {
            assert_eq!(Timestamp::from_date(&date.to_date()), Some(date));
            assert!(word == date.to_date() || word.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}

fn names_a_line(text: &str, error: &RingError) {
    let most = text.split('\n').count().max(text.split(';').count());
    assert!(error.line.is_none_or(|line| (1..=most).contains(&line)), "{error:?}");
}

/// Nothing of a key but its id is in what is shown.
fn tells_no_key(text: &str, shown: &str) {
    for (at, _) in text.match_indices("ck1_") {
        if let Some(part) = text.get(at + 4..at + 16) {
            assert!(!shown.contains(part), "a part of a key is shown");
        }
    }
}

/// The keys by name with their dates, and the ring's own.
type Summary = (Vec<(KeyId, Window)>, Option<Timestamp>);

fn summary(ring: &KeyRing) -> Summary {
    let mut keys: Vec<_> = ring.entries().map(|entry| (entry.kid(), entry.window())).collect();
    keys.sort_by_key(|(kid, _)| *kid);
    (keys, ring.not_before())
}

/// Every moment at which something can change, and the seconds around it.
fn moments(ring: &KeyRing) -> Vec<Timestamp> {
    let mut moments = vec![Timestamp::from_unix(0), Timestamp::from_unix(u64::MAX)];
    for (_, window) in summary(ring).0 {
        for date in [window.seal_from, window.seal_until, window.open_until].into_iter().flatten() {
            moments.extend([date.minus(1), date, date.plus(1)]);
        }
    }
    moments
}

fn means(ring: &KeyRing) {
    assert!((1..=16).contains(&ring.len()));
    let (keys, _) = summary(ring);
    assert!(keys.is_sorted_by(|(a, _), (b, _)| a < b), "a key stands twice");
    for now in moments(ring) {
        let newest = keys
            .iter()
            .filter(|(_, window)| {
                !window.revoked && window.seal_from.is_none_or(|from| from <= now)
            })
            .max_by_key(|(_, window)| window.seal_from.map(|from| from.as_unix() + 1));
        let sealing = newest
            .filter(|(_, window)| window.seal_until.is_none_or(|until| now < until))
            .map(|(kid, _)| *kid);
        assert_eq!(ring.sealing_kid(now), sealing);

        let active: Vec<KeyId> = ring
            .states(now)
            .filter(|(_, state)| *state == KeyState::Active)
            .map(|(entry, _)| entry.kid())
            .collect();
        assert_eq!(active, Vec::from_iter(sealing));
        if let Some(end) = ring.seals_until(now) {
            assert!(end >= now && ring.sealing(end).is_none());
            assert!(end == now || ring.sealing(end.minus(1)).is_some());
        }
        assert!(ring.next_change(now).is_none_or(|next| next > now));
    }
}

fn order_does_not_matter(text: &str, ring: &KeyRing) {
    let reversed: Vec<&str> = text.split('\n').rev().collect();
    let turned: KeyRing = reversed.join("\n").parse().expect("the same lines");
    assert_eq!(summary(&turned), summary(ring));
}

fn editing(text: &str, ring: &KeyRing) {
    let edit = || RingEdit::new(text).expect("a ring");
    assert_eq!(edit().expose_text(), text);
    let (keys, not_before) = summary(ring);
    let from = moments(ring).into_iter().find(|moment| moment.as_unix() < 1 << 39);
    let from = from.map(|from| from.plus(86_400));
    let until = from.map(|from| from.plus(100));
    let window = Window { seal_from: from, seal_until: until, ..Window::default() };

    let new = key(NEW);
    let mut longer = keys.clone();
    longer.push((new.id(), window));
    let outcome = |edit: &RingEdit| {
        let read: KeyRing = edit.expose_text().parse().expect("what was edited is a ring");
        assert_eq!(summary(&read), summary(edit.ring()));
        summary(&read)
    };
    check(edit(), |edit| edit.add(&new, window), (longer, not_before), outcome);
    for (kid, _) in &keys {
        let others: Vec<_> = keys.iter().copied().filter(|(other, _)| other != kid).collect();
        let mut changed = others.clone();
        changed.push((*kid, window));
        check(edit(), |edit| edit.set_window(*kid, window), (changed, not_before), outcome);
        check(edit(), |edit| edit.remove(*kid), (others, not_before), outcome);
    }
    for moment in [None, from] {
        check(edit(), |edit| edit.set_not_before(moment), (keys.clone(), moment), outcome);
    }
    unknown(edit(), &new);
}

/// An edit makes the ring that it should, or is refused and changes nothing.
fn check(
    mut edit: RingEdit,
    change: impl FnOnce(&mut RingEdit) -> Result<(), RingError>,
    mut expected: Summary,
    outcome: impl Fn(&RingEdit) -> Summary,
) {
    let before = (edit.expose_text().to_owned(), outcome(&edit));
    expected.0.sort_by_key(|(kid, _)| *kid);
    match change(&mut edit) {
        Ok(()) => assert_eq!(outcome(&edit), expected),
        Err(_) => assert_eq!((edit.expose_text().to_owned(), outcome(&edit)), before),
    }
}

fn unknown(mut edit: RingEdit, key: &Key) {
    assert!(edit.remove(key.id()).is_err());
    assert!(edit.set_window(key.id(), Window::default()).is_err());
}
