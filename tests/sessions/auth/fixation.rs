//! Session fixation: somebody plants a cookie in a victim's browser and waits for the login.

use cloakroom::auth::Login;

use super::{log_in_with, log_out, who};
use crate::support::{Browser, Site, apples, pick};

/// The attacker takes a session of the site and plants its cookie; the victim logs in with it.
fn a_planted_cookie_stays_what_it_was(site: &Site, keeps: bool) {
    let planted = site.visitor(pick);
    let (mut attacker, mut victim) = (planted.clone(), planted);
    let login = Login::new("victim").stamp("s1");
    let login = if keeps { login.keep_all() } else { login };
    site.visit(&mut victim, |session| log_in_with(session, login).unwrap()).writes();
    assert_eq!(who(&site.load(&victim)).as_deref(), Some("victim"));
    assert_eq!(apples(&site.load(&victim)), u32::from(keeps));

    let session = site.load(&attacker);
    assert_eq!(who(&session), None, "the planted cookie is a logged-in one");
    assert_ne!(session.id(), site.load(&victim).id());
    // Nor does it become one by what either of them does next.
    site.visit(&mut victim, pick);
    site.visit(&mut attacker, pick);
    assert_eq!(who(&site.load(&attacker)), None);
    assert_eq!(who(&site.load(&victim)).as_deref(), Some("victim"));

    // The cookie of the login is as dead after the logout where the server keeps it.
    site.visit(&mut victim, log_out).removes();
    assert_eq!(victim, Browser::new());
}

#[cfg(any(feature = "memory-store", feature = "file-store", feature = "rusqlite-0"))]
fn by_store(store: impl cloakroom::store::Store) {
    use cloakroom::Clock;
    let store = std::sync::Arc::new(store);
    let make = |config| cloakroom::SessionManager::with_store(config, store).unwrap();
    let site = Site::made(crate::support::one_key(), make);
    // The engines go by their own clock.
    site.clock.set(cloakroom::SystemClock.now());
    for keeps in [false, true] {
        a_planted_cookie_stays_what_it_was(&site, keeps);
    }
}

#[test]
fn a_planted_cookie_never_becomes_a_logged_in_one() {
    for keeps in [false, true] {
        a_planted_cookie_stays_what_it_was(&Site::new(), keeps);
    }
}

#[cfg(feature = "memory-store")]
#[test]
fn a_planted_cookie_never_becomes_a_logged_in_one_in_a_memory_store() {
    by_store(cloakroom::store::MemoryStore::new());
}

#[cfg(feature = "file-store")]
#[test]
fn a_planted_cookie_never_becomes_a_logged_in_one_in_a_file_store() {
    let folder = std::env::temp_dir().join(format!("cloakroom-fixation-{}", std::process::id()));
    by_store(cloakroom::store::FileStore::open(&folder).unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[cfg(feature = "rusqlite-0")]
#[test]
fn a_planted_cookie_never_becomes_a_logged_in_one_in_sqlite() {
    let folder =
        std::env::temp_dir().join(format!("cloakroom-fixation-sql-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    by_store(cloakroom::store::SqliteStore::open(folder.join("sessions.db")).unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
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
