//! Filters for [warp](https://docs.rs/warp) 0.4, over the layer of [`tower`](crate::tower).
//!
//! [`session()`] opens the visitor's session; [`optional_session()`] yields `None` only where no
//! layer is mounted; [`read_session()`] yields one that cannot be changed. The guide's page
//! [`warp`](crate::guide::warp) goes from an empty project to a login.
//!
//! ```
//! use cloakroom::{Key, KeyRing, Session, SessionConfig, SessionError, SessionManager, Values};
//! use cloakroom::warp::{SessionLayer, session};
//! use tower_layer::Layer;
//! use warp::Filter;
//!
//! async fn visit(session: Session<Values>) -> Result<String, warp::Rejection> {
//!     let views = session.update(|data| {
//!         let views = data.get::<u32>("views").ok().flatten().unwrap_or(0) + 1;
//!         data.insert("views", &views).map(|()| views)
//!     })?;
//!     Ok(format!("visit number {}", views.unwrap_or(1)))
//! }
//!
//! let ring = KeyRing::new(Key::generate()?);
//! let sessions = SessionManager::<Values>::new(SessionConfig::new(ring, "shop"))?;
//! // The session last: a route that does not match must not open it.
//! let routes = warp::post().and(warp::path!("visit")).and(session()).and_then(visit);
//! let app = SessionLayer::new(sessions).layer(warp::service(routes));
//! # drop(app);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When a response carries the cookie
//!
//! * The layer stands around the whole [`warp::service`]: what warp makes of a rejection carries the
//!   cookie as every reply does.
//! * `warp::serve` takes filters and no layers. Serve the application with `hyper-util`, as the guide
//!   does and as `warp::serve` itself does inside.
//! * A filter that rejects after [`session()`] leaves the session open, and the next `or` goes on
//!   with it. So put [`session()`] behind the path and the method.
//! * A panic of a handler closes the connection: nothing is saved, as after a visitor who leaves.
//! * A streamed body and an upgraded connection come after the head:
//!   [`SessionError::ResponseSent`](crate::SessionError::ResponseSent).

use warp::{Filter, Rejection, http::HeaderMap, reject::Reject};

pub use super::tower::SessionLayer;
#[cfg(feature = "auth")]
use crate::auth::{Auth, AuthError, AuthRejection};
use crate::{
    body::SessionData,
    error::{CommitError, SessionError, SessionRejection},
    manager::SessionSlot,
    session::{ReadSession, Session},
};

/// The visitor's session.
///
/// Rejects with [`SessionRejection`] where no layer of these types is mounted, or the session's store
/// does not answer.
pub fn session<T: SessionData, K: 'static>()
-> impl Filter<Extract = (Session<T, K>,), Error = Rejection> + Clone {
    optional_session().and_then(|session: Option<Session<T, K>>| async {
        session.ok_or_else(|| warp::reject::custom(SessionRejection::Missing))
    })
}

/// The visitor's session, or `None` where no layer of these types is mounted.
///
/// Rejects with [`SessionRejection`] where the session's store does not answer.
pub fn optional_session<T: SessionData, K: 'static>()
-> impl Filter<Extract = (Option<Session<T, K>>,), Error = Rejection> + Clone {
    warp::ext::optional::<SessionSlot<T, K>>().and(warp::header::headers_cloned()).and_then(open)
}

/// The visitor's session, to be read alone.
///
/// Rejects with [`SessionRejection`] where no layer of these types is mounted, or the session's store
/// does not answer.
pub fn read_session<T: SessionData, K: 'static>()
-> impl Filter<Extract = (ReadSession<T, K>,), Error = Rejection> + Clone {
    session().map(ReadSession::from)
}

/// The user who is logged in, and their session.
///
/// Rejects with [`AuthRejection`] where nobody is.
#[cfg(feature = "auth")]
pub fn user<U: Send + 'static, T: SessionData, K: 'static>()
-> impl Filter<Extract = (Auth<U, T, K>,), Error = Rejection> + Clone {
    warp::ext::optional::<SessionSlot<T, K>>().and(warp::header::headers_cloned()).and_then(
        |slot: Option<SessionSlot<T, K>>, headers: HeaderMap| async move {
            Auth::of(slot.as_ref(), &headers).await.map_err(warp::reject::custom)
        },
    )
}

/// Status 500 with a line of text, unless the application recovers from it: into 401, or into a redirect
/// to the login, where it is [`AuthRejection::Anonymous`].
#[cfg(feature = "auth")]
impl Reject for AuthRejection {}

/// Status 500, unless the application recovers from it.
#[cfg(feature = "auth")]
impl Reject for AuthError {}

async fn open<T: SessionData, K>(
    slot: Option<SessionSlot<T, K>>,
    headers: HeaderMap,
) -> Result<Option<Session<T, K>>, Rejection> {
    let Some(slot) = slot else { return Ok(None) };
    let session = slot.session(&headers).await.map_err(SessionRejection::from);
    session.map(Some).map_err(warp::reject::custom)
}

/// Status 500 with a line of text, unless the application recovers from it. What it makes of a store
/// that does not answer is taken back: that response is an empty one of status 503.
impl Reject for SessionRejection {}

/// Status 500, unless the application recovers from it, so that `?` works in handlers.
impl Reject for SessionError {}

/// Status 500, unless the application recovers from it, so that `?` works in handlers.
impl Reject for CommitError {}
