//! The workbench of all attacks: fixed keys, a session type, a codec, a manager, and a forge.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cloakroom::{
    __fuzz::Forge, Codec, EntropyRng, First, FixedClock, FixedEntropy, Headers, Key, KeyRing,
    OpenError, Policy, Protection, Rejection, RequestParts, SealError, Session, SessionConfig,
    SessionData, SessionManager, Timestamp,
};
use serde::{Deserialize, Serialize};

pub const APP: &str = "shop";
pub const NAME: &str = "__Host-session";
pub const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);
pub const MODES: [Protection; 2] = [Protection::Encrypted, Protection::Signed];

/// A session as small as they come in practice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    pub user: u32,
    pub note: String,
}

impl SessionData for Visit {
    const VERSION: u8 = 1;
    type Previous = First;
}

pub fn visit() -> Visit {
    Visit { user: 42, note: "hello".into() }
}

/// A key that is the same in every run, and another for each number.
pub fn key(nth: u64) -> Key {
    Key::generate_from(&mut EntropyRng::new(&FixedEntropy::from_seed(1000 + nth))).unwrap()
}

pub fn ring() -> KeyRing {
    KeyRing::new(key(1))
}

pub fn codec(mode: Protection) -> Codec {
    codec_of(&ring(), mode)
}

pub fn codec_of(ring: &KeyRing, mode: Protection) -> Codec {
    Codec::new(ring, mode, APP, NAME, Policy::default()).unwrap()
}

pub fn forge(mode: Protection) -> Forge {
    Forge::new(&key(1), mode, APP, NAME).unwrap()
}

/// Seals with entropy that depends on `seed` alone.
pub fn seal<T: SessionData>(codec: &Codec, value: &T, seed: u64) -> Result<String, SealError> {
    codec.seal_new(value, b"", NOW, &mut EntropyRng::new(&FixedEntropy::from_seed(seed)))
}

/// A cookie as a visitor has it.
pub fn cookie(mode: Protection) -> String {
    seal(&codec(mode), &visit(), 7).unwrap()
}

/// The session in `value`, or why there is none.
pub fn read(codec: &Codec, value: impl AsRef<[u8]>) -> Result<Visit, Rejection> {
    codec
        .open(value.as_ref(), b"", NOW)
        .and_then(|opened| opened.decode())
        .map_err(|error: OpenError| error.reason())
}

#[track_caller]
pub fn refused(codec: &Codec, value: impl AsRef<[u8]>, reason: Rejection) {
    assert_eq!(read(codec, value), Err(reason));
}

pub fn to_text(token: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(token)
}

pub fn to_token(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// A manager whose clock and entropy stand still, so that its responses can be compared.
pub fn manager(mode: Protection) -> SessionManager<Visit> {
    let config = SessionConfig::new(ring(), APP)
        .protection(mode)
        .clock(Arc::new(FixedClock::at(NOW)))
        .entropy(FixedEntropy::repeating(0x5a));
    SessionManager::new(config).unwrap()
}

/// The session of a request with these `Cookie` headers.
pub fn load(sessions: &SessionManager<Visit>, cookies: &[&[u8]]) -> Session<Visit> {
    let headers: Vec<(&str, &[u8])> = cookies.iter().map(|line| ("cookie", *line)).collect();
    let headers = Lines(&headers);
    wait(sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap()
}

/// What the server answers to a request with these `Cookie` headers whose handler reads the
/// session, and to one whose handler writes it.
pub fn responses(sessions: &SessionManager<Visit>, cookies: &[&[u8]]) -> [Headers; 2] {
    let reading = load(sessions, cookies);
    reading.read(|_| ()).unwrap();
    let writing = load(sessions, cookies);
    writing.update(|visit| visit.user = 1).unwrap();
    [reading, writing].map(|session| wait(sessions.commit(&session, 200)).unwrap())
}

/// The header of a cookie of our name.
pub fn header(value: impl AsRef<[u8]>) -> Vec<u8> {
    [NAME.as_bytes(), b"=", value.as_ref()].concat()
}

struct Lines<'l>(&'l [(&'l str, &'l [u8])]);

impl cloakroom::RequestHeaders for Lines<'_> {
    fn visit<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8])) {
        self.0.visit(name, visit);
    }
}

/// Runs a future that is never pending, as all of a cookie session are.
pub fn wait<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a cookie session waits for nobody"),
    }
}
