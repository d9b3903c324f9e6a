//! `CLOAKROOM_STORE`: the store behind an address.
//!
//! | address | is |
//! |---|---|
//! | `memory` | this process's memory |
//! | `file:DIR` | a folder, made if it is not there |
//! | `sqlite:FILE` | an SQLite database, likewise (feature `rusqlite-0`) |
//! | `postgres://..` | PostgreSQL (feature `sqlx-0_9-postgres`) |
//! | `mysql://..` | MySQL or MariaDB (feature `sqlx-0_9-mysql`) |
//! | `redis://..`, `unix://..` | Redis or Valkey (feature `redis-1`) |
//! | `memcached://..` | Memcached (feature `memcached`) |
//! | `cached+A+B` | copies in A, whose address has no `+`, of what is in B |

use std::error::Error;
use std::fmt;

use cloakroom::store::{AnyStore, Cached, FileStore, MemoryStore};

/// Opens the store of an address that is not `cookie`, and sets it up.
///
/// # Errors
///
/// An address of no kind, an engine that this build has not, and whatever the engine says. None of it
/// repeats the address, which may hold a password.
pub async fn open(address: &str) -> Result<AnyStore, Box<dyn Error + Send + Sync>> {
    let Some(both) = address.strip_prefix("cached+") else { return open_one(address).await };
    let (cache, authority) = both.split_once('+').ok_or(Unknown)?;
    let (cache, authority) = (open_one(cache).await?, open_one(authority).await?);
    Ok(AnyStore::new(Cached::new(authority, cache)))
}

async fn open_one(address: &str) -> Result<AnyStore, Box<dyn Error + Send + Sync>> {
    let (scheme, rest) = address.split_once(':').unwrap_or((address, ""));
    let store = match scheme {
        "memory" if rest.is_empty() => AnyStore::new(MemoryStore::new()),
        "file" if !rest.is_empty() => AnyStore::new(FileStore::open(rest)?),
        "sqlite" if !rest.is_empty() => sqlite(rest)?,
        "postgres" | "postgresql" => postgres(address).await?,
        "mysql" | "mariadb" => mysql(address).await?,
        "redis" | "rediss" | "redis+unix" | "unix" => redis(address).await?,
        "memcached" => memcached(address).await?,
        _ => return Err(Unknown.into()),
    };
    Ok(store)
}

/// Gives a function for an engine, or one that says what this build lacks.
macro_rules! engine {
    ($feature:literal, $open:item, $missing:item) => {
        #[cfg(feature = $feature)]
        $open

        #[cfg(not(feature = $feature))]
        #[allow(clippy::unused_async, reason = "the same as where the engine is there")]
        $missing
    };
}

engine!(
    "rusqlite-0",
    fn sqlite(file: &str) -> Result<AnyStore, cloakroom::StoreError> {
        Ok(AnyStore::new(cloakroom::store::SqliteStore::open(file)?))
    },
    fn sqlite(_: &str) -> Result<AnyStore, Missing> {
        Err(Missing("rusqlite-0"))
    }
);

engine!(
    "sqlx-0_9-postgres",
    async fn postgres(address: &str) -> Result<AnyStore, cloakroom::StoreError> {
        let store = cloakroom::store::PostgresStore::connect(address).await?;
        store.install().await?;
        Ok(AnyStore::new(store))
    },
    async fn postgres(_: &str) -> Result<AnyStore, Missing> {
        Err(Missing("sqlx-0_9-postgres"))
    }
);

engine!(
    "sqlx-0_9-mysql",
    async fn mysql(address: &str) -> Result<AnyStore, cloakroom::StoreError> {
        let store = cloakroom::store::MySqlStore::connect(address).await?;
        store.install().await?;
        Ok(AnyStore::new(store))
    },
    async fn mysql(_: &str) -> Result<AnyStore, Missing> {
        Err(Missing("sqlx-0_9-mysql"))
    }
);

engine!(
    "redis-1",
    async fn redis(address: &str) -> Result<AnyStore, cloakroom::StoreError> {
        let store = cloakroom::store::RedisStore::connect(address).await?;
        store.check().await?;
        Ok(AnyStore::new(store))
    },
    async fn redis(_: &str) -> Result<AnyStore, Missing> {
        Err(Missing("redis-1"))
    }
);

engine!(
    "memcached",
    async fn memcached(address: &str) -> Result<AnyStore, cloakroom::StoreError> {
        Ok(AnyStore::new(cloakroom::store::MemcachedStore::connect(address).await?))
    },
    async fn memcached(_: &str) -> Result<AnyStore, Missing> {
        Err(Missing("memcached"))
    }
);

/// An address of no kind.
#[derive(Debug)]
struct Unknown;

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "must be cookie, memory, file:DIR, sqlite:FILE, postgres://.., mysql://.., \
             redis://.., memcached://.. or cached+A+B",
        )
    }
}

impl Error for Unknown {}

/// An engine whose feature is off.
#[allow(dead_code, reason = "a build with every engine lacks none")]
#[derive(Debug)]
struct Missing(&'static str);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this build has no such store; build with --features {}", self.0)
    }
}

impl Error for Missing {}
