//! `cloakroom import django`, driven as its users drive it.

use std::process::Command;

use crate::django::{keys, vectors};

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_cloakroom"))
        .arg("import")
        .args(args)
        .env_clear()
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the tool runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn every_vector_is_answered_as_stated() {
    let loads = ["signed_cookies_session", "session_data", "signing_loads", "messages_cookie"];
    let mut seen = 0;
    for vector in vectors().iter().filter(|v| loads.contains(&v["kind"].as_str().unwrap())) {
        let id = vector["id"].as_str().unwrap();
        let (now, max_age) = (vector["now"].to_string(), vector["max_age"].to_string());
        let keys: Vec<String> = match vector["secret_key_hex"].as_str() {
            Some(hex) => vec![hex.to_owned()],
            None => keys(vector).into_iter().map(|key| String::from_utf8(key).unwrap()).collect(),
        };
        let key = if vector["secret_key_hex"].is_string() { "--key-hex" } else { "--key" };
        let mut args = vec!["django", "--json", key, &keys[0]];
        keys[1..].iter().for_each(|key| args.extend(["--fallback-key", key]));
        args.extend(["--salt", vector["salt"].as_str().unwrap(), "--at", &now]);
        if !vector["max_age"].is_null() {
            args.extend(["--max-age", &max_age]);
        }
        args.extend(["--", vector["token"].as_str().unwrap()]);
        let ran = run(&args);
        let expected = &vector["expected"];
        if expected["result"] == "error" {
            let error = format!("{{\"error\": {}}}\n", expected["class"]);
            assert_eq!((ran.code, ran.out), (Some(1), error), "{id}");
            assert!(ran.err.starts_with("refused ("), "{id}: {}", ran.err);
        } else if let Some(text) = expected["json_text"].as_str() {
            assert_eq!((ran.code, ran.out), (Some(0), format!("{{\"data\": {text}}}\n")), "{id}");
        } else {
            assert!(ran.code == Some(0) && ran.out.starts_with("{\"data\": "), "{id}");
        }
        seen += 1;
    }
    assert_eq!(seen, 67);
}

#[test]
fn a_token_may_be_empty_or_begin_with_a_dash() {
    for token in ["", "-x", "--json", "--", "é"] {
        let ran = run(&["django", "--json", "--key", "k", "--at", "0", "--", token]);
        assert_eq!(ran.out, "{\"error\": \"bad_signature\"}\n", "{token:?}");
        assert_eq!(ran.code, Some(1));
    }
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    for args in [
        &["django", "--json", "--at", "0", "--", "x"][..],
        &["django", "--json", "--key", "k", "--at", "noon", "--", "x"],
        &["django", "--json", "--key", "", "--at", "0", "--", "x"],
        &["django", "--json", "--key-hex", "0g", "--at", "0", "--", "x"],
        &["django", "--json", "--key", "k", "--max-age", "nan", "--", "x"],
        &["django", "--json", "--key", "k", "--at", "0"],
        &["django", "--key", "k", "--sep", "-", "--", "x"],
        &["cobol", "--json", "--", "x"],
        &[],
    ] {
        let ran = run(args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{args:?}: {}", ran.err);
    }
}

#[test]
fn every_other_format_has_its_command() {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/import");
    for format in ["flask", "rails", "express", "iron", "laravel", "cookie"] {
        let text = std::fs::read_to_string(format!("{committed}/{format}.json")).unwrap();
        let all: serde_json::Value = serde_json::from_str(&text).unwrap();
        let vector = all["vectors"].as_array().unwrap().iter();
        let vector = vector.clone().find(|v| !v["expected"]["data"].is_null()).unwrap();
        let part = |name: &str| vector[name].as_str().unwrap_or_default().to_owned();
        let (now, key) = (vector["now"].to_string(), vector["keys"][0].to_string());
        let key = key.trim_matches('"');
        let password = format!("1={}", vector["passwords"]["1"].as_str().unwrap_or_default());
        let (name, signature) = (part("name"), part("signature"));
        let own: &[&str] = match format {
            "flask" => &["--key", key, "--at", &now],
            "rails" => &["--key", key, "--name", &name, "--generator", "sha1", "--at", &now],
            "express" => &["--key", key, "--name", &name, "--signature", &signature],
            "iron" => &["--password", &password, "--at", &now],
            "laravel" => &["--key", key, "--name", &name],
            _ => &["--key-hex", key, "--name", &name, "--kind", "signed"],
        };
        let cookie = part("cookie");
        let with = |token: &str| {
            let args = [&[format, "--json"], own, &["--", token]].concat();
            run(&args)
        };
        let ran = with(&cookie);
        let shown: serde_json::Value = serde_json::from_str(&ran.out).expect(&ran.err);
        assert_eq!((ran.code, &shown["data"]), (Some(0), &vector["expected"]["data"]), "{format}");
        let ran = with("");
        assert_eq!(ran.out, "{\"error\": \"bad_signature\"}\n", "{format}");
        assert_eq!(ran.code, Some(1));
    }
}
