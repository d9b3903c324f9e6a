//! Deadlines and a circuit breaker around a store.

use alloc::{sync::Arc, vec::Vec};
use core::{fmt, future::Future, time::Duration};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{
    Meta, Owner, OwnerIndex, Record, RowKey, Store, StoreTime, StoreTraits, Stored, ThreadTimer,
    Timer, Version, timer::within,
};
use crate::error::StoreError;
use crate::store::{CreateError, UpdateError};

/// A store with a deadline around every call, and a breaker.
///
/// A call that has no answer by its deadline is dropped and is [`StoreError::Timeout`]. After five
/// failures in a row the store is left alone for a second, in which every call is
/// [`StoreError::Resting`] at once; then one call at a time tries it.
///
/// [`SessionManager::with_store`](crate::SessionManager) wraps its store in one by itself.
pub struct Guarded<S> {
    inner: S,
    read: Duration,
    write: Duration,
    timer: Arc<dyn Timer>,
    breaker: Breaker,
}

impl<S: Store> Guarded<S> {
    /// Guards `store`: one second for a read, two for a write.
    pub fn new(store: S) -> Self {
        Self {
            inner: store,
            read: Duration::from_secs(1),
            write: Duration::from_secs(2),
            timer: Arc::new(ThreadTimer),
            breaker: Breaker::default(),
        }
    }

    /// The deadlines of a read and of a write. A purge has ten times that of a write.
    #[must_use]
    pub fn deadlines(self, read: Duration, write: Duration) -> Self {
        Self { read, write, ..self }
    }

    /// Who waits for the deadlines. Default: [`ThreadTimer`].
    #[must_use]
    pub fn timer(self, timer: impl Timer) -> Self {
        Self { timer: Arc::new(timer), ..self }
    }

    /// The store inside, without its guard.
    pub(crate) const fn inner(&self) -> &S {
        &self.inner
    }

    pub(crate) fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send {
        self.timer.sleep(time)
    }

    async fn call<T, E: Verdict>(
        &self,
        deadline: Duration,
        work: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        self.breaker.admit()?;
        let answer = within(&*self.timer, deadline, work).await;
        let answer = answer.unwrap_or_else(|| Err(StoreError::Timeout.into()));
        self.breaker.note(answer.as_ref().err().is_some_and(Verdict::is_outage));
        answer
    }
}

/// Whether an error is the engine's fault.
trait Verdict: From<StoreError> {
    fn is_outage(&self) -> bool;
}

impl Verdict for StoreError {
    fn is_outage(&self) -> bool {
        Self::is_outage(self)
    }
}

impl Verdict for CreateError {
    fn is_outage(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_outage())
    }
}

impl Verdict for UpdateError {
    fn is_outage(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_outage())
    }
}

/// Failures in a row, and until when nobody asks.
#[derive(Default)]
pub(crate) struct Breaker(Mutex<(u32, Option<Instant>)>);

const FAILURES: u32 = 5;
const REST: Duration = Duration::from_secs(1);

impl Breaker {
    pub(crate) fn admit(&self) -> Result<(), StoreError> {
        let mut state = self.lock();
        let now = Instant::now();
        match state.1 {
            Some(until) if now < until => Err(StoreError::Resting),
            // This call is the probe; the others rest on.
            Some(_) => {
                state.1 = now.checked_add(REST);
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(crate) fn note(&self, outage: bool) {
        let mut state = self.lock();
        if !outage {
            *state = (0, None);
            return;
        }
        state.0 = state.0.saturating_add(1);
        if state.0 >= FAILURES {
            state.1 = Instant::now().checked_add(REST);
        }
    }

    fn lock(&self) -> MutexGuard<'_, (u32, Option<Instant>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Store> Store for Guarded<S> {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        self.call(self.write, self.inner.create(key, record)).await
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        self.call(self.read, self.inner.load(key)).await
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        self.call(self.write, self.inner.update(key, expected, record)).await
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        self.call(self.write, self.inner.touch(key, expires)).await
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        self.call(self.write, self.inner.delete(key)).await
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        self.call(self.write, self.inner.rotate(old, new, record)).await
    }

    async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
        self.call(self.write.saturating_mul(10), self.inner.purge(limit)).await
    }

    fn traits(&self) -> StoreTraits {
        self.inner.traits()
    }
}

impl<S: OwnerIndex> OwnerIndex for Guarded<S> {
    async fn list(&self, owner: &Owner) -> Result<Vec<Meta>, StoreError> {
        self.call(self.read, self.inner.list(owner)).await
    }

    async fn delete_all(&self, owner: &Owner, except: Option<&RowKey>) -> Result<u64, StoreError> {
        self.call(self.write, self.inner.delete_all(owner, except)).await
    }
}

impl<S: fmt::Debug> fmt::Debug for Guarded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("store", &self.inner)
            .field("read", &self.read)
            .field("write", &self.write)
            .finish_non_exhaustive()
    }
}
