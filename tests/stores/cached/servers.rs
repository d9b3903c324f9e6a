//! Pairs of which one is a server, or both.

#[cfg(any(feature = "rusqlite-0", feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))]
use std::path::Path;

use super::*;

const ANSWERS: &str = "one of the two answers while the other is down; see below";
const CLOCK: &str = "the clock of the cache is that of the machine";

const OVER_MEMORY: &[(u8, &str)] = &[
    (31, ANSWERS),
    (33, "no medium"),
    (34, "no time zone"),
    (35, CLOCK),
    (37, "nothing at rest in the authority"),
    (44, "no schema"),
    (45, "no process shares the authority"),
];
#[cfg(feature = "rusqlite-0")]
const OVER_SQLITE: &[(u8, &str)] = &[(31, ANSWERS), (34, "no time zone"), (35, CLOCK)];
#[cfg(any(feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))]
const OVER_DATABASE: &[(u8, &str)] = &[(31, ANSWERS), (35, CLOCK)];

/// A pairing; `|store| place` is where another process finds its authority.
macro_rules! pairings {
    ($($(#[$gate:meta])* $pairing:ident = $name:literal: $authority:ident::$of:ident
        before $cache:ident::$by:ident, $exceptions:ident $(, $place:expr)?;)*) => {$(
        $(#[$gate])*
        #[derive(Default)]
        pub(crate) struct $pairing;

        $(#[$gate])*
        impl Pairing for $pairing {
            type Authority = crate::$authority::$of;
            type Cache = crate::$cache::$by;

            const NAME: &'static str = $name;
            const EXCEPTIONS: &'static [(u8, &'static str)] = $exceptions;

            $(fn other_process(store: &Arc<Kept<Self>>) -> Option<Command> {
                let authority: fn(&Arc<Kept<Self>>) -> Option<&Path> = $place;
                let place = format!("{}|{}", authority(store)?.display(), store.cache().address);
                Some(crate::apart::peer(Self::NAME, place.as_ref()))
            })?
        }
    )*};
}

pairings! {
    #[cfg(feature = "redis-1")]
    MemoryRedis = "cached_memory_redis": memory::Memory before redis::Single, OVER_MEMORY;
    #[cfg(feature = "memcached")]
    MemoryMemcached = "cached_memory_memcached": memory::Memory before memcached::Memcached,
        OVER_MEMORY;
    #[cfg(all(feature = "redis-1", feature = "rusqlite-0"))]
    SqliteRedis = "cached_sqlite_redis": sqlite::Sqlite before redis::Single, OVER_SQLITE,
        |store| store.authority().path();
    #[cfg(all(feature = "memcached", feature = "rusqlite-0"))]
    SqliteMemcached = "cached_sqlite_memcached": sqlite::Sqlite before memcached::Memcached,
        OVER_SQLITE, |store| store.authority().path();
    #[cfg(all(feature = "redis-1", feature = "sqlx-0_9-postgres"))]
    PostgresRedis = "cached_postgres_redis": postgres::Postgres before redis::Single,
        OVER_DATABASE, |store| Some(Path::new(&store.authority().address));
    #[cfg(all(feature = "memcached", feature = "sqlx-0_9-postgres"))]
    PostgresMemcached = "cached_postgres_memcached": postgres::Postgres before memcached::Memcached,
        OVER_DATABASE, |store| Some(Path::new(&store.authority().address));
    #[cfg(all(feature = "redis-1", feature = "sqlx-0_9-mysql"))]
    MySqlRedis = "cached_mysql_redis": mysql::MySql before redis::Single,
        OVER_DATABASE, |store| Some(Path::new(&store.authority().address));
    #[cfg(all(feature = "memcached", feature = "sqlx-0_9-mysql"))]
    MySqlMemcached = "cached_mysql_memcached": mysql::MySql before memcached::Memcached,
        OVER_DATABASE, |store| Some(Path::new(&store.authority().address));
}

#[cfg(any(feature = "rusqlite-0", feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))]
impl<P> crate::apart::Placed for Pair<P>
where
    P: Pairing<Authority: crate::apart::Placed, Cache: crate::apart::Placed>,
{
    const ENGINE: &'static str = P::NAME;

    fn open(place: &Path) -> Result<Kept<P>, Failure> {
        let both = place.to_str().and_then(|place| place.split_once('|'));
        let (authority, cache) = both.ok_or_else(|| Failure::new("not two places"))?;
        let authority = P::Authority::open(authority.as_ref())?;
        Ok(Self::over(authority, P::Cache::open(cache.as_ref())?))
    }
}
