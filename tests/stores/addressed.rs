//! A store that knows where it is kept, so that a test can look there.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use cloakroom::store::{
    AnyOwnerIndex, CreateError, Meta, Owner, OwnerIndex, Record, RowKey, Store, StoreError,
    StoreTime, StoreTraits, Stored, UpdateError, Version, conformance::Harness,
};
use libtest_mimic::Failed;

use super::servers::runtime;

pub(crate) struct Addressed<S> {
    pub(crate) store: S,
    pub(crate) address: String,
}

impl<S: Store> Store for Addressed<S> {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        self.store.create(key, record).await
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        self.store.load(key).await
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        self.store.update(key, expected, record).await
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        self.store.touch(key, expires).await
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        self.store.delete(key).await
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        self.store.rotate(old, new, record).await
    }

    async fn purge(&self, limit: usize) -> Result<u64, StoreError> {
        self.store.purge(limit).await
    }

    fn traits(&self) -> StoreTraits {
        self.store.traits()
    }
}

impl<S: OwnerIndex> OwnerIndex for Addressed<S> {
    async fn list(&self, owner: &Owner) -> Result<Vec<Meta>, StoreError> {
        self.store.list(owner).await
    }

    async fn delete_all(&self, owner: &Owner, except: Option<&RowKey>) -> Result<u64, StoreError> {
        self.store.delete_all(owner, except).await
    }
}

impl<S: OwnerIndex> Addressed<S> {
    pub(crate) fn index(store: &Arc<Self>) -> AnyOwnerIndex {
        AnyOwnerIndex::new(Arc::clone(store))
    }
}

const LIFE: Duration = Duration::from_secs(3600);

/// The key of a new record.
pub(crate) fn fresh_key<S: Store>(kept: &Addressed<S>) -> RowKey {
    let (key, now) = (RowKey::from_bytes([7; 32]), StoreTime::now());
    runtime().block_on(kept.create(&key, &Record::new(b"old", now, now.plus(LIFE)))).unwrap();
    key
}

/// Begins an update of a row that somebody has locked, and gives it up once the server says that it
/// `waits` for the lock.
pub(crate) async fn give_up(store: &impl Store, key: &RowKey, waits: impl AsyncFn() -> bool) {
    let now = StoreTime::now();
    let record = Record::new(b"new", now, now.plus(LIFE));
    let mut call = Box::pin(store.update(key, None, &record));
    loop {
        let step = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
        assert!(step.is_pending(), "it did not wait: {step:?}");
        if waits().await {
            return;
        }
    }
}

/// The expired leftover of a key gives way to a session that is created or moves there.
pub(crate) fn a_dead_row_is_not_in_the_way(harness: &impl Harness) -> Result<(), Failed> {
    let store = harness.make()?;
    let [new, old] = [1, 2].map(|byte| RowKey::from_bytes([byte; 32]));
    let now = StoreTime::now();
    let dead = Record::new(b"dead", now.minus(LIFE), now.minus(Duration::from_secs(1)));
    let live = Record::new(b"live", now, now.plus(LIFE));
    runtime().block_on(async {
        store.create(&new, &dead).await?;
        store.create(&old, &live).await?;
        store.rotate(&old, &new, &live).await.unwrap();
        assert_eq!(store.load(&new).await?.map(|there| there.data), Some(b"live".to_vec()));
        store.create(&old, &dead).await?;
        store.create(&old, &live).await?;
        assert_eq!(store.load(&old).await?.map(|there| there.data), Some(b"live".to_vec()));
        // What is dead counts for nothing, and does not come back.
        store.delete(&old).await?;
        store.create(&old, &dead).await?;
        assert!(!store.delete(&old).await?);
        assert_eq!(store.purge(9).await?, 0, "the delete left it there");
        Ok(())
    })
}

/// `cloakroom clear-expired` removes one of two records.
#[cfg(feature = "cli")]
pub(crate) fn the_tool_clears_it<S: Store>(kept: &Addressed<S>) -> Result<(), Failed> {
    let key = fresh_key(kept);
    let now = StoreTime::now();
    let dead = Record::new(b"dead", now.minus(LIFE), now.minus(Duration::from_secs(1)));
    runtime().block_on(kept.create(&RowKey::from_bytes([8; 32]), &dead))?;
    let mut tool = std::process::Command::new(env!("CARGO_BIN_EXE_cloakroom"));
    let ran = tool.arg("clear-expired").arg(&kept.address).output()?;
    assert_eq!(String::from_utf8(ran.stderr)?, "");
    assert_eq!(String::from_utf8(ran.stdout)?, "1 expired record removed\n");
    assert!(runtime().block_on(kept.load(&key))?.is_some());

    // Where there are no tables, none are made.
    let other = kept.address.replace("cloakroom_", "no_such_");
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_cloakroom"))
        .args(["clear-expired", &other])
        .output()?;
    assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stdout));
    Ok(())
}

/// The label `marked` is refused by the database and not repeated.
pub(crate) fn a_value_that_is_refused_is_not_shown<S: Store>(
    kept: &Addressed<S>,
) -> Result<(), Failed> {
    let (key, now) = (fresh_key(kept), StoreTime::now());
    let record = Record::new(b"new", now, now.plus(LIFE)).labelled(Some(b"marked"));
    let refused = runtime().block_on(kept.update(&key, None, &record)).map_err(|e| e.to_string());
    let said = refused.expect_err("it was taken");
    assert!(said.contains("refused a value: 23") && !said.contains("marked"), "{said}");
    let there = runtime().block_on(kept.load(&key))?.map(|there| there.data);
    assert_eq!(there.as_deref(), Some(b"old".as_slice()));
    Ok(())
}
