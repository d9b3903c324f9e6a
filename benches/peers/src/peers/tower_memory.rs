//! `tower-sessions` with its `MemoryStore`: the cookie holds an id, the record is cloned out and in.

use std::{collections::HashMap, marker::PhantomData};

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    MemoryStore, SessionStore,
    session::{Id, Record},
};

use super::ready;
use crate::{
    peer::{Peer, Session},
    records,
};

/// A typed session under one key of the record, as its `Session::insert` and `get` do it.
pub struct Typed<R>(MemoryStore, Id, PhantomData<R>);

/// The record itself.
#[derive(Default)]
pub struct Fields(MemoryStore, Id);

const KEY: &str = "session";

impl<R> Default for Typed<R> {
    fn default() -> Self {
        Self(MemoryStore::default(), Id::default(), PhantomData)
    }
}

impl<R: records::Record> Peer for Typed<R> {
    type Session = R;

    fn seal(&self, session: &R) -> String {
        let value = serde_json::to_value(session).expect("it is JSON");
        save(&self.0, &record(self.1, HashMap::from([(KEY.to_owned(), value)])))
    }

    fn open(&self, value: &str) -> R {
        let value = load(&self.0, value).data.get(KEY).cloned().expect("it was saved");
        serde_json::from_value(value).expect("it is what was saved")
    }
}

impl Peer for Fields {
    type Session = Record;

    fn seal(&self, session: &Record) -> String {
        save(&self.0, session)
    }

    fn open(&self, value: &str) -> Record {
        load(&self.0, value)
    }
}

impl Fields {
    pub fn session(&self, map: &Map<String, Value>) -> Record {
        record(self.1, map.clone().into_iter().collect())
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

fn record(id: Id, data: HashMap<String, Value>) -> Record {
    Record { id, data, expiry_date: OffsetDateTime::now_utc() + Duration::DAY }
}

fn save(store: &MemoryStore, record: &Record) -> String {
    ready(store.save(record)).expect("memory does not fail");
    record.id.to_string()
}

fn load(store: &MemoryStore, value: &str) -> Record {
    let id = value.parse().expect("it is an id");
    ready(store.load(&id)).expect("memory does not fail").expect("it was saved")
}
