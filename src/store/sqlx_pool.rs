//! What the engines over sqlx share: a pool, one statement at a time, and what an error means.

use alloc::{
    borrow::{Cow, ToOwned},
    format,
    string::String,
    vec::Vec,
};

use core::time::Duration;

use sqlx::{
    Connection, Database, Error, Pool,
    error::DatabaseError,
    pool::{PoolConnection, PoolOptions},
};

use super::sql::{Value, Values};
use crate::error::StoreError;

/// How often a statement is tried that the database took back so that others could go on, or a read
/// whose connection was lost: as often as the pool has connections.
pub(super) const TRIES: u32 = 10;

/// How long a call waits for one of the pool's connections.
const ACQUIRE: Duration = Duration::from_secs(5);
/// A connection that was in use so recently is taken for alive.
const ALIVE: Duration = Duration::from_millis(500);

/// The settings of a pool that a store makes for itself.
///
/// sqlx asks a connection whether it is alive before each use, which doubles the time of a call. Here
/// it is asked after a pause, and a read that meets a dead one all the same is repeated.
pub(super) fn options<DB: Database>() -> PoolOptions<DB> {
    PoolOptions::new().acquire_timeout(ACQUIRE).test_before_acquire(false).before_acquire(
        |connection: &mut DB::Connection, seen| {
            alloc::boxed::Box::pin(async move {
                if seen.idle_for >= ALIVE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        },
    )
}

/// A connection that goes back to its pool only after an answer has been read to its end.
///
/// If the call is given up before, the connection is closed: nobody after it can be given an answer
/// that was not asked for, whatever state the driver was left in.
pub(super) struct Lease<DB: Database>(Option<PoolConnection<DB>>);

impl<DB: Database> Lease<DB> {
    pub(super) async fn of(pool: &Pool<DB>) -> Result<Self, Error> {
        pool.acquire().await.map(Some).map(Self)
    }

    pub(super) fn connection(&mut self) -> Result<&mut DB::Connection, Error> {
        self.0.as_deref_mut().ok_or(Error::PoolClosed)
    }

    /// Gives it back after `answer`, if the database was the one to give it.
    pub(super) fn settle<T>(mut self, answer: Result<T, Error>) -> Result<T, Error> {
        if matches!(answer, Ok(_) | Err(Error::Database(_))) {
            drop(self.0.take());
        }
        answer
    }
}

impl<DB: Database> Drop for Lease<DB> {
    fn drop(&mut self) {
        // Closed where it stands: to say good-bye would wait for a server that may not listen.
        drop(self.0.take().map(PoolConnection::detach));
    }
}

/// A statement with places instead of names, as `place` writes the place of a number from 1, and the
/// values in the order of the places.
pub(super) fn placed<'v>(
    text: &str,
    values: &'v Values,
    place: fn(usize) -> Cow<'static, str>,
) -> Option<(String, Vec<&'v Value>)> {
    let mut parts = text.split(':');
    let mut out = parts.next()?.to_owned();
    let mut order = Vec::new();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let (_, value) = values.iter().find(|(known, _)| known.strip_prefix(':') == Some(name))?;
        order.push(value);
        out.push_str(&place(order.len()));
        out.push_str(rest);
    }
    Some((out, order))
}

/// Whether the statement changed nothing because another one was in its way, and may be run again.
pub(super) fn is_taken_back(error: &Error) -> bool {
    // The states of a deadlock and of a transaction that could not be put in an order.
    matches!(state(error).as_deref(), Some("40001" | "40P01"))
}

/// Whether the connection was lost, and another one may answer.
pub(super) fn is_lost(error: &Error) -> bool {
    // What PostgreSQL and MySQL say when they are shut down.
    let farewell =
        || matches!(state(error).as_deref(), Some("57P01" | "57P02" | "57P03" | "08S01"));
    matches!(error, Error::Io(_)) || farewell()
}

pub(super) fn is_unique_violation(error: &Error) -> bool {
    error.as_database_error().is_some_and(DatabaseError::is_unique_violation)
}

/// What an error says of the store. What a database says of values that it does not like can show
/// them, and is not repeated.
pub(super) fn failed(engine: &'static str, error: &Error) -> StoreError {
    match state(error).as_deref() {
        Some("42P01" | "42S02") => StoreError::Setup {
            engine,
            problem: "the tables are missing; `install` makes them, see guide::migrations".into(),
        },
        Some(state) if state.starts_with("22") || state.starts_with("23") => {
            StoreError::unavailable(engine, format!("the database refused a value: {state}"))
        }
        _ => StoreError::unavailable(engine, format!("{error}")),
    }
}

/// The five characters in which databases name an error.
fn state(error: &Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(DatabaseError::code)
}

/// Makes a [`Driver`](super::sql::Driver) of a pool: `struct Driven(Pool<DB>)`.
///
/// A macro, because what sqlx asks of a database cannot be said shorter of all databases at once.
macro_rules! sqlx_driver {
    (
        driver: $driver:ty,
        database: $database:ty,
        arguments: $arguments:ty,
        row: $row:ty,
        dialect: $dialect:expr,
        place: $place:expr,
        script: $script:expr,
        is_taken_back: $is_taken_back:expr,
    ) => {
        impl Driver for $driver {
            fn dialect(&self) -> &'static Dialect {
                &$dialect
            }

            /// Of no use: no statement names it.
            fn now(&self) -> StoreTime {
                StoreTime::from_millis(0)
            }

            async fn run(
                &self,
                statement: &'static Statement,
                values: Values,
            ) -> Result<Answer, StoreError> {
                let Some((text, values)) = sqlx_pool::placed(statement.text, &values, $place)
                else {
                    return Err(StoreError::Damaged { engine: ENGINE });
                };
                let mut tries = sqlx_pool::TRIES;
                loop {
                    tries = tries.saturating_sub(1);
                    match run_once(&self.0, text.clone(), &values, statement.kind).await {
                        Err(error) if sqlx_pool::is_unique_violation(&error) => {
                            return Ok(Answer::default());
                        }
                        Err(error) if tries > 0 && $is_taken_back(&error) => {}
                        // A write may have been done.
                        Err(error)
                            if tries > 0
                                && statement.kind == Kind::Read
                                && sqlx_pool::is_lost(&error) => {}
                        answer => return answer.map_err(|e| sqlx_pool::failed(ENGINE, &e)),
                    }
                }
            }

            async fn run_script(&self, text: &'static str) -> Result<(), StoreError> {
                let mut tries = sqlx_pool::TRIES;
                loop {
                    tries = tries.saturating_sub(1);
                    match run_script_once(&self.0, $script(text)).await {
                        Err(error) if tries > 0 && $is_taken_back(&error) => {}
                        done => return done.map_err(|error| sqlx_pool::failed(ENGINE, &error)),
                    }
                }
            }
        }

        async fn run_once(
            pool: &sqlx::Pool<$database>,
            text: alloc::string::String,
            values: &[&Value],
            kind: Kind,
        ) -> Result<Answer, Error> {
            let mut arguments = <$arguments>::default();
            for value in values {
                let added = match value {
                    Value::Null => sqlx::Arguments::add(&mut arguments, None::<&[u8]>),
                    Value::NoInteger => sqlx::Arguments::add(&mut arguments, None::<i64>),
                    Value::Integer(number) => sqlx::Arguments::add(&mut arguments, *number),
                    Value::Bytes(bytes) => sqlx::Arguments::add(&mut arguments, bytes.as_slice()),
                };
                added.map_err(Error::Encode)?;
            }
            let mut lease = Lease::of(pool).await?;
            let query = sqlx::query_with(AssertSqlSafe(text), arguments);
            let connection = lease.connection()?;
            let answer = if kind != Kind::Write {
                let rows = query.fetch_all(connection).await;
                rows.and_then(|rows| rows.iter().map(row).collect())
                    .map(|rows| Answer { rows, changed: 0 })
            } else {
                let done = query.execute(connection).await;
                done.map(|done| Answer { changed: done.rows_affected(), rows: Vec::new() })
            };
            lease.settle(answer)
        }

        async fn run_script_once(
            pool: &sqlx::Pool<$database>,
            text: alloc::string::String,
        ) -> Result<(), Error> {
            let mut lease = Lease::of(pool).await?;
            let script = sqlx::raw_sql(AssertSqlSafe(text));
            let done = script.execute(lease.connection()?).await;
            lease.settle(done.map(drop))
        }

        fn row(row: &$row) -> Result<Vec<Value>, Error> {
            let value = |nth| match row.try_get::<Option<i64>, usize>(nth) {
                Ok(Some(number)) => Ok(Value::Integer(number)),
                Ok(None) => Ok(Value::Null),
                Err(_) => row.try_get::<Vec<u8>, usize>(nth).map(Value::Bytes),
            };
            (0..row.len()).map(value).collect()
        }
    };
}
pub(super) use sqlx_driver;

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: fn(usize) -> Cow<'static, str> = |nth| Cow::Owned(format!("${nth}"));

    fn values() -> Values {
        [(":key", Value::Integer(1)), (":new_key", Value::Integer(2)), (":now", Value::Null)].into()
    }

    #[test]
    fn a_value_stands_wherever_its_name_stands() {
        let values = values();
        let (text, order) = placed("a = :new_key AND(:key,:key) ", &values, PLACE).unwrap();
        assert_eq!(text, "a = $1 AND($2,$3) ");
        let numbers = order.into_iter().map(|value| match value {
            Value::Integer(number) => *number,
            _ => 0,
        });
        assert_eq!(numbers.collect::<Vec<_>>(), [2, 1, 1]);
    }

    #[test]
    fn a_text_without_names_needs_no_values() {
        assert!(
            placed("SELECT 1", &Values::new(), PLACE).is_some_and(|(text, _)| text == "SELECT 1")
        );
    }

    #[test]
    fn a_name_without_a_value_is_found() {
        for text in [":other", ":ke", ":key_", "::", ":"] {
            assert!(placed(text, &values(), PLACE).is_none(), "{text}");
        }
    }

    #[test]
    fn an_error_of_the_driver_is_an_outage() {
        let down = failed("here", &Error::PoolTimedOut);
        assert!(matches!(down, StoreError::Unavailable { engine: "here", .. }));
        assert!(!is_taken_back(&Error::PoolTimedOut) && !is_unique_violation(&Error::PoolTimedOut));
    }
}
