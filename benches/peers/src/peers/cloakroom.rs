//! Ours: the codec alone, and the manager from `Cookie` header to `Set-Cookie` line.

use std::marker::PhantomData;

use cloakroom::{
    Codec, EntropyRng, First, Key, KeyRing, Opened, OsEntropy, Policy, Protection, RequestParts,
    SessionConfig, SessionData, SessionManager, Timestamp, Values,
};
use serde_json::{Map, Value};

use super::{block::Block, ready};
use crate::{
    peer::{Peer, Session},
    records::{Checkout, Login, Member, Shopper},
};

macro_rules! sessions {
    ($($name:ident)*) => {$(
        impl SessionData for $name {
            const VERSION: u8 = 1;
            type Previous = First;
        }
    )*};
}

sessions!(Login Member Shopper Checkout);

const NAME: &str = "__Host-session";
const NOW: Timestamp = Timestamp::from_unix(1_790_004_000);

/// [`Codec`]: a value opened and sealed again as the same session, as every request does it.
pub struct Cookies<T> {
    codec: Codec,
    data: PhantomData<T>,
}

/// What a handler holds: the data, and which session it belongs to.
pub struct Kept<T> {
    opened: Opened,
    data: T,
}

impl<T: SessionData> Cookies<T> {
    pub fn new(mode: Protection) -> Self {
        let ring = KeyRing::new(Key::generate().expect("the system has entropy"));
        let codec = Codec::new(&ring, mode, "shop", NAME, Policy::default()).expect("sound");
        Self { codec, data: PhantomData }
    }

    /// The session's first cookie.
    pub fn start(&self, data: &T) -> String {
        let rng = &mut EntropyRng::new(&OsEntropy);
        self.codec.seal_new(data, b"", NOW, rng).expect("it fits")
    }
}

impl<T> Kept<T> {
    /// Bytes of the session's own encoding.
    pub fn body_len(&self) -> usize {
        self.opened.expose_body().len()
    }
}

impl<T: SessionData> Peer for Cookies<T>
where
    Kept<T>: Session,
{
    type Session = Kept<T>;

    fn seal(&self, session: &Kept<T>) -> String {
        let sealed = self.codec.seal_again(&session.opened, &session.data, b"", NOW, &mut Block);
        sealed.expect("it fits")
    }

    fn open(&self, value: &str) -> Kept<T> {
        let opened = self.codec.open(value.as_bytes(), b"", NOW).expect("it opens");
        let data = opened.decode().expect("it is what was sealed");
        Kept { opened, data }
    }
}

impl<T: crate::records::Record> Session for Kept<T> {
    fn user_id(&self) -> u64 {
        self.data.user_id()
    }

    fn set_last_seen(&mut self, unix: u64) {
        self.data.set_last_seen(unix);
    }
}

impl Session for Kept<Values> {
    fn user_id(&self) -> u64 {
        self.data.get("user_id").expect("a number").expect("the records have it")
    }

    fn set_last_seen(&mut self, unix: u64) {
        self.data.insert("last_seen", &unix).expect("there is room");
    }
}

/// The same session as [`Values`].
pub fn values_of(map: &Map<String, Value>) -> Values {
    let mut values = Values::new();
    values.update(map).expect("all of JSON has an encoding");
    values
}

/// [`SessionManager`]: from the `Cookie` header to the finished `Set-Cookie` line.
pub struct Headers<T: SessionData> {
    manager: SessionManager<T>,
    first: T,
}

impl<T: SessionData + Clone> Headers<T> {
    pub fn new(first: T) -> Self {
        let ring = KeyRing::new(Key::generate().expect("the system has entropy"));
        let manager = SessionManager::new(SessionConfig::new(ring, "shop")).expect("sound");
        Self { manager, first }
    }

    /// A `Cookie` header that holds the session.
    pub fn cookie(&self) -> String {
        let session = self.manager.anonymous();
        session.replace(self.first.clone()).expect("nobody else has it");
        self.commit(&session).split(';').next().unwrap_or_default().into()
    }

    /// Opened, one field read, one changed, sealed.
    pub fn cycle(&self, cookie: &str, request: impl FnOnce(&mut T)) -> String {
        let headers = [("cookie", cookie.as_bytes())];
        let parts = RequestParts::new("POST", "/", &headers);
        let session = ready(self.manager.load(&parts)).expect("no store is asked");
        session.update(request).expect("nobody else has it");
        self.commit(&session)
    }

    fn commit(&self, session: &cloakroom::Session<T>) -> String {
        let headers = ready(self.manager.commit(session, 200)).expect("it fits");
        headers.set_cookies.first().expect("it changed").as_str().into()
    }
}
