//! A store that knows where it is kept, so that a test can look there.

use cloakroom::store::{
    AnyOwnerIndex, CreateError, Meta, Owner, OwnerIndex, Record, RowKey, Store, StoreError,
    StoreTime, StoreTraits, Stored, UpdateError, Version,
};
use std::sync::Arc;

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
