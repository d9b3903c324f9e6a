//! Copies in one store of what is in another.

use std::{future::Future, pin::Pin, process::Command, sync::Arc, time::Duration};

use cloakroom::store::{
    AnyOwnerIndex, Cached, OwnerIndex,
    conformance::{Failure, Hand, Harness, Installer, Outage},
};

use super::memory::Memory;

/// An authority and a cache.
pub(crate) trait Pairing: Default + Send + Sync + 'static {
    type Authority: Harness<Store: OwnerIndex> + Default;
    type Cache: Harness + Default;

    const NAME: &'static str;
    const EXCEPTIONS: &'static [(u8, &'static str)];

    /// Another process with the same two stores.
    fn other_process(_store: &Arc<Kept<Self>>) -> Option<Command> {
        None
    }
}

pub(crate) type Kept<P> = Cached<
    Arc<<<P as Pairing>::Authority as Harness>::Store>,
    Arc<<<P as Pairing>::Cache as Harness>::Store>,
>;

#[derive(Default)]
pub(crate) struct Pair<P: Pairing> {
    authority: P::Authority,
    cache: P::Cache,
}

impl<P: Pairing> Pair<P> {
    fn over(
        authority: <P::Authority as Harness>::Store,
        cache: <P::Cache as Harness>::Store,
    ) -> Kept<P> {
        // No verdict here is one on how fast the machine is.
        let patience = Duration::from_secs(30);
        Cached::new(Arc::new(authority), Arc::new(cache)).cache_deadlines(patience, patience)
    }
}

impl<P: Pairing> Harness for Pair<P> {
    type Store = Kept<P>;

    fn name(&self) -> String {
        P::NAME.to_owned()
    }

    fn make(&self) -> Result<Kept<P>, Failure> {
        Ok(Self::over(self.authority.make()?, self.cache.make()?))
    }

    fn block_on(&self, work: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
        // The authorities here run anywhere.
        self.cache.block_on(work);
    }

    fn exceptions(&self) -> &'static [(u8, &'static str)] {
        P::EXCEPTIONS
    }

    fn outage(&self) -> Option<(Kept<P>, Box<dyn Outage>)> {
        let (cache, server) = self.cache.outage()?;
        Some((Self::over(self.authority.make().ok()?, cache), server))
    }

    fn refusing_writes(&self) -> Option<(Kept<P>, Hand<bool>)> {
        let (authority, hand) = self.authority.refusing_writes()?;
        Some((Self::over(authority, self.cache.make().ok()?), hand))
    }

    fn with_clock(&self) -> Option<(Kept<P>, Hand<i64>)> {
        let (authority, mut set_authority) = self.authority.with_clock()?;
        let (cache, mut set_cache) = self.cache.with_clock()?;
        let set = move |millis| {
            set_authority(millis);
            set_cache(millis);
        };
        Some((Self::over(authority, cache), Box::new(set)))
    }

    fn dump(&self, store: &Arc<Kept<P>>) -> Option<Box<[u8]>> {
        let authority = self.authority.dump(store.authority())?;
        // A cache in memory has nothing at rest.
        let cache = self.cache.dump(store.cache()).unwrap_or_default();
        Some([authority, cache].concat().into())
    }

    fn owner_index(&self, store: &Arc<Kept<P>>) -> Option<AnyOwnerIndex> {
        Some(AnyOwnerIndex::new(Arc::clone(store)))
    }

    fn owner_entries(&self, store: &Arc<Kept<P>>) -> Option<u64> {
        self.authority.owner_entries(store.authority())
    }

    fn two_applications(&self) -> Option<(Kept<P>, Kept<P>)> {
        Some((self.make().ok()?, self.make().ok()?))
    }

    fn installer(&self) -> Option<(Installer, Kept<P>)> {
        let (install, authority) = self.authority.installer()?;
        Some((install, Self::over(authority, self.cache.make().ok()?)))
    }

    fn other_process(&self, store: &Arc<Kept<P>>) -> Option<Command> {
        P::other_process(store)
    }
}

#[derive(Default)]
pub(crate) struct MemoryMemory;

impl Pairing for MemoryMemory {
    type Authority = Memory;
    type Cache = Memory;

    const NAME: &'static str = "cached_memory_memory";
    const EXCEPTIONS: &'static [(u8, &'static str)] = &[
        (31, "no server"),
        (32, "no server"),
        (33, "no medium"),
        (34, "no time zone"),
        (37, "nothing at rest"),
        (43, "two applications share no memory"),
        (44, "no schema"),
        (45, "no process shares it"),
    ];
}

#[cfg(feature = "rusqlite-0")]
#[derive(Default)]
pub(crate) struct SqliteMemory;

#[cfg(feature = "rusqlite-0")]
impl Pairing for SqliteMemory {
    type Authority = super::sqlite::Sqlite;
    type Cache = Memory;

    const NAME: &'static str = "cached_sqlite_memory";
    const EXCEPTIONS: &'static [(u8, &'static str)] = &[
        (31, "no server"),
        (32, "no server"),
        (34, "no time zone"),
        (45, "processes have to share the cache"),
    ];
}

#[cfg(all(unix, any(feature = "memcached", feature = "redis-1")))]
pub(crate) use self::servers::*;

#[cfg(all(unix, any(feature = "memcached", feature = "redis-1")))]
mod servers {
    use cloakroom::store::{CreateError, Record, RowKey, Store, StoreTime, UpdateError};
    use libtest_mimic::{Failed, Trial};

    use super::{super::servers::wait_for, *};

    const ANSWERS: &str = "the authority answers while the cache is down; see below";
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

    #[cfg(feature = "redis-1")]
    #[derive(Default)]
    pub(crate) struct MemoryRedis;

    #[cfg(feature = "redis-1")]
    impl Pairing for MemoryRedis {
        type Authority = Memory;
        type Cache = super::super::redis::Single;

        const NAME: &'static str = "cached_memory_redis";
        const EXCEPTIONS: &'static [(u8, &'static str)] = OVER_MEMORY;
    }

    #[cfg(all(feature = "redis-1", feature = "rusqlite-0"))]
    #[derive(Default)]
    pub(crate) struct SqliteRedis;

    #[cfg(all(feature = "redis-1", feature = "rusqlite-0"))]
    impl Pairing for SqliteRedis {
        type Authority = super::super::sqlite::Sqlite;
        type Cache = super::super::redis::Single;

        const NAME: &'static str = "cached_sqlite_redis";
        const EXCEPTIONS: &'static [(u8, &'static str)] = OVER_SQLITE;

        fn other_process(store: &Arc<Kept<Self>>) -> Option<Command> {
            peer_of_two::<Self>(store.authority().path()?, &store.cache().address)
        }
    }

    #[cfg(feature = "memcached")]
    #[derive(Default)]
    pub(crate) struct MemoryMemcached;

    #[cfg(feature = "memcached")]
    impl Pairing for MemoryMemcached {
        type Authority = Memory;
        type Cache = super::super::memcached::Memcached;

        const NAME: &'static str = "cached_memory_memcached";
        const EXCEPTIONS: &'static [(u8, &'static str)] = OVER_MEMORY;
    }

    #[cfg(all(feature = "memcached", feature = "rusqlite-0"))]
    #[derive(Default)]
    pub(crate) struct SqliteMemcached;

    #[cfg(all(feature = "memcached", feature = "rusqlite-0"))]
    impl Pairing for SqliteMemcached {
        type Authority = super::super::sqlite::Sqlite;
        type Cache = super::super::memcached::Memcached;

        const NAME: &'static str = "cached_sqlite_memcached";
        const EXCEPTIONS: &'static [(u8, &'static str)] = OVER_SQLITE;

        fn other_process(store: &Arc<Kept<Self>>) -> Option<Command> {
            peer_of_two::<Self>(store.authority().path()?, &store.cache().address)
        }
    }

    #[cfg(feature = "rusqlite-0")]
    pub(super) fn peer_of_two<P: Pairing>(
        authority: &std::path::Path,
        cache: &str,
    ) -> Option<Command> {
        let place = format!("{}|{cache}", authority.display());
        Some(super::super::apart::peer(P::NAME, place.as_ref()))
    }

    #[cfg(feature = "rusqlite-0")]
    impl<P> super::super::apart::Placed for Pair<P>
    where
        P: Pairing<Authority: super::super::apart::Placed, Cache: super::super::apart::Placed>,
    {
        const ENGINE: &'static str = P::NAME;

        fn open(place: &std::path::Path) -> Result<Kept<P>, Failure> {
            let both = place.to_str().and_then(|place| place.split_once('|'));
            let (authority, cache) = both.ok_or_else(|| Failure::new("not two places"))?;
            let authority = P::Authority::open(authority.as_ref())?;
            Ok(Self::over(authority, P::Cache::open(cache.as_ref())?))
        }
    }

    /// What becomes of calls while the cache is frozen, and then killed.
    pub(crate) fn trials_of_outages<P: Pairing>() -> Vec<Trial> {
        let ours = Pair::<P>::default().cache.outage().is_some();
        let name = format!("{}::the_cache_is_down", P::NAME);
        vec![Trial::test(name, the_cache_is_down::<P>).with_ignored_flag(!ours)]
    }

    fn the_cache_is_down<P: Pairing>() -> Result<(), Failed> {
        let pair = Pair::<P>::default();
        for frozen in [true, false] {
            let (cache, mut server) = pair.cache.outage().ok_or("no server")?;
            // With the deadlines of the default.
            let store = Cached::new(Arc::new(pair.authority.make()?), Arc::new(cache));
            let [a, b, c] = [1, 2, 3].map(|byte| RowKey::from_bytes([byte; 32]));
            let now = StoreTime::now();
            let record = |data| Record::new(data, now, now.plus(Duration::from_secs(3600)));
            let run = |work: Pin<Box<dyn Future<Output = ()> + Send + '_>>| pair.block_on(work);

            run(Box::pin(async {
                store.create(&a, &record(b"a")).await.unwrap();
                store.create(&b, &record(b"b")).await.unwrap();
                assert!(store.load(&a).await.unwrap().is_some());
            }));
            if frozen {
                server.freeze()?
            } else {
                server.kill()?
            }
            run(Box::pin(async {
                for _ in 0..10 {
                    assert!(store.load(&a).await.unwrap().is_some(), "not from the authority");
                    assert!(store.load(&c).await.unwrap().is_none(), "there is no such record");
                    store.update(&b, None, &record(b"new")).await.unwrap();
                }
                assert_eq!(store.load(&b).await.unwrap().unwrap().data, b"new");
                let created = store.create(&b, &record(b"x")).await;
                assert_eq!(created, Err(CreateError::Exists));
                // A copy of it could come back.
                assert!(store.delete(&a).await.is_err());
                let moved = store.rotate(&b, &c, &record(b"x")).await;
                assert!(matches!(moved, Err(UpdateError::Store(_))), "{moved:?}");
                assert!(store.load(&a).await.unwrap().is_none(), "the record is gone");
            }));
            if frozen {
                server.thaw()?
            } else {
                server.start()?
            }
            // Once the breaker lets calls through.
            wait_for(|| {
                let mut answer = Ok(false);
                run(Box::pin(async { answer = store.delete(&a).await }));
                answer
            })?;
            run(Box::pin(async {
                for _ in 0..10 {
                    assert!(store.load(&a).await.unwrap().is_none(), "it is back");
                }
                store.rotate(&b, &c, &record(b"moved")).await.unwrap();
                assert!(store.load(&b).await.unwrap().is_none(), "the old key lives");
                assert_eq!(store.load(&c).await.unwrap().unwrap().data, b"moved");
            }));
        }
        Ok(())
    }
}
