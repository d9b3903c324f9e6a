//! What the adapters over the types of the `http` crate share: cookies in, headers out.

use http::{
    Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri,
    header::{CACHE_CONTROL, RETRY_AFTER, SET_COOKIE, VARY},
    uri::Authority,
};

use crate::{
    body::SessionData,
    cookie::vary_has,
    error::CommitError,
    manager::SessionSlot,
    session::{Headers, RequestHeaders, RequestParts, Session},
};

impl RequestHeaders for HeaderMap {
    fn visit<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8])) {
        self.get_all(name).iter().for_each(|value| visit(value.as_bytes()));
    }
}

/// The parts of a request that a session may depend on.
pub(super) fn parts<'r>(
    method: &'r Method,
    uri: &'r Uri,
    headers: &'r HeaderMap,
) -> RequestParts<'r> {
    RequestParts::new(method.as_str(), uri.path(), headers)
        .with_authority(uri.authority().map(Authority::as_str))
}

/// The session of a request with these extensions, if a slot was put among them.
#[cfg_attr(not(any(feature = "poem", feature = "tower")), allow(dead_code))] // salvo has a depot
pub(super) async fn session<T: SessionData, K: 'static>(
    extensions: &Extensions,
    parts: RequestParts<'_>,
) -> Option<Session<T, K>> {
    Some(extensions.get::<SessionSlot<T, K>>()?.session(&parts).await)
}

/// Appends what a commit came to; replaces nothing.
pub(super) fn append(ours: &Headers, theirs: &mut HeaderMap) {
    if ours.vary && !vary_has(theirs.get_all(VARY).iter().map(HeaderValue::as_bytes)) {
        theirs.append(VARY, HeaderValue::from_static("Cookie"));
    }
    if let Some(rule) = ours.cache_control(theirs.contains_key(CACHE_CONTROL)) {
        theirs.append(CACHE_CONTROL, HeaderValue::from_static(rule));
    }
    for line in &ours.set_cookies {
        // A checked cookie has no byte that a header cannot have.
        if let Ok(mut value) = HeaderValue::from_str(line.as_str()) {
            value.set_sensitive(true);
            theirs.append(SET_COOKIE, value);
        }
    }
}

/// The headers of the empty response that takes the place of one whose session could not be saved.
pub(super) fn failed(error: &CommitError) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
    if let Some(seconds) = error.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    headers
}

/// The status of that response.
pub(super) fn status(error: &CommitError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
