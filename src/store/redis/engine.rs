//! The calls of a store, as commands and what their answers mean.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use core::{cmp::Reverse, future::Future};

use super::{
    super::{
        CreateError, Meta, Owner, OwnerIndex, Record, RowKey, Store, StoreTime, StoreTraits,
        Stored, UpdateError, Version,
    },
    row::{self, HEAD_MAX, Row},
    scripts::{CREATE, DELETE, ENTRIES, FORGET, NOTE, Script, TOUCH, UPDATE},
};
use crate::{error::StoreError, primitives::base64url};

pub(super) const ENGINE: &str = "redis";

/// Runs commands.
pub(super) trait Driver: Send + Sync + 'static {
    fn run(&self, words: &[&[u8]]) -> impl Future<Output = Result<Reply, Trouble>> + Send;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Nothing,
    Number(i64),
    Bytes(Vec<u8>),
    List(Vec<Reply>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server does not know the script.
    NoScript,
    /// The server says no.
    Refused(StoreError),
    /// The connection is lost, and the next command gets a new one.
    Lost(StoreError),
    /// No answer for so long that the connection may be lost.
    Silent(StoreError),
    Failed(StoreError),
}

/// Whether a command whose answer is lost may be sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Yes,
    No,
}

/// A store over a driver.
pub(super) struct Engine<D> {
    pub(super) driver: D,
    pub(super) prefix: String,
}

impl<D: Driver> Engine<D> {
    /// Whether the server is young enough and keeps what it is given.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        let policy = self.ask(&[b"CONFIG", b"GET", b"maxmemory-policy"]).await?;
        if policy.iter().any(|text| text.starts_with("allkeys-")) {
            return Err(setup("maxmemory-policy is allkeys-*, which drops sessions that live"));
        }
        let info = self.ask(&[b"INFO", b"server"]).await?;
        let old = |text: &String| {
            let version = text.lines().find_map(|line| line.strip_prefix("redis_version:"));
            let mut parts = version?.trim().split('.').map(str::parse::<u32>);
            let version = (parts.next()?.ok()?, parts.next()?.ok()?);
            Some(version < (6, 2))
        };
        if info.iter().any(|text| old(text) == Some(true)) {
            return Err(setup("the server is older than 6.2"));
        }
        Ok(())
    }

    /// The texts of an answer; none where the server does not want to say.
    async fn ask(&self, words: &[&[u8]]) -> Result<Vec<String>, StoreError> {
        match self.run(words, Again::Yes).await {
            Ok(reply) => Ok(texts(reply)),
            Err(Trouble::Refused(_)) => Ok(Vec::new()),
            Err(trouble) => Err(trouble.into()),
        }
    }

    pub(super) async fn run(&self, words: &[&[u8]], again: Again) -> Result<Reply, Trouble> {
        let mut answer = self.driver.run(words).await;
        if again == Again::Yes {
            // The second command may be what finds the connection lost.
            if matches!(answer, Err(Trouble::Silent(_))) {
                answer = self.driver.run(words).await;
            }
            if matches!(answer, Err(Trouble::Lost(_))) {
                answer = self.driver.run(words).await;
            }
        }
        answer
    }

    async fn script(
        &self,
        script: &Script,
        key: &[u8],
        arguments: &[&[u8]],
        again: Again,
    ) -> Result<Reply, StoreError> {
        let words = |verb, what| [&[verb, what, "1".as_bytes(), key], arguments].concat();
        match self.run(&words(&b"EVALSHA"[..], script.sha.as_bytes()), again).await {
            // This loads it, on the very server of a cluster that has the key.
            Err(Trouble::NoScript) => {
                Ok(self.run(&words(&b"EVAL"[..], script.text.as_bytes()), again).await?)
            }
            answer => Ok(answer?),
        }
    }

    fn row(&self, key: &RowKey) -> Vec<u8> {
        self.key("s:", key.as_bytes())
    }

    fn index(&self, owner: &[u8]) -> Vec<u8> {
        self.key("u:", owner)
    }

    fn key(&self, kind: &str, name: &[u8]) -> Vec<u8> {
        format!("{}{kind}{}", self.prefix, base64url::encode(name)).into_bytes()
    }

    /// Writes an entry, or moves it to a later time. An entry is a hint: the row decides.
    async fn note(&self, owner: &[u8], key: &RowKey, expires: &[u8]) -> Result<(), StoreError> {
        if owner.is_empty() {
            return Ok(());
        }
        let arguments = [key.as_bytes().as_slice(), expires];
        self.script(&NOTE, &self.index(owner), &arguments, Again::Yes).await.map(drop)
    }

    /// Removes entries. What cannot be removed now goes with its time.
    async fn forget(&self, owner: &[u8], entries: &[Entry]) {
        if owner.is_empty() || entries.is_empty() {
            return;
        }
        let arguments: Vec<&[u8]> =
            entries.iter().flat_map(|(key, expires)| [key.as_slice(), expires]).collect();
        let _ = self.script(&FORGET, &self.index(owner), &arguments, Again::Yes).await;
    }

    async fn entries(&self, owner: &Owner) -> Result<Vec<Entry>, StoreError> {
        let index = self.index(owner.as_bytes());
        let Reply::List(words) = self.script(&ENTRIES, &index, &[], Again::Yes).await? else {
            return Err(DAMAGED);
        };
        let mut words = words.into_iter();
        let mut entries = Vec::new();
        while let (Some(Reply::Bytes(key)), Some(Reply::Bytes(expires))) =
            (words.next(), words.next())
        {
            entries.push((key, expires));
        }
        Ok(entries)
    }

    /// Writes a row by a script that answers with a number, and its entry.
    async fn write(
        &self,
        script: &Script,
        key: &RowKey,
        record: &Record<'_>,
        version: Version,
        expected: &[u8],
    ) -> Result<i64, StoreError> {
        let (rest, expires) = (row::rest(record)?, row::time_text(record.expires));
        let version = version.as_u64().to_be_bytes();
        let arguments = [version.as_slice(), &expires, &rest, expected];
        // The script knows its own version again.
        let answer = self.script(script, &self.row(key), &arguments, Again::Yes).await?;
        let Reply::Number(answer) = answer else { return Err(DAMAGED) };
        if let (WRITTEN, Some(owner)) = (answer, record.owner) {
            self.note(owner.as_bytes(), key, &expires).await?;
        }
        Ok(answer)
    }

    /// Deletes a row and its entry.
    async fn remove(&self, key: &RowKey, again: Again) -> Result<bool, StoreError> {
        let answer = self.script(&DELETE, &self.row(key), &[b""], again).await?;
        let Some(held) = Held::read(answer)? else { return Ok(false) };
        self.forget(&held.owner, &[(key.as_bytes().to_vec(), held.expires)]).await;
        Ok(true)
    }
}

/// An entry of an index: a row key, and when it is dropped.
type Entry = (Vec<u8>, Vec<u8>);

/// What the scripts that write answer with.
const WRITTEN: i64 = 1;
const CONFLICT: i64 = 2;

impl<D: Driver> Store for Engine<D> {
    async fn create(&self, key: &RowKey, record: &Record<'_>) -> Result<Version, CreateError> {
        let version = Version::random()?;
        match self.write(&CREATE, key, record, version, b"").await? {
            WRITTEN => Ok(version),
            _ => Err(CreateError::Exists),
        }
    }

    async fn load(&self, key: &RowKey) -> Result<Option<Stored>, StoreError> {
        match self.run(&[b"GET", &self.row(key)], Again::Yes).await? {
            Reply::Nothing => Ok(None),
            Reply::Bytes(bytes) => Ok(Some(Row::parse(&bytes).ok_or(DAMAGED)?.stored())),
            _ => Err(DAMAGED),
        }
    }

    async fn update(
        &self,
        key: &RowKey,
        expected: Option<Version>,
        record: &Record<'_>,
    ) -> Result<Version, UpdateError> {
        let version = Version::random()?;
        let expected = expected.map(|version| version.as_u64().to_be_bytes());
        let expected = expected.as_ref().map_or(&[][..], |bytes| bytes);
        match self.write(&UPDATE, key, record, version, expected).await? {
            WRITTEN => Ok(version),
            CONFLICT => Err(UpdateError::Conflict),
            _ => Err(UpdateError::Gone),
        }
    }

    async fn touch(&self, key: &RowKey, expires: StoreTime) -> Result<bool, StoreError> {
        let expires = row::time_text(expires);
        let answer = self.script(&TOUCH, &self.row(key), &[&expires], Again::Yes).await?;
        let Some(held) = Held::read(answer)? else { return Ok(false) };
        self.note(&held.owner, key, &held.expires).await?;
        Ok(true)
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
        // Two keys are on two servers of a cluster. Whoever deletes the old one has won; sent again
        // after a lost answer, the delete would find nothing and call the winner a loser.
        row::rest(record)?;
        if !self.remove(old, Again::No).await? {
            return Err(UpdateError::Gone);
        }
        self.create(new, record).await.map_err(CreateError::of_a_move)
    }

    async fn purge(&self, _limit: usize) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn traits(&self) -> StoreTraits {
        StoreTraits::new(ENGINE).volatile().rotates_in_steps().expires_itself()
    }
}

impl<D: Driver> OwnerIndex for Engine<D> {
    async fn list(&self, owner: &Owner) -> Result<Vec<Meta>, StoreError> {
        let (mut found, mut dead) = (Vec::new(), Vec::new());
        let end = format!("{HEAD_MAX}");
        for (entry, expires) in self.entries(owner).await? {
            let key = row::key_of(&entry).ok_or(DAMAGED)?;
            let words: [&[u8]; 4] = [b"GETRANGE", &self.row(&key), b"0", end.as_bytes()];
            let Reply::Bytes(head) = self.run(&words, Again::Yes).await? else {
                return Err(DAMAGED);
            };
            match Row::parse(&head) {
                Some(row) if row.owner == owner.as_bytes() => found.push(row.meta(key)),
                Some(_) => dead.push((entry, expires)),
                None if head.is_empty() => dead.push((entry, expires)),
                None => return Err(DAMAGED),
            }
        }
        self.forget(owner.as_bytes(), &dead).await;
        found.sort_by_key(|meta| Reverse(meta.seen));
        Ok(found)
    }

    async fn delete_all(&self, owner: &Owner, except: Option<&RowKey>) -> Result<u64, StoreError> {
        let (mut count, mut gone) = (0u64, Vec::new());
        for (entry, expires) in self.entries(owner).await? {
            let key = row::key_of(&entry).ok_or(DAMAGED)?;
            if Some(&key) == except {
                continue;
            }
            let arguments = [owner.as_bytes()];
            let answer = self.script(&DELETE, &self.row(&key), &arguments, Again::Yes).await?;
            count = count.saturating_add(Held::read(answer)?.map_or(0, |_| 1));
            gone.push((entry, expires));
        }
        self.forget(owner.as_bytes(), &gone).await;
        Ok(count)
    }
}

pub(super) const DAMAGED: StoreError = StoreError::Damaged { engine: ENGINE };

/// Expiry and owner of a row, as scripts answer with them.
struct Held {
    expires: Vec<u8>,
    owner: Vec<u8>,
}

impl Held {
    /// `None` if there is no row.
    fn read(answer: Reply) -> Result<Option<Self>, StoreError> {
        let words = match answer {
            Reply::Nothing => return Ok(None),
            Reply::List(words) => words,
            _ => return Err(DAMAGED),
        };
        match <[Reply; 2]>::try_from(words) {
            Ok([Reply::Bytes(expires), Reply::Bytes(owner)]) => Ok(Some(Self { expires, owner })),
            _ => Err(DAMAGED),
        }
    }
}

/// Every text in an answer, which a cluster nests.
fn texts(reply: Reply) -> Vec<String> {
    match reply {
        Reply::Bytes(bytes) => String::from_utf8(bytes).into_iter().collect(),
        Reply::List(replies) => replies.into_iter().flat_map(texts).collect(),
        Reply::Nothing | Reply::Number(_) => Vec::new(),
    }
}

fn setup(problem: &str) -> StoreError {
    StoreError::Setup { engine: ENGINE, problem: problem.to_owned() }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::NoScript => Self::unavailable(ENGINE, "the script is lost at once"),
            Trouble::Refused(error)
            | Trouble::Lost(error)
            | Trouble::Silent(error)
            | Trouble::Failed(error) => error,
        }
    }
}
