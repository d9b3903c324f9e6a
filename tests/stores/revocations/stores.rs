//! The authority in a store of records.

#[path = "../../sessions/auth/readers.rs"]
mod readers;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use cloakroom::{
    revocation::StoreRevocations,
    store::{OwnerIndex, StoreTime},
};
use libtest_mimic::{Failed, Trial};

use super::{Seat, contract, trial};
use crate::apart::wait;

pub(super) fn trials<S: Seat<Store: OwnerIndex>>() -> [Trial; 2] {
    [
        trial::<S>("readers_see_what_was_written_late_and_by_other_clocks", || {
            let (harness, authority, clock) = by_hand::<S>()?;
            let story = readers::see_what_was_written_late_and_by_other_clocks;
            wait(&harness, story(&authority, &clock));
            Ok(())
        }),
        trial::<S>("readers_are_told_that_they_were_away_for_too_long", || {
            let (harness, authority, clock) = by_hand::<S>()?;
            let story = readers::are_told_that_they_were_away_for_too_long;
            wait(&harness, story(&authority, &clock));
            Ok(())
        }),
    ]
}

/// An authority in a store, by a clock that is moved by hand.
fn by_hand<S: Seat<Store: OwnerIndex>>() -> Result<(S, StoreRevocations, Arc<AtomicI64>), Failed> {
    let harness = S::default();
    let millis = Arc::new(AtomicI64::new(StoreTime::now().as_millis()));
    let clock = Arc::clone(&millis);
    let now = move || StoreTime::from_millis(clock.load(Ordering::SeqCst));
    let authority = StoreRevocations::with_clock(harness.make()?, now);
    Ok((harness, authority, millis))
}

/// An authority in a store of a database, whose place `$place` tells.
macro_rules! in_a_store {
    ($engine:ty, $place:expr) => {
        impl Seat for $engine {
            type Authority = StoreRevocations;

            const DURABLE: bool = true;

            fn authority(store: Arc<Self::Store>) -> StoreRevocations {
                StoreRevocations::new(store)
            }

            fn place(store: &Self::Store) -> PathBuf {
                $place(store)
            }
        }
    };
}

#[cfg(feature = "rusqlite-0")]
in_a_store!(crate::sqlite::Sqlite, |store: &Self::Store| store.path().unwrap().to_owned());
#[cfg(all(unix, feature = "sqlx-0_9-postgres"))]
in_a_store!(crate::postgres::Postgres, |store: &Self::Store| PathBuf::from(&store.address));
#[cfg(all(unix, feature = "sqlx-0_9-mysql"))]
in_a_store!(crate::mysql::MySql, |store: &Self::Store| PathBuf::from(&store.address));
