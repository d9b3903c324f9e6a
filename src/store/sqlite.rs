//! Records in an SQLite database, over rusqlite.

use alloc::{format, string::String, vec, vec::Vec};
use core::{fmt, time::Duration};
use std::{
    boxed::Box,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
};

use rusqlite::{Connection, OpenFlags, types::ValueRef};

use super::{
    StoreTime,
    hand_on::hand_on,
    offload::Offload,
    sql::{Answer, Dialect, Driver, Kind, SQLITE, Sql, Statement, Value, Values},
};
use crate::error::StoreError;

/// Keeps records in an SQLite database, with an index of owners: for one machine, with any number of
/// processes.
///
/// [`open`](Self::open) reads on the calling thread, over a connection of its own, and writes on a
/// thread of its own. Nobody who reads waits for a writer.
///
/// It needs SQLite 3.37 or later. The feature `sqlite-bundled` builds one; without it the library that
/// is installed is linked, which can be too old for the newest rusqlite: 0.43 wants 3.44, and 0.39
/// links 3.40 as well.
///
/// ```
/// # use core::future::Future;
/// # use std::sync::Arc;
/// # struct Unpark(std::thread::Thread);
/// # impl std::task::Wake for Unpark { fn wake(self: Arc<Self>) { self.0.unpark() } }
/// # fn block_on<F: Future>(f: F) -> F::Output {
/// #     let mut f = std::pin::pin!(f);
/// #     let waker = Arc::new(Unpark(std::thread::current())).into();
/// #     let mut context = std::task::Context::from_waker(&waker);
/// #     loop {
/// #         if let std::task::Poll::Ready(out) = f.as_mut().poll(&mut context) { return out }
/// #         std::thread::park();
/// #     }
/// # }
/// use core::time::Duration;
/// use cloakroom::store::{Owner, OwnerIndex, Record, RowKey, SqliteStore, Store, StoreTime};
///
/// # let path = std::env::temp_dir().join(format!("cloakroom-doc-{}.sqlite", std::process::id()));
/// // In production: a file in a folder of your own, such as "/var/lib/shop/sessions.sqlite".
/// let store = SqliteStore::open(&path)?;
/// let (key, now) = (RowKey::from_bytes([7; 32]), StoreTime::now());
/// let owner = Owner::new(*b"user 42");
/// let record = Record::new(b"sealed", now, now.plus(Duration::from_secs(60)));
/// block_on(store.create(&key, &record.owned_by(owner.as_ref())))?;
/// assert_eq!(block_on(store.load(&key))?.map(|stored| stored.data), Some(b"sealed".to_vec()));
/// for owner in owner {
///     assert_eq!(block_on(store.list(&owner))?.len(), 1);
/// }
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// A cut of power, not a crash, can undo the last writes of [`open`](Self::open), a logout among
/// them: it sets `synchronous = NORMAL`. Where that matters, give
/// [`from_connection`](Self::from_connection) a connection with `synchronous = FULL`.
pub struct SqliteStore(Sql<Rusqlite>);

const ENGINE: &str = "sqlite";
/// How long a writer waits for one of another process.
const BUSY: Duration = Duration::from_secs(2);
/// STRICT tables, the youngest thing in use.
const SQLITE_MIN: i32 = 3_037_000;

impl SqliteStore {
    /// The store in the database file at `path`, which is made and set up if it is not there, with
    /// mode 0600.
    ///
    /// It sets `journal_mode = WAL`, `synchronous = NORMAL` and a busy timeout of two seconds.
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`] if the library is too old, the file system does not take a write-ahead
    /// log, as network file systems do not, or the tables are of another version of this crate.
    /// [`StoreError::Unavailable`] if the file cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        be_young_enough()?;
        make_private(path)?;
        let writer = connect(path)?;
        write_ahead(&writer)?;
        writer.execute_batch("PRAGMA synchronous = NORMAL").map_err(failed)?;
        run_script(&writer, SQLITE.schema)?;
        SQLITE.fits(&run(&writer, &SQLITE.schema_version, &[])?)?;
        let reader = connect(path)?;
        reader.execute_batch("PRAGMA query_only = ON").map_err(failed)?;
        Self::over(writer, Some(Mutex::new(reader)))
    }

    /// The store in the database behind `connection`, whose settings stay as they are. It reads and
    /// writes on a thread of the store's own.
    ///
    /// The tables have to be there: [`install`](Self::install) makes them, or your own migration
    /// ([the SQL](crate::guide::migrations)).
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`] if the library is too old.
    pub fn from_connection(connection: Connection) -> Result<Self, StoreError> {
        be_young_enough()?;
        Self::over(connection, None)
    }

    fn over(writer: Connection, reader: Option<Mutex<Connection>>) -> Result<Self, StoreError> {
        let path = writer.path().filter(|path| !path.is_empty()).map(PathBuf::from);
        let writer = Offload::start(ENGINE, vec![writer])?;
        Ok(Self(Sql(Rusqlite { path, reader, writer, clock: Box::new(StoreTime::now) })))
    }

    /// Makes the tables where they are missing. Any number of processes may do so at once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`] if the tables are of another version of this crate.
    pub async fn install(&self) -> Result<(), StoreError> {
        self.0.install().await
    }

    /// Whether the tables are there, and as this version of the crate needs them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`] if not.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }

    /// The database file; `None` for a database in memory.
    pub fn path(&self) -> Option<&Path> {
        self.0.0.path.as_deref()
    }

    /// Tells time by another clock than this machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> StoreTime + Send + Sync + 'static) -> Self {
        self.0.0.clock = Box::new(clock);
        self
    }
}

hand_on!([] Store for SqliteStore => [.0]);
hand_on!([] OwnerIndex for SqliteStore => [.0]);

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore(..)")
    }
}

struct Rusqlite {
    path: Option<PathBuf>,
    /// For reads on the calling thread, which take microseconds.
    reader: Option<Mutex<Connection>>,
    writer: Offload<Connection>,
    clock: Box<dyn Fn() -> StoreTime + Send + Sync>,
}

impl Driver for Rusqlite {
    fn dialect(&self) -> &'static Dialect {
        &SQLITE
    }

    fn now(&self) -> StoreTime {
        (self.clock)()
    }

    async fn run(
        &self,
        statement: &'static Statement,
        values: Values,
    ) -> Result<Answer, StoreError> {
        match &self.reader {
            Some(reader) if statement.kind == Kind::Read => {
                let reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                run(&reader, statement, &values)
            }
            _ => self.writer.run(move |writer| run(writer, statement, &values)).await?,
        }
    }

    async fn run_script(&self, text: &'static str) -> Result<(), StoreError> {
        self.writer.run(move |writer| run_script(writer, text)).await?
    }
}

/// Runs one statement, which is a transaction of its own.
fn run(
    connection: &Connection,
    statement: &Statement,
    values: &[(&'static str, Value)],
) -> Result<Answer, StoreError> {
    let mut prepared = connection.prepare(statement.text).map_err(failed)?;
    let mut bound = 0usize;
    for (name, value) in values {
        let Some(at) = prepared.parameter_index(name).map_err(failed)? else { continue };
        let done = match value {
            Value::Null | Value::NoInteger => {
                prepared.raw_bind_parameter(at, rusqlite::types::Null)
            }
            Value::Integer(number) => prepared.raw_bind_parameter(at, number),
            Value::Bytes(bytes) => prepared.raw_bind_parameter(at, bytes),
        };
        done.map_err(failed)?;
        bound = bound.saturating_add(1);
    }
    // SQLite would take a missing value for NULL.
    if bound != prepared.parameter_count() {
        return Err(setup("a statement lacks a value".into()));
    }
    let columns = prepared.column_count();
    let mut found = Vec::new();
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next().map_err(failed)? {
        let values = (0..columns).map(|nth| row.get_ref(nth).map_err(failed).and_then(value));
        found.push(values.collect::<Result<_, _>>()?);
    }
    drop(rows);
    Ok(Answer { rows: found, changed: connection.changes() })
}

fn value(value: ValueRef<'_>) -> Result<Value, StoreError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes.to_vec())),
        ValueRef::Real(_) | ValueRef::Text(_) => Err(StoreError::Damaged { engine: ENGINE }),
    }
}

/// Runs several statements in one transaction, which has the lock from its beginning.
fn run_script(connection: &Connection, text: &str) -> Result<(), StoreError> {
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
    let done = connection.execute_batch(text).and_then(|()| connection.execute_batch("COMMIT"));
    done.map_err(|error| {
        // After some errors SQLite has done so by itself.
        let _ = connection.execute_batch("ROLLBACK");
        failed(error)
    })
}

fn be_young_enough() -> Result<(), StoreError> {
    if rusqlite::version_number() < SQLITE_MIN {
        return Err(setup(format!("version {} is before 3.37", rusqlite::version())));
    }
    Ok(())
}

/// Makes an empty file that its owner alone may read; SQLite gives its mode to the log beside it.
fn make_private(path: &Path) -> Result<(), StoreError> {
    if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
        return Err(setup("a database in memory is one for `from_connection`".into()));
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(path);
    made.map(drop).map_err(|error| StoreError::unavailable(ENGINE, format!("opening: {error}")))
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    // Without the flag that reads a path as an address.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    Ok(connection)
}

/// Sets the journal mode. SQLite does not wait for others here, so this does.
fn write_ahead(connection: &Connection) -> Result<(), StoreError> {
    const PAUSE: Duration = Duration::from_millis(10);
    for _ in 0..BUSY.as_millis().checked_div(PAUSE.as_millis()).unwrap_or(1) {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", (), |row| row.get(0));
        match mode {
            Ok(mode) if <String as AsRef<str>>::as_ref(&mode) == "wal" => return Ok(()),
            Ok(_) => return Err(setup("the file system takes no write-ahead log".into())),
            Err(error) if is_busy(&error) => thread::sleep(PAUSE),
            Err(error) => return Err(failed(error)),
        }
    }
    Err(StoreError::unavailable(ENGINE, "the database is locked"))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy))
}

fn setup(problem: String) -> StoreError {
    StoreError::Setup { engine: ENGINE, problem }
}

/// What SQLite says names statements, tables and columns, and none of the values.
fn failed(error: rusqlite::Error) -> StoreError {
    let words = format!("{error}");
    if words.starts_with("no such table") {
        return setup("the tables are missing; `install` makes them, see guide::migrations".into());
    }
    StoreError::unavailable(ENGINE, words)
}
