//! The store in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use cloakroom::store::{
    Durability, FileStore, StoreTime,
    conformance::{Failure, Hand, Harness, Installer},
};

use super::apart::{Placed, fresh_place, peer};

#[derive(Default)]
pub(crate) struct File;

impl Placed for File {
    const ENGINE: &'static str = "file";

    fn open(place: &Path) -> Result<FileStore, Failure> {
        // What is flushed cannot be seen here; the default has a test of its own beside the store.
        Ok(FileStore::open(place).map_err(Failure::new)?.durability(Durability::Never))
    }
}

impl Harness for File {
    type Store = FileStore;

    fn name(&self) -> String {
        Self::ENGINE.to_owned()
    }

    fn make(&self) -> Result<FileStore, Failure> {
        Self::open(&fresh_place(Self::ENGINE))
    }

    fn exceptions(&self) -> &'static [(u8, &'static str)] {
        &[
            (31, "no server"),
            (32, "no server"),
            (34, "no time zone"),
            (40, "no index of owners"),
            (41, "no index of owners"),
            (42, "no index of owners"),
        ]
    }

    fn refusing_writes(&self) -> Option<(FileStore, Hand<bool>)> {
        let place = fresh_place(Self::ENGINE);
        let store = Self::open(&place).ok()?;
        let away = fresh_place("away");
        fs::create_dir(&away).ok()?;
        // A superuser may write whatever the modes say, but not in a folder that is none.
        let hand = move |refuse| {
            for shard in (0..=255u8).map(|shard| format!("{shard:02x}")) {
                let (here, there): (PathBuf, PathBuf) = (place.join(&shard), away.join(&shard));
                if refuse {
                    if here.exists() {
                        fs::rename(&here, &there).unwrap();
                    }
                    fs::write(&here, "not a folder").unwrap();
                } else {
                    fs::remove_file(&here).unwrap();
                    if there.exists() {
                        fs::rename(&there, &here).unwrap();
                    }
                }
            }
        };
        Some((store, Box::new(hand)))
    }

    fn with_clock(&self) -> Option<(FileStore, Hand<i64>)> {
        let offset = Arc::new(AtomicI64::new(0));
        let set = Arc::clone(&offset);
        let clock = move || {
            StoreTime::from_millis(StoreTime::now().as_millis() + offset.load(Ordering::SeqCst))
        };
        let store = self.make().ok()?.clock(clock);
        Some((store, Box::new(move |millis| set.store(millis, Ordering::SeqCst))))
    }

    fn dump(&self, store: &Arc<FileStore>) -> Option<Box<[u8]>> {
        let mut all = vec![];
        read_all(store.folder(), &mut all);
        Some(all.into())
    }

    fn two_applications(&self) -> Option<(FileStore, FileStore)> {
        Some((self.make().ok()?, self.make().ok()?))
    }

    fn installer(&self) -> Option<(Installer, FileStore)> {
        let place = fresh_place(Self::ENGINE);
        let store = Self::open(&place).ok()?;
        fs::remove_dir_all(&place).ok()?;
        Some((Box::new(move || Self::open(&place).map(drop)), store))
    }

    fn other_process(&self, store: &Arc<FileStore>) -> Option<Command> {
        Some(peer(Self::ENGINE, store.folder()))
    }
}

/// Names and content of everything below `folder`.
fn read_all(folder: &Path, all: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(path.as_os_str().as_encoded_bytes());
        if path.is_dir() {
            read_all(&path, all);
        } else {
            all.extend(fs::read(&path).unwrap());
        }
    }
}
