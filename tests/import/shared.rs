//! `Import::shared`: two services share a login, and neither takes the other's cookie away.

use cloakroom::{
    FixedClock, Key, KeyRing, RequestParts, Session, SessionConfig, SessionManager, Timestamp,
};

use crate::moving::{NOW, Visitor, block_on, cookie, import, is_removal};

fn shared() -> SessionManager<Visitor> {
    let config = SessionConfig::new(KeyRing::new(Key::generate().unwrap()), "shop")
        .import(import().shared())
        .clock(FixedClock::at(Timestamp::from_unix(NOW)));
    SessionManager::new(config).unwrap()
}

/// What leaves after `act` on the session of a request with these cookies.
fn lines(
    sessions: &SessionManager<Visitor>,
    cookies: &str,
    act: impl FnOnce(&Session<Visitor>),
) -> Vec<String> {
    let headers = [("cookie", cookies.as_bytes())];
    let session = block_on(sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap();
    act(&session);
    let headers = block_on(sessions.commit(&session, 200)).unwrap();
    headers.set_cookies.iter().map(|line| line.as_str().to_owned()).collect()
}

/// The cookie of ours in the only line.
#[track_caller]
fn ours(lines: &[String]) -> String {
    assert!(lines.len() == 1 && lines[0].starts_with("__Host-session=E"), "{lines:?}");
    lines[0].split(';').next().unwrap().to_owned()
}

fn end(session: &Session<Visitor>) {
    session.destroy().unwrap();
}

fn log_in(session: &Session<Visitor>) {
    session.restart().unwrap();
    session.replace(Visitor { user: Some("8".to_owned()), views: 0 }).unwrap();
}

#[test]
fn the_foreign_cookie_stays_when_it_is_taken_over_and_goes_when_the_session_ends() {
    let sessions = shared();
    let ours = ours(&lines(&sessions, &cookie(), |_| {}));
    for cookies in [cookie(), format!("{ours}; {}", cookie())] {
        let lines = lines(&sessions, &cookies, end);
        assert!(lines.iter().any(|line| is_removal(line)), "{lines:?}");
        assert!(lines.iter().all(|line| line.contains("Max-Age=0")), "{lines:?}");
    }
}

#[test]
fn a_login_or_a_new_id_here_leaves_the_foreign_cookie_that_may_be_written_beside_it() {
    let sessions = shared();
    let known = ours(&lines(&sessions, &cookie(), |_| {}));
    let both = format!("{known}; {}", cookie());
    for cookies in [cookie(), both.clone(), "sessionid=refused".to_owned()] {
        ours(&lines(&sessions, &cookies, log_in));
        ours(&lines(&sessions, &cookies, |session| {
            end(session);
            log_in(session);
        }));
    }
    ours(&lines(&sessions, &both, |session| session.renew().unwrap()));
}

#[test]
fn a_session_that_ends_and_has_no_successor_takes_the_foreign_cookie_with_it() {
    let sessions = shared();
    let lines = lines(&sessions, &cookie(), |session| {
        end(session);
        session.replace(Visitor::default()).unwrap();
    });
    assert!(lines.len() == 1 && is_removal(&lines[0]), "{lines:?}");
}
