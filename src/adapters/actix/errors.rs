//! What becomes of an error that a handler returns.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};

use super::status;
use crate::error::{CommitError, SessionError, SessionRejection};

/// An empty response of status 500 or 503.
impl ResponseError for SessionRejection {
    fn status_code(&self) -> StatusCode {
        status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// An empty response of status 500, so that `?` works in handlers.
impl ResponseError for SessionError {
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// An empty response of the error's status, so that `?` works in handlers.
impl ResponseError for CommitError {
    fn status_code(&self) -> StatusCode {
        status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}
