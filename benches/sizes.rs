//! What ordinary sessions cost as cookies: `cargo bench --bench sizes` prints a table.
//!
//! JSON is what many session libraries store, before base64 and a signature. The three columns of
//! cookies count the characters of the value: the struct encrypted, the struct signed, and the same
//! data as an encrypted [`Values`]. Strings that spell bytes are packed in the structs.

#![allow(clippy::arithmetic_side_effects, missing_docs, unreachable_pub)]

use std::error::Error;

use cloakroom::{
    Codec, EntropyRng, First, Key, KeyRing, OsEntropy, Policy, Protection, SessionData, Timestamp,
    Values,
};
use serde::{Deserialize, Serialize};

const UUIDS: [&str; 8] = [
    "018f3a7c-5b2e-7d41-9c36-2f8e1a4b6d70",
    "018f3a7c-5b2f-7a02-8e11-90d4c7b3a5f6",
    "018f3a7d-0c44-7f9b-b1d8-3e6a52c90f17",
    "018f3a80-9a1e-7c55-a6f2-d5b8034e7c91",
    "018f3a83-11b7-7e60-9d4c-6b0f82a1e3d5",
    "018f3a85-7d90-7b38-8c2a-f41e6d9b05c7",
    "018f3a88-e2c3-7146-b97e-08d5a3f6c21b",
    "018f3a8b-4f15-7d8a-a053-c7e92b61f48d",
];
const TOKEN: &str = "kX3-vQ9_bT7wZc1Lr5NfYh2UeGm8JsPaDo4iKq6RxWk";

macro_rules! sessions {
    ($($name:ident)*) => {$(
        impl SessionData for $name {
            const VERSION: u8 = 1;
            type Previous = First;
        }
    )*};
}

sessions!(Login Member Cart Preferences Pending Uuids Flashes Wizard Admin Search);

#[derive(Default, Serialize, Deserialize)]
struct Login {
    user: u64,
}

#[derive(Default, Serialize, Deserialize)]
struct Member {
    #[serde(with = "cloakroom::packed")]
    user: String,
    #[serde(with = "cloakroom::packed")]
    csrf_token: String,
    logged_in_at: u64,
    two_factor: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct Cart {
    customer: Option<u64>,
    items: Vec<Item>,
    coupon: Option<String>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Item {
    article: u32,
    quantity: u8,
    price_cents: u32,
}

#[derive(Default, Serialize, Deserialize)]
struct Preferences {
    #[serde(with = "cloakroom::packed")]
    language: String,
    #[serde(with = "cloakroom::packed")]
    time_zone: String,
    theme: Theme,
    page_size: u16,
    compact: bool,
    hidden_columns: Vec<u8>,
}

#[derive(Default, Serialize, Deserialize)]
enum Theme {
    #[default]
    System,
    Dark,
}

/// A login at a provider that is under way.
#[derive(Default, Serialize, Deserialize)]
struct Pending {
    #[serde(with = "cloakroom::packed")]
    state: String,
    #[serde(with = "cloakroom::packed")]
    nonce: String,
    #[serde(with = "cloakroom::packed")]
    code_verifier: String,
    #[serde(with = "cloakroom::packed")]
    issuer: String,
    #[serde(with = "cloakroom::packed")]
    return_to: String,
    started_at: u64,
}

#[derive(Default, Serialize, Deserialize)]
struct Uuids {
    #[serde(with = "cloakroom::packed")]
    recently_viewed: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Flashes {
    messages: Vec<Flash>,
}

#[derive(Default, Serialize, Deserialize)]
struct Flash {
    level: u8,
    #[serde(with = "cloakroom::packed")]
    text: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Wizard {
    step: u8,
    #[serde(with = "cloakroom::packed")]
    name: String,
    #[serde(with = "cloakroom::packed")]
    email: String,
    #[serde(with = "cloakroom::packed")]
    street: String,
    #[serde(with = "cloakroom::packed")]
    city: String,
    #[serde(with = "cloakroom::packed")]
    postcode: String,
    #[serde(with = "cloakroom::packed")]
    country: String,
    newsletter: Option<bool>,
    #[serde(with = "cloakroom::packed")]
    remarks: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Admin {
    #[serde(with = "cloakroom::packed")]
    user: String,
    #[serde(with = "cloakroom::packed")]
    tenant: String,
    #[serde(with = "cloakroom::packed")]
    acting_as: Option<String>,
    roles: Vec<u8>,
    #[serde(with = "cloakroom::packed")]
    csrf_token: String,
    sudo_until: Option<u64>,
}

#[derive(Default, Serialize, Deserialize)]
struct Search {
    #[serde(with = "cloakroom::packed")]
    query: String,
    #[serde(with = "cloakroom::packed")]
    filters: Vec<String>,
    page: u32,
    descending: bool,
}

fn cart(items: u32) -> Cart {
    let item = |nth: u32| {
        let quantity = if nth.is_multiple_of(4) { 2 } else { 1 };
        Item { article: 104_711 + nth * 977, quantity, price_cents: 1_999 + nth * 450 }
    };
    let items = (0..items).map(item).collect();
    Cart { customer: Some(815_042), items, coupon: Some("AUTUMN24".into()) }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().copied().map(String::from).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let table = Table::new()?;
    println!("| session | JSON | postcard | encrypted | signed | encrypted `Values` |");
    println!("|---|---:|---:|---:|---:|---:|");
    table.row("login: a number", &Login { user: 4_711_815 })?;
    table.row(
        "login: UUID, CSRF token, time, flag",
        &Member {
            user: UUIDS[0].into(),
            csrf_token: TOKEN.into(),
            logged_in_at: 1_790_000_000,
            two_factor: true,
        },
    )?;
    table.row("cart of 3", &cart(3))?;
    table.row("cart of 12", &cart(12))?;
    table.row("cart of 30", &cart(30))?;
    table.row(
        "preferences",
        &Preferences {
            language: "de-CH".into(),
            time_zone: "Europe/Zurich".into(),
            theme: Theme::Dark,
            page_size: 50,
            compact: true,
            hidden_columns: vec![3, 7, 9],
        },
    )?;
    table.row(
        "OpenID Connect login under way",
        &Pending {
            state: TOKEN.into(),
            nonce: "Zq8_Lw2-Rn5tYb9KcXf3VhJm7GsTpEa1DuOi4QzNxBk".into(),
            code_verifier: "b7Jt-0sVwP5mGq_cR2yXzK8nLd4hUf1aEoQ6iTbN3Mg".into(),
            issuer: "https://login.provider.example".into(),
            return_to: "/orders/2026-0815?tab=invoices".into(),
            started_at: 1_790_000_000,
        },
    )?;
    table.row("8 UUIDs", &Uuids { recently_viewed: texts(&UUIDS) })?;
    table.row("32 UUIDs", &Uuids { recently_viewed: texts(&UUIDS.repeat(4)) })?;
    let flash = |level, text: &str| Flash { level, text: text.into() };
    table.row(
        "2 flash messages",
        &Flashes {
            messages: vec![
                flash(1, "Your changes were saved."),
                flash(2, "The address could not be verified; please check the postcode."),
            ],
        },
    )?;
    table.row(
        "form of several pages",
        &Wizard {
            step: 3,
            name: "Ada Lovelace".into(),
            email: "ada.lovelace@analytical.example".into(),
            street: "12 St James's Square".into(),
            city: "London".into(),
            postcode: "SW1Y 4JH".into(),
            country: "GB".into(),
            newsletter: Some(false),
            remarks: "Please ring twice, the bell on the left is broken. Leave parcels with the \
                      neighbour on the second floor if nobody answers."
                .into(),
        },
    )?;
    table.row(
        "administrator acting as somebody",
        &Admin {
            user: UUIDS[0].into(),
            tenant: UUIDS[1].into(),
            acting_as: Some(UUIDS[2].into()),
            roles: vec![1, 4, 7],
            csrf_token: TOKEN.into(),
            sudo_until: Some(1_790_000_900),
        },
    )?;
    table.row(
        "search with filters",
        &Search {
            query: "waterproof hiking boots".into(),
            filters: texts(&["brand:alpina", "size:42", "colour:brown", "price:50-150"]),
            page: 3,
            descending: true,
        },
    )
}

struct Table {
    encrypted: Codec,
    signed: Codec,
}

impl Table {
    fn new() -> Result<Self, Box<dyn Error>> {
        let ring = KeyRing::new(Key::generate()?);
        let codec = |mode| Codec::new(&ring, mode, "shop", "__Host-session", Policy::default());
        Ok(Self { encrypted: codec(Protection::Encrypted)?, signed: codec(Protection::Signed)? })
    }

    fn row<T: SessionData>(&self, name: &str, session: &T) -> Result<(), Box<dyn Error>> {
        let json = serde_json::to_string(session)?.len();
        let postcard = postcard::to_allocvec(session)?.len();
        let encrypted = chars(&self.encrypted, session)?;
        let signed = chars(&self.signed, session)?;
        let mut values = Values::new();
        if let serde_json::Value::Object(fields) = serde_json::to_value(session)? {
            for (key, value) in fields {
                values.insert(&key, &value)?;
            }
        }
        let values = chars(&self.encrypted, &values)?;
        println!("| {name} | {json} | {postcard} | {encrypted} | {signed} | {values} |");
        Ok(())
    }
}

fn chars<T: SessionData>(codec: &Codec, session: &T) -> Result<usize, Box<dyn Error>> {
    let now = Timestamp::from_unix(1_790_000_000);
    Ok(codec.seal_new(session, b"", now, &mut EntropyRng::new(&OsEntropy))?.len())
}
