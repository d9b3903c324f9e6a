//! Records in PostgreSQL, over sqlx.

use alloc::{borrow::Cow, format, vec::Vec};
use core::fmt;

use sqlx::{
    AssertSqlSafe, Error, Postgres, Row,
    postgres::{PgArguments, PgPool, PgRow},
};

use super::{
    StoreTime,
    hand_on::hand_on,
    sql::{Answer, Dialect, Driver, Kind, POSTGRES, Sql, Statement, Value, Values},
    sqlx_pool::{self, Lease, sqlx_driver},
};
use crate::error::StoreError;

/// Keeps records in PostgreSQL 12 or later, with an index of owners: for any number of machines.
///
/// It tells time by the server's clock alone.
///
/// Two applications share a database by a schema each, which the address names:
/// `postgres://shop@db/site?options[search_path]=shop`.
///
/// ```no_run
/// # async fn example() -> Result<(), cloakroom::StoreError> {
/// use cloakroom::store::PostgresStore;
///
/// let store = PostgresStore::connect("postgres://shop@db.example/shop").await?;
/// store.install().await?;
/// # Ok(())
/// # }
/// ```
///
/// It runs where tokio runs, and needs Rust 1.94, as sqlx 0.9 does. Behind PgBouncer in the mode
/// `transaction`, 1.21 or later is needed, with `max_prepared_statements` above 0; before that a
/// prepared statement is not found by the next transaction.
///
/// # Security
///
/// This crate turns on no TLS. For a database across a network, turn on one of sqlx's features in your
/// own `Cargo.toml`, such as `tls-rustls-ring`, and demand it in the address: `sslmode=verify-full`.
/// A demand that the build cannot meet is an error, but without one sqlx goes on in the clear.
///
/// With `synchronous_commit = off` a crash of the server can undo the last writes, a logout among
/// them, and so can a failover to a replica that lags.
pub struct PostgresStore(Sql<Driven>);

const ENGINE: &str = "postgres";
/// Of the lock for those who set up the tables at the same time: "cloakroo".
const INSTALL_LOCK: i64 = i64::from_be_bytes(*b"cloakroo");

impl PostgresStore {
    /// The store in the database at `address`, with a pool of at most ten connections of its own.
    ///
    /// It makes one connection to see that it can. The tables have to be there:
    /// [`install`](Self::install) makes them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the database cannot be reached, or does not let us in.
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        let pool = sqlx_pool::options().connect(address).await;
        pool.map(Self::from_pool).map_err(|error| sqlx_pool::failed(ENGINE, &error))
    }

    /// The store in the database behind `pool`, which others may use too.
    pub fn from_pool(pool: PgPool) -> Self {
        Self(Sql(Driven(pool)))
    }

    /// Makes the tables where they are missing, in the schema that the search path names first. Any
    /// number of processes may do so at once.
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

hand_on!([] Store for PostgresStore => [.0]);
hand_on!([] OwnerIndex for PostgresStore => [.0]);

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStore(..)")
    }
}

struct Driven(PgPool);

sqlx_driver! {
    driver: Driven,
    database: Postgres,
    arguments: PgArguments,
    row: PgRow,
    dialect: POSTGRES,
    place: |nth| Cow::Owned(format!("${nth}")),
    // Those who come at the same time wait here; the transaction of the script ends the lock.
    script: |text| format!("SELECT pg_advisory_xact_lock({INSTALL_LOCK});\n{text}"),
    is_taken_back: sqlx_pool::is_taken_back,
}
