//! `tower-sessions-cookie-store`: its record format in the private jar that its layer uses.

use std::{collections::HashMap, marker::PhantomData};

use cookie::{Cookie, CookieJar, Key};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};
use tower_sessions_cookie_store::{decode_record, encode_record};
use tower_sessions_core::session::{Id, Record};

use crate::{
    peer::{Peer, Session},
    records,
};

/// A typed session under one key of the record, as its `Session::insert` and `get` do it.
pub struct Typed<R>(Key, PhantomData<R>);

/// The record itself.
pub struct Fields(Key);

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

impl<R: records::Record> Peer for Typed<R> {
    type Session = R;

    fn seal(&self, session: &R) -> String {
        let value = serde_json::to_value(session).expect("it is JSON");
        seal(&self.0, &record(HashMap::from([(KEY.to_owned(), value)])))
    }

    fn open(&self, value: &str) -> R {
        let value = open(&self.0, value).data.get(KEY).cloned().expect("it was sealed");
        serde_json::from_value(value).expect("it is what was sealed")
    }
}

impl Peer for Fields {
    type Session = Record;

    fn seal(&self, session: &Record) -> String {
        seal(&self.0, session)
    }

    fn open(&self, value: &str) -> Record {
        open(&self.0, value)
    }
}

impl Fields {
    pub fn session(&self, map: &Map<String, Value>) -> Record {
        record(map.clone().into_iter().collect())
    }
}

impl Session for Record {
    fn user_id(&self) -> u64 {
        self.data["user_id"].as_u64().expect("the records have a number here")
    }

    fn set_last_seen(&mut self, unix: u64) {
        self.data.insert("last_seen".into(), unix.into());
    }
}

fn record(data: HashMap<String, Value>) -> Record {
    Record { id: Id::default(), data, expiry_date: OffsetDateTime::now_utc() + Duration::DAY }
}

fn seal(key: &Key, record: &Record) -> String {
    let text = encode_record(record).expect("it is JSON");
    let mut jar = CookieJar::new();
    jar.private_mut(key).add(Cookie::new(NAME, text));
    jar.get(NAME).expect("just added").value().into()
}

fn open(key: &Key, value: &str) -> Record {
    let cookie = Cookie::new(NAME, value.to_owned());
    let cookie = CookieJar::new().private(key).decrypt(cookie).expect("it opens");
    decode_record(cookie.value()).expect("it is what was sealed")
}
