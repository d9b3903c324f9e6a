//! The environment of the accounts, beside that of every binary ([`crate::settings`]).
//!
//! | variable | default | is |
//! |---|---|---|
//! | `CLOAKROOM_LEVEL` | `s4` | how far sessions can be ended: `s1`, `s2`, `s3` or `s4` |
//! | `ACCOUNTS_DB` | in memory | a file for users and for what the server keeps of sessions |
//! | `ACCOUNTS_SUDO_SECONDS` | 300 | how long a password counts before it is asked again |
//! | `ACCOUNTS_CLEAR_SITE_DATA` | nothing | what browsers are asked to drop at a logout: `storage`, `cookies`, `cache`, with commas; with `cookies` goes the message that the next page would show |
//!
//! `CLOAKROOM_APP` is `accounts` unless it is set, `CLOAKROOM_IDLE` two hours and `CLOAKROOM_ABSOLUTE`
//! twelve: a login that is remembered has its own 30 days.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use cloakroom::auth::SiteData;

use crate::settings::{self, Env, SettingError};

/// Every setting of the accounts.
#[derive(Debug)]
pub struct Settings {
    /// Those of every binary.
    pub base: settings::Settings,
    /// How far sessions can be ended.
    pub level: Level,
    /// Where users are; in memory without one.
    pub database: Option<PathBuf>,
    /// How long a password counts before it is asked again.
    pub sudo: Duration,
    /// What browsers are asked to drop at a logout.
    pub clear: Vec<SiteData>,
}

/// How far sessions can be ended before they expire. Each level does what those before it do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A change of the password ends the others.
    S1,
    /// A logout ends copies of the cookie.
    S2,
    /// There is a list of devices; the session is in its cookie.
    S3,
    /// The session is in the store.
    #[default]
    S4,
}

impl Level {
    /// Whether it knows where somebody is logged in.
    pub fn lists_devices(self) -> bool {
        self >= Self::S3
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Settings {
    /// The settings of this process.
    ///
    /// # Errors
    ///
    /// The first variable that cannot be used, and why.
    pub fn from_env() -> Result<Self, SettingError> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// The settings that `lookup` knows, for tests.
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingError> {
        let ours = |name: &str| match name {
            "CLOAKROOM_APP" => Some("accounts".into()),
            "CLOAKROOM_IDLE" => Some("7200".into()),
            "CLOAKROOM_ABSOLUTE" => Some("43200".into()),
            _ => None,
        };
        let env = Env(&lookup);
        let base = settings::Settings::from_lookup(|name| lookup(name).or_else(|| ours(name)))?;
        if base.store.is_some() {
            let problem = "is for the other binaries; here CLOAKROOM_LEVEL says where sessions are";
            return Err(env.error("CLOAKROOM_STORE", problem.to_owned()));
        }
        Ok(Self {
            base,
            level: level(&env)?,
            database: env.text("ACCOUNTS_DB")?.map(PathBuf::from),
            sudo: Duration::from_secs(env.seconds("ACCOUNTS_SUDO_SECONDS")?.unwrap_or(300).into()),
            clear: clear(&env)?,
        })
    }
}

fn level(env: &Env<'_>) -> Result<Level, SettingError> {
    Ok(match env.text("CLOAKROOM_LEVEL")?.as_deref() {
        None => Level::default(),
        Some("s1") => Level::S1,
        Some("s2") => Level::S2,
        Some("s3") => Level::S3,
        Some("s4") => Level::S4,
        Some(other) => {
            let problem = format!("is {other:?}, and must be s1, s2, s3 or s4");
            return Err(env.error("CLOAKROOM_LEVEL", problem));
        }
    })
}

fn clear(env: &Env<'_>) -> Result<Vec<SiteData>, SettingError> {
    const NAME: &str = "ACCOUNTS_CLEAR_SITE_DATA";
    let list = env.text(NAME)?.unwrap_or_default();
    let kind = |word: &str| match word {
        "storage" => Ok(SiteData::Storage),
        "cookies" => Ok(SiteData::Cookies),
        "cache" => Ok(SiteData::Cache),
        other => {
            let problem = format!("has {other:?}, and may have storage, cookies and cache");
            Err(env.error(NAME, problem))
        }
    };
    list.split(',').filter(|word| !word.is_empty()).map(kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(env: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::from_lookup(|name| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn an_empty_environment_lists_devices_and_asks_again_after_five_minutes() {
        let settings = settings(&[]).expect("defaults");
        assert_eq!((settings.level, settings.sudo), (Level::S4, Duration::from_secs(300)));
        assert_eq!((settings.database, settings.clear.len()), (None, 0));
        assert_eq!(settings.base.app, "accounts-dev");
        assert_eq!((settings.base.idle, settings.base.absolute), (Some(7200), Some(43_200)));
    }

    #[test]
    fn what_is_set_counts() {
        let set = [
            ("CLOAKROOM_LEVEL", "s2"),
            ("CLOAKROOM_APP", "mine"),
            ("ACCOUNTS_DB", "a.db"),
            ("ACCOUNTS_CLEAR_SITE_DATA", "storage,cache"),
        ];
        let settings = settings(&set).expect("settings");
        assert_eq!((settings.level, settings.base.app.as_str()), (Level::S2, "mine-dev"));
        assert_eq!(settings.database, Some("a.db".into()));
        assert_eq!(settings.clear, [SiteData::Storage, SiteData::Cache]);
    }

    #[test]
    fn what_there_is_not_and_a_store_of_the_other_binaries_are_refused() {
        for (name, value) in [
            ("CLOAKROOM_LEVEL", "s5"),
            ("CLOAKROOM_STORE", "memory"),
            ("ACCOUNTS_CLEAR_SITE_DATA", "storage,all"),
        ] {
            let refused = settings(&[(name, value)]).map(|_| ()).map_err(|e| e.to_string());
            assert!(refused.is_err_and(|text| text.starts_with(name)), "{name}");
        }
    }
}
