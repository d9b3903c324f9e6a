//! Sealing and opening against their floors: `cargo bench --bench codec`.
//!
//! The floors are what no sealed session can do without, run in the same rounds over as many bytes:
//! XAES-256-GCM in place, one HMAC for the nonce, base64 and postcard, each both ways. The random
//! bytes of the sealing cases come from a generator that costs next to nothing, and those of the
//! operating system stand in a line of their own.

#![allow(missing_docs, unreachable_pub)]
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
#![allow(clippy::cast_precision_loss, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use cloakroom::{Codec, Entropy, OsEntropy, Protection, SessionData, Values};

mod codecs;
mod floors;
mod harness;
mod records;

use codecs::{Counting, NOW, READ, WRITTEN, codec, open, seal, values};
use harness::{Results, Run};
use records::{Checkout, Login, Member, Record, Shopper};

fn main() {
    println!(
        "Times in ns: medians of interleaved rounds. Floors: what sealing and opening need at"
    );
    println!("least. Quote the ratios.\n");
    println!(
        "{:<6}{:>9}{:>9}{:>9}{:>9}{:>8}{:>9}{:>9}{:>8}",
        "JSON", "seal", "open", "sum", "floors", "ratio", "signed", "map sum", "cycle"
    );
    size(&Login::example());
    size(&Member::example());
    size(&Shopper::example());
    size(&Checkout::example());
    println!("\nSession of about 250 bytes: the ring and what is refused, over a plain open.");
    ring(&Member::example());
}

/// One line of the first table.
fn size<T: Record + SessionData>(record: &T) {
    let json = serde_json::to_vec(record).expect("JSON").len();
    let encrypted = codec(Protection::Encrypted, 1);
    let signed = codec(Protection::Signed, 1);
    let value = seal(&encrypted, record);
    let signed_value = seal(&signed, record);
    let values = values(record);
    let map = seal(&encrypted, &values);
    let (session, map_session) = (open(&encrypted, &value), open(&encrypted, &map));

    let mut run = Run::from_args();
    add_floors(&mut run, record, &value);
    let again = |codec: &Codec, session, data: &T| {
        codec.seal_again(session, data, b"", NOW, &mut Counting(1)).expect("it fits")
    };
    run.case("seal", || again(&encrypted, &session, record));
    run.case("open", || open(&encrypted, &value).decode::<T>().expect("a T"));
    run.case("signed seal", || again(&signed, &session, record));
    run.case("signed open", || open(&signed, &signed_value).decode::<T>().expect("a T"));
    run.case("map seal", || {
        let rng = &mut Counting(1);
        encrypted.seal_again(&map_session, &values, b"", NOW, rng).expect("it fits")
    });
    run.case("map open", || open(&encrypted, &map).decode::<Values>().expect("a map"));
    let mut seen = 0;
    run.case("map cycle", || {
        seen += 1;
        let session = open(&encrypted, &map);
        let mut values: Values = session.decode().expect("a map");
        let user: Option<u64> = values.get(READ).expect("a number");
        values.insert(WRITTEN, &(1_790_000_000 + seen + user.unwrap_or(0))).expect("it fits");
        encrypted.seal_again(&session, &values, b"", NOW, &mut Counting(1)).expect("it fits")
    });

    let results = run.finish();
    let floors = floors(&results);
    let sum = results.median("seal") + results.median("open");
    println!(
        "{json:<6}{:>9.0}{:>9.0}{sum:>9.0}{floors:>9.0}{:>8.2}{:>9.0}{:>9.0}{:>8.0}",
        results.median("seal"),
        results.median("open"),
        sum / floors,
        results.median("signed seal") + results.median("signed open"),
        results.median("map seal") + results.median("map open"),
        results.median("map cycle"),
    );
    let parts = FLOORS.map(|name| format!("{name} {:.0}", results.median(name)));
    println!("      floors: {}", parts.join(", "));
    println!(
        "      not counted: 32 bytes of the operating system {:.0}, from a block {:.0}",
        results.median("OS entropy"),
        results.median("from a block"),
    );
    println!("      {} characters; spread of a sum: {:.0}", value.len(), {
        results.of("seal").spread + results.of("open").spread
    });
}

const FLOORS: [&str; 7] = ["encrypt", "decrypt", "HMAC", "encode", "decode", "write", "read"];

fn floors(results: &Results) -> f64 {
    FLOORS.map(|name| results.median(name)).iter().sum()
}

/// The floors of a typed session whose value is `value`.
fn add_floors<'c, T: Record>(run: &mut Run<'c>, record: &'c T, value: &str) {
    let text = value.as_bytes().to_vec();
    let token = BASE64_URL_SAFE_NO_PAD.decode(value).expect("base64url");
    let payload = token.len() - 5 - 24 - 16;
    let cipher = floors::Xaes::new(&[9; 32]);
    let (nonce, aad) = ([5; 24], [1; 9]);

    let mut sealed = vec![7; payload];
    let tag = cipher.seal(&nonce, &aad, &mut sealed);
    let opener = floors::Xaes::new(&[9; 32]);
    let mut place = sealed.clone();
    run.case("encrypt", move || cipher.seal(&nonce, &aad, &mut place));
    let mut place = sealed.clone();
    run.case("decrypt", move || {
        place.copy_from_slice(&sealed);
        assert!(opener.open(&nonce, &aad, &mut place, &tag));
    });
    let (hasher, message) = (floors::Hasher::new(&[3; 32]), vec![7; payload + 32 + 9]);
    run.case("HMAC", move || hasher.tag(&message));
    let mut place = text.clone();
    run.case("encode", move || floors::encode(&token, &mut place));
    let mut place = text.clone();
    run.case("decode", move || floors::decode(&text, &mut place));
    let encoded = postcard::to_allocvec(record).expect("postcard");
    let mut place = vec![0; encoded.len()];
    run.case("write", move || postcard::to_slice(record, &mut place).expect("room").len());
    run.case("read", move || postcard::from_bytes::<T>(&encoded).expect("a T"));
    let mut random = [0; 32];
    run.case("OS entropy", move || OsEntropy.fill(&mut random).expect("entropy"));
    run.case("from a block", move || OsEntropy.fill_r(&mut random).expect("entropy"));
}

/// The second table.
fn ring<T: Record + SessionData>(record: &T) {
    let (one, sixteen) = (codec(Protection::Encrypted, 1), codec(Protection::Encrypted, 16));
    let value = seal(&one, record);
    let among = seal(&sixteen, record);
    let mut unknown = BASE64_URL_SAFE_NO_PAD.decode(&value).expect("base64url");
    unknown[1..5].copy_from_slice(&[0xaa; 4]);
    let unknown = BASE64_URL_SAFE_NO_PAD.encode(unknown);
    let garbage = format!("{}!", &value[1..]);
    let refused = |value: &str| one.open(value.as_bytes(), b"", NOW).expect_err("a refusal");

    let mut run = Run::from_args();
    run.case("open", || open(&one, &value).decode::<T>().expect("a T"));
    run.case("ring of 16 keys", || open(&sixteen, &among).decode::<T>().expect("a T"));
    run.case("unknown key id", || refused(&unknown));
    run.case("garbage", || refused(&garbage));
    run.case("garbage from the start", || refused("%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"));
    let results = run.finish();
    for name in ["ring of 16 keys", "unknown key id", "garbage", "garbage from the start"] {
        println!("{name:<24}{:>6.3}", results.ratio(name, "open"));
    }
}
