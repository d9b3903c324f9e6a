//! Stores without their types.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{fmt, future::Future, pin::Pin};

use super::{
    Meta, Owner, OwnerIndex, Record, RowKey, Store, StoreTime, StoreTraits, Stored, Version,
    hand_on::hand_on,
};
use crate::error::StoreError;
use crate::store::{CreateError, UpdateError};

/// A store whose type does not show, such as one chosen by a setting at run time.
///
/// It is a cheap clone. Each call costs an allocation, beside which the engine's own work stands.
#[derive(Clone)]
pub struct AnyStore(Arc<dyn DynStore>);

/// An [`OwnerIndex`] whose type does not show.
#[derive(Clone)]
pub struct AnyOwnerIndex(Arc<dyn DynOwnerIndex>);

type Call<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// [`Store`] with its futures boxed, so that it can be a trait object.
trait DynStore: Send + Sync {
    fn create<'c>(
        &'c self,
        key: &'c RowKey,
        record: &'c Record<'_>,
    ) -> Call<'c, Result<Version, CreateError>>;
    fn load<'c>(&'c self, key: &'c RowKey) -> Call<'c, Result<Option<Stored>, StoreError>>;
    fn update<'c>(
        &'c self,
        key: &'c RowKey,
        expected: Option<Version>,
        record: &'c Record<'_>,
    ) -> Call<'c, Result<Version, UpdateError>>;
    fn touch<'c>(
        &'c self,
        key: &'c RowKey,
        expires: StoreTime,
    ) -> Call<'c, Result<bool, StoreError>>;
    fn delete<'c>(&'c self, key: &'c RowKey) -> Call<'c, Result<bool, StoreError>>;
    fn rotate<'c>(
        &'c self,
        old: &'c RowKey,
        new: &'c RowKey,
        record: &'c Record<'_>,
    ) -> Call<'c, Result<Version, UpdateError>>;
    fn purge(&self, limit: usize) -> Call<'_, Result<u64, StoreError>>;
    fn traits(&self) -> StoreTraits;
}

impl<S: Store> DynStore for S {
    fn create<'c>(
        &'c self,
        key: &'c RowKey,
        record: &'c Record<'_>,
    ) -> Call<'c, Result<Version, CreateError>> {
        Box::pin(Store::create(self, key, record))
    }

    fn load<'c>(&'c self, key: &'c RowKey) -> Call<'c, Result<Option<Stored>, StoreError>> {
        Box::pin(Store::load(self, key))
    }

    fn update<'c>(
        &'c self,
        key: &'c RowKey,
        expected: Option<Version>,
        record: &'c Record<'_>,
    ) -> Call<'c, Result<Version, UpdateError>> {
        Box::pin(Store::update(self, key, expected, record))
    }

    fn touch<'c>(
        &'c self,
        key: &'c RowKey,
        expires: StoreTime,
    ) -> Call<'c, Result<bool, StoreError>> {
        Box::pin(Store::touch(self, key, expires))
    }

    fn delete<'c>(&'c self, key: &'c RowKey) -> Call<'c, Result<bool, StoreError>> {
        Box::pin(Store::delete(self, key))
    }

    fn rotate<'c>(
        &'c self,
        old: &'c RowKey,
        new: &'c RowKey,
        record: &'c Record<'_>,
    ) -> Call<'c, Result<Version, UpdateError>> {
        Box::pin(Store::rotate(self, old, new, record))
    }

    fn purge(&self, limit: usize) -> Call<'_, Result<u64, StoreError>> {
        Box::pin(Store::purge(self, limit))
    }

    fn traits(&self) -> StoreTraits {
        Store::traits(self)
    }
}

/// [`OwnerIndex`], likewise.
trait DynOwnerIndex: Send + Sync {
    fn list<'c>(&'c self, owner: &'c Owner) -> Call<'c, Result<Vec<Meta>, StoreError>>;
    fn delete_all<'c>(
        &'c self,
        owner: &'c Owner,
        except: Option<&'c RowKey>,
    ) -> Call<'c, Result<u64, StoreError>>;
}

impl<S: OwnerIndex> DynOwnerIndex for S {
    fn list<'c>(&'c self, owner: &'c Owner) -> Call<'c, Result<Vec<Meta>, StoreError>> {
        Box::pin(OwnerIndex::list(self, owner))
    }

    fn delete_all<'c>(
        &'c self,
        owner: &'c Owner,
        except: Option<&'c RowKey>,
    ) -> Call<'c, Result<u64, StoreError>> {
        Box::pin(OwnerIndex::delete_all(self, owner, except))
    }
}

impl AnyStore {
    /// Hides the type of `store`.
    pub fn new(store: impl Store) -> Self {
        Self(Arc::new(store))
    }
}

impl AnyOwnerIndex {
    /// Hides the type of `store`.
    pub fn new(store: impl OwnerIndex) -> Self {
        Self(Arc::new(store))
    }

    /// As [`OwnerIndex::list`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn list(&self, owner: &Owner) -> Result<Vec<Meta>, StoreError> {
        self.0.list(owner).await
    }

    /// As [`OwnerIndex::delete_all`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn delete_all(
        &self,
        owner: &Owner,
        except: Option<&RowKey>,
    ) -> Result<u64, StoreError> {
        self.0.delete_all(owner, except).await
    }
}

hand_on!([] Store for AnyStore => [.0]);

// A store that several own is a store.
hand_on!([S: Store] Store for Arc<S> => [.as_ref()]);
hand_on!([S: OwnerIndex] OwnerIndex for Arc<S> => [.as_ref()]);

impl fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnyStore").field(&self.0.traits().engine).finish()
    }
}

impl fmt::Debug for AnyOwnerIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyOwnerIndex(..)")
    }
}
