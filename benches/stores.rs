//! Loads and updates of every store that this build has, beside the opening of a sealed cookie that
//! holds as much: `cargo bench --bench stores --all-features`.
//!
//! All of it runs in one process in turns, and what is printed is medians and their ratios to the
//! cookie's. Servers are started from what is installed, on sockets of this machine: a network is not
//! in these figures. `-- purge` puts a million expired rows into each store instead, a tenth of that into
//! files, removes them in batches, and prints how long a reader beside it waited. Names of stores behind
//! it leave the others out.

#![allow(missing_docs, unreachable_pub)]
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

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
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let (purge, names): (Vec<_>, Vec<_>) = words.iter().partition(|word| *word == "purge");
    for (name, make) in stores() {
        if !names.is_empty() && !names.iter().any(|wanted| *wanted == name) {
            continue;
        }
        let Some(made) = make() else {
            println!("{name:<10} not installed");
            continue;
        };
        if purge.is_empty() { calls(name, &made.store) } else { purge_beside_a_reader(name, &made) }
    }
    servers::clear();
}

/// A store.
struct Made {
    store: AnyStore,
    /// Fills it with so many rows that expire then, where that is quicker than one by one.
    fill: Option<Box<dyn Fn(u64, StoreTime)>>,
    /// What keeps its server running.
    _server: Box<dyn std::any::Any>,
}

impl Made {
    #[allow(clippy::unnecessary_wraps)]
    fn new(store: impl Store, server: impl std::any::Any) -> Option<Self> {
        Some(Self { store: AnyStore::new(store), fill: None, _server: Box::new(server) })
    }
}

type Engine = (&'static str, fn() -> Option<Made>);

fn stores() -> Vec<Engine> {
    vec![
        ("memory", || Made::new(MemoryStore::new(), ())),
        ("file", || {
            Made::new(FileStore::open(servers::private_folder("file").unwrap()).unwrap(), ())
        }),
        #[cfg(feature = "rusqlite-0")]
        ("sqlite", || {
            let file = servers::private_folder("sqlite").unwrap().join("sessions.sqlite");
            Made::new(cloakroom::store::SqliteStore::open(file).unwrap(), ())
        }),
        #[cfg(feature = "memcached")]
        ("memcached", || {
            let server =
                servers::memcached::Memcached::start(&program(&servers::memcached::source())?);
            let server = server.unwrap();
            let address = server.address();
            let store = cloakroom::store::MemcachedStore::connect(&address).await_here().unwrap();
            Made::new(store, server)
        }),
        #[cfg(feature = "redis-1")]
        ("redis", || {
            let server = servers::redis::Redis::start(&program(&servers::redis::source())?, false);
            let server = server.unwrap();
            let store = cloakroom::store::RedisStore::connect(&server.address()).await_here();
            Made::new(store.unwrap(), server)
        }),
        #[cfg(feature = "sqlx-0_9-postgres")]
        ("postgres", || {
            let server =
                servers::postgres::Postgres::start(&program(&servers::postgres::source())?);
            let server = server.unwrap();
            let address = server.address();
            let store = cloakroom::store::PostgresStore::connect(&address).await_here().unwrap();
            store.install().await_here().unwrap();
            let fill = move |rows, expires: StoreTime| {
                let rows = format!(
                    "INSERT INTO cloakroom_session (row_key, data, version, expires, created, seen) \
                     SELECT sha256(nth::text::bytea), decode(repeat('07', {BYTES}), 'hex'), nth, \
                         {at}, {at}, {at} FROM generate_series(1, {rows}) AS nth",
                    at = expires.as_millis(),
                );
                let pool = sqlx::PgPool::connect(&address).await_here().unwrap();
                sqlx::raw_sql(sqlx::AssertSqlSafe(rows)).execute(&pool).await_here().unwrap();
            };
            Made::new(store, server).map(|made| Made { fill: Some(Box::new(fill)), ..made })
        }),
        #[cfg(feature = "sqlx-0_9-mysql")]
        ("mysql", || {
            let server = servers::mariadb::MariaDb::start(&program(&servers::mariadb::source())?);
            let server = server.unwrap();
            let address = server.address();
            let store = cloakroom::store::MySqlStore::connect(&address).await_here().unwrap();
            store.install().await_here().unwrap();
            let fill = move |rows, expires: StoreTime| {
                // A table that MariaDB makes up.
                let rows = format!(
                    "INSERT INTO cloakroom_session (row_key, data, version, expires, created, seen) \
                     SELECT UNHEX(SHA2(seq, 256)), REPEAT(CHAR(7), {BYTES}), seq, {at}, {at}, {at} \
                     FROM seq_1_to_{rows} ORDER BY 1",
                    at = expires.as_millis(),
                );
                let pool = sqlx::MySqlPool::connect(&address).await_here().unwrap();
                sqlx::raw_sql(sqlx::AssertSqlSafe(rows)).execute(&pool).await_here().unwrap();
            };
            Made::new(store, server).map(|made| Made { fill: Some(Box::new(fill)), ..made })
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
fn purge_beside_a_reader(name: &str, Made { store, fill, .. }: &Made) {
    if store.traits().expires_itself {
        return println!("{name:<10} expires by itself");
    }
    // A file takes a block of the disk.
    let rows = if name == "file" { ROWS / 10 } else { ROWS };
    let data = vec![7; BYTES];
    let now = StoreTime::now();
    let live = RowKey::from_bytes([9; 32]);
    let record = Record::new(&data, now, now.plus(Duration::from_secs(36_000)));
    store.create(&live, &record).await_here().unwrap();
    let expires = now.plus(Duration::from_millis(1));
    match fill {
        Some(fill) => fill(rows, expires),
        None => fill_one_by_one(store, rows, now, expires),
    }
    // What the machine itself makes a reader wait, with nobody beside it.
    let ((), alone) = beside_a_reader(store, &live, || thread::sleep(Duration::from_secs(5)));
    let begun = Instant::now();
    let (removed, waits) = beside_a_reader(store, &live, || {
        let (mut removed, mut idle) = (0, 0);
        // A store may look at a part of its rows only in one call.
        while idle < 300 {
            let step = store.purge(BATCH).await_here().unwrap();
            removed += step;
            idle = if step == 0 { idle + 1 } else { 0 };
        }
        removed
    });
    let ms = |time: &Duration| time.as_secs_f64() * 1e3;
    println!(
        "{name:<10} {removed} of {rows} removed in {:.1} s; {} reads beside it: median {:.2} ms, \
         99 % {:.2} ms, {} over 50 ms, longest {:.2} ms; alone: 99 % {:.2} ms, longest {:.2} ms",
        begun.elapsed().as_secs_f64(),
        waits.len(),
        ms(&waits[waits.len() / 2]),
        ms(&waits[waits.len() * 99 / 100]),
        waits.iter().filter(|wait| ms(wait) > 50.0).count(),
        ms(&waits[waits.len() - 1]),
        ms(&alone[alone.len() * 99 / 100]),
        ms(&alone[alone.len() - 1]),
    );
}

/// Reads a record again and again while `work` goes on; what each read took, in order.
fn beside_a_reader<T>(
    store: &AnyStore,
    key: &RowKey,
    work: impl FnOnce() -> T,
) -> (T, Vec<Duration>) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut waits = vec![];
            while !over.load(Ordering::SeqCst) {
                waits.push(timed(|| assert!(store.load(key).await_here().unwrap().is_some())));
                thread::sleep(Duration::from_micros(200));
            }
            waits.sort_unstable();
            waits
        });
        let done = work();
        over.store(true, Ordering::SeqCst);
        (done, reader.join().unwrap())
    })
}

fn fill_one_by_one(store: &AnyStore, rows: u64, now: StoreTime, expires: StoreTime) {
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

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
