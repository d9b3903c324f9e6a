//! Writes `Set-Cookie` lines: one allocation each, none longer than browsers keep.

use alloc::{string::String, vec::Vec};
use core::fmt::{self, Write as _};

use super::config::{CookieConfig, Scope};
use crate::{
    error::{SealError, TooLarge},
    limits::{ATTRIBUTE_MAX, LABEL_MAX, MAX_AGE_MAX, SET_COOKIE_MAX},
};

/// A cookie whose name and attributes have passed every rule, ready to be written.
///
/// Only [`CookieConfig::build`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieAttributes {
    /// `name=`
    prefix: String,
    /// What follows the value, `Max-Age` apart: `; Path=/; Secure; HttpOnly; SameSite=Lax`.
    suffix: String,
    /// The same for each previous scope.
    previous: Vec<String>,
}

const MAX_AGE: &str = "; Max-Age=";

// A removal has no value, so a checked cookie can always be removed: name, both scope attributes at
// their longest, and less than a hundred bytes for the rest.
const _: () = assert!(LABEL_MAX + 2 * ATTRIBUTE_MAX + 128 <= SET_COOKIE_MAX);

impl CookieAttributes {
    /// The cookie's name.
    pub fn name(&self) -> &str {
        self.prefix.strip_suffix('=').unwrap_or(&self.prefix)
    }

    /// The line that gives the cookie a value; without `max_age` it ends with the browser session.
    ///
    /// `max_age`, in seconds, is cut to 400 days, as browsers would.
    ///
    /// # Errors
    ///
    /// [`SealError::TooLarge`] for a line of more than 4096 bytes, [`SealError::Value`] for anything
    /// that is not base64url text.
    pub fn set(&self, value: &str, max_age: Option<u64>) -> Result<SetCookie, SealError> {
        if !is_base64url(value) {
            return Err(SealError::Value);
        }
        let needed = self.line_len(value.len(), max_age);
        if needed > SET_COOKIE_MAX {
            let (largest, deflated) = (Vec::new(), None);
            let sizes = TooLarge { needed, limit: SET_COOKIE_MAX, largest, deflated };
            return Err(SealError::TooLarge(sizes));
        }
        Ok(self.line(value, &self.suffix, max_age))
    }

    /// Bytes of the line that [`set`](Self::set) would write.
    pub fn line_len(&self, value_len: usize, max_age: Option<u64>) -> usize {
        line_len(self.prefix.len(), value_len, self.suffix.len(), max_age)
    }

    /// The line that removes the cookie from its own scope.
    pub fn removal(&self) -> SetCookie {
        self.line("", &self.suffix, Some(0))
    }

    /// The lines that remove cookies of this name from the previous scopes.
    pub fn previous_removals(&self) -> impl Iterator<Item = SetCookie> {
        self.previous.iter().map(|suffix| self.line("", suffix, Some(0)))
    }

    /// Only for a configuration that the rules have accepted.
    pub(super) fn render(config: &CookieConfig) -> Self {
        let mut prefix = String::with_capacity(config.name.len().saturating_add(1));
        prefix.push_str(&config.name);
        prefix.push('=');
        Self {
            prefix,
            suffix: suffix(config, &config.scope),
            previous: config.previous.iter().map(|scope| suffix(config, scope)).collect(),
        }
    }

    fn line(&self, value: &str, suffix: &str, max_age: Option<u64>) -> SetCookie {
        debug_assert!(is_base64url(value), "the value is not base64url");
        let capacity = line_len(self.prefix.len(), value.len(), suffix.len(), max_age);
        let mut line = String::with_capacity(capacity);
        line.push_str(&self.prefix);
        line.push_str(value);
        line.push_str(suffix);
        if let Some(seconds) = max_age {
            // Writing to a String does not fail.
            let _ = write!(line, "{MAX_AGE}{}", seconds.min(MAX_AGE_MAX));
        }
        SetCookie { line, name_len: self.name().len(), value_len: value.len() }
    }
}

fn suffix(config: &CookieConfig, scope: &Scope) -> String {
    let mut suffix = String::from("; Path=");
    suffix.push_str(&scope.path);
    if let Some(domain) = &scope.domain {
        suffix.push_str("; Domain=");
        suffix.push_str(domain);
    }
    if config.secure {
        suffix.push_str("; Secure");
    }
    if config.http_only {
        suffix.push_str("; HttpOnly");
    }
    suffix.push_str("; SameSite=");
    suffix.push_str(config.same_site.as_str());
    if config.partitioned {
        suffix.push_str("; Partitioned");
    }
    suffix
}

fn line_len(prefix: usize, value: usize, suffix: usize, max_age: Option<u64>) -> usize {
    let max_age = max_age.map_or(0, |seconds| {
        MAX_AGE.len().saturating_add(decimal_digits(seconds.min(MAX_AGE_MAX)))
    });
    prefix.saturating_add(value).saturating_add(suffix).saturating_add(max_age)
}

fn decimal_digits(number: u64) -> usize {
    core::iter::successors(Some(number), |rest| Some(rest / 10).filter(|rest| *rest > 0)).count()
}

/// Whether the text is of the 64 characters alone. It looks at all of it, which compiles to vector
/// instructions; to stop at the first other character costs several times as much.
fn is_base64url(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_');
    text.bytes().fold(true, |all, byte| all & known(byte))
}

/// A finished value of the `Set-Cookie` header, at most 4096 bytes of ASCII.
///
/// # Security
///
/// Whoever has this line has the session. It is to be appended to the response as a header of its
/// own, marked sensitive where the framework can, and never logged; its `Debug` shows the cookie's
/// name and two lengths.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie {
    line: String,
    name_len: usize,
    value_len: usize,
}

impl SetCookie {
    /// The cookie's name.
    pub fn name(&self) -> &str {
        self.line.get(..self.name_len).unwrap_or_default()
    }

    /// The header's value.
    pub fn as_str(&self) -> &str {
        &self.line
    }

    /// The header's value, without a copy.
    pub fn into_string(self) -> String {
        self.line
    }
}

impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie")
            .field("name", &self.name())
            .field("value_bytes", &self.value_len)
            .field("line_bytes", &self.line.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::cookie::SameSite;

    fn built(config: CookieConfig) -> CookieAttributes {
        config.build().unwrap()
    }

    #[test]
    fn a_value_is_made_of_the_64_characters_and_no_others() {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for character in '\0'..='\u{2ff}' {
            let known = alphabet.iter().any(|byte| char::from(*byte) == character);
            for text in [format!("{character}"), format!("a{character}"), format!("{character}-")] {
                assert_eq!(is_base64url(&text), known, "{character:?}");
            }
        }
    }

    #[test]
    fn the_default_line_is_exactly_this() {
        let cookie = built(CookieConfig::default());
        assert_eq!(
            cookie.set("Ev-_0", None).unwrap().as_str(),
            "__Host-session=Ev-_0; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            cookie.set("Ev-_0", Some(86_400)).unwrap().into_string(),
            "__Host-session=Ev-_0; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=86400"
        );
        assert_eq!(
            cookie.removal().as_str(),
            "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
        );
        assert_eq!(cookie.previous_removals().count(), 0);
    }

    #[test]
    fn every_attribute_stands_in_its_place_and_is_repeated_by_the_removals() {
        let cookie = built(
            CookieConfig::new("__Secure-s")
                .domain("a.example")
                .path("/app")
                .same_site(SameSite::None)
                .partitioned(true)
                .previous_scopes([Scope::new().path("/old"), Scope::new().domain("example")]),
        );
        assert_eq!(
            cookie.set("v", Some(1)).unwrap().as_str(),
            "__Secure-s=v; Path=/app; Domain=a.example; Secure; HttpOnly; SameSite=None; \
             Partitioned; Max-Age=1"
        );
        assert_eq!(
            cookie.removal().as_str(),
            "__Secure-s=; Path=/app; Domain=a.example; Secure; HttpOnly; SameSite=None; \
             Partitioned; Max-Age=0"
        );
        let previous: Vec<String> =
            cookie.previous_removals().map(SetCookie::into_string).collect();
        assert_eq!(
            previous,
            [
                "__Secure-s=; Path=/old; Secure; HttpOnly; SameSite=None; Partitioned; Max-Age=0",
                "__Secure-s=; Path=/; Domain=example; Secure; HttpOnly; SameSite=None; \
                 Partitioned; Max-Age=0",
            ]
        );
    }

    #[test]
    fn an_attribute_that_is_off_leaves_no_trace() {
        let cookie = built(
            CookieConfig::new("s").secure(false).http_only(false).same_site(SameSite::Strict),
        );
        assert_eq!(cookie.set("v", None).unwrap().as_str(), "s=v; Path=/; SameSite=Strict");
    }

    #[test]
    fn a_huge_max_age_is_cut_to_400_days() {
        let cookie = built(CookieConfig::default());
        for huge in [MAX_AGE_MAX, MAX_AGE_MAX + 1, u64::MAX] {
            let line = cookie.set("v", Some(huge)).unwrap();
            assert!(line.as_str().ends_with("; Max-Age=34560000"), "{huge}");
        }
    }

    #[test]
    fn the_length_is_known_before_the_line_is_written() {
        let plain = CookieConfig::new("s").secure(false).http_only(false);
        let full = CookieConfig::new("__Secure-s").domain("a.example").partitioned(true);
        for cookie in [built(CookieConfig::default()), built(plain), built(full)] {
            for value in ["", "v", &"v".repeat(3000)] {
                for max_age in [None, Some(0), Some(9), Some(10), Some(99_999_999), Some(u64::MAX)]
                {
                    let line = cookie.set(value, max_age).unwrap().into_string();
                    assert_eq!(cookie.line_len(value.len(), max_age), line.len());
                    assert_eq!(line.capacity(), line.len(), "one exact allocation");
                }
            }
        }
    }

    #[test]
    fn a_line_of_4096_bytes_is_written_and_one_of_4097_refused() {
        let cookie = built(CookieConfig::default());
        for max_age in [None, Some(60), Some(u64::MAX)] {
            let room = 4096 - cookie.line_len(0, max_age);
            let value = "v".repeat(room + 1);
            assert_eq!(cookie.set(&value[1..], max_age).unwrap().as_str().len(), 4096);
            let Err(SealError::TooLarge(refused)) = cookie.set(&value, max_age) else {
                panic!("a line of 4097 bytes was written");
            };
            assert_eq!((refused.needed, refused.limit), (4097, 4096));
        }
    }

    #[test]
    fn a_value_that_could_end_its_attribute_is_refused() {
        let cookie = built(CookieConfig::default());
        for value in ["a;b", "a b", "a\r\n", "a=b", "\"a\"", "é", "a,b", "a\0"] {
            assert_eq!(cookie.set(value, None), Err(SealError::Value), "{value:?}");
        }
    }

    #[test]
    fn the_longest_configuration_can_still_be_removed() {
        let cookie = built(
            CookieConfig::new(format!("__Secure-{}", "n".repeat(246)))
                .domain("d".repeat(1024))
                .path(format!("/{}", "p".repeat(1023)))
                .same_site(SameSite::Strict)
                .partitioned(true),
        );
        assert!(cookie.removal().as_str().len() <= SET_COOKIE_MAX);
    }

    #[test]
    fn debug_shows_the_name_and_lengths_and_no_value() {
        let line = built(CookieConfig::default()).set("SECRET", None).unwrap();
        let shown = format!("{line:?}");
        assert!(!shown.contains("SECRET"), "{shown}");
        assert_eq!(
            shown,
            r#"SetCookie { name: "__Host-session", value_bytes: 6, line_bytes: 61 }"#
        );
    }
}
