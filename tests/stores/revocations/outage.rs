//! What S2 does while its authority is away, and once it is back.

use std::{sync::Arc, thread, time::Duration};

use cloakroom::{
    Clock, FixedClock, Key, KeyRing, RequestParts, SessionConfig, SessionManager, Values,
    auth::{self, Login},
    revocation::{RevocationList, Revocations},
};
use libtest_mimic::Failed;

use super::Seat;
use crate::apart::wait;

/// The server stops, freezes and comes back.
pub(super) fn story<S: Seat>() -> Result<(), Failed> {
    let (store, mut server) = S::default().outage().ok_or("no server of our own")?;
    let store = Arc::new(store);
    let ring = KeyRing::new(Key::generate()?);
    let site = || Site::<S>::over(S::authority(Arc::clone(&store)), ring.clone());
    let (here, there) = (site()?, site()?);
    let (cookie, other) = (here.login()?, here.login()?);
    for site in [&here, &there] {
        assert!(site.recovers(&cookie));
    }

    server.freeze()?;
    for site in [&here, &there] {
        site.pass(10);
        assert_eq!(site.knows(&cookie), Some((true, false)), "it counts, and is not sure");
        assert!(site.logout(&cookie).is_err());
    }
    server.thaw()?;
    assert!(here.recovers(&cookie) && there.recovers(&cookie));

    // Stopped: what had been read is known, and nothing is taken for granted beyond the window.
    here.logout(&cookie)?;
    there.pass(1);
    assert_eq!(there.knows(&cookie), Some((false, false)));
    server.kill()?;
    there.pass(10);
    assert_eq!(there.knows(&cookie), Some((false, false)), "it stays ended");
    assert_eq!(there.knows(&other), Some((true, false)));
    there.pass(900);
    assert_eq!(there.knows(&other), None, "beyond the window nothing is accepted");

    // Started again, perhaps with nothing in it: the rest is asked.
    server.start()?;
    assert!(there.recovers(&other));
    assert_eq!(there.knows(&cookie), Some((false, false)));
    there.logout(&other)?;
    assert_eq!(there.knows(&other), Some((false, false)));
    if S::DURABLE {
        let late = site()?;
        let third = late.login()?;
        assert!(late.recovers(&third));
        for ended in [&cookie, &other] {
            assert_eq!(late.knows(ended), Some((false, false)), "who starts later knows it too");
        }
    }
    Ok(())
}

/// Sessions of a manager over an authority, at a time that is moved by hand.
struct Site<S> {
    harness: S,
    sessions: SessionManager<Values>,
    clock: Arc<FixedClock>,
}

impl<S: Seat> Site<S> {
    fn over(authority: impl Revocations, ring: KeyRing) -> Result<Self, Failed> {
        let clock = Arc::new(FixedClock::at(cloakroom::SystemClock.now()));
        let config = SessionConfig::new(ring, "shop").clock(Arc::clone(&clock));
        let list = RevocationList::new(authority);
        let sessions = SessionManager::<Values>::new(config)?.guarded_by(list);
        Ok(Self { harness: S::default(), sessions, clock })
    }

    fn pass(&self, seconds: u64) {
        self.clock.set(self.clock.now().plus(seconds));
    }

    fn login(&self) -> Result<String, Failed> {
        wait(&self.harness, async {
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
        let loaded = wait(&self.harness, self.sessions.load(&request)).ok()?;
        let sure = auth::fresh(&loaded, Duration::from_secs(86_400));
        Some((auth::is_authenticated(&loaded), sure))
    }

    fn logout(&self, cookie: &str) -> Result<(), Failed> {
        let headers = [("cookie", cookie.as_bytes())];
        let request = RequestParts::new("GET", "/", &headers);
        wait(&self.harness, async {
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
