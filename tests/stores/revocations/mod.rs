//! The authority on ended sessions in each place that processes share: its contract, its feed, three
//! processes that follow it, and what S2 does when its server is away.

#[path = "../../sessions/auth/contract.rs"]
mod contract;
#[cfg(all(
    unix,
    any(feature = "redis-1", feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres")
))]
mod outage;
mod processes;
#[cfg(all(unix, feature = "redis-1"))]
mod redis;
#[cfg(any(feature = "rusqlite-0", feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))]
mod stores;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use cloakroom::revocation::Revocations;
use libtest_mimic::{Failed, Trial};

use self::contract::{counts_every_bump, keeps_the_contract, sid};
use super::apart::{Placed, wait};

/// A place for an authority.
pub(crate) trait Seat: Placed {
    type Authority: Revocations;

    /// Whether what it acknowledged is there after a crash.
    #[cfg_attr(not(unix), allow(dead_code))]
    #[cfg_attr(
        not(any(feature = "redis-1", feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres")),
        allow(dead_code, reason = "nobody crashes a file")
    )]
    const DURABLE: bool;

    fn authority(store: Arc<Self::Store>) -> Self::Authority;

    /// Where other processes find it.
    fn place(store: &Self::Store) -> PathBuf;
}

/// Does the task of this process, if it was started for one of these tests.
pub(crate) fn run() -> Option<ExitCode> {
    #[cfg(feature = "rusqlite-0")]
    if let Some(code) = processes::run::<super::sqlite::Sqlite>() {
        return Some(code);
    }
    #[cfg(all(unix, feature = "sqlx-0_9-postgres"))]
    if let Some(code) = processes::run::<super::postgres::Postgres>() {
        return Some(code);
    }
    #[cfg(all(unix, feature = "sqlx-0_9-mysql"))]
    if let Some(code) = processes::run::<super::mysql::MySql>() {
        return Some(code);
    }
    #[cfg(all(unix, feature = "redis-1"))]
    if let Some(code) = processes::run::<super::redis::Single>() {
        return Some(code);
    }
    None
}

/// What an authority in a file owes.
#[cfg(feature = "rusqlite-0")]
pub(crate) fn trials_in_a_file<S: Seat<Store: cloakroom::store::OwnerIndex>>() -> Vec<Trial> {
    [of_all::<S>(), stores::trials::<S>()].into_iter().flatten().collect()
}

/// What one in a database of a server owes.
#[cfg(all(unix, any(feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres")))]
pub(crate) fn trials_in_a_database<S: Seat<Store: cloakroom::store::OwnerIndex>>() -> Vec<Trial> {
    let mut trials: Vec<_> = of_all::<S>().into_iter().chain(stores::trials::<S>()).collect();
    trials.push(of_servers::<S>());
    trials
}

/// What that in Redis owes.
#[cfg(all(unix, feature = "redis-1"))]
pub(crate) fn trials_in_redis() -> Vec<Trial> {
    use super::redis::{Cluster, Single};
    let mut trials: Vec<_> = of_all::<Single>().into();
    let in_a_cluster = the_contract::<Cluster>;
    trials.extend([
        of_servers::<Single>(),
        redis::trial(),
        trial::<Cluster>("the_contract", in_a_cluster),
    ]);
    trials
}

fn of_all<S: Seat>() -> [Trial; 2] {
    [
        trial::<S>("the_contract", the_contract::<S>),
        trial::<S>(
            "a_logout_in_one_of_three_processes_is_seen_by_all_of_them_within_the_lag",
            processes::a_logout_in_one_of_three_processes_is_seen_by_all_of_them_within_the_lag::<S>,
        ),
    ]
}

#[cfg(all(
    unix,
    any(feature = "redis-1", feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres")
))]
fn of_servers<S: Seat>() -> Trial {
    let ours = !S::default().exceptions().iter().any(|(number, _)| *number == 31);
    let name = "a_server_that_stops_freezes_and_comes_back";
    trial::<S>(name, outage::story::<S>).with_ignored_flag(!ours)
}

fn trial<S: Seat>(name: &str, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::test(format!("{}_revocations::{name}", S::ENGINE), test)
}

fn the_contract<S: Seat>() -> Result<(), Failed> {
    let harness = S::default();
    let authority = S::authority(Arc::new(harness.make()?));
    wait(&harness, keeps_the_contract(&authority));
    let bump = || wait(&harness, authority.bump(b"carol")).unwrap();
    let last = counts_every_bump(bump);
    let check = wait(&harness, authority.check(&sid(9), Some(b"carol")))?;
    assert_eq!(check.epoch, last);
    Ok(())
}

#[cfg(all(unix, feature = "redis-1"))]
impl<const CLUSTER: bool> Seat for super::redis::Redis<CLUSTER> {
    type Authority = cloakroom::revocation::RedisRevocations;

    /// It confirms a write before that is on a disk.
    const DURABLE: bool = false;

    fn authority(store: Arc<Self::Store>) -> Self::Authority {
        store.store.revocations()
    }

    fn place(store: &Self::Store) -> PathBuf {
        PathBuf::from(&store.address)
    }
}
