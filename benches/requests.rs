//! A whole request through the manager, without a framework.

#![allow(dead_code, missing_docs, unreachable_pub)]
#![allow(clippy::expect_used)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cloakroom::{RequestParts, Session, SessionData, SessionManager};

/// The name of the session's cookie.
pub const NAME: &str = "__Host-session";

/// A `Cookie` header with the session's `value` among four others.
pub fn cookies(value: &str) -> String {
    format!("theme=dark; _ga=GA1.1.1234567890.1790000000; lang=de; {NAME}={value}; consent=1")
}

/// Load, use, commit; what the handler made of it and how many lines left.
pub fn request<T: SessionData>(
    sessions: &SessionManager<T>,
    cookie: &str,
    handler: impl FnOnce(&Session<T>) -> u64,
) -> (u64, usize) {
    let headers = [("cookie", cookie.as_bytes())];
    let request = RequestParts::new("GET", "/", &headers);
    let session = wait(sessions.load(&request)).expect("no store is asked");
    let result = handler(&session);
    let headers = wait(sessions.commit(&session, 200)).expect("it fits");
    (result, headers.set_cookies.len())
}

fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(out) = future.as_mut().poll(&mut context) {
            return out;
        }
    }
}
