//! Threads for work that blocks, so that a future need not.

use alloc::{boxed::Box, format, sync::Arc, vec::Vec};
use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, SyncSender},
    },
    thread,
};

use crate::error::StoreError;

/// A few threads, each with a state of its own, and the queue before them.
///
/// They end when this is dropped and what was begun is done.
pub(crate) struct Offload<T> {
    engine: &'static str,
    queue: SyncSender<Job<T>>,
}

type Job<T> = Box<dyn FnOnce(&mut T) + Send>;

/// Calls that may wait for a thread. Deadlines leave none of them behind, so this many means that
/// the engine stands still.
const WAITING: usize = 1024;

impl<T: Send + 'static> Offload<T> {
    /// Starts one thread for each of `states`.
    pub(crate) fn start(engine: &'static str, states: Vec<T>) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::sync_channel(WAITING);
        let jobs = Arc::new(Mutex::new(jobs));
        for mut state in states {
            let jobs = Arc::clone(&jobs);
            let run = move || {
                while let Some(job) = next(&jobs) {
                    job(&mut state);
                }
            };
            let thread = thread::Builder::new().name(format!("cloakroom-{engine}"));
            thread
                .spawn(run)
                .map_err(|error| StoreError::unavailable(engine, format!("no thread: {error}")))?;
        }
        Ok(Self { engine, queue })
    }

    /// What `work` gives on one of the threads.
    ///
    /// A future that is dropped before a thread took its work takes it back; later it is done whole.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Result<R, StoreError> {
        let answer = Answer(Arc::new(Mutex::new(State::Open(None))));
        let promise = Promise(Arc::clone(&answer.0));
        let job: Job<T> = Box::new(move |state| {
            if promise.is_awaited() {
                promise.settle(State::Kept(work(state)));
            }
        });
        self.queue
            .try_send(job)
            .map_err(|_| StoreError::unavailable(self.engine, "too many calls are waiting"))?;
        answer.await.ok_or_else(|| StoreError::unavailable(self.engine, "the call was cut short"))
    }
}

/// The next job, or `None` once nobody can add one.
fn next<T>(jobs: &Mutex<Receiver<Job<T>>>) -> Option<Job<T>> {
    // One thread waits in the queue at a time, the others for the lock.
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

enum State<R> {
    Open(Option<Waker>),
    Kept(R),
    Broken,
}

/// The waiting end.
struct Answer<R>(Arc<Mutex<State<R>>>);

impl<R> Future for Answer<R> {
    type Output = Option<R>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<R>> {
        let mut state = lock(&self.0);
        match core::mem::replace(&mut *state, State::Broken) {
            State::Open(_) => {
                *state = State::Open(Some(context.waker().clone()));
                Poll::Pending
            }
            State::Kept(answer) => Poll::Ready(Some(answer)),
            State::Broken => Poll::Ready(None),
        }
    }
}

/// The working end. Dropped unkept, as by a panic, it breaks, and nobody waits for ever.
struct Promise<R>(Arc<Mutex<State<R>>>);

impl<R> Promise<R> {
    fn is_awaited(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    fn settle(&self, with: State<R>) {
        let mut state = lock(&self.0);
        if let State::Open(waker) = &mut *state {
            let waker = waker.take();
            *state = with;
            // Not under the lock: a waker is foreign code.
            drop(state);
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

impl<R> Drop for Promise<R> {
    fn drop(&mut self) {
        self.settle(State::Broken);
    }
}

fn lock<R>(state: &Mutex<State<R>>) -> MutexGuard<'_, State<R>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use core::pin::pin;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::store::block_on;

    #[test]
    fn each_answer_comes_from_a_state_and_goes_to_its_caller() {
        let offload = Offload::start("test", [0u64, 0].to_vec()).unwrap();
        let sums: u64 = thread::scope(|scope| {
            let ask = |nth: u64| {
                let call = offload.run(move |count| {
                    *count += 1;
                    nth
                });
                block_on(call).unwrap()
            };
            let callers: Vec<_> =
                (0..100).map(|nth| scope.spawn(move || (nth, ask(nth)))).collect();
            callers
                .into_iter()
                .map(|caller| caller.join().unwrap())
                .inspect(|(asked, answered)| assert_eq!(asked, answered))
                .map(|(asked, _)| asked)
                .sum()
        });
        assert_eq!(sums, 4950);
    }

    #[test]
    fn a_panic_is_an_error_of_its_call_and_of_those_after_it() {
        let offload = Offload::start("test", [()].to_vec()).unwrap();
        let broken = block_on(offload.run(|()| -> u8 { unreachable!("on purpose") }));
        assert!(matches!(broken, Err(StoreError::Unavailable { .. })));
        assert!(matches!(block_on(offload.run(|()| 7)), Err(StoreError::Unavailable { .. })));
    }

    #[test]
    fn work_that_nobody_waits_for_any_more_is_not_begun() {
        let offload = Offload::start("test", [Vec::new()].to_vec()).unwrap();
        let (open, gate) = channel::<()>();
        let mut context = Context::from_waker(Waker::noop());
        let mut held = pin!(offload.run(move |_| gate.recv().is_ok()));
        assert!(held.as_mut().poll(&mut context).is_pending());
        {
            let mut given_up = pin!(offload.run(|done: &mut Vec<u8>| done.push(1)));
            assert!(given_up.as_mut().poll(&mut context).is_pending());
        }
        open.send(()).unwrap();
        assert_eq!(block_on(held), Ok(true));
        assert_eq!(block_on(offload.run(|done| done.len())), Ok(0));
    }

    #[test]
    fn a_full_queue_is_an_outage_and_not_a_longer_queue() {
        let offload = Offload::start("test", [()].to_vec()).unwrap();
        let (open, gate) = channel::<()>();
        let mut context = Context::from_waker(Waker::noop());
        let (begun, begins) = channel();
        let mut held = pin!(offload.run(move |()| (begun.send(()), gate.recv().is_ok())));
        assert!(held.as_mut().poll(&mut context).is_pending());
        begins.recv().unwrap();
        for _ in 0..WAITING {
            assert!(pin!(offload.run(|()| 7)).poll(&mut context).is_pending());
        }
        assert!(matches!(block_on(offload.run(|()| 7)), Err(StoreError::Unavailable { .. })));
        open.send(()).unwrap();
        assert_eq!(block_on(held), Ok((Ok(()), true)));
    }
}
