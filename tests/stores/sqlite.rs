//! The store in SQLite.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use cloakroom::store::{
    AnyOwnerIndex, SqliteStore, StoreError, StoreTime,
    conformance::{Failure, Hand, Harness, Installer},
};
use libtest_mimic::Failed;
use rusqlite::Connection;

use super::apart::{Placed, fresh_place, peer, wait};

#[derive(Default)]
pub(crate) struct Sqlite;

impl Placed for Sqlite {
    const ENGINE: &'static str = "sqlite";

    fn open(place: &Path) -> Result<SqliteStore, Failure> {
        SqliteStore::open(place).map_err(Failure::new)
    }
}

impl Harness for Sqlite {
    type Store = SqliteStore;

    fn name(&self) -> String {
        Self::ENGINE.to_owned()
    }

    fn make(&self) -> Result<SqliteStore, Failure> {
        Self::open(&fresh_place(Self::ENGINE))
    }

    fn exceptions(&self) -> &'static [(u8, &'static str)] {
        &[(31, "no server"), (32, "no server"), (34, "no time zone")]
    }

    fn refusing_writes(&self) -> Option<(SqliteStore, Hand<bool>)> {
        let store = self.make().ok()?;
        let path = store.path()?.to_owned();
        let writer = Connection::open(&path).ok()?;
        writer.busy_timeout(Duration::from_millis(50)).ok()?;
        let locker = Connection::open(&path).ok()?;
        let hand = move |refuse| {
            let text = if refuse { "BEGIN IMMEDIATE" } else { "ROLLBACK" };
            locker.execute_batch(text).unwrap();
        };
        Some((SqliteStore::from_connection(writer).ok()?, Box::new(hand)))
    }

    fn with_clock(&self) -> Option<(SqliteStore, Hand<i64>)> {
        let offset = Arc::new(AtomicI64::new(0));
        let set = Arc::clone(&offset);
        let clock = move || {
            StoreTime::from_millis(StoreTime::now().as_millis() + offset.load(Ordering::SeqCst))
        };
        let store = self.make().ok()?.clock(clock);
        Some((store, Box::new(move |millis| set.store(millis, Ordering::SeqCst))))
    }

    fn dump(&self, store: &Arc<SqliteStore>) -> Option<Box<[u8]>> {
        let parts = files_of(store.path()?).map(|path| fs::read(path).unwrap());
        Some(parts.concat().into())
    }

    fn owner_index(&self, store: &Arc<SqliteStore>) -> Option<AnyOwnerIndex> {
        Some(AnyOwnerIndex::new(Arc::clone(store)))
    }

    fn owner_entries(&self, store: &Arc<SqliteStore>) -> Option<u64> {
        let reader = Connection::open(store.path()?).ok()?;
        let text = "SELECT count(*) FROM cloakroom_session WHERE owner IS NOT NULL";
        let count: i64 = reader.query_row(text, (), |row| row.get(0)).ok()?;
        u64::try_from(count).ok()
    }

    fn two_applications(&self) -> Option<(SqliteStore, SqliteStore)> {
        Some((self.make().ok()?, self.make().ok()?))
    }

    fn installer(&self) -> Option<(Installer, SqliteStore)> {
        let place = fresh_place(Self::ENGINE);
        // With connections as an application makes them, and not as the store does.
        let connect = move || {
            let connection = Connection::open(&place).map_err(Failure::new)?;
            SqliteStore::from_connection(connection).map_err(Failure::new)
        };
        let store = connect().ok()?;
        let install = move || wait(&Self, connect()?.install()).map_err(Failure::new);
        Some((Box::new(install), store))
    }

    fn other_process(&self, store: &Arc<SqliteStore>) -> Option<Command> {
        Some(peer(Self::ENGINE, store.path()?))
    }
}

/// The database, its log, and the index of the log.
fn files_of(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = OsString::from(path);
        name.push(end);
        name.into()
    })
}

/// The same contract over a connection of the application's, which does everything on one thread.
#[derive(Default)]
pub(crate) struct InMemory;

impl Harness for InMemory {
    type Store = SqliteStore;

    fn name(&self) -> String {
        "sqlite_in_memory".to_owned()
    }

    fn make(&self) -> Result<SqliteStore, Failure> {
        let connection = Connection::open_in_memory().map_err(Failure::new)?;
        let store = SqliteStore::from_connection(connection).map_err(Failure::new)?;
        wait(self, store.install()).map_err(Failure::new)?;
        Ok(store)
    }

    fn exceptions(&self) -> &'static [(u8, &'static str)] {
        &[
            (31, "no server"),
            (32, "no server"),
            (33, "no medium"),
            (34, "no time zone"),
            (35, "as in a file"),
            (37, "nothing at rest"),
            (42, "as in a file"),
            (43, "two applications share no memory"),
            (44, "one connection"),
            (45, "no process shares it"),
        ]
    }

    fn owner_index(&self, store: &Arc<SqliteStore>) -> Option<AnyOwnerIndex> {
        Some(AnyOwnerIndex::new(Arc::clone(store)))
    }
}

/// Eight at once open a path with nothing behind it.
pub(crate) fn a_file_that_many_open_at_once() -> Result<(), Failed> {
    for _ in 0..5 {
        let place = fresh_place("sqlite");
        let opened = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| SqliteStore::open(&place).map(drop))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(opened, vec![Ok(()); 8]);
    }
    Ok(())
}

/// Only the owner may read the files.
#[cfg(unix)]
pub(crate) fn the_modes_of_the_files() -> Result<(), Failed> {
    use std::os::unix::fs::PermissionsExt;

    let store = Sqlite.make()?;
    for path in files_of(store.path().ok_or("no path")?) {
        let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    Ok(())
}

/// Tables that are missing or of another version are said to be so.
pub(crate) fn tables_that_do_not_fit() -> Result<(), Failed> {
    let is_setup = |answer| matches!(answer, Err(StoreError::Setup { engine: "sqlite", .. }));
    let place = fresh_place("sqlite");
    let store = SqliteStore::from_connection(Connection::open(&place)?)?;
    assert!(is_setup(wait(&Sqlite, store.check())), "no tables");
    let key = cloakroom::store::RowKey::from_bytes([7; 32]);
    let load = wait(&Sqlite, cloakroom::store::Store::load(&store, &key));
    assert!(is_setup(load.map(drop)), "no tables");
    wait(&Sqlite, store.install())?;
    assert_eq!(wait(&Sqlite, store.check()), Ok(()));
    Connection::open(&place)?.execute_batch("UPDATE cloakroom_schema SET version = 2")?;
    assert!(is_setup(wait(&Sqlite, store.check())), "another version");
    assert!(is_setup(wait(&Sqlite, store.install())), "another version");
    assert!(is_setup(SqliteStore::open(&place).map(drop)), "another version");
    assert!(is_setup(SqliteStore::open(":memory:").map(drop)), "in memory");
    Ok(())
}

/// The purge and the list of an owner go by an index, however many rows there are.
pub(crate) fn the_plans_of_the_statements() -> Result<(), Failed> {
    let connection = Connection::open(Sqlite.make()?.path().ok_or("no path")?)?;
    let table = "FROM cloakroom_session WHERE";
    for (condition, index) in [
        ("row_key = x'00' AND expires > 1", "PRIMARY KEY"),
        ("expires_day <= 7 / 86400000 AND expires <= 7 LIMIT 9", "cloakroom_session_expires_day"),
        ("owner = x'00' AND expires > 1 ORDER BY seen DESC", "cloakroom_session_owner"),
    ] {
        let text = format!("EXPLAIN QUERY PLAN SELECT row_key {table} {condition}");
        let plan: String = connection.query_row(&text, (), |row| row.get(3))?;
        assert!(plan.starts_with("SEARCH") && plan.contains(index), "{condition}: {plan}");
    }
    Ok(())
}
