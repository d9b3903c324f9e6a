//! What a request asks for.
//!
//! Parameters may stand in the query, as the routes say, or in a form's body, which is what a
//! browser without scripts sends.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The most bytes that `/fill` makes: far more than fits, little enough to make at once.
pub const FILL_MAX: usize = 1024 * 1024;

/// The parameters of a request: of its query first, then of its form.
#[derive(Debug)]
pub struct Params(Vec<(String, String)>);

/// A parameter that is missing or makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadParam(pub &'static str);

/// What `/fill` fills with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes of the operating system, which nothing compresses.
    Random,
    /// A sentence, again and again.
    Text,
}

/// What `/lifetime` is told; a missing part stays as it is, 0 goes back to the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lifetimes {
    /// Seconds between two visits.
    pub idle: Option<u32>,
    /// Seconds that the session may last.
    pub absolute: Option<u32>,
    /// Whether the cookie outlives the browser.
    pub persistent: Option<bool>,
}

impl Params {
    /// The parameters of a query (without its `?`) and of a form's body.
    pub fn parse(query: Option<&str>, form: &[u8]) -> Self {
        let query = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let pairs = query.chain(form_urlencoded::parse(form));
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

    fn optional<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, BadParam> {
        self.get(name).map(str::parse).transpose().map_err(|_| BadParam(name))
    }

    /// The last value of a name, because a form's pressed button follows its fields. A blank one
    /// is an empty field, so it counts as missing.
    fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }
}

impl fmt::Display for BadParam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the parameter {} is missing or makes no sense", self.0)
    }
}

impl std::error::Error for BadParam {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_from_the_query_or_the_form_and_the_last_one_counts() {
        let params = Params::parse(Some("bytes=5&kind=text"), b"bytes=7");
        assert_eq!(params.fill(), Ok((7, Kind::Text)));
        assert_eq!(Params::parse(Some("bytes=0"), b"").fill(), Ok((0, Kind::Random)));
    }

    #[test]
    fn a_senseless_parameter_is_named() {
        for (query, name) in [
            ("", "bytes"),
            ("bytes=-1", "bytes"),
            ("bytes=1048577", "bytes"),
            ("bytes=1&kind=zip", "kind"),
        ] {
            assert_eq!(Params::parse(Some(query), b"").fill(), Err(BadParam(name)), "{query}");
        }
        assert_eq!(Params::parse(None, b"user=+").user(), Err(BadParam("user")));
    }

    #[test]
    fn a_lifetime_left_blank_stays_as_it_is() {
        let query = Some("idle=60&absolute=&persistent=true");
        let asked = Lifetimes { idle: Some(60), absolute: None, persistent: Some(true) };
        assert_eq!(Params::parse(query, b"").lifetimes(), Ok(asked));
        assert!(Params::parse(Some("persistent=maybe"), b"").lifetimes().is_err());
    }
}
