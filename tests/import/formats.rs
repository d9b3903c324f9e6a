//! Every cookie that `make_vectors` made with the real libraries: decoded as stated, and refused
//! wherever it is touched.
//!
//! `CLOAKROOM_IMPORT_VECTORS` names another folder, such as one that was made a moment ago.

use cloakroom::{
    Timestamp,
    import::{
        ImportError, Json,
        cookie_jar::{self, Jar},
        express, flask, iron, laravel, rails,
    },
};
use serde_json::Value;

/// A vector: what it opens to, with any bytes in its cookie's place.
struct Vector(Value);

type Found = Result<Value, ImportError>;
/// Opens any cookie as that of a vector.
type Opener<'v> = Box<dyn Fn(&[u8], Timestamp) -> Found + 'v>;

fn vectors(format: &str) -> Vec<Vector> {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/import");
    let folder = std::env::var("CLOAKROOM_IMPORT_VECTORS").unwrap_or(committed.to_owned());
    let text = std::fs::read_to_string(format!("{folder}/{format}.json")).expect("the vectors");
    let mut all: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(all["format"], format);
    let all = all["vectors"].take();
    all.as_array().expect("a list").iter().cloned().map(Vector).collect()
}

impl Vector {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("{name} of {}", self.0["id"]))
    }

    fn keys(&self) -> Vec<&str> {
        self.0["keys"].as_array().expect("keys").iter().map(|key| key.as_str().unwrap()).collect()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0["now"].as_u64().expect("now"))
    }

    fn cookie(&self) -> &[u8] {
        self.text("cookie").as_bytes()
    }
}

fn value(json: &Json) -> Value {
    json.root().to().expect("a value")
}

fn flask(vector: &Vector) -> Opener<'_> {
    let keys = vector.keys();
    let first = flask::Sessions::new(keys[0]).unwrap();
    let sessions = keys[1..].iter().fold(first, |all, key| all.fallback(key).unwrap());
    Box::new(move |cookie, now| sessions.open(cookie, now).map(|json| value(&json)))
}

fn express(vector: &Vector) -> Opener<'_> {
    let keys = vector.keys();
    let first = express::Sessions::new(keys[0]).unwrap();
    let sessions = keys[1..].iter().fold(first, |all, key| all.fallback(key).unwrap());
    let (name, signature) = (vector.text("name"), vector.text("signature").as_bytes());
    Box::new(move |cookie, _| sessions.open(name, cookie, signature).map(|json| value(&json)))
}

fn iron(vector: &Vector) -> Opener<'_> {
    let mut passwords = vector.0["passwords"].as_object().expect("passwords").iter();
    let (_, first) = passwords.next().unwrap();
    let first = iron::Sessions::new(first.as_str().unwrap()).unwrap();
    let sessions =
        passwords.fold(first, |all, (id, text)| all.password(id, text.as_str().unwrap()).unwrap());
    Box::new(move |cookie, now| sessions.open(cookie, now).map(|json| value(&json)))
}

fn rails(vector: &Vector) -> Opener<'_> {
    let digest = |name: &str| match vector.text(name) {
        "sha1" => rails::Digest::Sha1,
        "sha256" => rails::Digest::Sha256,
        other => panic!("{other}"),
    };
    let (keys, generator) = (vector.keys(), digest("digest"));
    let first = rails::Cookies::new(keys[0], generator).unwrap();
    let cookies = keys[1..].iter().fold(first, |all, key| all.fallback(key, generator).unwrap());
    let mut cookies = cookies.signed_with(digest("signed_with"));
    if vector.0["metadata"] == false {
        cookies = cookies.without_purpose();
    }
    let name = vector.text("name");
    let is_encrypted = vector.text("kind") == "encrypted";
    Box::new(move |cookie, now| {
        let opened = match is_encrypted {
            true => cookies.open_encrypted(name, cookie, now),
            false => cookies.open_signed(name, cookie, now),
        };
        opened.map(|json| value(&json))
    })
}

fn laravel(vector: &Vector) -> Opener<'_> {
    let cipher = match vector.text("cipher") {
        "AES-256-CBC" => laravel::Cipher::Cbc,
        _ => laravel::Cipher::Gcm,
    };
    let keys = vector.keys();
    let first = laravel::Cookies::new(cipher, keys[0]).unwrap();
    let cookies = keys[1..].iter().fold(first, |all, key| all.fallback(key).unwrap());
    Box::new(move |cookie, _| cookies.open(vector.text("name"), cookie).map(Value::String))
}

fn jar(vector: &Vector) -> Opener<'_> {
    let hex = |text: &str| -> Vec<u8> {
        let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    };
    let jar = match vector.0["master"].as_str() {
        Some(master) => Jar::derived(hex(master)).unwrap(),
        None => {
            let keys = vector.keys();
            let first = Jar::new(hex(keys[0])).unwrap();
            keys[1..].iter().fold(first, |all, key| all.fallback(hex(key)).unwrap())
        }
    };
    let is_signed = vector.text("kind") == "signed";
    Box::new(move |cookie, _| {
        let opened = match is_signed {
            true => jar.open_signed(cookie),
            false => jar.open_private(vector.text("name"), cookie),
        };
        opened.map(Value::String)
    })
}

type Open = fn(&Vector) -> Opener<'_>;

const FORMATS: [(&str, Open, bool, usize); 6] = [
    ("flask", flask, true, 17),
    ("express", express, false, 9),
    ("iron", iron, true, 10),
    ("rails", rails, true, 21),
    ("laravel", laravel, false, 14),
    ("cookie", jar, false, 14),
];

#[test]
fn every_cookie_of_the_real_libraries_opens_or_is_refused_as_stated() {
    for (format, open, has_time, count) in FORMATS {
        let vectors = vectors(format);
        assert_eq!(vectors.len(), count, "{format}");
        for vector in vectors {
            let now = if has_time { vector.now() } else { Timestamp::from_unix(0) };
            let (id, expected) = (&vector.0["id"], &vector.0["expected"]);
            match open(&vector)(vector.cookie(), now) {
                Ok(found) => assert_eq!(found, expected["data"], "{format} {id}"),
                Err(error) => {
                    assert_eq!(expected["error"], error.class(), "{format} {id}: {error}")
                }
            }
        }
    }
}

#[test]
fn a_session_of_actix_comes_out_of_either_jar() {
    let mut seen = 0;
    for vector in vectors("cookie").iter().filter(|vector| !vector.0["actix"].is_null()) {
        let text = jar(vector)(vector.cookie(), Timestamp::from_unix(0)).unwrap();
        let data = cookie_jar::actix_session(text.as_str().unwrap()).unwrap();
        assert_eq!(value(&data), vector.0["actix"]);
        seen += 1;
    }
    assert_eq!(seen, 2);
    for text in ["", "[]", "{\"a\":1}", "{\"a\":\"\"}", "{\"a\":\"1 2\"}", "\"a\""] {
        assert!(cookie_jar::actix_session(text).is_err(), "{text}");
    }
}

#[test]
fn a_cookie_cut_anywhere_is_refused() {
    for (format, open, has_time, _) in FORMATS {
        let vectors = vectors(format);
        let vector = vectors.iter().find(|vector| vector.cookie().len() < 700).unwrap();
        let now = if has_time { vector.now() } else { Timestamp::from_unix(0) };
        let open = open(vector);
        let whole = open(vector.cookie(), now).expect("it opens whole");
        for len in 0..vector.cookie().len() {
            match open(&vector.cookie()[..len], now) {
                Err(error) => {
                    // iron-session's version stands outside its seal.
                    let is_mark = format == "iron" && error == ImportError::Shape;
                    assert!(is_mark || error == ImportError::BadSignature, "{format}: {error}");
                }
                // Padding may be missing: the bytes are the same ones.
                Ok(found) => assert_eq!(found, whole, "{format}, {len} characters"),
            }
        }
    }
}

#[test]
fn a_cookie_with_one_bit_changed_is_never_another_one() {
    for (format, open, has_time, _) in FORMATS {
        let vectors = vectors(format);
        let vector = vectors.iter().find(|vector| vector.cookie().len() < 700).unwrap();
        let now = if has_time { vector.now() } else { Timestamp::from_unix(0) };
        let open = open(vector);
        let whole = open(vector.cookie(), now).expect("it opens");
        let mut refused = 0;
        for place in 0..vector.cookie().len() {
            for bit in [0, 3, 5] {
                let mut altered = vector.cookie().to_vec();
                altered[place] ^= 1 << bit;
                match open(&altered, now) {
                    Err(error) => {
                        // iron-session's version stands outside its seal.
                        let is_mark = format == "iron" && error == ImportError::Shape;
                        assert!(is_mark || error == ImportError::BadSignature, "{format}: {error}");
                        refused += 1;
                    }
                    // Two spellings of one escape.
                    Ok(found) => assert_eq!(found, whole, "{format}, {place}, {bit}"),
                }
            }
        }
        assert!(refused > vector.cookie().len() * 2, "{format}: {refused}");
    }
}

#[test]
fn a_cookie_that_is_too_long_is_not_looked_at() {
    for (format, open, has_time, _) in FORMATS {
        let vector = &vectors(format)[0];
        let now = if has_time { vector.now() } else { Timestamp::from_unix(0) };
        let open = open(vector);
        let long = vec![b'a'; (2 << 20) + 1];
        assert_eq!(open(&long, now), Err(ImportError::TooLong), "{format}");
        let short = vec![b'.'; 1 << 20];
        assert_eq!(open(&short, now), Err(ImportError::BadSignature), "{format}");
    }
}

#[test]
fn a_purpose_is_asked_for_unless_told_otherwise() {
    let mut seen = [0, 0];
    for vector in vectors("rails") {
        if vector.0["expected"]["data"].is_null() {
            continue;
        }
        let mut other = Vector(vector.0.clone());
        if vector.0["metadata"] == false {
            other.0["metadata"] = Value::Bool(true);
            seen[0] += 1;
        } else {
            other.0["name"] = Value::from("another_cookie");
            seen[1] += 1;
        }
        let found = rails(&other)(other.cookie(), other.now());
        assert_eq!(found, Err(ImportError::Purpose), "{}", vector.0["id"]);
    }
    assert_eq!(seen, [2, 13]);
}

#[test]
fn secrets_that_are_none_are_refused() {
    assert!(flask::Sessions::new("").is_err());
    assert!(flask::Sessions::new("a").unwrap().fallback("").is_err());
    assert!(express::Sessions::new("").is_err());
    assert!(rails::Cookies::new("", rails::Digest::Sha1).is_err());
    assert!(iron::Sessions::new("x".repeat(31)).is_err());
    let long = "x".repeat(32);
    assert!(iron::Sessions::new(&long).unwrap().password("1", &long).is_err());
    for key in ["", "base64:", "base64:YQ==", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="] {
        assert!(laravel::Cookies::new(laravel::Cipher::Cbc, key).is_err(), "{key}");
    }
    assert!(Jar::new([0; 63]).is_err() && Jar::derived([0; 31]).is_err());
}
