//! Tests 40 to 42: the index of owners.

use alloc::{vec, vec::Vec};
use core::time::Duration;

use super::{
    super::{AnyOwnerIndex, Owner, Record, RowKey, Store, StoreTime},
    Failure, Harness,
    stage::{Outcome, Stage, Updated, ensure},
};

pub(super) fn owner_list<H: Harness>(stage: &Stage<H>) -> Outcome {
    let index = index(stage)?;
    let [alice, bob] = [owner(b"alice")?, owner(b"bob")?];
    let began = stage.now().minus(Duration::from_secs(77));
    let keys: [RowKey; 3] = stage.keys();
    let tick = stage.granularity().saturating_add(Duration::from_millis(2));
    for key in &keys {
        own(stage, key, &alice, began, stage.later(), Some(b"a phone"))?;
        stage.harness.pass(&stage.store, tick);
    }
    own(stage, &stage.key(), &bob, began, stage.later(), None)?;
    let expires = stage.now().plus(Duration::from_millis(1));
    own(stage, &stage.key(), &alice, began, expires, None)?;
    stage.pass_until_dead(expires);

    let listed = stage.run(index.list(&alice))??;
    let found: Vec<RowKey> = listed.iter().map(|meta| meta.key).collect();
    let [first, second, third] = keys;
    ensure!(found == [third, second, first], "{} listed, or in another order", found.len());
    for meta in &listed {
        ensure!(meta.created == began, "begun {:?}, listed {:?}", began, meta.created);
        ensure!(meta.label.as_deref() == Some(b"a phone"), "the label came back as another");
        ensure!(meta.seen >= began && meta.expires > meta.seen, "seen at {:?}", meta.seen);
    }

    // A touch is a sign of life, and a session that moves stays its owner's.
    stage.harness.pass(&stage.store, tick);
    ensure!(stage.touch(&first, stage.later().plus(Duration::from_secs(60)))?, "not touched");
    let moved = stage.key();
    let record = Record::new(b"x", began, stage.later()).owned_by(Some(&alice));
    stage.run(stage.store.rotate(&third, &moved, &record))?.map_err(Failure::new)?;
    let found = listed_keys(stage, &index, &alice)?;
    ensure!(found.len() == 3 && found.contains(&moved), "a moved session is not listed");
    let before = |a, b| {
        let place = |key| found.iter().position(|other| *other == key);
        place(a) < place(b)
    };
    ensure!(before(first, second), "a touched session is not the one seen last");

    // One that goes to another owner leaves the list.
    let record = Record::new(b"x", began, stage.later()).owned_by(Some(&bob));
    stage.run(stage.store.update(&second, None, &record))?.map_err(Failure::new)?;
    ensure!(!listed_keys(stage, &index, &alice)?.contains(&second), "listed for the old owner");
    ensure!(listed_keys(stage, &index, &bob)?.contains(&second), "not listed for the new owner");
    Ok(())
}

pub(super) fn owner_delete_all<H: Harness>(stage: &Stage<H>) -> Outcome {
    let index = index(stage)?;
    for round in 0..30 {
        let whose = owner(&stage.bytes(8))?;
        let kept = stage.key();
        let keys: [RowKey; 4] = stage.keys();
        for key in keys.iter().chain([&kept]) {
            own(stage, key, &whose, stage.now(), stage.later(), None)?;
        }
        let late: [RowKey; 4] = stage.keys();
        let counts = stage.together(2, |nth| {
            stage.stagger(200);
            if nth == 0 {
                return Ok(stage.run(index.delete_all(&whose, Some(&kept)))??);
            }
            for key in &late {
                own(stage, key, &whose, stage.now(), stage.later(), None)?;
            }
            Ok(0)
        })?;
        let count = counts.iter().sum::<u64>();
        ensure!((4..=8).contains(&count), "round {round}: {count} deleted of 4 to 8");
        for key in &keys {
            ensure!(!stage.is_alive(key)?, "round {round}: a session outlived its owner's");
            ensure!(stage.update(key, None, b"x")? == Updated::Gone, "round {round}: writable");
        }
        let listed = listed_keys(stage, &index, &whose)?;
        ensure!(stage.is_alive(&kept)? && listed.contains(&kept), "round {round}: not excepted");
        for key in &late {
            let (alive, shown) = (stage.is_alive(key)?, listed.contains(key));
            ensure!(alive == shown, "round {round}: alive {alive}, listed {shown}");
        }
    }
    Ok(())
}

pub(super) fn owner_leak<H: Harness>(stage: &Stage<H>) -> Outcome {
    const CYCLES: usize = 10_000;
    let index = index(stage)?;
    let mut owners = vec![];
    for nth in 0..10u8 {
        owners.push(owner(&[b'o', nth])?);
    }
    let mut expires = stage.now();
    for nth in 0..CYCLES {
        let Some(owner) = owners.get(nth.checked_rem(owners.len()).unwrap_or(0)) else { continue };
        let key = stage.key();
        expires = stage.now().plus(Duration::from_millis(1));
        own(stage, &key, owner, stage.now(), expires, None)?;
        // Some go by other ways.
        if nth % 16 == 0 {
            stage.delete(&key)?;
        }
    }
    stage.pass_until_dead(expires);
    for _ in 0..1000 {
        stage.purge(1000)?;
    }
    for owner in &owners {
        ensure!(listed_keys(stage, &index, owner)?.is_empty(), "dead sessions are listed");
    }
    let left = stage.harness.owner_entries(&stage.store).ok_or_else(super::undeclared)?;
    ensure!(left == 0, "{left} entries of the index lead nowhere");
    Ok(())
}

fn own<H: Harness>(
    stage: &Stage<H>,
    key: &RowKey,
    owner: &Owner,
    created: StoreTime,
    expires: StoreTime,
    label: Option<&[u8]>,
) -> Outcome {
    let record = Record::new(b"x", created, expires).owned_by(Some(owner)).labelled(label);
    stage.run(stage.store.create(key, &record))?.map_err(Failure::new)?;
    Ok(())
}

fn listed_keys<H: Harness>(
    stage: &Stage<H>,
    index: &AnyOwnerIndex,
    owner: &Owner,
) -> Result<Vec<RowKey>, Failure> {
    Ok(stage.run(index.list(owner))??.iter().map(|meta| meta.key).collect())
}

fn index<H: Harness>(stage: &Stage<H>) -> Result<AnyOwnerIndex, Failure> {
    stage.harness.owner_index(&stage.store).ok_or_else(super::undeclared)
}

fn owner(bytes: &[u8]) -> Result<Owner, Failure> {
    Owner::new(bytes).ok_or_else(|| Failure::new("no owner"))
}
