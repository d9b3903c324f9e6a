//! The feed in Redis, which can lose what it held.

use cloakroom::{
    Timestamp,
    revocation::{Cursor, Ended, Revocations},
};
use libtest_mimic::{Failed, Trial};

use super::contract::{FAR, sid};
use crate::{
    redis::{fresh, own, source},
    servers::{Source, redis::Redis, runtime},
};

pub(super) fn trial() -> Trial {
    let ours = matches!(source(), Source::Installed(_));
    let name = "redis_revocations::a_feed_that_was_trimmed_or_lost";
    Trial::test(name, a_feed_that_was_trimmed_or_lost).with_ignored_flag(!ours)
}

fn ask(server: &Redis, words: &[&str]) -> Result<(), Failed> {
    let mut command = ::redis::cmd(words[0]);
    Ok(command.arg(&words[1..]).query::<()>(&mut server.connection()?)?)
}

fn a_feed_that_was_trimmed_or_lost() -> Result<(), Failed> {
    let server = own(false)?;
    let store = fresh(&server.address())?;
    let (authority, prefix) =
        (store.store.revocations(), store.address.split_once(' ').ok_or("a prefix")?.1);
    let feed = format!("{prefix}{{ended}}feed:");
    let revoke = |nth| runtime().block_on(authority.revoke(&sid(nth), FAR));
    let since = |cursor: Option<Cursor>| runtime().block_on(authority.since(cursor)).unwrap();

    revoke(1)?;
    let reader = since(None).cursor;
    revoke(2)?;
    revoke(3)?;
    ask(&server, &["XTRIM", &feed, "MAXLEN", "1"])?;
    let gap = since(Some(reader));
    assert!(gap.complete_since.is_some_and(|at| at > Timestamp::from_unix(1)));
    assert_eq!(gap.events, [Ended::Session(sid(3))]);
    assert_eq!(since(Some(gap.cursor)).complete_since, None);

    for lost in [["DEL", feed.as_str()].as_slice(), &["FLUSHALL"]] {
        revoke(4)?;
        let reader = since(None).cursor;
        ask(&server, lost)?;
        let gap = since(Some(reader));
        assert!(gap.complete_since.is_some() && gap.events.is_empty(), "{lost:?}");
        revoke(5)?;
        let next = since(Some(gap.cursor));
        assert_eq!((next.events.len(), next.complete_since), (1, None), "{lost:?}");
    }
    Ok(())
}
