//! What MySQL and MariaDB owe beyond the suite.

use std::{path::Path, thread, time::Duration};

use cloakroom::store::{MySqlStore, RowKey, Store, StoreError};
use libtest_mimic::{Failed, Trial};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, Row, mysql::MySqlPoolOptions};

use super::{MySql, admin, connect, fresh_database, make, narrow, run, text, wait};
use crate::{
    addressed::{self, Addressed, fresh_key, give_up},
    apart::Placed,
};

/// The tests of this engine alone.
pub(crate) fn trials() -> Vec<Trial> {
    let trial =
        |name, test: fn() -> Result<(), Failed>| Trial::test(format!("mysql::{name}"), test);
    vec![
        trial("a_value_that_is_refused_is_not_shown", a_value_that_is_refused_is_not_shown),
        trial(
            "a_call_that_is_given_up_closes_its_connection",
            a_call_that_is_given_up_closes_its_connection,
        ),
        trial("a_dead_row_is_not_in_the_way", a_dead_row_is_not_in_the_way),
        trial("a_read_over_connections_that_were_cut", a_read_over_connections_that_were_cut),
        trial("tables_that_do_not_fit", tables_that_do_not_fit),
        trial("the_plans_of_the_statements", the_plans_of_the_statements),
        #[cfg(feature = "cli")]
        trial("the_tool_clears_it", the_tool_clears_it),
    ]
}

/// Tables that are missing or of another version are said to be so.
fn tables_that_do_not_fit() -> Result<(), Failed> {
    let is_setup = |answer| matches!(answer, Err(StoreError::Setup { engine: "mysql", .. }));
    let kept = MySql::open(Path::new(&fresh_database()))?;
    let check = wait(kept.store.check());
    assert!(is_setup(check.clone()), "no tables: {check:?}");
    let load = wait(kept.store.load(&RowKey::from_bytes([7; 32])));
    assert!(is_setup(load.map(drop)), "no tables");
    wait(kept.store.install())?;
    assert_eq!(wait(kept.store.check()), Ok(()));
    run(&connect(&kept.address)?, "UPDATE cloakroom_schema SET version = 2");
    assert!(is_setup(wait(kept.store.check())), "another version");
    assert!(is_setup(wait(kept.store.install())), "another version");
    Ok(())
}

/// The purge and the list of an owner can go by an index.
fn the_plans_of_the_statements() -> Result<(), Failed> {
    let (pool, kept) = narrow()?;
    // Of an empty table there is nothing to plan.
    fresh_key(&kept);
    let table = "FROM cloakroom_session WHERE";
    for (statement, index) in [
        (format!("SELECT data {table} row_key IN ('', 'a') AND expires > 1"), "PRIMARY"),
        (
            format!(
                "DELETE {table} expires_day <= {NOW} DIV 86400000 AND expires <= {NOW} \
                 ORDER BY expires_day, row_key LIMIT 9"
            ),
            "cloakroom_session_expires_day",
        ),
        (format!("SELECT data {table} owner = 'x' ORDER BY seen"), "cloakroom_session_owner"),
    ] {
        let plan =
            wait(sqlx::query(AssertSqlSafe(format!("EXPLAIN {statement}"))).fetch_one(&pool))?;
        let usable: Option<String> = plan.get("possible_keys");
        assert_eq!(usable.as_deref(), Some(index), "{statement}");
    }
    Ok(())
}

const NOW: &str = "TIMESTAMPDIFF(MICROSECOND, DATE'1970-01-01', UTC_TIMESTAMP(3)) DIV 1000";

/// Whoever comes next does not get the connection on which an answer is still to come.
fn a_call_that_is_given_up_closes_its_connection() -> Result<(), Failed> {
    let (pool, kept) = narrow()?;
    let process = || text(&pool, "SELECT CAST(connection_id() AS CHAR)");
    let (first, key) = (process(), fresh_key(&kept));
    let mut other = wait(MySqlConnection::connect(&kept.address))?;
    let lock = "BEGIN; UPDATE cloakroom_session SET seen = 0";
    wait(sqlx::raw_sql(lock).execute(&mut other))?;
    wait(give_up(&kept, &key, async || {
        // What that table says is refreshed only after a tenth of a second in which nobody asked.
        thread::sleep(Duration::from_millis(150));
        let waits = "SELECT count(*) FROM information_schema.innodb_trx \
             WHERE trx_mysql_thread_id = CAST(? AS INTEGER) AND trx_state = 'LOCK WAIT'";
        let waits = sqlx::query_scalar::<_, i64>(waits).bind(&first).fetch_one(admin()).await;
        waits.unwrap() > 0
    }));
    assert_ne!(process(), first);
    wait(other.close())?;
    Ok(())
}

/// A session whose key is taken by a dead one is created, and moves there.
fn a_dead_row_is_not_in_the_way() -> Result<(), Failed> {
    addressed::a_dead_row_is_not_in_the_way(&MySql)
}

/// The tool removes what has expired, and nothing else.
#[cfg(feature = "cli")]
fn the_tool_clears_it() -> Result<(), Failed> {
    addressed::the_tool_clears_it(&make("")?)
}

/// A read goes through though every connection of the pool was cut, and nobody asked whether they live.
fn a_read_over_connections_that_were_cut() -> Result<(), Failed> {
    let address = fresh_database();
    let pool = wait(MySqlPoolOptions::new().test_before_acquire(false).connect(&address))?;
    let store = MySqlStore::from_pool(pool.clone());
    wait(store.install())?;
    let kept = Addressed { store, address };
    let (key, database) = (fresh_key(&kept), text(&pool, "SELECT database()"));
    let open = "SELECT id FROM information_schema.processlist WHERE db = ?";
    let open = || {
        let ids = sqlx::query_scalar::<_, i64>(open).bind(&database).fetch_all(admin());
        wait(ids).unwrap()
    };
    for _ in 0..3 {
        wait(async {
            [pool.acquire().await, pool.acquire().await, pool.acquire().await].map(drop)
        });
        for id in open() {
            run(admin(), &format!("KILL {id}"));
        }
        while !open().is_empty() {}
        assert!(wait(kept.load(&key))?.is_some());
    }
    Ok(())
}

/// An error of the database says what it is, without the value that it is about.
fn a_value_that_is_refused_is_not_shown() -> Result<(), Failed> {
    let kept = make("")?;
    let rule = "ALTER TABLE cloakroom_session ADD CONSTRAINT rule CHECK (label <> 'marked')";
    run(&connect(&kept.address)?, rule);
    addressed::a_value_that_is_refused_is_not_shown(&kept)
}
