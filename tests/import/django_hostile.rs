//! What nobody honest writes: times, separators, secrets, sizes, JSON.

use cloakroom::{
    Timestamp,
    import::{
        ImportError, Json,
        django::{Sessions, Signing, Writer},
    },
};

const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);

/// A signer whose values are payloads and times of any kind.
fn signing() -> Signing {
    Signing::new("salt", "secret").unwrap()
}

#[track_caller]
fn loads(value: &str, max_age: Option<f64>, now: f64) -> Result<String, ImportError> {
    let token = signing().sign(value);
    signing().loads_at(token.as_bytes(), max_age, now).map(|json| json.root().to_python())
}

#[test]
fn a_secret_that_is_empty_is_refused_wherever_it_comes() {
    assert!(Signing::new("salt", "").is_err());
    assert!(signing().fallback("").is_err());
    assert!(Sessions::signed_cookies("").is_err() && Sessions::stored("").is_err());
    assert!(Sessions::stored("secret").unwrap().fallback("").is_err());
}

#[test]
fn a_separator_that_a_signature_could_hold_is_refused() {
    for separator in ["", "-", "abc", "_", "=", "[", "^", "9", "\n", "a\n"] {
        assert!(signing().separator(separator).is_err(), "{separator:?}");
    }
    for separator in ["/", "*sep*", ",", ":", " ", "\n\n", "é", "."] {
        assert!(signing().separator(separator).is_ok(), "{separator:?}");
    }
}

#[test]
fn the_last_second_counts_and_fractions_do_too() {
    let age = |max_age, now| loads("e30:1x8elk", max_age, now).err();
    assert_eq!(age(Some(60.0), 1_790_000_060.0), None);
    assert_eq!(age(Some(60.0), 1_790_000_060.1), Some(ImportError::Expired));
    assert_eq!(age(Some(60.0), 1_790_000_061.0), Some(ImportError::Expired));
    assert_eq!(age(Some(0.0), 1_790_000_000.0), None);
    assert_eq!(age(Some(-1.0), 1_789_999_999.0), None);
    assert_eq!(age(Some(-1.0), 1_790_000_000.0), Some(ImportError::Expired));
    // The future passes, as in Django.
    assert_eq!(age(Some(0.0), 0.0), None);
    assert_eq!(age(None, 1e300), None);
}

#[test]
fn a_time_that_is_none_is_refused_behind_its_signature() {
    for value in ["e30", "e30:", "e30:1!", "e30:--1", "e30:1 ", ":", ""] {
        assert_eq!(loads(value, None, 0.0), Err(ImportError::Timestamp), "{value:?}");
    }
    // Django reads any number without an age, and stumbles with one.
    let endless = format!("e30:{}", "z".repeat(500));
    assert_eq!(loads(&endless, None, 0.0).as_deref(), Ok("{}"));
    assert_eq!(loads(&endless, Some(1.0), 0.0), Err(ImportError::Timestamp));
}

#[test]
fn a_token_cut_altered_or_of_another_key_is_refused() {
    let token = signing().sign("e30:1x8elk");
    let open = |token: &[u8]| signing().loads(token, None, NOW).err();
    assert_eq!(open(token.as_bytes()), None);
    for cut in 0..token.len() {
        assert_eq!(open(&token.as_bytes()[..cut]), Some(ImportError::BadSignature), "{cut}");
    }
    for place in 0..token.len() {
        for bit in 0..8 {
            let mut altered = token.clone().into_bytes();
            altered[place] ^= 1 << bit;
            let error = open(&altered);
            assert_eq!(error, Some(ImportError::BadSignature), "{place}, {bit}");
        }
    }
    for other in [Signing::new("salt", "Secret"), Signing::new("Salt", "secret")] {
        let refused = other.unwrap().loads(token.as_bytes(), None, NOW);
        assert_eq!(refused.err(), Some(ImportError::BadSignature));
    }
    let long = "a".repeat((2 << 20) + 1);
    assert_eq!(open(long.as_bytes()), Some(ImportError::TooLong));
}

#[test]
fn what_is_inflated_ends_at_one_mebibyte() {
    let writer = Writer::new(Sessions::stored("secret").unwrap());
    let most = "a".repeat((1 << 20) - 2);
    let token = writer.seal(&most, NOW).unwrap();
    assert!(token.len() < 2000 && token.starts_with('.'));
    // A text is no session, but it was read.
    assert_eq!(writer.sessions().open(token.as_bytes(), NOW).err(), Some(ImportError::Shape));
    assert_eq!(writer.seal(&(most + "a"), NOW).err(), Some(ImportError::TooLarge));
}

#[test]
fn a_session_is_a_map() {
    let writer = Writer::new(Sessions::signed_cookies("secret").unwrap());
    for (data, expected) in [("[]", Some(ImportError::Shape)), ("{\"a\":1}", None)] {
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        let token = writer.seal(&data, NOW).unwrap();
        assert_eq!(writer.sessions().open(token.as_bytes(), NOW).err(), expected);
    }
}

#[test]
fn json_that_python_does_not_read_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "\"",
        "[1",
        "[1,",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "--1",
        "0x1",
        "1_0",
        "nul",
        "True",
        "nan",
        "-NaN",
        "+Infinity",
        "inf",
        "[1 2]",
        "1 2",
        "]",
        "}",
        "[}",
        "{]",
        ",",
        ":",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u 123\"",
        "\"\\u+123\"",
        "\"\\ud800\\u12\"",
        "\"a\nb\"",
        "\"\t\"",
        "\"\0\"",
        "\u{a0}1",
        "\u{feff}1",
        "1\u{b}",
        "\"\\\"",
        "//\n1",
        "[1]]",
        "\"a\"b",
        "{\"a\":1 \"b\":2}",
    ] {
        assert_eq!(Json::parse(text).err(), Some(ImportError::Json), "{text:?}");
    }
}

#[test]
fn json_that_python_reads_is_what_python_makes_of_it() {
    for (text, python) in [
        (" [ 1 , 2 ]\r\n\t", "[1,2]"),
        (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
        (r#"{"a":1,"\u0061":{"b":1,"b":[]}}"#, r#"{"a":{"b":[]}}"#),
        (r#"{"":{"":""}}"#, r#"{"":{"":""}}"#),
        (r#""\ud83d\ude00\ude00\ud83d\ud83d\ude00""#, r#""\ud83d\ude00\ude00\ud83d\ud83d\ude00""#),
        (r#""\uD83D\u0041\/""#, r#""\ud83dA/""#),
        (
            "[1,1.0,1E5,-0,-0.0,1e400,-1e400,0e9,5e-324,1e-7]",
            "[1,1.0,100000.0,0,-0.0,Infinity,-Infinity,0.0,5e-324,1e-07]",
        ),
        ("[NaN,Infinity,-Infinity]", "[NaN,Infinity,-Infinity]"),
        ("\"~\u{7f}é\u{10ffff}\"", "\"~\\u007f\\u00e9\\udbff\\udfff\""),
    ] {
        assert_eq!(Json::parse(text).unwrap().root().to_python(), python, "{text}");
    }
}

#[test]
fn depth_and_digits_have_their_limits() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(Json::parse(&nested(10_000)).unwrap().root().to_python().len(), 20_000);
    assert_eq!(Json::parse(&nested(10_001)).err(), Some(ImportError::JsonDepth));
    let maps = "{\"\":".repeat(10_000) + "{}" + &"}".repeat(10_000);
    assert_eq!(Json::parse(&maps).err(), Some(ImportError::JsonDepth));
    let deep: Result<serde_json::Value, _> = Json::parse(&nested(200)).unwrap().root().to();
    assert_eq!(deep, Err(ImportError::Shape));

    let digits = |count: usize| format!("-{}", "7".repeat(count));
    assert_eq!(Json::parse(&digits(4300)).unwrap().root().to_python(), digits(4300));
    assert_eq!(Json::parse(&digits(4301)).err(), Some(ImportError::JsonNumber));
    assert!(Json::parse(&(digits(4301) + ".0")).is_ok());
    assert_eq!(Json::parse(&" ".repeat((1 << 20) + 1)).err(), Some(ImportError::TooLarge));
}

#[test]
fn nothing_of_a_session_is_shown() {
    let writer = Writer::new(Sessions::signed_cookies("SECRET").unwrap());
    let token = writer.login("USER", "PASSWORD", NOW).unwrap();
    let session = writer.sessions().open(token.as_bytes(), NOW).unwrap();
    let value = session.get("_auth_user_id").unwrap();
    let text = value.as_text().unwrap();
    let shown = format!("{writer:?} {session:?} {value:?} {text:?} {:?}", signing());
    for secret in ["SECRET", "USER", "PASSWORD", "secret", "_auth", "salt"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
