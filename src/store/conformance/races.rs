//! Tests 13 to 16, 24, 27 and 28: several calls at a time.

use alloc::vec::Vec;
use core::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use std::sync::{Mutex, PoisonError};

use super::{
    super::{RowKey, Store},
    Harness,
    serve::Peer,
    stage::{Outcome, Stage, Updated, ensure},
};

/// Rounds of each race.
const ROUNDS: u32 = 200;
/// How far two threads are shaken apart, in microseconds.
const SHAKE: u64 = 120;

/// The logout race: writers against one delete.
pub(super) fn race_update_delete<H: Harness>(stage: &Stage<H>) -> Outcome {
    against_delete(stage, 4, |key| {
        for _ in 0..3 {
            let version = stage.load(key)?.map(|there| there.version);
            // With the version that was read, and with none.
            stage.update(key, version, b"slow")?;
            stage.update(key, None, b"slower")?;
        }
        Ok(())
    })
}

pub(super) fn race_touch_delete<H: Harness>(stage: &Stage<H>) -> Outcome {
    against_delete(stage, 4, |key| {
        for _ in 0..3 {
            stage.touch(key, stage.later().plus(Duration::from_secs(60)))?;
            stage.load(key)?;
        }
        Ok(())
    })
}

/// A cache that fills itself from a reader's answer revives what was deleted meanwhile.
pub(super) fn race_read_delete<H: Harness>(stage: &Stage<H>) -> Outcome {
    against_delete(stage, 4, |key| {
        for _ in 0..6 {
            stage.load(key)?;
        }
        Ok(())
    })
}

/// Rounds of `rivals` threads that do `work` and one that deletes.
fn against_delete<H: Harness>(
    stage: &Stage<H>,
    rivals: usize,
    work: impl Fn(&RowKey) -> Outcome + Sync,
) -> Outcome {
    for round in 0..ROUNDS {
        let key = stage.key();
        stage.fresh(&key, b"in")?;
        let deleted = stage.together(rivals.saturating_add(1), |nth| {
            stage.stagger(SHAKE);
            if nth == 0 {
                return stage.delete(&key);
            }
            work(&key).map(|()| false)
        })?;
        ensure!(deleted.contains(&true), "round {round}: the record was not there to be deleted");
        // Whoever reads now comes after the delete, and so does every later reader.
        for _ in 0..2 {
            ensure!(!stage.is_alive(&key)?, "round {round}: a deleted record lives");
        }
        ensure!(stage.update(&key, None, b"x")? == Updated::Gone, "round {round}: writable");
    }
    Ok(())
}

/// A logout beside a login: one of the two was first, and nothing is left half.
pub(super) fn race_rotate_delete<H: Harness>(stage: &Stage<H>) -> Outcome {
    for round in 0..ROUNDS {
        let [old, new] = stage.keys();
        stage.fresh(&old, b"in")?;
        let done = stage.together(2, |nth| {
            stage.stagger(SHAKE);
            if nth == 0 {
                stage.delete(&old)
            } else {
                Ok(matches!(stage.rotate(&old, &new, b"in")?, Updated::To(_)))
            }
        })?;
        let moved = done.get(1) == Some(&true);
        ensure!(done.contains(&true), "round {round}: neither found the record");
        ensure!(done != [true, true], "round {round}: deleted and moved");
        ensure!(!stage.is_alive(&old)?, "round {round}: the old key lives");
        ensure!(stage.is_alive(&new)? == moved, "round {round}: the new key and the answer differ");
        stage.delete(&new)?;
        ensure!(!stage.is_alive(&new)?, "round {round}: the new key lives after the logout");
    }
    Ok(())
}

pub(super) fn rotate_race<H: Harness>(stage: &Stage<H>) -> Outcome {
    for round in 0..ROUNDS / 4 {
        let old = stage.key();
        let new: [_; 4] = stage.keys();
        stage.fresh(&old, b"in")?;
        let moved = stage.together(4, |nth| {
            stage.stagger(SHAKE);
            let Some(new) = new.get(nth) else { return Ok(false) };
            Ok(matches!(stage.rotate(&old, new, b"in")?, Updated::To(_)))
        })?;
        let winners = moved.iter().filter(|won| **won).count();
        ensure!(winners == 1, "round {round}: {winners} of 4 moves won");
        let mut alive = Vec::new();
        for key in &new {
            alive.push(stage.is_alive(key)?);
        }
        ensure!(alive == moved, "round {round}: the live key is not the winner's");
        ensure!(!stage.is_alive(&old)?, "round {round}: the old key lives");
    }
    Ok(())
}

/// If a touch was told that the record lives, a purge beside it has not removed it.
pub(super) fn purge_vs_touch<H: Harness>(stage: &Stage<H>) -> Outcome {
    let coarse = stage.granularity() >= Duration::from_millis(100);
    for round in 0..if coarse { 2 } else { 12 } {
        let expires = stage.now().plus(stage.short());
        let keys: [_; 16] = stage.keys();
        for key in &keys {
            stage.create_until(key, b"x", expires)?;
        }
        let over = AtomicBool::new(false);
        let touched = stage.together(3, |nth| {
            let mut alive = Vec::new();
            if nth > 0 {
                while !over.load(Ordering::SeqCst) {
                    stage.purge(7)?;
                }
                return Ok(alive);
            }
            // Spread over the moment of death.
            for (nth, key) in (0u32..).zip(&keys) {
                let spread = Duration::from_millis(u64::from(nth).saturating_mul(2));
                let at = expires.minus(Duration::from_millis(16)).plus(spread);
                stage.harness.pass(&stage.store, at.since(stage.now()));
                alive.push(stage.touch(key, stage.later()));
            }
            over.store(true, Ordering::SeqCst);
            Ok(alive)
        })?;
        for (key, touched) in keys.iter().zip(touched.into_iter().flatten()) {
            let touched = touched?;
            let alive = stage.is_alive(key)?;
            ensure!(alive || !touched, "round {round}: purged after a touch that found it alive");
            ensure!(touched || !alive, "round {round}: alive after a touch that found it dead");
        }
    }
    Ok(())
}

pub(super) fn purge_two_nodes<H: Harness>(stage: &Stage<H>) -> Outcome {
    const ROWS: u64 = 400;
    let expires = stage.now().plus(Duration::from_millis(1));
    for _ in 0..ROWS {
        stage.create_until(&stage.key(), b"x", expires)?;
    }
    let alive = stage.key();
    stage.fresh(&alive, b"in")?;
    stage.pass_until_dead(expires);
    let itself = stage.store.traits().expires_itself;
    let removed: u64 = stage
        .together(2, |_| {
            let mut sum = 0u64;
            // A store may look at a part of its records only in one call.
            for _ in 0..1200 {
                sum = sum.saturating_add(stage.purge(37)?);
            }
            Ok(sum)
        })?
        .into_iter()
        .sum();
    ensure!(removed == if itself { 0 } else { ROWS }, "{removed} rows of {ROWS} were purged");
    ensure!(stage.is_alive(&alive)?, "a live record was purged");
    Ok(())
}

/// Both processes write, touch and read; one of them, in turn, deletes.
pub(super) fn with_peer<H: Harness>(stage: &Stage<H>, peer: &mut Peer) -> Outcome {
    let peer = Mutex::new(peer);
    let peer = || peer.lock().unwrap_or_else(PoisonError::into_inner);
    for round in 0..ROUNDS {
        let theirs = round % 2 == 0;
        let word = match round % 3 {
            0 => "update",
            1 => "touch",
            _ => "load",
        };
        let key = stage.key();
        stage.fresh(&key, b"in")?;
        let deleted = stage.together(3, |nth| {
            stage.stagger(SHAKE);
            match (nth, theirs) {
                (0, true) => peer().ask("delete", &key),
                (0, false) => stage.delete(&key),
                (1, true) => {
                    stage.update(&key, None, b"slow")?;
                    stage.touch(&key, stage.later())?;
                    stage.load(&key).map(|_| false)
                }
                (1, false) => peer().ask(word, &key).map(|_| false),
                _ => stage.load(&key).map(|_| false),
            }
        })?;
        ensure!(deleted.contains(&true), "round {round}: the record was not there to be deleted");
        ensure!(!stage.is_alive(&key)?, "round {round}: a deleted record lives");
        ensure!(!peer().load(&key)?, "round {round}: it lives in the other process");
    }
    Ok(())
}
