//! One file per crate.

pub mod actix;
pub mod axum_extra;
pub mod biscotti;
pub mod block;
pub mod cloakroom;
pub mod cookie_jar;
pub mod jwt;
pub mod paseto;
pub mod seshcookie;
pub mod tower_cookie;
pub mod tower_memory;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

/// The outcome of a future that waits for nothing.
pub fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing measured here waits"),
    }
}
