//! The statements in SQLite's dialect.
//!
//! Each call of the contract that changes something is one statement, and so atomic by itself. There
//! is one writer at a time, so what a statement sees holds until it is done.

use super::{Dialect, Removal, Statement};

pub(in super::super) static SQLITE: Dialect = Dialect {
    engine: "sqlite",
    schema: include_str!("sqlite.sql"),
    schema_version: Statement::read("SELECT version FROM cloakroom_schema"),

    create: Statement::write(
        "INSERT INTO cloakroom_session \
             (row_key, data, version, expires, created, seen, owner, label) \
         VALUES (:key, :data, :version, :expires, :created, :now, :owner, :label) \
         ON CONFLICT (row_key) DO UPDATE SET \
             data = :data, version = :version, expires = :expires, created = :created, \
             seen = :now, owner = :owner, label = :label \
         WHERE cloakroom_session.expires <= :now",
    ),

    load: Statement::read(
        "SELECT data, version, expires FROM cloakroom_session \
         WHERE row_key = :key AND expires > :now",
    ),

    update: Statement::write(
        "UPDATE cloakroom_session SET \
             data = :data, version = :version, expires = :expires, created = :created, \
             seen = :now, owner = :owner, label = :label \
         WHERE row_key = :key AND expires > :now \
             AND (:expected IS NULL OR version = :expected)",
    ),

    touch: Statement::write(
        "UPDATE cloakroom_session SET expires = max(expires, :expires), seen = :now \
         WHERE row_key = :key AND expires > :now",
    ),

    // A dead leftover goes too: by a clock that is set back it would live again.
    delete: Removal::Telling(Statement::returning(
        "DELETE FROM cloakroom_session WHERE row_key = :key RETURNING expires > :now",
    )),

    // What it may replace is a dead leftover under the new key.
    rotate: Statement::write(
        "UPDATE OR REPLACE cloakroom_session SET \
             row_key = :new_key, data = :data, version = :version, expires = :expires, \
             created = :created, seen = :now, owner = :owner, label = :label \
         WHERE row_key = :key AND expires > :now AND NOT EXISTS ( \
             SELECT 1 FROM cloakroom_session AS taken \
             WHERE taken.row_key = :new_key AND taken.expires > :now)",
    ),

    bury: None,

    // The first condition is what the index knows, the second what is meant.
    purge: Statement::write(
        "DELETE FROM cloakroom_session WHERE row_key IN ( \
             SELECT row_key FROM cloakroom_session \
             WHERE expires_day <= :now / 86400000 AND expires <= :now LIMIT :limit)",
    ),

    list: Statement::read(
        "SELECT row_key, created, seen, expires, label FROM cloakroom_session \
         WHERE owner = :owner AND expires > :now ORDER BY seen DESC",
    ),

    delete_all: Removal::Telling(Statement::returning(
        "DELETE FROM cloakroom_session \
         WHERE owner = :owner AND (:except IS NULL OR row_key <> :except) \
         RETURNING expires > :now",
    )),
};
