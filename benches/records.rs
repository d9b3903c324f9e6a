//! The sessions that every measurement speaks of: one of about 60, 250, 1000 and 3000 bytes of JSON.
//!
//! A module without a `main`, included by `#[path]`, so that all benches measure the same thing. The
//! structs carry plain serde derives and no attribute of cloakroom's: what they cost is what an
//! application pays that changed nothing but the crate. The same sessions as string-keyed maps are
//! these structs' own JSON. Every one has `user_id`, which a request reads, and `last_seen`, which it
//! changes.

#![allow(
    clippy::arithmetic_side_effects,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "each bench that includes this uses a part of it"
)]

use std::fmt::Debug;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A session that can be measured.
pub trait Record:
    Clone + Debug + Default + DeserializeOwned + PartialEq + Send + Serialize + 'static
{
    /// Bytes of its JSON, roughly.
    const SIZE: usize;

    /// The one value that all measurements use.
    fn example() -> Self;

    /// What a request reads.
    fn user_id(&self) -> u64;

    /// What a request changes.
    fn set_last_seen(&mut self, unix: u64);
}

/// Somebody is signed in: 60 bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Login {
    pub user_id: u64,
    pub role: Role,
    pub last_seen: u64,
}

/// What a site keeps of a member: a token, a locale and a message to show, 250 bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Member {
    pub user_id: u64,
    pub roles: Vec<Role>,
    pub last_seen: u64,
    pub signed_in: u64,
    pub csrf: String,
    pub locale: String,
    pub time_zone: String,
    pub theme: Theme,
    pub flash: Option<Flash>,
}

/// A member with a cart of five and a short history: 1000 bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shopper {
    pub user_id: u64,
    pub roles: Vec<Role>,
    pub last_seen: u64,
    pub signed_in: u64,
    pub csrf: String,
    pub locale: String,
    pub time_zone: String,
    pub theme: Theme,
    pub flash: Option<Flash>,
    pub name: String,
    pub email: String,
    pub cart: Vec<Item>,
    pub coupon: Option<String>,
    pub recent: Vec<u32>,
    pub experiments: Vec<Experiment>,
    pub return_to: String,
}

/// A shopper in the middle of the checkout, close to what a cookie holds: 3000 bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checkout {
    pub user_id: u64,
    pub roles: Vec<Role>,
    pub last_seen: u64,
    pub signed_in: u64,
    pub csrf: String,
    pub locale: String,
    pub time_zone: String,
    pub theme: Theme,
    pub flash: Option<Flash>,
    pub name: String,
    pub email: String,
    pub cart: Vec<Item>,
    pub coupon: Option<String>,
    pub recent: Vec<u32>,
    pub experiments: Vec<Experiment>,
    pub return_to: String,
    pub billing: Address,
    pub shipping: Address,
    pub payment: String,
    pub gift_note: Option<String>,
    pub viewed: Vec<String>,
    pub searches: Vec<Search>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    #[default]
    Customer,
    Editor,
    Reviewer,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    Light,
    Dark,
}

/// A message for the next page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flash {
    pub level: u8,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub sku: String,
    pub title: String,
    pub quantity: u32,
    pub cents: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    pub name: String,
    pub arm: u8,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Address {
    pub name: String,
    pub street: String,
    pub city: String,
    pub postcode: String,
    pub country: String,
    pub phone: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Search {
    pub query: String,
    pub page: u32,
    pub in_stock: bool,
}

macro_rules! records {
    ($($name:ident, $size:literal: $example:expr;)*) => {$(
        impl Record for $name {
            const SIZE: usize = $size;

            fn example() -> Self {
                $example
            }

            fn user_id(&self) -> u64 {
                self.user_id
            }

            fn set_last_seen(&mut self, unix: u64) {
                self.last_seen = unix;
            }
        }
    )*};
}

records! {
    Login, 60: Self { user_id: 4_711_815, role: Role::Customer, last_seen: LAST_SEEN };
    Member, 250: Self {
        user_id: 4_711_815,
        roles: vec![Role::Customer, Role::Reviewer],
        last_seen: LAST_SEEN,
        signed_in: LAST_SEEN - 3_917,
        csrf: TOKEN.into(),
        locale: "de-CH".into(),
        time_zone: "Europe/Zurich".into(),
        theme: Theme::Dark,
        flash: Some(Flash { level: 1, text: "Saved.".into() }),
    };
    Shopper, 1000: shopper();
    Checkout, 3000: checkout();
}

const LAST_SEEN: u64 = 1_790_003_917;
const TOKEN: &str = "kX3-vQ9_bT7wZc1Lr5NfYh2UeGm8JsPaDo4iKq6RxWk";

fn shopper() -> Shopper {
    let Member { user_id, roles, last_seen, signed_in, csrf, locale, time_zone, theme, .. } =
        Member::example();
    Shopper {
        user_id,
        roles,
        last_seen,
        signed_in,
        csrf,
        locale,
        time_zone,
        theme,
        flash: Some(Flash {
            level: 1,
            text: "The parcel for order 20260815 is on its way.".into(),
        }),
        name: "Verena Hofstetter".into(),
        email: "verena.hofstetter@mail.example".into(),
        cart: items(5),
        coupon: Some("AUTUMN24".into()),
        recent: vec![104_711, 118_004, 99_120, 204_118, 87_455, 104_990, 150_311, 133_070],
        experiments: experiments(2),
        return_to: "/outdoor/tents?sort=price&page=2".into(),
    }
}

fn checkout() -> Checkout {
    let Shopper {
        user_id,
        roles,
        last_seen,
        signed_in,
        csrf,
        locale,
        time_zone,
        theme,
        flash,
        name,
        email,
        coupon,
        recent,
        return_to,
        ..
    } = shopper();
    Checkout {
        user_id,
        roles,
        last_seen,
        signed_in,
        csrf,
        locale,
        time_zone,
        theme,
        flash,
        name,
        email,
        cart: items(TITLES.len()),
        coupon,
        recent,
        experiments: experiments(EXPERIMENTS.len()),
        return_to,
        billing: address("Verena Hofstetter", Some("+41 44 668 18 00")),
        shipping: address("Beat Hofstetter-Amstutz", None),
        payment: "invoice".into(),
        gift_note: Some(
            "Happy birthday! We hope the weather stays as it is, and that the tent is large enough \
             for all five of you. See you in August at the lake."
                .into(),
        ),
        viewed: VIEWED.map(String::from).into(),
        searches: SEARCHES
            .map(|(query, page, in_stock)| Search { query: query.into(), page, in_stock })
            .into(),
    }
}

fn items(count: usize) -> Vec<Item> {
    let item = |(nth, (sku, title)): (u32, &(&str, &str))| Item {
        sku: (*sku).into(),
        title: (*title).into(),
        quantity: 1 + nth % 3,
        cents: 1_995 + nth * 1_450,
    };
    (0..).zip(TITLES.iter().take(count)).map(item).collect()
}

fn experiments(count: usize) -> Vec<Experiment> {
    let experiment = |(nth, name): (u8, &&str)| Experiment { name: (*name).into(), arm: nth % 2 };
    (0..).zip(EXPERIMENTS.iter().take(count)).map(experiment).collect()
}

fn address(name: &str, phone: Option<&str>) -> Address {
    Address {
        name: name.into(),
        street: "Seestrasse 118".into(),
        city: "Wädenswil".into(),
        postcode: "8820".into(),
        country: "CH".into(),
        phone: phone.map(String::from),
    }
}

const TITLES: [(&str, &str); 15] = [
    ("TNT-2041-GR", "Tunnel tent for three, moss"),
    ("SLP-0090-BL", "Down sleeping bag, 195 cm"),
    ("MAT-0312-OR", "Inflatable mat"),
    ("STV-0007-XX", "Gas stove with windshield"),
    ("BTL-1100-SL", "Steel bottle 1.1 l"),
    ("LMP-0450-BK", "Head torch 450 lm"),
    ("BAG-0065-RD", "Trekking rucksack 65 l"),
    ("SCK-4244-GY", "Merino socks 42-44"),
    ("JKT-0M12-PT", "Rain jacket M, petrol"),
    ("MAP-0236-CH", "Hiking map 1:50 000"),
    ("CUP-0330-WH", "Enamel cup"),
    ("RPE-0020-YL", "Guy rope 20 m"),
    ("AID-0001-GN", "First aid kit"),
    ("PEG-0012-AL", "Tent pegs, set of 12"),
    ("CHR-0110-OL", "Folding chair, olive"),
];

const EXPERIMENTS: [&str; 4] = ["checkout_one_page", "new_ranking", "free_returns", "price_hints"];

const VIEWED: [&str; 8] = [
    "018f3a7c-5b2e-7d41-9c36-2f8e1a4b6d70",
    "018f3a7c-5b2f-7a02-8e11-90d4c7b3a5f6",
    "018f3a7d-0c44-7f9b-b1d8-3e6a52c90f17",
    "018f3a80-9a1e-7c55-a6f2-d5b8034e7c91",
    "018f3a83-11b7-7e60-9d4c-6b0f82a1e3d5",
    "018f3a85-7d90-7b38-8c2a-f41e6d9b05c7",
    "018f3a88-e2c3-7146-b97e-08d5a3f6c21b",
    "018f3a8b-4f15-7d8a-a053-c7e92b61f48d",
];

const SEARCHES: [(&str, u32, bool); 5] = [
    ("tent for three", 2, true),
    ("sleeping bag down -5", 1, true),
    ("gas cartridge 230", 1, false),
    ("merino socks", 3, true),
    ("map berner oberland", 1, true),
];
