//! `axum-extra`: `PrivateCookieJar` around JSON, from the `Cookie` header to the response's headers.

use std::marker::PhantomData;

use axum::response::IntoResponse;
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar};
use http::{HeaderMap, HeaderValue, header};
use serde::{Serialize, de::DeserializeOwned};

use crate::peer::{Peer, Session};

pub const NAME: &str = "session";

pub struct Private<S>(Key, PhantomData<S>);

impl<S> Default for Private<S> {
    fn default() -> Self {
        Self(Key::generate(), PhantomData)
    }
}

impl<S: Session + Serialize + DeserializeOwned> Peer for Private<S> {
    type Session = S;

    fn seal(&self, session: &S) -> String {
        let json = serde_json::to_string(session).expect("it is JSON");
        let jar: PrivateCookieJar = PrivateCookieJar::new(self.0.clone());
        let response = jar.add(Cookie::new(NAME, json)).into_response();
        let line = response.headers().get(header::SET_COOKIE).expect("just added");
        line.to_str().expect("ASCII")[NAME.len() + 1..].into()
    }

    fn open(&self, value: &str) -> S {
        let mut headers = HeaderMap::new();
        let cookie = HeaderValue::try_from(format!("{NAME}={value}")).expect("ASCII");
        headers.insert(header::COOKIE, cookie);
        let jar: PrivateCookieJar = PrivateCookieJar::from_headers(&headers, self.0.clone());
        let cookie = jar.get(NAME).expect("it opens");
        serde_json::from_str(cookie.value()).expect("it is what was sealed")
    }
}
