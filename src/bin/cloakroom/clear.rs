//! `clear-expired`: removes the expired records of a store.

use std::{
    io::{self, Read},
    path::Path,
    process::ExitCode,
};

use cloakroom::store::{FileStore, Store, StoreCleaner, StoreError};

use crate::{
    args,
    out::{self, Fault},
};

/// An address holds a password, so nothing here repeats one.
pub(crate) fn run(args: &args::ClearExpired) -> Result<ExitCode, Fault> {
    let address = address(&args.store)?;
    let (scheme, rest) = address.split_once(':').unwrap_or_default();
    let removed = match scheme {
        "file" => file(Path::new(rest)),
        "sqlite" => sqlite(Path::new(rest)),
        "postgres" | "postgresql" => postgres(&address),
        "mysql" | "mariadb" => mysql(&address),
        "memory" => Err(Fault::usage("a store in memory is out of reach")),
        "redis" | "rediss" | "memcached" => {
            Err(Fault::usage("this store removes expired records by itself"))
        }
        _ => Err(Fault::usage(
            "the store is none of file:DIR, sqlite:FILE, postgres://.. and mysql://..",
        )),
    }?;
    let records = if removed == 1 { "record" } else { "records" };
    out::print(&format!("{removed} expired {records} removed\n"))
}

/// The argument, or standard input without the line end behind it.
fn address(argument: &str) -> Result<String, Fault> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut address = String::new();
    let read = io::stdin().lock().take(65_536).read_to_string(&mut address);
    read.map_err(|error| Fault::usage(format_args!("cannot read the address: {error}")))?;
    Ok(address.trim_end_matches(['\r', '\n']).to_owned())
}

/// Nothing is made where nothing was: a typing error is not a store.
fn file(folder: &Path) -> Result<u64, Fault> {
    if !folder.is_dir() {
        return Err(Fault::of(folder, "not a folder"));
    }
    block_on(async { sweep(FileStore::open(folder)?).await })
}

#[cfg(feature = "rusqlite-0")]
fn sqlite(file: &Path) -> Result<u64, Fault> {
    use cloakroom::store::SqliteStore;
    use rusqlite::{Connection, OpenFlags};

    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE);
    let connection = connection.map_err(|error| Fault::of(file, error))?;
    let patience = std::time::Duration::from_secs(2);
    connection.busy_timeout(patience).map_err(|error| Fault::of(file, error))?;
    block_on(async {
        let store = SqliteStore::from_connection(connection)?;
        store.check().await?;
        sweep(store).await
    })
}

#[cfg(not(feature = "rusqlite-0"))]
fn sqlite(_: &Path) -> Result<u64, Fault> {
    Err(missing("SQLite", "sqlite"))
}

#[cfg(feature = "sqlx-0_9-postgres")]
fn postgres(address: &str) -> Result<u64, Fault> {
    block_on(async {
        let store = cloakroom::store::PostgresStore::connect(address).await?;
        store.check().await?;
        sweep(store).await
    })
}

#[cfg(not(feature = "sqlx-0_9-postgres"))]
fn postgres(_: &str) -> Result<u64, Fault> {
    Err(missing("PostgreSQL", "postgres"))
}

#[cfg(feature = "sqlx-0_9-mysql")]
fn mysql(address: &str) -> Result<u64, Fault> {
    block_on(async {
        let store = cloakroom::store::MySqlStore::connect(address).await?;
        store.check().await?;
        sweep(store).await
    })
}

#[cfg(not(feature = "sqlx-0_9-mysql"))]
fn mysql(_: &str) -> Result<u64, Fault> {
    Err(missing("MySQL", "mysql"))
}

#[cfg(not(all(
    feature = "rusqlite-0",
    feature = "sqlx-0_9-mysql",
    feature = "sqlx-0_9-postgres"
)))]
fn missing(engine: &str, feature: &str) -> Fault {
    Fault::usage(format_args!(
        "this build knows no {engine}: cargo install cloakroom --features cli,{feature}"
    ))
}

async fn sweep(store: impl Store) -> Result<u64, StoreError> {
    StoreCleaner::new(store).sweep().await
}

/// Runs `work` where the drivers of databases run.
#[cfg(any(feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))]
fn block_on(work: impl Future<Output = Result<u64, StoreError>>) -> Result<u64, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Fault::new)?.block_on(work).map_err(Fault::new)
}

/// Runs `work` on this thread. The stores of this build need no more.
#[cfg(not(any(feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres")))]
fn block_on(work: impl Future<Output = Result<u64, StoreError>>) -> Result<u64, Fault> {
    use std::{
        pin::pin,
        sync::Arc,
        task::{Context, Poll, Wake},
        thread::{self, Thread},
    };

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    let (mut work, mut context) = (pin!(work), Context::from_waker(&waker));
    loop {
        if let Poll::Ready(removed) = work.as_mut().poll(&mut context) {
            return removed.map_err(Fault::new);
        }
        thread::park();
    }
}
