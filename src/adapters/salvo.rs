//! A hoop and extractors for [salvo](https://docs.rs/salvo) 1, which needs Rust 1.95.
//!
//! `Session<T>` as an argument opens the visitor's session; [`OptionalSession<T>`] holds `None` only
//! where no hoop is mounted; [`ReadSession<T>`] cannot change it. A hoop of your own gets it by
//! `Session::<T>::extract(req, depot)`. The guide's page [`salvo`](crate::guide::salvo) goes from an
//! empty project to a login.
//!
//! ```
//! use cloakroom::{Key, KeyRing, Session, SessionConfig, SessionError, SessionManager, Values};
//! use cloakroom::salvo::SessionHoop;
//! use salvo_core::{Router, Writer, handler};
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
//! let app = Router::with_hoop(SessionHoop::new(sessions)).push(Router::with_path("visit").post(visit));
//! # drop(app);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When a response carries the cookie
//!
//! * A handler that calls `cease` or `skip_rest` ends the flow, not the session: it is saved.
//! * A catcher runs after every hoop. It may write the body of an error; it must leave the headers.
//!   A session that it asks for can be read alone.
//! * An empty response in the place of one whose session could not be saved is no catcher's.
//! * A panic that `CatchPanic` makes a response of is a response like every other if `CatchPanic` is
//!   mounted after this hoop: what was changed before the panic is saved, unless it happened inside
//!   [`Session::update`]. Mounted before it, or nowhere: nothing is saved.
//! * Salvo's own `CookieJar` is neither read nor written.
//! * A streamed body and an upgraded connection come after the head:
//!   [`SessionError::ResponseSent`](crate::SessionError::ResponseSent).
//! * A visitor who leaves before the handler is done ends it where it waits: nothing is saved.

use alloc::boxed::Box;
use core::fmt;

use salvo_core::{
    Depot, FlowCtrl, Handler, Request, Response, Writer, async_trait,
    extract::{Extractible, Metadata},
    http::{ResBody, StatusCode},
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

/// Mounts the sessions of a manager on a service, a router or a handler.
///
/// A second one of the same data and marker types leaves the session to the outermost.
pub struct SessionHoop<T: SessionData, K = ()>(SessionManager<T, K>);

/// The session where there is one: of an `Option`, salvo makes what can be deserialised alone.
#[derive(Debug)]
pub struct OptionalSession<T: SessionData, K = ()>(
    /// `None` where no [`SessionHoop`] is mounted.
    pub Option<Session<T, K>>,
);

impl<T: SessionData, K> SessionHoop<T, K> {
    /// A hoop with the sessions of `manager`.
    pub const fn new(manager: SessionManager<T, K>) -> Self {
        Self(manager)
    }
}

#[async_trait]
impl<T: SessionData, K: 'static> Handler for SessionHoop<T, K> {
    async fn handle(
        &self,
        req: &mut Request,
        depot: &mut Depot,
        res: &mut Response,
        ctrl: &mut FlowCtrl,
    ) {
        if depot.contains_typed::<SessionSlot<T, K>>() {
            return;
        }
        let Some(slot) = self.0.slot(&parts(req)) else { return };
        depot.insert_typed(slot.clone());
        ctrl.call_next(req, depot, res).await;
        // Whoever asked for the flow to cease did not ask for the session to be lost.
        let status = res.status_code.unwrap_or_default();
        let Some(commit) = slot.commit(status.as_u16()) else { return };
        match commit.await {
            Ok(headers) => headers.apply(res.headers_mut()),
            Err(error) => {
                *res = Response::new();
                res.status_code(http::status(error.status()));
                res.set_headers(http::failed(&error));
                // Empty, and not missing, for which a catcher would make a page.
                res.body(ResBody::Once(Default::default()));
            }
        }
    }
}

impl<'r, T: SessionData, K: 'static> Extractible<'r> for Session<T, K> {
    fn metadata() -> &'static Metadata {
        static METADATA: Metadata = Metadata::new("Session");
        &METADATA
    }

    #[allow(refining_impl_trait)]
    async fn extract(req: &'r mut Request, depot: &'r mut Depot) -> Result<Self, SessionRejection> {
        let slot = depot.get_typed::<SessionSlot<T, K>>();
        let slot = slot.map_err(|_| SessionRejection::Missing)?;
        Ok(slot.session(req.headers()).await?)
    }
}

impl<'r, T: SessionData, K: 'static> Extractible<'r> for OptionalSession<T, K> {
    fn metadata() -> &'static Metadata {
        Session::<T, K>::metadata()
    }

    #[allow(refining_impl_trait)]
    async fn extract(req: &'r mut Request, depot: &'r mut Depot) -> Result<Self, SessionRejection> {
        match Session::extract(req, depot).await {
            Ok(session) => Ok(Self(Some(session))),
            Err(SessionRejection::Missing) => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }
}

impl<'r, T: SessionData, K: 'static> Extractible<'r> for ReadSession<T, K> {
    fn metadata() -> &'static Metadata {
        Session::<T, K>::metadata()
    }

    #[allow(refining_impl_trait)]
    async fn extract(req: &'r mut Request, depot: &'r mut Depot) -> Result<Self, SessionRejection> {
        Session::extract(req, depot).await.map(Self::from)
    }
}

#[cfg(feature = "auth")]
impl<'r, U: Send + 'static, T: SessionData, K: 'static> Extractible<'r> for Auth<U, T, K> {
    fn metadata() -> &'static Metadata {
        Session::<T, K>::metadata()
    }

    #[allow(refining_impl_trait)]
    async fn extract(req: &'r mut Request, depot: &'r mut Depot) -> Result<Self, AuthRejection> {
        Self::of(depot.get_typed::<SessionSlot<T, K>>().ok(), req.headers()).await
    }
}

/// The error's status, for a catcher to answer.
#[cfg(feature = "auth")]
#[async_trait]
impl Writer for AuthRejection {
    async fn write(self, _: &mut Request, _: &mut Depot, res: &mut Response) {
        res.status_code(http::status(self.status()));
    }
}

/// The error's status, for a catcher to answer, so that `?` works in handlers.
#[cfg(feature = "auth")]
#[async_trait]
impl Writer for AuthError {
    async fn write(self, _: &mut Request, _: &mut Depot, res: &mut Response) {
        res.status_code(http::status(self.status()));
    }
}

fn parts(req: &Request) -> RequestParts<'_> {
    http::parts(req.method(), req.uri(), req.headers())
}

/// The error's status, for a catcher to answer.
#[async_trait]
impl Writer for SessionRejection {
    async fn write(self, _: &mut Request, _: &mut Depot, res: &mut Response) {
        res.status_code(http::status(self.status()));
    }
}

/// Status 500, for a catcher to answer, so that `?` works in handlers.
#[async_trait]
impl Writer for SessionError {
    async fn write(self, _: &mut Request, _: &mut Depot, res: &mut Response) {
        res.status_code(StatusCode::INTERNAL_SERVER_ERROR);
    }
}

/// The error's status, for a catcher to answer, so that `?` works in handlers.
#[async_trait]
impl Writer for CommitError {
    async fn write(self, _: &mut Request, _: &mut Depot, res: &mut Response) {
        res.status_code(http::status(self.status()));
    }
}

impl<T: SessionData, K> Clone for SessionHoop<T, K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: SessionData, K> fmt::Debug for SessionHoop<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionHoop").field(&self.0).finish()
    }
}
