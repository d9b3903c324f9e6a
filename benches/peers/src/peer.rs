//! What is measured: something that turns a session into text and back.

use serde_json::{Map, Value};

use crate::records::Record;

/// One way to keep a session in a cookie.
pub trait Peer {
    /// The session as a handler sees it.
    type Session: Session;

    /// The session as the text that leaves: a cookie's value.
    fn seal(&self, session: &Self::Session) -> String;

    /// The session out of the text that [`seal`](Self::seal) made.
    fn open(&self, value: &str) -> Self::Session;

    /// A whole request: opened, one field read, one changed, sealed.
    fn cycle(&self, value: &str, now: u64) -> String {
        let mut session = self.open(value);
        std::hint::black_box(session.user_id());
        session.set_last_seen(now);
        self.seal(&session)
    }
}

/// What a request reads and changes.
pub trait Session {
    fn user_id(&self) -> u64;
    fn set_last_seen(&mut self, unix: u64);
}

impl<R: Record> Session for R {
    fn user_id(&self) -> u64 {
        Record::user_id(self)
    }

    fn set_last_seen(&mut self, unix: u64) {
        Record::set_last_seen(self, unix);
    }
}

/// A session as a map from names to JSON.
impl Session for Map<String, Value> {
    fn user_id(&self) -> u64 {
        self["user_id"].as_u64().expect("the records have a number here")
    }

    fn set_last_seen(&mut self, unix: u64) {
        self.insert("last_seen".into(), unix.into());
    }
}

/// A record as a map.
pub fn map_of(record: &impl Record) -> Map<String, Value> {
    match serde_json::to_value(record) {
        Ok(Value::Object(map)) => map,
        other => panic!("a record is an object, not {other:?}"),
    }
}

/// What a seal keeps from whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seal {
    /// Nobody but the server reads it.
    Encrypted,
    /// Everybody reads it, nobody alters it.
    Signed,
    /// The cookie holds an id, the session stays in the server's memory.
    Server,
    /// One ingredient alone.
    Floor,
}

/// How the session is written down in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    Typed,
    Map,
}
