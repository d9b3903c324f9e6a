//! Session fixation where sessions are in their cookies; for every store it is in `tests/stores`.

use cloakroom::auth::Login;
use cloakroom::revocation::{MemoryRevocations, RevocationList};
use cloakroom::{Protection, SessionConfig, SessionManager, Values};

use super::planted::{Place, no_planted_cookie_becomes_a_login};
use super::{log_in_with, who};
use crate::support::{APP, Browser, Site, apples, block_on, one_key, pick};

fn holds(
    protection: Protection,
    level: impl FnOnce(Manager) -> Manager,
    ends: fn(Option<&str>) -> bool,
) {
    let config = SessionConfig::new(one_key(), APP).protection(protection);
    let here = level(SessionManager::new(config).unwrap());
    block_on(no_planted_cookie_becomes_a_login(&Place { before: here.clone(), here, ends }));
}

type Manager = SessionManager<Values>;

#[test]
fn a_planted_cookie_never_becomes_a_logged_in_one() {
    for protection in [Protection::Encrypted, Protection::Signed] {
        holds(protection, |sessions| sessions, |_| false);
    }
}

#[test]
fn a_planted_cookie_never_becomes_a_logged_in_one_where_former_ids_are_revoked() {
    let list = RevocationList::new(MemoryRevocations::new());
    holds(Protection::Encrypted, |sessions| sessions.guarded_by(list), |_| true);
}

#[cfg(feature = "memory-store")]
#[test]
fn a_planted_cookie_never_becomes_a_logged_in_one_where_logins_have_rows() {
    let registry = cloakroom::revocation::Registry::new(cloakroom::store::MemoryStore::new());
    // A visitor has no row.
    holds(Protection::Encrypted, |sessions| sessions.guarded_by(registry), |whose| whose.is_some());
}

#[test]
fn a_planted_login_of_the_attacker_gives_nothing_of_the_victims() {
    let site = Site::new();
    let mut attacker = Browser::new();
    site.visit(&mut attacker, |session| {
        log_in_with(session, Login::new("attacker")).unwrap();
        pick(session);
    });
    let mut victim = attacker.clone();
    let login = Login::new("victim").keep_all();
    site.visit(&mut victim, |session| log_in_with(session, login).unwrap());
    assert_eq!(apples(&site.load(&victim)), 0);
    assert_eq!(who(&site.load(&attacker)).as_deref(), Some("attacker"));
    assert_eq!(who(&site.load(&victim)).as_deref(), Some("victim"));
}
