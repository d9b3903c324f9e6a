//! The sessions that every bench uses: of about 60, 250, 1000 and 3000 bytes of JSON.
//!
//! Each is a struct; [`entries`] gives the same session as a map with strings for keys. Nothing is
//! packed or left out, so that it is the same session for every library.

use std::collections::BTreeMap;

use cloakroom::{First, SessionData, Values};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A session type with one key that is read and one that is written in each request.
pub trait Record: SessionData + Serialize + DeserializeOwned + Clone + PartialEq + Default {
    /// The key that is read, a number.
    const READ: &'static str = "user";
    /// The key that is written, a number.
    const WRITTEN: &'static str = "seen";

    /// The number that is read.
    fn user(&self) -> u64;

    /// Writes the other.
    fn set_seen(&mut self, seen: u64);
}

macro_rules! records {
    ($($name:ident)*) => {$(
        impl SessionData for $name {
            const VERSION: u8 = 1;
            type Previous = First;
        }

        impl Record for $name {
            fn user(&self) -> u64 {
                self.user
            }

            fn set_seen(&mut self, seen: u64) {
                self.seen = seen;
            }
        }
    )*};
}

records!(Visit Member Shopper);

/// About 60 bytes of JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    pub user: u64,
    pub token: String,
    pub seen: u64,
}

/// About 250.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Member {
    pub user: u64,
    pub token: String,
    pub seen: u64,
    pub login: u64,
    pub roles: Vec<String>,
    pub locale: String,
    pub theme: String,
    pub zone: String,
    pub flash: Option<String>,
}

/// About 1000 or 3000, by what is in the cart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shopper {
    pub user: u64,
    pub token: String,
    pub seen: u64,
    pub login: u64,
    pub roles: Vec<String>,
    pub locale: String,
    pub theme: String,
    pub zone: String,
    pub flash: Option<String>,
    pub email: String,
    pub cart: Vec<Item>,
    pub recent: Vec<u64>,
    pub preferences: BTreeMap<String, String>,
}

/// An entry of a cart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub article: u64,
    pub title: String,
    pub count: u32,
    pub cents: u64,
}

/// The session of about 60 bytes.
pub fn visit() -> Visit {
    Visit { user: 4_711_815, token: "kX3vQ9bT7wZc1Lr5N".into(), seen: 1_790_000_000 }
}

/// The session of about 250 bytes.
pub fn member() -> Member {
    Member {
        user: 4_711_815,
        token: "kX3vQ9bT7wZc1Lr5NfYh2UeGm8JsPaDo".into(),
        seen: 1_790_000_000,
        login: 1_789_990_000,
        roles: vec!["editor".into(), "billing".into()],
        locale: "de-CH".into(),
        theme: "dark".into(),
        zone: "Europe/Zurich".into(),
        flash: Some("Your changes were saved.".into()),
    }
}

/// The session of about 1000 bytes.
pub fn shopper() -> Shopper {
    filled(7, 8)
}

/// The session of about 3000 bytes.
pub fn collector() -> Shopper {
    filled(30, 26)
}

/// The session as a map.
pub fn entries<T: Record>(record: &T) -> BTreeMap<String, serde_json::Value> {
    let json = serde_json::to_value(record).expect("a record is JSON");
    serde_json::from_value(json).expect("a record is a map")
}

/// The session as cloakroom's own map.
pub fn values<T: Record>(record: &T) -> Values {
    let mut values = Values::new();
    values.update(entries(record)).expect("a record fits");
    values
}

fn filled(items: u64, recent: u64) -> Shopper {
    const TITLES: [&str; 4] =
        ["Walking boots, brown", "Head lamp", "Rain jacket, size M", "Map of the Jura 1:50 000"];
    let member = member();
    let titles = TITLES.iter().cycle().zip(1..=items);
    Shopper {
        user: member.user,
        token: member.token,
        seen: member.seen,
        login: member.login,
        roles: member.roles,
        locale: member.locale,
        theme: member.theme,
        zone: member.zone,
        flash: member.flash,
        email: "ada.lovelace@analytical.example".into(),
        cart: titles
            .map(|(title, nth)| Item {
                article: 104_711 + nth * 977,
                title: (*title).into(),
                count: 1,
                cents: 1_999 + nth * 450,
            })
            .collect(),
        recent: (1..=recent).map(|nth| 200_000 + nth * 7_919).collect(),
        preferences: [("currency", "CHF"), ("sort", "price"), ("units", "metric")]
            .map(|(key, value)| (key.into(), value.into()))
            .into(),
    }
}
