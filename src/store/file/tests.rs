//! What the conformance suite cannot see: the folder itself, and files that nobody wrote whole.

use alloc::{string::String, vec::Vec};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use super::*;
use crate::store::block_on;

/// A name in the temporary folder with nothing behind it, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(test: &str) -> Self {
        let path = env::temp_dir().join(format!("cloakroom-file-{}-{test}", process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn store(&self) -> FileStore {
        FileStore::open(&self.0).unwrap().durability(Durability::Never)
    }

    fn file_of(&self, key: &RowKey) -> PathBuf {
        self.0.join(format!("{:02x}", key.as_bytes()[0])).join(key.to_hex())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const KEY: RowKey = RowKey::from_bytes([0xAB; 32]);

fn record(life: Duration) -> Record<'static> {
    let now = StoreTime::now();
    Record::new(b"sealed", now, now.plus(life))
}

fn long() -> Record<'static> {
    record(Duration::from_secs(600))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn problem(root: &Path) -> String {
    match FileStore::open(root) {
        Err(StoreError::Setup { engine: "file", problem }) => problem,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn a_folder_with_something_else_in_it_is_refused_and_left_alone() {
    let place = Place::new("something-else");
    fs::create_dir(&place.0).unwrap();
    fs::write(place.0.join("index.html"), "x").unwrap();
    assert!(problem(&place.0).contains("something else"));
    assert_eq!(names(&place.0), ["index.html"]);
    assert!(problem(&place.0.join("index.html")).contains("no folder"));
    assert!(!problem(&place.0.join("a/b")).is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_and_a_folder_that_others_may_write_in_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let place = Place::new("open");
    fs::create_dir(&place.0).unwrap();
    for mode in [0o770, 0o702, 0o777] {
        fs::set_permissions(&place.0, fs::Permissions::from_mode(mode)).unwrap();
        assert!(problem(&place.0).contains("others may write"), "{mode:o}");
    }
    fs::set_permissions(&place.0, fs::Permissions::from_mode(0o755)).unwrap();
    let (folder, link) = (place.0.join("folder"), place.0.join("link"));
    drop(FileStore::open(&folder).unwrap());
    symlink(&folder, &link).unwrap();
    assert!(problem(&link).contains("link"));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_what_is_made() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new("modes");
    block_on(place.store().create(&KEY, &long())).unwrap();
    let file = place.file_of(&KEY);
    let shard = file.parent().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&place.0), mode(shard), mode(&file)), (0o700, 0o700, 0o600));
    assert_eq!(mode(&shard.join(".lock")), 0o600);
}

#[test]
fn a_file_system_that_is_not_mounted_is_an_outage() {
    let place = Place::new("unmounted");
    let store = place.store();
    block_on(store.create(&KEY, &long())).unwrap();
    // What is under the mount point: an empty folder.
    fs::remove_dir_all(&place.0).unwrap();
    fs::create_dir(&place.0).unwrap();
    assert!(block_on(store.load(&KEY)).unwrap_err().is_outage());
    assert!(block_on(store.touch(&KEY, StoreTime::now())).unwrap_err().is_outage());
    assert!(matches!(block_on(store.create(&KEY, &long())), Err(CreateError::Store(_))));
    assert!(matches!(block_on(store.update(&KEY, None, &long())), Err(UpdateError::Store(_))));
    assert!(block_on(store.delete(&KEY)).unwrap_err().is_outage());
    assert!(block_on(store.purge(9)).unwrap_err().is_outage());
    assert_eq!(names(&place.0), [""; 0]);
}

#[test]
fn an_empty_file_is_no_record_and_a_cut_one_is_damaged() {
    let place = Place::new("cut");
    let store = place.store();
    let version = block_on(store.create(&KEY, &long())).unwrap();
    let file = place.file_of(&KEY);
    let whole = fs::read(&file).unwrap();
    let lasting = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        row::set_expiry(&folder::open(&file).unwrap(), long().expires).unwrap();
    };
    for cut in 1..whole.len() {
        lasting(&whole[..cut]);
        assert_eq!(
            block_on(store.load(&KEY)),
            Err(StoreError::Damaged { engine: "file" }),
            "{cut}"
        );
    }
    lasting(b"ckf2");
    let update = block_on(store.update(&KEY, Some(version), &long()));
    assert_eq!(update, Err(UpdateError::Store(StoreError::Damaged { engine: "file" })));
    lasting(&[]);
    assert_eq!(block_on(store.load(&KEY)), Ok(None));
    assert_eq!(block_on(store.update(&KEY, None, &long())), Err(UpdateError::Gone));
    assert!(block_on(store.create(&KEY, &long())).is_ok());
}

#[test]
fn a_write_that_fails_leaves_nothing_beside_the_records() {
    let place = Place::new("failed");
    let store = place.store();
    // A folder in a record's place cannot be replaced.
    let file = place.file_of(&KEY);
    fs::create_dir_all(&file).unwrap();
    assert!(matches!(block_on(store.create(&KEY, &long())), Err(CreateError::Store(_))));
    assert_eq!(names(file.parent().unwrap()), [".lock".into(), KEY.to_hex()]);
    // Likewise for a move, after which nothing lives.
    let old = RowKey::from_bytes([0x01; 32]);
    block_on(store.create(&old, &long())).unwrap();
    assert!(matches!(block_on(store.rotate(&old, &KEY, &long())), Err(UpdateError::Store(_))));
    assert_eq!(names(file.parent().unwrap()), [".lock".into(), KEY.to_hex()]);
    assert_eq!(block_on(store.load(&old)), Ok(None));
}

#[test]
fn what_a_dead_writer_left_goes_with_a_purge_and_is_not_counted() {
    let place = Place::new("left");
    let store = place.store();
    block_on(store.create(&KEY, &long())).unwrap();
    let shard = place.file_of(&KEY).parent().unwrap().to_path_buf();
    fs::write(shard.join(".t0123456789abcdef"), "half").unwrap();
    let purged: u64 = (0..=255).map(|_| block_on(store.purge(1000)).unwrap()).sum();
    assert_eq!(purged, 0);
    assert_eq!(names(&shard), [".lock".into(), KEY.to_hex()]);
}

#[test]
fn a_purge_looks_twice() {
    let place = Place::new("twice");
    let store = place.store();
    let (kept, mut other) = (KEY, *KEY.as_bytes());
    other[31] = 0;
    let dead = RowKey::from_bytes(other);
    for key in [kept, dead] {
        block_on(store.create(&key, &record(Duration::ZERO))).unwrap();
    }
    let found = store.rows.waste(0xAB, 9).unwrap();
    assert_eq!(found.len(), 2);
    // Between the looks, one of them lives again.
    row::set_expiry(&folder::open(&place.file_of(&kept)).unwrap(), long().expires).unwrap();
    assert_eq!(store.rows.sweep(0xAB, &found), Ok(1));
    assert!(block_on(store.load(&kept)).unwrap().is_some());
    assert!(!place.file_of(&dead).exists());
    assert_eq!(store.rows.sweep(0xAB, &found), Ok(0));
}

#[test]
fn an_expiry_beyond_every_file_system_is_a_long_life_and_one_before_is_none() {
    let place = Place::new("far");
    let store = place.store();
    let now = StoreTime::now();
    let far = Record::new(b"x", now, StoreTime::from_millis(i64::MAX));
    block_on(store.create(&KEY, &far)).unwrap();
    let century = now.plus(Duration::from_secs(100 * 365 * 86_400));
    assert!(block_on(store.load(&KEY)).unwrap().unwrap().expires > century);
    let past = Record::new(b"x", now, StoreTime::from_millis(i64::MIN));
    assert!(block_on(store.update(&KEY, None, &past)).is_ok());
    assert_eq!(block_on(store.load(&KEY)), Ok(None));
}

#[test]
fn every_durability_keeps_what_is_written() {
    for durability in [Durability::Always, Durability::Login, Durability::Never] {
        let place = Place::new(&format!("{durability:?}"));
        let store = FileStore::open(&place.0).unwrap().durability(durability);
        let other = RowKey::from_bytes([0x01; 32]);
        block_on(store.create(&KEY, &long())).unwrap();
        block_on(store.update(&KEY, None, &long())).unwrap();
        assert_eq!(block_on(store.touch(&KEY, long().expires)), Ok(true));
        block_on(store.rotate(&KEY, &other, &long())).unwrap();
        assert!(block_on(store.load(&other)).unwrap().is_some());
        assert_eq!(block_on(store.delete(&other)), Ok(true));
        assert_eq!(block_on(store.delete(&other)), Ok(false));
    }
}
