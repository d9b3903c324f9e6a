//! The session shapes of `benches/corpus/`: one JSON file each, named after what it is.

use std::{collections::BTreeMap, fs, io, path::Path};

use cloakroom::{Protection, Values};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    peer::Peer,
    peers::cloakroom::{Cookies, Kept, values_of},
};

/// A session of the corpus.
pub struct Shape {
    pub name: String,
    pub session: Map<String, Value>,
}

/// What a session takes. Bytes before the seal, characters after it.
#[derive(Clone, Copy, Default)]
pub struct Sizes {
    pub json: usize,
    /// The same map in postcard, where every value says what it is and strings are text.
    pub postcard: usize,
    /// [`Values`], which packs strings and keys.
    pub values: usize,
    /// JSON, encrypted as the most compact of the peers would: 28 bytes around it.
    pub json_chars: usize,
    /// The same seal as ours around postcard.
    pub postcard_chars: usize,
    pub values_chars: usize,
}

/// All shapes, in the order of their names.
pub fn all() -> io::Result<Vec<Shape>> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus"));
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    let shape = |path: &Path| {
        let session = serde_json::from_slice(&fs::read(path)?)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().replace('_', " ");
        Ok(Shape { name, session })
    };
    paths.iter().map(|path| shape(path)).collect()
}

/// Measures one session.
pub fn sizes(session: &Map<String, Value>) -> Sizes {
    let json = serde_json::to_vec(session).expect("it is JSON").len();
    let plain: BTreeMap<&str, Plain<'_>> = plain(session);
    let postcard = postcard::to_allocvec(&plain).expect("it has an encoding").len();

    let peer: Cookies<Values> = Cookies::new(Protection::Encrypted);
    let value = peer.start(&values_of(session));
    let kept: Kept<Values> = peer.open(&value);
    let values = kept.body_len();
    let around = value.len() / 4 * 3 - values;
    Sizes {
        json,
        postcard,
        values,
        json_chars: chars(json + 28),
        postcard_chars: chars(postcard + around),
        values_chars: value.len(),
    }
}

/// Unpadded base64 of so many bytes.
fn chars(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// JSON's values as a format without types needs them: each with a tag.
#[derive(Serialize)]
enum Plain<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(&'a str),
    List(Vec<Self>),
    Map(BTreeMap<&'a str, Self>),
}

impl<'a> From<&'a Value> for Plain<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) => match number.as_i64() {
                Some(integer) => Self::Integer(integer),
                None => Self::Float(number.as_f64().expect("a number of JSON")),
            },
            Value::String(text) => Self::Text(text),
            Value::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            Value::Object(map) => Self::Map(plain(map)),
        }
    }
}

fn plain(map: &Map<String, Value>) -> BTreeMap<&str, Plain<'_>> {
    map.iter().map(|(key, value)| (key.as_str(), value.into())).collect()
}
