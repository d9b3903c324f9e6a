//! The user of a request, for actix-web.

use alloc::boxed::Box;

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError, dev::Payload,
    http::StatusCode,
};

use super::{Local, status};
use crate::{
    auth::{Auth, AuthError, AuthRejection},
    body::SessionData,
    manager::SessionSlot,
};

impl<U: 'static, T: SessionData, K: 'static> FromRequest for Auth<U, T, K> {
    type Error = AuthRejection;
    type Future = Local<Result<Self, AuthRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let slot = request.extensions().get::<SessionSlot<T, K>>().cloned();
        let request = request.clone();
        Box::pin(async move { Self::of(slot.as_ref(), request.headers()).await })
    }
}

/// An empty response of status 401, 500 or 503.
impl ResponseError for AuthRejection {
    fn status_code(&self) -> StatusCode {
        status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// An empty response of the error's status, so that `?` works in handlers.
impl ResponseError for AuthError {
    fn status_code(&self) -> StatusCode {
        status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}
