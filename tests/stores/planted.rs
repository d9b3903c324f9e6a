//! Session fixation in every store: what is planted before a login stays what it was.

#[path = "../sessions/auth/planted.rs"]
mod story;

use std::time::Duration;

use cloakroom::{
    Backing, Key, KeyRing, SessionConfig, SessionManager, Values, store::conformance::Harness,
};
use libtest_mimic::{Failed, Trial};

use self::story::{Place, no_planted_cookie_becomes_a_login};

pub(crate) fn trials<H: Harness + Default>() -> Vec<Trial> {
    let named = |name| format!("{}::{name}", H::default().name());
    vec![
        Trial::test(named("no_planted_cookie_becomes_a_login"), || holds::<H>(false)),
        Trial::test(named("no_planted_cookie_of_before_the_store_becomes_a_login"), || {
            holds::<H>(true)
        }),
    ]
}

fn holds<H: Harness + Default>(moved: bool) -> Result<(), Failed> {
    let harness = H::default();
    let ring = KeyRing::new(Key::generate()?);
    let config = || SessionConfig::new(ring.clone(), "shop");
    // No verdict here is one on how fast the machine is.
    let patience = Duration::from_secs(30);
    let backing = Backing::new(harness.make()?).deadlines(patience, patience);
    let backing = backing.volatile_ok(true).adopt_cookies(moved);
    let here = SessionManager::<Values>::with_store(config(), backing)?;
    let before = if moved { SessionManager::new(config())? } else { here.clone() };
    let place = Place { before, here, ends: |_| true };
    harness.block_on(Box::pin(no_planted_cookie_becomes_a_login(&place)));
    Ok(())
}
