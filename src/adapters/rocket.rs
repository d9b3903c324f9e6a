//! A fairing and request guards for [rocket](https://docs.rs/rocket) 0.5.
//!
//! `Session<T>` as a guard opens the visitor's session; `Option<Session<T>>` is `None` only where no
//! fairing is attached; [`ReadSession<T>`] cannot change it. The guide's page
//! [`rocket`](crate::guide::rocket) goes from an empty project to a login.
//!
//! ```
//! use cloakroom::{Key, KeyRing, Session, SessionConfig, SessionError, SessionManager, Values};
//! use cloakroom::rocket::SessionFairing;
//! use rocket::{post, routes};
//!
//! #[post("/visit")]
//! fn visit(session: Session<Values>) -> Result<String, SessionError> {
//!     let views = session.update(|data| {
//!         let views = data.get::<u32>("views").ok().flatten().unwrap_or(0) + 1;
//!         data.insert("views", &views).map(|()| views)
//!     })?;
//!     Ok(format!("visit number {}", views.unwrap_or(1)))
//! }
//!
//! let ring = KeyRing::new(Key::generate()?);
//! let sessions = SessionManager::<Values>::new(SessionConfig::new(ring, "shop"))?;
//! let app = rocket::build().attach(SessionFairing::new(sessions)).mount("/", routes![visit]);
//! # drop(app);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When a response carries the cookie
//!
//! * The fairing writes its own `Set-Cookie`, after the handler and after every catcher. Rocket's
//!   `CookieJar` forgets what was put into it as soon as a catcher runs; a session does not.
//! * However often the guard runs, by forwards, other guards and catchers, it is one session.
//! * A panic of a handler is an error to Rocket: what was changed before it is saved. Only a panic
//!   inside [`Session::update`] discards the change.
//! * A response fairing attached later runs later: it finds the session already sent.
//! * A streamed body and an upgraded connection come after the head:
//!   [`SessionError::ResponseSent`](crate::SessionError::ResponseSent).
//! * A catcher that answers a request of malformed HTTP has no session: no fairing runs for it.
//! * An empty response in the place of one whose session could not be saved is no catcher's.
//!
//! The keys are those of the [`SessionManager`], not Rocket's `secret_key`, and the feature `secrets`
//! is not needed. Rocket drops a header that is not UTF-8, a `Cookie` too.
//!
//! # Security
//!
//! At the log level `debug` Rocket prints the headers of requests and responses, cookies included.

use alloc::{borrow::Cow, boxed::Box, string::ToString};
use core::fmt;

use rocket::{
    Data, Request, Response,
    fairing::{Fairing, Info, Kind},
    http::{HeaderMap, Status},
    request::{FromRequest, Outcome},
    response::{self, Responder},
};

#[cfg(feature = "auth")]
use crate::auth::{Auth, AuthError, AuthRejection};
use crate::{
    body::SessionData,
    error::{CommitError, SessionError, SessionRejection},
    manager::{SessionManager, SessionSlot},
    session::{Headers, ReadSession, RequestHeaders, RequestParts, ResponseHeaders, Session},
};

/// Mounts the sessions of a manager on an application.
///
/// One of the same data and marker types that is attached later takes its place.
pub struct SessionFairing<T: SessionData, K = ()>(SessionManager<T, K>);

/// What the request-local cache holds: no slot where the configuration leaves the request out.
struct Mounted<T: SessionData, K>(Option<SessionSlot<T, K>>);

impl<T: SessionData, K> SessionFairing<T, K> {
    /// A fairing with the sessions of `manager`.
    pub const fn new(manager: SessionManager<T, K>) -> Self {
        Self(manager)
    }
}

#[rocket::async_trait]
impl<T: SessionData, K: 'static> Fairing for SessionFairing<T, K> {
    fn info(&self) -> Info {
        Info { name: "Sessions", kind: Kind::Request | Kind::Response | Kind::Singleton }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        // HTTP/2 has no such header, and Rocket keeps what stands for it elsewhere.
        let host = if request.headers().contains("Host") { None } else { request.host() };
        let host = host.map(ToString::to_string);
        let parts = parts(request).with_authority(host.as_deref());
        request.local_cache(|| Mounted(self.0.slot(&parts)));
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let slot = slot::<T, K>(request);
        let Some(commit) = slot.and_then(|slot| slot.commit(response.status().code)) else {
            return;
        };
        match commit.await {
            Ok(headers) => headers.apply(response),
            Err(error) => *response = failed(&error),
        }
    }
}

#[rocket::async_trait]
impl<'r, T: SessionData, K: 'static> FromRequest<'r> for Session<T, K> {
    type Error = SessionRejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, SessionRejection> {
        let session = match slot(request) {
            Some(slot) => slot.session(request.headers()).await.map_err(SessionRejection::from),
            None => Err(SessionRejection::Missing),
        };
        match session {
            Ok(session) => Outcome::Success(session),
            Err(error) => Outcome::Error((Status::new(error.status()), error)),
        }
    }
}

#[rocket::async_trait]
impl<'r, T: SessionData, K: 'static> FromRequest<'r> for ReadSession<T, K> {
    type Error = SessionRejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, SessionRejection> {
        Session::from_request(request).await.map(Self::from)
    }
}

#[cfg(feature = "auth")]
#[rocket::async_trait]
impl<'r, U: Send + 'static, T: SessionData, K: 'static> FromRequest<'r> for Auth<U, T, K> {
    type Error = AuthRejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthRejection> {
        match Self::of(slot(request), request.headers()).await {
            Ok(user) => Outcome::Success(user),
            Err(error) => Outcome::Error((Status::new(error.status()), error)),
        }
    }
}

/// The error's status, for a catcher to answer, so that `?` works in handlers.
#[cfg(feature = "auth")]
impl<'r> Responder<'r, 'static> for AuthError {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Err(Status::new(self.status()))
    }
}

/// The request's slot. The first value of a type stays in the cache: if that is ours, no fairing
/// put one there.
fn slot<'r, T: SessionData, K: 'static>(request: &'r Request<'_>) -> Option<&'r SessionSlot<T, K>> {
    request.local_cache(|| Mounted(None)).0.as_ref()
}

fn parts<'r>(request: &'r Request<'_>) -> RequestParts<'r> {
    let path = request.uri().path();
    RequestParts::new(request.method().as_str(), path.raw().as_str(), request.headers())
}

impl RequestHeaders for HeaderMap<'_> {
    fn visit<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8])) {
        self.get(name).for_each(|value| visit(value.as_bytes()));
    }
}

impl ResponseHeaders for Response<'_> {
    fn visit(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.headers().get(name).for_each(|value| visit(value.as_bytes()));
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        self.adjoin_raw_header(name, value);
    }
}

/// The empty response that takes the place of one whose session could not be saved.
fn failed(error: &CommitError) -> Response<'static> {
    let mut response = Response::new();
    response.set_status(Status::new(error.status()));
    Headers::apply_failure(error, &mut response);
    response
}

/// Status 500, for a catcher to answer, so that `?` works in handlers.
impl<'r> Responder<'r, 'static> for SessionError {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Err(Status::InternalServerError)
    }
}

/// The error's status, for a catcher to answer, so that `?` works in handlers.
impl<'r> Responder<'r, 'static> for CommitError {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Err(Status::new(self.status()))
    }
}

impl<T: SessionData, K> Clone for SessionFairing<T, K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: SessionData, K> fmt::Debug for SessionFairing<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionFairing").field(&self.0).finish()
    }
}
