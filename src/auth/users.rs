//! Where users come from: an interface to the application's own, and what is made of it.

use alloc::{sync::Arc, vec::Vec};
use core::{error::Error, fmt, future::Future};

use super::{
    Verification,
    login::{Login, login, logout, tell},
};
use crate::{
    body::SessionData,
    error::{CommitError, SessionError},
    session::{Event, Session},
};

/// The application's users, as far as logins need them.
///
/// Write the calls as `async fn`; their futures have to be `Send`. Hash passwords in a thread for work that
/// blocks, and hash something for a name that nobody has: the time would tell who has an account.
///
/// ```
/// use cloakroom::{StoreError, auth::{Attempt, Authenticator}};
///
/// struct User { id: u64, password_changed_at: u64 }
/// struct Users; // a pool of connections, for one
///
/// impl Authenticator for Users {
///     type Credentials = (String, String);
///     type User = User;
///     type Error = StoreError;
///
///     async fn authenticate(&self, (name, password): &(String, String)) -> Result<Attempt<User>, StoreError> {
///         // Here the password is looked at.
///         Ok(match (name.as_str(), password.as_str()) {
///             ("ada", "lovelace") => Attempt::Accepted(User { id: 1, password_changed_at: 7 }),
///             ("ada", _) => Attempt::Refused,
///             ("mallory", _) => Attempt::Denied,
///             _ => Attempt::Refused,
///         })
///     }
///
///     async fn user(&self, subject: &[u8]) -> Result<Option<User>, StoreError> {
///         Ok((subject == b"1").then_some(User { id: 1, password_changed_at: 7 }))
///     }
///
///     fn subject(&self, user: &User) -> Vec<u8> {
///         user.id.to_string().into_bytes()
///     }
///
///     fn stamp(&self, user: &User) -> Option<Vec<u8>> {
///         Some(user.password_changed_at.to_be_bytes().to_vec())
///     }
/// }
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// What somebody says to prove who they are, such as a name and a password.
    type Credentials: Send + Sync;
    /// A user.
    type User: Send + 'static;
    /// Why the users could not be asked.
    type Error: Error + Send + Sync + 'static;

    /// Whose credentials these are.
    ///
    /// # Errors
    ///
    /// If that could not be found out. A wrong password is no error.
    fn authenticate(
        &self,
        credentials: &Self::Credentials,
    ) -> impl Future<Output = Result<Attempt<Self::User>, Self::Error>> + Send;

    /// The user of a login, or `None` if there is no such user any more, or none who may still be here.
    ///
    /// # Errors
    ///
    /// If that could not be found out.
    fn user(
        &self,
        subject: &[u8],
    ) -> impl Future<Output = Result<Option<Self::User>, Self::Error>> + Send;

    /// The subject of the user's logins: 1 to 64 bytes that never change.
    fn subject(&self, user: &Self::User) -> Vec<u8>;

    /// What changes when the user's credential changes; see [`Login::stamp`]. `None` for logins that outlive
    /// such a change.
    fn stamp(&self, user: &Self::User) -> Option<Vec<u8>>;
}

/// What an [`Authenticator`] says of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt<U> {
    /// They are this user's.
    Accepted(U),
    /// They are nobody's here. The next of a [`Chain`] is asked.
    Refused,
    /// They must not be let in by anybody: a locked account, for one. Nobody else is asked.
    Denied,
}

/// Two authenticators of the same users: the second is asked about credentials that the first does not know.
/// More than two stand in a chain of chains. The guide's page [`login`](crate::guide::login) has an example.
///
/// Both have to give one subject and one stamp for one user; the first is asked for them.
#[derive(Clone, Copy, Debug)]
pub struct Chain<A, B>(pub A, pub B);

impl<A, B> Authenticator for Chain<A, B>
where
    A: Authenticator,
    B: Authenticator<Credentials = A::Credentials, User = A::User, Error = A::Error>,
{
    type Credentials = A::Credentials;
    type User = A::User;
    type Error = A::Error;

    async fn authenticate(
        &self,
        credentials: &A::Credentials,
    ) -> Result<Attempt<A::User>, A::Error> {
        match self.0.authenticate(credentials).await? {
            Attempt::Refused => self.1.authenticate(credentials).await,
            answer => Ok(answer),
        }
    }

    async fn user(&self, subject: &[u8]) -> Result<Option<A::User>, A::Error> {
        match self.0.user(subject).await? {
            None => self.1.user(subject).await,
            user => Ok(user),
        }
    }

    fn subject(&self, user: &A::User) -> Vec<u8> {
        self.0.subject(user)
    }

    fn stamp(&self, user: &A::User) -> Option<Vec<u8>> {
        self.0.stamp(user)
    }
}

/// Users that several own are users.
impl<A: Authenticator> Authenticator for Arc<A> {
    type Credentials = A::Credentials;
    type User = A::User;
    type Error = A::Error;

    async fn authenticate(
        &self,
        credentials: &A::Credentials,
    ) -> Result<Attempt<A::User>, A::Error> {
        A::authenticate(self, credentials).await
    }

    async fn user(&self, subject: &[u8]) -> Result<Option<A::User>, A::Error> {
        A::user(self, subject).await
    }

    fn subject(&self, user: &A::User) -> Vec<u8> {
        A::subject(self, user)
    }

    fn stamp(&self, user: &A::User) -> Option<Vec<u8>> {
        A::stamp(self, user)
    }
}

/// Logs in whoever these credentials are of; `None` if they are nobody's, which is an event.
///
/// `options` says what else the login is to be, such as `|login| login.keep_all()`.
///
/// # Errors
///
/// [`AuthError`]; nobody is logged in then.
pub async fn sign_in<A: Authenticator, T: SessionData, K>(
    session: &Session<T, K>,
    users: &A,
    credentials: &A::Credentials,
    options: impl FnOnce(Login<'static, T>) -> Login<'static, T>,
) -> Result<Option<A::User>, AuthError> {
    let answer = users.authenticate(credentials).await.map_err(AuthError::of)?;
    let Attempt::Accepted(user) = answer else {
        tell(&session.shared().engine, &Event::LoginFailed);
        return Ok(None);
    };
    let plain = Login::new(users.subject(&user));
    let stamped = match users.stamp(&user) {
        Some(stamp) => plain.stamp(stamp),
        None => plain,
    };
    login(session, options(stamped)).await?;
    Ok(Some(user))
}

/// The user who is logged in, loaded now; `None` if nobody is, or not any more.
///
/// A user whose stamp is another than at the login is logged out. One who is not there any more is not
/// loaded, and the session stays as it is: the user may come back.
///
/// # Errors
///
/// [`AuthError`].
pub async fn user<A: Authenticator, T: SessionData, K>(
    session: &Session<T, K>,
    users: &A,
) -> Result<Option<A::User>, AuthError> {
    let Some(subject) = super::subject(session) else { return Ok(None) };
    let Some(user) = users.user(&subject).await.map_err(AuthError::of)? else { return Ok(None) };
    let Some(stamp) = users.stamp(&user) else { return Ok(Some(user)) };
    match super::verify(session, stamp) {
        Verification::Verified => Ok(Some(user)),
        Verification::Anonymous => Ok(None),
        Verification::Changed => match logout(session).await {
            // Too late to remove the cookie, and the next request does it.
            Ok(()) | Err(CommitError::Session(SessionError::ResponseSent)) => Ok(None),
            Err(error) => Err(error.into()),
        },
    }
}

/// Why it could not be found out who somebody is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AuthError {
    /// The [`Authenticator`] failed.
    Users(Arc<dyn Error + Send + Sync>),
    /// The session could not be saved.
    Commit(CommitError),
}

impl AuthError {
    fn of(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Users(Arc::new(error))
    }

    /// The status of the response: 503, or that of the [`CommitError`].
    pub const fn status(&self) -> u16 {
        match self {
            Self::Users(_) => 503,
            Self::Commit(error) => error.status(),
        }
    }
}

impl From<CommitError> for AuthError {
    fn from(error: CommitError) -> Self {
        Self::Commit(error)
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Users(_) => f.write_str("the users could not be asked"),
            Self::Commit(error) => error.fmt(f),
        }
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Users(error) => Some(&**error),
            Self::Commit(error) => Some(error),
        }
    }
}
