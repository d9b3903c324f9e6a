//! A service and a body written by hand, and what sends a request through them.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use http::header::COOKIE;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use tower_service::Service;

use crate::support::{Browser, block_on};

/// A body of several frames that nobody could make out of nothing: it has no `Default`.
#[derive(Debug)]
pub(crate) struct Words(VecDeque<&'static str>);

pub(crate) fn words(words: &[&'static str]) -> Words {
    Words(words.iter().copied().collect())
}

impl Body for Words {
    type Data = VecDeque<u8>;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<VecDeque<u8>>, Infallible>>> {
        let word = self.0.pop_front();
        Poll::Ready(word.map(|word| Ok(Frame::data(word.bytes().collect()))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|word| word.len() as u64).sum())
    }
}

/// Reads a body to its end.
pub(crate) fn read<B: Body<Data = VecDeque<u8>, Error = Infallible> + Unpin>(
    body: &mut B,
) -> Vec<String> {
    let mut context = Context::from_waker(Waker::noop());
    let mut frames = Vec::new();
    while let Poll::Ready(Some(frame)) = Pin::new(&mut *body).poll_frame(&mut context) {
        let data = frame.unwrap().into_data().unwrap();
        frames.push(String::from_utf8(data.into()).unwrap());
    }
    frames
}

/// A service that a function answers for. It insists on being asked whether it is ready, which a
/// clone of it is not.
pub(crate) struct App<F> {
    answer: F,
    ready: bool,
}

impl<F: Clone> Clone for App<F> {
    fn clone(&self) -> Self {
        Self { answer: self.answer.clone(), ready: false }
    }
}

impl<F, R> Service<Request<()>> for App<F>
where
    F: Fn(Request<()>) -> Result<Response<R>, &'static str>,
{
    type Response = Response<R>;
    type Error = &'static str;
    type Future = Ready<Result<Response<R>, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called before it was ready");
        ready((self.answer)(request))
    }
}

pub(crate) fn app<F>(answer: F) -> App<F>
where
    F: Fn(Request<()>) -> Result<Response<Words>, &'static str> + Clone,
{
    App { answer, ready: false }
}

pub(crate) fn request(browser: &Browser) -> Request<()> {
    let request = Request::builder().uri("/page");
    let cookies = browser.header();
    let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies) };
    request.body(()).unwrap()
}

/// Sends a request through `service`.
pub(crate) fn send<S: Service<Request<()>>>(
    service: &mut S,
    request: Request<()>,
) -> Result<S::Response, S::Error> {
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(service.poll_ready(&mut context), Poll::Ready(Ok(()))));
    block_on(service.call(request))
}
