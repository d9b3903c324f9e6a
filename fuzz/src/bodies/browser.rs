//! A browser's side of `Set-Cookie`, after the algorithms of RFC 6265bis sections 5.6 and 5.7.
//!
//! It is a model for laws, so it is written from the browser's end and shares nothing with the
//! crate. What depends on the request (the host, the public suffix list, the time) is left out.

/// A cookie as a browser would store it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub name: String,
    pub value: String,
    /// Lower case, without a leading dot; `None` for the host alone.
    pub domain: Option<String>,
    /// `None` for the directory of the request.
    pub path: Option<String>,
    pub max_age: Option<u64>,
    pub secure: bool,
    pub http_only: bool,
    pub same_site: Option<String>,
    pub partitioned: bool,
}

/// The cookie that `line` stores over HTTPS, or `None` if the browser drops it.
pub fn store(line: &str) -> Option<Stored> {
    if line.bytes().any(|byte| byte == 0x7f || byte < 0x20 && byte != b'\t') {
        return None;
    }
    let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let (name, value) = (name.trim_matches([' ', '\t']), value.trim_matches([' ', '\t']));
    if name.is_empty() || name.len() + value.len() > 4096 {
        return None;
    }
    let mut cookie = Stored { name: name.to_owned(), value: value.to_owned(), ..Stored::default() };
    for attribute in attributes.split(';') {
        let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let value = value.trim_matches([' ', '\t']);
        if value.len() <= 1024 {
            cookie.take(name.trim_matches([' ', '\t']), value);
        }
    }
    cookie.is_kept().then_some(cookie)
}

impl Stored {
    fn take(&mut self, name: &str, value: &str) {
        match name.to_ascii_lowercase().as_str() {
            "domain" => {
                let domain = value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase();
                self.domain = Some(domain).filter(|domain| !domain.is_empty());
            }
            "path" => self.path = value.starts_with('/').then(|| value.to_owned()),
            "max-age" => {
                if let Ok(seconds) = value.parse::<u64>() {
                    self.max_age = Some(seconds.min(400 * 24 * 60 * 60));
                }
            }
            "secure" => self.secure = true,
            "httponly" => self.http_only = true,
            "samesite" => self.same_site = Some(value.to_owned()),
            "partitioned" => self.partitioned = true,
            _ => {}
        }
    }

    fn is_kept(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let is_host_only = self.domain.is_none() && self.path.as_deref() == Some("/");
        let breaks_its_prefix = name.starts_with("__secure-") && !self.secure
            || name.starts_with("__host-") && !(self.secure && is_host_only)
            || name.starts_with("__http-") && !(self.secure && self.http_only)
            || name.starts_with("__host-http-") && !self.http_only;
        let is_none = self.same_site.as_deref() == Some("None");
        !breaks_its_prefix && (self.secure || !is_none && !self.partitioned)
    }

    /// What tells it from other cookies: storing one replaces another of the same identity.
    pub fn identity(&self) -> (&str, Option<&str>, Option<&str>, bool) {
        (&self.name, self.domain.as_deref(), self.path.as_deref(), self.partitioned)
    }
}
