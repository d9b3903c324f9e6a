//! What every SQL database has in common: the calls of a store as statements.
//!
//! The text of the statements is a [`Dialect`]'s, running them is a [`Driver`]'s; what they mean is
//! here, once. Values have names, never places, so a dialect is free in the order of its own.

mod engine;
#[cfg(feature = "sqlx-0_9-mysql")]
mod mysql;
#[cfg(feature = "sqlx-0_9-postgres")]
mod postgres;
#[cfg(feature = "rusqlite-0")]
mod sqlite;

use alloc::vec::Vec;
use core::future::Future;

pub(super) use self::engine::Sql;
#[cfg(feature = "sqlx-0_9-mysql")]
pub(super) use self::mysql::MYSQL;
#[cfg(feature = "sqlx-0_9-postgres")]
pub(super) use self::postgres::POSTGRES;
#[cfg(feature = "rusqlite-0")]
pub(super) use self::sqlite::SQLITE;
use super::{RowKey, StoreTime, Version};
use crate::error::StoreError;

/// The text of a database's statements.
pub(super) struct Dialect {
    pub(super) engine: &'static str,
    /// Sets up the tables, in statements that may be run again.
    pub(super) schema: &'static str,
    /// Gives the number of the schema that is there.
    pub(super) schema_version: Statement,
    /// Changes one row, or none if a live record is there.
    pub(super) create: Statement,
    /// Gives data, version and expiry.
    pub(super) load: Statement,
    /// Changes one row, or none if there is none or `:expected` is a version and not its own.
    pub(super) update: Statement,
    /// Changes one row, or none.
    pub(super) touch: Statement,
    /// Removes a row, living or dead.
    pub(super) delete: Removal,
    /// Changes one row, or none if there is none or the new key is taken.
    pub(super) rotate: Statement,
    /// Changes one row if it was dead. Where `create` or `rotate` does not replace a dead row by itself.
    pub(super) bury: Option<Statement>,
    /// Changes as many rows as it removes.
    pub(super) purge: Statement,
    /// Gives key, creation, last sight, expiry and label.
    pub(super) list: Statement,
    /// Removes an owner's rows, living or dead.
    pub(super) delete_all: Removal,
}

/// How rows are removed and those that lived are counted.
#[allow(dead_code, reason = "not every build has databases of both kinds")]
pub(super) enum Removal {
    /// Gives, for each row that was there, whether it lived.
    Telling(Statement),
    /// Each changes as many rows as it removes.
    Counting { living: Statement, dead: Statement },
}

pub(super) struct Statement {
    pub(super) text: &'static str,
    pub(super) kind: Kind,
}

#[allow(dead_code, reason = "not every database has all of them")]
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Gives rows and changes none.
    Read,
    /// Changes rows and gives none.
    Write,
    /// Changes rows and gives rows.
    Returning,
}

/// Runs statements.
pub(super) trait Driver: Send + Sync + 'static {
    fn dialect(&self) -> &'static Dialect;

    /// What `:now` is, where the engine has no clock of its own.
    fn now(&self) -> StoreTime;

    /// Runs a statement. Every name in it is among `values`; those that it does not name are unused.
    fn run(
        &self,
        statement: &'static Statement,
        values: Values,
    ) -> impl Future<Output = Result<Answer, StoreError>> + Send;

    /// Runs several statements without values: all or none, where the database can.
    fn run_script(&self, text: &'static str)
    -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Values and their names, colon included.
pub(super) type Values = Vec<(&'static str, Value)>;

#[derive(Clone, PartialEq)]
pub(super) enum Value {
    /// No bytes.
    Null,
    /// Nor any number: some databases ask what it is that is missing.
    NoInteger,
    Integer(i64),
    Bytes(Vec<u8>),
}

/// What became of a statement. One that found its unique key taken has changed nothing.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) rows: Vec<Vec<Value>>,
    /// Rows that it changed, if it writes.
    pub(super) changed: u64,
}

impl Statement {
    const fn read(text: &'static str) -> Self {
        Self { text, kind: Kind::Read }
    }

    const fn write(text: &'static str) -> Self {
        Self { text, kind: Kind::Write }
    }

    #[cfg(any(feature = "rusqlite-0", feature = "sqlx-0_9-postgres"))]
    const fn returning(text: &'static str) -> Self {
        Self { text, kind: Kind::Returning }
    }
}

impl Value {
    fn key(key: &RowKey) -> Self {
        Self::Bytes(key.as_bytes().to_vec())
    }

    fn bytes(bytes: Option<&[u8]>) -> Self {
        bytes.map_or(Self::Null, |bytes| Self::Bytes(bytes.to_vec()))
    }

    const fn time(time: StoreTime) -> Self {
        Self::Integer(time.as_millis())
    }

    /// A version that no column can hold is no row's.
    fn version(version: Version) -> Self {
        Self::Integer(i64::try_from(version.as_u64()).unwrap_or(-1))
    }
}
