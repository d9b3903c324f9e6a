//! A vector through the public interface: what the crate finds in it.

use cloakroom::{
    Claims, Codec, First, Key, KeyRing, Kind, OpenError, Opened, Policy, Protection, Rejection,
    SessionData, Timestamp, Upgrade, Values, keys::Window,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::file::{Line, Vector, hex, unhex};

/// The session type of vectors that go on to the body: `reads: visit`.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    pub user: u32,
    pub note: String,
}

/// Its former version. There is no version 1 any more.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerVisit {
    pub user: u32,
}

impl SessionData for Visit {
    const VERSION: u8 = 3;
    type Previous = FormerVisit;
}

impl SessionData for FormerVisit {
    const VERSION: u8 = 2;
    type Previous = First;
}

impl Upgrade<Visit> for FormerVisit {
    fn upgrade(self) -> Visit {
        Visit { user: self.user, note: String::new() }
    }
}

/// Whether this build has every mode that the vector asks for, and stores if it asks for one.
pub fn has_modes(vector: &Vector) -> bool {
    if vector.told("record").is_some() && !cfg!(all(feature = "encrypted", feature = "std")) {
        return false;
    }
    let also = vector.all_told("also_open").filter_map(|also| also.split(' ').next());
    also.chain([vector.needs("mode")]).all(|text| match mode(text) {
        Protection::Encrypted => cfg!(feature = "encrypted"),
        Protection::Signed => cfg!(feature = "signed"),
    })
}

/// What the crate finds, as the lines of a file.
pub fn found(vector: &Vector) -> Vec<Line> {
    match open(vector).and_then(|opened| decoded(vector, &opened).map(|()| opened)) {
        Ok(opened) => lines(&opened),
        Err(error) => vec![("expect", error.reason().as_str().to_owned())],
    }
}

pub fn open(vector: &Vector) -> Result<Opened, OpenError> {
    let now = Timestamp::from_unix(vector.number("now").expect("a moment"));
    let opened = codec(vector).open(&vector.value, &unhex(vector.needs("bind")), now)?;
    #[cfg(all(feature = "encrypted", feature = "std"))]
    if let Some(record) = vector.told("record") {
        return cloakroom::__fuzz::with_record(&record_codec(vector), opened, &unhex(record), now);
    }
    Ok(opened)
}

/// The codec that the vector describes, for records too.
#[cfg(all(feature = "encrypted", feature = "std"))]
pub fn record_codec(vector: &Vector) -> Codec {
    let also: Vec<_> = also_open(vector).map(|(_, app, until)| (app, until)).collect();
    let (app, name) = (vector.needs("app"), vector.needs("name"));
    cloakroom::__fuzz::with_records(codec(vector), app, name, &also).expect("keys of records")
}

fn decoded(vector: &Vector, opened: &Opened) -> Result<(), OpenError> {
    match vector.told("reads") {
        None => Ok(()),
        Some("visit") => opened.decode::<Visit>().map(drop),
        Some("values") => opened.decode::<Values>().map(drop),
        Some(other) => panic!("{}: reads {other}", vector.name),
    }
}

/// The codec that the vector describes.
pub fn codec(vector: &Vector) -> Codec {
    let key: Key = vector.needs("key").parse().expect("the text of a key");
    let date = |key| vector.number(key).map(Timestamp::from_unix);
    let window = Window {
        seal_from: date("seal_from"),
        seal_until: date("seal_until"),
        open_until: date("open_until"),
        revoked: vector.told("revoked").is_some(),
    };
    let mut ring = KeyRing::builder().key(key, window);
    if let Some(moment) = date("not_before") {
        ring = ring.not_before(moment);
    }
    let span = |key| vector.number(key).map(Duration::from_secs);
    let mut policy = Policy::default();
    for (key, set) in [
        ("idle", Policy::idle as fn(Policy, Duration) -> Policy),
        ("absolute", Policy::absolute),
        ("max_idle", Policy::max_idle),
        ("max_absolute", Policy::max_absolute),
    ] {
        policy = span(key).map_or(policy, |span| set(policy, span));
    }
    let ring = ring.build().expect("a ring");
    let name = vector.needs("name");
    let ours = mode(vector.needs("mode"));
    let mut codec = Codec::new(&ring, ours, vector.needs("app"), name, policy).expect("a codec");
    for (mode, app, until) in also_open(vector) {
        codec = codec.also_open(mode, app, name, until).expect("a second context");
    }
    codec
}

fn also_open(vector: &Vector) -> impl Iterator<Item = (Protection, &str, Timestamp)> {
    vector.all_told("also_open").map(|also| {
        let [also, app, until] = also.split(' ').collect::<Vec<_>>()[..] else { panic!("{also}") };
        (mode(also), app, Timestamp::from_unix(until.parse().expect("a moment")))
    })
}

pub fn mode(text: &str) -> Protection {
    match text {
        "encrypted" => Protection::Encrypted,
        "signed" => Protection::Signed,
        _ => panic!("mode {text}"),
    }
}

/// A session that opened, as the lines of a file.
pub fn lines(opened: &Opened) -> Vec<Line> {
    let (life, idle) = opened.own_lifetimes().unwrap_or_default();
    let (kind, head) = match opened.kind() {
        Kind::Typed => ("typed", 5),
        Kind::Values => ("values", 0),
        Kind::Stored => ("stored", 0),
    };
    let Some((head, body)) = opened.expose_body().split_at_checked(head) else {
        // What a reader of any type says of a body shorter than version and shape.
        return vec![("expect", Rejection::Body.as_str().to_owned())];
    };
    let mut lines = vec![
        ("expect", "ok".to_owned()),
        ("kid", opened.kid().to_string()),
        ("sid", hex(&opened.expose_id())),
        ("created", opened.created().as_unix().to_string()),
        ("issued", opened.issued().as_unix().to_string()),
        ("own_life", life.to_string()),
        ("own_idle", idle.to_string()),
        ("browser", yes_or_no(opened.is_browser_session())),
        ("codec", if opened.was_deflated() { "deflate" } else { "raw" }.to_owned()),
        ("kind", kind.to_owned()),
    ];
    if let [version, shape @ ..] = head {
        lines.extend([("version", version.to_string()), ("shape", hex(shape))]);
    }
    lines.extend([("claims", claims(opened.claims())), ("body", hex(body))]);
    lines
}

fn claims(claims: &Claims) -> String {
    let found = [
        claims.subject.as_deref().map(|subject| format!("subject={}", hex(subject))),
        claims.epoch.map(|epoch| format!("epoch={epoch}")),
        claims.auth_at.map(|at| format!("auth_at={}", at.as_unix())),
        claims.checked_at.map(|at| format!("checked_at={}", at.as_unix())),
        claims.stamp.map(|stamp| format!("stamp={}", hex(&stamp))),
        claims.level.map(|level| format!("level={level}")),
    ];
    found.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

pub fn yes_or_no(it: bool) -> String {
    if it { "yes" } else { "no" }.to_owned()
}
