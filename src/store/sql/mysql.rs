//! The statements in the dialect of MySQL and MariaDB.
//!
//! A number of rows is the number that was found, whether or not anything in them changed: the driver
//! asks for it so (`CLIENT_FOUND_ROWS`). MySQL does not say what it removed, so the living and the dead
//! are removed by a statement each.

use super::{Dialect, Removal, Statement};

/// The server's clock at the beginning of the statement in Unix milliseconds, rounded down. It is not
/// `UNIX_TIMESTAMP`, which reads the time of the connection's time zone, an hour of which comes twice.
macro_rules! now {
    () => {
        "TIMESTAMPDIFF(MICROSECOND, DATE'1970-01-01', UTC_TIMESTAMP(3)) DIV 1000"
    };
}

/// A statement for the rows that live.
macro_rules! living {
    ($($text:literal),+) => {
        concat!($($text,)+ " AND expires > ", now!())
    };
}

macro_rules! dead {
    ($($text:literal),+) => {
        concat!($($text,)+ " AND expires <= ", now!())
    };
}

pub(in super::super) static MYSQL: Dialect = Dialect {
    engine: "mysql",
    schema: include_str!("mysql.sql"),
    schema_version: Statement::read("SELECT version FROM cloakroom_schema"),

    // A dead leftover is in its way, and is buried then.
    create: Statement::write(concat!(
        "INSERT INTO cloakroom_session \
             (row_key, data, version, expires, created, owner, label, seen) \
         VALUES (:key, :data, :version, :expires, :created, :owner, :label, ",
        now!(),
        ")",
    )),

    load: Statement::read(living!(
        "SELECT data, version, expires FROM cloakroom_session WHERE row_key = :key"
    )),

    update: Statement::write(concat!(
        "UPDATE cloakroom_session SET \
             data = :data, version = :version, expires = :expires, created = :created, \
             owner = :owner, label = :label, seen = ",
        now!(),
        living!(" WHERE row_key = :key AND (:expected IS NULL OR version = :expected)"),
    )),

    touch: Statement::write(concat!(
        "UPDATE cloakroom_session SET expires = greatest(expires, :expires), seen = ",
        now!(),
        living!(" WHERE row_key = :key"),
    )),

    delete: Removal::Counting {
        living: Statement::write(living!("DELETE FROM cloakroom_session WHERE row_key = :key")),
        dead: Statement::write(dead!("DELETE FROM cloakroom_session WHERE row_key = :key")),
    },

    rotate: Statement::write(concat!(
        "UPDATE cloakroom_session SET \
             row_key = :new_key, data = :data, version = :version, expires = :expires, \
             created = :created, owner = :owner, label = :label, seen = ",
        now!(),
        living!(" WHERE row_key = :key"),
    )),

    bury: Some(Statement::write(dead!("DELETE FROM cloakroom_session WHERE row_key = :key"))),

    // In the order of the index, so that two of them meet in one order. The first condition is what the
    // index knows, the second what is meant.
    purge: Statement::write(concat!(
        "DELETE FROM cloakroom_session WHERE expires_day <= ",
        now!(),
        dead!(" DIV 86400000"),
        " ORDER BY expires_day, row_key LIMIT :limit",
    )),

    list: Statement::read(concat!(
        living!(
            "SELECT row_key, created, seen, expires, label FROM cloakroom_session \
             WHERE owner = :owner"
        ),
        " ORDER BY seen DESC",
    )),

    delete_all: Removal::Counting {
        living: Statement::write(living!(
            "DELETE FROM cloakroom_session \
             WHERE owner = :owner AND (:except IS NULL OR row_key <> :except)"
        )),
        dead: Statement::write(dead!(
            "DELETE FROM cloakroom_session \
             WHERE owner = :owner AND (:except IS NULL OR row_key <> :except)"
        )),
    },
};
