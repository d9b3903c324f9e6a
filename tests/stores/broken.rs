//! Stores with one fault each, and the tests of the suite that find it: a suite that cannot fail
//! proves nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    thread,
    time::Duration,
};

use cloakroom::store::{
    AnyOwnerIndex, CreateError, MemoryStore, Meta, Owner, OwnerIndex, Record, RowKey, Store,
    StoreError, StoreTime, StoreTraits, Stored, UpdateError, Version,
    conformance::{Failure, Harness, suite},
};
use libtest_mimic::{Failed, Trial};

/// What is wrong with a store. The names say what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    CutsLongData,
    MakesARowOnLoad,
    OverwritesOnCreate,
    LooksBeforeItCreates,
    KeepsExpiredKeys,
    CreatesOnUpdate,
    ForgetsUpdates,
    IgnoresVersions,
    CountsVersionsFromOne,
    DeletesTwice,
    RevivesOnTouch,
    FillsACacheFromReads,
    RotatesInTwoSteps,
    LivesASecondLonger,
    DiesASecondEarly,
    ChangesOnTouch,
    ShortensOnTouch,
    KeepsTheOldKey,
    RotatesOutOfNothing,
    RotatesOntoOthers,
    IgnoresTheLimit,
    PurgesWhatWasTouched,
    CountsPurgesTwice,
    AnswersTheOneBefore,
    WritesInHalves,
    FoldsTheCaseOfKeys,
    TakesMoreThanItsLimit,
    ListsBackwards,
    ExceptsNobody,
    SharesOneSpace,
    LosesAnUpdateNowAndThen,
    SaysThatItShortens,
    SaysThatItExpires,
}

use Fault::*;

/// Each with the numbers of the tests that find it.
const FAULTS: &[(Fault, &[u8])] = &[
    (CutsLongData, &[1]),
    (MakesARowOnLoad, &[2]),
    (OverwritesOnCreate, &[3, 4]),
    (LooksBeforeItCreates, &[4]),
    (KeepsExpiredKeys, &[5, 17]),
    (CreatesOnUpdate, &[6, 7, 8, 13]),
    (ForgetsUpdates, &[1, 38]),
    (IgnoresVersions, &[9, 10]),
    (CountsVersionsFromOne, &[12]),
    (DeletesTwice, &[11]),
    (RevivesOnTouch, &[14, 20]),
    (FillsACacheFromReads, &[15]),
    (RotatesInTwoSteps, &[16, 24]),
    (LivesASecondLonger, &[17, 18]),
    (DiesASecondEarly, &[18]),
    (ChangesOnTouch, &[19]),
    (ShortensOnTouch, &[21]),
    (KeepsTheOldKey, &[22]),
    (RotatesOutOfNothing, &[23]),
    (RotatesOntoOthers, &[25]),
    (IgnoresTheLimit, &[26]),
    (PurgesWhatWasTouched, &[27]),
    (CountsPurgesTwice, &[26, 28]),
    (AnswersTheOneBefore, &[29]),
    (WritesInHalves, &[30]),
    (FoldsTheCaseOfKeys, &[36]),
    (TakesMoreThanItsLimit, &[39]),
    (ListsBackwards, &[40]),
    (ExceptsNobody, &[41]),
    (SharesOneSpace, &[43]),
    (LosesAnUpdateNowAndThen, &[46]),
    (SaysThatItShortens, &[21]),
    (SaysThatItExpires, &[26]),
];

/// Tests whose hooks no harness here has: they fail where no exception gives the reason.
const HOOKED: [u8; 9] = [31, 32, 33, 34, 35, 37, 42, 44, 45];

pub(crate) fn trials() -> Vec<Trial> {
    let faults = FAULTS.iter().flat_map(|&(fault, numbers)| {
        numbers.iter().map(move |&number| {
            let name = format!("broken::a_store_that_{fault:?}_fails_test_{number:02}");
            Trial::test(name, move || fails(fault, number))
        })
    });
    let hooks = HOOKED.iter().map(|&number| {
        let name = format!("broken::a_missing_hook_fails_test_{number:02}");
        Trial::test(name, move || fails(SharesOneSpace, number))
    });
    faults.chain(hooks).collect()
}

fn fails(fault: Fault, number: u8) -> Result<(), Failed> {
    let test = suite(Faulty(fault)).into_iter().find(|test| test.number() == number);
    match test.ok_or("no such test")?.run() {
        Ok(()) => Err(format!("test {number} finds nothing wrong with {fault:?}").into()),
        Err(_) => Ok(()),
    }
}

struct Faulty(Fault);

impl Harness for Faulty {
    type Store = Broken;

    fn name(&self) -> String {
        format!("broken::{:?}", self.0)
    }

    fn make(&self) -> Result<Broken, Failure> {
        Ok(Broken::new(self.0))
    }

    fn owner_index(&self, store: &Arc<Broken>) -> Option<AnyOwnerIndex> {
        Some(AnyOwnerIndex::new(Arc::clone(store)))
    }

    fn two_applications(&self) -> Option<(Broken, Broken)> {
        let one = Broken::new(self.0);
        let other = Broken { inner: Arc::clone(&one.inner), ..Broken::new(self.0) };
        Some((one, other))
    }
}

/// A sound store, and what its fault needs to remember.
struct Broken {
    inner: Arc<MemoryStore>,
    fault: Fault,
    used: Mutex<BTreeSet<RowKey>>,
    expiries: Mutex<BTreeMap<RowKey, StoreTime>>,
    versions: Mutex<BTreeMap<RowKey, u64>>,
    cache: Mutex<BTreeMap<RowKey, Stored>>,
    answers: Mutex<Vec<Option<Stored>>>,
    calls: AtomicU64,
}

impl Broken {
    fn new(fault: Fault) -> Self {
        Self {
            inner: Arc::new(MemoryStore::new()),
            fault,
            used: Mutex::default(),
            expiries: Mutex::default(),
            versions: Mutex::default(),
            cache: Mutex::default(),
            answers: Mutex::default(),
            calls: AtomicU64::new(0),
        }
    }

    fn key(&self, key: &RowKey) -> RowKey {
        match self.fault {
            FoldsTheCaseOfKeys => {
                RowKey::from_bytes(key.as_bytes().map(|b| b.to_ascii_lowercase()))
            }
            _ => *key,
        }
    }

    fn record<'r>(&self, record: &Record<'r>) -> Record<'r> {
        let second = Duration::from_secs(1);
        let mut record = *record;
        match self.fault {
            CutsLongData => record.data = record.data.get(..65_535).unwrap_or(record.data),
            LivesASecondLonger => record.expires = record.expires.plus(second),
            DiesASecondEarly => record.expires = record.expires.minus(second),
            _ => {}
        }
        record
    }
}

impl Store for Broken {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        let (key, record) = (&self.key(key), &self.record(record));
        if self.fault == KeepsExpiredKeys && !lock(&self.used).insert(*key) {
            return Err(CreateError::Exists);
        }
        if self.fault == LooksBeforeItCreates && self.inner.load(key).await?.is_none() {
            thread::sleep(Duration::from_millis(1));
            self.inner.delete(key).await?;
        }
        lock(&self.expiries).insert(*key, record.expires);
        lock(&self.versions).insert(*key, 1);
        match self.inner.create(key, record).await {
            Err(CreateError::Exists) if self.fault == OverwritesOnCreate => {
                self.inner.update(key, None, record).await.map_err(|_| CreateError::Exists)
            }
            Ok(_) if self.fault == CountsVersionsFromOne => Ok(Version::from_u64(1)),
            made => made,
        }
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        let key = &self.key(key);
        let mut there = self.inner.load(key).await?;
        match self.fault {
            MakesARowOnLoad if there.is_none() => {
                let now = StoreTime::now();
                let row = Record::new(b"", now, now.plus(Duration::from_secs(600)));
                let _ = self.inner.create(key, &row).await;
            }
            FillsACacheFromReads => {
                if let Some(cached) = lock(&self.cache).get(key) {
                    return Ok(Some(cached.clone()));
                }
                if let Some(there) = &there {
                    thread::sleep(Duration::from_micros(100));
                    lock(&self.cache).insert(*key, there.clone());
                }
            }
            AnswersTheOneBefore => {
                lock(&self.answers).push(there);
                yielded().await;
                there = lock(&self.answers).remove(0);
            }
            CountsVersionsFromOne => {
                let count = lock(&self.versions).get(key).copied().unwrap_or_default();
                there = there.map(|there| Stored { version: Version::from_u64(count), ..there });
            }
            _ => {}
        }
        Ok(there)
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let (key, record) = (&self.key(key), &self.record(record));
        let expected = expected.filter(|_| self.fault != IgnoresVersions);
        if self.fault == IgnoresVersions {
            thread::sleep(Duration::from_micros(200));
        }
        if matches!(self.fault, LosesAnUpdateNowAndThen | ForgetsUpdates) {
            let some = if self.fault == ForgetsUpdates { 1 } else { 20 };
            let nth = self.calls.fetch_add(1, Ordering::SeqCst);
            if let (0, Some(there)) = (nth % some, self.inner.load(key).await.unwrap_or_default()) {
                return Ok(there.version);
            }
        }
        if self.fault == WritesInHalves {
            let mut half = *record;
            half.data = record.data.split_at(record.data.len() / 2).0;
            self.inner.update(key, expected, &half).await?;
            yielded().await;
        }
        if self.fault == CountsVersionsFromOne {
            let count = lock(&self.versions).get(key).copied().unwrap_or_default();
            if expected.is_some_and(|expected| expected.as_u64() != count) {
                return Err(UpdateError::Conflict);
            }
            self.inner.update(key, None, record).await?;
            lock(&self.versions).insert(*key, count + 1);
            return Ok(Version::from_u64(count + 1));
        }
        match self.inner.update(key, expected, record).await {
            Err(UpdateError::Gone) if self.fault == CreatesOnUpdate => {
                self.inner.create(key, record).await.map_err(|_| UpdateError::Gone)
            }
            done => done,
        }
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        let key = &self.key(key);
        let there = self.inner.load(key).await?;
        let data = there.as_ref().map(|there| there.data.clone()).unwrap_or_default();
        let record = Record::new(&data, StoreTime::now(), expires);
        match self.fault {
            RevivesOnTouch if there.is_none() => Ok(self.inner.create(key, &record).await.is_ok()),
            ShortensOnTouch | ChangesOnTouch if there.is_some() => {
                Ok(self.inner.update(key, None, &record).await.is_ok())
            }
            _ => self.inner.touch(key, expires).await,
        }
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        let key = &self.key(key);
        lock(&self.cache).remove(key);
        let deleted = self.inner.delete(key).await?;
        Ok(deleted || self.fault == DeletesTwice)
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let (old, new, record) = (&self.key(old), &self.key(new), &self.record(record));
        let moved = match self.fault {
            RotatesInTwoSteps => {
                let there = self.inner.load(old).await.map_err(UpdateError::Store)?;
                there.ok_or(UpdateError::Gone)?;
                thread::sleep(Duration::from_micros(100));
                let made = self.inner.create(new, record).await;
                let _ = self.inner.delete(old).await;
                return made.map_err(|_| UpdateError::Conflict);
            }
            KeepsTheOldKey => {
                return self.inner.create(new, record).await.map_err(|_| UpdateError::Conflict);
            }
            _ => self.inner.rotate(old, new, record).await,
        };
        match (moved, self.fault) {
            (Err(UpdateError::Gone), RotatesOutOfNothing) => {
                self.inner.create(new, record).await.map_err(|_| UpdateError::Gone)
            }
            (Err(UpdateError::Conflict), RotatesOntoOthers) => {
                self.inner.update(new, None, record).await
            }
            (moved, _) => moved,
        }
    }

    async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
        if self.fault == PurgesWhatWasTouched {
            let expiries = mem::take(&mut *lock(&self.expiries));
            for (key, expires) in expiries {
                if expires <= StoreTime::now() {
                    self.inner.delete(&key).await?;
                } else {
                    lock(&self.expiries).insert(key, expires);
                }
            }
        }
        let limit = if self.fault == IgnoresTheLimit { usize::MAX } else { limit };
        let purged = self.inner.purge(limit).await?;
        Ok(if self.fault == CountsPurgesTwice { purged * 2 } else { purged })
    }

    fn traits(&self) -> StoreTraits {
        let honest = self.inner.traits();
        match self.fault {
            TakesMoreThanItsLimit => honest.max_record(1000),
            SaysThatItShortens => honest.touch_may_shorten(),
            SaysThatItExpires => honest.expires_itself(),
            _ => honest,
        }
    }
}

impl OwnerIndex for Broken {
    async fn list(&self, owner: &Owner) -> Result<Vec<Meta>, StoreError> {
        let mut listed = self.inner.list(owner).await?;
        if self.fault == ListsBackwards {
            listed.reverse();
        }
        Ok(listed)
    }

    async fn delete_all(&self, owner: &Owner, except: Option<&RowKey>) -> Result<u64, StoreError> {
        self.inner.delete_all(owner, except.filter(|_| self.fault != ExceptsNobody)).await
    }
}

/// Lets the caller give up here.
async fn yielded() {
    let mut before = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if mem::replace(&mut before, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
