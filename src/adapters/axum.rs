//! Extractors for [axum](https://docs.rs/axum), over the layer of [`tower`](crate::tower).
//!
//! `Session<T>` as an argument opens the visitor's session; `Option<Session<T>>` is `None` only
//! where no layer is mounted; [`ReadSession<T>`](crate::ReadSession) cannot change it.
//!
//! ```
//! use cloakroom::{Session, SessionError, Values};
//!
//! async fn visit(session: Session<Values>) -> Result<String, SessionError> {
//!     let views = session.update(|data| {
//!         let views = data.get::<u32>("views").ok().flatten().unwrap_or(0) + 1;
//!         data.insert("views", &views).map(|()| views)
//!     })?;
//!     Ok(format!("visit number {}", views.unwrap_or(1)))
//! }
//! ```

use ::http::{StatusCode, request::Parts};
use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};

use super::http;
pub use super::tower::SessionLayer;
#[cfg(feature = "auth")]
use crate::auth::{Auth, AuthError, AuthRejection};
use crate::{
    body::SessionData,
    error::{CommitError, SessionError, SessionRejection},
    session::{ReadSession, Session},
};

impl<S: Sync, T: SessionData, K: 'static> FromRequestParts<S> for Session<T, K> {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, SessionRejection> {
        extract(parts).await
    }
}

impl<S: Sync, T: SessionData, K: 'static> OptionalFromRequestParts<S> for Session<T, K> {
    type Rejection = SessionRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> Result<Option<Self>, SessionRejection> {
        match extract(parts).await {
            Err(SessionRejection::Missing) => Ok(None),
            session => session.map(Some),
        }
    }
}

impl<S: Sync, T: SessionData, K: 'static> FromRequestParts<S> for ReadSession<T, K> {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, SessionRejection> {
        extract(parts).await.map(Self::from)
    }
}

#[cfg(feature = "auth")]
impl<S: Sync, U: 'static, T: SessionData, K: 'static> FromRequestParts<S> for Auth<U, T, K> {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        http::user(&parts.extensions, &parts.headers).await
    }
}

#[cfg(feature = "auth")]
impl<S: Sync, U: 'static, T: SessionData, K: 'static> OptionalFromRequestParts<S>
    for Auth<U, T, K>
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, AuthRejection> {
        match http::user(&parts.extensions, &parts.headers).await {
            Err(AuthRejection::Anonymous) => Ok(None),
            user => user.map(Some),
        }
    }
}

async fn extract<T: SessionData, K: 'static>(
    parts: &Parts,
) -> Result<Session<T, K>, SessionRejection> {
    http::session(&parts.extensions, &parts.headers).await
}

/// An empty response of status 500 or 503.
impl IntoResponse for SessionRejection {
    fn into_response(self) -> Response {
        http::status(self.status()).into_response()
    }
}

/// An empty response of status 500, so that `?` works in handlers.
impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// An empty response of the error's status, so that `?` works in handlers.
impl IntoResponse for CommitError {
    fn into_response(self) -> Response {
        http::status(self.status()).into_response()
    }
}

/// An empty response of status 401, 500 or 503.
#[cfg(feature = "auth")]
impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        http::status(self.status()).into_response()
    }
}

/// An empty response of the error's status, so that `?` works in handlers.
#[cfg(feature = "auth")]
impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        http::status(self.status()).into_response()
    }
}
