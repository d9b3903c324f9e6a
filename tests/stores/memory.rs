//! The store in memory.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use cloakroom::store::{
    AnyOwnerIndex, MemoryStore, StoreTime,
    conformance::{Failure, Hand, Harness},
};

#[derive(Default)]
pub(crate) struct Memory;

impl Harness for Memory {
    type Store = MemoryStore;

    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn make(&self) -> Result<MemoryStore, Failure> {
        Ok(MemoryStore::new())
    }

    fn exceptions(&self) -> &'static [(u8, &'static str)] {
        &[
            (31, "no server"),
            (32, "no server"),
            (33, "no medium"),
            (34, "no time zone"),
            (37, "nothing at rest"),
            (43, "two applications share no memory"),
            (44, "no schema"),
            (45, "no process shares it"),
        ]
    }

    fn with_clock(&self) -> Option<(MemoryStore, Hand<i64>)> {
        let offset = Arc::new(AtomicI64::new(0));
        let set = Arc::clone(&offset);
        let clock = move || {
            let now = StoreTime::now().as_millis();
            StoreTime::from_millis(now.saturating_add(offset.load(Ordering::SeqCst)))
        };
        let hand = move |millis| set.store(millis, Ordering::SeqCst);
        Some((MemoryStore::with_clock(clock), Box::new(hand)))
    }

    fn owner_index(&self, store: &Arc<MemoryStore>) -> Option<AnyOwnerIndex> {
        Some(AnyOwnerIndex::new(Arc::clone(store)))
    }

    fn owner_entries(&self, store: &Arc<MemoryStore>) -> Option<u64> {
        // Entries and records change together: without a record there is no entry.
        u64::try_from(store.len()).ok()
    }
}
