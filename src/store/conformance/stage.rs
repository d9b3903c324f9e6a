//! One test at work: a store, random keys, and calls that wait for their answers.

use alloc::{boxed::Box, format, string::String, sync::Arc, vec::Vec};
use core::{
    fmt::{self, Display},
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::{
    sync::{Mutex, PoisonError},
    thread,
};

use super::{
    super::{Record, RowKey, Store, StoreTime, Stored, Version},
    Harness,
};
use crate::error::StoreError;
use crate::store::{CreateError, UpdateError};

/// Why a test failed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub(super) String);

impl Failure {
    /// A failure with these words.
    pub fn new(words: impl Display) -> Self {
        Self(format!("{words}"))
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Failure {}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error)
    }
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

pub(super) type Outcome = Result<(), Failure>;

/// Ends a test that found something wrong.
macro_rules! ensure {
    ($fact:expr, $($words:tt)+) => {
        if !$fact {
            return Err($crate::store::conformance::Failure::new(format_args!($($words)+)));
        }
    };
}
pub(super) use ensure;

/// What an update or a move came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Updated {
    To(Version),
    Gone,
    Conflict,
}

/// One test's store and its tools.
pub(super) struct Stage<H: Harness> {
    pub(super) harness: Arc<H>,
    pub(super) store: Arc<H::Store>,
    random: Mutex<u64>,
}

/// A lifetime that outlasts every test.
const LONG: Duration = Duration::from_secs(3600);

impl<H: Harness> Stage<H> {
    pub(super) fn new(harness: &Arc<H>, store: H::Store, seed: u64) -> Self {
        let (harness, store) = (Arc::clone(harness), Arc::new(store));
        Self { harness, store, random: Mutex::new(seed) }
    }

    /// The same engine with another store.
    pub(super) fn with(&self, store: H::Store) -> Self {
        Self::new(&self.harness, store, self.number())
    }

    /// A number that depends on the seed and the calls before (SplitMix64).
    pub(super) fn number(&self) -> u64 {
        let mut state = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&self, end: u64) -> u64 {
        self.number().checked_rem(end).unwrap_or(0)
    }

    pub(super) fn key(&self) -> RowKey {
        let mut bytes = [0; 32];
        for chunk in bytes.as_chunks_mut::<8>().0 {
            *chunk = self.number().to_be_bytes();
        }
        RowKey::from_bytes(bytes)
    }

    pub(super) fn keys<const N: usize>(&self) -> [RowKey; N] {
        [(); N].map(|()| self.key())
    }

    pub(super) fn bytes(&self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.number().to_be_bytes()[0]).collect()
    }

    /// A pause of up to `micros` microseconds, to shake the order of two threads.
    pub(super) fn stagger(&self, micros: u64) {
        thread::sleep(Duration::from_micros(self.below(micros)));
    }

    pub(super) fn now(&self) -> StoreTime {
        self.harness.now(&self.store)
    }

    pub(super) fn later(&self) -> StoreTime {
        self.now().plus(LONG)
    }

    /// The shortest lifetime that the engine can tell from none.
    pub(super) fn short(&self) -> Duration {
        Duration::from_millis(250).max(self.granularity().saturating_mul(2))
    }

    pub(super) fn granularity(&self) -> Duration {
        self.store.traits().granularity
    }

    /// Waits until a record that expires at `time` has to be dead.
    pub(super) fn pass_until_dead(&self, time: StoreTime) {
        let dead = time.plus(self.granularity().saturating_mul(2));
        while self.now() < dead {
            let rest = dead.since(self.now()).saturating_add(Duration::from_millis(1));
            self.harness.pass(&self.store, rest);
        }
    }

    /// Runs `work` where the engine wants it run.
    pub(super) fn run<T: Send>(&self, work: impl Future<Output = T> + Send) -> Result<T, Failure> {
        let mut out = None;
        let whole = async { out = Some(work.await) };
        self.harness.block_on(Box::pin(whole));
        out.ok_or_else(|| Failure::new("the harness gave up a call"))
    }

    /// Polls `work` at most `polls` times and drops it then.
    pub(super) fn abort<T: Send>(
        &self,
        polls: u32,
        work: impl Future<Output = T> + Send,
    ) -> Result<Option<T>, Failure> {
        self.run(Aborted { work: Box::pin(work), polls })
    }

    /// Runs `work` in `count` threads at a time.
    pub(super) fn together<T: Send>(
        &self,
        count: usize,
        work: impl Fn(usize) -> Result<T, Failure> + Sync,
    ) -> Result<Vec<T>, Failure> {
        thread::scope(|scope| {
            let work = &work;
            let threads: Vec<_> = (0..count).map(|nth| scope.spawn(move || work(nth))).collect();
            threads.into_iter().map(joined).collect()
        })
    }

    /// Creates a long-lived record; `None` if there is one.
    pub(super) fn create(&self, key: &RowKey, data: &[u8]) -> Result<Option<Version>, Failure> {
        self.create_until(key, data, self.later())
    }

    pub(super) fn create_until(
        &self,
        key: &RowKey,
        data: &[u8],
        expires: StoreTime,
    ) -> Result<Option<Version>, Failure> {
        let record = Record::new(data, self.now(), expires);
        match self.run(self.store.create(key, &record))? {
            Ok(version) => Ok(Some(version)),
            Err(CreateError::Exists) => Ok(None),
            Err(CreateError::Store(error)) => Err(error.into()),
        }
    }

    /// Creates a record that cannot be there yet.
    pub(super) fn fresh(&self, key: &RowKey, data: &[u8]) -> Result<Version, Failure> {
        self.create(key, data)?.ok_or_else(|| Failure::new("a fresh key was taken"))
    }

    pub(super) fn load(&self, key: &RowKey) -> Result<Option<Stored>, Failure> {
        Ok(self.run(self.store.load(key))??)
    }

    /// The data under `key`, if it lives.
    pub(super) fn data(&self, key: &RowKey) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.load(key)?.map(|stored| stored.data))
    }

    pub(super) fn is_alive(&self, key: &RowKey) -> Result<bool, Failure> {
        Ok(self.load(key)?.is_some())
    }

    pub(super) fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        data: &[u8],
    ) -> Result<Updated, Failure> {
        let record = Record::new(data, self.now(), self.later());
        updated(self.run(self.store.update(key, expected, &record))?)
    }

    pub(super) fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        data: &[u8],
    ) -> Result<Updated, Failure> {
        let record = Record::new(data, self.now(), self.later());
        updated(self.run(self.store.rotate(old, new, &record))?)
    }

    pub(super) fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, Failure> {
        Ok(self.run(self.store.touch(key, expires))??)
    }

    pub(super) fn delete(&self, key: &RowKey) -> Result<bool, Failure> {
        Ok(self.run(self.store.delete(key))??)
    }

    pub(super) fn purge(&self, limit: usize) -> Result<u64, Failure> {
        Ok(self.run(self.store.purge(limit))??)
    }
}

fn updated(answer: Result<Version, UpdateError>) -> Result<Updated, Failure> {
    match answer {
        Ok(version) => Ok(Updated::To(version)),
        Err(UpdateError::Gone) => Ok(Updated::Gone),
        Err(UpdateError::Conflict) => Ok(Updated::Conflict),
        Err(UpdateError::Store(error)) => Err(error.into()),
    }
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, Result<T, Failure>>) -> Result<T, Failure> {
    thread.join().unwrap_or_else(|_| Err(Failure::new("a thread of the test panicked")))
}

/// A future that is dropped after so many polls.
struct Aborted<F> {
    work: Pin<Box<F>>,
    polls: u32,
}

impl<F: Future> Future for Aborted<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(rest) = self.polls.checked_sub(1) else { return Poll::Ready(None) };
        self.polls = rest;
        match self.work.as_mut().poll(context) {
            Poll::Ready(out) => Poll::Ready(Some(out)),
            Poll::Pending if rest == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
