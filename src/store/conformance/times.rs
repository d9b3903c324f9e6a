//! Tests 5, 8, 17, 18, 26, 34 and 35: expiry by the engine's clock.
//!
//! No verdict here rests on how fast the machine is. A record may be found dead early only if the
//! clock, read after the answer, says that its time has come; otherwise the store is at fault.

use core::time::Duration;

use super::{
    super::{RowKey, Store},
    Failure, Harness,
    stage::{Outcome, Stage, Updated, ensure},
};

pub(super) fn create_over_expired<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = dead_key(stage)?;
    ensure!(stage.create(&key, b"new")?.is_some(), "an expired leftover blocks its key");
    ensure!(stage.data(&key)?.as_deref() == Some(b"new"), "the leftover is still there");
    Ok(())
}

pub(super) fn update_expired<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = dead_key(stage)?;
    ensure!(stage.update(&key, None, b"x")? == Updated::Gone, "an expired record was updated");
    ensure!(!stage.is_alive(&key)?, "an update revived an expired record");
    Ok(())
}

pub(super) fn expiry<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    let mut lifetime = stage.short();
    for _ in 0..6 {
        let expires = stage.now().plus(lifetime);
        ensure!(stage.create_until(&key, b"x", expires)?.is_some(), "the key was not free");
        let alive = stage.is_alive(&key)?;
        let too_slow = stage.now() >= expires;
        ensure!(alive || too_slow, "dead before its time");
        stage.pass_until_dead(expires);
        ensure!(!stage.is_alive(&key)?, "alive after its time");
        ensure!(!stage.touch(&key, stage.later())?, "touched after its time");
        ensure!(stage.update(&key, None, b"x")? == Updated::Gone, "updated after its time");
        ensure!(!stage.is_alive(&key)?, "revived after its time");
        if !too_slow {
            ensure!(stage.create(&key, b"x")?.is_some(), "the key is not free after its time");
            return Ok(());
        }
        lifetime = lifetime.saturating_mul(3);
    }
    Err(Failure::new("the machine is too slow to see a record alive"))
}

pub(super) fn expiry_precision<H: Harness>(stage: &Stage<H>) -> Outcome {
    let slack = stage.granularity().saturating_mul(2);
    for extra in [0, 137, 501, 999] {
        let key = stage.key();
        let lifetime = stage.short().saturating_add(Duration::from_millis(extra));
        let expires = stage.now().plus(lifetime);
        stage.create_until(&key, b"x", expires)?;
        loop {
            let before = stage.now();
            if !stage.is_alive(&key)? {
                ensure!(stage.now() >= expires, "dead {:?} early", expires.since(stage.now()));
                break;
            }
            let late = before.since(expires);
            ensure!(late <= slack, "alive {late:?} late, which is over {slack:?}");
            stage.harness.pass(&stage.store, Duration::from_millis(5));
        }
    }
    Ok(())
}

pub(super) fn purge<H: Harness>(stage: &Stage<H>) -> Outcome {
    let live: [RowKey; 3] = stage.keys();
    for key in &live {
        stage.fresh(key, b"in")?;
    }
    let expires = stage.now().plus(Duration::from_millis(1));
    for _ in 0..5 {
        stage.create_until(&stage.key(), b"x", expires)?;
    }
    stage.pass_until_dead(expires);
    let mut removed = 0u64;
    // A store may look at a part of its records only in one call.
    for _ in 0..1000 {
        let step = stage.purge(2)?;
        ensure!(step <= 2, "{step} removed, and the limit was 2");
        removed = removed.saturating_add(step);
    }
    let itself = stage.store.traits().expires_itself;
    ensure!(removed == if itself { 0 } else { 5 }, "{removed} of 5 expired records removed");
    for key in &live {
        ensure!(stage.is_alive(key)?, "a live record was purged");
    }
    Ok(())
}

pub(super) fn wrong_tz<H: Harness>(stage: &Stage<H>) -> Outcome {
    for zone in ["Asia/Tokyo", "America/New_York"] {
        let store = stage.harness.in_time_zone(zone).ok_or_else(super::undeclared)?;
        let inside = stage.with(store);
        expiry(&inside)?;
        let key = inside.key();
        inside.fresh(&key, b"x")?;
        ensure!(inside.is_alive(&key)?, "{zone}: a live record is dead");
    }
    Ok(())
}

pub(super) fn clock_jump<H: Harness>(stage: &Stage<H>) -> Outcome {
    const HOUR: Duration = Duration::from_secs(3600);
    let (store, mut set) = stage.harness.with_clock().ok_or_else(super::undeclared)?;
    let stage = stage.with(store);
    let here = super::super::StoreTime::now();

    // This machine says that the record lives; the engine, an hour ahead, that it is dead.
    let key = stage.key();
    stage.create_until(&key, b"x", here.plus(HOUR / 2))?;
    ensure!(stage.is_alive(&key)?, "dead by equal clocks");
    set(3_600_000);
    ensure!(!stage.is_alive(&key)?, "alive by this machine's clock");
    ensure!(!stage.touch(&key, here.plus(HOUR * 9))?, "touched by this machine's clock");
    ensure!(stage.update(&key, None, b"x")? == Updated::Gone, "updated by this machine's clock");

    // The engine, an hour behind, says that a record lives which is dead here.
    set(-3_600_000);
    let key = stage.key();
    stage.create_until(&key, b"x", here.minus(HOUR / 2))?;
    ensure!(stage.is_alive(&key)?, "dead by this machine's clock");
    stage.purge(100)?;
    ensure!(stage.is_alive(&key)?, "purged by this machine's clock");
    Ok(())
}

/// A key whose record has expired.
fn dead_key<H: Harness>(stage: &Stage<H>) -> Result<RowKey, Failure> {
    let key = stage.key();
    let expires = stage.now().plus(Duration::from_millis(1));
    stage.create_until(&key, b"old", expires)?;
    stage.pass_until_dead(expires);
    ensure!(!stage.is_alive(&key)?, "alive after its time");
    Ok(key)
}
