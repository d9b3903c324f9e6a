//! The conformance suite over every engine that this build has.
//!
//! It runs without the standard harness, so that a test that does not apply, or whose server is not
//! installed, is listed as ignored and not passed over.

// A test that panics has failed, which is what it is for.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]
#![allow(clippy::panic)]

// Each engine needs a part of what they share.
#[cfg(unix)]
#[cfg_attr(
    not(any(feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres")),
    allow(dead_code, reason = "a part is for databases")
)]
#[cfg(any(
    feature = "memcached",
    feature = "redis-1",
    feature = "sqlx-0_9-mysql",
    feature = "sqlx-0_9-postgres"
))]
mod addressed;
#[cfg(any(
    feature = "file-store",
    feature = "memcached",
    feature = "redis-1",
    feature = "rusqlite-0",
    feature = "sqlx-0_9-mysql",
    feature = "sqlx-0_9-postgres"
))]
#[cfg_attr(
    not(any(feature = "file-store", feature = "rusqlite-0")),
    allow(dead_code, reason = "a server needs a part of it")
)]
mod apart;
mod broken;
mod cached;
#[cfg(feature = "file-store")]
mod file;
#[cfg(all(unix, feature = "memcached"))]
mod memcached;
mod memory;
#[cfg(all(unix, feature = "sqlx-0_9-mysql"))]
mod mysql;
#[cfg(feature = "auth")]
mod planted;
#[cfg(all(unix, feature = "sqlx-0_9-postgres"))]
mod postgres;
#[cfg(all(unix, feature = "redis-1"))]
mod redis;
#[cfg(any(
    feature = "rusqlite-0",
    all(unix, any(feature = "redis-1", feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))
))]
#[cfg(all(feature = "auth", feature = "test-util"))]
mod revocations;
#[cfg(unix)]
#[cfg(any(
    feature = "memcached",
    feature = "redis-1",
    feature = "sqlx-0_9-mysql",
    feature = "sqlx-0_9-postgres"
))]
mod servers;
#[cfg(feature = "rusqlite-0")]
mod sqlite;

use std::process::ExitCode;

use cloakroom::store::conformance::{Harness, Test, suite};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    #[cfg(any(
        feature = "rusqlite-0",
        all(
            unix,
            any(feature = "redis-1", feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres")
        )
    ))]
    #[cfg(all(feature = "auth", feature = "test-util"))]
    if let Some(code) = revocations::run() {
        return code;
    }
    #[cfg(feature = "file-store")]
    if let Some(code) = apart::run::<file::File>() {
        return code;
    }
    #[cfg(feature = "rusqlite-0")]
    if let Some(code) = apart::run::<sqlite::Sqlite>() {
        return code;
    }
    #[cfg(all(unix, feature = "sqlx-0_9-postgres"))]
    if let Some(code) = apart::run::<postgres::Postgres>() {
        return code;
    }
    #[cfg(all(unix, feature = "sqlx-0_9-mysql"))]
    if let Some(code) = apart::run::<mysql::MySql>() {
        return code;
    }
    #[cfg(all(unix, feature = "redis-1"))]
    if let Some(code) = apart::run::<redis::Single>().or_else(apart::run::<redis::Cluster>) {
        return code;
    }
    #[cfg(all(unix, feature = "redis-1", feature = "rusqlite-0"))]
    if let Some(code) = apart::run::<cached::Pair<cached::SqliteRedis>>() {
        return code;
    }
    #[cfg(all(unix, feature = "memcached"))]
    if let Some(code) = apart::run::<memcached::Memcached>() {
        return code;
    }
    #[cfg(all(unix, feature = "memcached", feature = "rusqlite-0"))]
    if let Some(code) = apart::run::<cached::Pair<cached::SqliteMemcached>>() {
        return code;
    }
    #[cfg(all(unix, feature = "redis-1", feature = "sqlx-0_9-postgres"))]
    if let Some(code) = apart::run::<cached::Pair<cached::PostgresRedis>>() {
        return code;
    }
    #[cfg(all(unix, feature = "memcached", feature = "sqlx-0_9-postgres"))]
    if let Some(code) = apart::run::<cached::Pair<cached::PostgresMemcached>>() {
        return code;
    }
    #[cfg(all(unix, feature = "redis-1", feature = "sqlx-0_9-mysql"))]
    if let Some(code) = apart::run::<cached::Pair<cached::MySqlRedis>>() {
        return code;
    }
    #[cfg(all(unix, feature = "memcached", feature = "sqlx-0_9-mysql"))]
    if let Some(code) = apart::run::<cached::Pair<cached::MySqlMemcached>>() {
        return code;
    }
    let arguments = Arguments::from_args();
    let mut trials = vec![];
    trials.extend(broken::trials());
    trials.extend(trials_of::<memory::Memory>());
    trials.extend(trials_of::<cached::Pair<cached::MemoryMemory>>());
    #[cfg(feature = "file-store")]
    {
        trials.extend(trials_of::<file::File>());
        trials.extend(trials_of_processes::<file::File>());
    }
    #[cfg(feature = "rusqlite-0")]
    {
        trials.extend(trials_of::<sqlite::Sqlite>());
        trials.extend(trials_of::<sqlite::InMemory>());
        trials.extend(trials_of::<cached::Pair<cached::SqliteMemory>>());
        trials.extend(trials_of_processes::<sqlite::Sqlite>());
        trials.extend([
            Trial::test(
                "sqlite::a_file_that_many_open_at_once",
                sqlite::a_file_that_many_open_at_once,
            ),
            Trial::test("sqlite::tables_that_do_not_fit", sqlite::tables_that_do_not_fit),
            Trial::test("sqlite::the_plans_of_the_statements", sqlite::the_plans_of_the_statements),
            #[cfg(unix)]
            Trial::test("sqlite::the_modes_of_the_files", sqlite::the_modes_of_the_files),
        ]);
        #[cfg(all(feature = "auth", feature = "test-util"))]
        trials.extend(revocations::trials_in_a_file::<sqlite::Sqlite>());
    }
    #[cfg(all(unix, feature = "sqlx-0_9-postgres"))]
    trials.extend(postgres::source().trials("postgres", {
        let mut trials = trials_of::<postgres::Postgres>();
        trials.extend(postgres::trials());
        #[cfg(all(feature = "auth", feature = "test-util"))]
        trials.extend(revocations::trials_in_a_database::<postgres::Postgres>());
        trials
    }));
    #[cfg(all(unix, feature = "sqlx-0_9-mysql"))]
    trials.extend(mysql::source().trials("mysql", {
        let mut trials = trials_of::<mysql::MySql>();
        let meetings = |test: &Test| mysql::MEETINGS.contains(&test.number());
        trials.extend(suite(mysql::Repeatable).into_iter().filter(meetings).map(trial_of));
        trials.extend(mysql::trials());
        #[cfg(all(feature = "auth", feature = "test-util"))]
        trials.extend(revocations::trials_in_a_database::<mysql::MySql>());
        trials
    }));
    #[cfg(all(unix, feature = "redis-1"))]
    trials.extend(redis::source().trials("redis", {
        let mut trials = trials_of::<redis::Single>();
        trials.extend(trials_of::<redis::Cluster>());
        trials.extend(redis::trials());
        #[cfg(all(feature = "auth", feature = "test-util"))]
        trials.extend(revocations::trials_in_redis());
        trials.extend(trials_of::<cached::Pair<cached::MemoryRedis>>());
        trials.extend(cached::trials_of_the_cache::<cached::MemoryRedis>(&redis::source()));
        #[cfg(feature = "rusqlite-0")]
        trials.extend(trials_of::<cached::Pair<cached::SqliteRedis>>());
        trials
    }));
    #[cfg(all(unix, feature = "memcached"))]
    trials.extend(memcached::source().trials("memcached", {
        let mut trials = trials_of::<memcached::Memcached>();
        trials.extend(memcached::trials());
        trials.extend(trials_of::<cached::Pair<cached::MemoryMemcached>>());
        trials.extend(cached::trials_of_the_cache::<cached::MemoryMemcached>(&memcached::source()));
        #[cfg(feature = "rusqlite-0")]
        trials.extend(trials_of::<cached::Pair<cached::SqliteMemcached>>());
        trials
    }));
    #[cfg(all(unix, feature = "redis-1", feature = "sqlx-0_9-postgres"))]
    trials.extend(two_servers::<cached::PostgresRedis>(
        ("postgres", postgres::source()),
        ("redis", &redis::source()),
    ));
    #[cfg(all(unix, feature = "memcached", feature = "sqlx-0_9-postgres"))]
    trials.extend(two_servers::<cached::PostgresMemcached>(
        ("postgres", postgres::source()),
        ("memcached", &memcached::source()),
    ));
    #[cfg(all(unix, feature = "redis-1", feature = "sqlx-0_9-mysql"))]
    trials.extend(two_servers::<cached::MySqlRedis>(
        ("mysql", mysql::source()),
        ("redis", &redis::source()),
    ));
    #[cfg(all(unix, feature = "memcached", feature = "sqlx-0_9-mysql"))]
    trials.extend(two_servers::<cached::MySqlMemcached>(
        ("mysql", mysql::source()),
        ("memcached", &memcached::source()),
    ));
    let conclusion = libtest_mimic::run(&arguments, trials);
    #[cfg(any(feature = "file-store", feature = "rusqlite-0"))]
    apart::clear();
    #[cfg(all(unix, feature = "sqlx-0_9-postgres"))]
    postgres::SERVER.stop();
    #[cfg(all(unix, feature = "sqlx-0_9-mysql"))]
    mysql::SERVER.stop();
    #[cfg(all(unix, feature = "redis-1"))]
    redis::stop();
    #[cfg(all(unix, feature = "memcached"))]
    memcached::SHARED.stop();
    #[cfg(unix)]
    #[cfg(any(
        feature = "memcached",
        feature = "redis-1",
        feature = "sqlx-0_9-mysql",
        feature = "sqlx-0_9-postgres"
    ))]
    servers::clear();
    conclusion.exit_code()
}

/// What every engine owes.
fn trials_of<H: Harness + Default>() -> Vec<Trial> {
    let suite = suite(H::default()).into_iter().map(trial_of);
    #[cfg(feature = "auth")]
    let suite = suite.chain(planted::trials::<H>());
    suite.collect()
}

/// A database with copies of its records on another server.
#[cfg(unix)]
#[cfg(any(feature = "memcached", feature = "redis-1"))]
#[cfg(any(feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))]
fn two_servers<P: cached::Pairing>(
    (authority, its): (&str, &servers::Source),
    (cache, of_it): (&str, &servers::Source),
) -> Vec<Trial> {
    let mut trials = trials_of::<cached::Pair<P>>();
    trials.extend(cached::trials_of_the_authority::<P>(its));
    its.trials(authority, of_it.trials(cache, trials))
}

fn trial_of(test: Test) -> Trial {
    let (name, ignored) = (test.name(), test.not_applicable());
    let name = ignored.map_or(name.clone(), |reason| format!("{name} ({reason})"));
    let run = move || test.run().map_err(Failed::from);
    Trial::test(name, run).with_ignored_flag(ignored.is_some())
}

/// What an engine owes to processes that fail.
#[cfg(any(feature = "file-store", feature = "rusqlite-0"))]
fn trials_of_processes<P: apart::Placed>() -> Vec<Trial> {
    let named = |test| format!("{}::{test}", P::ENGINE);
    vec![
        #[cfg(unix)]
        Trial::test(
            named("a_full_medium_in_the_middle_of_a_write"),
            apart::a_full_medium_in_the_middle_of_a_write::<P>,
        ),
        Trial::test(named("a_writer_that_is_killed"), apart::a_writer_that_is_killed::<P>),
    ]
}
