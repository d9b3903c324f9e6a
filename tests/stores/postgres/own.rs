//! What PostgreSQL owes beyond the suite.

use std::path::Path;

use cloakroom::store::{PostgresStore, RowKey, Store, StoreError};
use libtest_mimic::{Failed, Trial};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgPoolOptions};

use super::{Postgres, address_of, admin, connect, make, narrow, run, schema, text, wait};
use crate::{
    addressed::{self, Addressed, fresh_key, give_up},
    apart::Placed,
};

/// The tests of this engine alone.
pub(crate) fn trials() -> Vec<Trial> {
    let trial =
        |name, test: fn() -> Result<(), Failed>| Trial::test(format!("postgres::{name}"), test);
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
    let is_setup = |answer| matches!(answer, Err(StoreError::Setup { engine: "postgres", .. }));
    let kept = Postgres::open(Path::new(&address_of(&schema())))?;
    assert!(is_setup(wait(kept.store.check())), "no tables");
    let load = wait(kept.store.load(&RowKey::from_bytes([7; 32])));
    assert!(is_setup(load.map(drop)), "no tables");
    wait(kept.store.install())?;
    assert_eq!(wait(kept.store.check()), Ok(()));
    run(&connect(&kept.address)?, "UPDATE cloakroom_schema SET version = 2");
    assert!(is_setup(wait(kept.store.check())), "another version");
    assert!(is_setup(wait(kept.store.install())), "another version");
    Ok(())
}

/// The purge and the list of an owner go by an index.
fn the_plans_of_the_statements() -> Result<(), Failed> {
    let (pool, _kept) = narrow()?;
    // Of an empty table it is faster to read all.
    run(&pool, "SET enable_seqscan = off");
    let table = "FROM cloakroom_session WHERE";
    for (condition, index) in [
        ("row_key = '' AND expires > 1", "cloakroom_session_pkey"),
        (
            "expires_day <= (SELECT 7 / 86400000) AND expires <= 7 LIMIT 9 FOR UPDATE SKIP LOCKED",
            "cloakroom_session_expires_day",
        ),
        ("owner = '' AND expires > 1 ORDER BY seen DESC", "cloakroom_session_owner"),
    ] {
        let query = AssertSqlSafe(format!("EXPLAIN SELECT row_key {table} {condition}"));
        let rows = wait(sqlx::query(query).fetch_all(&pool))?;
        let plan = rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n");
        assert!(plan.contains(&format!("{index} ")), "{condition}: {plan}");
    }
    Ok(())
}

/// Whoever comes next does not get the connection on which an answer is still to come.
fn a_call_that_is_given_up_closes_its_connection() -> Result<(), Failed> {
    let (pool, kept) = narrow()?;
    let process = || text(&pool, "SELECT pg_backend_pid()::text");
    let (first, key) = (process(), fresh_key(&kept));
    let mut other = wait(PgConnection::connect(&kept.address))?;
    let lock = "BEGIN; UPDATE cloakroom_session SET seen = 0";
    wait(sqlx::raw_sql(lock).execute(&mut other))?;
    wait(give_up(&kept, &key, async || {
        let waits = "SELECT count(*) FROM pg_stat_activity \
             WHERE pid::text = $1 AND wait_event_type = 'Lock'";
        let waits = sqlx::query_scalar::<_, i64>(waits).bind(&first).fetch_one(admin()).await;
        waits.unwrap() > 0
    }));
    assert_ne!(process(), first);
    wait(other.close())?;
    Ok(())
}

/// A session whose key is taken by a dead one is created, and moves there.
fn a_dead_row_is_not_in_the_way() -> Result<(), Failed> {
    addressed::a_dead_row_is_not_in_the_way(&Postgres)
}

/// The tool removes what has expired, and nothing else.
#[cfg(feature = "cli")]
fn the_tool_clears_it() -> Result<(), Failed> {
    addressed::the_tool_clears_it(&make()?)
}

/// A read goes through though every connection of the pool was cut, and nobody asked whether they live.
fn a_read_over_connections_that_were_cut() -> Result<(), Failed> {
    let schema = schema();
    let address = format!("{}&application_name={schema}", address_of(&schema));
    let pool = wait(PgPoolOptions::new().test_before_acquire(false).connect(&address))?;
    let store = PostgresStore::from_pool(pool.clone());
    wait(store.install())?;
    let kept = Addressed { store, address };
    let key = fresh_key(&kept);
    for _ in 0..3 {
        wait(async {
            [pool.acquire().await, pool.acquire().await, pool.acquire().await].map(drop)
        });
        let cut = format!(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
             WHERE application_name = '{schema}'"
        );
        run(admin(), &cut);
        assert!(wait(kept.load(&key))?.is_some());
    }
    Ok(())
}

/// An error of the database says what it is, without the value that it is about.
fn a_value_that_is_refused_is_not_shown() -> Result<(), Failed> {
    let kept = make()?;
    let rule = "ALTER TABLE cloakroom_session ADD CONSTRAINT rule CHECK (label <> 'marked')";
    run(&connect(&kept.address)?, rule);
    addressed::a_value_that_is_refused_is_not_shown(&kept)
}
