//! Tests 1 to 12, 19 to 25, 36 and 39: one call at a time.

use alloc::{vec, vec::Vec};
use core::time::Duration;

use super::{
    super::{Record, RowKey, Store},
    Harness,
    stage::{Outcome, Stage, Updated, ensure},
};
use crate::error::StoreError;
use crate::store::{CreateError, UpdateError};

pub(super) fn roundtrip<H: Harness>(stage: &Stage<H>) -> Outcome {
    let every_byte: Vec<u8> = (0..=255).collect();
    let limit = stage.store.traits().max_record.unwrap_or(usize::MAX);
    for len in [1, 255, 256, 4096, 70_000, 900_000] {
        let data: Vec<u8> = every_byte.iter().copied().cycle().take(len.min(limit)).collect();
        let key = stage.key();
        stage.fresh(&key, &data)?;
        ensure!(stage.data(&key)?.as_ref() == Some(&data), "{len} bytes came back as others");
        let other: Vec<u8> = data.iter().rev().copied().collect();
        ensure!(matches!(stage.update(&key, None, &other)?, Updated::To(_)), "{len}: no update");
        ensure!(stage.data(&key)? == Some(other), "{len} updated bytes came back as others");
    }
    Ok(())
}

pub(super) fn load_missing<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    ensure!(stage.load(&key)?.is_none(), "a record out of nothing");
    ensure!(stage.create(&key, b"x")?.is_some(), "the load made a row");
    Ok(())
}

pub(super) fn create_existing<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    let version = stage.fresh(&key, b"first")?;
    ensure!(stage.create(&key, b"second")?.is_none(), "a live record was created again");
    let there = stage.load(&key)?;
    let intact = there.is_some_and(|there| there.data == b"first" && there.version == version);
    ensure!(intact, "the first record did not stay as it was");
    Ok(())
}

pub(super) fn create_race<H: Harness>(stage: &Stage<H>) -> Outcome {
    for _ in 0..20 {
        let key = stage.key();
        let won = stage.together(8, |nth| {
            Ok(stage.create(&key, &[u8::try_from(nth).unwrap_or(0)])?.map(|version| (nth, version)))
        })?;
        let winners: Vec<_> = won.into_iter().flatten().collect();
        ensure!(winners.len() == 1, "{} of 8 creators won", winners.len());
        let there = stage.load(&key)?;
        let fits = winners.first().zip(there.as_ref()).is_some_and(|((nth, version), there)| {
            there.version == *version && there.data == [u8::try_from(*nth).unwrap_or(0)]
        });
        ensure!(fits, "the record is not the winner's");
    }
    Ok(())
}

pub(super) fn update_missing<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    ensure!(stage.update(&key, None, b"x")? == Updated::Gone, "nothing was updated");
    ensure!(!stage.is_alive(&key)?, "an update created a record");
    ensure!(!stage.touch(&key, stage.later())?, "an update created a row");
    Ok(())
}

pub(super) fn update_deleted<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    let version = stage.fresh(&key, b"x")?;
    stage.delete(&key)?;
    for expected in [None, Some(version)] {
        ensure!(stage.update(&key, expected, b"y")? == Updated::Gone, "expecting {expected:?}");
        ensure!(!stage.is_alive(&key)?, "an update revived a deleted record");
    }
    Ok(())
}

pub(super) fn update_conflict<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    let first = stage.fresh(&key, b"0")?;
    let Updated::To(second) = stage.update(&key, Some(first), b"1")? else {
        return Err(super::Failure::new("the right version was refused"));
    };
    ensure!(first != second, "an update kept the version");
    ensure!(stage.update(&key, Some(first), b"2")? == Updated::Conflict, "a stale version won");
    let there = stage.load(&key)?;
    let intact = there.is_some_and(|there| there.data == b"1" && there.version == second);
    ensure!(intact, "the winner's record did not stay as it was");
    ensure!(matches!(stage.update(&key, None, b"3")?, Updated::To(_)), "no version was expected");
    Ok(())
}

pub(super) fn cas_counter<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    stage.fresh(&key, &0u32.to_be_bytes())?;
    stage.together(6, |_| {
        let mut done = 0;
        while done < 15 {
            let Some(there) = stage.load(&key)? else {
                return Err(super::Failure::new("the counter is gone"));
            };
            let count = there.data.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
            let next = count.saturating_add(1).to_be_bytes();
            if let Updated::To(_) = stage.update(&key, Some(there.version), &next)? {
                done += 1;
            }
        }
        Ok(())
    })?;
    let count = stage.data(&key)?;
    ensure!(count == Some(90u32.to_be_bytes().to_vec()), "6 times 15 is not {count:?}");
    Ok(())
}

pub(super) fn delete_idem<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    stage.fresh(&key, b"x")?;
    ensure!(stage.delete(&key)?, "a live record was not deleted");
    ensure!(!stage.is_alive(&key)?, "it lives on");
    ensure!(!stage.delete(&key)?, "it was deleted twice");
    Ok(())
}

pub(super) fn delete_then_create<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    for _ in 0..20 {
        let old = stage.fresh(&key, b"old")?;
        stage.delete(&key)?;
        stage.fresh(&key, b"new")?;
        let stale = stage.update(&key, Some(old), b"stale")?;
        ensure!(stale == Updated::Conflict, "a writer of the old record: {stale:?}");
        ensure!(stage.data(&key)?.as_deref() == Some(b"new"), "the new record was overwritten");
        stage.delete(&key)?;
    }
    Ok(())
}

pub(super) fn touch_keeps<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    let version = stage.fresh(&key, b"x")?;
    let expires = stage.later().plus(Duration::from_secs(600));
    ensure!(stage.touch(&key, expires)?, "a live record was not touched");
    let Some(there) = stage.load(&key)? else {
        return Err(super::Failure::new("the touch removed the record"));
    };
    ensure!(there.data == b"x" && there.version == version, "data or version changed");
    let slack = stage.granularity().saturating_mul(2);
    ensure!(there.expires >= expires, "{:?} was to be {expires:?}", there.expires);
    ensure!(there.expires <= expires.plus(slack), "{:?} was to be {expires:?}", there.expires);
    Ok(())
}

pub(super) fn touch_missing<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    ensure!(!stage.touch(&key, stage.later())?, "nothing was touched");
    stage.fresh(&key, b"x")?;
    stage.delete(&key)?;
    ensure!(!stage.touch(&key, stage.later())?, "a deleted record was touched");
    ensure!(!stage.is_alive(&key)?, "a touch revived a record");
    Ok(())
}

pub(super) fn touch_never_shortens<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    stage.fresh(&key, b"x")?;
    let far = stage.later().plus(Duration::from_secs(600));
    for step in [0, 500, 100, 400, 200] {
        ensure!(stage.touch(&key, far.minus(Duration::from_secs(step)))?, "not touched");
    }
    let expires = stage.load(&key)?.map(|there| there.expires);
    let kept = expires.is_some_and(|expires| expires >= far);
    let declared = stage.store.traits().touch_may_shorten;
    ensure!(kept || declared, "{far:?} became {expires:?}");
    ensure!(!(kept && declared), "touch_may_shorten is declared and not so");
    Ok(())
}

pub(super) fn rotate<H: Harness>(stage: &Stage<H>) -> Outcome {
    let [old, new] = stage.keys();
    let first = stage.fresh(&old, b"old")?;
    let moved = stage.rotate(&old, &new, b"new")?;
    let Updated::To(version) = moved else {
        return Err(super::Failure::new(format_args!("the move came to {moved:?}")));
    };
    ensure!(!stage.is_alive(&old)?, "the old key lives");
    for expected in [None, Some(first), Some(version)] {
        ensure!(stage.update(&old, expected, b"x")? == Updated::Gone, "the old key was written");
    }
    ensure!(!stage.touch(&old, stage.later())?, "the old key was touched");
    let there = stage.load(&new)?;
    let fits = there.is_some_and(|there| there.data == b"new" && there.version == version);
    ensure!(fits, "the new key has not the new content");
    ensure!(stage.update(&new, Some(first), b"x")? == Updated::Conflict, "a version was kept");
    Ok(())
}

pub(super) fn rotate_missing<H: Harness>(stage: &Stage<H>) -> Outcome {
    let [old, new] = stage.keys();
    ensure!(stage.rotate(&old, &new, b"x")? == Updated::Gone, "nothing was moved");
    ensure!(!stage.is_alive(&new)? && !stage.is_alive(&old)?, "a move created a record");
    stage.fresh(&old, b"x")?;
    stage.delete(&old)?;
    ensure!(stage.rotate(&old, &new, b"x")? == Updated::Gone, "a deleted record was moved");
    ensure!(!stage.is_alive(&new)? && !stage.is_alive(&old)?, "a move revived a record");
    Ok(())
}

pub(super) fn rotate_onto_existing<H: Harness>(stage: &Stage<H>) -> Outcome {
    let [old, taken] = stage.keys();
    stage.fresh(&old, b"mine")?;
    let version = stage.fresh(&taken, b"theirs")?;
    let moved = stage.rotate(&old, &taken, b"mine")?;
    ensure!(moved == Updated::Conflict, "a move onto another session came to {moved:?}");
    let there = stage.load(&taken)?;
    let intact = there.is_some_and(|there| there.data == b"theirs" && there.version == version);
    ensure!(intact, "the other session was overwritten");
    let survives = stage.data(&old)?.as_deref() == Some(b"mine");
    ensure!(survives || !stage.store.traits().atomic_rotate, "the old record is gone");
    Ok(())
}

pub(super) fn keys_binary<H: Harness>(stage: &Stage<H>) -> Outcome {
    let mut keys = vec![];
    for byte in [0x00, 0x0a, 0x0d, 0x20, 0x2f, 0x3a, 0x41, 0x61, 0x7f, 0x80, 0xff] {
        keys.push([byte; 32]);
    }
    let base: [u8; 32] = *stage.key().as_bytes();
    for nth in 0..32 {
        for bit in [0x01, 0x20, 0x80] {
            let mut near = base;
            near.iter_mut().skip(nth).take(1).for_each(|byte| *byte ^= bit);
            keys.push(near);
        }
    }
    for bytes in &keys {
        stage.fresh(&RowKey::from_bytes(*bytes), bytes)?;
    }
    for bytes in &keys {
        let there = stage.data(&RowKey::from_bytes(*bytes))?;
        ensure!(there.as_deref() == Some(bytes), "two keys are one: {bytes:02x?}");
    }
    Ok(())
}

pub(super) fn oversize<H: Harness>(stage: &Stage<H>) -> Outcome {
    let key = stage.key();
    let Some(limit) = stage.store.traits().max_record else {
        let large = stage.bytes(4 << 20);
        stage.fresh(&key, &large)?;
        ensure!(stage.data(&key)? == Some(large), "4 MiB came back as others, without a limit");
        return Ok(());
    };
    let most = vec![7; limit];
    stage.fresh(&key, &most)?;
    ensure!(stage.data(&key)?.as_ref() == Some(&most), "a record of the limit's size did not fit");
    let over = vec![8; limit.saturating_add(1)];
    let record = Record::new(&over, stage.now(), stage.later());
    let refused = |error: &StoreError| matches!(error, StoreError::TooLarge { needed, limit: at } if *needed >= over.len() && *at == limit);
    match stage.run(stage.store.update(&key, None, &record))? {
        Err(UpdateError::Store(error)) => ensure!(refused(&error), "update: {error}"),
        other => ensure!(false, "update of a record that is too large: {other:?}"),
    }
    ensure!(stage.data(&key)? == Some(most), "a refused record left something");
    let other = stage.key();
    match stage.run(stage.store.create(&other, &record))? {
        Err(CreateError::Store(error)) => ensure!(refused(&error), "create: {error}"),
        made => ensure!(false, "create of a record that is too large: {made:?}"),
    }
    ensure!(!stage.is_alive(&other)?, "a refused record was made");
    Ok(())
}
