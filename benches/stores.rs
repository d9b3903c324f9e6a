//! Loads and updates of every store that this build has, beside the opening of a sealed cookie that
//! holds as much: `cargo bench --bench stores --all-features`.
//!
//! All of it runs in one process in turns, and what is printed is medians and their ratios to the
//! cookie's. Servers are started from what is installed, on sockets of this machine: a network is not
//! in these figures. `-- purge` puts a million expired rows into each database instead, removes them in
//! batches, and prints how long a reader beside it waited.

#![allow(missing_docs, unreachable_pub)]
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cloakroom::Protection;
use cloakroom::store::{AnyStore, FileStore, MemoryStore, Record, RowKey, Store, StoreTime};

mod codecs;
mod records;
#[allow(dead_code)]
#[path = "../tests/stores/servers/mod.rs"]
mod servers;

use codecs::{codec, open, seal};
use records::{Member, Record as _};
use servers::Source;

const ROUNDS: usize = 2000;
const BYTES: usize = 256;
const ROWS: u64 = 1_000_000;
const BATCH: usize = 1000;

fn main() {
    let purge = std::env::args().any(|arg| arg == "purge");
    for (name, make) in stores() {
        let Some((store, server)) = make() else {
            println!("{name:<10} not installed");
            continue;
        };
        if purge {
            purge_beside_a_reader(name, &store)
        } else {
            calls(name, &store)
        }
        drop(server);
    }
    servers::clear();
}

/// A store, and what keeps its server running.
type Made = Option<(AnyStore, Box<dyn std::any::Any>)>;
type Engine = (&'static str, fn() -> Made);

fn stores() -> Vec<Engine> {
    vec![
        ("memory", || Some((AnyStore::new(MemoryStore::new()), Box::new(())))),
        ("file", || Some((AnyStore::new(FileStore::open(private("file")).unwrap()), Box::new(())))),
        #[cfg(feature = "rusqlite-0")]
        ("sqlite", || {
            let file = private("sqlite").join("sessions.sqlite");
            Some((AnyStore::new(cloakroom::store::SqliteStore::open(file).unwrap()), Box::new(())))
        }),
        #[cfg(feature = "memcached")]
        ("memcached", || {
            let server =
                servers::memcached::Memcached::start(&program(&servers::memcached::source())?);
            let server = server.unwrap();
            let address = server.address();
            let store = cloakroom::store::MemcachedStore::connect(&address).await_here().unwrap();
            Some((AnyStore::new(store), Box::new(server)))
        }),
        #[cfg(feature = "redis-1")]
        ("redis", || {
            let server = servers::redis::Redis::start(&program(&servers::redis::source())?, false);
            let server = server.unwrap();
            let store = cloakroom::store::RedisStore::connect(&server.address()).await_here();
            Some((AnyStore::new(store.unwrap()), Box::new(server)))
        }),
        #[cfg(feature = "sqlx-0_9-postgres")]
        ("postgres", || {
            let server =
                servers::postgres::Postgres::start(&program(&servers::postgres::source())?);
            let server = server.unwrap();
            let store =
                cloakroom::store::PostgresStore::connect(&server.address()).await_here().unwrap();
            store.install().await_here().unwrap();
            Some((AnyStore::new(store), Box::new(server)))
        }),
        #[cfg(feature = "sqlx-0_9-mysql")]
        ("mysql", || {
            let server = servers::mariadb::MariaDb::start(&program(&servers::mariadb::source())?);
            let server = server.unwrap();
            let store =
                cloakroom::store::MySqlStore::connect(&server.address()).await_here().unwrap();
            store.install().await_here().unwrap();
            Some((AnyStore::new(store), Box::new(server)))
        }),
    ]
}

/// Loads, updates and openings in turns.
fn calls(name: &str, store: &AnyStore) {
    let codec = codec(Protection::Encrypted, 1);
    let cookie = seal(&codec, &Member::example());
    let data = vec![7; BYTES];
    let (key, now) = (RowKey::from_bytes([9; 32]), StoreTime::now());
    let record = Record::new(&data, now, now.plus(Duration::from_secs(3600)));
    store.create(&key, &record).await_here().unwrap();
    let (mut opens, mut loads, mut updates) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        opens.push(timed(|| drop(open(&codec, &cookie))));
        loads.push(timed(|| drop(store.load(&key).await_here().unwrap())));
        updates.push(timed(|| {
            store.update(&key, None, &record).await_here().unwrap();
        }));
    }
    let [opened, loaded, updated] = [opens, loads, updates].map(median);
    let of = |time: Duration| time.as_secs_f64() / opened.as_secs_f64();
    println!(
        "{name:<10} load {:>8.1} us, {:>6.1} openings   update {:>8.1} us, {:>6.1} openings   (opening {:.2} us)",
        loaded.as_secs_f64() * 1e6,
        of(loaded),
        updated.as_secs_f64() * 1e6,
        of(updated),
        opened.as_secs_f64() * 1e6,
    );
}

/// What a reader waits while expired rows are removed.
fn purge_beside_a_reader(name: &str, store: &AnyStore) {
    if store.traits().expires_itself {
        return println!("{name:<10} expires by itself");
    }
    // Others would take their time to make a million rows.
    let rows = if ["file", "mysql"].contains(&name) { 20_000 } else { ROWS };
    let data = vec![7; BYTES];
    let now = StoreTime::now();
    let live = RowKey::from_bytes([9; 32]);
    let record = Record::new(&data, now, now.plus(Duration::from_secs(36_000)));
    store.create(&live, &record).await_here().unwrap();
    let expires = now.plus(Duration::from_millis(1));
    thread::scope(|scope| {
        for part in 0..8 {
            scope.spawn(move || {
                let record = Record::new(&[7; BYTES], now, expires);
                for nth in (part..rows).step_by(8) {
                    let mut key = [0; 32];
                    key[..8]
                        .copy_from_slice(&nth.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
                    key[8..16].copy_from_slice(&nth.to_be_bytes());
                    store.create(&RowKey::from_bytes(key), &record).await_here().unwrap();
                }
            });
        }
    });
    let over = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    let (removed, mut waits) = thread::scope(|scope| {
        let seen = Arc::clone(&over);
        let reader = scope.spawn(move || {
            let mut waits = vec![];
            while !seen.load(Ordering::SeqCst) {
                waits.push(timed(|| assert!(store.load(&live).await_here().unwrap().is_some())));
                thread::sleep(Duration::from_micros(200));
            }
            waits
        });
        let (mut removed, mut idle) = (0, 0);
        // A store may look at a part of its rows only in one call.
        while idle < 300 {
            let step = store.purge(BATCH).await_here().unwrap();
            removed += step;
            idle = if step == 0 { idle + 1 } else { 0 };
        }
        over.store(true, Ordering::SeqCst);
        (removed, reader.join().unwrap())
    });
    waits.sort_unstable();
    let at = |part: f64| waits[((waits.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    println!(
        "{name:<10} {removed} of {rows} removed in {:.1} s; {} reads beside it: median {:.2} ms, 99 % {:.2} ms, longest {:.2} ms",
        begun.elapsed().as_secs_f64(),
        waits.len(),
        at(0.5),
        at(0.99),
        at(1.0),
    );
}

/// Waits for a call where the drivers of databases run.
trait AwaitHere: Future + Sized {
    fn await_here(self) -> Self::Output {
        servers::runtime().block_on(self)
    }
}

impl<F: Future> AwaitHere for F {}

#[cfg_attr(not(feature = "redis-1"), allow(dead_code))]
fn program(source: &Source) -> Option<std::path::PathBuf> {
    match source {
        Source::Installed(program) => Some(program.clone()),
        _ => None,
    }
}

fn private(name: &str) -> std::path::PathBuf {
    let folder = servers::folder(name).unwrap();
    let private: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&folder, private).unwrap();
    folder
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
