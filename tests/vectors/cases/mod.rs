//! The catalogue of all vectors, each made by the reference writer from an ordinary session and
//! one change.

mod bodies;
mod claims;
mod moments;
mod outside;
mod payloads;
mod records;
mod sessions;
mod streams;

use cloakroom::{Protection, Rejection};

use crate::{
    file::{Line, Vector, hex},
    reference::{self, Keys, Session},
    run::yes_or_no,
};

/// Every vector, in both modes.
pub fn all() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for mode in [Protection::Encrypted, Protection::Signed] {
        for part in [
            sessions::all,
            claims::all,
            streams::all,
            outside::all,
            payloads::all,
            moments::all,
            records::all,
        ] {
            vectors.extend(part(mode));
        }
        vectors.extend(bodies::all(mode));
    }
    vectors
}

pub const CREATED: u64 = 1_790_000_000;
pub const ISSUED: u64 = CREATED + 60;
/// What every writer here draws from its generator.
pub const R: [u8; 32] = [0xC7; 32];
const SID: [u8; 16] = *b"\xA0\xA1\xA2\xA3\xA4\xA5\xA6\xA7\xA8\xA9\xAA\xAB\xAC\xAD\xAE\xAF";

/// A vector in the making. Reader and writer agree until one of them is changed.
pub struct Case {
    name: String,
    rule: &'static str,
    comment: &'static str,
    reader: Place,
    writer: Place,
    now: u64,
    options: Vec<Line>,
    session: Session,
    payload: Option<Vec<u8>>,
    token: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
}

/// Where a cookie belongs.
#[derive(Clone)]
pub struct Place {
    pub mode: Protection,
    /// The first byte of the master key, which counts upwards from it.
    pub key: u8,
    pub app: String,
    pub name: String,
    pub bind: Vec<u8>,
}

impl Place {
    fn master(&self) -> [u8; 32] {
        counting(self.key)
    }

    pub fn keys(&self) -> Keys {
        Keys::derive(&self.master(), &self.app, &self.name)
    }
}

/// The 32 bytes that count upwards from `first`.
pub fn counting<const N: usize>(first: u8) -> [u8; N] {
    std::array::from_fn(|nth| first.wrapping_add(u8::try_from(nth).unwrap()))
}

/// A vector of an ordinary session, held to this rule of the specification.
pub fn case(mode: Protection, name: &str, rule: &'static str, comment: &'static str) -> Case {
    let place = Place {
        mode,
        key: 0,
        app: "shop".to_owned(),
        name: "__Host-session".to_owned(),
        bind: Vec::new(),
    };
    let session = Session {
        sid: SID,
        created: CREATED,
        age: 60,
        own: None,
        browser: true,
        kind: 0,
        claims: Vec::new(),
        body: visit(b"hello"),
        stream: None,
        extra: 0,
    };
    Case {
        name: format!("{}_{name}", mode_text(mode)),
        rule,
        comment,
        reader: place.clone(),
        writer: place,
        now: ISSUED,
        options: Vec::new(),
        session,
        payload: None,
        token: None,
        value: None,
    }
}

impl Case {
    /// Changes where both the reader and the writer believe the cookie belongs.
    pub fn place(mut self, change: impl Fn(&mut Place)) -> Self {
        change(&mut self.reader);
        change(&mut self.writer);
        self
    }

    /// Changes where the writer believes the cookie belongs.
    pub fn writer(mut self, change: impl Fn(&mut Place)) -> Self {
        change(&mut self.writer);
        self
    }

    /// Changes where the reader believes the cookie belongs.
    pub fn reader(mut self, change: impl Fn(&mut Place)) -> Self {
        change(&mut self.reader);
        self
    }

    pub fn session(mut self, change: impl FnOnce(&mut Session)) -> Self {
        change(&mut self.session);
        self
    }

    pub fn now(self, now: u64) -> Self {
        Self { now, ..self }
    }

    /// Tells the reader something more. Options are given in the order of the file.
    pub fn option(mut self, key: &'static str, value: impl ToString) -> Self {
        self.options.push((key, value.to_string()));
        self
    }

    /// Changes the payload that is sealed.
    pub fn payload(self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut payload = self.session.payload();
        change(&mut payload);
        Self { payload: Some(payload), ..self }
    }

    /// Changes the sealed token.
    pub fn token(self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut token = self.sealed();
        change(&mut token);
        Self { token: Some(token), ..self }
    }

    /// Seals in another way than a writer does.
    pub fn sealed_by(mut self, seal: impl FnOnce(&Keys, &[u8]) -> Vec<u8>) -> Self {
        let payload = reference::filled(self.writer.mode, &self.session.payload());
        self.token = Some(seal(&self.writer.keys(), &payload));
        self
    }

    /// Changes the text of the value.
    pub fn text(self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut value = self.written();
        change(&mut value);
        Self { value: Some(value), ..self }
    }

    /// The vector, which opens to the session that was sealed.
    pub fn opens(self) -> Vector {
        let (session, kid) = (&self.session, self.writer.keys().kid);
        let (life, idle) = session.own.unwrap_or_default();
        let (kind, head) = [("typed", 5), ("values", 0), ("stored", 0)][usize::from(session.kind)];
        let (head, body) = session.body.split_at(head);
        let mut found = vec![
            ("expect", "ok".to_owned()),
            ("kid", hex(&kid)),
            ("sid", hex(&session.sid)),
            ("created", session.created.to_string()),
            ("issued", (session.created + u64::from(session.age)).to_string()),
            ("own_life", life.to_string()),
            ("own_idle", idle.to_string()),
            ("browser", yes_or_no(session.browser)),
            ("codec", if session.stream.is_some() { "deflate" } else { "raw" }.to_owned()),
            ("kind", kind.to_owned()),
        ];
        if let [version, shape @ ..] = head {
            found.extend([("version", version.to_string()), ("shape", hex(shape))]);
        }
        found.extend([("claims", claims::text(&session.claims)), ("body", hex(body))]);
        self.vector(found)
    }

    /// The vector, which is refused.
    pub fn refused(self, reason: Rejection) -> Vector {
        self.vector(vec![("expect", reason.as_str().to_owned())])
    }

    fn vector(self, found: Vec<Line>) -> Vector {
        let mut told = vec![
            ("comment", self.comment.to_owned()),
            ("rule", self.rule.to_owned()),
            ("mode", mode_text(self.reader.mode).to_owned()),
            ("key", reference::key_text(&self.reader.master())),
            ("app", self.reader.app.clone()),
            ("name", self.reader.name.clone()),
            ("bind", hex(&self.reader.bind)),
            ("now", self.now.to_string()),
        ];
        told.extend(self.options.iter().cloned());
        Vector { value: self.written(), name: self.name, told, found }
    }

    fn sealed(&self) -> Vec<u8> {
        let payload = self.payload.clone().unwrap_or_else(|| self.session.payload());
        self.token.clone().unwrap_or_else(|| {
            self.writer.keys().token(self.writer.mode, &R, &self.writer.bind, &payload)
        })
    }

    fn written(&self) -> Vec<u8> {
        self.value.clone().unwrap_or_else(|| reference::value(&self.sealed()))
    }
}

/// The body of a visit of user 42.
pub fn visit(note: &[u8]) -> Vec<u8> {
    // struct of two fields, `user` of the class of u32, `note` a string
    let shape = reference::shape(b"\x11\x02\x04user\x03\x04note\x09");
    [&[3][..], &shape, &[42], &varint(note.len()), note].concat()
}

/// The body of a visit of user 42 as its former version.
pub fn former_visit() -> Vec<u8> {
    [&[2][..], &reference::shape(b"\x11\x01\x04user\x03"), &[42]].concat()
}

fn varint(number: usize) -> Vec<u8> {
    let low = u8::try_from(number & 0x7F).unwrap();
    if number < 0x80 { vec![low] } else { [vec![low | 0x80], varint(number >> 7)].concat() }
}

pub fn mode_text(mode: Protection) -> &'static str {
    match mode {
        Protection::Encrypted => "encrypted",
        Protection::Signed => "signed",
    }
}

/// Bytes before and after the payload.
pub fn frame(mode: Protection) -> (usize, usize) {
    match mode {
        Protection::Encrypted => (29, 16),
        Protection::Signed => (5, 32),
    }
}

/// The other mode.
pub fn other(mode: Protection) -> Protection {
    match mode {
        Protection::Encrypted => Protection::Signed,
        Protection::Signed => Protection::Encrypted,
    }
}
