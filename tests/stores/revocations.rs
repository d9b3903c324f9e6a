//! The authority on ended sessions in Redis: the contract, and what S2 does when the server is away.

#[path = "../sessions/auth/contract.rs"]
mod contract;

use std::{sync::Arc, thread, time::Duration};

use cloakroom::{
    Clock, FixedClock, Key, KeyRing, RequestParts, SessionConfig, SessionManager, Timestamp,
    Values,
    auth::{self, Login},
    revocation::{Cursor, Ended, RedisRevocations, RevocationList, Revocations},
    store::conformance::Outage,
};
use libtest_mimic::{Failed, Trial};

use self::contract::{FAR, counts_every_bump, keeps_the_contract, sid};
use super::{
    redis::{fresh, own, shared},
    servers::{Source, redis::Redis, runtime},
};

pub(crate) fn trials() -> Vec<Trial> {
    let ours = matches!(super::redis::source(), Source::Installed(_));
    [
        ("the_contract", the_contract as fn() -> Result<(), Failed>),
        ("the_contract_in_a_cluster", the_contract_in_a_cluster),
        ("a_feed_that_was_trimmed_or_lost", a_feed_that_was_trimmed_or_lost),
        ("a_server_that_stops_freezes_and_comes_back", an_outage),
    ]
    .map(|(name, test)| {
        Trial::test(format!("redis_revocations::{name}"), test).with_ignored_flag(!ours)
    })
    .into()
}

fn authority(url: &str) -> Result<RedisRevocations, Failed> {
    Ok(fresh(url)?.store.revocations())
}

fn holds(authority: &RedisRevocations) {
    runtime().block_on(keeps_the_contract(authority));
    let last = counts_every_bump(|| runtime().block_on(authority.bump(b"carol")).unwrap());
    let check = runtime().block_on(authority.check(&sid(9), Some(b"carol"))).unwrap();
    assert_eq!(check.epoch, last);
}

fn the_contract() -> Result<(), Failed> {
    holds(&authority(&shared(false)?)?);
    Ok(())
}

fn the_contract_in_a_cluster() -> Result<(), Failed> {
    holds(&authority(&shared(true)?)?);
    Ok(())
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

/// A session of a manager over the authority, at a time that is moved by hand.
struct Site {
    sessions: SessionManager<Values>,
    clock: Arc<FixedClock>,
}

impl Site {
    fn over(authority: RedisRevocations, ring: KeyRing) -> Result<Self, Failed> {
        let clock = Arc::new(FixedClock::at(cloakroom::SystemClock.now()));
        let config = SessionConfig::new(ring, "shop").clock(Arc::clone(&clock));
        let list = RevocationList::new(authority).deadline(Duration::from_millis(200));
        let sessions = SessionManager::<Values>::new(config)?.guarded_by(list);
        Ok(Self { sessions, clock })
    }

    fn pass(&self, seconds: u64) {
        self.clock.set(self.clock.now().plus(seconds));
    }

    fn login(&self) -> Result<String, Failed> {
        runtime().block_on(async {
            let session = self.sessions.anonymous();
            auth::login(&session, Login::new("ada")).await?;
            let headers = self.sessions.commit(&session, 200).await?;
            let line = headers.set_cookies.first().ok_or("no cookie")?.as_str().to_owned();
            Ok(line.split(';').next().unwrap_or_default().to_owned())
        })
    }

    /// Whether the cookie is somebody's, and whether that is known for sure; `None` is 503.
    fn knows(&self, cookie: &str) -> Option<(bool, bool)> {
        let headers = [("cookie", cookie.as_bytes())];
        let request = RequestParts::new("GET", "/", &headers);
        let loaded = runtime().block_on(self.sessions.load(&request)).ok()?;
        let sure = auth::fresh(&loaded, Duration::from_secs(86_400));
        Some((auth::is_authenticated(&loaded), sure))
    }

    fn logout(&self, cookie: &str) -> Result<(), Failed> {
        let headers = [("cookie", cookie.as_bytes())];
        let request = RequestParts::new("GET", "/", &headers);
        runtime().block_on(async {
            let session = self.sessions.load(&request).await?;
            Ok(auth::logout(&session).await?)
        })
    }

    /// Asks until it is known for sure again.
    fn recovers(&self, cookie: &str) -> bool {
        (0..500).any(|_| {
            thread::sleep(Duration::from_millis(20));
            self.pass(1);
            self.knows(cookie) == Some((true, true))
        })
    }
}

fn an_outage() -> Result<(), Failed> {
    let mut server = own(false)?;
    let store = fresh(&server.address())?.store;
    let ring = KeyRing::new(Key::generate()?);
    let here = Site::over(store.revocations(), ring.clone())?;
    let there = Site::over(store.revocations(), ring)?;
    let (cookie, other) = (here.login()?, here.login()?);
    for site in [&here, &there] {
        assert_eq!(site.knows(&cookie), Some((true, true)));
    }

    server.freeze()?;
    for site in [&here, &there] {
        site.pass(10);
        assert_eq!(site.knows(&cookie), Some((true, false)), "it counts, and is not sure");
        assert!(site.logout(&cookie).is_err());
    }
    server.thaw()?;
    assert!(here.recovers(&cookie) && there.recovers(&cookie));

    // Stopped and started again with nothing in it: what had been read is known, and the rest is asked.
    here.logout(&cookie)?;
    there.pass(1);
    assert_eq!(there.knows(&cookie), Some((false, false)));
    server.kill()?;
    there.pass(10);
    assert_eq!(there.knows(&cookie), Some((false, false)), "it stays ended");
    assert_eq!(there.knows(&other), Some((true, false)));
    there.pass(900);
    assert_eq!(there.knows(&other), None, "beyond the window nothing is accepted");
    server.start()?;
    assert!(there.recovers(&other));
    assert_eq!(there.knows(&cookie), Some((false, false)));
    there.logout(&other)?;
    assert_eq!(there.knows(&other), Some((false, false)));
    Ok(())
}
