//! Middleware and extractors for [actix-web](https://docs.rs/actix-web) 4.
//!
//! `Session<T>` as an argument opens the visitor's session; `Option<Session<T>>` is `None` only
//! where no middleware is mounted; [`ReadSession<T>`] cannot change it. The guide's page
//! [`actix`](crate::guide::actix) goes from an empty project to a login.
//!
//! ```
//! use actix_web::{App, web};
//! use cloakroom::{Key, KeyRing, Session, SessionConfig, SessionError, SessionManager, Values};
//! use cloakroom::actix::SessionMiddleware;
//!
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
//! let layer = SessionMiddleware::new(sessions);
//! // Once in every worker, hence the clone: all of them share the ring.
//! let app = move || App::new().wrap(layer.clone()).route("/visit", web::post().to(visit));
//! # let _ = app();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # One ring for all workers
//!
//! `HttpServer::new` calls its closure once in every worker. Make the [`SessionMiddleware`] before
//! it and clone it inside. A key made inside would be another one in every worker, and a visitor
//! would lose the session whenever another worker answers.
//!
//! # When a response carries the cookie
//!
//! * Middleware of actix-web may return an error instead of a response. It carries the cookie all
//!   the same, once it has become a response. The error keeps its type.
//! * What is wrapped last runs first. A middleware that uses the session has to be wrapped before
//!   this one; one wrapped after it finds the session already sent.
//! * A panic of a handler closes the connection: nothing is saved.
//! * A visitor who leaves early does not end the handler, and misses the cookie with the response.
//! * A streamed body and an upgraded connection come after the head:
//!   [`SessionError::ResponseSent`](crate::SessionError::ResponseSent).

#[cfg(feature = "auth")]
mod auth;
mod errors;

use alloc::{borrow::Cow, boxed::Box};
use core::{
    fmt,
    future::{Future, Ready, ready},
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::EitherBody,
    dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    http::{
        StatusCode,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
};

use crate::{
    body::SessionData,
    error::{CommitError, SessionRejection},
    manager::{SessionManager, SessionSlot},
    session::{Headers, ReadSession, RequestHeaders, RequestParts, ResponseHeaders, Session},
};

/// Mounts the sessions of a manager on an application, a scope or a resource.
///
/// A second one of the same data and marker types leaves the session to the outermost.
pub struct SessionMiddleware<T: SessionData, K = ()>(SessionManager<T, K>);

/// A service with sessions. Made by [`SessionMiddleware`].
pub struct SessionService<S, T: SessionData, K = ()> {
    inner: S,
    manager: SessionManager<T, K>,
}

/// A future of one worker's thread.
type Local<O> = Pin<Box<dyn Future<Output = O>>>;

impl<T: SessionData, K> SessionMiddleware<T, K> {
    /// A middleware with the sessions of `manager`.
    pub const fn new(manager: SessionManager<T, K>) -> Self {
        Self(manager)
    }
}

impl<S, T, K, B> Transform<S, ServiceRequest> for SessionMiddleware<T, K>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    T: SessionData,
    K: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B, ()>>;
    type Error = Error;
    type Transform = SessionService<S, T, K>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(SessionService { inner, manager: self.0.clone() }))
    }
}

impl<S, T, K, B> Service<ServiceRequest> for SessionService<S, T, K>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    T: SessionData,
    K: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B, ()>>;
    type Error = Error;
    type Future = SessionFuture<S::Future, B, T, K>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let mounted = request.extensions().contains::<SessionSlot<T, K>>();
        let slot = if mounted { None } else { self.manager.slot(&parts(request.request())) };
        if let Some(slot) = &slot {
            request.extensions_mut().insert(slot.clone());
        }
        SessionFuture { inner: self.inner.call(request), slot, finish: None }
    }
}

pin_project_lite::pin_project! {
    /// The future of a response with a session. Made by [`SessionService`].
    ///
    /// It allocates for a request whose session somebody asked for, and for no other.
    pub struct SessionFuture<F, B, T: SessionData, K = ()> {
        #[pin]
        inner: F,
        // None where another middleware or nobody has the session, and once there is a response.
        slot: Option<SessionSlot<T, K>>,
        finish: Option<Local<Outcome<EitherBody<B, ()>>>>,
    }
}

/// What becomes of a request in a service.
type Outcome<B> = Result<ServiceResponse<B>, Error>;
/// What becomes of its session.
type Committed = Result<Headers, CommitError>;

impl<F, B, T: SessionData, K> Future for SessionFuture<F, B, T, K>
where
    F: Future<Output = Outcome<B>>,
    B: 'static,
    K: 'static,
{
    type Output = Outcome<EitherBody<B, ()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(finish) = this.finish {
            return finish.as_mut().poll(cx);
        }
        let outcome = ready!(this.inner.poll(cx));
        let error_status = |error: &Error| error.as_response_error().status_code();
        let status = outcome.as_ref().map_or_else(error_status, ServiceResponse::status);
        let Some(commit) = this.slot.take().and_then(|slot| slot.commit(status.as_u16())) else {
            return Poll::Ready(outcome.map(ServiceResponse::map_into_left_body));
        };
        let finish = async { finished(outcome, commit.await) };
        this.finish.insert(Box::pin(finish)).as_mut().poll(cx)
    }
}

fn finished<B>(outcome: Outcome<B>, committed: Committed) -> Outcome<EitherBody<B, ()>> {
    match (outcome, committed) {
        (Ok(mut response), Ok(headers)) => {
            headers.apply(response.headers_mut());
            Ok(response.map_into_left_body())
        }
        (Ok(response), Err(cause)) => {
            let mut failed = HttpResponse::with_body(cause.status_code(), ());
            Headers::apply_failure(&cause, failed.headers_mut());
            Ok(response.into_response(failed.map_into_right_body()))
        }
        // An error becomes a response later, outside of every middleware.
        (Err(error), committed) => {
            let mut error = committed.as_ref().err().cloned().map_or(error, Error::from);
            error.add_response_mapper(move |mut response| {
                match &committed {
                    Ok(headers) => headers.clone().apply(response.headers_mut()),
                    Err(cause) => Headers::apply_failure(cause, response.headers_mut()),
                }
                response
            });
            Err(error)
        }
    }
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn parts(request: &HttpRequest) -> RequestParts<'_> {
    RequestParts::new(request.method().as_str(), request.path(), request.headers())
        .with_authority(request.uri().authority().map(|authority| authority.as_str()))
}

impl RequestHeaders for HeaderMap {
    fn visit<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8])) {
        self.get_all(name).for_each(|value| visit(value.as_bytes()));
    }
}

impl ResponseHeaders for HeaderMap {
    fn visit(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.get_all(name).for_each(|value| visit(value.as_bytes()));
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        // A checked cookie has no byte that a header cannot have.
        if let Ok(mut value) = HeaderValue::try_from(value.into_owned()) {
            value.set_sensitive(name == "set-cookie");
            self.append(HeaderName::from_static(name), value);
        }
    }
}

impl<T: SessionData, K: 'static> FromRequest for Session<T, K> {
    type Error = SessionRejection;
    type Future = Local<Result<Self, SessionRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Borrowed for this statement alone: the handler may use the extensions meanwhile.
        let slot = request.extensions().get::<SessionSlot<T, K>>().cloned();
        let request = request.clone();
        Box::pin(async move {
            let slot = slot.ok_or(SessionRejection::Missing)?;
            Ok(slot.session(request.headers()).await?)
        })
    }
}

impl<T: SessionData, K: 'static> FromRequest for ReadSession<T, K> {
    type Error = SessionRejection;
    type Future = Local<Result<Self, SessionRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let session = Session::from_request(request, payload);
        Box::pin(async { session.await.map(Self::from) })
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
