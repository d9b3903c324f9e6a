//! Records in Memcached, by its meta commands.

mod link;
mod protocol;

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
};
use core::{fmt, time::Duration};

use self::{
    link::{Again, Link},
    protocol::{Answer, HELLO, Mode},
};
use super::{
    CreateError, Record, RowKey, Store, StoreTime, StoreTraits, Stored, UpdateError, Version,
};
use crate::{error::StoreError, primitives::base64url};

/// Keeps records in Memcached 1.6 or later: copies for [`Cached`](super::Cached), or sessions that may
/// be lost.
///
/// Memcached forgets everything when it restarts, and drops records that live when it runs out of room,
/// which logs people out. As the only place of sessions it is refused, unless
/// [`Backing::volatile_ok`](crate::Backing::volatile_ok) says that it may be. It has no index of owners.
///
/// The server expires records by itself, by its own clock of whole seconds: a record can be shown for up
/// to four seconds after its end. One record may have almost a mebibyte, 1 047 536 bytes.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(feature = "memory-store")] {
/// use cloakroom::store::{Cached, MemcachedStore, MemoryStore};
///
/// let cache = MemcachedStore::connect("memcached://127.0.0.1:11211").await?.prefix("shop:")?;
/// // In production: a database.
/// let store = Cached::new(MemoryStore::new(), cache);
/// # }
/// # Ok(()) }
/// ```
///
/// # Security
///
/// The protocol has neither encryption nor, as it is spoken here, a password: whoever reaches the port
/// can delete sessions and put older records of them back. Records themselves are sealed.
pub struct MemcachedStore {
    link: Link,
    prefix: String,
}

const ENGINE: &str = "memcached";
const PORT: u16 = 11211;
/// Version and expiry, before the data.
const HEAD: usize = 16;
/// What a server takes without a setting is a mebibyte with key, head and its own notes.
const DATA_MAX: usize = protocol::VALUE_MAX - 1024 - HEAD;
/// Bytes of the longest prefix: 250 are the server's limit for the whole key.
const PREFIX_MAX: usize = 100;

impl MemcachedStore {
    /// The store on the server at `address`: `memcached://host:port`, or host and port alone. It has to
    /// be called in a runtime of tokio.
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`] if the server does not know the meta commands;
    /// [`StoreError::Unavailable`] if it does not answer.
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        let link = Link::new(host_and_port(address));
        match link.ask(HELLO, Again::Yes).await {
            Ok(Answer::Here) => Ok(Self { link, prefix: "cloakroom:".to_owned() }),
            Ok(_) => Err(setup("it does not speak as Memcached 1.6 does")),
            // Older servers call it an error.
            Err(StoreError::Unavailable { detail, .. }) if detail.ends_with("ERROR") => {
                Err(setup("the server is older than 1.6"))
            }
            Err(error) => Err(error),
        }
    }

    /// What the names of all keys begin with. Default: `cloakroom:`. Two applications on one server
    /// need two.
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`] unless it is at most 100 bytes of printable ASCII without blanks.
    pub fn prefix(self, prefix: impl Into<String>) -> Result<Self, StoreError> {
        let prefix = prefix.into();
        if prefix.len() > PREFIX_MAX || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(setup("a prefix is at most 100 bytes of printable ASCII"));
        }
        Ok(Self { prefix, ..self })
    }

    fn key(&self, key: &RowKey) -> String {
        let mut text = self.prefix.clone();
        base64url::encode_into(key.as_bytes(), &mut text);
        text
    }

    async fn get(&self, key: &str) -> Result<Option<(Stored, u64)>, StoreError> {
        match self.link.ask(&protocol::get(key), Again::Yes).await? {
            Answer::Missing => Ok(None),
            Answer::Value { data, number } => {
                let (head, data) = data.split_first_chunk::<HEAD>().ok_or(DAMAGED)?;
                let &[version, expires] = head.as_chunks::<8>().0 else { return Err(DAMAGED) };
                let version = Version::from_u64(u64::from_be_bytes(version));
                let expires = StoreTime::from_millis(i64::from_be_bytes(expires));
                Ok(Some((Stored { data: data.to_vec(), version, expires }, number)))
            }
            _ => Err(DAMAGED),
        }
    }

    /// Every mode may be sent again: whoever is told no looks whose version is there.
    async fn set(&self, key: &str, mode: Mode, stored: &Stored) -> Result<Answer, StoreError> {
        let head = [stored.version.as_u64(), stored.expires.as_millis().cast_unsigned()];
        let value = [head.map(u64::to_be_bytes).as_flattened(), &stored.data].concat();
        let request = protocol::set(key, mode, last_second(stored.expires), &value);
        self.link.ask(&request, Again::Yes).await
    }

    async fn remove(&self, key: &RowKey, again: Again) -> Result<bool, StoreError> {
        match self.link.ask(&protocol::delete(&self.key(key)), again).await? {
            Answer::Done => Ok(true),
            Answer::Missing => Ok(false),
            _ => Err(DAMAGED),
        }
    }
}

impl Store for MemcachedStore {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        let (key, stored) = (self.key(key), stored(record)?);
        match self.set(&key, Mode::Add, &stored).await? {
            Answer::Done => Ok(stored.version),
            Answer::NotStored => match self.get(&key).await? {
                Some((there, _)) if there.version == stored.version => Ok(stored.version),
                _ => Err(CreateError::Exists),
            },
            _ => Err(DAMAGED.into()),
        }
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        Ok(self.get(&self.key(key)).await?.map(|(stored, _)| stored))
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let (key, stored) = (self.key(key), stored(record)?);
        let Some(expected) = expected else {
            return match self.set(&key, Mode::Replace, &stored).await? {
                Answer::Done => Ok(stored.version),
                Answer::NotStored => Err(UpdateError::Gone),
                _ => Err(DAMAGED.into()),
            };
        };
        loop {
            let Some((there, number)) = self.get(&key).await? else {
                return Err(UpdateError::Gone);
            };
            if there.version == stored.version {
                return Ok(stored.version);
            }
            if there.version != expected {
                return Err(UpdateError::Conflict);
            }
            match self.set(&key, Mode::Compare(number), &stored).await? {
                Answer::Done => return Ok(stored.version),
                Answer::Missing => return Err(UpdateError::Gone),
                // Touched meanwhile, or it is ours already.
                Answer::Changed => {}
                _ => return Err(DAMAGED.into()),
            }
        }
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        // The server's own command would set an earlier time as well as a later one.
        let key = self.key(key);
        loop {
            let Some((there, number)) = self.get(&key).await? else { return Ok(false) };
            if there.expires >= expires {
                return Ok(true);
            }
            match self.set(&key, Mode::Compare(number), &Stored { expires, ..there }).await? {
                Answer::Done => return Ok(true),
                Answer::Missing => return Ok(false),
                Answer::Changed => {}
                _ => return Err(DAMAGED),
            }
        }
    }

    async fn delete(&self, key: &RowKey) -> Result<bool, StoreError> {
        self.remove(key, Again::Yes).await
    }

    async fn rotate(
        &self,
        old: &RowKey,
        new: &RowKey,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        // Whoever deletes the old one has won; sent again after a lost answer, the delete would find
        // nothing.
        fits(record)?;
        if !self.remove(old, Again::No).await? {
            return Err(UpdateError::Gone);
        }
        self.create(new, record).await.map_err(CreateError::of_a_move)
    }

    async fn purge(&self, _limit: usize) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn traits(&self) -> StoreTraits {
        StoreTraits::new(ENGINE)
            // See `last_second`: at most four seconds late.
            .granularity(Duration::from_secs(2))
            .volatile()
            .rotates_in_steps()
            .evicts()
            .expires_itself()
            .max_record(DATA_MAX)
    }
}

const DAMAGED: StoreError = StoreError::Damaged { engine: ENGINE };

fn fits(record: &Record<'_>) -> Result<(), StoreError> {
    let needed = record.data.len();
    if needed > DATA_MAX { Err(StoreError::TooLarge { needed, limit: DATA_MAX }) } else { Ok(()) }
}

/// A record as it is put, with a version of its own.
fn stored(record: &Record<'_>) -> Result<Stored, StoreError> {
    fits(record)?;
    let (data, version) = (record.data.to_vec(), Version::random()?);
    Ok(Stored { data, version, expires: record.expires })
}

/// The time from which on the server is to show nothing, in its seconds.
///
/// It counts whole seconds from its start, by which its clock is up to one second ahead of ours or
/// behind. One more than the next whole second is never too early.
fn last_second(expires: StoreTime) -> i64 {
    let seconds = expires.as_millis().saturating_add(1999).div_euclid(1000);
    // What is less than 30 days would count from now on, and -1 is dead at once; the server reads no
    // more than 31 bits.
    if seconds <= 30 * 86_400 { -1 } else { seconds.min(i32::MAX.into()) }
}

fn host_and_port(address: &str) -> String {
    let address = address.strip_prefix("memcached://").unwrap_or(address).trim_end_matches('/');
    let port = address.rsplit_once(':').map(|(_, port)| port);
    match port.and_then(|port| port.parse::<u16>().ok()) {
        Some(_) => address.to_string(),
        None => format!("{address}:{PORT}"),
    }
}

fn setup(problem: &str) -> StoreError {
    StoreError::Setup { engine: ENGINE, problem: problem.to_owned() }
}

impl fmt::Debug for MemcachedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemcachedStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_added_where_there_is_none() {
        for (address, whole) in [
            ("memcached://cache.example:11212", "cache.example:11212"),
            ("memcached://cache.example/", "cache.example:11211"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("[::1]:7", "[::1]:7"),
            ("[::1]", "[::1]:11211"),
        ] {
            assert_eq!(host_and_port(address), whole);
        }
    }

    #[test]
    fn the_last_second_is_never_early_and_never_read_as_a_span() {
        let last = |millis| last_second(StoreTime::from_millis(millis));
        assert_eq!(last(1_790_000_000_000), 1_790_000_001);
        assert_eq!(last(1_790_000_000_001), 1_790_000_002);
        assert_eq!(last(1_790_000_000_999), 1_790_000_002);
        assert_eq!(last(1_790_000_001_000), 1_790_000_002);
        assert_eq!(last(i64::MAX), i64::from(i32::MAX));
        for dead in [i64::MIN, -1, 0, 1, 1000 * 2_591_998] {
            assert_eq!(last(dead), -1);
        }
    }
}
