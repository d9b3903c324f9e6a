//! Maps: any bytes as a body, and any sequence of operations.
//!
//! Input: a byte. Even: the body follows. Odd: operations follow, each a byte and what it needs.

use std::collections::BTreeMap;

use cloakroom::{EntropyRng, FixedEntropy, Protection, Rejection, Values};

use super::any::Any;
use super::tokens::{NOW, codec, forge, now};

const MODE: Protection = Protection::Signed;

pub fn run(input: &[u8]) {
    let Some((pick, rest)) = input.split_first() else { return };
    if pick & 1 == 0 { read_body(rest) } else { operate(rest) }
}

fn read_body(body: &[u8]) {
    if body.is_empty() || body.len() > 2900 {
        return;
    }
    let values = match open(body) {
        Ok(values) => values,
        Err(reason) => return assert_eq!(reason, Rejection::Body),
    };
    assert_eq!(body_of(&values), body, "an unchanged map was rewritten");
    let keys: Vec<String> = values.keys().map(String::from).collect();
    assert!(keys.is_sorted_by(|a, b| a < b) && keys.len() == values.len());

    let mut all = BTreeMap::new();
    for key in &keys {
        assert!(values.contains_key(key));
        if let Ok(found) = values.get::<Any>(key) {
            all.insert(key.clone(), found.expect("a key without a value"));
        }
    }
    let mut anew = Values::new();
    all.iter().for_each(|(key, value)| anew.insert(key, value).expect("it was in a map"));
    is(&anew, &all);
    if all.len() == keys.len() && body.len() < 256 {
        // A reader takes longer forms than a writer writes. The one that is shorter is Huffman's code
        // where base64url comes first: five bits a character, at best, instead of six.
        assert!(body_of(&anew).len() * 4 <= body.len() * 5, "{body:02x?}");
    }

    // A change to one entry leaves the others.
    let mut changed = values.clone();
    for key in &keys {
        assert!(changed.remove(key) && !changed.contains_key(key));
        if let Some(value) = all.get(key) {
            changed.insert(key, value).expect("it was in the map");
        }
    }
    is(&changed, &all);
    // Rule V10: the table of an opened map is copied while no list or map changes, whatever names it
    // has. A writer's own body has none but those in use, and comes back to the byte.
    if !keys.is_empty() && body_of(&anew) == body {
        assert_eq!(body_of(&changed), body, "equal content, other bytes");
    }
}

fn open(body: &[u8]) -> Result<Values, Rejection> {
    let mut payload = vec![1 << 4];
    payload.extend([7; 16]);
    payload.extend(&NOW.to_be_bytes()[3..]);
    payload.extend([0; 4]);
    payload.extend(body);
    payload.push(0x80);
    let value = forge(MODE).seal(&payload, b"", &FixedEntropy::from_seed(1)).unwrap();
    let opened = codec(MODE).open(value.as_bytes(), b"", now()).unwrap();
    opened.decode().map_err(|error| error.reason())
}

fn body_of(values: &Values) -> Vec<u8> {
    let entropy = FixedEntropy::from_seed(1);
    let sealed = codec(MODE).seal_new(values, b"", now(), &mut EntropyRng::new(&entropy)).unwrap();
    let opened = codec(MODE).open(sealed.as_bytes(), b"", now()).unwrap();
    opened.expose_body().to_vec()
}

fn is(values: &Values, model: &BTreeMap<String, Any>) {
    assert!(values.keys().eq(model.keys()), "other keys");
    assert_eq!((values.len(), values.is_empty()), (model.len(), model.is_empty()));
    for (key, value) in model {
        assert_eq!(values.get::<Any>(key).unwrap().as_ref(), Some(value));
    }
}

/// Against a map of the standard library.
fn operate(mut script: &[u8]) {
    let (mut values, mut model) = (Values::new(), BTreeMap::new());
    while let Some((op, rest)) = script.split_first() {
        script = rest;
        let key =
            ["", "a", "b", "user", "user_id", "1f2e3d4c5b6a", "\u{1f9e5}", "a very long key, "]
                [usize::from(op >> 5)];
        let key = if op & 0x10 != 0 { key.repeat(5) } else { key.to_owned() };
        match op & 0x0f {
            0..=7 => {
                let value = Any::grow(&mut script, 3);
                if values.insert(&key, &value).is_ok() {
                    model.insert(key, value);
                } else {
                    assert!(script.len() > 100 || model.len() > 2, "a small value was refused");
                }
            }
            8 | 9 => assert_eq!(values.remove(&key), model.remove(&key).is_some()),
            10 => assert_eq!(values.take::<Any>(&key).unwrap(), model.remove(&key)),
            11 => assert_eq!(values.get::<Any>(&key).unwrap().as_ref(), model.get(&key)),
            12 => {
                // Of another type than it is: an error, and nothing else happens.
                let is_flag = matches!(model.get(&key), Some(Any::Bool(_)) | None);
                assert_eq!(values.get::<bool>(&key).is_ok(), is_flag);
            }
            13 if op & 0x10 != 0 => {
                values.clear();
                model.clear();
            }
            _ => {
                is(&values, &model);
                let body = body_of_any_size(&values);
                if let Some(body) = body {
                    values = open(&body).expect("what is written can be read");
                }
            }
        }
    }
    is(&values, &model);
}

/// The body, unless it is too large for a cookie.
fn body_of_any_size(values: &Values) -> Option<Vec<u8>> {
    let entropy = FixedEntropy::from_seed(1);
    let sealed = codec(MODE).seal_new(values, b"", now(), &mut EntropyRng::new(&entropy)).ok()?;
    let opened = codec(MODE).open(sealed.as_bytes(), b"", now()).unwrap();
    Some(opened.expose_body().to_vec())
}
