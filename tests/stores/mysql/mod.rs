//! The store in MySQL or MariaDB.

mod own;

use std::{
    fmt::Display,
    fs,
    future::Future,
    path::Path,
    pin::Pin,
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use cloakroom::store::{
    AnyOwnerIndex, MySqlStore, StoreTime,
    conformance::{Failure, Hand, Harness, Installer, Outage},
};
use sqlx::{AssertSqlSafe, MySqlPool, Row, mysql::MySqlPoolOptions};

use crate::{
    addressed::Addressed,
    apart::{Placed, peer},
    servers::{Shared, Source, mariadb, runtime},
};

/// Over connections as the store makes them.
#[derive(Default)]
pub(crate) struct MySql;

/// Over a pool of the application's, at the level that a server is installed with, `REPEATABLE READ`.
pub(crate) struct Repeatable;

type Kept = Addressed<MySqlStore>;

impl Placed for MySql {
    const ENGINE: &'static str = "mysql";

    fn open(place: &Path) -> Result<Kept, Failure> {
        let address = place.to_str().ok_or_else(|| Failure::new("not an address"))?.to_owned();
        let store = wait(MySqlStore::connect(&address)).map_err(Failure::new)?;
        Ok(Addressed { store, address })
    }
}

impl Harness for MySql {
    type Store = Kept;

    fn name(&self) -> String {
        Self::ENGINE.to_owned()
    }

    fn make(&self) -> Result<Kept, Failure> {
        make("")
    }

    fn block_on(&self, work: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
        runtime().block_on(work);
    }

    fn exceptions(&self) -> &'static [(u8, &'static str)] {
        match source() {
            Source::Running(_) => &[
                (31, "a server that is not ours"),
                (32, "a server that is not ours"),
                (37, "a server that is not ours"),
            ],
            _ => &[],
        }
    }

    fn outage(&self) -> Option<(Kept, Box<dyn Outage>)> {
        let Source::Installed(program) = source() else { return None };
        let server = mariadb::MariaDb::start(program).unwrap();
        let kept = Self::open(Path::new(&server.address())).unwrap();
        wait(kept.store.install()).unwrap();
        Some((kept, Box::new(server)))
    }

    fn refusing_writes(&self) -> Option<(Kept, Hand<bool>)> {
        let (pool, kept) = narrow().ok()?;
        let hand = move |refuse| {
            let switch = if refuse { "READ ONLY" } else { "READ WRITE" };
            run(&pool, &format!("SET SESSION TRANSACTION {switch}"));
        };
        Some((kept, Box::new(hand)))
    }

    fn in_time_zone(&self, zone: &str) -> Option<Kept> {
        // By their offsets: a server knows the names only if somebody has taught it.
        let offset = match zone {
            "Asia/Tokyo" => "+09:00",
            "America/New_York" => "-05:00",
            _ => return None,
        };
        let kept = make(&format!("&timezone={}", offset.replace('+', "%2B"))).ok()?;
        let pool = connect(&kept.address).ok()?;
        assert_eq!(text(&pool, "SELECT @@session.time_zone"), offset);
        Some(kept)
    }

    fn with_clock(&self) -> Option<(Kept, Hand<i64>)> {
        // Nobody can set a server's clock; but a connection can be told the time, which then stands.
        let (pool, kept) = narrow().ok()?;
        let hand = move |millis: i64| {
            let time = StoreTime::now().as_millis() + millis;
            run(&pool, &format!("SET timestamp = {}.{:03}", time / 1000, time % 1000));
        };
        Some((kept, Box::new(hand)))
    }

    fn dump(&self, store: &Arc<Kept>) -> Option<Box<[u8]>> {
        // One connection for both: the lock, which brings everything to the disk, is its own.
        let pool = wait(MySqlPoolOptions::new().max_connections(1).connect(&store.address)).ok()?;
        let database = text(&pool, "SELECT database()");
        run(&pool, "FLUSH TABLES cloakroom_session FOR EXPORT");
        let data = SERVER.ask(mariadb::MariaDb::data)?;
        let mut all = fs::read(data.with_file_name("log")).ok()?;
        for entry in fs::read_dir(data.join(database)).ok()? {
            all.extend(fs::read(entry.ok()?.path()).ok()?);
        }
        run(&pool, "UNLOCK TABLES");
        Some(all.into())
    }

    fn owner_index(&self, store: &Arc<Kept>) -> Option<AnyOwnerIndex> {
        Some(Addressed::index(store))
    }

    fn owner_entries(&self, store: &Arc<Kept>) -> Option<u64> {
        let pool = connect(&store.address).ok()?;
        let count = "SELECT CAST(count(*) AS CHAR) FROM cloakroom_session WHERE owner IS NOT NULL";
        text(&pool, count).parse().ok()
    }

    fn two_applications(&self) -> Option<(Kept, Kept)> {
        Some((make("").ok()?, make("").ok()?))
    }

    fn installer(&self) -> Option<(Installer, Kept)> {
        let address = fresh_database();
        let kept = Self::open(Path::new(&address)).ok()?;
        let install = move || {
            let own = Self::open(Path::new(&address))?;
            wait(own.store.install()).map_err(Failure::new)
        };
        Some((Box::new(install), kept))
    }

    fn other_process(&self, store: &Arc<Kept>) -> Option<Command> {
        Some(peer(Self::ENGINE, Path::new(&store.address)))
    }
}

impl Harness for Repeatable {
    type Store = Kept;

    fn name(&self) -> String {
        "mysql_repeatable_read".to_owned()
    }

    fn make(&self) -> Result<Kept, Failure> {
        let kept = make("")?;
        let pool = connect(&kept.address).map_err(Failure::new)?;
        assert_eq!(text(&pool, "SELECT @@session.tx_isolation"), "REPEATABLE-READ");
        Ok(Addressed { store: MySqlStore::from_pool(pool), address: kept.address })
    }

    fn block_on(&self, work: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
        runtime().block_on(work);
    }

    fn owner_index(&self, store: &Arc<Kept>) -> Option<AnyOwnerIndex> {
        Some(Addressed::index(store))
    }
}

/// The tests in which several calls meet: others do not depend on the level of isolation.
pub(crate) const MEETINGS: [u8; 13] = [4, 10, 13, 14, 15, 16, 24, 25, 27, 28, 30, 41, 46];

pub(crate) use self::own::trials;

pub(crate) fn source() -> &'static Source {
    static SOURCE: OnceLock<Source> = OnceLock::new();
    SOURCE.get_or_init(mariadb::source)
}

/// The server of this run, in which every test has a place of its own.
pub(crate) static SERVER: Shared<mariadb::MariaDb> = Shared::new();

/// A pool on the server of this run, in which every test has a database.
fn admin() -> &'static MySqlPool {
    static ADMIN: OnceLock<MySqlPool> = OnceLock::new();
    ADMIN.get_or_init(|| connect(base()).unwrap())
}

fn base() -> &'static str {
    static BASE: OnceLock<String> = OnceLock::new();
    BASE.get_or_init(|| {
        SERVER.address(source(), mariadb::MariaDb::start, mariadb::MariaDb::address).unwrap()
    })
}

/// The address of a fresh database.
fn fresh_database() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("cloakroom_{}_{number}", std::process::id());
    run(admin(), &format!("CREATE DATABASE {name}"));
    // What stands between the last slash of the path and the question mark.
    let (path, rest) = base().split_once('?').unwrap_or((base(), ""));
    let path = path.rsplit_once('/').map_or(path, |(server, _)| server);
    format!("{path}/{name}?{rest}")
}

/// A store in a fresh database, with `more` in its address.
fn make(more: &str) -> Result<Kept, Failure> {
    let kept = MySql::open(Path::new(&format!("{}{more}", fresh_database())))?;
    wait(kept.store.install()).map_err(Failure::new)?;
    Ok(kept)
}

/// A store over a pool of one connection.
fn narrow() -> Result<(MySqlPool, Kept), Failure> {
    let address = fresh_database();
    let pool = wait(MySqlPoolOptions::new().max_connections(1).connect(&address));
    let pool = pool.map_err(Failure::new)?;
    let store = MySqlStore::from_pool(pool.clone());
    wait(store.install()).map_err(Failure::new)?;
    Ok((pool, Addressed { store, address }))
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    runtime().block_on(work)
}

fn connect(address: &str) -> Result<MySqlPool, sqlx::Error> {
    wait(MySqlPool::connect(address))
}

fn run(pool: &MySqlPool, text: &(impl Display + ?Sized)) {
    wait(sqlx::raw_sql(AssertSqlSafe(text.to_string())).execute(pool)).unwrap();
}

fn text(pool: &MySqlPool, query: &'static str) -> String {
    wait(sqlx::query(query).fetch_one(pool)).unwrap().get(0)
}
