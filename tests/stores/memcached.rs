//! The store in Memcached.

use std::{
    future::Future,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    pin::Pin,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use cloakroom::{
    Backing, ConfigError, Key, KeyRing, SessionConfig, SessionManager, Values,
    store::{
        MemcachedStore, Record, RowKey, Store, StoreError, StoreTime,
        conformance::{Failure, Harness, Outage},
    },
};
use libtest_mimic::{Failed, Trial};

use super::{
    addressed::Addressed,
    apart::{Placed, peer},
    servers::{self, Shared, Source, memcached::ask, runtime},
};

#[derive(Default)]
pub(crate) struct Memcached;

/// The address is that of the server, a blank, and the prefix of the keys.
type Kept = Addressed<MemcachedStore>;

impl Placed for Memcached {
    const ENGINE: &'static str = "memcached";

    fn open(place: &Path) -> Result<Kept, Failure> {
        let address = place.to_str().ok_or_else(|| Failure::new("not an address"))?.to_owned();
        let (server, prefix) = parts(&address);
        let store = runtime().block_on(MemcachedStore::connect(server)).map_err(Failure::new)?;
        Ok(Addressed { store: store.prefix(prefix).map_err(Failure::new)?, address })
    }
}

impl Harness for Memcached {
    type Store = Kept;

    fn name(&self) -> String {
        Self::ENGINE.to_owned()
    }

    fn make(&self) -> Result<Kept, Failure> {
        fresh(&shared()?)
    }

    fn block_on(&self, work: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
        runtime().block_on(work);
    }

    fn exceptions(&self) -> &'static [(u8, &'static str)] {
        const OURS: [(u8, &str); 7] = [
            (33, "no medium"),
            (34, "no time zone"),
            (35, "the clock of the server is that of the machine"),
            (40, "no index of owners"),
            (41, "no index of owners"),
            (42, "no index of owners"),
            (44, "no schema"),
        ];
        const THEIRS: [(u8, &str); 9] = [
            (31, "a server that is not ours"),
            (32, "a server that is not ours"),
            OURS[0],
            OURS[1],
            OURS[2],
            OURS[3],
            OURS[4],
            OURS[5],
            OURS[6],
        ];
        match source() {
            Source::Running(_) => &THEIRS,
            _ => &OURS,
        }
    }

    fn outage(&self) -> Option<(Kept, Box<dyn Outage>)> {
        let server = own().ok()?;
        Some((fresh(&server.address()).ok()?, Box::new(server)))
    }

    fn dump(&self, store: &Arc<Kept>) -> Option<Box<[u8]>> {
        let (server, prefix) = parts(&store.address);
        let mut all = vec![];
        for line in ask(server, "lru_crawler metadump all", "END").ok()? {
            let key = line.strip_prefix("key=")?.split(' ').next()?;
            // The server writes what is not a letter or a digit in hex.
            let key = key.replace("%3A", ":").replace("%2D", "-").replace("%5F", "_");
            if key.starts_with(prefix) {
                let mut stream = TcpStream::connect(server).ok()?;
                stream.write_all(format!("mg {key} k v\r\nquit\r\n").as_bytes()).ok()?;
                stream.read_to_end(&mut all).ok()?;
            }
        }
        Some(all.into())
    }

    fn two_applications(&self) -> Option<(Kept, Kept)> {
        Some((self.make().ok()?, self.make().ok()?))
    }

    fn other_process(&self, store: &Arc<Kept>) -> Option<Command> {
        Some(peer(Self::ENGINE, Path::new(&store.address)))
    }
}

pub(crate) fn source() -> Source {
    servers::memcached::source()
}

/// A server for one test.
fn own() -> Result<servers::memcached::Memcached, Failure> {
    let Source::Installed(program) = source() else {
        return Err(Failure::new("no server of our own"));
    };
    servers::memcached::Memcached::start(&program).map_err(Failure::new)
}

/// The server that most tests share.
pub(crate) static SHARED: Shared<servers::memcached::Memcached> = Shared::new();

fn shared() -> Result<String, Failure> {
    use servers::memcached::Memcached;
    SHARED.address(&source(), Memcached::start, Memcached::address)
}

/// A store with keys of its own on the server at `address`.
fn fresh(address: &str) -> Result<Kept, Failure> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let address = format!("{address} test-{}-{number}:", std::process::id());
    Memcached::open(Path::new(&address))
}

fn parts(address: &str) -> (&str, &str) {
    address.split_once(' ').unwrap_or((address, ""))
}

/// What is true of this engine alone.
pub(crate) fn trials() -> Vec<Trial> {
    let named =
        |name, test: fn() -> Result<(), Failed>| Trial::test(format!("memcached::{name}"), test);
    vec![
        named("as_the_only_place_it_has_to_be_allowed", as_the_only_place_it_has_to_be_allowed),
        named("prefixes_that_do_not_fit", prefixes_that_do_not_fit),
        named("answers_that_are_none", answers_that_are_none),
        named("a_connection_that_is_given_up", a_connection_that_is_given_up),
    ]
}

fn as_the_only_place_it_has_to_be_allowed() -> Result<(), Failed> {
    let manager = |backing: Backing<Values>| -> Result<_, Failed> {
        let config = SessionConfig::new(KeyRing::new(Key::generate()?), "shop");
        Ok(SessionManager::<Values>::with_store(config, backing).map(drop))
    };
    let refused = manager(Backing::new(Memcached.make()?))?;
    let named = matches!(refused, Err(ConfigError::VolatileStore { engine: "memcached" }));
    assert!(named, "{refused:?}");
    assert!(manager(Backing::new(Memcached.make()?).volatile_ok(true))?.is_ok());
    let memory = cloakroom::store::MemoryStore::new();
    let cached = cloakroom::store::Cached::new(memory, Memcached.make()?);
    assert!(manager(Backing::new(cached))?.is_ok());
    Ok(())
}

fn prefixes_that_do_not_fit() -> Result<(), Failed> {
    for (prefix, fits) in [
        ("shop:", true),
        ("", true),
        (&*"x".repeat(100), true),
        (&*"x".repeat(101), false),
        ("a b", false),
        ("a\r\nflush_all", false),
        ("caf\u{e9}", false),
    ] {
        let store = runtime().block_on(MemcachedStore::connect(&shared()?))?;
        let answer = store.prefix(prefix).map(drop);
        let refused = matches!(answer, Err(StoreError::Setup { engine: "memcached", .. }));
        assert_eq!((answer.is_ok(), refused), (fits, !fits), "{prefix:?}");
    }
    Ok(())
}

const KEY: RowKey = RowKey::from_bytes([7; 32]);

/// The address of a server that says hello and then always the same.
fn actor(says: &'static [u8]) -> Result<String, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            thread::spawn(move || {
                let mut request = [0; 4096];
                while let Ok(1..) = stream.read(&mut request) {
                    let hello = request.starts_with(b"mn");
                    if stream.write_all(if hello { b"MN\r\n" } else { says }).is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok(address)
}

/// Every one is an error, and none is a record or the lack of one.
fn answers_that_are_none() -> Result<(), Failed> {
    for says in [
        &b"ERROR\r\n"[..],
        b"SERVER_ERROR out of memory storing object\r\n",
        b"CLIENT_ERROR bad data chunk of shop:secret\r\n",
        b"VA 16 c1\r\n0123456789abcdefXX",
        b"VA 3 c1\r\nabc\r\n",
        b"VA 9999999999 c1\r\n",
        b"HD\r\n",
        b"MN\r\n",
        b"\r\n",
    ] {
        let address = actor(says)?;
        let store = runtime().block_on(MemcachedStore::connect(&address))?;
        let answer = runtime().block_on(store.load(&KEY));
        let shown = format!("{answer:?}");
        assert!(answer.is_err() && !shown.contains("secret"), "{shown}");
    }
    let address = actor(b"EN\r\n")?;
    let store = runtime().block_on(MemcachedStore::connect(&address))?;
    assert_eq!(runtime().block_on(store.load(&KEY)), Ok(None));
    Ok(())
}

/// Its answer is read by nobody: the next call has another connection.
fn a_connection_that_is_given_up() -> Result<(), Failed> {
    let store = Memcached.make()?;
    let now = StoreTime::now();
    let record = Record::new(b"in", now, now.plus(Duration::from_secs(3600)));
    runtime().block_on(async {
        store.create(&KEY, &record).await?;
        for _ in 0..200 {
            // Sent, and given up before its answer is read.
            let mut load = Box::pin(store.load(&KEY));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let early = load.as_mut().poll(&mut context);
            drop(load);
            drop(early);
            assert_eq!(store.load(&RowKey::from_bytes([8; 32])).await, Ok(None));
        }
        Ok(())
    })
}
