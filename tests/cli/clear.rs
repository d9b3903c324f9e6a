//! `clear-expired`: what goes, what stays, and what is no store. The servers' part is in `tests/stores`.

use std::time::Duration;

use cloakroom::store::{FileStore, Record, RowKey, Store, StoreTime};

use crate::support::{Dir, run, run_with};

const LIVING: RowKey = RowKey::from_bytes([0; 32]);

/// Five records that have expired, and one that has not.
fn fill(store: &impl Store) {
    let now = StoreTime::now();
    let past = now.minus(Duration::from_secs(60));
    wait(async {
        for byte in 1..=5 {
            let dead = Record::new(b"dead", past.minus(Duration::from_secs(60)), past);
            store.create(&RowKey::from_bytes([byte; 32]), &dead).await.unwrap();
        }
        let living = Record::new(b"living", now, now.plus(Duration::from_secs(3600)));
        store.create(&LIVING, &living).await.unwrap();
    });
}

fn lives(store: &impl Store) -> bool {
    wait(store.load(&LIVING)).unwrap().is_some()
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().build().unwrap().block_on(work)
}

#[test]
fn a_folder_loses_what_has_expired_and_nothing_else() {
    let dir = Dir::new("clear-folder");
    let store = FileStore::open(dir.path("sessions")).unwrap();
    fill(&store);
    let address = &format!("file:{}", dir.path("sessions"));
    assert_eq!(run(&["clear-expired", address]).ok(), "5 expired records removed\n");
    let again = run_with(&["clear-expired", "-"], &[], format!("{address}\r\n").as_bytes());
    assert_eq!(again.ok(), "0 expired records removed\n");
    assert!(lives(&store));
}

#[cfg(feature = "sqlite")]
#[test]
fn a_database_file_loses_what_has_expired_and_nothing_else() {
    let dir = Dir::new("clear-sqlite");
    let store = cloakroom::store::SqliteStore::open(dir.path("sessions.db")).unwrap();
    fill(&store);
    let address = &format!("sqlite:{}", dir.path("sessions.db"));
    assert_eq!(run(&["clear-expired", address]).ok(), "5 expired records removed\n");
    assert!(lives(&store));
}

#[test]
fn where_nothing_was_nothing_is_made() {
    let dir = Dir::new("clear-nothing");
    for scheme in ["file", "sqlite"] {
        let address = format!("{scheme}:{}", dir.path("nothing"));
        let ran = run(&["clear-expired", &address]);
        assert!(ran.code > 0 && ran.out.is_empty(), "{ran:?}");
    }
    assert_eq!(dir.names(), [""; 0]);
}

#[cfg(feature = "sqlite")]
#[test]
fn another_database_stays_as_it_is() {
    let dir = Dir::new("clear-other");
    let file = &dir.write("other.db", "");
    let complaint = run(&["clear-expired", &format!("sqlite:{file}")]).refused(1);
    assert!(complaint.contains("guide::migrations"), "{complaint}");
    assert_eq!(std::fs::read(file).unwrap(), b"");
}

#[test]
fn what_is_no_store_exits_with_2_and_is_not_repeated() {
    for address in ["", "sessions", "cookie", "memory:", "redis://user:secret@db", "oracle:secret"]
    {
        let complaint = run(&["clear-expired", address]).refused(2);
        assert!(!complaint.contains("secret"), "{complaint}");
    }
}

#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
#[test]
fn an_engine_that_is_not_built_in_is_named_with_its_feature() {
    let engines = [
        ("sqlite", "sqlite:x", cfg!(feature = "sqlite")),
        ("postgres", "postgres://shop:secret@db/shop", cfg!(feature = "postgres")),
        ("mysql", "mysql://shop:secret@db/shop", cfg!(feature = "mysql")),
    ];
    for (feature, address, _) in engines.into_iter().filter(|(.., is_there)| !is_there) {
        let complaint = run(&["clear-expired", address]).refused(2);
        assert!(complaint.contains(&format!("--features cli,{feature}")), "{complaint}");
        assert!(!complaint.contains("secret"), "{complaint}");
    }
}
