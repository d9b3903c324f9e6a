//! What the readers of a feed in a store are owed, by a clock that is moved by hand.

use std::sync::atomic::{AtomicI64, Ordering};

use cloakroom::revocation::{Cursor, Ended, Feed, RETENTION, Revocations};

use super::contract::{FAR, sid};

/// Lets time pass for the authority, in milliseconds since 1970.
fn pass(clock: &AtomicI64, seconds: i64) {
    clock.fetch_add(seconds * 1000, Ordering::SeqCst);
}

async fn since(authority: &impl Revocations, cursor: Option<Cursor>) -> Feed {
    authority.since(cursor).await.unwrap()
}

pub(crate) async fn see_what_was_written_late_and_by_other_clocks(
    authority: &impl Revocations,
    clock: &AtomicI64,
) {
    let cursor = since(authority, None).await.cursor;
    // Written 59 seconds before the reader's place, and seen only now.
    pass(clock, 59);
    let reader = since(authority, Some(cursor)).await.cursor;
    pass(clock, -59);
    authority.revoke(&sid(1), FAR).await.unwrap();
    pass(clock, 60);
    let feed = since(authority, Some(reader)).await;
    assert_eq!(feed.events, [Ended::Session(sid(1))]);
    // By a clock that is 59 seconds ahead.
    pass(clock, 59);
    authority.revoke(&sid(2), FAR).await.unwrap();
    pass(clock, -59);
    assert!(since(authority, Some(feed.cursor)).await.events.contains(&Ended::Session(sid(2))));
}

pub(crate) async fn are_told_that_they_were_away_for_too_long(
    authority: &impl Revocations,
    clock: &AtomicI64,
) {
    let cursor = since(authority, None).await.cursor;
    authority.revoke(&sid(1), FAR).await.unwrap();
    let retention = i64::try_from(RETENTION.as_secs()).unwrap();
    pass(clock, retention - 61);
    assert_eq!(since(authority, Some(cursor)).await.complete_since, None);
    // More than a minute beyond, so that it is another minute whenever this began.
    pass(clock, 180);
    let late = since(authority, Some(cursor)).await;
    assert!(late.complete_since.is_some() && late.events.is_empty());
    assert!(authority.check(&sid(1), None).await.unwrap().revoked, "the authority still knows");
}
