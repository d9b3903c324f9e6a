//! The environment: every setting of a binary, checked before a socket is opened.
//!
//! | variable | default | is |
//! |---|---|---|
//! | `CLOAKROOM_RING` | | a ring file, read again when it changes |
//! | `CLOAKROOM_KEY` | | the text of a ring, instead of a file |
//! | `CLOAKROOM_APP` | `shop` | the application's label in the key derivation |
//! | `CLOAKROOM_COOKIE` | `__Host-session` | the cookie's name |
//! | `CLOAKROOM_MODE` | `encrypted` | `encrypted` or `signed` |
//! | `CLOAKROOM_IDLE` | 14 days | seconds between two visits |
//! | `CLOAKROOM_ABSOLUTE` | 30 days | seconds that a session may last |
//! | `CLOAKROOM_STORE` | `cookie` | where the data lives: [`store`](crate::store) |
//! | `CLOAKROOM_RELOAD` | 1 | seconds between two looks at the ring file |
//! | `ADDR` | `127.0.0.1:3000` | where to listen |
//!
//! A variable that is set to nothing is an error, not a default: an empty `CLOAKROOM_KEY` is a
//! deployment that lost its secret. Without a ring and without a key there is the *development
//! ring*: random for each process, on a loopback address only.

use std::ffi::OsString;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use cloakroom::Protection;

/// Every setting of a binary.
#[derive(Debug)]
pub struct Settings {
    /// Where the keys come from.
    pub keys: Keys,
    /// The application's label; it ends in `-dev` with the development ring.
    pub app: String,
    /// The cookie's name.
    pub cookie: String,
    /// What the cookie's protection is.
    pub mode: Protection,
    /// Seconds between two visits, unless the library's default.
    pub idle: Option<u32>,
    /// Seconds that a session may last, unless the library's default.
    pub absolute: Option<u32>,
    /// The address of the store; without one, cookies hold the data.
    pub store: Option<Address>,
    /// How often the ring file is looked at.
    pub reload: Duration,
    /// Where to listen.
    pub addr: SocketAddr,
}

/// Where the keys come from.
pub enum Keys {
    /// A ring file.
    File(PathBuf),
    /// The text of a ring.
    Text(String),
    /// A random key that dies with the process.
    Development,
}

/// The address of a store, which may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

/// A variable that cannot be used. A binary prints it and exits with 2.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingError {
    name: &'static str,
    problem: String,
}

impl Settings {
    /// The settings of this process.
    ///
    /// # Errors
    ///
    /// The first variable that cannot be used, and why. A key is never part of the message.
    pub fn from_env() -> Result<Self, SettingError> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// The settings that `lookup` knows, for tests.
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingError> {
        let env = Env(&lookup);
        let addr = env.parsed("ADDR", "an IP address and port, such as 127.0.0.1:3000")?;
        let addr = addr.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)));
        let keys = keys(&env)?;
        let mut app = env.text("CLOAKROOM_APP")?.unwrap_or_else(|| "shop".to_owned());
        if let Keys::Development = keys {
            if !addr.ip().is_loopback() {
                return Err(env.error(
                    "CLOAKROOM_RING",
                    format!(
                        "is not set and neither is CLOAKROOM_KEY; the development ring serves \
                         loopback addresses only, and ADDR is {addr}"
                    ),
                ));
            }
            app.push_str("-dev");
        }
        Ok(Self {
            keys,
            app,
            cookie: env.text("CLOAKROOM_COOKIE")?.unwrap_or_else(|| "__Host-session".to_owned()),
            mode: mode(&env)?,
            idle: env.seconds("CLOAKROOM_IDLE")?,
            absolute: env.seconds("CLOAKROOM_ABSOLUTE")?,
            store: env.text("CLOAKROOM_STORE")?.filter(|text| text != "cookie").map(Address),
            reload: Duration::from_secs(env.seconds("CLOAKROOM_RELOAD")?.unwrap_or(1).into()),
            addr,
        })
    }

    /// Whether the keys die with the process.
    pub fn is_development(&self) -> bool {
        matches!(self.keys, Keys::Development)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Text(_) => f.write_str("Text(..)"),
            Self::Development => f.write_str("Development"),
        }
    }
}

impl Address {
    /// The address, password included.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.problem)
    }
}

impl std::error::Error for SettingError {}

fn keys(env: &Env<'_>) -> Result<Keys, SettingError> {
    match (env.text("CLOAKROOM_RING")?, env.text("CLOAKROOM_KEY")?) {
        (Some(_), Some(_)) => Err(env.error(
            "CLOAKROOM_RING",
            "and CLOAKROOM_KEY are both set: which of them holds the keys?".to_owned(),
        )),
        (Some(path), None) => Ok(Keys::File(PathBuf::from(path))),
        (None, Some(text)) => Ok(Keys::Text(text)),
        (None, None) => Ok(Keys::Development),
    }
}

fn mode(env: &Env<'_>) -> Result<Protection, SettingError> {
    match env.text("CLOAKROOM_MODE")?.as_deref() {
        None | Some("encrypted") => Ok(Protection::Encrypted),
        Some("signed") => Ok(Protection::Signed),
        Some(other) => {
            Err(env
                .error("CLOAKROOM_MODE", format!("is {other:?}, and must be encrypted or signed")))
        }
    }
}

/// A look at the environment, or at what stands for it in tests.
pub(crate) struct Env<'a>(pub(crate) &'a dyn Fn(&str) -> Option<OsString>);

impl Env<'_> {
    pub(crate) fn error(&self, name: &'static str, problem: String) -> SettingError {
        SettingError { name, problem }
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<Option<String>, SettingError> {
        match (self.0)(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Err(_)) => Err(self.error(name, "is not UTF-8".to_owned())),
            Some(Ok(text)) if text.is_empty() => {
                Err(self.error(name, "is empty: set it or unset it".to_owned()))
            }
            Some(Ok(text)) => Ok(Some(text)),
        }
    }

    fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        kinds: &str,
    ) -> Result<Option<T>, SettingError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let value = text.parse();
        value.map(Some).map_err(|_| self.error(name, format!("is {text:?}, and must be {kinds}")))
    }

    pub(crate) fn seconds(&self, name: &'static str) -> Result<Option<u32>, SettingError> {
        let seconds = self.parsed(name, "a whole number of seconds, at least 1")?;
        match seconds {
            Some(0) => Err(self.error(name, "is 0, and must be at least 1 second".to_owned())),
            other => Ok(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(env: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::from_lookup(|name| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    }

    fn problem(env: &[(&str, &str)]) -> String {
        settings(env).expect_err("the environment is refused").to_string()
    }

    #[test]
    fn an_empty_environment_is_a_shop_under_development_on_port_3000() {
        let settings = settings(&[]).expect("defaults");
        assert!(settings.is_development());
        assert_eq!(settings.app, "shop-dev");
        assert_eq!(settings.cookie, "__Host-session");
        assert_eq!(settings.mode, Protection::Encrypted);
        assert_eq!((settings.idle, settings.absolute), (None, None));
        assert_eq!(settings.reload, Duration::from_secs(1));
        assert_eq!(settings.addr.to_string(), "127.0.0.1:3000");
    }

    #[test]
    fn the_development_ring_stays_on_the_machine() {
        assert!(settings(&[("ADDR", "[::1]:3000")]).is_ok());
        let refusal = problem(&[("ADDR", "0.0.0.0:3000")]);
        assert!(refusal.contains("loopback") && refusal.contains("0.0.0.0:3000"), "{refusal}");
        let public = [("ADDR", "0.0.0.0:3000"), ("CLOAKROOM_KEY", "ck1_x")];
        assert_eq!(settings(&public).expect("a key is given").app, "shop");
    }

    #[test]
    fn a_ring_and_a_key_together_are_refused() {
        let refusal = problem(&[("CLOAKROOM_RING", "ring"), ("CLOAKROOM_KEY", "ck1_secret")]);
        assert!(refusal.contains("both") && !refusal.contains("secret"), "{refusal}");
    }

    #[test]
    fn an_empty_variable_is_refused() {
        assert_eq!(problem(&[("CLOAKROOM_KEY", "")]), "CLOAKROOM_KEY is empty: set it or unset it");
    }

    #[test]
    fn a_bad_value_is_named_with_what_it_must_be() {
        for (name, value, kinds) in [
            ("CLOAKROOM_MODE", "plain", "encrypted or signed"),
            ("CLOAKROOM_IDLE", "1h", "seconds"),
            ("CLOAKROOM_ABSOLUTE", "0", "at least 1"),
            ("CLOAKROOM_RELOAD", "-1", "seconds"),
            ("ADDR", "localhost:3000", "IP address"),
        ] {
            let refusal = problem(&[(name, value)]);
            assert!(refusal.starts_with(name) && refusal.contains(kinds), "{refusal}");
        }
    }

    #[test]
    fn the_address_of_a_store_is_not_repeated() {
        let settings = settings(&[("CLOAKROOM_STORE", "redis://user:hunter2@host")]);
        let settings = settings.expect("a store is given");
        assert!(!format!("{settings:?}").contains("hunter2"));
        let address = settings.store.as_ref().map(Address::expose);
        assert_eq!(address, Some("redis://user:hunter2@host"));
    }

    #[test]
    fn cookies_hold_the_data_unless_a_store_does() {
        assert_eq!(settings(&[]).expect("defaults").store, None);
        assert_eq!(settings(&[("CLOAKROOM_STORE", "cookie")]).expect("no store").store, None);
    }

    #[test]
    fn debug_prints_no_key() {
        let settings = settings(&[("CLOAKROOM_KEY", "ck1_secret")]).expect("a key is given");
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
