//! The statements in PostgreSQL's dialect.
//!
//! Each call of the contract that changes something is one statement. One that meets a row that
//! another is changing waits, looks at what the other left, and judges that anew: so a session that is
//! deleted meanwhile is not there to be updated, at every level of isolation.

use super::{Dialect, Removal, Statement};

/// The server's clock in Unix milliseconds, rounded down: a number, in which no time zone can be
/// mistaken.
macro_rules! now {
    () => {
        "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)"
    };
}

/// Whether the row lived, as a number.
macro_rules! lived {
    () => {
        concat!("CAST(CAST(expires > ", now!(), " AS integer) AS bigint)")
    };
}

pub(in super::super) static POSTGRES: Dialect = Dialect {
    engine: "postgres",
    schema: include_str!("postgres.sql"),
    schema_version: Statement::read("SELECT version FROM cloakroom_schema"),

    create: Statement::write(concat!(
        "INSERT INTO cloakroom_session AS there \
             (row_key, data, version, expires, created, seen, owner, label) \
         VALUES (:key, :data, :version, :expires, :created, ",
        now!(),
        ", :owner, :label) \
         ON CONFLICT (row_key) DO UPDATE SET \
             data = excluded.data, version = excluded.version, expires = excluded.expires, \
             created = excluded.created, seen = excluded.seen, owner = excluded.owner, \
             label = excluded.label \
         WHERE there.expires <= ",
        now!(),
    )),

    load: Statement::read(concat!(
        "SELECT data, version, expires FROM cloakroom_session \
         WHERE row_key = :key AND expires > ",
        now!(),
    )),

    update: Statement::write(concat!(
        "UPDATE cloakroom_session SET \
             data = :data, version = :version, expires = :expires, created = :created, \
             owner = :owner, label = :label, seen = ",
        now!(),
        " WHERE row_key = :key AND (:expected IS NULL OR version = :expected) AND expires > ",
        now!(),
    )),

    touch: Statement::write(concat!(
        "UPDATE cloakroom_session SET expires = greatest(expires, :expires), seen = ",
        now!(),
        " WHERE row_key = :key AND expires > ",
        now!(),
    )),

    // A dead leftover goes too: by a clock that is set back it would live again.
    delete: Removal::Telling(Statement::returning(concat!(
        "DELETE FROM cloakroom_session WHERE row_key = :key RETURNING ",
        lived!(),
    ))),

    rotate: Statement::write(concat!(
        "UPDATE cloakroom_session SET \
             row_key = :new_key, data = :data, version = :version, expires = :expires, \
             created = :created, owner = :owner, label = :label, seen = ",
        now!(),
        " WHERE row_key = :key AND expires > ",
        now!(),
    )),

    bury: Some(Statement::write(concat!(
        "DELETE FROM cloakroom_session WHERE row_key = :key AND expires <= ",
        now!(),
    ))),

    // Several of them at a time take different rows. The clock is read first, since the index is of no
    // use for a value that could change from row to row. The first condition is what the index knows,
    // the second what is meant.
    purge: Statement::write(concat!(
        "WITH clock AS MATERIALIZED (SELECT ",
        now!(),
        " AS now), dead AS MATERIALIZED ( \
             SELECT row_key FROM cloakroom_session \
             WHERE expires_day <= (SELECT now / 86400000 FROM clock) \
                 AND expires <= (SELECT now FROM clock) \
             LIMIT :limit FOR UPDATE SKIP LOCKED) \
         DELETE FROM cloakroom_session USING dead WHERE cloakroom_session.row_key = dead.row_key",
    )),

    list: Statement::read(concat!(
        "SELECT row_key, created, seen, expires, label FROM cloakroom_session \
         WHERE owner = :owner AND expires > ",
        now!(),
        " ORDER BY seen DESC",
    )),

    delete_all: Removal::Telling(Statement::returning(concat!(
        "DELETE FROM cloakroom_session \
         WHERE owner = :owner AND (:except IS NULL OR row_key <> :except) RETURNING ",
        lived!(),
    ))),
};
