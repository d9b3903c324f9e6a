//! The store in Redis, alone and in a cluster.

use std::{
    future::Future,
    io,
    path::Path,
    pin::Pin,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cloakroom::store::{
    AnyOwnerIndex, Owner, Record, RedisStore, RowKey, Store, StoreError, StoreTime,
    conformance::{Failure, Hand, Harness, Outage},
};
use libtest_mimic::{Failed, Trial};
use redis::{Client, Connection, FromRedisValue};

use super::{
    addressed::Addressed,
    apart::{Placed, peer},
    servers::{self, Shared, Source, runtime},
};

#[derive(Default)]
pub(crate) struct Redis<const CLUSTER: bool>;

pub(crate) type Single = Redis<false>;
pub(crate) type Cluster = Redis<true>;

/// The address is that of the server, a blank, and the prefix of the keys.
type Kept = Addressed<RedisStore>;

impl<const CLUSTER: bool> Placed for Redis<CLUSTER> {
    const ENGINE: &'static str = if CLUSTER { "redis_cluster" } else { "redis" };

    fn open(place: &Path) -> Result<Kept, Failure> {
        let address = place.to_str().ok_or_else(|| Failure::new("not an address"))?.to_owned();
        let (url, prefix) = parts(&address);
        let store = runtime().block_on(RedisStore::connect(url)).map_err(Failure::new)?;
        Ok(Addressed { store: store.prefix(prefix), address })
    }
}

impl<const CLUSTER: bool> Harness for Redis<CLUSTER> {
    type Store = Kept;

    fn name(&self) -> String {
        Self::ENGINE.to_owned()
    }

    fn make(&self) -> Result<Kept, Failure> {
        fresh(&shared(CLUSTER)?)
    }

    fn block_on(&self, work: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
        runtime().block_on(work);
    }

    fn exceptions(&self) -> &'static [(u8, &'static str)] {
        const OURS: [(u8, &str); 3] = [
            (34, "no time zone"),
            (35, "the clock of the server is that of the machine"),
            (44, "no schema"),
        ];
        match source() {
            Source::Running(_) => &[
                (31, "a server that is not ours"),
                (32, "a server that is not ours"),
                (33, "a server that is not ours"),
                OURS[0],
                OURS[1],
                OURS[2],
            ],
            _ => &OURS,
        }
    }

    fn outage(&self) -> Option<(Kept, Box<dyn Outage>)> {
        let server = own(CLUSTER).ok()?;
        Some((fresh(&server.address()).ok()?, Box::new(server)))
    }

    fn refusing_writes(&self) -> Option<(Kept, Hand<bool>)> {
        let server = own(CLUSTER).ok()?;
        let store = fresh(&server.address()).ok()?;
        let hand = move |refuse| {
            let most = if refuse { "1" } else { "0" };
            let mut connection = server.connection().unwrap();
            ask::<()>(&mut connection, &["CONFIG", "SET", "maxmemory", most]).unwrap();
        };
        Some((store, Box::new(hand)))
    }

    fn dump(&self, store: &Arc<Kept>) -> Option<Box<[u8]>> {
        let mut all = vec![];
        let mut connection = connect(&store.address).ok()?;
        for key in keys(&mut connection, &store.address, "").ok()? {
            all.extend(key.as_bytes());
            let kind: String = ask(&mut connection, &["TYPE", &key]).ok()?;
            match kind.as_str() {
                "string" => all.extend(ask::<Vec<u8>>(&mut connection, &["GET", &key]).ok()?),
                "zset" => {
                    let words = ["ZRANGE", &key, "0", "-1"];
                    all.extend(ask::<Vec<Vec<u8>>>(&mut connection, &words).ok()?.concat());
                }
                _ => return None,
            }
        }
        Some(all.into())
    }

    fn owner_index(&self, store: &Arc<Kept>) -> Option<AnyOwnerIndex> {
        Some(Addressed::index(store))
    }

    fn owner_entries(&self, store: &Arc<Kept>) -> Option<u64> {
        let mut connection = connect(&store.address).ok()?;
        let mut count = 0;
        for key in keys(&mut connection, &store.address, "u:").ok()? {
            count += ask::<u64>(&mut connection, &["ZCARD", &key]).ok()?;
        }
        Some(count)
    }

    fn two_applications(&self) -> Option<(Kept, Kept)> {
        Some((self.make().ok()?, self.make().ok()?))
    }

    fn other_process(&self, store: &Arc<Kept>) -> Option<Command> {
        Some(peer(Self::ENGINE, Path::new(&store.address)))
    }
}

pub(crate) fn source() -> Source {
    servers::redis::source()
}

/// A server for one test.
pub(crate) fn own(cluster: bool) -> Result<servers::redis::Redis, Failure> {
    let Source::Installed(program) = source() else {
        return Err(Failure::new("no server of our own"));
    };
    servers::redis::Redis::start(&program, cluster).map_err(Failure::new)
}

/// The servers that most tests share: one alone, and one that is a cluster.
static SHARED: [Shared<servers::redis::Redis>; 2] = [Shared::new(), Shared::new()];

/// The address of one of them.
pub(crate) fn shared(cluster: bool) -> Result<String, Failure> {
    let start = |program: &Path| servers::redis::Redis::start(program, cluster);
    SHARED[usize::from(cluster)].address(&source(), start, servers::redis::Redis::address)
}

/// Ends the servers that tests shared.
pub(crate) fn stop() {
    SHARED.iter().for_each(Shared::stop);
}

/// A store with keys of its own on the server at `url`.
pub(crate) fn fresh(url: &str) -> Result<Kept, Failure> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let address = format!("{url} test-{}-{number}:", std::process::id());
    Single::open(Path::new(&address))
}

fn parts(address: &str) -> (&str, &str) {
    address.split_once(' ').unwrap_or((address, ""))
}

fn connect(address: &str) -> redis::RedisResult<Connection> {
    Client::open(parts(address).0)?.get_connection()
}

fn ask<T: FromRedisValue>(connection: &mut Connection, words: &[&str]) -> redis::RedisResult<T> {
    redis::cmd(words[0]).arg(&words[1..]).query(connection)
}

fn keys(connection: &mut Connection, address: &str, kind: &str) -> redis::RedisResult<Vec<String>> {
    ask(connection, &["KEYS", &format!("{}{kind}*", parts(address).1)])
}

/// What is true of this engine alone.
pub(crate) fn trials() -> Vec<Trial> {
    let ours = matches!(source(), Source::Installed(_));
    [
        ("a_lost_connection", a_lost_connection as fn() -> Result<(), Failed>),
        ("a_server_that_evicts", a_server_that_evicts),
        ("every_script_is_sent_once", every_script_is_sent_once),
        ("urls_and_servers_that_do_not_fit", urls_and_servers_that_do_not_fit),
    ]
    .map(|(name, test)| Trial::test(format!("redis::{name}"), test).with_ignored_flag(!ours))
    .into()
}

const KEY: RowKey = RowKey::from_bytes([7; 32]);

fn record(data: &[u8]) -> Record<'_> {
    let now = StoreTime::now();
    Record::new(data, now, now.plus(Duration::from_secs(3600)))
}

/// Every call but a move, which is not sent twice, does what it has to on a new connection.
fn a_lost_connection() -> Result<(), Failed> {
    let server = own(false)?;
    let store = fresh(&server.address())?.store;
    let cut = || -> io::Result<()> {
        let mut connection = server.connection()?;
        ask::<()>(&mut connection, &["CLIENT", "KILL", "TYPE", "normal"]).map_err(io::Error::other)
    };
    runtime().block_on(async {
        for _ in 0..20 {
            cut()?;
            let version = store.create(&KEY, &record(b"old")).await?;
            cut()?;
            store.update(&KEY, Some(version), &record(b"new")).await?;
            cut()?;
            assert!(store.touch(&KEY, StoreTime::now()).await?);
            cut()?;
            assert_eq!(store.load(&KEY).await?.map(|there| there.data), Some(b"new".to_vec()));
            cut()?;
            assert!(store.delete(&KEY).await?);
        }
        Ok(())
    })
}

fn a_server_that_evicts() -> Result<(), Failed> {
    let server = own(false)?;
    let store = fresh(&server.address())?.store;
    for (policy, fits) in [("allkeys-lru", false), ("volatile-lru", true), ("noeviction", true)] {
        let words = ["CONFIG", "SET", "maxmemory-policy", policy];
        ask::<()>(&mut server.connection()?, &words)?;
        let answer = runtime().block_on(store.check());
        let refused = matches!(answer, Err(StoreError::Setup { engine: "redis", .. }));
        assert_eq!((answer.is_ok(), refused), (fits, !fits), "{policy}");
    }
    // Whoever may not ask is not refused.
    let words = ["ACL", "SETUSER", "default", "-config", "-info"];
    ask::<()>(&mut server.connection()?, &words)?;
    assert_eq!(runtime().block_on(store.check()), Ok(()));
    Ok(())
}

/// The name that each script has here is the one that the server gives it.
fn every_script_is_sent_once() -> Result<(), Failed> {
    let server = own(false)?;
    let store = fresh(&server.address())?;
    let store = Arc::new(store);
    let index = Addressed::index(&store);
    let owner = Owner::new(*b"alice").ok_or("no owner")?;
    runtime().block_on(async {
        for _ in 0..5 {
            let record = record(b"x").owned_by(Some(&owner));
            store.create(&KEY, &record).await?;
            store.update(&KEY, None, &record).await?;
            store.touch(&KEY, StoreTime::now()).await?;
            assert_eq!(index.list(&owner).await?.len(), 1);
            store.delete(&KEY).await?;
            assert_eq!(index.list(&owner).await?.len(), 0);
        }
        Ok::<(), Failed>(())
    })?;
    let stats: String = ask(&mut server.connection()?, &["INFO", "commandstats"])?;
    let calls = |command: &str| -> Option<u32> {
        let line = stats.lines().find(|line| line.starts_with(command))?;
        line.split(['=', ',']).nth(1)?.parse().ok()
    };
    // Create, update, touch, delete; note, list, forget.
    assert_eq!(calls("cmdstat_eval:"), Some(7), "{stats}");
    assert!(calls("cmdstat_evalsha:") > Some(35), "{stats}");
    Ok(())
}

fn urls_and_servers_that_do_not_fit() -> Result<(), Failed> {
    let connect = |url| runtime().block_on(RedisStore::connect(url)).map(drop);
    for url in ["", "nonsense", "http://user:secret@host/", "rediss://user:secret@host/"] {
        let answer = connect(url);
        assert!(matches!(answer, Err(StoreError::Setup { engine: "redis", .. })), "{answer:?}");
        assert!(!format!("{answer:?}").contains("secret"), "{answer:?}");
    }
    let mut server = own(false)?;
    let url = server.address();
    server.kill()?;
    let answer = connect(&url);
    assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    Ok(())
}
