//! Waiting, without choosing a runtime.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};
use std::{
    sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
    time::Instant,
};

/// Waits for the deadlines of calls to a store.
///
/// The default, [`ThreadTimer`], needs no runtime. With one, its own timer does as well:
///
/// ```text
/// struct TokioTimer;
///
/// impl Timer for TokioTimer {
///     fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
///         Box::pin(tokio::time::sleep(time))
///     }
/// }
/// ```
pub trait Timer: Send + Sync + 'static {
    /// A future that is ready once `time` has passed.
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The default [`Timer`]: one thread of this process, started by the first call that has to wait.
///
/// A store that answers without waiting costs no alarm and starts no thread. Where the thread cannot
/// be started, every alarm rings at once, so calls fail rather than hang.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadTimer;

impl Timer for ThreadTimer {
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // A time beyond the clock's end is a hundred years.
        let now = Instant::now();
        let due = now.checked_add(time).or_else(|| now.checked_add(CENTURY)).unwrap_or(now);
        Box::pin(Alarm { due, number: None })
    }
}

const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);

/// What `work` gives, or `None` once `time` has passed: `work` is dropped then.
pub(crate) async fn within<T>(
    timer: &dyn Timer,
    time: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    let mut alarm = None;
    poll_fn(|context| {
        if let Poll::Ready(out) = work.as_mut().poll(context) {
            return Poll::Ready(Some(out));
        }
        let alarm = alarm.get_or_insert_with(|| timer.sleep(time));
        alarm.as_mut().poll(context).map(|()| None)
    })
    .await
}

struct Alarm {
    due: Instant,
    /// Its place in the queue, once it is there.
    number: Option<u64>,
}

impl Future for Alarm {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.due {
            return Poll::Ready(());
        }
        let Some(queue) = queue() else { return Poll::Ready(()) };
        let mut waiting = queue.lock();
        let number = match self.number {
            Some(number) => number,
            None => {
                waiting.last = waiting.last.wrapping_add(1);
                self.number = Some(waiting.last);
                waiting.last
            }
        };
        waiting.alarms.insert((self.due, number), context.waker().clone());
        if waiting.alarms.first_key_value().is_some_and(|(first, _)| *first == (self.due, number)) {
            queue.earlier.notify_one();
        }
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let (Some(number), Some(queue)) = (self.number, queue()) {
            queue.lock().alarms.remove(&(self.due, number));
        }
    }
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    earlier: Condvar,
}

#[derive(Default)]
struct Waiting {
    alarms: BTreeMap<(Instant, u64), Waker>,
    last: u64,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rings, for ever.
    fn run(&self) {
        let mut waiting = self.lock();
        loop {
            let now = Instant::now();
            let mut ringing = Vec::new();
            while let Some(entry) = waiting.alarms.first_entry() {
                if entry.key().0 > now {
                    break;
                }
                ringing.push(entry.remove());
            }
            if !ringing.is_empty() {
                // Not under the lock: a waker is foreign code.
                drop(waiting);
                ringing.into_iter().for_each(Waker::wake);
                waiting = self.lock();
                continue;
            }
            let next = waiting.alarms.first_key_value().map(|((due, _), _)| *due);
            let pause = next.map_or(CENTURY, |due| due.saturating_duration_since(now));
            waiting = match self.earlier.wait_timeout(waiting, pause) {
                Ok((waiting, _)) => waiting,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

/// The queue of this process, once its thread runs.
fn queue() -> Option<&'static Queue> {
    static QUEUE: OnceLock<Queue> = OnceLock::new();
    static RUNS: OnceLock<bool> = OnceLock::new();
    let queue = QUEUE.get_or_init(Queue::default);
    let start = || {
        let thread = thread::Builder::new().name("cloakroom-timer".into());
        thread.spawn(|| queue.run()).is_ok()
    };
    RUNS.get_or_init(start).then_some(queue)
}

#[cfg(test)]
mod tests {
    use core::future::{pending, ready};

    use super::*;
    use crate::store::block_on;

    const SOON: Duration = Duration::from_millis(20);

    #[test]
    fn work_that_is_ready_needs_no_alarm() {
        struct Never;
        impl Timer for Never {
            fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
                Box::pin(async { unreachable!("nobody has to wait") })
            }
        }
        assert_eq!(block_on(within(&Never, Duration::ZERO, ready(7))), Some(7));
    }

    #[test]
    fn work_that_never_ends_is_given_up() {
        let before = Instant::now();
        assert_eq!(block_on(within(&ThreadTimer, SOON, pending::<()>())), None);
        assert!(before.elapsed() >= SOON);
    }

    #[test]
    fn a_hundred_alarms_ring_though_as_many_are_taken_back() {
        let threads: Vec<_> = (0..100u32)
            .map(|nth| {
                thread::spawn(move || {
                    let long = ThreadTimer.sleep(Duration::from_secs(3600));
                    let quick = within(&ThreadTimer, SOON * (nth % 5 + 1), long);
                    block_on(quick)
                })
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), None);
        }
    }
}
