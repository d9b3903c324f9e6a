//! Tests 29 to 33: calls that are given up, servers that fail, media that refuse.

use alloc::{sync::Arc, vec, vec::Vec};
use core::time::Duration;

use super::{
    super::{Guarded, Record, RowKey, Store},
    Harness,
    stage::{Outcome, Stage, Updated, ensure},
};

/// Reads that are given up leave no answer behind for the next caller.
pub(super) fn cancel<H: Harness>(stage: &Stage<H>) -> Outcome {
    let keys: [RowKey; 8] = stage.keys();
    for key in &keys {
        stage.fresh(key, key.as_bytes())?;
    }
    stage.together(3, |_| {
        for _ in 0..150 {
            let [given_up, asked] = [(); 2].map(|()| pick(stage, &keys));
            let polls = u32::try_from(stage.below(4)).unwrap_or(1);
            let early = stage.abort(polls, stage.store.load(&given_up))?;
            let early = early.transpose()?.flatten().map(|there| there.data);
            let own = early.as_ref().is_none_or(|data| data == given_up.as_bytes());
            ensure!(own, "a read that ended early gave another key's record");
            let there = stage.data(&asked)?;
            let own = there.as_deref() == Some(asked.as_bytes().as_slice());
            ensure!(own, "after a read was given up, the next gave another key's record");
        }
        Ok(())
    })?;
    Ok(())
}

/// An update that is given up has happened or not, and never half.
pub(super) fn cancel_write<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    stage.fresh(&key, &[0; 6000])?;
    for round in 1..=100u8 {
        let new = vec![round; 6000];
        let record = Record::new(&new, stage.now(), stage.later());
        let polls = u32::try_from(stage.below(5)).unwrap_or(1);
        stage.abort(polls, stage.store.update(&key, None, &record))?;
        let there = stage.data(&key)?.unwrap_or_default();
        // What was given up may still arrive, now or in a later round, but only whole.
        let (first, rest) = there.split_first().unwrap_or((&0, &[]));
        let whole = rest.len() == 5999 && rest.iter().all(|byte| byte == first);
        ensure!(whole, "round {round}: no record that was written");
        settle(stage, &key, &vec![round.wrapping_add(101); 6000])?;
    }
    Ok(())
}

/// Writes `data` until it is what is read: an abandoned write may come in between.
fn settle<H: Harness>(stage: &Stage<H>, key: &RowKey, data: &[u8]) -> Outcome {
    for _ in 0..50 {
        ensure!(matches!(stage.update(key, None, data)?, Updated::To(_)), "the record is gone");
        if stage.data(key)?.as_deref() == Some(data) {
            return Ok(());
        }
    }
    Err(super::Failure::new("an answered update is not what is read"))
}

pub(super) fn outage_is_error<H: Harness>(stage: &Stage<H>) -> Outcome {
    let (store, mut server) = stage.harness.outage().ok_or_else(super::undeclared)?;
    let raw = stage.with(store);
    let deadline = Duration::from_secs(1);
    let guarded = Guarded::new(Arc::clone(&raw.store)).deadlines(deadline, deadline);
    let [there, missing] = raw.keys();
    raw.fresh(&there, b"in")?;

    for frozen in [true, false] {
        if frozen {
            server.freeze()?
        } else {
            server.kill()?
        }
        let how = if frozen { "frozen" } else { "killed" };
        let mut answers = Vec::new();
        for key in [&there, &missing] {
            answers.push(raw.run(guarded.load(key))?.map(|found| found.is_some()));
        }
        let failed = answers.iter().all(Result::is_err);
        ensure!(failed, "{how}: a load came to {answers:?}");
        let deleted = raw.run(guarded.delete(&there))?;
        ensure!(deleted.is_err(), "{how}: a delete came to {deleted:?}");
        if frozen {
            server.thaw()?;
        }
    }
    server.start()?;
    Ok(())
}

pub(super) fn outage_recovers<H: Harness>(stage: &Stage<H>) -> Outcome {
    let (store, mut server) = stage.harness.outage().ok_or_else(super::undeclared)?;
    let stage = stage.with(store);
    let key = stage.key();
    let version = stage.fresh(&key, b"in")?;
    for round in 0..3 {
        server.kill()?;
        server.start()?;
        let there = stage.run(stage.store.load(&key))?;
        let there = there.map_err(|error| {
            super::Failure::new(format_args!("round {round}: the first call failed: {error}"))
        })?;
        let durable = stage.store.traits().durable;
        ensure!(there.is_some() || !durable, "a durable record did not survive the restart");
        if there.is_none() {
            stage.fresh(&key, b"in")?;
        } else if durable {
            let kept = there.is_some_and(|there| there.version == version);
            ensure!(kept, "round {round}: the restart changed the record");
        }
    }
    Ok(())
}

pub(super) fn disk_full<H: Harness>(stage: &Stage<H>) -> Outcome {
    let (store, mut refuse) = stage.harness.refusing_writes().ok_or_else(super::undeclared)?;
    let stage = stage.with(store);
    let [key, other] = stage.keys();
    stage.fresh(&key, b"old")?;
    refuse(true);
    let large = vec![7; 64 << 10];
    let record = Record::new(&large, stage.now(), stage.later());
    let updated = stage.run(stage.store.update(&key, None, &record))?;
    let created = stage.run(stage.store.create(&other, &record))?;
    refuse(false);
    ensure!(updated.is_err(), "an update that could not be written succeeded");
    ensure!(created.is_err(), "a record that could not be written was created");
    ensure!(stage.data(&key)?.as_deref() == Some(b"old"), "the old content is lost");
    ensure!(!stage.is_alive(&other)?, "half a record was created");
    ensure!(matches!(stage.update(&key, None, b"new")?, Updated::To(_)), "no update afterwards");
    Ok(())
}

fn pick<H: Harness>(stage: &Stage<H>, keys: &[RowKey]) -> RowKey {
    let len = u64::try_from(keys.len()).unwrap_or(1);
    let nth = usize::try_from(stage.below(len)).unwrap_or(0);
    keys.get(nth).copied().unwrap_or_else(|| stage.key())
}
