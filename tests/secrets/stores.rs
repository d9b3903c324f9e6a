//! The types of stores, each with a key and content in it.

use std::fmt::Debug;
use std::time::Duration;

use cloakroom::store::{
    AnyOwnerIndex, AnyStore, CreateError, Guarded, Meta, Owner, OwnerIndex, Record, RowKey, Store,
    StoreCleaner, StoreTime, StoreTraits, Stored, ThreadTimer, UpdateError, Version,
};
use cloakroom::{
    Backing, Key, KeyRing, RequestParts, SessionConfig, SessionManager, SessionRejection,
    StoreError, Values,
};

use crate::material::block_on;
use crate::shown::{Look, MARK};

/// Looks at every type of every store that is in this build.
pub(crate) fn stores(look: &mut Look) {
    let now = StoreTime::now();
    let key = RowKey::from_bytes(*MARK.as_bytes().repeat(2).first_chunk().expect("32 bytes"));
    let owner = Owner::new(MARK).expect("an owner");
    let label = Some(MARK.as_bytes());
    let record = Record::new(MARK.as_bytes(), now, now).owned_by(Some(&owner)).labelled(label);
    let version = Version::from_u64(7);
    look.debug(&key);
    look.debug(&owner);
    look.debug(&record);
    look.debug(&version);
    look.debug(&now);
    look.debug(&Stored { data: MARK.as_bytes().to_vec(), version, expires: now });
    let mut meta = Meta::new(key, now, now, now);
    meta.label = label.map(<[u8]>::to_vec);
    look.debug(&meta);
    look.debug(&StoreTraits::new("shelf"));
    look.debug(&ThreadTimer);

    let down = StoreError::unavailable("shelf", "it fell");
    look.both(&down);
    look.both(&CreateError::Store(down.clone()));
    look.both(&UpdateError::Store(down));
    failing(look);
    over(look, Down, key, &record);
    #[cfg(feature = "memory-store")]
    over(look, cloakroom::store::MemoryStore::new(), key, &record);
    #[cfg(feature = "file-store")]
    {
        let root = std::env::temp_dir().join(format!("cloakroom-secrets-{}", std::process::id()));
        let files = cloakroom::store::FileStore::open(&root).expect("a folder");
        block_on(files.create(&key, &record)).expect("a file");
        look.debug(&files);
        look.debug(&cloakroom::store::Durability::Always);
        std::fs::remove_dir_all(&root).expect("it was made here");
    }
    #[cfg(feature = "sqlite")]
    {
        let folder = std::env::temp_dir().join(format!("cloakroom-sqlite-{}", std::process::id()));
        std::fs::create_dir(&folder).expect("a folder");
        let database = cloakroom::store::SqliteStore::open(folder.join("sessions.db"));
        over(look, database.expect("a database"), key, &record);
        std::fs::remove_dir_all(&folder).expect("it was made here");
    }
    over(look, cloakroom::store::Cached::new(Down, Down), key, &record);
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    databases(look);
    #[cfg(any(feature = "memcached", feature = "redis"))]
    servers(look);
    #[cfg(feature = "store-tests")]
    {
        look.both(&cloakroom::store::conformance::Failure::new("the words of a test"));
        struct Memory;
        impl cloakroom::store::conformance::Harness for Memory {
            type Store = cloakroom::store::MemoryStore;
            fn name(&self) -> String {
                "memory".into()
            }
            fn make(&self) -> Result<Self::Store, cloakroom::store::conformance::Failure> {
                Ok(Self::Store::new())
            }
        }
        look.debug(&cloakroom::store::conformance::suite(Memory)[0]);
    }
}

/// Stores over pools without a connection, whose addresses hold a password.
#[cfg(any(feature = "mysql", feature = "postgres"))]
fn databases(look: &mut Look) {
    // A pool belongs to a runtime, even if nobody uses it.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let _inside = runtime.enter();
    #[cfg(feature = "mysql")]
    {
        let pool = sqlx::MySqlPool::connect_lazy(&format!("mysql://shop:{MARK}@localhost/shop"));
        look.debug(&cloakroom::store::MySqlStore::from_pool(pool.expect("an address")));
    }
    #[cfg(feature = "postgres")]
    {
        let pool = sqlx::PgPool::connect_lazy(&format!("postgres://shop:{MARK}@localhost/shop"));
        look.debug(&cloakroom::store::PostgresStore::from_pool(pool.expect("an address")));
    }
}

/// Stores over connections to nobody, or to somebody who says no more than hello.
#[cfg(any(feature = "memcached", feature = "redis"))]
fn servers(look: &mut Look) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let _inside = runtime.enter();
    #[cfg(feature = "redis")]
    {
        use redis::aio::{ConnectionManager, ConnectionManagerConfig};

        let client = redis::Client::open(format!("redis://shop:{MARK}@localhost/"));
        let config = ConnectionManagerConfig::new();
        let lazy = ConnectionManager::new_lazy_with_config(client.expect("a URL"), config);
        let store = cloakroom::store::RedisStore::from_connection(lazy.expect("a manager"));
        look.debug(&store);
        #[cfg(feature = "auth")]
        look.debug(&store.revocations());
    }
    #[cfg(feature = "memcached")]
    {
        use std::io::{Read, Write};

        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let hello = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a caller");
            stream.read_exact(&mut [0; 4]).expect("its question");
            stream.write_all(b"MN\r\n").expect("an answer");
        });
        let store = runtime.block_on(cloakroom::store::MemcachedStore::connect(&address));
        look.debug(&store.expect("a server"));
        hello.join().expect("no panic");
    }
}

fn over<S: Store + OwnerIndex + Debug>(
    look: &mut Look,
    store: S,
    key: RowKey,
    record: &Record<'_>,
) {
    let _ = block_on(store.create(&key, record));
    look.debug(&store);
    let store = std::sync::Arc::new(store);
    look.debug(&AnyStore::new(std::sync::Arc::clone(&store)));
    look.debug(&AnyOwnerIndex::new(std::sync::Arc::clone(&store)));
    look.debug(&Guarded::new(std::sync::Arc::clone(&store)));
    look.debug(&StoreCleaner::new(std::sync::Arc::clone(&store)));
    look.debug(&Backing::<Values>::new(store).deadlines(Duration::MAX, Duration::MAX));
}

/// A session whose store takes it and never gives it back.
fn failing(look: &mut Look) {
    let config = SessionConfig::new(KeyRing::new(Key::generate().unwrap()), "shop");
    let sessions = SessionManager::<Values>::with_store(config, Down).unwrap();
    let session = sessions.anonymous();
    session.update(|map| map.insert("mark", &MARK)).unwrap().unwrap();
    let headers = block_on(sessions.commit(&session, 200)).unwrap();
    let cookie = headers.set_cookies[0].as_str().split(';').next().expect("a pair");
    let headers = [("cookie", cookie.as_bytes())];
    let error = block_on(sessions.load(&RequestParts::new("GET", "/", &headers))).unwrap_err();
    look.both(&error);
    look.both(&SessionRejection::from(error));
}

#[derive(Debug)]
struct Down;

fn down<T, E: From<StoreError>>() -> Result<T, E> {
    Err(StoreError::unavailable("down", "it is down").into())
}

impl Store for Down {
    async fn create(&self, _: &RowKey, _: &Record<'_>) -> Result<Version, CreateError> {
        Ok(Version::from_u64(1))
    }

    async fn load(&self, _: &RowKey) -> Result<Option<Stored>, StoreError> {
        down()
    }

    async fn update(
        &self,
        _: &RowKey,
        _: Option<Version>,
        _: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        down()
    }

    async fn touch(&self, _: &RowKey, _: StoreTime) -> Result<bool, StoreError> {
        down()
    }

    async fn delete(&self, _: &RowKey) -> Result<bool, StoreError> {
        down()
    }

    async fn rotate(&self, _: &RowKey, _: &RowKey, _: &Record<'_>) -> Result<Version, UpdateError> {
        down()
    }

    async fn purge(&self, _: usize) -> Result<u64, StoreError> {
        down()
    }

    fn traits(&self) -> StoreTraits {
        StoreTraits::new("down")
    }
}

impl OwnerIndex for Down {
    async fn list(&self, _: &Owner) -> Result<Vec<Meta>, StoreError> {
        down()
    }

    async fn delete_all(&self, _: &Owner, _: Option<&RowKey>) -> Result<u64, StoreError> {
        down()
    }
}
