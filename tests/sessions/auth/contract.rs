//! What every authority on ended sessions keeps.

use cloakroom::Timestamp;
use cloakroom::revocation::{Ended, Revocations, SidHash, Verdict};

pub(crate) const FAR: Timestamp = Timestamp::from_unix(4_000_000_000);

pub(crate) fn sid(byte: u8) -> SidHash {
    SidHash::from_bytes([byte; 16])
}

/// The contract, for an authority that nobody has asked yet.
pub(crate) async fn keeps_the_contract(authority: &impl Revocations) {
    let since = async |cursor| authority.since(cursor).await.unwrap();
    let check = async |nth, subject: Option<&str>| {
        authority.check(&sid(nth), subject.map(str::as_bytes)).await.unwrap()
    };
    let start = since(None).await;
    assert!(start.events.is_empty());
    assert!(start.complete_since.is_some_and(|since| since < FAR));
    assert_eq!(check(1, Some("ada")).await, Verdict::default());
    assert_eq!(since(Some(start.cursor)).await.complete_since, None, "nothing has happened");

    // A session, twice.
    for _ in 0..2 {
        authority.revoke(&sid(1), FAR).await.unwrap();
    }
    assert!(check(1, None).await.revoked && !check(2, None).await.revoked);
    let after = since(Some(start.cursor)).await;
    assert!(after.events.contains(&Ended::Session(sid(1))));
    assert_eq!(after.complete_since, None);

    // A subject: each bump is a greater number, and nobody else's.
    let first = authority.bump(b"ada").await.unwrap();
    let second = authority.bump(b"ada").await.unwrap();
    assert!(second > first && first > 0);
    assert_eq!(check(2, Some("ada")).await, Verdict { revoked: false, epoch: second });
    assert_eq!(check(1, Some("bob")).await, Verdict { revoked: true, epoch: 0 });
    let events = since(Some(after.cursor)).await.events;
    assert!(events.contains(&Ended::Subject(b"ada".to_vec(), second)));

    // Who starts later finds all of it.
    let all = since(None).await;
    assert!(all.events.contains(&Ended::Session(sid(1))));
    assert!(all.events.contains(&Ended::Subject(b"ada".to_vec(), second)));
    assert!(all.complete_since.is_some());
}

/// Many at a time: no bump is lost, and none is given twice. Gives the last.
pub(crate) fn counts_every_bump(bump: impl Fn() -> u32 + Sync) -> u32 {
    let mut given: Vec<u32> = std::thread::scope(|scope| {
        let three = || (0..3).map(|_| bump()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(three)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    given.sort_unstable();
    given.dedup();
    assert_eq!(given.len(), 6);
    given.last().copied().unwrap()
}
