//! A store around another one that adds nothing to its calls.

/// `hand_on!([S: Store] Store for Arc<S> => [.as_ref()])`: the calls of a trait on a type with these
/// generics, handed on to what stands behind `self.as_ref()`. `OwnerIndex` likewise.
macro_rules! hand_on {
    ([$($generics:tt)*] Store for $store:ty => [$($way:tt)+]) => {
        impl<$($generics)*> $crate::store::Store for $store {
            async fn create(
                &self,
                key: &$crate::store::RowKey,
                record: &$crate::store::Record<'_>,
            ) -> Result<$crate::store::Version, $crate::store::CreateError> {
                self $($way)+ .create(key, record).await
            }

            async fn load(
                &self,
                key: &$crate::store::RowKey,
            ) -> Result<Option<$crate::store::Stored>, $crate::store::StoreError> {
                self $($way)+ .load(key).await
            }

            async fn update(
                &self,
                key: &$crate::store::RowKey,
                expected: Option<$crate::store::Version>,
                record: &$crate::store::Record<'_>,
            ) -> Result<$crate::store::Version, $crate::store::UpdateError> {
                self $($way)+ .update(key, expected, record).await
            }

            async fn touch(
                &self,
                key: &$crate::store::RowKey,
                expires: $crate::store::StoreTime,
            ) -> Result<bool, $crate::store::StoreError> {
                self $($way)+ .touch(key, expires).await
            }

            async fn delete(
                &self,
                key: &$crate::store::RowKey,
            ) -> Result<bool, $crate::store::StoreError> {
                self $($way)+ .delete(key).await
            }

            async fn rotate(
                &self,
                old: &$crate::store::RowKey,
                new: &$crate::store::RowKey,
                record: &$crate::store::Record<'_>,
            ) -> Result<$crate::store::Version, $crate::store::UpdateError> {
                self $($way)+ .rotate(old, new, record).await
            }

            async fn purge(&self, limit: usize) -> Result<u64, $crate::store::StoreError> {
                self $($way)+ .purge(limit).await
            }

            fn traits(&self) -> $crate::store::StoreTraits {
                self $($way)+ .traits()
            }
        }
    };
    ([$($generics:tt)*] OwnerIndex for $store:ty => [$($way:tt)+]) => {
        impl<$($generics)*> $crate::store::OwnerIndex for $store {
            async fn list(
                &self,
                owner: &$crate::store::Owner,
            ) -> Result<alloc::vec::Vec<$crate::store::Meta>, $crate::store::StoreError> {
                self $($way)+ .list(owner).await
            }

            async fn delete_all(
                &self,
                owner: &$crate::store::Owner,
                except: Option<&$crate::store::RowKey>,
            ) -> Result<u64, $crate::store::StoreError> {
                self $($way)+ .delete_all(owner, except).await
            }
        }
    };
}
pub(super) use hand_on;
