//! Test 46: random calls beside a model, the store in memory, for some seconds.

use alloc::{collections::BTreeMap, format, string::String, sync::Arc, vec::Vec};
use core::time::Duration;
use std::{env, time::Instant};

use super::{
    super::{MemoryStore, Record, RowKey, Store, StoreTime, Version, block_on},
    Failure, Harness,
    stage::{Outcome, Stage, ensure},
};
use crate::error::StoreError;
use crate::store::{CreateError, UpdateError};

/// Calls on one set of keys, before the next set.
const STEPS: usize = 120;
/// Keys of a set: few, so that calls meet.
const KEYS: usize = 5;

/// One call, by the numbers of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Call {
    verb: Verb,
    key: usize,
    other: usize,
    data: u8,
    /// Which of the versions seen under the key is expected, counted from the last.
    expected: Option<usize>,
    /// Whether the record is born dead.
    stillborn: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Create,
    Load,
    Update,
    Touch,
    Delete,
    Rotate,
}

pub(super) fn soak<H: Harness>(stage: &Stage<H>) -> Outcome {
    let seconds = env::var("CLOAKROOM_SOAK_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = Instant::now().checked_add(Duration::from_secs(seconds.unwrap_or(5)));
    let mut sets = 0u64;
    while sets < 3 || end.is_some_and(|end| Instant::now() < end) {
        sets = sets.saturating_add(1);
        let calls: Vec<Call> = (0..STEPS).map(|_| call(stage)).collect();
        if let Err(failure) = play(stage, &calls)? {
            let (calls, failure) = shrink(stage, calls, failure)?;
            let shown: Vec<String> = calls.iter().map(|call| format!("{call:?}")).collect();
            ensure!(false, "set {sets}: {failure}, after\n    {}", shown.join("\n    "));
        }
    }
    Ok(())
}

fn call<H: Harness>(stage: &Stage<H>) -> Call {
    let small = |end| usize::try_from(stage.below(end)).unwrap_or(0);
    let keys = u64::try_from(KEYS).unwrap_or(1);
    let verb = match stage.below(10) {
        0 | 1 => Verb::Create,
        2 | 3 => Verb::Load,
        4..=6 => Verb::Update,
        7 => Verb::Touch,
        8 => Verb::Delete,
        _ => Verb::Rotate,
    };
    Call {
        verb,
        key: small(keys),
        other: small(keys),
        data: stage.number().to_be_bytes()[0],
        expected: (stage.below(3) > 0).then(|| small(3)),
        stillborn: stage.below(12) == 0,
    }
}

/// Drops calls one by one for as long as what is left still fails.
fn shrink<H: Harness>(
    stage: &Stage<H>,
    mut calls: Vec<Call>,
    mut failure: String,
) -> Result<(Vec<Call>, String), Failure> {
    let mut nth = calls.len();
    while let Some(next) = nth.checked_sub(1) {
        nth = next;
        let mut fewer = calls.clone();
        fewer.remove(nth);
        if let Err(words) = play(stage, &fewer)? {
            (calls, failure) = (fewer, words);
        }
    }
    Ok((calls, failure))
}

/// Plays `calls` on fresh keys of the store and on a model. The inner error is a difference.
fn play<H: Harness>(stage: &Stage<H>, calls: &[Call]) -> Result<Result<(), String>, Failure> {
    let keys: [RowKey; KEYS] = stage.keys();
    let now = stage.now();
    let mut store = Side::new(Arc::clone(&stage.store));
    let mut model = Side::new(Arc::new(MemoryStore::with_clock(move || now)));
    let traits = stage.store.traits();
    for (nth, call) in calls.iter().enumerate() {
        // What an engine declares that it does in another way is not compared here.
        let onto = keys.get(call.other).map(|key| block_on(model.store.load(key))).transpose()?;
        let taken = call.verb == Verb::Rotate && onto.flatten().is_some();
        let shortens = call.verb == Verb::Touch && call.stillborn;
        if (taken && !traits.atomic_rotate) || (shortens && traits.touch_may_shorten) {
            continue;
        }
        let real = stage.run(store.make(call, &keys, now))?;
        let told = block_on(model.make(call, &keys, now));
        if real != told {
            return Ok(Err(format!("call {nth}, {call:?}: {real:?}, and not {told:?}")));
        }
    }
    for key in &keys {
        let real = stage.data(key)?;
        let told = block_on(model.store.load(key))?.map(|there| there.data);
        if real != told {
            return Ok(Err(format!("at the end: {real:?}, and not {told:?}")));
        }
        stage.delete(key)?;
    }
    Ok(Ok(()))
}

/// A store and the versions that it has given for each key.
struct Side<S> {
    store: Arc<S>,
    versions: BTreeMap<RowKey, Vec<Version>>,
}

impl<S: Store> Side<S> {
    const fn new(store: Arc<S>) -> Self {
        Self { store, versions: BTreeMap::new() }
    }

    /// What a call came to, in words that two engines have in common.
    async fn make(&mut self, call: &Call, keys: &[RowKey; KEYS], now: StoreTime) -> String {
        let (Some(key), Some(other)) = (keys.get(call.key), keys.get(call.other)) else {
            return String::new();
        };
        let data = [call.data; 9];
        let life = Duration::from_secs(3600);
        let expires = if call.stillborn { now.minus(life) } else { now.plus(life) };
        let record = Record::new(&data, now, expires);
        let seen = self.versions.get(key).map(Vec::as_slice).unwrap_or_default();
        let expected = call.expected.and_then(|back| seen.iter().rev().nth(back).copied());
        let written = |answer: Result<Version, UpdateError>| match answer {
            Ok(version) => Ok(version),
            Err(UpdateError::Gone) => Err("gone".into()),
            Err(UpdateError::Conflict) => Err("conflict".into()),
            Err(UpdateError::Store(error)) => Err(words(&error)),
        };
        let (key, made): (&RowKey, Result<Version, String>) = match call.verb {
            Verb::Load => {
                return answer(self.store.load(key).await.map(|there| there.map(|t| t.data)));
            }
            Verb::Touch => return answer(self.store.touch(key, expires).await),
            Verb::Delete => return answer(self.store.delete(key).await),
            Verb::Create => match self.store.create(key, &record).await {
                Ok(version) => (key, Ok(version)),
                Err(CreateError::Exists) => (key, Err("exists".into())),
                Err(CreateError::Store(error)) => (key, Err(words(&error))),
            },
            Verb::Update => (key, written(self.store.update(key, expected, &record).await)),
            // A move onto itself is nobody's wish.
            Verb::Rotate if key == other => return String::new(),
            Verb::Rotate => (other, written(self.store.rotate(key, other, &record).await)),
        };
        match made {
            Ok(version) => {
                self.versions.entry(*key).or_default().push(version);
                "done".into()
            }
            Err(words) => words,
        }
    }
}

fn answer<T: core::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    answer.map_or_else(|error| words(&error), |answer| format!("{answer:?}"))
}

fn words(error: &StoreError) -> String {
    format!("error: {error}")
}
