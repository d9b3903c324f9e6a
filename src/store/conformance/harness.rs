//! What the suite has to know of an engine.

use alloc::{boxed::Box, string::String, sync::Arc};
use core::{future::Future, pin::Pin, time::Duration};
use std::{process::Command, thread};

use super::{
    super::{AnyOwnerIndex, Store, StoreTime, block_on},
    Failure,
};

/// An engine under test: how to make stores of it, and what can be done to it.
///
/// Everything is called from ordinary threads and may block. The hooks are `None` by default, and a
/// test whose hook is missing fails, unless [`exceptions`](Self::exceptions) says why it does not
/// apply. So nothing is left out without a word.
pub trait Harness: Send + Sync + 'static {
    /// The store.
    type Store: Store;

    /// The engine's name, as the tests print it.
    fn name(&self) -> String;

    /// A store with nothing in it, which shares no record with any that was made before.
    ///
    /// # Errors
    ///
    /// [`Failure`], if there is none to be had.
    fn make(&self) -> Result<Self::Store, Failure>;

    /// Runs `work` to its end on this thread. Several threads call it at a time.
    ///
    /// The default knows no runtime. A driver that needs one runs `work` there, such as with
    /// `tokio::runtime::Handle::block_on`.
    fn block_on(&self, work: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
        block_on(work);
    }

    /// What the engine's clock says. The default is this machine's clock.
    fn now(&self, _store: &Self::Store) -> StoreTime {
        StoreTime::now()
    }

    /// Lets `time` pass by the engine's clock. The default sleeps.
    fn pass(&self, _store: &Self::Store, time: Duration) {
        thread::sleep(time);
    }

    /// The numbers of the tests that do not apply, each with the reason. Those from 31 to 35, 37 and
    /// from 40 to 45 can be named here.
    fn exceptions(&self) -> &'static [(u8, &'static str)] {
        &[]
    }

    /// Tests 31 and 32: a store on a server of its own, and a hand on that server.
    fn outage(&self) -> Option<(Self::Store, Box<dyn Outage>)> {
        None
    }

    /// Test 33: a store, and a switch that makes its medium refuse writes (`true`) or take them.
    fn refusing_writes(&self) -> Option<(Self::Store, Hand<bool>)> {
        None
    }

    /// Test 34: a store over a connection in this time zone, such as `Asia/Tokyo`.
    fn in_time_zone(&self, _zone: &str) -> Option<Self::Store> {
        None
    }

    /// Test 35: a store, and a hand that sets the engine's clock off from this machine's, in
    /// milliseconds.
    fn with_clock(&self) -> Option<(Self::Store, Hand<i64>)> {
        None
    }

    /// Test 37: every byte that the engine keeps for this store, as a thief would find it.
    fn dump(&self, _store: &Arc<Self::Store>) -> Option<Box<[u8]>> {
        None
    }

    /// Tests 40 to 42: the index of owners.
    fn owner_index(&self, _store: &Arc<Self::Store>) -> Option<AnyOwnerIndex> {
        None
    }

    /// Test 42: the number of entries in that index, whatever they lead to.
    fn owner_entries(&self, _store: &Arc<Self::Store>) -> Option<u64> {
        None
    }

    /// Test 43: stores of two applications on one engine.
    fn two_applications(&self) -> Option<(Self::Store, Self::Store)> {
        None
    }

    /// Test 44: what sets up a fresh database, to be called from several threads, with connections
    /// of their own, and a store on that database.
    #[expect(clippy::type_complexity, reason = "a hook used once")]
    fn installer(
        &self,
    ) -> Option<(Box<dyn Fn() -> Result<(), Failure> + Send + Sync>, Self::Store)> {
        None
    }

    /// Test 45: starts a process that runs [`serve`](super::serve) on the same records as `store`.
    fn other_process(&self, _store: &Arc<Self::Store>) -> Option<Command> {
        None
    }
}

/// Sets something of an engine under test.
pub type Hand<T> = Box<dyn FnMut(T) + Send>;

/// Sets up a database.
pub type Installer = Box<dyn Fn() -> Result<(), Failure> + Send + Sync>;

/// A hand on a server, for tests 31 and 32.
pub trait Outage: Send {
    /// Stops it without closing a connection, as SIGSTOP does.
    ///
    /// # Errors
    ///
    /// [`Failure`], as of the others, if it cannot be done.
    fn freeze(&mut self) -> Result<(), Failure>;

    /// Lets it go on.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    fn thaw(&mut self) -> Result<(), Failure>;

    /// Ends it at once, as SIGKILL does.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    fn kill(&mut self) -> Result<(), Failure>;

    /// Starts it again, under the same address, and waits until it answers.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    fn start(&mut self) -> Result<(), Failure>;
}
