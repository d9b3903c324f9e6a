//! Copies in one store of what is in another.

#[cfg(all(unix, any(feature = "memcached", feature = "redis-1")))]
mod down;
#[cfg(all(unix, any(feature = "memcached", feature = "redis-1")))]
mod servers;

use std::{future::Future, pin::Pin, process::Command, sync::Arc, time::Duration};

use cloakroom::store::{
    AnyOwnerIndex, Cached, OwnerIndex,
    conformance::{Failure, Hand, Harness, Installer, Outage},
};

#[cfg(all(unix, any(feature = "memcached", feature = "redis-1")))]
pub(crate) use self::{down::*, servers::*};
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
        // The authorities run anywhere, or where these caches do.
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

    fn in_time_zone(&self, zone: &str) -> Option<Kept<P>> {
        Some(Self::over(self.authority.in_time_zone(zone)?, self.cache.make().ok()?))
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
