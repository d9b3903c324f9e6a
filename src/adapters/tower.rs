//! A [tower](https://docs.rs/tower) layer: for axum, hyper, warp and everything else on the `http`
//! crate's types.
//!
//! The layer puts a [`SessionSlot`] into the request's extensions. Nothing happens until somebody
//! asks it for the session; then the layer commits that session when the response's head is ready.
//! A streamed body comes after that: a change made while streaming is
//! [`SessionError::ResponseSent`](crate::SessionError::ResponseSent).
//!
//! An error of the inner service is passed on: there is no response that could carry a cookie. A
//! second layer of the same data and marker types leaves the session to the first.
//!
//! ```
//! use cloakroom::{Key, KeyRing, SessionConfig, SessionManager, Values, tower::SessionLayer};
//!
//! let ring = KeyRing::new(Key::generate()?);
//! let sessions = SessionManager::<Values>::new(SessionConfig::new(ring, "shop"))?;
//! let layer = SessionLayer::new(sessions);
//! // tower::ServiceBuilder::new().layer(layer).service(app)
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::boxed::Box;
use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use ::http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use tower_layer::Layer;
use tower_service::Service;

use super::http;
use crate::{
    body::SessionData,
    error::CommitError,
    manager::{SessionManager, SessionSlot},
    session::{Headers, RequestParts, Session},
};

/// Mounts the sessions of a manager on a service.
pub struct SessionLayer<T: SessionData, K = ()>(SessionManager<T, K>);

impl<T: SessionData, K> SessionLayer<T, K> {
    /// A layer with the sessions of `manager`.
    pub const fn new(manager: SessionManager<T, K>) -> Self {
        Self(manager)
    }
}

impl<S, T: SessionData, K> Layer<S> for SessionLayer<T, K> {
    type Service = SessionService<S, T, K>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService { inner, manager: self.0.clone() }
    }
}

/// A service with sessions. Made by [`SessionLayer`].
pub struct SessionService<S, T: SessionData, K = ()> {
    inner: S,
    manager: SessionManager<T, K>,
}

impl<S, T, K, B, R> Service<Request<B>> for SessionService<S, T, K>
where
    S: Service<Request<B>, Response = Response<R>>,
    T: SessionData,
    K: 'static,
    R: Send + 'static,
{
    type Response = Response<SessionBody<R>>;
    type Error = S::Error;
    type Future = SessionFuture<S::Future, R, T, K>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let mounted = request.extensions().get::<SessionSlot<T, K>>().is_some();
        let slot = if mounted { None } else { self.manager.slot(&parts(&request)) };
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
    pub struct SessionFuture<F, R, T: SessionData, K = ()> {
        #[pin]
        inner: F,
        // None where another layer or nobody has the session, and once the response is there.
        slot: Option<SessionSlot<T, K>>,
        finish: Option<Finish<R>>,
    }
}

type Finish<R> = Pin<Box<dyn Future<Output = Response<SessionBody<R>>> + Send>>;

impl<F, R, E, T: SessionData, K> Future for SessionFuture<F, R, T, K>
where
    F: Future<Output = Result<Response<R>, E>>,
    K: 'static,
    R: Send + 'static,
{
    type Output = Result<Response<SessionBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(finish) = this.finish {
            return finish.as_mut().poll(cx).map(Ok);
        }
        let response = ready!(this.inner.poll(cx))?.map(SessionBody::full);
        let (slot, status) = (this.slot.take(), response.status());
        let Some(commit) = slot.and_then(|slot| slot.commit(status.as_u16())) else {
            return Poll::Ready(Ok(response));
        };
        let finish = async { finished(response, commit.await) };
        this.finish.insert(Box::pin(finish)).as_mut().poll(cx).map(Ok)
    }
}

fn finished<R>(
    mut response: Response<SessionBody<R>>,
    committed: Result<Headers, CommitError>,
) -> Response<SessionBody<R>> {
    match committed {
        Ok(headers) => headers.apply(response.headers_mut()),
        Err(error) => {
            response = Response::new(SessionBody::empty());
            *response.status_mut() = http::status(&error);
            *response.headers_mut() = http::failed(&error);
        }
    }
    response
}

/// The session of a request, where a handler has no extractor: in hyper, or in a middleware.
///
/// The first call opens it. See the guide's page [`hyper`](crate::guide::hyper).
///
/// # Errors
///
/// [`MissingLayer`] where no layer of these types is mounted, or the configuration skips the
/// request.
pub fn session<T: SessionData, K: 'static, B>(
    request: &Request<B>,
) -> impl Future<Output = Result<Session<T, K>, MissingLayer>> + Send {
    // Not the request itself, whose body need not be shared between threads.
    let session = http::session(request.extensions(), request.headers());
    async { session.await.ok_or(MissingLayer) }
}

/// No [`SessionLayer`] of the session's data and marker types is mounted on this route.
///
/// As a response it is an empty one of status 500: the mistake is in the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingLayer;

fn parts<B>(request: &Request<B>) -> RequestParts<'_> {
    http::parts(request.method(), request.uri(), request.headers())
}

pin_project_lite::pin_project! {
    /// The body of a response with a session: the handler's, or nothing where the session could
    /// not be saved.
    #[derive(Debug)]
    pub struct SessionBody<B> {
        #[pin]
        inner: Option<B>,
    }
}

impl<B> SessionBody<B> {
    const fn full(inner: B) -> Self {
        Self { inner: Some(inner) }
    }

    const fn empty() -> Self {
        Self { inner: None }
    }
}

impl<B: Body> Body for SessionBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match self.project().inner.as_pin_mut() {
            Some(inner) => inner.poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

impl<T: SessionData, K> Clone for SessionLayer<T, K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Clone, T: SessionData, K> Clone for SessionService<S, T, K> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), manager: self.manager.clone() }
    }
}

impl<T: SessionData, K> fmt::Debug for SessionLayer<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionLayer").field(&self.0).finish()
    }
}

impl<S, T: SessionData, K> fmt::Debug for SessionService<S, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionService").field("manager", &self.manager).finish_non_exhaustive()
    }
}

impl<F, R, T: SessionData, K> fmt::Debug for SessionFuture<F, R, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFuture").field("slot", &self.slot).finish_non_exhaustive()
    }
}

impl fmt::Display for MissingLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no session layer of these types is mounted on the route")
    }
}

impl core::error::Error for MissingLayer {}
