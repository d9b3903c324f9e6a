//! What a route answers, before it is a framework's response.

use serde::Serialize;

use crate::page::{HEADERS, Page};
use crate::params::BadParam;

/// A status, headers and a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// JSON. The fields of a struct keep their order.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        // A plain struct always has a JSON form.
        let body = serde_json::to_string(body).unwrap_or_default();
        Self { status, headers: vec![("content-type", "application/json".to_owned())], body }
    }

    /// Plain text.
    pub fn text(status: u16, body: &str) -> Self {
        let plain = "text/plain; charset=utf-8".to_owned();
        Self { status, headers: vec![("content-type", plain)], body: body.to_owned() }
    }

    /// A redirection that is followed with GET.
    pub fn see_other(location: &str) -> Self {
        let headers = vec![("location", location.to_owned())];
        Self { status: 303, headers, body: String::new() }
    }

    /// This answer, or the way back to the page for a browser that would show the JSON: one whose
    /// `Accept` names `text/html`, as it does when a form is sent without the page's script.
    #[must_use]
    pub fn or_back_to_page(self, accept: Option<&[u8]>) -> Self {
        if self.status == 200 && accept.is_some_and(names_html) {
            Self::see_other("/")
        } else {
            self
        }
    }
}

impl From<Page> for Answer {
    fn from(page: Page) -> Self {
        let mut headers = vec![("content-security-policy", page.policy)];
        headers.extend(HEADERS.map(|(name, value)| (name, value.to_owned())));
        Self { status: 200, headers, body: page.html }
    }
}

impl From<BadParam> for Answer {
    fn from(BadParam(name): BadParam) -> Self {
        Self::json(400, &serde_json::json!({ "error": "bad_parameter", "name": name }))
    }
}

fn names_html(accept: &[u8]) -> bool {
    accept.split(|byte| *byte == b',').any(|range| {
        let media = range.split(|byte| *byte == b';').next().unwrap_or_default();
        media.trim_ascii().eq_ignore_ascii_case(b"text/html")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_client_that_names_html_is_sent_back_to_the_page() {
        let answer = || Answer::json(200, &serde_json::json!({ "views": 1 }));
        let html: &[u8] = b"application/xhtml+xml, Text/HTML;q=0.9";
        assert_eq!(answer().or_back_to_page(Some(html)), Answer::see_other("/"));
        for accept in [None, Some("*/*"), Some("application/json"), Some("text/html-not")] {
            assert_eq!(answer().or_back_to_page(accept.map(str::as_bytes)), answer(), "{accept:?}");
        }
    }

    #[test]
    fn an_error_is_shown_to_everybody() {
        let answer = || Answer::from(BadParam("kind"));
        assert_eq!(answer().body, r#"{"error":"bad_parameter","name":"kind"}"#);
        assert_eq!(answer().or_back_to_page(Some(b"text/html")), answer());
    }
}
