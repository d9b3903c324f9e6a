//! Records in Redis or Valkey, over the crate `redis`.
//!
//! What the commands are and mean is in [`engine`], which knows no driver; here is the driver.

mod engine;
#[cfg(feature = "auth")]
mod revocations;
mod row;
mod scripts;
#[cfg(test)]
mod tests;

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt, time::Duration};

use redis::{
    Client, Cmd, ErrorKind, IntoConnectionInfo, RedisError, ServerErrorKind, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
    io::tcp::TcpSettings,
};

use self::engine::{Driver, ENGINE, Engine, Reply, Trouble};
#[cfg(feature = "auth")]
pub use self::revocations::RedisRevocations;
use super::hand_on::hand_on;
use crate::error::StoreError;

/// Keeps records in Redis or Valkey, with an index of owners: for any number of machines.
///
/// It works over every connection of the crate `redis` that is shared by cloning: a
/// [`ConnectionManager`], or the asynchronous connections of a cluster and of a sentinel, which that
/// crate's own features bring, and TLS likewise. A bare `MultiplexedConnection` does not come back
/// after it was lost.
///
/// A call is one command or script on one key, and one more where a record has an owner. The server
/// expires records by itself, by its own clock; it has to be Redis 6.2 or later, or Valkey.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use cloakroom::{Key, KeyRing, SessionConfig, SessionManager, Values, store::RedisStore};
///
/// let store = RedisStore::connect("redis://127.0.0.1/").await?.prefix("shop:");
/// let config = SessionConfig::new(KeyRing::new(Key::generate()?), "shop");
/// let sessions = SessionManager::<Values>::with_store(config, store)?;
/// # Ok(()) }
/// ```
///
/// # Security
///
/// Redis confirms a write before it is on a disk or on a replica. A crash or a failover can undo the
/// last of them, and if a logout is among them, the session is back until it expires. Where that
/// matters, set `appendfsync always`, or keep sessions in a database that commits.
///
/// A server that evicts (`maxmemory-policy` of `allkeys-*`) logs people out when it runs out of room;
/// [`connect`](Self::connect) refuses it.
pub struct RedisStore<C = ConnectionManager>(Engine<Link<C>>);

impl RedisStore {
    /// The store on the server at `url`, such as `redis://user:password@host:6379/0`, over a
    /// connection that comes back by itself after it was lost. It has to be called in a runtime of
    /// tokio.
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`] for a URL that the driver does not take, and as [`check`](Self::check);
    /// [`StoreError::Unavailable`] if the server does not answer.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let bad = |error: RedisError| StoreError::Setup {
            engine: ENGINE,
            // Never the words of the error, which can quote the URL.
            problem: format!("the URL is not one of the driver's: {}", error.category()),
        };
        let address = url.into_connection_info().map_err(bad)?;
        let client = Client::open(address.set_tcp_settings(tcp_settings())).map_err(bad)?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(SILENCE))
            // It tries again soon after the server is back, however long that took.
            .set_min_delay(Duration::from_millis(10))
            .set_max_delay(Duration::from_millis(250));
        let connection = ConnectionManager::new_with_config(client, config).await;
        let store = Self::from_connection(connection.map_err(|error| plain(&error))?);
        store.check().await?;
        Ok(store)
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> RedisStore<C> {
    /// The store on the server or the cluster behind `connection`, of which each call takes a clone.
    pub fn from_connection(connection: C) -> Self {
        Self(Engine { driver: Link(connection), prefix: "cloakroom:".to_string() })
    }

    /// The authority on ended sessions on the same server, under the same prefix.
    #[cfg(feature = "auth")]
    pub fn revocations(&self) -> RedisRevocations<C> {
        RedisRevocations::over(Link(self.0.driver.0.clone()), self.0.prefix.clone())
    }

    /// What the names of all keys begin with. Default: `cloakroom:`. Two applications on one server
    /// need two.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.0.prefix = prefix.into();
        self
    }

    /// Whether the server is young enough and drops no session that lives. What it does not want to
    /// say is not asked twice: `CONFIG` and `INFO` may be forbidden.
    ///
    /// # Errors
    ///
    /// [`StoreError::Setup`], with what to change; [`StoreError::Unavailable`] without an answer.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }
}

/// After this a command that was on its way when its connection was lost is taken for lost too. It is
/// no deadline: those are the manager's, and shorter.
const SILENCE: Duration = Duration::from_secs(5);

fn tcp_settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    // A server that vanished without a word is given up after this, and not after a quarter of an
    // hour.
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let settings = settings.set_user_timeout(SILENCE);
    settings
}

struct Link<C>(C);

impl<C: ConnectionLike + Clone + Send + Sync + 'static> Driver for Link<C> {
    async fn run(&self, words: &[&[u8]]) -> Result<Reply, Trouble> {
        let mut command = Cmd::new();
        for word in words {
            command.arg(word);
        }
        let mut connection = self.0.clone();
        let answer = command.query_async(&mut connection).await;
        reply(answer.map_err(|error: RedisError| trouble(&error))?)
    }
}

fn reply(value: Value) -> Result<Reply, Trouble> {
    let list = |values: Vec<Value>| {
        values.into_iter().map(reply).collect::<Result<_, _>>().map(Reply::List)
    };
    match value {
        Value::Nil => Ok(Reply::Nothing),
        Value::Int(number) => Ok(Reply::Number(number)),
        Value::BulkString(bytes) => Ok(Reply::Bytes(bytes)),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => {
            Ok(Reply::Bytes(text.into_bytes()))
        }
        Value::Array(values) | Value::Set(values) => list(values),
        Value::Map(pairs) => list(pairs.into_iter().flat_map(<[Value; 2]>::from).collect()),
        _ => Err(Trouble::Failed(StoreError::Damaged { engine: ENGINE })),
    }
}

fn trouble(error: &RedisError) -> Trouble {
    match error.kind() {
        ErrorKind::Server(ServerErrorKind::NoScript) => Trouble::NoScript,
        _ if error.is_connection_dropped() || error.is_unrecoverable_error() => {
            Trouble::Lost(plain(error))
        }
        _ if error.is_timeout() => Trouble::Silent(plain(error)),
        ErrorKind::Server(_) | ErrorKind::Extension => Trouble::Refused(plain(error)),
        _ => Trouble::Failed(plain(error)),
    }
}

/// The error without what the server quotes of a command: keys and records.
fn plain(error: &RedisError) -> StoreError {
    let words = match error.code() {
        Some(code) => format!("the server answered {code}"),
        None if error.is_io_error() => error.to_string(),
        None => error.category().to_string(),
    };
    StoreError::unavailable(ENGINE, words)
}

hand_on!([C: ConnectionLike + Clone + Send + Sync + 'static] Store for RedisStore<C> => [.0]);
hand_on!([C: ConnectionLike + Clone + Send + Sync + 'static] OwnerIndex for RedisStore<C> => [.0]);

impl<C> fmt::Debug for RedisStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}
