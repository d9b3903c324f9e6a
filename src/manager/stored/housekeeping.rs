//! Expired records removed beside the requests of every day.

use core::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::Backing;
use crate::{
    body::SessionData,
    session::{Event, engine::Engine},
    store::{Store, jittered},
};

/// When it is time again, in seconds since 1970; 0 before the first request.
#[derive(Default)]
pub(super) struct Housekeeping(AtomicU64);

/// Records that one request removes at most.
const BATCH: usize = 200;
/// The time between two such requests of one process, give or take half of it.
const EVERY: Duration = Duration::from_secs(12);

impl<T: SessionData> Backing<T> {
    /// Removes some expired records, if it is time to. A failure is an event.
    pub(super) async fn keep_house(&self, engine: &Engine) {
        if !self.cleaning || self.store.traits().expires_itself {
            return;
        }
        let now = engine.now();
        let due = self.housekeeping.0.load(Ordering::Relaxed);
        let next = now.plus(jittered(EVERY).as_secs().max(1)).as_unix();
        let is_time = due <= now.as_unix();
        // One request does it; the others find that it is not time.
        let swap = |from| {
            let order = Ordering::Relaxed;
            self.housekeeping.0.compare_exchange(from, next, order, order).is_ok()
        };
        if !is_time || !swap(due) || due == 0 {
            return;
        }
        if let Err(error) = self.store.purge(BATCH).await {
            engine.emit(&engine.codec(now), &Event::StoreFailed { error: &error });
        }
    }
}
