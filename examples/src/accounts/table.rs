//! The table of users, in SQLite.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, params};

use super::users::{User, UsersError};
use super::visitor::now;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS users (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        password TEXT NOT NULL,
        stamp BLOB NOT NULL,
        joined INTEGER NOT NULL,
        note TEXT NOT NULL DEFAULT ''
    ) STRICT";
const COLUMNS: &str = "id, name, stamp, joined, note, password";

/// The table. A cheap clone.
#[derive(Clone, Debug)]
pub(super) struct Table(Arc<Mutex<Connection>>);

impl Table {
    /// The table in this file, or in memory; it is made where it is missing.
    pub(super) fn open(
        path: Option<&Path>,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let connection = match path {
            Some(path) => {
                make_private(path)?;
                Connection::open(path)?
            }
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(Duration::from_secs(2))?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// A new user; `None` if the name is taken.
    pub(super) async fn create(
        &self,
        name: String,
        password: String,
        stamp: Vec<u8>,
    ) -> Result<Option<User>, UsersError> {
        self.run(move |table| {
            let made = table.query_row(
                &format!(
                    "INSERT INTO users (name, password, stamp, joined) VALUES (?1, ?2, ?3, ?4)
                     RETURNING {COLUMNS}"
                ),
                params![name, password, stamp, i64::try_from(now()).unwrap_or(i64::MAX)],
                user,
            );
            match made {
                Ok(user) => Ok(Some(user)),
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// The user of this name, whatever its case.
    pub(super) async fn named(&self, name: String) -> Result<Option<User>, UsersError> {
        self.run(move |table| {
            let text = format!("SELECT {COLUMNS} FROM users WHERE name = ?1");
            table.query_row(&text, [name], user).optional()
        })
        .await
    }

    /// The user of this number.
    pub(super) async fn numbered(&self, id: i64) -> Result<Option<User>, UsersError> {
        self.run(move |table| {
            let text = format!("SELECT {COLUMNS} FROM users WHERE id = ?1");
            table.query_row(&text, [id], user).optional()
        })
        .await
    }

    /// Another password, with the stamp that belongs to it.
    pub(super) async fn set_password(
        &self,
        user: &User,
        password: String,
        stamp: Vec<u8>,
    ) -> Result<(), UsersError> {
        let text = "UPDATE users SET password = ?3, stamp = ?4 WHERE id = ?1 AND stamp = ?2";
        let (id, known) = (user.id, user.stamp.clone());
        self.change(move |table| table.execute(text, params![id, known, password, stamp])).await
    }

    /// Another stamp for the same password.
    pub(super) async fn set_stamp(&self, user: &User, stamp: Vec<u8>) -> Result<(), UsersError> {
        let text = "UPDATE users SET stamp = ?3 WHERE id = ?1 AND stamp = ?2";
        let (id, known) = (user.id, user.stamp.clone());
        self.change(move |table| table.execute(text, params![id, known, stamp])).await
    }

    /// Another note.
    pub(super) async fn set_note(&self, user: &User, note: String) -> Result<(), UsersError> {
        let text = "UPDATE users SET note = ?3 WHERE id = ?1 AND stamp = ?2";
        let (id, known) = (user.id, user.stamp.clone());
        self.change(move |table| table.execute(text, params![id, known, note])).await
    }

    /// No such user any more; the number is never given again.
    pub(super) async fn delete(&self, user: &User) -> Result<(), UsersError> {
        let text = "DELETE FROM users WHERE id = ?1 AND stamp = ?2";
        let (id, known) = (user.id, user.stamp.clone());
        self.change(move |table| table.execute(text, params![id, known])).await
    }

    /// Runs a statement that changes the row of a user whose stamp is still the one that they were loaded
    /// with: a form may take long to arrive, and its session may end meanwhile.
    async fn change(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send + 'static,
    ) -> Result<(), UsersError> {
        match self.run(work).await? {
            0 => Err(UsersError::Outdated),
            _ => Ok(()),
        }
    }

    /// Runs a statement on a thread that may wait for the disk.
    async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<R, UsersError> {
        let table = Arc::clone(&self.0);
        let work = move || work(&table.lock().unwrap_or_else(PoisonError::into_inner));
        let done = tokio::task::spawn_blocking(work).await;
        Ok(done.map_err(|_| UsersError::Thread)??)
    }
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let joined: i64 = row.get(3)?;
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        stamp: row.get(2)?,
        joined: u64::try_from(joined).unwrap_or_default(),
        note: row.get(4)?,
        password: row.get(5)?,
    })
}

/// Makes an empty file that its owner alone may read, where there is none.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
