//! One of the two servers does not answer.

use cloakroom::store::conformance::{Failure, Outage};
use cloakroom::store::{CreateError, Record, RowKey, Store, StoreTime, UpdateError};
use libtest_mimic::{Failed, Trial};

use super::*;
use crate::servers::{Source, wait_for};

/// What becomes of calls while the cache is frozen, and then killed.
pub(crate) fn trials_of_the_cache<P: Pairing>(source: &Source) -> Vec<Trial> {
    vec![trial::<P>("the_cache_is_down", the_cache_is_down::<P>, source)]
}

/// The same of the authority.
#[cfg(any(feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))]
pub(crate) fn trials_of_the_authority<P: Pairing>(source: &Source) -> Vec<Trial> {
    vec![trial::<P>("the_authority_is_down", the_authority_is_down::<P>, source)]
}

fn trial<P: Pairing>(name: &str, test: fn() -> Result<(), Failed>, source: &Source) -> Trial {
    // A server that is not ours is not stopped.
    let ours = !matches!(source, Source::Running(_));
    Trial::test(format!("{}::{name}", P::NAME), test).with_ignored_flag(!ours)
}

fn the_cache_is_down<P: Pairing>() -> Result<(), Failed> {
    let pair = Pair::<P>::default();
    for frozen in [true, false] {
        let (cache, mut server) = pair.cache.outage().ok_or("no server")?;
        // With the deadlines of the default.
        let store = Cached::new(Arc::new(pair.authority.make()?), Arc::new(cache));
        let [a, b, c] = [1, 2, 3].map(|byte| RowKey::from_bytes([byte; 32]));
        let now = StoreTime::now();
        let record = |data| Record::new(data, now, now.plus(Duration::from_secs(3600)));
        let run = |work: Pin<Box<dyn Future<Output = ()> + Send + '_>>| pair.block_on(work);

        run(Box::pin(async {
            store.create(&a, &record(b"a")).await.unwrap();
            store.create(&b, &record(b"b")).await.unwrap();
            assert!(store.load(&a).await.unwrap().is_some());
        }));
        stop(&mut *server, frozen)?;
        run(Box::pin(async {
            for _ in 0..10 {
                assert!(store.load(&a).await.unwrap().is_some(), "not from the authority");
                assert!(store.load(&c).await.unwrap().is_none(), "there is no such record");
                store.update(&b, None, &record(b"new")).await.unwrap();
            }
            assert_eq!(store.load(&b).await.unwrap().unwrap().data, b"new");
            let created = store.create(&b, &record(b"x")).await;
            assert_eq!(created, Err(CreateError::Exists));
            // A copy of it could come back.
            assert!(store.delete(&a).await.is_err());
            let moved = store.rotate(&b, &c, &record(b"x")).await;
            assert!(matches!(moved, Err(UpdateError::Store(_))), "{moved:?}");
            assert!(store.load(&a).await.unwrap().is_none(), "the record is gone");
        }));
        resume(&mut *server, frozen)?;
        // Once the breaker lets calls through.
        wait_for(|| {
            let mut answer = Ok(false);
            run(Box::pin(async { answer = store.delete(&a).await }));
            answer
        })?;
        run(Box::pin(async {
            for _ in 0..10 {
                assert!(store.load(&a).await.unwrap().is_none(), "it is back");
            }
            store.rotate(&b, &c, &record(b"moved")).await.unwrap();
            assert!(store.load(&b).await.unwrap().is_none(), "the old key lives");
            assert_eq!(store.load(&c).await.unwrap().unwrap().data, b"moved");
        }));
    }
    Ok(())
}

/// A copy is read; what has none is an error, and so is every write. Nothing is ever absent.
#[cfg(any(feature = "sqlx-0_9-mysql", feature = "sqlx-0_9-postgres"))]
fn the_authority_is_down<P: Pairing>() -> Result<(), Failed> {
    let pair = Pair::<P>::default();
    for frozen in [true, false] {
        let (authority, mut server) = pair.authority.outage().ok_or("no server")?;
        // As a manager has it: the authority needs the deadlines too.
        let (second, cached) =
            (Duration::from_secs(1), Pair::<P>::over(authority, pair.cache.make()?));
        let store = cloakroom::store::Guarded::new(cached).deadlines(second, second);
        let [copied, changed, ended, missing] = [1, 2, 3, 4].map(|b| RowKey::from_bytes([b; 32]));
        let now = StoreTime::now();
        let record = |data| Record::new(data, now, now.plus(Duration::from_secs(3600)));
        let run = |work: Pin<Box<dyn Future<Output = ()> + Send + '_>>| pair.block_on(work);

        run(Box::pin(async {
            for key in [&copied, &changed, &ended] {
                store.create(key, &record(b"old")).await.unwrap();
            }
        }));
        stop(&mut *server, frozen)?;
        run(Box::pin(async {
            assert!(store.load(&copied).await.unwrap().is_some(), "there is a copy of it");
            assert!(store.update(&changed, None, &record(b"new")).await.is_err());
            assert!(store.load(&changed).await.is_err(), "nobody knows what it is");
            assert!(store.delete(&ended).await.is_err());
            assert!(store.load(&missing).await.is_err(), "nobody knows whether it is there");
        }));
        resume(&mut *server, frozen)?;
        // Once the breaker lets calls through.
        wait_for(|| {
            let mut answer = Ok(false);
            run(Box::pin(async { answer = store.delete(&ended).await }));
            answer
        })?;
        run(Box::pin(async {
            let there = store.load(&changed).await.unwrap().unwrap().data;
            assert!(there == b"old" || there == b"new");
            assert_eq!(store.load(&copied).await.unwrap().unwrap().data, b"old");
            assert!(store.load(&ended).await.unwrap().is_none(), "it is back");
            assert!(store.load(&missing).await.unwrap().is_none());
        }));
    }
    Ok(())
}

/// Stops a server in one of the two ways in which one stops answering.
fn stop(server: &mut dyn Outage, frozen: bool) -> Result<(), Failure> {
    if frozen { server.freeze() } else { server.kill() }
}

fn resume(server: &mut dyn Outage, frozen: bool) -> Result<(), Failure> {
    if frozen { server.thaw() } else { server.start() }
}
