//! All sessions of one owner.

use alloc::vec::Vec;
use core::future::Future;

use super::{Meta, Owner, RowKey, Store};
use crate::error::StoreError;

/// A store that finds the sessions of an owner: a list of devices, and logging out everywhere.
///
/// A store that cannot is one that does not implement this, so asking it is an error of compilation.
pub trait OwnerIndex: Store {
    /// The live sessions of `owner`, the one seen last first.
    ///
    /// # Errors
    ///
    /// [`StoreError`](crate::store::StoreError).
    fn list(&self, owner: &Owner) -> impl Future<Output = Result<Vec<Meta>, StoreError>> + Send;

    /// Deletes the sessions of `owner`, but not the one under `except`, and gives the number of live
    /// ones.
    ///
    /// A session that is created meanwhile is either deleted or still listed afterwards.
    ///
    /// # Errors
    ///
    /// [`StoreError`](crate::store::StoreError). Some may be deleted; asking again is safe.
    fn delete_all(
        &self,
        owner: &Owner,
        except: Option<&RowKey>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
