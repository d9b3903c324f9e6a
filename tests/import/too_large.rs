//! A foreign session that does not fit a cookie of ours, and one that goes into a store.

use cloakroom::{
    CommitError, FixedClock, Key, KeyRing, RequestParts, SealError, Session, SessionConfig,
    SessionManager, Timestamp, cookie::CookieConfig, import::Import,
};

use crate::moving::{NOW, Visitor, block_on};

/// A user whose name takes more than a cookie, and does not shrink.
fn import() -> Import {
    let until = Timestamp::from_unix(NOW + 1);
    Import::new("large", CookieConfig::new("sessionid"), until, |_| {
        let spread = (0..5000_u32).map(|nth| nth.wrapping_mul(2_654_435_761) >> 28);
        let user = spread.filter_map(|digit| char::from_digit(digit, 16)).collect();
        Ok(Visitor { user: Some(user), views: 1 })
    })
}

fn config() -> SessionConfig {
    SessionConfig::new(KeyRing::new(Key::generate().unwrap()), "shop")
        .import(import())
        .clock(FixedClock::at(Timestamp::from_unix(NOW)))
}

fn load(sessions: &SessionManager<Visitor>, cookies: &str) -> Session<Visitor> {
    let headers = [("cookie", cookies.as_bytes())];
    block_on(sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap()
}

fn lines(
    sessions: &SessionManager<Visitor>,
    session: &Session<Visitor>,
) -> Result<Vec<String>, CommitError> {
    let headers = block_on(sessions.commit(session, 200))?;
    Ok(headers.set_cookies.iter().map(|line| line.as_str().to_owned()).collect())
}

#[test]
fn one_that_is_only_read_serves_the_request_and_stays_in_its_cookie() {
    let sessions = SessionManager::new(config()).unwrap();
    for request in 1..=2 {
        let session = load(&sessions, "sessionid=x");
        assert_eq!(session.read(|visitor| visitor.views).unwrap(), 1);
        assert_eq!(lines(&sessions, &session).unwrap(), Vec::<String>::new());
        assert_eq!(sessions.counters().imported(), request);
    }
}

#[test]
fn one_that_was_changed_is_an_error_like_any_other() {
    let sessions = SessionManager::new(config()).unwrap();
    let session = load(&sessions, "sessionid=x");
    session.update(|visitor| visitor.views = 2).unwrap();
    let error = lines(&sessions, &session).unwrap_err();
    assert!(matches!(error, CommitError::Seal(SealError::TooLarge(_))), "{error}");

    let session = load(&sessions, "sessionid=x");
    let error = block_on(session.commit()).unwrap_err();
    assert!(matches!(error, CommitError::Seal(SealError::TooLarge(_))), "{error}");
}

#[cfg(feature = "memory-store")]
#[test]
fn a_store_takes_it_over_and_ends_it() {
    use cloakroom::{
        Backing,
        store::{MemoryStore, StoreTime},
    };

    let store = MemoryStore::with_clock(|| StoreTime::from(Timestamp::from_unix(NOW)));
    let backing = Backing::new(store).volatile_ok(true);
    let sessions = SessionManager::with_store(config(), backing).unwrap();
    let moved = lines(&sessions, &load(&sessions, "sessionid=x")).unwrap();
    let [ours, removal] = moved.as_slice() else { panic!("{} lines", moved.len()) };
    assert!(ours.starts_with("__Host-session=E") && ours.len() < 300, "{ours}");
    assert!(removal.starts_with("sessionid=;") && removal.contains("Max-Age=0"), "{removal}");

    let ours = ours.split(';').next().unwrap();
    let session = load(&sessions, &format!("sessionid=x; {ours}"));
    assert_eq!(session.read(|visitor| visitor.views).unwrap(), 1);
    session.destroy().unwrap();
    let lines = lines(&sessions, &session).unwrap();
    assert!(lines.len() == 2 && lines.iter().all(|line| line.contains("Max-Age=0")), "{lines:?}");
    assert!(load(&sessions, ours).is_new());
}
