//! Cookies of the real crate `cookie`, as JSON.

use cookie::{Cookie, CookieJar, Key};
use serde_json::{Value, json};

fn sealed(kind: &str, name: &str, value: &str, key: &Key) -> String {
    let mut jar = CookieJar::new();
    let cookie = Cookie::new(name.to_owned(), value.to_owned());
    match kind {
        "signed" => jar.signed_mut(key).add(cookie),
        _ => jar.private_mut(key).add(cookie),
    }
    let line = jar.get(name).expect("the cookie").encoded().to_string();
    line.split_once('=').expect("a value").1.to_owned()
}

fn main() {
    let new: Vec<u8> = (0..64).collect();
    let old: Vec<u8> = (64..128).collect();
    let master: Vec<u8> = (0..40).collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let state = r#"{"views":"3","name":"\"Zoë\"","cart":"[1,2]"}"#;
    let mut vectors: Vec<Value> = Vec::new();
    for kind in ["signed", "private"] {
        let mut add = |id: &str, value: &str, key: &Key, more: Value| {
            let cookie = sealed(kind, "id", value, key);
            let mut vector = json!({
                "id": format!("{kind}_{id}"), "kind": kind, "name": "id", "keys": [hex(&new)],
                "cookie": cookie, "expected": { "data": value },
            });
            for (name, value) in more.as_object().expect("a map") {
                vector[name] = value.clone();
            }
            vectors.push(vector);
        };
        let key = Key::from(&new);
        add("empty", "", &key, json!({}));
        add("text", "Zoë 😀; \"a\" 100%25", &key, json!({}));
        add("long", &"0123456789".repeat(200), &key, json!({}));
        let expected = json!({"views": 3, "name": "Zoë", "cart": [1, 2]});
        add("actix_session", state, &key, json!({ "actix": expected }));
        add("derived", "a", &Key::derive_from(&master), json!({ "master": hex(&master) }));
        let both = [hex(&new), hex(&old)];
        add("fallback", "a", &Key::from(&old), json!({ "keys": both }));
        let refused = json!({ "expected": { "error": "bad_signature" } });
        add("another_key", "a", &Key::from(&old), refused);
    }
    let all = json!({ "format": "cookie", "made_with": { "cookie": "0.18" }, "vectors": vectors });
    println!("{}", serde_json::to_string_pretty(&all).expect("JSON"));
}
