//! The authority on ended sessions in Redis: a key for each, and one stream for what happened.
//!
//! All keys carry one hash tag, so that a cluster has them on one server and a script takes two of them.
//! What ends is a few bytes at a time, which one server bears.

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use redis::{aio::ConnectionLike, aio::ConnectionManager};

use super::{
    Link,
    engine::{Again, DAMAGED, Engine, Reply, Trouble},
    row,
    scripts::Script,
};
use crate::{
    clock::Timestamp,
    error::StoreError,
    limits::MAX_AGE_MAX,
    primitives::base64url,
    revocation::{Cursor, Ended, Feed, RETENTION, Revocations, SidHash, Verdict},
    store::StoreTime,
};

/// The authority of level S2 in Redis or Valkey. Made by
/// [`RedisStore::revocations`](super::RedisStore::revocations).
///
/// Ended sessions are keys that the server expires by itself; the feed is a stream, of which an hour is
/// kept. A call is one command or script.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use cloakroom::{Key, KeyRing, SessionConfig, SessionManager, Values};
/// use cloakroom::{revocation::RevocationList, store::RedisStore};
///
/// let redis = RedisStore::connect("redis://127.0.0.1/").await?.prefix("shop:");
/// let config = SessionConfig::new(KeyRing::new(Key::generate()?), "shop");
/// let sessions = SessionManager::<Values>::new(config)?
///     .guarded_by(RevocationList::new(redis.revocations()));
/// # Ok(()) }
/// ```
///
/// # Security
///
/// Redis confirms a write before it is on a disk or on a replica. A crash or a failover can undo the last of
/// them, and a session that had ended is back until it expires. Subjects stand in keys and stream as they
/// are.
pub struct RedisRevocations<C = ConnectionManager>(Engine<Link<C>>);

impl<C> RedisRevocations<C> {
    pub(super) const fn over(driver: Link<C>, prefix: String) -> Self {
        Self(Engine { driver, prefix })
    }

    fn key(&self, kind: &str, name: &[u8]) -> Vec<u8> {
        format!("{}{{ended}}{kind}:{}", self.0.prefix, base64url::encode(name)).into_bytes()
    }

    fn feed(&self) -> Vec<u8> {
        self.key("feed", b"")
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> RedisRevocations<C> {
    async fn script(
        &self,
        script: &Script,
        keys: &[&[u8]],
        arguments: &[&[u8]],
    ) -> Result<Reply, StoreError> {
        let count = format!("{}", keys.len());
        let words = |verb, what| [&[verb, what, count.as_bytes()], keys, arguments].concat();
        let by_name = words(&b"EVALSHA"[..], script.sha.as_bytes());
        match self.0.run(&by_name, Again::Yes).await {
            Err(Trouble::NoScript) => {
                Ok(self.0.run(&words(&b"EVAL"[..], script.text.as_bytes()), Again::Yes).await?)
            }
            answer => Ok(answer?),
        }
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> Revocations for RedisRevocations<C> {
    async fn revoke(&self, session: &SidHash, until: Timestamp) -> Result<(), StoreError> {
        let keys = [&*self.key("s", session.as_bytes()), &self.feed()];
        let (until, kept) = (row::time_text(StoreTime::from(until)), kept());
        let arguments: [&[u8]; 3] = [&until, kept.as_bytes(), session.as_bytes()];
        self.script(&REVOKE, &keys, &arguments).await.map(drop)
    }

    async fn bump(&self, subject: &[u8]) -> Result<u32, StoreError> {
        let keys = [&*self.key("u", subject), &self.feed()];
        let (life, kept) = (format!("{}", MAX_AGE_MAX.saturating_mul(1000)), kept());
        let arguments: [&[u8]; 3] = [life.as_bytes(), kept.as_bytes(), subject];
        match self.script(&BUMP, &keys, &arguments).await? {
            Reply::Number(epoch) => u32::try_from(epoch).map_err(|_| DAMAGED),
            _ => Err(DAMAGED),
        }
    }

    async fn check(
        &self,
        session: &SidHash,
        subject: Option<&[u8]>,
    ) -> Result<Verdict, StoreError> {
        let session = self.key("s", session.as_bytes());
        let counter = self.key("u", subject.unwrap_or_default());
        let reply = self.0.run(&[b"MGET", &session, &counter], Again::Yes).await?;
        let Reply::List(words) = reply else { return Err(DAMAGED) };
        let (revoked, epoch) = match words.as_slice() {
            [ended, Reply::Nothing] => (ended, 0),
            [ended, Reply::Bytes(epoch)] => (ended, number(epoch).ok_or(DAMAGED)?),
            _ => return Err(DAMAGED),
        };
        let epoch = u32::try_from(epoch).map_err(|_| DAMAGED)?;
        let epoch = if subject.is_some() { epoch } else { 0 };
        Ok(Verdict { revoked: *revoked != Reply::Nothing, epoch })
    }

    async fn since(&self, cursor: Option<Cursor>) -> Result<Feed, StoreError> {
        let kept = kept();
        // Only behind it, which is what the bracket says.
        let from = cursor.map_or(String::new(), |Cursor(millis, nth)| format!("({millis}-{nth}"));
        let arguments = [from.as_bytes(), kept.as_bytes()];
        let reply = self.script(&SINCE, &[&self.feed()], &arguments).await?;
        let Reply::List(words) = reply else { return Err(DAMAGED) };
        let [Reply::Bytes(now), Reply::Bytes(lost), Reply::Bytes(first), Reply::List(entries)] =
            words.as_slice()
        else {
            return Err(DAMAGED);
        };
        let now = number(now).ok_or(DAMAGED)?;
        let (lost, first) = (id(lost), id(first));
        let entries: Option<Vec<_>> = entries.iter().map(entry).collect();
        let entries = entries.ok_or(DAMAGED)?;

        let oldest = now.saturating_sub(millis(RETENTION.as_secs()));
        let complete_since = match cursor {
            // What was trimmed is older than what is kept, unless somebody trimmed it by hand.
            None => Some(lost.map_or(oldest, |Cursor(at, _)| at.saturating_add(1)).max(oldest)),
            Some(cursor) if is_gap(cursor, lost, first, oldest) => Some(now),
            Some(_) => None,
        };
        // Every entry to come has an id of this millisecond or later.
        let start = || Cursor(now.saturating_sub(1), u64::MAX);
        let last = entries.last().map(|(at, _)| *at);
        let reached = match cursor {
            Some(cursor) if complete_since.is_none() => cursor,
            _ => start(),
        };
        Ok(Feed {
            events: entries.into_iter().filter_map(|(_, event)| event).collect(),
            cursor: last.unwrap_or(reached),
            complete_since: complete_since.map(|at| Timestamp::from_unix(at.div_ceil(1000))),
        })
    }
}

/// Whether an entry behind the cursor may be gone. A server before 7.0 does not say what was deleted: the
/// entry of the cursor itself has to be there then, while it is young enough to be kept.
fn is_gap(cursor: Cursor, lost: Option<Cursor>, first: Option<Cursor>, oldest: u64) -> bool {
    let is_entry = cursor.1 != u64::MAX;
    match (lost, first) {
        (Some(lost), _) => lost > cursor,
        // The stream is gone, with whatever was in it.
        (None, None) => is_entry,
        (None, Some(first)) => is_entry && cursor.0 > oldest && first > cursor,
    }
}

/// An id of the stream, and what it says; nothing for what another version wrote.
fn entry(reply: &Reply) -> Option<(Cursor, Option<Ended>)> {
    let Reply::List(parts) = reply else { return None };
    let [Reply::Bytes(at), Reply::List(fields)] = parts.as_slice() else { return None };
    let event = match fields.as_slice() {
        [Reply::Bytes(kind), Reply::Bytes(session)] if kind == b"s" => {
            session.as_slice().try_into().ok().map(|hash| Ended::Session(SidHash::from_bytes(hash)))
        }
        [Reply::Bytes(kind), Reply::Bytes(subject), Reply::Bytes(_), Reply::Bytes(epoch)]
            if kind == b"u" =>
        {
            let epoch = number(epoch).and_then(|epoch| u32::try_from(epoch).ok());
            epoch.map(|epoch| Ended::Subject(subject.clone(), epoch))
        }
        _ => None,
    };
    Some((id(at)?, event))
}

fn id(text: &[u8]) -> Option<Cursor> {
    let (millis, nth) = core::str::from_utf8(text).ok()?.split_once('-')?;
    Some(Cursor(millis.parse().ok()?, nth.parse().ok()?)).filter(|id| *id != Cursor(0, 0))
}

fn number(text: &[u8]) -> Option<u64> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

/// How long events are kept, in milliseconds.
fn kept() -> String {
    format!("{}", millis(RETENTION.as_secs()))
}

const fn millis(seconds: u64) -> u64 {
    seconds.saturating_mul(1000)
}

/// On a session and the feed. Arguments: until, for how long events are kept, the session.
const REVOKE: Script = Script {
    text: "local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('SET', KEYS[1], '1', 'PXAT', ARGV[1])
local least = string.format('%.0f', now - ARGV[2])
redis.call('XADD', KEYS[2], 'MINID', '~', least, '*', 's', ARGV[3])
return 1",
    sha: "4238d4f642772fa45d1bc3dc416b11db1f3f4b78",
};

/// On a counter and the feed. Arguments: how long it is kept, how long events are, the subject. Gives the
/// epoch: one more, and at least the second.
const BUMP: Script = Script {
    text: "local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local epoch = math.max((redis.call('GET', KEYS[1]) or 0) + 1, tonumber(t[1]))
local text = string.format('%.0f', epoch)
redis.call('SET', KEYS[1], text, 'PX', ARGV[1])
local least = string.format('%.0f', now - ARGV[2])
redis.call('XADD', KEYS[2], 'MINID', '~', least, '*', 'u', ARGV[3], 'e', text)
return epoch",
    sha: "f050f4fb818f3c611023fb93495bcbe4268a4a76",
};

/// On the feed. Arguments: the cursor or nothing, how long events are kept. Gives the time, the last entry
/// that was deleted, the first that is there, and those behind the cursor.
const SINCE: Script = Script {
    text: "local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
local lost = ''
for i = 1, #info, 2 do
  if info[i] == 'max-deleted-entry-id' then lost = info[i + 1] end
end
local from = ARGV[1]
if from == '' then from = string.format('%.0f', now - ARGV[2]) end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
local id = first[1] and first[1][1] or ''
return {string.format('%.0f', now), lost, id, redis.call('XRANGE', KEYS[1], from, '+')}",
    sha: "8d1aa2b8cec44586c48fa56e83ea2af0f8fff953",
};

impl<C> fmt::Debug for RedisRevocations<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRevocations").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_what_was_deleted_behind_the_reader() {
        let at = |millis| Some(Cursor(millis, 0));
        assert!(!is_gap(Cursor(50, 1), at(40), at(45), 0));
        assert!(is_gap(Cursor(50, 1), at(60), at(70), 0));
        // A stream that is gone, and a reader who had not read anything of one yet.
        assert!(is_gap(Cursor(50, 1), None, None, 0));
        assert!(!is_gap(Cursor(50, u64::MAX), None, None, 0));
        // An older server: the reader's own entry is missing though it is young.
        assert!(is_gap(Cursor(50, 1), None, at(70), 10));
        assert!(!is_gap(Cursor(50, 1), None, at(50), 10));
        assert!(!is_gap(Cursor(5, 1), None, at(70), 10));
    }

    #[test]
    fn an_id_is_two_numbers_and_none_is_nothing() {
        assert_eq!(id(b"1790000000000-7"), Some(Cursor(1_790_000_000_000, 7)));
        for other in ["", "0-0", "7", "7-", "-7", "x-1"] {
            assert_eq!(id(other.as_bytes()), None, "{other}");
        }
    }
}
