//! One framework in one mode: its server, and how to look into its cookies.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use cloakroom::{Codec, Key, KeyRing, Opened, Policy, Protection, Timestamp};

use crate::support::client::Client;
use crate::support::http::{self, Answer};
use crate::support::server::{self, Server};

/// The cookie's name, where nothing else is configured.
pub const COOKIE: &str = "__Host-session";
/// What follows a cookie's value.
pub const ATTRIBUTES: &str = "; Path=/; Secure; HttpOnly; SameSite=Lax";
/// No line of a header.
pub const NONE: [&str; 0] = [];

/// A framework whose binary this build has.
#[derive(Clone, Copy, Debug)]
pub struct Framework {
    /// The name of the feature and of the binary.
    pub name: &'static str,
    program: &'static str,
}

/// Every framework whose feature is on.
pub fn frameworks() -> impl Iterator<Item = Framework> {
    let all = [
        ("actix", option_env!("CARGO_BIN_EXE_actix")),
        ("axum", option_env!("CARGO_BIN_EXE_axum")),
        ("hyper", option_env!("CARGO_BIN_EXE_hyper")),
        ("poem", option_env!("CARGO_BIN_EXE_poem")),
        ("rocket", option_env!("CARGO_BIN_EXE_rocket")),
        ("salvo", option_env!("CARGO_BIN_EXE_salvo")),
        ("warp", option_env!("CARGO_BIN_EXE_warp")),
    ];
    all.into_iter().filter_map(|(name, program)| Some(Framework { name, program: program? }))
}

/// One framework in one mode.
#[derive(Debug)]
pub struct Stage {
    /// The framework's name.
    pub name: &'static str,
    /// `encrypted` or `signed`.
    pub mode: &'static str,
    framework: Framework,
    server: OnceLock<Server>,
}

impl Stage {
    /// A stage whose server starts when it is needed.
    pub fn new(framework: Framework, mode: &'static str) -> Self {
        Self { name: framework.name, mode, framework, server: OnceLock::new() }
    }

    /// The server that most scenarios share.
    pub fn server(&self) -> &Server {
        self.server.get_or_init(|| self.start(&[("CLOAKROOM_KEY", key())]))
    }

    /// A server for one scenario.
    pub fn start(&self, env: &[(&str, &str)]) -> Server {
        let env = [&[("CLOAKROOM_MODE", self.mode)], env].concat();
        Server::start_program(self.framework.program, &env)
    }

    /// Runs the binary to its end: what it exits with, and what it says of it.
    pub fn run(&self, env: &[(&str, &str)]) -> (Option<i32>, String) {
        let output = server::run(self.framework.program, env);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Somebody without cookies, on a connection that stays open.
    pub fn visitor(&self) -> Client {
        Client::new(self.server()).kept_alive()
    }

    /// A GET of `/session` with these `Cookie` headers.
    pub fn session_of(&self, cookies: &[&str]) -> Answer {
        let headers: Vec<_> = cookies.iter().map(|cookie| ("Cookie", *cookie)).collect();
        http::request(self.server().addr, "GET", "/session", &headers, "")
    }

    /// What a visitor's cookie says under its seal.
    pub fn open(&self, client: &Client) -> Opened {
        let mode = match self.mode {
            "signed" => Protection::Signed,
            _ => Protection::Encrypted,
        };
        let ring: KeyRing = key().parse().expect("a ring");
        let codec = Codec::new(&ring, mode, "shop", COOKIE, Policy::default()).expect("a codec");
        let cookies = client.cookies();
        let value = cookies.strip_prefix("__Host-session=").expect("our cookie");
        codec.open(value.as_bytes(), b"", now()).expect("the cookie opens")
    }

    /// The character that a cookie of this mode begins with.
    pub fn first(&self) -> char {
        if self.mode == "signed" { 'S' } else { 'E' }
    }
}

/// The key of all servers, so that they know each other's cookies.
pub fn key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| Key::generate().expect("a key").expose_text().to_string())
}

/// The time by this machine's clock.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    Timestamp::from_unix(since.as_secs())
}

/// The name and the value of a `Set-Cookie` line, as they come back.
pub fn cookie_of(line: &str) -> &str {
    line.split(';').next().unwrap_or_default()
}

/// Asserts that an answer says nothing of a session.
#[track_caller]
pub fn assert_untouched(answer: &Answer, what: &str) {
    for name in ["set-cookie", "vary", "cache-control"] {
        assert_eq!(answer.all(name), NONE, "{what}: {name}");
    }
}

/// Asserts that the answer says that the session was read and nothing more.
#[track_caller]
pub fn assert_read(answer: &Answer, what: &str) {
    assert_eq!(answer.all("vary"), ["Cookie"], "{what}");
    assert_eq!(answer.all("cache-control"), ["private"], "{what}");
    assert_eq!(answer.all("set-cookie"), NONE, "{what}");
}

/// Asserts that the answer brings a cookie, and returns its line.
#[track_caller]
pub fn assert_written(answer: &Answer, what: &str) -> String {
    assert_eq!(answer.all("vary"), ["Cookie"], "{what}");
    assert_eq!(answer.all("cache-control"), ["no-store"], "{what}");
    let lines = answer.all("set-cookie");
    assert_eq!(lines.len(), 1, "{what}: {lines:?}");
    lines[0].to_owned()
}

/// Asserts that the answer takes the cookie away.
#[track_caller]
pub fn assert_removed(answer: &Answer, what: &str) {
    assert_eq!(assert_written(answer, what), format!("{COOKIE}={ATTRIBUTES}; Max-Age=0"), "{what}");
}

/// Asserts that the visitor is nobody.
#[track_caller]
pub fn assert_nobody(answer: &Answer, what: &str) {
    let nobody = serde_json::json!({
        "is_new": true, "views": 0, "user": null, "note_bytes": 0,
        "created": null, "expires": null, "kid": null,
    });
    assert_eq!((answer.status, answer.json()), (200, nobody), "{what}");
}
