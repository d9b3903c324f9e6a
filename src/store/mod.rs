//! Sessions on the server: the contract that every engine keeps, and the engines.
//!
//! The visitor's cookie then carries the session's id under its seal and nothing else; the data is a
//! [`Record`], sealed too, under a [`RowKey`]. [`SessionManager::with_store`] puts a store behind
//! [`Session`](crate::Session); handlers see no difference.
//!
//! | engine | feature | survives a restart | several machines |
//! |---|---|---|---|
//! | `MemoryStore` | `memory-store` | no | no |
//! | `FileStore` | `file-store` | yes | no, but several processes |
//! | `SqliteStore` | `sqlite` | yes | no, but several processes |
//! | `PostgresStore` | `postgres` | yes | yes |
//! | `MySqlStore` | `mysql` | yes | yes |
//! | `RedisStore` | `redis` | as the server is set up | yes |
//! | `MemcachedStore` | `memcached` | no, and it drops records for room | yes |
//!
//! [`Cached`] puts one of them before another: copies in a fast one, the truth in a durable one.
//!
//! # A store of your own
//!
//! Implement [`Store`] with `async fn`s and run the conformance suite (feature `store-tests`) over
//! it: [`guide::custom_store`](crate::guide::custom_store) is one from the first line to the last.
//! Seven calls make a store; each is atomic against all others under the same key:
//!
//! * [`create`](Store::create) never overwrites a live record;
//! * [`load`](Store::load) says `None` for what is absent or expired, and an outage is an error;
//! * [`update`](Store::update) never creates, and compares the version it expects;
//! * [`touch`](Store::touch) only extends, and leaves data and version alone;
//! * [`delete`](Store::delete) is final: whatever ran before or beside it, the record stays gone;
//! * [`rotate`](Store::rotate) has one winner, after whom the old key is dead;
//! * [`purge`](Store::purge) removes nothing that is alive.
//!
//! The clock is the engine's own, wherever it has one: a record is dead from its `expires` on. The
//! engine may keep a dead record's bytes for a while; it may not show them.
//!
//! A call whose future is dropped happens whole or not at all; a server that was asked may get to it
//! a moment later, after calls that were made since. An engine may repeat a call
//! whose answer was lost if that changes nothing: [`touch`](Store::touch), [`load`](Store::load),
//! [`delete`](Store::delete); and an [`update`](Store::update), if it compares the version in the
//! store with the one that it tried to write.
//!
//! An engine needs no deadline: the manager puts a [`Guarded`] around it.
//!
//! [`SessionManager::with_store`]: crate::SessionManager::with_store

mod any;
#[cfg(any(test, feature = "store-tests"))]
mod block_on;
mod cached;
mod cleaner;
#[cfg(feature = "store-tests")]
pub mod conformance;
mod errors;
#[cfg(feature = "file-store")]
mod file;
mod guarded;
mod hand_on;
#[cfg(feature = "memcached")]
mod memcached;
#[cfg(feature = "memory-store")]
mod memory;
#[cfg(feature = "sqlx-0_9-mysql")]
mod mysql;
#[cfg(any(feature = "file-store", feature = "rusqlite-0"))]
mod offload;
mod owner;
#[cfg(feature = "sqlx-0_9-postgres")]
mod postgres;
mod record;
#[cfg(feature = "redis-1")]
mod redis;
#[cfg(any(feature = "rusqlite-0", feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))]
mod sql;
#[cfg(feature = "rusqlite-0")]
mod sqlite;
#[cfg(any(feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))]
mod sqlx_pool;
mod time;
mod timer;
mod traits;

use core::future::Future;

#[cfg(any(test, feature = "store-tests"))]
pub(crate) use self::block_on::block_on;
pub(crate) use self::cleaner::jittered;
#[cfg(feature = "file-store")]
pub use self::file::{Durability, FileStore};
#[cfg(feature = "memcached")]
pub use self::memcached::MemcachedStore;
#[cfg(feature = "memory-store")]
pub use self::memory::MemoryStore;
#[cfg(feature = "sqlx-0_9-mysql")]
pub use self::mysql::MySqlStore;
#[cfg(feature = "sqlx-0_9-postgres")]
pub use self::postgres::PostgresStore;
#[cfg(all(feature = "auth", feature = "redis-1"))]
pub use self::redis::RedisRevocations;
#[cfg(feature = "redis-1")]
pub use self::redis::RedisStore;
#[cfg(feature = "rusqlite-0")]
pub use self::sqlite::SqliteStore;
pub use self::{
    any::{AnyOwnerIndex, AnyStore},
    cached::Cached,
    cleaner::StoreCleaner,
    errors::{CreateError, UpdateError},
    guarded::Guarded,
    owner::OwnerIndex,
    record::{Meta, Owner, Record, RowKey, Stored, Version},
    time::StoreTime,
    timer::{ThreadTimer, Timer},
    traits::StoreTraits,
};
#[cfg(feature = "auth")]
pub(crate) use self::{guarded::Breaker, timer::within};
pub use crate::error::{LoadError, StoreError};

/// Keeps records for sessions. See the [module](self) for the rules that hold between the calls.
///
/// Write the calls as `async fn`; their futures have to be `Send`. [`AnyStore`] holds any store where
/// its type must not show.
pub trait Store: Send + Sync + 'static {
    /// Writes a new record. An expired leftover under `key` is replaced.
    ///
    /// # Errors
    ///
    /// [`CreateError::Exists`] if a live record has this key; it stays as it is.
    fn create(
        &self,
        key: &RowKey,
        record: &Record<'_>,
    ) -> impl Future<Output = Result<Version, CreateError>> + Send;

    /// The live record under `key`; `None` if there is none or it has expired.
    ///
    /// It is read where it was written, not from a replica that may lag.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. An outage is never `None`.
    fn load(&self, key: &RowKey)
    -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;

    /// Replaces a live record whole, and gives its new version.
    ///
    /// # Errors
    ///
    /// [`UpdateError::Gone`] without a live record; nothing is created. [`UpdateError::Conflict`] if
    /// `expected` is a version and the record has another; it stays as it is.
    fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> impl Future<Output = Result<Version, UpdateError>> + Send;

    /// Moves a live record's expiry to `expires`, if that is later, and notes that it was seen.
    ///
    /// Gives `false` without a live record, and never revives one.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn touch(
        &self,
        key: &RowKey,
        expires: StoreTime,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Removes the record. Gives `true` if a live one was removed.
    ///
    /// Once it has answered, no call shows the record again, whatever runs beside it.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. The record may be there or not; asking again is safe.
    fn delete(&self, key: &RowKey) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Moves the session under `old` to `new`, with `record` in its place.
    ///
    /// Of several calls for one `old`, one succeeds. An engine that cannot do it in one step makes
    /// `old` dead first.
    ///
    /// # Errors
    ///
    /// [`UpdateError::Gone`] if nothing lives under `old`; nothing is created. [`UpdateError::Conflict`]
    /// if something lives under `new`, which stays as it is.
    fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> impl Future<Output = Result<Version, UpdateError>> + Send;

    /// Removes at most `limit` expired records and gives their number; 0 where the engine expires
    /// records by itself.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn purge(&self, limit: usize) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// What the engine promises and what it cannot.
    fn traits(&self) -> StoreTraits;
}
