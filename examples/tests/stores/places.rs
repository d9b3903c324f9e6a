//! Where the site's data can be, and the servers behind it.

use std::path::PathBuf;

use cloakroom::store::conformance::Outage;

use crate::servers::{self, Source};
use crate::support::server::Server;

/// A kind of store.
pub struct Place {
    name: &'static str,
    shared: bool,
    open: fn(&Source) -> Opened,
    source: Source,
}

/// A store for one test, that ends with it.
pub struct Opened {
    /// What `CLOAKROOM_STORE` is.
    pub address: String,
    /// The server behind it.
    pub server: Option<Box<dyn Outage>>,
}

/// What a server of tests keeps for the site.
const KEY: &str = "CLOAKROOM_KEY";

/// Every kind of store that this build has, its engine's name and where its server comes from.
pub fn places() -> Vec<(&'static str, Source, Place)> {
    let here = || Source::Running(String::new());
    let place = |engine, name, source: Source, shared, open| {
        (engine, source.clone(), Place { name, shared, open, source })
    };
    vec![
        place("memory", "memory", here(), false, |_| Opened::at("memory")),
        place("file", "file", here(), true, |_| Opened::at(&format!("file:{}", path("file")))),
        #[cfg(feature = "rusqlite-0")]
        place("sqlite", "sqlite", here(), true, |_| Opened::at(&sqlite())),
        #[cfg(feature = "rusqlite-0")]
        place("sqlite", "cached_memory_sqlite", here(), false, |_| {
            Opened::at(&format!("cached+memory+{}", sqlite()))
        }),
        #[cfg(feature = "sqlx-0_9-postgres")]
        place("postgres", "postgres", servers::postgres::source(), true, |source| {
            let server = servers::postgres::Postgres::start(installed(source)).expect("it starts");
            Opened { address: server.address(), server: Some(Box::new(server)) }
        }),
        #[cfg(feature = "sqlx-0_9-mysql")]
        place("mysql", "mysql", servers::mariadb::source(), true, |source| {
            let server = servers::mariadb::MariaDb::start(installed(source)).expect("it starts");
            Opened { address: server.address(), server: Some(Box::new(server)) }
        }),
        #[cfg(feature = "redis-1")]
        place("redis", "redis", servers::redis::source(), true, |source| {
            let server = servers::redis::Redis::start(installed(source), false).expect("it starts");
            Opened { address: server.address(), server: Some(Box::new(server)) }
        }),
        #[cfg(all(feature = "redis-1", feature = "rusqlite-0"))]
        place("redis", "cached_redis_sqlite", servers::redis::source(), true, |source| {
            let server = servers::redis::Redis::start(installed(source), false).expect("it starts");
            let redis = server.address().replace("redis+unix:", "unix:");
            let address = format!("cached+{redis}+{}", sqlite());
            // What becomes of a cache that is down is another story.
            Opened { address, server: Some(Box::new(server)) }
        }),
        #[cfg(feature = "memcached")]
        place("memcached", "memcached", servers::memcached::source(), true, |source| {
            let server =
                servers::memcached::Memcached::start(installed(source)).expect("it starts");
            let address = format!("memcached://{}", server.address());
            Opened { address, server: Some(Box::new(server)) }
        }),
    ]
}

/// Removes what the tests kept on the disk.
pub fn clear() {
    servers::clear();
}

impl Place {
    /// The name in those of its tests.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether several processes can use it.
    pub const fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether it is alone with a server that can fail.
    pub fn has_server(&self) -> bool {
        matches!(self.source, Source::Installed(_) | Source::Missing)
            && !self.name.starts_with("cached")
    }

    /// Whether it has forgotten everything when its server was killed.
    pub fn forgets(&self) -> bool {
        ["redis", "memcached"].contains(&self.name)
    }

    /// A new store.
    pub fn open(&self) -> Opened {
        (self.open)(&self.source)
    }
}

impl Opened {
    fn at(address: &str) -> Self {
        Self { address: address.to_owned(), server: None }
    }

    /// A server of the site over this store.
    pub fn site(&self, env: &[(&str, &str)]) -> Server {
        let env = [&[("CLOAKROOM_STORE", &*self.address), (KEY, key())], env].concat();
        Server::start(&env)
    }
}

fn key() -> &'static str {
    static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let new = || cloakroom::Key::generate().expect("a key").expose_text().to_string();
    TEXT.get_or_init(new)
}

#[cfg(feature = "rusqlite-0")]
fn sqlite() -> String {
    format!("sqlite:{}/sessions.sqlite", path("sqlite"))
}

fn path(name: &str) -> String {
    servers::private_folder(name).expect("a folder").display().to_string()
}

/// The program of a server that was found.
#[allow(dead_code, reason = "not every build has servers")]
fn installed(source: &Source) -> &PathBuf {
    let Source::Installed(program) = source else {
        panic!("the tests start the server: {source:?}")
    };
    program
}
