//! The demonstration page: what a visitor's cookie is, and buttons for everything it can do.
//!
//! [`View`] in, HTML out. The page is one answer without outside resources: style and script stand
//! in it under the nonce of its content security policy. It works without its script, by forms.

mod draw;
mod sections;
mod template;
pub(crate) mod words;

use crate::data::Shop;
use cloakroom::Protection;

pub use template::Html;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The name of the web framework.
    pub framework: &'a str,
    /// The application's label.
    pub app: &'a str,
    /// The cookie's name.
    pub cookie_name: &'a str,
    /// The cookie's protection.
    pub mode: Protection,
    /// Whether the keys die with the process.
    pub development: bool,
    /// The present, in Unix seconds.
    pub now: u64,
    /// What the session holds.
    pub shop: &'a Shop,
    /// The cookie that opened, if one did.
    pub sealed: Option<Sealed>,
    /// When the session ends, if there is one.
    pub ends: Option<Ends>,
    /// The engine of the store that keeps the data; without one, the cookie holds it.
    pub store: Option<&'static str>,
    /// The longest note that fits.
    pub longest_note: usize,
}

/// The cookie that opened.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The key id, as 8 hex digits.
    pub kid: String,
    /// Characters of the cookie's value.
    pub characters: usize,
    /// Bytes of the whole `Set-Cookie` line that carries it.
    pub line: usize,
    /// Its attributes, as the line has them.
    pub attributes: String,
    /// Whether the session has lifetimes of its own.
    pub own_lifetimes: bool,
}

/// When a session ends. Moments are Unix seconds, spans seconds.
#[derive(Clone, Debug)]
pub struct Ends {
    /// When it began.
    pub created: u64,
    /// When it ends if nobody comes.
    pub idle_end: u64,
    /// When it ends whatever happens.
    pub absolute_end: u64,
    /// The span between two visits.
    pub idle: u64,
    /// Whether the cookie outlives the browser.
    pub persistent: bool,
}

/// The page and the headers it needs.
#[derive(Debug)]
pub struct Page {
    /// The document.
    pub html: String,
    /// The value of `Content-Security-Policy`.
    pub policy: String,
}

/// The other headers of the page.
pub const HEADERS: [(&str, &str); 3] = [
    ("content-type", "text/html; charset=utf-8"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
];

impl View<'_> {
    /// The page.
    ///
    /// # Errors
    ///
    /// The operating system gave no random bytes for the nonce.
    pub fn render(&self) -> Result<Page, getrandom::Error> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce)?;
        let nonce: String = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Page { html: self.html(&nonce), policy: policy(&nonce) })
    }

    fn html(&self, nonce: &str) -> String {
        let longest = self.longest_note;
        let (mode, motto) = match self.mode {
            Protection::Encrypted => {
                ("encrypted", "You carry the coat. Only the server can open the pocket.")
            }
            Protection::Signed => ("signed", "You carry the coat. Only the server can sew on it."),
        };
        let values = [
            ("nonce", Html::text(nonce)),
            ("css", Html::ours(include_str!("page.css"))),
            ("js", Html::ours(include_str!("page.js"))),
            ("now", Html::text(self.now)),
            ("framework", Html::text(self.framework)),
            ("app", Html::text(self.app)),
            ("mode", Html::text(mode)),
            ("motto", Html::ours(motto)),
            ("development", sections::development(self)),
            ("ticket", sections::ticket(self)),
            ("cookie", sections::cookie(self)),
            ("times", sections::times(self)),
            ("user", Html::text(self.shop.user.as_deref().unwrap_or_default())),
            ("note", Html::text(self.shop.note.len())),
            ("under", Html::text(longest)),
            ("over", Html::text(longest + 1)),
            ("under_words", Html::text(words::number(longest))),
            ("over_words", Html::text(words::number(longest + 1))),
        ];
        Html::template(include_str!("page.html"), &values).into_string()
    }
}

fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
         img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests;
