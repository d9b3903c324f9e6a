//! Expired records swept out, batch by batch.

use alloc::{boxed::Box, sync::Arc};
use core::{fmt, time::Duration};

use super::{Store, ThreadTimer, Timer};
use crate::{
    error::StoreError,
    primitives::entropy::{Entropy, OsEntropy},
};

/// Removes expired records from a store, for as long as it is run.
///
/// A [`SessionManager`](crate::SessionManager) with a store removes some now and then by itself, which
/// is enough for most sites. Run a cleaner beside it where a table has grown large, and spawn
/// [`run`](Self::run) on the runtime that the store's driver needs:
///
/// ```text
/// tokio::spawn(StoreCleaner::new(store).run());
/// ```
///
/// Several processes may each run one. It never ends on an error: the next round tries again.
pub struct StoreCleaner<S> {
    store: S,
    batch: usize,
    every: Duration,
    timer: Arc<dyn Timer>,
    on_error: Option<Hook>,
}

type Hook = Box<dyn Fn(&StoreError) + Send + Sync>;

impl<S: Store> StoreCleaner<S> {
    /// A cleaner of `store`: batches of 1000, a round a minute, a little more or less at random.
    pub fn new(store: S) -> Self {
        let (batch, every) = (1000, Duration::from_secs(60));
        Self { store, batch, every, timer: Arc::new(ThreadTimer), on_error: None }
    }

    /// How many records one call removes at most. Default: 1000; at least 1.
    #[must_use]
    pub fn batch(self, records: usize) -> Self {
        Self { batch: records.max(1), ..self }
    }

    /// The time between two rounds, give or take half of it. Default: a minute.
    #[must_use]
    pub fn every(self, time: Duration) -> Self {
        Self { every: time, ..self }
    }

    /// Who waits between rounds. Default: [`ThreadTimer`].
    #[must_use]
    pub fn timer(self, timer: impl Timer) -> Self {
        Self { timer: Arc::new(timer), ..self }
    }

    /// Is told of every round that failed.
    #[must_use]
    pub fn on_error(self, hook: impl Fn(&StoreError) + Send + Sync + 'static) -> Self {
        Self { on_error: Some(Box::new(hook)), ..self }
    }

    /// Removes what is expired now, and gives its number.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was removed stays removed.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let (mut removed, mut empty) = (0u64, 0u32);
        // Some engines look at a part of their records in one call, such as one folder of 256.
        while empty < PARTS {
            let batch = self.store.purge(self.batch).await?;
            removed = removed.saturating_add(batch);
            empty = if batch == 0 { empty.saturating_add(1) } else { 0 };
            self.breathe(batch).await;
        }
        Ok(removed)
    }

    /// Removes expired records for ever. Drop the future to end it.
    pub async fn run(self) {
        loop {
            self.timer.sleep(jittered(self.every)).await;
            loop {
                match self.store.purge(self.batch).await {
                    Ok(removed) if self.is_full(removed) => self.breathe(removed).await,
                    Ok(_) => break,
                    Err(error) => {
                        if let Some(hook) = &self.on_error {
                            hook(&error);
                        }
                        break;
                    }
                }
            }
        }
    }

    fn is_full(&self, removed: u64) -> bool {
        usize::try_from(removed).is_ok_and(|removed| removed >= self.batch)
    }

    /// Leaves the store to others for a moment after a full batch.
    async fn breathe(&self, removed: u64) {
        if self.is_full(removed) {
            self.timer.sleep(BREATH).await;
        }
    }
}

/// Calls in a row without a record after which nothing is left.
const PARTS: u32 = 300;
/// The pause between two full batches.
const BREATH: Duration = Duration::from_millis(20);

/// `time`, give or take half of it, so that a fleet does not sweep in step.
pub(crate) fn jittered(time: Duration) -> Duration {
    let mut random = [128];
    // Without random bytes it is in step.
    let _ = OsEntropy.fill(&mut random);
    let [random] = random;
    let parts = 128u32.saturating_add(random.into());
    time.checked_div(256).unwrap_or_default().saturating_mul(parts)
}

impl<S: fmt::Debug> fmt::Debug for StoreCleaner<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreCleaner")
            .field("store", &self.store)
            .field("batch", &self.batch)
            .field("every", &self.every)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "memory-store")]
mod tests {
    use core::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::store::{
        CreateError, MemoryStore, Record, RowKey, StoreTime, StoreTraits, Stored, UpdateError,
        Version, block_on, timer::within,
    };

    fn filled(expired: u8) -> MemoryStore {
        let store = MemoryStore::with_clock(|| StoreTime::from_millis(100));
        for nth in 0..=expired {
            let expires = StoreTime::from_millis(if nth == 0 { 101 } else { 99 });
            let record = Record::new(b"x", expires, expires);
            block_on(store.create(&RowKey::from_bytes([nth; 32]), &record)).unwrap();
        }
        store
    }

    #[test]
    fn a_sweep_removes_all_that_is_expired_and_nothing_else() {
        let cleaner = StoreCleaner::new(filled(25)).batch(10);
        assert_eq!(block_on(cleaner.sweep()), Ok(25));
        assert_eq!(cleaner.store.len(), 1);
    }

    /// Fails at the first purge.
    struct Stumbles(MemoryStore, AtomicU32);

    impl Store for Stumbles {
        async fn create(&self, _: &RowKey, _: &Record<'_>) -> Result<Version, CreateError> {
            Err(CreateError::Exists)
        }

        async fn load(&self, _: &RowKey) -> Result<Option<Stored>, StoreError> {
            Ok(None)
        }

        async fn update(
            &self,
            _: &RowKey,
            _: Option<Version>,
            _: &Record<'_>,
        ) -> Result<Version, UpdateError> {
            Err(UpdateError::Gone)
        }

        async fn touch(&self, _: &RowKey, _: StoreTime) -> Result<bool, StoreError> {
            Ok(false)
        }

        async fn delete(&self, _: &RowKey) -> Result<bool, StoreError> {
            Ok(false)
        }

        async fn rotate(
            &self,
            _: &RowKey,
            _: &RowKey,
            _: &Record<'_>,
        ) -> Result<Version, UpdateError> {
            Err(UpdateError::Gone)
        }

        async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
            if self.1.fetch_add(1, Ordering::SeqCst) == 0 {
                return Err(StoreError::Timeout);
            }
            self.0.purge(limit).await
        }

        fn traits(&self) -> StoreTraits {
            StoreTraits::new("stumbles")
        }
    }

    #[test]
    fn a_running_cleaner_survives_an_error() {
        let store = Arc::new(Stumbles(filled(5), AtomicU32::new(0)));
        let failures = Arc::new(AtomicU32::new(0));
        let told = Arc::clone(&failures);
        let cleaner = StoreCleaner::new(Arc::clone(&store))
            .every(Duration::from_millis(1))
            .on_error(move |_| {
                told.fetch_add(1, Ordering::SeqCst);
            });
        let mut rounds = core::pin::pin!(cleaner.run());
        // As long as it takes; a cleaner that had ended would never empty the store.
        while store.0.len() > 1 {
            let ended = block_on(within(&ThreadTimer, Duration::from_millis(5), rounds.as_mut()));
            assert_eq!(ended, None);
        }
        assert_eq!(failures.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn jitter_stays_between_half_and_one_and_a_half() {
        for _ in 0..200 {
            let time = jittered(Duration::from_secs(60));
            assert!((30..90).contains(&time.as_secs()), "{time:?}");
        }
    }
}
