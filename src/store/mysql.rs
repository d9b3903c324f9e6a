//! Records in MySQL or MariaDB, over sqlx.

use alloc::{borrow::Cow, boxed::Box, vec::Vec};
use core::fmt;

use sqlx::{
    AssertSqlSafe, Error, Executor, MySql, Row,
    mysql::{MySqlArguments, MySqlDatabaseError, MySqlPool, MySqlRow},
};

use super::{
    StoreTime,
    hand_on::hand_on,
    sql::{Answer, Dialect, Driver, Kind, MYSQL, Sql, Statement, Value, Values},
    sqlx_pool::{self, Lease, sqlx_driver},
};
use crate::error::StoreError;

/// Keeps records in MySQL 8 or MariaDB 10.6 or later, with an index of owners: for any number of
/// machines.
///
/// It tells time by the server's clock alone. Two applications share a server by a database each.
///
/// ```no_run
/// # async fn example() -> Result<(), cloakroom::StoreError> {
/// use cloakroom::store::MySqlStore;
///
/// let store = MySqlStore::connect("mysql://shop@db.example/shop").await?;
/// store.install().await?;
/// # Ok(())
/// # }
/// ```
///
/// It runs where tokio runs, and needs Rust 1.94, as sqlx 0.9 does.
///
/// # Security
///
/// This crate turns on no TLS. For a database across a network, turn on one of sqlx's features in your
/// own `Cargo.toml`, such as `tls-rustls-ring`, and demand it in the address:
/// `ssl-mode=VERIFY_IDENTITY`. A demand that the build cannot meet is an error, but without one sqlx
/// goes on in the clear. MySQL 8 takes a password over a socket or TLS; over neither, sqlx needs its
/// feature `mysql-rsa`.
///
/// With `innodb_flush_log_at_trx_commit` other than 1 a crash of the server can undo the last writes, a
/// logout among them, and so can a failover to a replica that lags.
pub struct MySqlStore(Sql<Driven>);

const ENGINE: &str = "mysql";
/// MariaDB's "record has changed since last read", which has no state of its own.
const CHANGED_SINCE_READ: u16 = 1020;

impl MySqlStore {
    /// The store in the database at `address`, with a pool of at most ten connections of its own.
    ///
    /// It makes one connection to see that it can. The tables have to be there:
    /// [`install`](Self::install) makes them. Its connections work at the level `READ COMMITTED`, at
    /// which a purge locks the rows that it removes and no others.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the database cannot be reached, or does not let us in.
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        const LEVEL: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
        let options = sqlx_pool::options::<MySql>().after_connect(|connection, _| {
            Box::pin(async move { connection.execute(LEVEL).await.map(drop) })
        });
        let pool = options.connect(address).await;
        pool.map(Self::from_pool).map_err(|error| sqlx_pool::failed(ENGINE, &error))
    }

    /// The store in the database behind `pool`, which others may use too, at any level of isolation.
    /// Above `READ COMMITTED` a purge lets those wait who write to sessions that end on the same day.
    pub fn from_pool(pool: MySqlPool) -> Self {
        Self(Sql(Driven(pool)))
    }

    /// Makes the tables where they are missing. Any number of processes may do so at once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`] if the tables are of another version of this crate.
    pub async fn install(&self) -> Result<(), StoreError> {
        self.0.install().await
    }

    /// Whether the tables are there, and as this version of the crate needs them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`] if not.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }
}

hand_on!([] Store for MySqlStore => [.0]);
hand_on!([] OwnerIndex for MySqlStore => [.0]);

impl fmt::Debug for MySqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MySqlStore(..)")
    }
}

struct Driven(MySqlPool);

sqlx_driver! {
    driver: Driven,
    database: MySql,
    arguments: MySqlArguments,
    row: MySqlRow,
    dialect: MYSQL,
    place: |_| Cow::Borrowed("?"),
    script: alloc::string::String::from,
    is_taken_back: |error| sqlx_pool::is_taken_back(error) || has_changed_since_read(error),
}

fn has_changed_since_read(error: &Error) -> bool {
    let said = error.as_database_error().and_then(|error| error.try_downcast_ref());
    said.is_some_and(|said: &MySqlDatabaseError| said.number() == CHANGED_SINCE_READ)
}
