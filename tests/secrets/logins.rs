//! The types of logins and revocation, each with a subject or a text in it.

use std::sync::Arc;

use cloakroom::auth::flash::{Level, Message};
use cloakroom::auth::{
    self, Attempt, Auth, AuthError, AuthRejection, Authenticator, Chain, Login, SiteData,
    Verification,
};
use cloakroom::revocation::{
    AnyRevocations, Cursor, Ended, Feed, MemoryRevocations, OnBlind, Registry, RevocationList,
    Revocations, SidHash, Stamps, Verdict,
};
use cloakroom::store::RowKey;
use cloakroom::{
    CommitError, Event, Guard, Key, KeyRing, RequestParts, SessionConfig, SessionManager,
    StoreError, Values,
};

use crate::material::block_on;
use crate::shown::{Look, MARK};

/// A subject of its own, since an event may be shown that holds one.
const WHO: &str = "subject-mark-81d0";

#[derive(Clone, Copy)]
struct Users;

impl Authenticator for Users {
    type Credentials = ();
    type User = &'static str;
    type Error = StoreError;

    async fn authenticate(&self, (): &()) -> Result<Attempt<&'static str>, StoreError> {
        Ok(Attempt::Accepted(WHO))
    }

    async fn user(&self, _: &[u8]) -> Result<Option<&'static str>, StoreError> {
        Ok(Some(WHO))
    }

    fn subject(&self, user: &&'static str) -> Vec<u8> {
        (*user).into()
    }

    fn stamp(&self, _: &&'static str) -> Option<Vec<u8>> {
        Some(MARK.into())
    }
}

pub(crate) fn logins(look: &mut Look) {
    look.secret(WHO.as_bytes());
    let seen = Arc::new(std::sync::Mutex::new(vec![]));
    let shown = Arc::clone(&seen);
    let config =
        SessionConfig::new(KeyRing::new(Key::generate().unwrap()), "shop").on_event(move |event| {
            if let Event::LoggedIn { subject } = event {
                assert_eq!(subject.expose_bytes(), WHO.as_bytes());
                shown.lock().unwrap().push((format!("{event:?}"), format!("{subject:#?}")));
            }
        });
    let list = MemoryRevocations::new();
    look.debug(&list);
    look.debug(&AnyRevocations::new(MemoryRevocations::new()));
    let followed = RevocationList::new(list);
    look.debug(&followed);
    look.debug(&OnBlind::Reject);
    let stamps = Stamps::new(|_| async { Ok(Some(MARK.into())) });
    look.debug(&stamps);
    look.debug(&Guard::from(stamps));
    let sessions = SessionManager::<Values>::new(config).unwrap().guarded_by(followed).users(Users);
    look.debug(&sessions);

    let session = sessions.anonymous();
    look.debug(&Login::<Values>::new(WHO).stamp(MARK).label(MARK));
    block_on(auth::sign_in(&session, &Users, &(), |login| login)).unwrap();
    let [(event, subject)] = &seen.lock().unwrap()[..] else { panic!("one login") };
    assert!(!event.contains(WHO) && subject == "Subject(..)");
    look.seen.insert("cloakroom::session::subject::Subject".into());
    let headers = block_on(sessions.commit(&session, 200)).unwrap();
    let cookie = headers.set_cookies[0].as_str().split(';').next().expect("a pair").to_owned();
    look.secret(cookie.as_bytes());
    let headers = [("cookie", cookie.as_bytes())];
    let slot = sessions.slot(&RequestParts::new("GET", "/", &headers)).unwrap();
    look.debug(&block_on(Auth::<&str, Values>::of(Some(&slot), &headers)).unwrap());
    devices(look);

    look.debug(&Message::success(MARK));
    look.both(&Level::Success);
    look.debug(&Verification::Changed);
    look.debug(&SiteData::Storage);
    look.debug(&Attempt::<()>::Denied);
    look.debug(&Chain((), ()));
    look.both(&AuthError::from(CommitError::Conflict));
    look.both(&AuthRejection::Anonymous);

    let hash = SidHash::of(&RowKey::from_bytes(*MARK.as_bytes().repeat(2).first_chunk().unwrap()));
    look.debug(&hash);
    let events = vec![Ended::Session(hash), Ended::Subject(WHO.into(), 7)];
    look.debug(&events[1]);
    look.debug(&Feed { events, cursor: Cursor(1, 2), complete_since: None });
    look.debug(&Cursor(1, 2));
    look.debug(&Verdict::default());
    block_on(MemoryRevocations::new().bump(WHO.as_bytes())).unwrap();
}

/// A device with a label, from a registry.
fn devices(look: &mut Look) {
    #[cfg(feature = "memory-store")]
    {
        let config = SessionConfig::new(KeyRing::new(Key::generate().unwrap()), "shop");
        let registry = Registry::new(cloakroom::store::MemoryStore::new());
        look.debug(&registry);
        let store = cloakroom::store::MemoryStore::new();
        look.debug(&cloakroom::revocation::StoreRevocations::new(store));
        let sessions = SessionManager::<Values>::new(config).unwrap().guarded_by(registry);
        let session = sessions.anonymous();
        block_on(auth::login(&session, Login::new(WHO).label(MARK))).unwrap();
        look.debug(&block_on(auth::devices(&sessions, WHO)).unwrap()[0]);
    }
    #[cfg(not(feature = "memory-store"))]
    {
        let registry: Option<Registry> = None;
        look.debug(&registry);
        look.seen.insert("cloakroom::revocation::registry::Registry".into());
        look.seen.insert("cloakroom::revocation::stored::StoreRevocations".into());
        look.seen.insert("cloakroom::auth::devices::Device".into());
    }
}
