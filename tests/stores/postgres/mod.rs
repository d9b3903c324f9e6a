//! The store in PostgreSQL.

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
    AnyOwnerIndex, PostgresStore,
    conformance::{Failure, Hand, Harness, Installer, Outage},
};
use sqlx::{AssertSqlSafe, PgPool, Row, postgres::PgPoolOptions};

use crate::{
    addressed::Addressed,
    apart::{Placed, peer},
    servers::{self, Shared, Source, postgres, runtime},
};

#[derive(Default)]
pub(crate) struct Postgres;

type Kept = Addressed<PostgresStore>;

impl Placed for Postgres {
    const ENGINE: &'static str = "postgres";

    fn open(place: &Path) -> Result<Kept, Failure> {
        let address = place.to_str().ok_or_else(|| Failure::new("not an address"))?.to_owned();
        let store = runtime().block_on(PostgresStore::connect(&address)).map_err(Failure::new)?;
        Ok(Addressed { store, address })
    }
}

impl Harness for Postgres {
    type Store = Kept;

    fn name(&self) -> String {
        Self::ENGINE.to_owned()
    }

    fn make(&self) -> Result<Kept, Failure> {
        make()
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
        let server = servers::postgres::Postgres::start(program).unwrap();
        let kept = Self::open(Path::new(&server.address())).unwrap();
        wait(kept.store.install()).unwrap();
        Some((kept, Box::new(server)))
    }

    fn refusing_writes(&self) -> Option<(Kept, Hand<bool>)> {
        // As a server that has become a standby does, for the pool's one connection.
        let (pool, kept) = narrow().ok()?;
        let hand = move |refuse| {
            let switch = if refuse { "on" } else { "off" };
            run(&pool, &format!("SET default_transaction_read_only = {switch}"));
        };
        Some((kept, Box::new(hand)))
    }

    fn in_time_zone(&self, zone: &str) -> Option<Kept> {
        // On the pool's one connection, since sqlx makes each one in UTC.
        let (pool, kept) = narrow().ok()?;
        run(&pool, &format!("SET timezone = '{zone}'"));
        assert_eq!(text(&pool, "SHOW timezone"), zone);
        Some(kept)
    }

    fn with_clock(&self) -> Option<(Kept, Hand<i64>)> {
        let schema = schema();
        let admin = admin();
        // Nobody can set a server's clock; but a function of this name found first is another clock.
        run(admin, &format!("CREATE TABLE {schema}.ahead (millis bigint)"));
        run(admin, &format!("INSERT INTO {schema}.ahead VALUES (0)"));
        run(
            admin,
            &format!(
                "CREATE FUNCTION {schema}.clock_timestamp() RETURNS timestamptz VOLATILE \
                 LANGUAGE sql AS 'SELECT pg_catalog.clock_timestamp() \
                     + make_interval(secs => millis / 1000.0) FROM {schema}.ahead'"
            ),
        );
        let address = address_of(&format!("{schema},pg_catalog"));
        let kept = Self::open(Path::new(&address)).ok()?;
        wait(kept.store.install()).ok()?;
        let hand = move |millis: i64| {
            run(admin, &format!("UPDATE {schema}.ahead SET millis = {millis}"));
        };
        Some((kept, Box::new(hand)))
    }

    fn dump(&self, store: &Arc<Kept>) -> Option<Box<[u8]>> {
        let pool = connect(&store.address).ok()?;
        run(&pool, "CHECKPOINT");
        let files = "SELECT string_agg(pg_relation_filepath(oid), ' ') FROM pg_class \
             WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'i') \
                 OR oid IN (SELECT reltoastrelid FROM pg_class \
                     WHERE relnamespace = current_schema()::regnamespace)";
        let data = SERVER.ask(postgres::Postgres::data)?;
        let mut all = fs::read(data.with_file_name("log")).ok()?;
        for file in text(&pool, files).split(' ') {
            all.extend(fs::read(data.join(file)).ok()?);
        }
        Some(all.into())
    }

    fn owner_index(&self, store: &Arc<Kept>) -> Option<AnyOwnerIndex> {
        Some(Addressed::index(store))
    }

    fn owner_entries(&self, store: &Arc<Kept>) -> Option<u64> {
        let pool = connect(&store.address).ok()?;
        let count = "SELECT count(*)::text FROM cloakroom_session WHERE owner IS NOT NULL";
        text(&pool, count).parse().ok()
    }

    fn two_applications(&self) -> Option<(Kept, Kept)> {
        Some((make().ok()?, make().ok()?))
    }

    fn installer(&self) -> Option<(Installer, Kept)> {
        let address = address_of(&schema());
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

pub(crate) use self::own::trials;

pub(crate) fn source() -> &'static Source {
    static SOURCE: OnceLock<Source> = OnceLock::new();
    SOURCE.get_or_init(postgres::source)
}

/// The server of this run, in which every test has a place of its own.
pub(crate) static SERVER: Shared<postgres::Postgres> = Shared::new();

/// A pool on the database of this run, in which every test has a schema.
fn admin() -> &'static PgPool {
    static ADMIN: OnceLock<PgPool> = OnceLock::new();
    ADMIN.get_or_init(|| connect(base()).unwrap())
}

fn base() -> &'static str {
    static BASE: OnceLock<String> = OnceLock::new();
    BASE.get_or_init(|| {
        SERVER.address(source(), postgres::Postgres::start, postgres::Postgres::address).unwrap()
    })
}

/// A fresh schema.
fn schema() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("cloakroom_{}_{number}", std::process::id());
    run(admin(), &format!("CREATE SCHEMA {name}"));
    name
}

fn address_of(schema: &str) -> String {
    let base = base();
    let joint = if base.contains('?') { '&' } else { '?' };
    format!("{base}{joint}options[search_path]={schema}")
}

/// A store in a fresh schema.
fn make() -> Result<Kept, Failure> {
    let kept = Postgres::open(Path::new(&address_of(&schema())))?;
    wait(kept.store.install()).map_err(Failure::new)?;
    Ok(kept)
}

/// A store over a pool of one connection.
fn narrow() -> Result<(PgPool, Kept), Failure> {
    let address = address_of(&schema());
    let pool = wait(PgPoolOptions::new().max_connections(1).connect(&address));
    let pool = pool.map_err(Failure::new)?;
    let store = PostgresStore::from_pool(pool.clone());
    wait(store.install()).map_err(Failure::new)?;
    Ok((pool, Addressed { store, address }))
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    runtime().block_on(work)
}

fn connect(address: &str) -> Result<PgPool, sqlx::Error> {
    wait(PgPool::connect(address))
}

fn run(pool: &PgPool, text: &(impl Display + ?Sized)) {
    wait(sqlx::raw_sql(AssertSqlSafe(text.to_string())).execute(pool)).unwrap();
}

fn text(pool: &PgPool, query: &'static str) -> String {
    wait(sqlx::query(query).fetch_one(pool)).unwrap().get(0)
}
