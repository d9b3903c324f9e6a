//! Writing `Set-Cookie`: whatever the builder accepts, a browser stores as it was meant.
//!
//! Input: `flags|max-age|value length|name|path|domain|previous path`, of which any may be missing.
//! Flags: `i` not Secure, `j` not HttpOnly, `p` Partitioned, `S` SameSite=Strict, `N` SameSite=None.

use cloakroom::__fuzz::renamed;
use cloakroom::SealError;
use cloakroom::cookie::{CookieAttributes, CookieConfig, SameSite, Scope, SetCookie};

use super::browser::{Stored, store};
use super::cookie_header::candidates;

pub fn run(input: &[u8]) {
    let Ok(text) = core::str::from_utf8(input) else { return };
    let mut fields = text.split('|');
    let flags = fields.next().unwrap_or_default();
    let max_age = fields.next().and_then(|digits| digits.parse::<u64>().ok());
    let value_len = fields.next().and_then(|digits| digits.parse::<u16>().ok()).unwrap_or(9);
    let value: String = "Ev-_09azAZ".chars().cycle().take(value_len.into()).collect();
    let Some(name) = fields.next() else { return };
    let (path, domain, previous) = (fields.next(), fields.next(), fields.next());

    let same_site = match (flags.contains('S'), flags.contains('N')) {
        (true, _) => SameSite::Strict,
        (_, true) => SameSite::None,
        _ => SameSite::Lax,
    };
    let mut config = CookieConfig::new(name)
        .secure(!flags.contains('i'))
        .http_only(!flags.contains('j'))
        .partitioned(flags.contains('p'))
        .same_site(same_site);
    let mut expected = Stored {
        name: name.to_owned(),
        value: value.clone(),
        domain: None,
        path: Some("/".to_owned()),
        max_age: max_age.map(|seconds| seconds.min(34_560_000)),
        secure: !flags.contains('i'),
        http_only: !flags.contains('j'),
        same_site: Some(format!("{same_site:?}")),
        partitioned: flags.contains('p'),
    };
    if let Some(path) = path {
        config = config.path(path);
        expected.path = Some(path.to_owned());
    }
    if let Some(domain) = domain {
        config = config.domain(domain);
        expected.domain = Some(domain.strip_prefix('.').unwrap_or(domain).to_ascii_lowercase());
    }
    if let Some(previous) = previous {
        config = config.previous_scopes([Scope::new().path(previous)]);
    }

    let Ok(cookie) = config.clone().build() else { return refused(&config, &expected, previous) };
    assert_eq!(cookie.name(), name);
    the_line_is_stored_as_meant(&cookie, &value, max_age, &expected);
    the_removals_hit_what_they_are_meant_for(&cookie, &expected, previous);
    assert_eq!(renamed(CookieConfig::default(), name).build().is_ok(), is_token(name));
}

/// A bad name is refused whatever the rest; what only a prefix or `Secure` forbids, browsers drop.
fn refused(config: &CookieConfig, expected: &Stored, previous: Option<&str>) {
    let harmless = renamed(config.clone(), "s").secure(true).build();
    if !is_token(&expected.name) {
        assert!(CookieConfig::new(expected.name.as_str()).build().is_err());
    } else if harmless.is_ok() {
        let domain = expected.domain.as_ref().map(|domain| format!("; Domain={domain}"));
        let path = expected.path.as_deref().unwrap_or_default();
        let secure = if expected.secure { "; Secure" } else { "" };
        let http_only = if expected.http_only { "; HttpOnly" } else { "" };
        let partitioned = if expected.partitioned { "; Partitioned" } else { "" };
        let same_site = expected.same_site.as_deref().unwrap_or_default();
        let line = format!(
            "{}=v; Path={path}{}{secure}{http_only}; SameSite={same_site}{partitioned}",
            expected.name,
            domain.unwrap_or_default()
        );
        let is_host = expected.name.to_ascii_lowercase().starts_with("__host-");
        let by_previous = is_host && previous.is_some();
        assert!(by_previous || store(&line).is_none(), "refused for nothing: {line}");
    }
}

fn the_line_is_stored_as_meant(
    cookie: &CookieAttributes,
    value: &str,
    max_age: Option<u64>,
    expected: &Stored,
) {
    let needed = cookie.line_len(value.len(), max_age);
    let line = match cookie.set(value, max_age) {
        Ok(line) => line,
        Err(error) => {
            let SealError::TooLarge(sizes) = error else { panic!("refused as {error}") };
            assert_eq!((sizes.needed, sizes.limit), (needed, 4096));
            assert!(needed > 4096, "refused at {needed} bytes");
            return;
        }
    };
    assert_eq!(line.as_str().len(), needed);
    assert!(needed <= 4096, "written at {needed} bytes");
    assert_eq!(store(line.as_str()).as_ref(), Some(expected));
    assert_eq!(
        format!("{line:?}"),
        format!(
            "SetCookie {{ name: {:?}, value_bytes: {}, line_bytes: {needed} }}",
            expected.name,
            value.len()
        )
    );
    // The browser sends the pair back, and it is found.
    let header = format!("a=b; {}={value}", expected.name);
    assert_eq!(candidates(&[header.as_bytes()], cookie.name()).0.last(), Some(&value.as_bytes()));
}

fn the_removals_hit_what_they_are_meant_for(
    cookie: &CookieAttributes,
    expected: &Stored,
    previous: Option<&str>,
) {
    let lines: Vec<SetCookie> =
        core::iter::once(cookie.removal()).chain(cookie.previous_removals()).collect();
    assert_eq!(lines.len(), 1 + usize::from(previous.is_some()));
    let stored: Vec<Stored> =
        lines.iter().map(|line| store(line.as_str()).expect("a removal was dropped")).collect();
    let own = Stored { value: String::new(), max_age: Some(0), ..expected.clone() };
    assert_eq!(stored[0], own);
    for (nth, earlier) in stored.iter().enumerate().skip(1) {
        assert_eq!((earlier.value.as_str(), earlier.max_age), ("", Some(0)));
        assert_eq!((earlier.path.as_deref(), &earlier.domain), (previous, &None));
        assert!(stored[..nth].iter().all(|other| other.identity() != earlier.identity()));
    }
}

fn is_token(name: &str) -> bool {
    let is_separator = |byte: u8| b"()<>@,;:\\\"/[]?={}".contains(&byte);
    (1..=255).contains(&name.len())
        && name.bytes().all(|byte| (0x21..0x7f).contains(&byte) && !is_separator(byte))
}
