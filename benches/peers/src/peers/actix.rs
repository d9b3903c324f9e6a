//! `actix-session`: its cookie store with private cookies, in the steps of its middleware.
//!
//! The store keeps each value as JSON text and writes the map of them as JSON again; the middleware
//! percent-encodes the sealed cookie. A value is parsed only when it is read.

use std::{collections::HashMap, marker::PhantomData};

use actix_session::storage::{CookieSessionStore, SessionKey, SessionStore};
use actix_web::cookie::{Cookie, CookieJar, Key};
use serde_json::{Map, Value};

use super::ready;
use crate::{
    peer::{Peer, Session},
    records::Record,
};

/// A typed session under one key.
pub struct Typed<R>(Key, PhantomData<R>);

/// The map of JSON texts itself.
pub struct Fields(Key);

/// A session as the middleware holds it.
pub struct State(HashMap<String, String>);

const NAME: &str = "session";
const KEY: &str = "session";

impl<R> Default for Typed<R> {
    fn default() -> Self {
        Self(Key::generate(), PhantomData)
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self(Key::generate())
    }
}

impl<R: Record> Peer for Typed<R> {
    type Session = R;

    fn seal(&self, session: &R) -> String {
        let json = serde_json::to_string(session).expect("it is JSON");
        seal(&self.0, &HashMap::from([(KEY.to_owned(), json)]))
    }

    fn open(&self, value: &str) -> R {
        let state = open(&self.0, value);
        serde_json::from_str(&state[KEY]).expect("it is what was sealed")
    }
}

impl Peer for Fields {
    type Session = State;

    fn seal(&self, session: &State) -> String {
        seal(&self.0, &session.0)
    }

    fn open(&self, value: &str) -> State {
        State(open(&self.0, value))
    }
}

impl State {
    pub fn of(map: &Map<String, Value>) -> Self {
        Self(map.iter().map(|(key, value)| (key.clone(), value.to_string())).collect())
    }
}

impl Session for State {
    fn user_id(&self) -> u64 {
        serde_json::from_str(&self.0["user_id"]).expect("the records have a number here")
    }

    fn set_last_seen(&mut self, unix: u64) {
        self.0.insert("last_seen".into(), serde_json::to_string(&unix).expect("a number"));
    }
}

/// The store's `save` is these two lines; it would take the map away from us.
fn seal(key: &Key, state: &HashMap<String, String>) -> String {
    let text = serde_json::to_string(state).expect("it is JSON");
    let text: SessionKey = text.try_into().expect("it fits");
    let mut jar = CookieJar::new();
    jar.private_mut(key).add(Cookie::new(NAME, String::from(text)));
    let line = jar.delta().next().expect("just added").encoded().to_string();
    line[NAME.len() + 1..].into()
}

fn open(key: &Key, value: &str) -> HashMap<String, String> {
    let cookie = Cookie::parse_encoded(format!("{NAME}={value}")).expect("a sound header");
    let mut jar = CookieJar::new();
    jar.add_original(cookie);
    let text = jar.private(key).get(NAME).expect("it opens").value().to_owned();
    let text = text.try_into().expect("it fits");
    ready(CookieSessionStore::default().load(&text)).expect("it is JSON").expect("a session")
}
