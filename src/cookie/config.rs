//! What an application says about its cookie: a name, a few attributes, one check.

use alloc::{string::String, vec::Vec};

use super::{CookieAttributes, rules};
use crate::error::ConfigError;

/// The name and the attributes of a session cookie.
///
/// The default is `__Host-session` with `Path=/; Secure; HttpOnly; SameSite=Lax`. Whether the
/// cookie outlives the browser is a matter of the session, so `Max-Age` is not set here.
///
/// Nothing is checked until [`build`](Self::build), which refuses every combination that browsers
/// would drop.
///
/// ```
/// use cloakroom::ConfigError;
/// use cloakroom::cookie::{CookieConfig, SameSite};
///
/// let cookie = CookieConfig::new("__Host-shop").same_site(SameSite::Strict).build()?;
/// assert_eq!(cookie.name(), "__Host-shop");
///
/// let refused = CookieConfig::new("__Host-shop").domain("shop.example").build();
/// assert!(matches!(refused, Err(ConfigError::Prefix { prefix: "__Host-", .. })));
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a cookie configuration does nothing until it is built"]
pub struct CookieConfig {
    pub(super) name: String,
    pub(super) scope: Scope,
    pub(super) previous: Vec<Scope>,
    pub(super) same_site: SameSite,
    pub(super) secure: bool,
    pub(super) http_only: bool,
    pub(super) partitioned: bool,
}

impl CookieConfig {
    /// A cookie called `name`, with the default attributes.
    ///
    /// The name is an RFC 9110 token of 1 to 255 bytes. A name that begins with one of these
    /// prefixes, in any case, makes browsers hold the cookie to a promise (RFC 6265bis section
    /// 4.1.3; the last two are from the layered cookies draft, and older browsers take them for
    /// part of a plain name):
    ///
    /// | prefix | requires |
    /// |---|---|
    /// | `__Host-` | `Secure`, `Path=/`, no `Domain` |
    /// | `__Secure-` | `Secure` |
    /// | `__Http-` | `Secure`, `HttpOnly` |
    /// | `__Host-Http-` | `Secure`, `HttpOnly`, `Path=/`, no `Domain` |
    ///
    /// # Security
    ///
    /// Without `__Host-`, a sibling subdomain, or anybody on the network path of a plain HTTP
    /// request, can plant a cookie of the same name. It will not open unless it is one of your own,
    /// but that suffices to log a visitor into another person's session.
    ///
    /// The name takes part in the derivation of keys: renaming the cookie logs everybody out unless
    /// the old name is still opened.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            scope: Scope::new(),
            previous: Vec::new(),
            same_site: SameSite::Lax,
            secure: true,
            http_only: true,
            partitioned: false,
        }
    }

    /// Sends the cookie to `domain` and all its subdomains. Default: to the very host that set it.
    ///
    /// At most 1024 bytes: a host name in ASCII (punycode if it is international). One leading dot
    /// is allowed and means nothing (RFC 6265bis section 5.6.3).
    ///
    /// # Security
    ///
    /// Every host under the domain receives the cookie, and every one can overwrite it.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.scope = self.scope.domain(domain);
        self
    }

    /// Sends the cookie only for `path` and what lies below it. Default: `/`.
    ///
    /// At most 1024 bytes, beginning with `/`: printable ASCII without space, `;` and `,`.
    ///
    /// # Security
    ///
    /// A path is no border: scripts of another path of the same host can still reach the cookie's
    /// pages (RFC 6265bis section 8.5).
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.scope = self.scope.path(path);
        self
    }

    /// Says on which requests from other sites the cookie travels. Default: [`SameSite::Lax`].
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Whether the cookie travels over HTTPS only. Default: yes.
    ///
    /// # Security
    ///
    /// Without it, everybody on the network path of one plain HTTP request has the session.
    /// Browsers treat `http://localhost` as secure, so development needs no exception.
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = secure;
        self
    }

    /// Whether the cookie is hidden from scripts. Default: yes.
    ///
    /// # Security
    ///
    /// Without it, one injected script carries the session away. Nothing in this crate needs it off.
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.http_only = http_only;
        self
    }

    /// Whether an embedded page has a cookie of its own under each embedding site. Default: no.
    ///
    /// It is meant for pages inside frames of other sites, together with [`SameSite::None`].
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
        self
    }

    /// Where cookies of this name lived before: each is removed whenever ours is renewed, removed
    /// or ambiguous. Default: nowhere else. Every call adds to the list.
    ///
    /// Browsers keep one cookie per name, domain and path. After a change of domain or path, the
    /// old cookie stays beside the new one until it is removed by its old scope.
    ///
    /// ```
    /// use cloakroom::cookie::{CookieConfig, Scope};
    ///
    /// let cookie = CookieConfig::new("__Secure-session")
    ///     .previous_scopes([Scope::new().domain("shop.example"), Scope::new().path("/app")])
    ///     .build()?;
    /// # Ok::<(), cloakroom::ConfigError>(())
    /// ```
    pub fn previous_scopes(mut self, scopes: impl IntoIterator<Item = Scope>) -> Self {
        self.previous.extend(scopes);
        self
    }

    /// The same cookie under another name, to remove one that was set by an earlier configuration.
    /// A name that allows no scope but one has that scope.
    pub(crate) fn renamed(&self, name: &str) -> Self {
        let host_only = rules::begins_with(name, "__Host-");
        let scope = if host_only { Scope::new() } else { self.scope.clone() };
        let previous = if host_only { Vec::new() } else { self.previous.clone() };
        Self { name: name.into(), scope, previous, ..self.clone() }
    }

    /// The name, which nothing has checked yet.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Checks everything at once.
    ///
    /// # Errors
    ///
    /// [`ConfigError::CookieName`] and [`ConfigError::Label`] for the name, [`ConfigError::Attribute`]
    /// for a domain or path that no header can carry, [`ConfigError::Prefix`],
    /// [`ConfigError::SameSiteNoneNeedsSecure`] and [`ConfigError::PartitionedNeedsSecure`] for what
    /// browsers refuse, and [`ConfigError::PreviousScope`] for a scope listed twice or also in use.
    pub fn build(self) -> Result<CookieAttributes, ConfigError> {
        rules::check(&self)?;
        Ok(CookieAttributes::render(&self))
    }
}

impl Default for CookieConfig {
    /// `__Host-session`, and the default attributes.
    fn default() -> Self {
        Self::new("__Host-session")
    }
}

/// On which requests from other sites a cookie travels (RFC 6265bis section 5.6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// On none, not even when a visitor follows a link: such a visitor arrives logged out.
    Strict,
    /// On top-level navigation that only reads, such as a followed link. The default.
    #[default]
    Lax,
    /// On all of them. Requires `Secure`.
    ///
    /// # Security
    ///
    /// Other sites can then make requests in the visitor's name: every change needs a CSRF token.
    None,
}

impl SameSite {
    /// The attribute's value.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

/// Where a cookie lives: a domain and a path, which with the name identify it in a browser.
///
/// Checked by [`CookieConfig::build`], under the rules of [`CookieConfig::domain`] and
/// [`CookieConfig::path`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a scope does nothing until it is listed"]
pub struct Scope {
    pub(super) domain: Option<String>,
    pub(super) path: String,
}

impl Scope {
    /// The very host that set the cookie, under `/`.
    pub fn new() -> Self {
        Self { domain: None, path: String::from("/") }
    }

    /// The same path of `domain` and all its subdomains.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// The same domain under `path`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }
}

impl Default for Scope {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_keeps_everything_but_a_scope_that_it_forbids() {
        let of = |name: &str| {
            CookieConfig::new(name).same_site(SameSite::Strict).domain("a.example").path("/app")
        };
        let old = [Scope::new().path("/old")];
        assert_eq!(
            of("one").previous_scopes(old.clone()).renamed("two"),
            of("two").previous_scopes(old.clone())
        );
        let host_only = CookieConfig::new("__Host-two").same_site(SameSite::Strict);
        assert_eq!(of("one").previous_scopes(old).renamed("__Host-two"), host_only);
    }
}
