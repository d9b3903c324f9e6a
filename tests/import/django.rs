//! Every vector of Django, through the library.

use cloakroom::Timestamp;
use cloakroom::import::{
    ImportError, Json,
    django::{self, Algorithm, Sessions, Signing, Writer},
};
use serde_json::Value;

pub(crate) fn vectors() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/import/django.json");
    let text = std::fs::read_to_string(path).expect("the vectors");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    all["vectors"].as_array().expect("a list").clone()
}

/// The keys of a vector, the one in use first.
pub(crate) fn keys(vector: &Value) -> Vec<Vec<u8>> {
    let hex = |text: &str| -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    };
    let first = match (&vector["explicit_key"], &vector["secret_key_hex"]) {
        (Value::String(key), _) => key.clone().into_bytes(),
        (_, Value::String(key)) => hex(key),
        _ => vector["secret_key"].as_str().expect("a key").as_bytes().to_vec(),
    };
    let fallbacks = vector["fallback_keys"].as_array().expect("a list");
    let fallbacks = fallbacks.iter().map(|key| key.as_str().unwrap().as_bytes().to_vec());
    let prefix = vector["key_prefix"].as_str().unwrap_or_default().as_bytes();
    let keys = std::iter::once(first).chain(fallbacks);
    keys.map(|key| match prefix {
        [] => key,
        b"django.http.cookies" => django::cookie_secret(&key).as_ref().to_vec(),
        other => panic!("{other:?}"),
    })
    .collect()
}

fn signing(vector: &Value) -> Signing {
    let algorithm = match vector["algorithm"].as_str() {
        Some("sha256") => Algorithm::Sha256,
        Some("sha1") => Algorithm::Sha1,
        other => panic!("{other:?}"),
    };
    let keys = keys(vector);
    let salt = vector["salt"].as_str().expect("a salt");
    let first = Signing::with(algorithm, salt, &keys[0]).expect("a key");
    let signing = keys[1..].iter().try_fold(first, |signing, key| signing.fallback(key));
    signing.unwrap().separator(vector["sep"].as_str().unwrap()).expect("a separator")
}

#[test]
fn every_token_decodes_or_fails_as_stated() {
    let mut seen = 0;
    for vector in vectors() {
        let kind = vector["kind"].as_str().unwrap();
        let Some(token) = vector["token"].as_str() else { continue };
        let (id, expected) = (vector["id"].as_str().unwrap(), &vector["expected"]);
        let (max_age, now) = (vector["max_age"].as_f64(), vector["now"].as_f64().unwrap());
        let signing = signing(&vector);
        let found: Result<String, ImportError> = match kind {
            "signer" => signing.unsign(token.as_bytes()).map(text),
            "timestamp_signer" | "signed_cookie" => {
                let found = signing.unsign_timed_at(token.as_bytes(), max_age, now);
                found.map(|(value, _)| text(value))
            }
            _ => {
                let found = signing.loads_at(token.as_bytes(), max_age, now);
                found.map(|json| json.root().to_python())
            }
        };
        match found {
            Ok(found) if expected["json_text_sha256"].is_string() => {
                assert_eq!(expected["json_text_len"], found.len(), "{id}");
            }
            Ok(found) => {
                let stated = expected["json_text"].as_str().or(expected["value"].as_str());
                assert_eq!(Some(found.as_str()), stated, "{id}");
            }
            Err(error) => assert_eq!(expected["class"], error.class(), "{id}: {error}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 79);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn every_session_cookie_of_the_middleware_opens() {
    let mut seen = 0;
    for vector in vectors().iter().filter(|vector| vector["kind"] == "set_cookie_header") {
        let sessions = Sessions::signed_cookies(&keys(vector)[0]).unwrap();
        let now = Timestamp::from_unix(vector["now"].as_u64().unwrap());
        for line in vector["expected"]["set_cookie"].as_array().unwrap() {
            let line = line.as_str().unwrap();
            let value = line.split_once('=').unwrap().1.split(';').next().unwrap();
            if value.contains(':') {
                let opened = sessions.open(value.as_bytes(), now);
                assert!(opened.is_ok(), "{}: {line}", vector["id"]);
                seen += 1;
            }
        }
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn what_is_not_compressed_is_written_byte_for_byte() {
    let mut seen = 0;
    for vector in vectors() {
        let group = vector["group"].as_str().unwrap();
        let stated = ["small", "unicode", "login"].contains(&group);
        let derived = &vector["derived"];
        if !stated || derived["compressed"] != false || vector["secret_key"].is_null() {
            continue;
        }
        let json = Json::parse(derived["payload_text"].as_str().unwrap()).unwrap();
        let writer = Writer::new(Sessions::signed_cookies(&keys(&vector)[0]).unwrap());
        let signed_at = Timestamp::from_unix(vector["signed_at"].as_u64().unwrap());
        let token = writer.seal_json(json.root(), signed_at).unwrap();
        assert_eq!(vector["token"], token, "{}", vector["id"]);
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn the_hash_of_a_login_is_that_of_django() {
    let mut seen = 0;
    for vector in vectors().iter().filter(|vector| vector["kind"] == "session_auth_hash") {
        let writer = Writer::new(Sessions::stored(&keys(vector)[0]).unwrap());
        let members = writer.login_members("1", vector["password_field"].as_str().unwrap());
        assert_eq!(vector["expected"]["value"], members["_auth_user_hash"], "{}", vector["id"]);
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn a_login_is_one_as_long_as_the_password_stays() {
    let mut seen = 0;
    for vector in vectors() {
        let Some(password) = vector["user_password_field"].as_str() else { continue };
        let secret = &keys(&vector)[0];
        let sessions = match vector["kind"].as_str() {
            Some("session_data") => Sessions::stored(secret),
            _ => Sessions::signed_cookies(secret),
        };
        let sessions = sessions.unwrap();
        let now = Timestamp::from_unix(1_790_000_000);
        let session = sessions.open(vector["token"].as_str().unwrap().as_bytes(), now).unwrap();
        assert_eq!(session.user_id(), Some("1"));
        assert_eq!(session.backend(), Some("django.contrib.auth.backends.ModelBackend"));
        assert!(session.is_login_of(&sessions, password));
        assert!(!session.is_login_of(&sessions, &format!("{password}!")));
        // A key that has become a fallback still proves the login; a foreign key does not.
        let rotated = Sessions::stored("the next key").unwrap();
        assert!(!session.is_login_of(&rotated, password));
        assert!(session.is_login_of(&rotated.fallback(secret).unwrap(), password));
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn salts_of_signed_cookies_are_those_of_both_times() {
    for vector in vectors().iter().filter(|vector| vector["kind"] == "signed_cookie") {
        let part = |name: &str| vector[name].as_str().unwrap();
        let (name, salt) = (part("cookie_name"), part("salt_argument"));
        let is_old = vector["legacy_fallback_setting"] == true;
        let made = if is_old {
            django::legacy_cookie_salt(name, salt)
        } else {
            django::cookie_salt(name, salt)
        };
        assert_eq!(vector["salt"], made, "{}", vector["id"]);
    }
}
