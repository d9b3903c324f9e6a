//! Middleware and extractors for [poem](https://docs.rs/poem) 3.
//!
//! `Session<T>` as an argument opens the visitor's session; `Option<Session<T>>` is `None` only
//! where no middleware is mounted; [`ReadSession<T>`] cannot change it. The guide's page
//! [`poem`](crate::guide::poem) goes from an empty project to a login.
//!
//! ```
//! use cloakroom::{Key, KeyRing, Session, SessionConfig, SessionError, SessionManager, Values};
//! use cloakroom::poem::SessionMiddleware;
//! use poem::{EndpointExt, Route, handler, post};
//!
//! #[handler]
//! async fn visit(session: Session<Values>) -> Result<String, SessionError> {
//!     let views = session.update(|data| {
//!         let views = data.get::<u32>("views").ok().flatten().unwrap_or(0) + 1;
//!         data.insert("views", &views).map(|()| views)
//!     })?;
//!     Ok(format!("visit number {}", views.unwrap_or(1)))
//! }
//!
//! let ring = KeyRing::new(Key::generate()?);
//! let sessions = SessionManager::<Values>::new(SessionConfig::new(ring, "shop"))?;
//! let app = Route::new().at("/visit", post(visit)).with(SessionMiddleware::new(sessions));
//! # drop(app);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When a response carries the cookie
//!
//! * An endpoint that returns an error carries it too. A [`poem::Error`] has no room for a header,
//!   so that the error of a request whose session was touched becomes its response here. Mount
//!   `catch_error` and its like *before* this middleware (`app.catch_error(page).with(sessions)`);
//!   those mounted after it see the errors of requests without a session alone.
//! * A panic that `CatchPanic` makes a response of is a response like every other if `CatchPanic` is
//!   mounted before this middleware: what was changed before the panic is saved, unless it happened
//!   inside [`Session::update`]. Mounted after it, or nowhere: nothing is saved.
//! * Poem's own `CookieJar` is neither read nor written.
//! * A streamed body and an upgraded connection come after the head:
//!   [`SessionError::ResponseSent`](crate::SessionError::ResponseSent).
//! * Poem runs a handler to its end though the visitor has left: the cookie is lost with the response,
//!   and the old one stays valid.

use core::fmt;

use poem::{
    Endpoint, FromRequest, IntoResponse, Middleware, Request, RequestBody, Response, Result,
    error::ResponseError, http::StatusCode,
};

use super::http;
#[cfg(feature = "auth")]
use crate::auth::{Auth, AuthError, AuthRejection};
use crate::{
    body::SessionData,
    error::{CommitError, SessionError, SessionRejection},
    manager::{SessionManager, SessionSlot},
    session::{ReadSession, RequestParts, Session},
};

/// Mounts the sessions of a manager on an endpoint.
///
/// A second one of the same data and marker types leaves the session to the outermost.
pub struct SessionMiddleware<T: SessionData, K = ()>(SessionManager<T, K>);

/// An endpoint with sessions. Made by [`SessionMiddleware`].
pub struct SessionEndpoint<E, T: SessionData, K = ()> {
    inner: E,
    manager: SessionManager<T, K>,
}

impl<T: SessionData, K> SessionMiddleware<T, K> {
    /// A middleware with the sessions of `manager`.
    pub const fn new(manager: SessionManager<T, K>) -> Self {
        Self(manager)
    }
}

impl<E: Endpoint, T: SessionData, K: 'static> Middleware<E> for SessionMiddleware<T, K> {
    type Output = SessionEndpoint<E, T, K>;

    fn transform(&self, inner: E) -> Self::Output {
        SessionEndpoint { inner, manager: self.0.clone() }
    }
}

impl<E: Endpoint, T: SessionData, K: 'static> Endpoint for SessionEndpoint<E, T, K> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let mounted = request.extensions().get::<SessionSlot<T, K>>().is_some();
        let slot = if mounted { None } else { self.manager.slot(&parts(&request)) };
        if let Some(slot) = &slot {
            request.extensions_mut().insert(slot.clone());
        }
        let outcome = self.inner.call(request).await.map(IntoResponse::into_response);
        let status = outcome.as_ref().map_or_else(|error| error.status(), Response::status);
        let Some(commit) = slot.and_then(|slot| slot.commit(status.as_u16())) else {
            return outcome;
        };
        match commit.await {
            Ok(headers) => {
                let mut response = outcome.unwrap_or_else(poem::Error::into_response);
                headers.apply(response.headers_mut());
                Ok(response)
            }
            Err(error) => {
                let mut response = error.as_response();
                *response.headers_mut() = http::failed(&error);
                Ok(response)
            }
        }
    }
}

impl<'r, T: SessionData, K: 'static> FromRequest<'r> for Session<T, K> {
    async fn from_request(request: &'r Request, _: &mut RequestBody) -> Result<Self> {
        Ok(http::session(request.extensions(), request.headers()).await?)
    }
}

impl<'r, T: SessionData, K: 'static> FromRequest<'r> for ReadSession<T, K> {
    async fn from_request(request: &'r Request, body: &mut RequestBody) -> Result<Self> {
        Session::from_request(request, body).await.map(Self::from)
    }
}

#[cfg(feature = "auth")]
impl<'r, U: Send + 'static, T: SessionData, K: 'static> FromRequest<'r> for Auth<U, T, K> {
    async fn from_request(request: &'r Request, _: &mut RequestBody) -> Result<Self> {
        Ok(http::user(request.extensions(), request.headers()).await?)
    }
}

/// An empty response of status 401, 500 or 503.
#[cfg(feature = "auth")]
impl ResponseError for AuthRejection {
    fn status(&self) -> StatusCode {
        http::status(self.status())
    }

    fn as_response(&self) -> Response {
        http::status(self.status()).into()
    }
}

/// An empty response of the error's status, so that `?` works in handlers.
#[cfg(feature = "auth")]
impl ResponseError for AuthError {
    fn status(&self) -> StatusCode {
        http::status(self.status())
    }

    fn as_response(&self) -> Response {
        http::status(self.status()).into()
    }
}

fn parts(request: &Request) -> RequestParts<'_> {
    http::parts(request.method(), request.uri(), request.headers())
}

/// An empty response of status 500 or 503.
impl ResponseError for SessionRejection {
    fn status(&self) -> StatusCode {
        http::status(self.status())
    }

    fn as_response(&self) -> Response {
        http::status(self.status()).into()
    }
}

/// An empty response of status 500, so that `?` works in handlers.
impl ResponseError for SessionError {
    fn status(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    fn as_response(&self) -> Response {
        self.status().into()
    }
}

/// An empty response of the error's status, so that `?` works in handlers.
impl ResponseError for CommitError {
    fn status(&self) -> StatusCode {
        http::status(self.status())
    }

    fn as_response(&self) -> Response {
        http::status(self.status()).into()
    }
}

impl<T: SessionData, K> Clone for SessionMiddleware<T, K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: SessionData, K> fmt::Debug for SessionMiddleware<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionMiddleware").field(&self.0).finish()
    }
}

impl<E, T: SessionData, K> fmt::Debug for SessionEndpoint<E, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionEndpoint").field("manager", &self.manager).finish_non_exhaustive()
    }
}
