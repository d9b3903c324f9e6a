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

use core::convert::Infallible;

use ::http::{StatusCode, request::Parts};
use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};

use super::http;
pub use super::tower::{MissingLayer, SessionLayer};
use crate::{
    body::SessionData,
    error::{CommitError, SessionError},
    session::{ReadSession, Session},
};

impl<S: Sync, T: SessionData, K: 'static> FromRequestParts<S> for Session<T, K> {
    type Rejection = MissingLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingLayer> {
        extract(parts).await.ok_or(MissingLayer)
    }
}

impl<S: Sync, T: SessionData, K: 'static> OptionalFromRequestParts<S> for Session<T, K> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(extract(parts).await)
    }
}

impl<S: Sync, T: SessionData, K: 'static> FromRequestParts<S> for ReadSession<T, K> {
    type Rejection = MissingLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingLayer> {
        extract(parts).await.map(Self::from).ok_or(MissingLayer)
    }
}

async fn extract<T: SessionData, K: 'static>(parts: &Parts) -> Option<Session<T, K>> {
    http::session(&parts.extensions, &parts.headers).await
}

/// An empty response of status 500: the mistake is in the application.
impl IntoResponse for MissingLayer {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
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
        http::status(&self).into_response()
    }
}
