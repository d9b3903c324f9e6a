//! The routes without a framework: parameters in, JSON out.
//!
//! Parameters may stand in the query, as the routes say, or in a form's body, which is what a
//! browser without scripts sends. A client whose `Accept` names `text/html` is such a browser: it
//! is sent back to the page with a 303 instead of reading JSON.

use std::fmt;

use serde::Serialize;

use crate::data::Shop;
use crate::settings::Mode;

/// The most bytes that `/fill` makes: far more than fits, little enough to make at once.
pub const FILL_MAX: usize = 1024 * 1024;

/// The head of `/stream`, before it tries to change the session.
pub const STREAM_HEAD: &str = "The head has left, and the cookie with it.\n";

/// The answer of `/untouched`.
pub const UNTOUCHED: &str = "The session was not looked at.\n";

/// What the noise of `/fill?kind=text` says, again and again.
const REFRAIN: &[u8] = b"one coat, grey, the left pocket torn; ";

/// The parameters of a request: of its query first, then of its form.
#[derive(Debug)]
pub struct Params(Vec<(String, String)>);

/// A parameter that is missing or makes no sense. It prints as the JSON of a 400.
#[derive(Debug, PartialEq, Eq)]
pub struct BadParam(&'static str);

/// What `/fill` fills with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes of the operating system, which nothing compresses.
    Random,
    /// A sentence, again and again.
    Text,
}

/// What `/lifetime` is told; a missing part stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lifetimes {
    /// Seconds between two visits.
    pub idle: Option<u32>,
    /// Seconds that the session may last.
    pub absolute: Option<u32>,
    /// Whether the cookie outlives the browser.
    pub persistent: Option<bool>,
}

/// The answer of `/session`.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether no cookie opened.
    pub is_new: bool,
    /// How often the session was visited.
    pub views: u32,
    /// Who logged in.
    pub user: Option<String>,
    /// Bytes of the note.
    pub note_bytes: usize,
    /// When the session began, in Unix seconds.
    pub created: Option<u64>,
    /// When it ends unless somebody comes, in Unix seconds.
    pub expires: Option<u64>,
    /// The key of the cookie that opened, as 8 hex digits.
    pub kid: Option<String>,
}

impl Params {
    /// The parameters of a query (without its `?`) and of a form's body.
    pub fn parse(query: &str, form: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(form));
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The name to log in with, for `/login`.
    ///
    /// # Errors
    ///
    /// [`BadParam`] if it is missing or blank.
    pub fn user(&self) -> Result<String, BadParam> {
        self.get("user").map(str::to_owned).ok_or(BadParam("user"))
    }

    /// How much of what, for `/fill`; the kind is random unless given.
    ///
    /// # Errors
    ///
    /// [`BadParam`] for anything but a number up to [`FILL_MAX`] and a known kind.
    pub fn fill(&self) -> Result<(usize, Kind), BadParam> {
        let bytes = self.get("bytes").and_then(|bytes| bytes.parse().ok());
        let bytes = bytes.filter(|bytes| *bytes <= FILL_MAX).ok_or(BadParam("bytes"))?;
        match self.get("kind") {
            None | Some("random") => Ok((bytes, Kind::Random)),
            Some("text") => Ok((bytes, Kind::Text)),
            Some(_) => Err(BadParam("kind")),
        }
    }

    /// The lifetimes, for `/lifetime`.
    ///
    /// # Errors
    ///
    /// [`BadParam`] for anything but whole seconds, `true` and `false`.
    pub fn lifetimes(&self) -> Result<Lifetimes, BadParam> {
        Ok(Lifetimes {
            idle: self.optional("idle")?,
            absolute: self.optional("absolute")?,
            persistent: self.optional("persistent")?,
        })
    }

    fn optional<T: std::str::FromStr>(&self, name: &'static str) -> Result<Option<T>, BadParam> {
        self.get(name).map(str::parse).transpose().map_err(|_| BadParam(name))
    }

    /// The last value of a name, because a form's pressed button follows its fields. A blank one
    /// is an empty field, so it counts as missing.
    fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }
}

/// Whether the client that sent this `Accept` is a browser that shows what it is answered.
pub fn wants_html(accept: Option<&str>) -> bool {
    accept.is_some_and(|accept| {
        accept.split(',').any(|range| {
            let media = range.split(';').next().unwrap_or_default().trim();
            media.eq_ignore_ascii_case("text/html")
        })
    })
}

/// The bytes of `/fill`.
///
/// # Errors
///
/// The operating system gave no random bytes.
pub fn filling(bytes: usize, kind: Kind) -> Result<Vec<u8>, getrandom::Error> {
    match kind {
        Kind::Text => Ok(REFRAIN.iter().copied().cycle().take(bytes).collect()),
        Kind::Random => {
            let mut note = vec![0; bytes];
            getrandom::fill(&mut note)?;
            Ok(note)
        }
    }
}

/// The answer of `/visit`.
pub fn visited(views: u32) -> String {
    serde_json::json!({ "views": views }).to_string()
}

/// The answer of `/login`.
pub fn logged_in(user: &str) -> String {
    serde_json::json!({ "user": user }).to_string()
}

/// The answer of `/fill`.
pub fn filled(note_bytes: usize) -> String {
    serde_json::json!({ "note_bytes": note_bytes }).to_string()
}

/// The answer of `/fill` with status 422.
pub fn too_large(needed: usize, limit: usize) -> String {
    #[derive(Serialize)]
    struct Answer {
        error: &'static str,
        needed: usize,
        limit: usize,
    }
    json(&Answer { error: "too_large", needed, limit })
}

impl Lifetimes {
    /// The answer of `/lifetime`: what was asked for.
    pub fn to_json(self) -> String {
        json(&self)
    }
}

impl Report {
    /// The answer of `/session`.
    pub fn to_json(&self) -> String {
        json(self)
    }
}

impl fmt::Display for BadParam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#"{{"error":"bad_parameter","name":"{}"}}"#, self.0)
    }
}

/// A plain struct as JSON, its fields in their order. It always has one.
fn json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).unwrap_or_default()
}

/// The longest note that fits beside the rest of `shop`.
///
/// `overhead` is what the whole `Set-Cookie` line has around the cookie's value, `own_lifetimes`
/// whether the session has lifetimes of its own. This is the arithmetic of the wire format, which
/// an application never needs: it asks the session for its size. The page needs a number for its
/// buttons.
pub fn longest_note(shop: &Shop, mode: Mode, own_lifetimes: bool, overhead: usize) -> usize {
    let characters = LINE_MAX.saturating_sub(overhead);
    let token = characters / 4 * 3;
    let head = HEADER + if own_lifetimes { LIFETIMES } else { 0 } + TYPED;
    let room = token.saturating_sub(frame(mode) + head + END_MARKER);
    let empty = Shop { note: Vec::new(), ..shop.clone() };
    // The length of a long note takes two bytes instead of one.
    room.saturating_sub(empty.encoded_len() + 1)
}

/// Bytes of a whole `Set-Cookie` line that browsers keep.
pub const LINE_MAX: usize = 4096;
/// Bytes of flags, session id, creation time and age.
pub const HEADER: usize = 1 + 16 + 5 + 4;
/// Bytes of a session's own lifetimes.
pub const LIFETIMES: usize = 4 + 4;
/// Bytes of the version and shape of the session's type.
pub const TYPED: usize = 1 + 4;
/// Bytes of the mark that ends the body.
pub const END_MARKER: usize = 1;

/// Bytes of a token around what it protects.
pub const fn frame(mode: Mode) -> usize {
    match mode {
        Mode::Encrypted => 1 + 4 + 24 + 16,
        Mode::Signed => 1 + 4 + 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_from_the_query_or_the_form_and_the_last_one_counts() {
        let params = Params::parse("bytes=5&kind=text", b"bytes=7");
        assert_eq!(params.fill(), Ok((7, Kind::Text)));
        assert_eq!(Params::parse("bytes=0", b"").fill(), Ok((0, Kind::Random)));
    }

    #[test]
    fn a_senseless_parameter_is_named() {
        for (query, name) in [
            ("", "bytes"),
            ("bytes=-1", "bytes"),
            ("bytes=1048577", "bytes"),
            ("bytes=1&kind=zip", "kind"),
        ] {
            assert_eq!(Params::parse(query, b"").fill(), Err(BadParam(name)), "{query}");
        }
        assert_eq!(Params::parse("", b"user=+").user(), Err(BadParam("user")));
        assert_eq!(BadParam("kind").to_string(), r#"{"error":"bad_parameter","name":"kind"}"#);
    }

    #[test]
    fn a_lifetime_left_blank_stays_as_it_is() {
        let lifetimes = Params::parse("idle=60&absolute=&persistent=true", b"").lifetimes();
        let asked = Lifetimes { idle: Some(60), absolute: None, persistent: Some(true) };
        assert_eq!(lifetimes, Ok(asked));
        assert_eq!(asked.to_json(), r#"{"idle":60,"absolute":null,"persistent":true}"#);
        assert!(Params::parse("persistent=maybe", b"").lifetimes().is_err());
    }

    #[test]
    fn only_a_client_that_names_html_is_shown_the_page() {
        assert!(wants_html(Some("application/xhtml+xml, Text/HTML;q=0.9")));
        for accept in [None, Some("*/*"), Some("application/json"), Some("text/html-not")] {
            assert!(!wants_html(accept), "{accept:?}");
        }
    }

    #[test]
    fn a_filling_has_the_length_asked_for() {
        assert_eq!(filling(100, Kind::Text).expect("text").len(), 100);
        let random = filling(100, Kind::Random).expect("random bytes");
        assert_eq!(random.len(), 100);
        assert_ne!(random, filling(100, Kind::Random).expect("random bytes"));
    }

    #[test]
    fn the_longest_note_fills_the_line() {
        let shop = Shop::default();
        let note = longest_note(&shop, Mode::Encrypted, false, 66);
        // 4030 characters are left, of which 4028 are whole groups of four: 3021 bytes.
        assert_eq!(note, 3021 - 45 - 26 - 5 - 1 - (1 + 1 + 2));
        assert_eq!(longest_note(&shop, Mode::Signed, true, 66), note + 8 - 8);
        assert_eq!(longest_note(&shop, Mode::Encrypted, false, 5000), 0);
    }

    #[test]
    fn answers_are_json() {
        assert_eq!(visited(3), r#"{"views":3}"#);
        assert_eq!(logged_in("\"Ada\""), r#"{"user":"\"Ada\""}"#);
        assert_eq!(filled(9), r#"{"note_bytes":9}"#);
        assert_eq!(too_large(4100, 4096), r#"{"error":"too_large","needed":4100,"limit":4096}"#);
    }
}
