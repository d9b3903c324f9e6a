//! Cookies that open: written by the library, and from the specification alone.

use std::{future::Future, pin::pin, task, time::Duration};

use cloakroom::{
    Claims, Codec, Deflate, EntropyRng, First, FixedClock, KeyRing, OsEntropy, Policy, Protection,
    RequestParts, SessionConfig, SessionData, SessionManager, Timestamp, Values,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    signer::{SID, Token},
    support::{Dir, Ran, key, kid, run, run_with},
};

pub(crate) const NOW: u64 = 1_790_000_000;

#[derive(Default, Serialize, Deserialize)]
struct Visit {
    count: u32,
    note: String,
}

impl SessionData for Visit {
    const VERSION: u8 = 3;
    type Previous = First;
}

/// A ring file, and the codec of the application `shop` with the cookie `id` over it.
pub(crate) struct Shop {
    _dir: Dir,
    pub(crate) path: String,
    pub(crate) key: String,
}

impl Shop {
    pub(crate) fn new(test: &str, words: &str) -> Self {
        let (dir, key) = (Dir::new(test), key());
        let path = dir.write("ring", format!("{key} {words}\n"));
        Self { _dir: dir, path, key }
    }

    #[track_caller]
    pub(crate) fn inspect(&self, options: &[&str], cookie: &str) -> Ran {
        let fixed = ["inspect", "--ring", &self.path, "--app", "shop", "--name", "id"];
        run(&[&fixed, options, &[cookie]].concat())
    }

    /// What is printed of a cookie that opens.
    #[track_caller]
    pub(crate) fn opened(&self, options: &[&str], cookie: &str) -> Value {
        let at = NOW.to_string();
        let text = self.inspect(&[&["--json", "--at", &at], options].concat(), cookie).ok();
        serde_json::from_str(&text).expect("JSON")
    }

    fn ring(&self) -> KeyRing {
        self.key.parse().expect("a ring")
    }

    fn codec(&self, mode: Protection) -> Codec {
        Codec::new(&self.ring(), mode, "shop", "id", Policy::default()).expect("a codec")
    }

    fn config(&self) -> SessionConfig {
        SessionConfig::new(self.ring(), "shop")
            .cookie(cloakroom::cookie::CookieConfig::new("id"))
            .clock(FixedClock::at(Timestamp::from_unix(NOW)))
    }
}

fn seal<T: SessionData>(codec: &Codec, value: &T, bind: &[u8]) -> String {
    let now = Timestamp::from_unix(NOW);
    codec.seal_new(value, bind, now, &mut EntropyRng::new(&OsEntropy)).expect("a cookie")
}

/// The cookie of a session that `change` has been made to.
fn committed<T: SessionData>(
    config: SessionConfig,
    change: impl Fn(&cloakroom::Session<T>),
) -> String {
    let manager = SessionManager::<T>::new(config).expect("a manager");
    let session = block_on(manager.load(&RequestParts::new("GET", "/", &[]))).unwrap();
    change(&session);
    let headers = block_on(manager.commit(&session, 200)).expect("a commit");
    let line = headers.set_cookies[0].as_str();
    line.split([';', '=']).nth(1).expect("a value").to_owned()
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = task::Context::from_waker(task::Waker::noop());
    loop {
        if let task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

#[test]
fn json_has_exactly_the_members_of_the_specification_in_both_modes() {
    let shop = Shop::new("inspect-modes", "");
    for (mode, word) in [(Protection::Encrypted, "encrypted"), (Protection::Signed, "signed")] {
        let visit = Visit { count: 7, note: "abc".into() };
        let cookie = seal(&shop.codec(mode), &visit, b"");
        let text =
            shop.inspect(&["--json", "--at", &NOW.to_string(), "--mode", word], &cookie).ok();
        let shown: Value = serde_json::from_str(&text).expect("JSON");
        let (sid, shape) = (shown["sid"].clone(), shown["shape_hex"].clone());
        assert_eq!((sid.as_str().unwrap().len(), shape.as_str().unwrap().len()), (32, 8));
        let expected = json!({
            "ok": true, "mode": word, "kid": kid(&shop.key), "key_state": "active", "sid": sid,
            "created": NOW, "issued": NOW, "idle_expires": NOW + 14 * 86_400,
            "absolute_expires": NOW + 30 * 86_400, "life": null, "idle": null, "browser": true,
            "codec": "raw", "kind": "typed", "version": 3, "shape_hex": shape, "claims": null,
            "body_hex": "0703616263", "chars": cookie.len(),
        });
        assert_eq!(shown, expected);
        // In this order, too.
        let at: Vec<_> = [
            "ok",
            "mode",
            "kid",
            "key_state",
            "sid",
            "created",
            "issued",
            "idle_expires",
            "absolute_expires",
            "life",
            "idle",
            "browser",
            "codec",
            "kind",
            "version",
            "shape_hex",
            "claims",
            "body_hex",
            "chars",
        ]
        .map(|name| text.find(&format!("\"{name}\":")).expect(name))
        .into();
        assert!(at.is_sorted(), "{text}");
    }
}

#[test]
fn a_cookie_of_the_specification_alone_opens_in_both_modes_with_everything_in_it() {
    let shop = Shop::new("inspect-spec", "");
    let mut token = Token::new(&shop.key, NOW - 1000, b"\x05\x01\x02\x03\x04body");
    token.flags = 0b0100_1100;
    token.age = 400;
    token.life_idle = Some((50_000, 0));
    token.bind = b"tenant";
    token.padding = 31;
    token.claims = [
        &b"\x01\x03bob"[..],
        b"\x02\x04\x00\x00\x00\x07",
        b"\x03\x05\x00\x6a\xb1\x3b\x80",
        b"\x04\x05\x00\x6a\xb1\x3b\x81",
        b"\x05\x10stampstampstamp!",
        b"\x06\x01\x02",
    ]
    .concat();
    for (word, cookie) in [("encrypted", token.encrypted()), ("signed", token.signed())] {
        let shown = shop.opened(&["--mode", word, "--bind", "74656E616e74"], &cookie);
        let expected = json!({
            "ok": true, "mode": word, "kid": kid(&shop.key), "key_state": "active",
            "sid": SID.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            "created": NOW - 1000, "issued": NOW - 600, "idle_expires": NOW - 600 + 14 * 86_400,
            "absolute_expires": NOW + 49_000, "life": 50_000, "idle": 0, "browser": true,
            "codec": "raw", "kind": "typed", "version": 5, "shape_hex": "01020304",
            "claims": {"subject": "626f62", "epoch": 7, "auth_at": 0x6ab1_3b80,
                "checked_at": 0x6ab1_3b81, "stamp": "7374616d707374616d707374616d7021", "level": 2},
            "body_hex": "626f6479", "chars": cookie.len(),
        });
        assert_eq!(shown, expected);
    }
}

#[test]
fn stored_and_values_bodies_have_neither_version_nor_shape() {
    let shop = Shop::new("inspect-kinds", "");
    for (flags, body, kind, hex) in
        [(0x10, &b"\x01\x02"[..], "values", "0102"), (0x20, b"", "stored", "")]
    {
        let mut token = Token::new(&shop.key, NOW, body);
        token.flags = flags;
        let shown = shop.opened(&[], &token.encrypted());
        assert_eq!((shown["kind"].as_str(), shown["body_hex"].as_str()), (Some(kind), Some(hex)));
        assert_eq!((&shown["version"], &shown["shape_hex"]), (&Value::Null, &Value::Null));
        assert_eq!(shown["browser"], false);
    }
}

#[test]
fn values_of_the_library_open_undecoded() {
    let shop = Shop::new("inspect-values", "");
    let mut values = Values::new();
    values.insert("fruit", &"apple").unwrap();
    let cookie = seal(&shop.codec(Protection::Encrypted), &values, b"");
    let shown = shop.opened(&[], &cookie);
    assert_eq!(shown["kind"], "values");
    let opened =
        shop.codec(Protection::Encrypted).open(cookie.as_bytes(), b"", Timestamp::from_unix(NOW));
    let body: String = opened.unwrap().expose_body().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(shown["body_hex"], body.as_str());
}

#[test]
fn a_deflated_body_is_shown_inflated() {
    let shop = Shop::new("inspect-deflate", "");
    let visit = Visit { count: 1, note: "again and ".repeat(100) };
    let codec = shop.codec(Protection::Encrypted).with_deflate(Deflate::WhenSmaller).unwrap();
    let cookie = seal(&codec, &visit, b"");
    let shown = shop.opened(&[], &cookie);
    assert_eq!(shown["codec"], "deflate");
    // 1, then the length 1000 as a varint of two bytes, then the text.
    assert_eq!(shown["body_hex"].as_str().unwrap().len(), 2 * (1 + 2 + 1000));
    assert!(cookie.len() < 300);
    let human = shop.inspect(&["--at", &NOW.to_string()], &cookie).ok();
    assert!(human.contains("1003 bytes (deflated)"), "{human}");
}

#[test]
fn own_lifetimes_and_persistence_are_shown_and_counted() {
    let shop = Shop::new("inspect-own", "");
    let cookie = committed::<Visit>(shop.config(), |session| {
        session.update(|visit| visit.count = 1).unwrap();
        session.set_idle(Duration::from_secs(600)).unwrap();
        session.set_absolute(Duration::from_secs(7200)).unwrap();
        session.set_persistent(true).unwrap();
    });
    let shown = shop.opened(&["--idle", "5", "--absolute", "1h"], &cookie);
    assert_eq!((&shown["idle"], &shown["life"]), (&json!(600), &json!(7200)));
    assert_eq!(shown["idle_expires"], NOW + 600);
    assert_eq!(
        (&shown["absolute_expires"], &shown["browser"]),
        (&json!(NOW + 7200), &json!(false))
    );
    let human = shop.inspect(&["--at", &NOW.to_string()], &cookie).ok();
    assert!(human.contains("of its own: idle 10 min, absolute 2 h"), "{human}");
    assert!(human.contains("ends by Max-Age"), "{human}");
}

#[test]
fn claims_of_a_login_are_shown() {
    let shop = Shop::new("inspect-claims", "");
    let cookie = committed::<Visit>(shop.config(), |session| {
        session.restart().unwrap();
        let mut claims = Claims::default();
        claims.subject = Some(b"ada".to_vec());
        claims.epoch = Some(9);
        session.set_claims(claims).unwrap();
    });
    assert_eq!(shop.opened(&[], &cookie)["claims"], json!({"subject": "616461", "epoch": 9}));
}

#[test]
fn a_bound_cookie_opens_with_its_context_alone() {
    let shop = Shop::new("inspect-bind", "");
    let cookie = seal(&shop.codec(Protection::Encrypted), &Visit::default(), b"\x00\xff");
    assert_eq!(shop.opened(&["--bind", "00ff"], &cookie)["ok"], true);
    let at = NOW.to_string();
    for other in ["", "00", "ff00", &"00".repeat(1025)] {
        let shown = shop.inspect(&["--json", "--at", &at, "--bind", other], &cookie).answered_no();
        assert_eq!(shown, "{\"ok\":false,\"reason\":\"forged\"}\n");
    }
}

#[test]
fn the_policy_of_the_command_line_decides_when_it_ends() {
    let shop = Shop::new("inspect-policy", "");
    let cookie = seal(&shop.codec(Protection::Encrypted), &Visit::default(), b"");
    let shown = shop.opened(&["--idle", "100", "--absolute", "200"], &cookie);
    assert_eq!(
        (&shown["idle_expires"], &shown["absolute_expires"]),
        (&json!(NOW + 100), &json!(NOW + 200))
    );
}

#[test]
fn the_state_of_the_key_is_that_of_the_moment() {
    let words = format!("seal_from={} seal_until={}", NOW + 30, NOW + 100);
    let shop = Shop::new("inspect-state", &words);
    let cookie = Token::new(&shop.key, NOW, b"\x01\0\0\0\0x").encrypted();
    let state = |at: u64| {
        let text = shop.inspect(&["--json", "--at", &at.to_string()], &cookie).ok();
        serde_json::from_str::<Value>(&text).unwrap()["key_state"].as_str().unwrap().to_owned()
    };
    assert_eq!([state(NOW), state(NOW + 30), state(NOW + 100)], ["staged", "active", "retired"]);
}

#[test]
fn a_cookie_is_read_from_standard_input_without_its_line_end() {
    let shop = Shop::new("inspect-stdin", "");
    let cookie = seal(&shop.codec(Protection::Encrypted), &Visit::default(), b"");
    let at = NOW.to_string();
    let args = [
        "inspect", "--ring", &shop.path, "--app", "shop", "--name", "id", "--at", &at, "--json",
        "-",
    ];
    for end in ["", "\n", "\r\n"] {
        let shown = run_with(&args, &[], format!("{cookie}{end}").as_bytes()).ok();
        assert!(shown.starts_with("{\"ok\":true,"), "{shown}");
    }
    for (input, reason) in
        [(&b"\n"[..], "length"), (&[0xff; 100], "encoding"), (&[b'E'; 70_000], "length")]
    {
        let shown = run_with(&args, &[], input).answered_no();
        assert_eq!(shown, format!("{{\"ok\":false,\"reason\":\"{reason}\"}}\n"));
    }
}

#[test]
fn people_see_what_it_is_without_the_session_id_and_the_body() {
    let shop = Shop::new("inspect-human", "");
    let visit = Visit { count: 1, note: "secret".into() };
    let cookie = seal(&shop.codec(Protection::Encrypted), &visit, b"");
    let human = shop.inspect(&["--at", &(NOW + 60).to_string()], &cookie).ok();
    let sid = shop.opened(&[], &cookie)["sid"].as_str().unwrap().to_owned();
    for part in ["opens: encrypted", "(active)", "(1 min ago)", "(in 30 days)", "typed, version 3"]
    {
        // Sixty seconds of the thirty days are gone.
        let part = part.replace("30 days", "29 days");
        assert!(human.contains(&part), "{part}: {human}");
    }
    assert!(
        !human.contains(&sid) && !human.contains("secret") && !human.contains("736563"),
        "{human}"
    );
}
