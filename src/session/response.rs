//! A response as this crate sees it: headers to look at and to add to, of whatever framework.

use alloc::{borrow::Cow, string::ToString};

use super::state::Headers;
use crate::{cookie::vary_has, error::CommitError};

/// The headers of a response.
///
/// ```
/// use std::borrow::Cow;
/// use cloakroom::{Headers, ResponseHeaders};
///
/// /// The head of a response, without a framework.
/// struct Head(Vec<(Cow<'static, str>, Cow<'static, str>)>);
///
/// impl ResponseHeaders for Head {
///     fn visit(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
///         let same = self.0.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
///         same.for_each(|(_, value)| visit(value.as_bytes()));
///     }
///
///     fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
///         self.0.push((name.into(), value));
///     }
/// }
///
/// let mut head = Head(vec![("Vary".into(), "Accept".into())]);
/// let mut read = Headers::default();
/// read.vary = true;
/// read.apply(&mut head);
/// let lines: Vec<_> = head.0.iter().map(|(name, value)| format!("{name}: {value}")).collect();
/// assert_eq!(lines, ["Vary: Accept", "vary: Cookie", "cache-control: private"]);
/// ```
pub trait ResponseHeaders {
    /// Calls `visit` with the value of every header `name`, which is in lower case.
    fn visit(&self, name: &str, visit: &mut dyn FnMut(&[u8]));

    /// Adds one more line of the header `name`, which is in lower case, and replaces none.
    ///
    /// # Security
    ///
    /// Whoever has the value of `set-cookie` has the session: never log it, and mark it as sensitive
    /// where headers can be.
    fn append(&mut self, name: &'static str, value: Cow<'static, str>);
}

impl Headers {
    /// Adds them to the response of the session.
    pub fn apply(self, response: &mut impl ResponseHeaders) {
        let (mut varies, mut cached) = (false, false);
        response.visit("vary", &mut |line| varies |= vary_has([line]));
        response.visit("cache-control", &mut |_| cached = true);
        if self.vary && !varies {
            response.append("vary", "Cookie".into());
        }
        if let Some(rule) = self.cache_control(cached) {
            response.append("cache-control", rule.into());
        }
        for line in self.set_cookies {
            response.append("set-cookie", line.into_string().into());
        }
        if let Some(kinds) = self.clear_site_data {
            response.append("clear-site-data", kinds.into());
        }
    }

    /// The headers of the empty response that takes the place of one whose session could not be
    /// saved. Its status is [`CommitError::status`].
    pub fn apply_failure(error: &CommitError, response: &mut impl ResponseHeaders) {
        response.append("cache-control", "no-store".into());
        response.append("vary", "Cookie".into());
        if let Some(seconds) = error.retry_after() {
            response.append("retry-after", seconds.to_string().into());
        }
    }
}
