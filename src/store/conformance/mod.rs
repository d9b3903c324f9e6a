//! The conformance suite: 46 tests that every store of this crate passes, and yours should.
//!
//! An engine under test is a [`Harness`]: how to make an empty store, and what can be done to the
//! server behind it. [`suite`] gives the tests, each with a store of its own, to be run by a test
//! program without the default harness:
//!
//! ```
//! use cloakroom::store::{MemoryStore, conformance::{Failure, Harness, suite}};
//!
//! struct Memory;
//!
//! impl Harness for Memory {
//!     type Store = MemoryStore;
//!
//!     fn name(&self) -> String {
//!         "memory".into()
//!     }
//!
//!     fn make(&self) -> Result<MemoryStore, Failure> {
//!         Ok(MemoryStore::new())
//!     }
//!
//!     fn exceptions(&self) -> &'static [(u8, &'static str)] {
//!         &[(31, "there is no server"), (32, "there is no server")]
//!     }
//! }
//!
//! let tests = suite(Memory);
//! assert_eq!(tests.len(), 46);
//! for test in tests.into_iter().take(3) {
//!     test.run()?;
//! }
//! # Ok::<(), Failure>(())
//! ```
//!
//! Tests use ordinary threads, and run the store's futures where [`Harness::block_on`] says, so the
//! suite chooses no runtime. They look at the engine's flags ([`StoreTraits`](super::StoreTraits)) and
//! hold it to them: a flag that is declared and not so is a failure too.
//!
//! Each test prints the engine's name and its seed. `CLOAKROOM_STORE_SEED` repeats one, and
//! `CLOAKROOM_SOAK_SECONDS` (default 5) is the length of the last test.

// Tests count, and a wrong sum of theirs is a failure of theirs.
#![allow(clippy::arithmetic_side_effects)]

mod contract;
mod faults;
mod harness;
mod owners;
mod races;
mod rest;
mod serve;
mod soak;
mod stage;
mod times;

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::fmt;
use std::{env, println};

use self::stage::{Outcome, Stage};
pub use self::{
    harness::{Hand, Harness, Installer, Outage},
    serve::serve,
    stage::Failure,
};
use crate::primitives::entropy::{Entropy, OsEntropy};

/// One test of the suite.
pub struct Test {
    number: u8,
    title: &'static str,
    engine: String,
    reason: Option<&'static str>,
    body: Box<dyn FnOnce(u64) -> Outcome + Send>,
}

/// The 46 tests for an engine, in order.
pub fn suite<H: Harness>(harness: H) -> Vec<Test> {
    let harness = Arc::new(harness);
    let engine = harness.name();
    let exceptions = harness.exceptions();
    let test = |(number, title, body): Entry<H>| {
        let named = exceptions.iter().find(|(other, _)| *other == number);
        let may = EXCEPTABLE.contains(&number);
        let harness = Arc::clone(&harness);
        let named_badly = named.is_some() && !may;
        let body = move |seed| {
            if named_badly {
                return Err(Failure::new("this test applies to every engine"));
            }
            let store = harness.make()?;
            body(&Stage::new(&harness, store, seed))
        };
        let reason = named.filter(|_| may).map(|(_, reason)| *reason);
        Test { number, title, engine: engine.clone(), reason, body: Box::new(body) }
    };
    tests::<H>().into_iter().map(test).collect()
}

impl Test {
    /// Its number in the suite, from 1.
    pub const fn number(&self) -> u8 {
        self.number
    }

    /// Engine, number and title, such as `memory::13_race_update_delete`.
    pub fn name(&self) -> String {
        format!("{}::{:02}_{}", self.engine, self.number, self.title)
    }

    /// Why it does not apply to this engine, if the harness says so. Show it as ignored.
    pub const fn not_applicable(&self) -> Option<&'static str> {
        self.reason
    }

    /// Runs it, which takes from milliseconds to some seconds.
    ///
    /// # Errors
    ///
    /// [`Failure`], with what went wrong and the seed.
    pub fn run(self) -> Result<(), Failure> {
        let name = self.name();
        if let Some(reason) = self.reason {
            return Err(Failure::new(format_args!("{name} does not apply: {reason}")));
        }
        let seed = seed();
        // One line a test, whatever becomes of it: with it, a run can be repeated.
        println!("{name}: seed {seed}");
        (self.body)(seed).map_err(|failure| Failure(format!("{name}: {failure} (seed {seed})")))
    }
}

type Entry<H> = (u8, &'static str, fn(&Stage<H>) -> Outcome);

/// Tests that take more than a store, which not every engine has.
const EXCEPTABLE: [u8; 12] = [31, 32, 33, 34, 35, 37, 40, 41, 42, 43, 44, 45];

fn tests<H: Harness>() -> Vec<Entry<H>> {
    Vec::from([
        (1, "roundtrip", contract::roundtrip as fn(&Stage<H>) -> Outcome),
        (2, "load_missing", contract::load_missing),
        (3, "create_existing", contract::create_existing),
        (4, "create_race", contract::create_race),
        (5, "create_over_expired", times::create_over_expired),
        (6, "update_missing", contract::update_missing),
        (7, "update_deleted", contract::update_deleted),
        (8, "update_expired", times::update_expired),
        (9, "update_conflict", contract::update_conflict),
        (10, "cas_counter", contract::cas_counter),
        (11, "delete_idem", contract::delete_idem),
        (12, "delete_then_create", contract::delete_then_create),
        (13, "race_update_delete", races::race_update_delete),
        (14, "race_touch_delete", races::race_touch_delete),
        (15, "race_read_delete", races::race_read_delete),
        (16, "race_rotate_delete", races::race_rotate_delete),
        (17, "expiry", times::expiry),
        (18, "expiry_precision", times::expiry_precision),
        (19, "touch_keeps", contract::touch_keeps),
        (20, "touch_missing", contract::touch_missing),
        (21, "touch_never_shortens", contract::touch_never_shortens),
        (22, "rotate", contract::rotate),
        (23, "rotate_missing", contract::rotate_missing),
        (24, "rotate_race", races::rotate_race),
        (25, "rotate_onto_existing", contract::rotate_onto_existing),
        (26, "purge", times::purge),
        (27, "purge_vs_touch", races::purge_vs_touch),
        (28, "purge_two_nodes", races::purge_two_nodes),
        (29, "cancel", faults::cancel),
        (30, "cancel_write", faults::cancel_write),
        (31, "outage_is_error", faults::outage_is_error),
        (32, "outage_recovers", faults::outage_recovers),
        (33, "disk_full", faults::disk_full),
        (34, "wrong_tz", times::wrong_tz),
        (35, "clock_jump", times::clock_jump),
        (36, "keys_binary", contract::keys_binary),
        (37, "at_rest", rest::at_rest),
        (38, "swapped_rows", rest::swapped_rows),
        (39, "oversize", contract::oversize),
        (40, "owner_list", owners::owner_list),
        (41, "owner_delete_all", owners::owner_delete_all),
        (42, "owner_leak", owners::owner_leak),
        (43, "prefix_isolation", rest::prefix_isolation),
        (44, "schema_twice", rest::schema_twice),
        (45, "shared_process", rest::shared_process),
        (46, "soak", soak::soak),
    ])
}

/// A hook that the harness lacks and does not except.
fn undeclared() -> Failure {
    Failure::new("the harness has no hook for this test and gives no reason in `exceptions`")
}

fn seed() -> u64 {
    let given = env::var("CLOAKROOM_STORE_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| {
        let mut bytes = [0; 8];
        // Without random bytes, one seed is as good as another.
        let _ = OsEntropy.fill(&mut bytes);
        u64::from_be_bytes(bytes)
    })
}

impl fmt::Debug for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Test").field(&self.name().to_string()).finish()
    }
}
