//! `cookie`: its private and signed jars around JSON, as applications without a session crate do it.

use std::marker::PhantomData;

use cookie::{Cookie, CookieJar, Key};
use serde::{Serialize, de::DeserializeOwned};

use crate::peer::{Peer, Session};

const NAME: &str = "session";

pub struct Private<S>(Key, PhantomData<S>);
pub struct Signed<S>(Key, PhantomData<S>);

impl<S> Default for Private<S> {
    fn default() -> Self {
        Self(Key::generate(), PhantomData)
    }
}

impl<S> Default for Signed<S> {
    fn default() -> Self {
        Self(Key::generate(), PhantomData)
    }
}

impl<S: Session + Serialize + DeserializeOwned> Peer for Private<S> {
    type Session = S;

    fn seal(&self, session: &S) -> String {
        let json = serde_json::to_string(session).expect("it is JSON");
        let mut jar = CookieJar::new();
        jar.private_mut(&self.0).add(Cookie::new(NAME, json));
        jar.get(NAME).expect("just added").value().into()
    }

    fn open(&self, value: &str) -> S {
        let cookie = Cookie::new(NAME, value.to_owned());
        let cookie = CookieJar::new().private(&self.0).decrypt(cookie).expect("it opens");
        serde_json::from_str(cookie.value()).expect("it is what was sealed")
    }
}

impl<S: Session + Serialize + DeserializeOwned> Peer for Signed<S> {
    type Session = S;

    fn seal(&self, session: &S) -> String {
        let json = serde_json::to_string(session).expect("it is JSON");
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.0).add(Cookie::new(NAME, json));
        jar.get(NAME).expect("just added").value().into()
    }

    fn open(&self, value: &str) -> S {
        let cookie = Cookie::new(NAME, value.to_owned());
        let cookie = CookieJar::new().signed(&self.0).verify(cookie).expect("it opens");
        serde_json::from_str(cookie.value()).expect("it is what was sealed")
    }
}
