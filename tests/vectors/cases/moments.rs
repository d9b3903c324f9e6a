//! Step 7: every date on both sides of its second, and the order of the questions.

use cloakroom::{
    Protection,
    Rejection::{
        self, ExpiredAbsolute, ExpiredIdle, Forged, Future, KeyClosed, KeyRevoked, KeyWindow,
        Malformed, NotBefore,
    },
};

use super::{CREATED, Case, ISSUED, case};
use crate::file::Vector;

const DAY: u64 = 86_400;

pub fn all(mode: Protection) -> Vec<Vector> {
    let mut vectors = expiry(mode);
    vectors.extend(maxima(mode));
    vectors.extend(dates_of_keys(mode));
    vectors.extend(order(mode));
    vectors
}

/// A vector one second before, which opens, and one at the second, which is refused.
fn edge(
    mode: Protection,
    names: [&str; 2],
    comment: &'static str,
    seconds: [u64; 2],
    reason: Rejection,
    change: impl Fn(Case) -> Case,
) -> [Vector; 2] {
    let [last, first] = names.map(|name| change(case(mode, name, "14", comment)));
    [last.now(seconds[0]).opens(), first.now(seconds[1]).refused(reason)]
}

fn expiry(mode: Protection) -> Vec<Vector> {
    let idle = ISSUED + 14 * DAY;
    let life = CREATED + 30 * DAY;
    let old = |case: Case| case.session(|session| session.age = 29 * 86_400);
    let own = |own| move |case: Case| case.session(|session| session.own = Some(own));
    let policy = |case: Case, idle, life| case.option("idle", idle).option("absolute", life);
    [
        edge(
            mode,
            ["idle_last_second", "expired_idle"],
            "14 days after it was sealed.",
            [idle - 1, idle],
            ExpiredIdle,
            |case| case,
        ),
        edge(
            mode,
            ["life_last_second", "expired_absolute"],
            "30 days after it began.",
            [life - 1, life],
            ExpiredAbsolute,
            old,
        ),
        edge(
            mode,
            ["policy_idle_last_second", "expired_policy_idle"],
            "The policy's idle time.",
            [ISSUED + 99, ISSUED + 100],
            ExpiredIdle,
            |case| policy(case, 100, 1000),
        ),
        edge(
            mode,
            ["policy_life_last_second", "expired_policy_life"],
            "The policy's life.",
            [CREATED + 149, CREATED + 150],
            ExpiredAbsolute,
            |case| policy(case, 100, 150),
        ),
        edge(
            mode,
            ["own_idle_last_second", "expired_own_idle"],
            "Its own idle time.",
            [ISSUED + 599, ISSUED + 600],
            ExpiredIdle,
            own((0, 600)),
        ),
        edge(
            mode,
            ["own_life_last_second", "expired_own_life"],
            "Its own life.",
            [CREATED + 3599, CREATED + 3600],
            ExpiredAbsolute,
            own((3600, 0)),
        ),
        edge(
            mode,
            ["issued_60_seconds_ahead", "future"],
            "The skew of two clocks is 60 seconds.",
            [ISSUED - 60, ISSUED - 61],
            Future,
            |case| case,
        ),
        edge(
            mode,
            ["created_ahead_of_the_clock", "future_of_a_year"],
            "Begun after the clock's present.",
            [CREATED - 1, CREATED - 365 * DAY],
            Future,
            |case| case.session(|session| session.age = 59),
        ),
    ]
    .into_iter()
    .flatten()
    .chain([
        case(mode, "expired_after_136_years", "14", "The greatest age there is.")
            .session(|session| session.age = u32::MAX)
            .now(CREATED + u64::from(u32::MAX))
            .refused(ExpiredAbsolute),
        case(mode, "expired_at_the_end_of_time", "14", "The latest moment that 64 bits can say.")
            .now(u64::MAX)
            .refused(ExpiredAbsolute),
    ])
    .collect()
}

fn maxima(mode: Protection) -> Vec<Vector> {
    let longest = |case: Case| case.session(|session| session.own = Some((u32::MAX, u32::MAX)));
    let bounded = |case: Case| longest(case).option("idle", 100).option("absolute", 100);
    [
        edge(
            mode,
            ["own_life_to_400_days", "expired_absolute_after_400_days"],
            "Its own life goes to 400 days.",
            [CREATED + 400 * DAY - 1, CREATED + 400 * DAY],
            ExpiredAbsolute,
            longest,
        ),
        edge(
            mode,
            ["own_idle_to_its_maximum", "expired_idle_at_its_maximum"],
            "Its own idle time goes to the policy's maximum.",
            [ISSUED + 199, ISSUED + 200],
            ExpiredIdle,
            |case| bounded(case).option("max_idle", 200),
        ),
        edge(
            mode,
            ["own_life_to_its_maximum", "expired_absolute_at_its_maximum"],
            "Its own life goes to the policy's maximum.",
            [CREATED + 299, CREATED + 300],
            ExpiredAbsolute,
            |case| bounded(case).option("max_absolute", 300),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn dates_of_keys(mode: Protection) -> Vec<Vector> {
    let told =
        |name, comment, key, seconds: u64| case(mode, name, "14", comment).option(key, seconds);
    let closes =
        |case: Case| case.option("seal_until", ISSUED + 1).option("open_until", ISSUED + 100);
    let mut vectors = vec![
        told("seal_from_60_seconds_later", "Sealed by a clock behind.", "seal_from", ISSUED + 60)
            .opens(),
        told(
            "key_window_early",
            "Sealed too long before the key's time.",
            "seal_from",
            ISSUED + 61,
        )
        .now(ISSUED + 61)
        .refused(KeyWindow),
        told("seal_until_60_seconds_before", "Sealed by a slow node.", "seal_until", ISSUED - 60)
            .opens(),
        told("key_window_late", "Sealed too long after the key's time.", "seal_until", ISSUED - 61)
            .refused(KeyWindow),
        told("not_before_is_created", "Begun in the second of the cut.", "not_before", CREATED)
            .opens(),
        told(
            "not_before",
            "Begun a second before the cut, and sealed after it.",
            "not_before",
            CREATED + 1,
        )
        .refused(NotBefore),
        case(mode, "key_revoked", "14", "The key is revoked.")
            .option("revoked", "yes")
            .refused(KeyRevoked),
    ];
    vectors.extend(edge(
        mode,
        ["open_until_last_second", "key_closed"],
        "The key opens until this second.",
        [ISSUED + 99, ISSUED + 100],
        KeyClosed,
        closes,
    ));
    vectors
}

/// Each has two or more faults; the first in the order of section 5 is the reason.
fn order(mode: Protection) -> Vec<Vector> {
    let both = |name, comment| case(mode, name, "14", comment);
    let closed =
        |case: Case, end: u64| case.option("seal_until", end - 1).option("open_until", end);
    let late = CREATED + 31 * DAY;
    vec![
        both("order_malformed_before_future", "No marker, and sealed in the future.")
            .payload(|payload| *payload.last_mut().unwrap() = 0)
            .now(ISSUED - 61)
            .refused(Malformed),
        case(mode, "order_forged_before_malformed", "7", "No marker, and a wrong tag.")
            .payload(|payload| *payload.last_mut().unwrap() = 0)
            .token(|token| *token.last_mut().unwrap() ^= 1)
            .refused(Forged),
        both("order_future_before_key_revoked", "The key is revoked, too.")
            .option("revoked", "yes")
            .now(ISSUED - 61)
            .refused(Future),
        closed(both("order_key_revoked_before_key_closed", "The key is closed, too."), ISSUED)
            .option("revoked", "yes")
            .refused(KeyRevoked),
        closed(both("order_key_closed_before_not_before", "Begun before the cut, too."), ISSUED)
            .option("not_before", CREATED + 1)
            .refused(KeyClosed),
        both("order_not_before_before_key_window", "Outside the key's time, too.")
            .option("seal_until", ISSUED - 61)
            .option("not_before", CREATED + 1)
            .refused(NotBefore),
        both("order_key_window_before_expired", "Expired, too.")
            .option("seal_until", ISSUED - 61)
            .now(late)
            .refused(KeyWindow),
        both("order_absolute_before_idle", "Both times are over.")
            .now(late)
            .refused(ExpiredAbsolute),
        both("order_expired_before_inflate", "Expired, and no stream either.")
            .session(|session| session.stream = Some(b"no stream".to_vec()))
            .now(late)
            .refused(ExpiredAbsolute),
    ]
}
