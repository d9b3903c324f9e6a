//! The rules that browsers hold a cookie to, checked before a single line is written.

use super::config::{CookieConfig, SameSite, Scope};
use crate::error::ConfigError;
use crate::limits::{ATTRIBUTE_MAX, LABEL_MAX};

/// Refuses a configuration whose cookie browsers would drop, or that no header can carry.
pub(super) fn check(config: &CookieConfig) -> Result<(), ConfigError> {
    check_name(&config.name)?;
    for scope in all_scopes(config) {
        check_path(&scope.path)?;
        scope.domain.as_deref().map_or(Ok(()), check_domain)?;
    }
    check_prefix(config)?;
    if config.same_site == SameSite::None && !config.secure {
        return Err(ConfigError::SameSiteNoneNeedsSecure);
    }
    if config.partitioned && !config.secure {
        return Err(ConfigError::PartitionedNeedsSecure);
    }
    check_previous(config)
}

fn all_scopes(config: &CookieConfig) -> impl Iterator<Item = &Scope> {
    core::iter::once(&config.scope).chain(&config.previous)
}

/// RFC 9110 section 5.6.2, and the length that the key derivation can take.
fn check_name(name: &str) -> Result<(), ConfigError> {
    let is_token_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token_byte) {
        return Err(ConfigError::CookieName);
    }
    if name.len() > LABEL_MAX {
        return Err(ConfigError::Label { name: "cookie name" });
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), ConfigError> {
    let refuse = |problem| Err(ConfigError::Attribute { name: "Path", problem });
    if !path.starts_with('/') {
        // A browser would put the directory of the request in its place (RFC 6265bis 5.6.4).
        return refuse("must begin with a slash");
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';' && byte != b',') {
        return refuse("may only have printable ASCII without space, semicolon and comma");
    }
    if path.len() > ATTRIBUTE_MAX {
        return refuse("is longer than 1024 bytes");
    }
    Ok(())
}

fn check_domain(domain: &str) -> Result<(), ConfigError> {
    let refuse = |problem| Err(ConfigError::Attribute { name: "Domain", problem });
    let is_host_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !domain.bytes().all(is_host_byte) {
        return refuse("must be a host name in ASCII, without scheme, port and path");
    }
    // Browsers drop one leading dot and never match an empty label; an empty domain would silently
    // mean the host alone.
    if without_dot(domain).split('.').any(str::is_empty) {
        return refuse("is empty or has an empty label");
    }
    if domain.len() > ATTRIBUTE_MAX {
        return refuse("is longer than 1024 bytes");
    }
    Ok(())
}

/// What a name prefix promises (RFC 6265bis section 4.1.3, and the layered cookies draft).
struct Prefix {
    text: &'static str,
    http_only: bool,
    host: bool,
    requires: &'static str,
}

/// Every prefix requires `Secure`. Those that begin like another stand before it.
const PREFIXES: [Prefix; 4] = [
    Prefix {
        text: "__Host-Http-",
        http_only: true,
        host: true,
        requires: "Secure, HttpOnly, Path=/ and no Domain",
    },
    Prefix {
        text: "__Host-",
        http_only: false,
        host: true,
        requires: "Secure, Path=/ and no Domain",
    },
    Prefix { text: "__Http-", http_only: true, host: false, requires: "Secure and HttpOnly" },
    Prefix { text: "__Secure-", http_only: false, host: false, requires: "Secure" },
];

fn check_prefix(config: &CookieConfig) -> Result<(), ConfigError> {
    let Some(prefix) = PREFIXES.iter().find(|prefix| begins_with(&config.name, prefix.text)) else {
        return Ok(());
    };
    let is_host_only = |scope: &Scope| scope.domain.is_none() && scope.path == "/";
    let kept = config.secure
        && (!prefix.http_only || config.http_only)
        && (!prefix.host || all_scopes(config).all(is_host_only));
    if kept {
        Ok(())
    } else {
        Err(ConfigError::Prefix { prefix: prefix.text, requires: prefix.requires })
    }
}

/// Browsers look for the prefixes without regard to case.
pub(super) fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// A previous scope that is also in use would remove the cookie that was just set.
fn check_previous(config: &CookieConfig) -> Result<(), ConfigError> {
    let mut rest = config.previous.as_slice();
    while let Some((scope, earlier)) = rest.split_last() {
        if earlier.iter().chain([&config.scope]).any(|other| is_same_place(scope, other)) {
            return Err(ConfigError::PreviousScope);
        }
        rest = earlier;
    }
    Ok(())
}

fn is_same_place(one: &Scope, other: &Scope) -> bool {
    let is_same_domain = match (&one.domain, &other.domain) {
        (Some(one), Some(other)) => without_dot(one).eq_ignore_ascii_case(without_dot(other)),
        (None, None) => true,
        _ => false,
    };
    is_same_domain && one.path == other.path
}

fn without_dot(domain: &str) -> &str {
    domain.strip_prefix('.').unwrap_or(domain)
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    fn plain() -> CookieConfig {
        CookieConfig::new("session")
    }

    #[test]
    fn the_default_cookie_is_accepted() {
        assert_eq!(check(&CookieConfig::default()), Ok(()));
    }

    #[test]
    fn a_name_outside_the_token_grammar_is_refused() {
        let separators = "()<>@,;:\\\"/[]?={} \t\r\n\0\u{7f}é\u{2000}";
        for bad in separators.chars() {
            let name = format!("a{bad}b");
            assert_eq!(check(&CookieConfig::new(name)), Err(ConfigError::CookieName), "{bad:?}");
        }
        assert_eq!(check(&CookieConfig::new("")), Err(ConfigError::CookieName));
        assert_eq!(check(&CookieConfig::new("!#$%&'*+-.^_`|~09azAZ")), Ok(()));
    }

    #[test]
    fn a_name_over_255_bytes_is_refused() {
        assert_eq!(check(&CookieConfig::new("n".repeat(255))), Ok(()));
        let refused = ConfigError::Label { name: "cookie name" };
        assert_eq!(check(&CookieConfig::new("n".repeat(256))), Err(refused));
    }

    #[test]
    fn a_path_that_no_header_can_carry_is_refused() {
        let long = format!("/{}", "p".repeat(ATTRIBUTE_MAX));
        let bad = [
            "",
            "app",
            "./",
            "/a;Domain=evil.example",
            "/a,b",
            "/a b",
            "/\t",
            "/\r\nX: y",
            "/\0",
            "/\u{7f}",
            "/é",
            long.as_str(),
        ];
        for path in bad {
            let refused = check(&plain().path(path));
            assert!(
                matches!(refused, Err(ConfigError::Attribute { name: "Path", .. })),
                "{path:?}"
            );
            assert_eq!(check(&plain().previous_scopes([Scope::new().path(path)])), refused);
        }
        for path in ["/", "/app", "/a/b-c_d.e~f%20?x=\"y\"", &long[..ATTRIBUTE_MAX]] {
            assert_eq!(check(&plain().path(path)), Ok(()), "{path:?}");
        }
    }

    #[test]
    fn a_domain_that_is_no_host_name_is_refused() {
        let long = "d".repeat(ATTRIBUTE_MAX + 1);
        let bad = [
            "",
            ".",
            "..example.com",
            "example..com",
            "example.com.",
            "example.com:443",
            "https://example.com",
            "example.com/",
            "example.com; Path=/x",
            "a,b",
            "a b",
            "a\r\nSet-Cookie: x=y",
            "a\0",
            "bücher.example",
            long.as_str(),
        ];
        for domain in bad {
            let refused = check(&plain().domain(domain));
            assert!(
                matches!(refused, Err(ConfigError::Attribute { name: "Domain", .. })),
                "{domain:?}"
            );
            assert_eq!(check(&plain().previous_scopes([Scope::new().domain(domain)])), refused);
        }
        for domain in
            ["localhost", "127.0.0.1", "xn--bcher-kva.example", ".example.com", "a_b.example"]
        {
            assert_eq!(check(&plain().domain(domain)), Ok(()), "{domain:?}");
        }
    }

    #[test]
    fn every_prefix_is_held_to_its_promise_in_any_case() {
        type Change = fn(CookieConfig) -> CookieConfig;
        // Per change: which of __Secure-, __Http-, __Host-, __Host-Http- it breaks.
        let changes: [(&str, Change, [bool; 4]); 7] = [
            ("defaults", |cookie| cookie, [false; 4]),
            ("not secure", |cookie| cookie.secure(false), [true; 4]),
            ("not http_only", |cookie| cookie.http_only(false), [false, true, false, true]),
            ("a domain", |cookie| cookie.domain("a.example"), [false, false, true, true]),
            ("a path", |cookie| cookie.path("/app"), [false, false, true, true]),
            (
                "a previous domain",
                |cookie| cookie.previous_scopes([Scope::new().domain("a.example")]),
                [false, false, true, true],
            ),
            (
                "a previous path",
                |cookie| cookie.previous_scopes([Scope::new().path("/app")]),
                [false, false, true, true],
            ),
        ];
        let prefixes = ["__Secure-", "__Http-", "__Host-", "__Host-Http-"];
        for (what, change, breaks) in changes {
            for (prefix, breaks) in prefixes.into_iter().zip(breaks) {
                for name in [
                    format!("{prefix}sid"),
                    format!("{prefix}sid").to_lowercase(),
                    format!("{prefix}sid").to_uppercase(),
                    String::from(prefix),
                ] {
                    let checked = check(&change(CookieConfig::new(name.as_str())));
                    let refused = matches!(&checked, Err(ConfigError::Prefix { prefix: named, .. }) if *named == prefix);
                    assert_eq!((checked.is_err(), refused), (breaks, breaks), "{what}: {name}");
                }
            }
        }
    }

    #[test]
    fn a_name_that_only_resembles_a_prefix_promises_nothing() {
        for name in ["_Host-sid", "__Hostsid", "__Host", "x__Host-sid", "Host-sid", "__"] {
            let open = CookieConfig::new(name).secure(false).http_only(false).path("/app");
            assert_eq!(check(&open), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_leaves_the_site_requires_secure() {
        let cookie = plain().same_site(SameSite::None);
        assert_eq!(check(&cookie), Ok(()));
        assert_eq!(check(&cookie.secure(false)), Err(ConfigError::SameSiteNoneNeedsSecure));
        let cookie = plain().partitioned(true);
        assert_eq!(check(&cookie), Ok(()));
        assert_eq!(check(&cookie.secure(false)), Err(ConfigError::PartitionedNeedsSecure));
        for same_site in [SameSite::Lax, SameSite::Strict] {
            assert_eq!(check(&plain().same_site(same_site).secure(false)), Ok(()));
        }
    }

    #[test]
    fn a_previous_scope_that_is_in_use_or_listed_twice_is_refused() {
        let here = plain().domain("a.example").path("/app");
        let there = || Scope::new().domain("b.example");
        let refused = Err(ConfigError::PreviousScope);
        let own = Scope::new().domain(".A.example").path("/app");
        assert_eq!(check(&here.clone().previous_scopes([there(), own])), refused);
        assert_eq!(check(&here.clone().previous_scopes([there(), there()])), refused);
        assert_eq!(check(&plain().previous_scopes([Scope::new()])), refused);
        let other_path = there().path("/App");
        assert_eq!(check(&here.previous_scopes([there(), other_path, Scope::new()])), Ok(()));
    }
}
