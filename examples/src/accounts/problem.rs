//! What goes wrong, as an answer.

use std::fmt::Display;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cloakroom::auth::{AuthError, AuthRejection};
use cloakroom::{CommitError, SessionError, SessionRejection, StoreError};

use super::pages;
use super::users::UsersError;

/// A request that is not answered as it was meant.
#[derive(Debug)]
pub(super) enum Problem {
    /// A form that does not carry this session's token.
    Forged,
    /// The same, from somebody who came without a session: cookies may be off.
    NoCookies,
    /// The session was ended while the request was under way.
    Ended,
    /// A form that is no form.
    BadForm,
    /// There is no such page.
    NotFound,
    /// It is ours, and the operator is told.
    Failed(StatusCode),
}

impl Problem {
    fn ours(status: u16, error: &dyn Display) -> Self {
        eprintln!("a request failed: {error}");
        Self::Failed(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, title, says) = match self {
            Self::Forged => (
                StatusCode::FORBIDDEN,
                "This form is out of date",
                "Nothing was done. You may have logged in or out since it was opened: open the page \
                 again, and send it once more.",
            ),
            Self::NoCookies => (
                StatusCode::FORBIDDEN,
                "Your browser sent no cookie",
                "Nothing was done. This site needs a cookie to know you by. It may have expired \
                 while the page was open: open it again, and send the form once more.",
            ),
            Self::Ended => (
                StatusCode::FORBIDDEN,
                "Your session has ended",
                "It was ended, or the password was changed, while this was on its way. Log in, and see \
                 what has become of it.",
            ),
            Self::BadForm => (
                StatusCode::BAD_REQUEST,
                "This is no form of ours",
                "Nothing was done. Go back, and try once more.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "There is no such page",
                "It may have been another address.",
            ),
            Self::Failed(status) => (
                status,
                "That did not work",
                "It is our fault, not yours. Try again in a moment: you are still logged in if you \
                 were before.",
            ),
        };
        pages::problem(status, title, says)
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Ended => Self::Ended,
            error => Self::ours(error.status(), &error),
        }
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        Self::ours(500, &error)
    }
}

impl From<SessionRejection> for Problem {
    fn from(error: SessionRejection) -> Self {
        Self::ours(error.status(), &error)
    }
}

impl From<AuthRejection> for Problem {
    fn from(error: AuthRejection) -> Self {
        Self::ours(error.status(), &error)
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Commit(error) => error.into(),
            error => Self::ours(error.status(), &error),
        }
    }
}

impl From<UsersError> for Problem {
    fn from(error: UsersError) -> Self {
        match error {
            UsersError::Outdated => Self::Ended,
            error => Self::ours(503, &error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::ours(503, &error)
    }
}
