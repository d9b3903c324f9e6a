//! The user of a request, for the extractors of the adapters.

use alloc::{boxed::Box, sync::Arc};
use core::{any::Any, error::Error, fmt};

use super::users::{AuthError, Authenticator, user};
use crate::{
    body::SessionData,
    error::SessionRejection,
    manager::{SessionManager, SessionSlot},
    session::{RequestHeaders, Session, handle::Call},
};

/// The user who is logged in, and their session: an argument of a handler.
///
/// It needs [`SessionManager::users`]. Where nobody is logged in the extractor rejects with status 401;
/// `Option<Auth<..>>` is `None` there. In actix-web, poem and Rocket, whose own `Option` drops every rejection,
/// it is also `None` where the users could not be asked: take a `Result` where that makes a difference.
///
/// ```
/// # #[cfg(feature = "axum")] mod page {
/// # pub struct User { pub name: String }
/// use cloakroom::{Values, auth::Auth};
///
/// async fn profile(Auth { user, .. }: Auth<User, Values>) -> String {
///     format!("This is {}.", user.name)
/// }
/// # }
/// ```
#[non_exhaustive]
pub struct Auth<U, T: SessionData, K = ()> {
    /// The user, as the [`Authenticator`] loaded them for this request.
    pub user: U,
    /// The session.
    pub session: Session<T, K>,
}

/// Why a handler that asks for its user gets none.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AuthRejection {
    /// Nobody is logged in. Status 401.
    Anonymous,
    /// There is no session. Status 500 or 503.
    Session(SessionRejection),
    /// It could not be found out who it is. Status 503 or 500.
    Failed(AuthError),
    /// The manager has no users, or users of another type. Status 500: the mistake is in the application.
    NoUsers,
}

impl AuthRejection {
    /// The status of the response.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Anonymous => 401,
            Self::Session(error) => error.status(),
            Self::Failed(error) => error.status(),
            Self::NoUsers => 500,
        }
    }
}

/// The users of a manager, their types forgotten.
pub(crate) trait Users<T: SessionData, K>: Send + Sync {
    fn find<'c>(&'c self, session: &'c Session<T, K>) -> Call<'c, Result<Found, AuthError>>;
}

pub(crate) type Found = Option<Box<dyn Any + Send>>;

impl<A: Authenticator, T: SessionData, K> Users<T, K> for A {
    fn find<'c>(&'c self, session: &'c Session<T, K>) -> Call<'c, Result<Found, AuthError>> {
        Box::pin(async move {
            let found = user(session, self).await?;
            Ok(found.map(|user| Box::new(user) as Box<dyn Any + Send>))
        })
    }
}

impl<T: SessionData, K> SessionManager<T, K> {
    /// Where [`Auth`] finds the user of a request.
    ///
    /// Call it before the manager is cloned or given to a layer.
    #[must_use]
    pub fn users(self, users: impl Authenticator) -> Self {
        self.with_users(Arc::new(users))
    }
}

impl<U: 'static, T: SessionData, K> Auth<U, T, K> {
    /// The user of the request that `slot` was mounted in.
    ///
    /// # Errors
    ///
    /// [`AuthRejection`].
    pub async fn of(
        slot: Option<&SessionSlot<T, K>>,
        headers: &dyn RequestHeaders,
    ) -> Result<Self, AuthRejection> {
        let slot = slot.ok_or(AuthRejection::Session(SessionRejection::Missing))?;
        let session = slot.session(headers).await.map_err(SessionRejection::from)?;
        let users = slot.users().ok_or(AuthRejection::NoUsers)?;
        let found = users.find(&session).await.map_err(AuthRejection::Failed)?;
        let user = found.ok_or(AuthRejection::Anonymous)?;
        let user = user.downcast().map_err(|_| AuthRejection::NoUsers)?;
        Ok(Self { user: *user, session })
    }
}

impl From<SessionRejection> for AuthRejection {
    fn from(error: SessionRejection) -> Self {
        Self::Session(error)
    }
}

impl fmt::Display for AuthRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("nobody is logged in"),
            Self::Session(error) => error.fmt(f),
            Self::Failed(error) => error.fmt(f),
            Self::NoUsers => f.write_str("the session manager has no users of this type"),
        }
    }
}

impl Error for AuthRejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Session(error) => Some(error),
            Self::Failed(error) => Some(error),
            Self::Anonymous | Self::NoUsers => None,
        }
    }
}

/// Not who.
impl<U, T: SessionData, K> fmt::Debug for Auth<U, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("session", &self.session).finish_non_exhaustive()
    }
}
