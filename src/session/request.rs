//! A request as this crate sees it: a method, a path and headers, of whatever framework.

use core::fmt;

/// The headers of a request, in the order in which they came.
pub trait RequestHeaders: Sync {
    /// Calls `visit` with the value of every header `name`, which is in lower case.
    fn visit<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8]));
}

/// What a request looks like to [`SessionConfig::bind`](crate::SessionConfig::bind) and
/// [`SessionConfig::skip`](crate::SessionConfig::skip).
#[derive(Clone, Copy)]
pub struct RequestParts<'r> {
    method: &'r str,
    path: &'r str,
    authority: Option<&'r str>,
    headers: &'r dyn RequestHeaders,
}

impl<'r> RequestParts<'r> {
    /// The parts of a request.
    pub const fn new(method: &'r str, path: &'r str, headers: &'r dyn RequestHeaders) -> Self {
        Self { method, path, authority: None, headers }
    }

    /// The same, with the authority of the request's target, where it has one: HTTP/2 puts the host
    /// there and sends no `Host` header.
    #[must_use]
    pub const fn with_authority(self, authority: Option<&'r str>) -> Self {
        Self { authority, ..self }
    }

    /// The method, such as `GET`.
    pub const fn method(&self) -> &'r str {
        self.method
    }

    /// The path, without the query.
    pub const fn path(&self) -> &'r str {
        self.path
    }

    /// The host and port that the request is for, whatever version of HTTP it came by.
    ///
    /// # Security
    ///
    /// The client wrote it. Compare it with the hosts that you serve.
    pub fn authority(&self) -> Option<&'r str> {
        let header = || core::str::from_utf8(self.header("host")?).ok();
        self.authority.or_else(header)
    }

    /// The first value of the header `name`, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&'r [u8]> {
        let mut first = None;
        self.headers.visit(name, &mut |value| first = first.or(Some(value)));
        first
    }

    /// The headers.
    pub const fn headers(&self) -> &'r dyn RequestHeaders {
        self.headers
    }
}

/// Pairs of a lower-case name and a value, as a server without a framework has them.
impl RequestHeaders for [(&str, &[u8])] {
    fn visit<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8])) {
        self.iter().filter(|(other, _)| *other == name).for_each(|(_, value)| visit(value));
    }
}

impl<const N: usize> RequestHeaders for [(&str, &[u8]); N] {
    fn visit<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8])) {
        self.as_slice().visit(name, visit);
    }
}

/// Shows no header, since one of them is the cookie.
impl fmt::Debug for RequestParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestParts")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_is_that_of_the_target_or_of_the_host_header() {
        let headers = [("host", b"shop.example".as_slice())];
        let request = RequestParts::new("GET", "/", &headers);
        assert_eq!(request.authority(), Some("shop.example"));
        assert_eq!(request.with_authority(Some("other")).authority(), Some("other"));
        assert_eq!(RequestParts::new("GET", "/", &[]).authority(), None);
    }
}
