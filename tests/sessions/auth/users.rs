//! Users of the application: signing in, chains, and the user of a request.

use std::sync::{Arc, Mutex};

use cloakroom::auth::{self, Attempt, Auth, AuthError, AuthRejection, Authenticator, Chain};
use cloakroom::{CommitError, RequestParts, SessionManager, SessionRejection, StoreError};

use super::who;
use crate::support::{Basket, Browser, Site, apples, block_on, look, one_key, pick};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) name: String,
    stamp: String,
}

/// Users in memory: names, passwords and stamps.
#[derive(Default)]
pub(super) struct Users(Mutex<Vec<[&'static str; 3]>>, Mutex<Vec<String>>);

impl Users {
    pub(super) fn of(rows: &[[&'static str; 3]]) -> Arc<Self> {
        Arc::new(Self(Mutex::new(rows.to_vec()), Mutex::default()))
    }

    fn set(&self, rows: &[[&'static str; 3]]) {
        *self.0.lock().unwrap() = rows.to_vec();
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.1.lock().unwrap())
    }
}

impl Authenticator for Users {
    type Credentials = (&'static str, &'static str);
    type User = User;
    type Error = StoreError;

    async fn authenticate(
        &self,
        (name, password): &(&'static str, &'static str),
    ) -> Result<Attempt<User>, StoreError> {
        self.1.lock().unwrap().push(format!("authenticate {name}"));
        let rows = self.0.lock().unwrap().clone();
        if *name == "outage" {
            return Err(StoreError::Timeout);
        }
        if *name == "locked" {
            return Ok(Attempt::Denied);
        }
        let row = rows.into_iter().find(|[user, secret, _]| user == name && secret == password);
        Ok(row.map_or(Attempt::Refused, |[name, _, stamp]| {
            Attempt::Accepted(User { name: name.into(), stamp: stamp.into() })
        }))
    }

    async fn user(&self, subject: &[u8]) -> Result<Option<User>, StoreError> {
        self.1.lock().unwrap().push("user".into());
        let rows = self.0.lock().unwrap().clone();
        if rows.is_empty() {
            return Err(StoreError::Timeout);
        }
        let row = rows.into_iter().find(|[user, ..]| user.as_bytes() == subject);
        Ok(row.map(|[name, _, stamp]| User { name: name.into(), stamp: stamp.into() }))
    }

    fn subject(&self, user: &User) -> Vec<u8> {
        user.name.clone().into_bytes()
    }

    fn stamp(&self, user: &User) -> Option<Vec<u8>> {
        (!user.stamp.is_empty()).then(|| user.stamp.clone().into_bytes())
    }
}

pub(super) const ADA: [&str; 3] = ["ada", "lovelace", "s1"];

pub(super) fn site(users: &Arc<Users>) -> Site {
    let users = Arc::clone(users);
    Site::made(one_key(), |config| SessionManager::new(config).unwrap().users(users))
}

/// Signs in, keeping what is in the basket.
pub(super) fn sign_in(
    site: &Site,
    browser: &mut Browser,
    users: &impl Authenticator<
        Credentials = (&'static str, &'static str),
        User = User,
        Error = StoreError,
    >,
    credentials: (&'static str, &'static str),
) -> Option<User> {
    let answer = site.visit(browser, |session| {
        block_on(auth::sign_in(session, users, &credentials, |login| login.keep_all())).unwrap()
    });
    answer.out
}

/// The user of a request, as an extractor finds it, with the rest of the request.
fn extracted(site: &Site, browser: &mut Browser) -> Result<String, AuthRejection> {
    let header = browser.header();
    let headers = [("cookie", header.as_bytes())];
    let slot = site.sessions.slot(&RequestParts::new("GET", "/", &headers)).unwrap();
    let found = block_on(Auth::<User, Basket>::of(Some(&slot), &headers));
    let headers = slot.commit(200).map(|commit| block_on(commit).unwrap());
    headers.iter().for_each(|headers| browser.take(headers));
    found.map(|found| {
        assert_eq!(who(&found.session), Some(found.user.name.clone()));
        assert!(!format!("{found:?}").contains(&found.user.name));
        found.user.name
    })
}

#[test]
fn good_credentials_log_in_with_subject_and_stamp_and_bad_ones_are_an_event() {
    let users = Users::of(&[ADA]);
    let site = site(&users);
    let mut browser = site.visitor(pick);
    site.told();
    assert_eq!(sign_in(&site, &mut browser, &*users, ("ada", "wrong")), None);
    assert_eq!(site.told(), ["opened", "LoginFailed"]);
    assert_eq!(who(&site.load(&browser)), None);

    let ada = sign_in(&site, &mut browser, &*users, ("ada", "lovelace")).unwrap();
    assert_eq!(ada.name, "ada");
    let session = site.load(&browser);
    assert_eq!((who(&session).as_deref(), apples(&session)), (Some("ada"), 1));
    assert_eq!(auth::verify(&session, "s1"), auth::Verification::Verified);
}

#[test]
fn users_who_cannot_be_asked_log_nobody_in_or_out() {
    let users = Users::of(&[ADA]);
    let site = site(&users);
    let mut browser = Browser::new();
    site.visit(&mut browser, |session| {
        let answer = auth::sign_in(session, &*users, &("outage", ""), |login| login);
        let error = block_on(answer).unwrap_err();
        assert!(matches!(error, AuthError::Users(_)) && error.status() == 503);
        assert_eq!(error.to_string(), "the users could not be asked");
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(source, Some(StoreError::Timeout.to_string()));
    });
    assert!(site.told().is_empty());
    sign_in(&site, &mut browser, &*users, ("ada", "lovelace"));
    users.set(&[]);
    assert_eq!(extracted(&site, &mut browser).unwrap_err().status(), 503);
    users.set(&[ADA]);
    assert_eq!(extracted(&site, &mut browser).unwrap(), "ada");
}

#[test]
fn the_second_of_a_chain_is_asked_about_what_the_first_does_not_know() {
    let (first, second) = (Users::of(&[ADA]), Users::of(&[["bob", "b", "s2"]]));
    let chain = Chain(Arc::clone(&first), Arc::clone(&second));
    let plain = site(&first);
    let mut browser = Browser::new();
    assert_eq!(sign_in(&plain, &mut browser, &chain, ("bob", "b")).unwrap().name, "bob");
    assert_eq!(second.asked(), ["authenticate bob"]);
    assert_eq!(sign_in(&plain, &mut browser, &chain, ("ada", "lovelace")).unwrap().name, "ada");
    assert_eq!(sign_in(&plain, &mut browser, &chain, ("carol", "c")), None);
    assert_eq!(second.asked(), ["authenticate carol"]);

    let chained = Site::made(one_key(), |config| {
        SessionManager::<Basket>::new(config).unwrap().users(chain.clone())
    });
    let mut bob = Browser::new();
    sign_in(&chained, &mut bob, &chain, ("bob", "b"));
    assert_eq!(extracted(&chained, &mut bob).unwrap(), "bob");
}

#[test]
fn a_denial_stops_the_chain() {
    let first = Users::of(&[ADA]);
    let second = Users::of(&[["locked", "open", "s1"]]);
    let chain = Chain(Arc::clone(&first), Arc::clone(&second));
    let site = site(&first);
    assert_eq!(sign_in(&site, &mut Browser::new(), &chain, ("locked", "open")), None);
    assert!(second.asked().is_empty());
}

#[test]
fn the_user_of_a_request_is_loaded_and_checked() {
    let users = Users::of(&[ADA]);
    let site = site(&users);
    let mut browser = Browser::new();
    assert_eq!(extracted(&site, &mut browser).unwrap_err().status(), 401);
    assert!(users.asked().is_empty(), "a visitor costs no question");
    sign_in(&site, &mut browser, &*users, ("ada", "lovelace"));
    assert_eq!(extracted(&site, &mut browser).unwrap(), "ada");

    // The password changed elsewhere: this session has ended, and so has its cookie.
    users.set(&[["ada", "new", "s2"]]);
    let before = browser.clone();
    assert!(matches!(extracted(&site, &mut browser), Err(AuthRejection::Anonymous)));
    assert_eq!(browser, Browser::new());

    // A user who is gone: nobody is there, and the session is left as it is.
    users.set(&[["bob", "b", "s1"]]);
    let mut browser = before;
    let same = browser.clone();
    assert!(matches!(extracted(&site, &mut browser), Err(AuthRejection::Anonymous)));
    assert_eq!(browser, same);

    // Logins that outlive a change.
    users.set(&[["ada", "x", ""]]);
    assert_eq!(extracted(&site, &mut browser).unwrap(), "ada");
}

#[test]
fn an_extractor_without_users_or_with_another_type_says_so() {
    let users = Users::of(&[ADA]);
    let (bare, named) = (Site::new(), site(&users));
    let mut browser = Browser::new();
    assert!(matches!(extracted(&bare, &mut browser), Err(AuthRejection::NoUsers)));

    sign_in(&named, &mut browser, &*users, ("ada", "lovelace"));
    let header = browser.header();
    let headers = [("cookie", header.as_bytes())];
    let slot = named.sessions.slot(&RequestParts::new("GET", "/", &headers)).unwrap();
    let other = block_on(Auth::<String, Basket>::of(Some(&slot), &headers)).unwrap_err();
    assert_eq!((other.status(), other.to_string().contains("this type")), (500, true));
    let missing = block_on(Auth::<User, Basket>::of(None, &headers)).unwrap_err();
    assert!(matches!(missing, AuthRejection::Session(SessionRejection::Missing)));
    assert_eq!(missing.to_string(), SessionRejection::Missing.to_string());
    let failed = AuthRejection::Failed(CommitError::Conflict.into());
    assert_eq!((failed.status(), failed.to_string()), (503, CommitError::Conflict.to_string()));
    assert_eq!(AuthRejection::Anonymous.to_string(), "nobody is logged in");
}

#[test]
fn the_user_asked_for_after_the_response_is_not_logged_out_twice() {
    let users = Users::of(&[ADA]);
    let site = site(&users);
    let mut browser = Browser::new();
    sign_in(&site, &mut browser, &*users, ("ada", "lovelace"));
    users.set(&[["ada", "new", "s2"]]);
    let session = site.load(&browser);
    look(&session);
    site.commit(&session, 200).unwrap();
    assert_eq!(block_on(auth::user(&session, &*users)).unwrap(), None);
}
