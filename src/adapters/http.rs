//! What the adapters over the types of the `http` crate share: cookies in, headers out.

use alloc::borrow::Cow;

use http::{
    Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri, header::SET_COOKIE, uri::Authority,
};

use crate::{
    body::SessionData,
    error::{CommitError, SessionRejection},
    manager::SessionSlot,
    session::{Headers, RequestHeaders, RequestParts, ResponseHeaders, Session},
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

/// The session of a request with these extensions.
#[cfg_attr(not(any(feature = "poem", feature = "tower")), allow(dead_code))] // salvo has a depot
pub(super) async fn session<T: SessionData, K: 'static>(
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Result<Session<T, K>, SessionRejection> {
    let slot = extensions.get::<SessionSlot<T, K>>().ok_or(SessionRejection::Missing)?;
    Ok(slot.session(headers).await?)
}

/// The user of a request with these extensions.
#[cfg(all(feature = "auth", any(feature = "axum", feature = "poem")))]
pub(super) async fn user<U: 'static, T: SessionData, K: 'static>(
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Result<crate::auth::Auth<U, T, K>, crate::auth::AuthRejection> {
    crate::auth::Auth::of(extensions.get::<SessionSlot<T, K>>(), headers).await
}

impl ResponseHeaders for HeaderMap {
    fn visit(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.get_all(name).iter().for_each(|value| visit(value.as_bytes()));
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        let value = match value {
            // Constants of this crate, which headers can have.
            Cow::Borrowed(value) => Ok(HeaderValue::from_static(value)),
            Cow::Owned(value) => HeaderValue::try_from(value),
        };
        // A checked cookie has no byte that a header cannot have.
        if let Ok(mut value) = value {
            value.set_sensitive(name == SET_COOKIE);
            self.append(name, value);
        }
    }
}

/// The headers of the empty response that takes the place of one whose session could not be saved.
pub(super) fn failed(error: &CommitError) -> HeaderMap {
    let mut headers = HeaderMap::new();
    Headers::apply_failure(error, &mut headers);
    headers
}

/// A status of ours.
pub(super) fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
