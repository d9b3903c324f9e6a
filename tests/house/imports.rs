//! Who may name whom: the floors of the house, and the outside crates with their owners.

use std::collections::BTreeSet;

use super::paths::{Path, paths};
use super::source::Source;

/// Floor of each file or folder of `src/`.
pub(crate) const FLOORS: [(&str, u8); 18] = [
    ("clock", 0),
    ("error", 0),
    ("kid", 0),
    ("limits", 0),
    ("cookie", 1),
    ("primitives", 1),
    ("body", 2),
    ("keys", 2),
    ("envelope", 3),
    ("codec", 4),
    ("session", 5),
    ("import", 6),
    ("revocation", 6),
    ("store", 6),
    ("auth", 7),
    ("manager", 7),
    ("adapters", 8),
    // The roof may name every floor, and no floor may name it.
    ("lib", ROOF),
];

const ROOF: u8 = 9;

/// Documentation, test doors and programs: outside the walls, like the roof.
const OUTSIDE: [&str; 3] = ["guide", "fuzz_door", "bin"];

/// Adapters stand side by side and know nothing of each other, but for these pairs.
const OVER: [(&str, &str); 6] = [
    ("axum", "http"),
    ("axum", "tower"),
    ("poem", "http"),
    ("salvo", "http"),
    ("tower", "http"),
    ("warp", "tower"),
];

/// Rooms of one floor that must not know each other.
const APART: [(&str, &str); 2] = [("cookie", "primitives"), ("primitives", "cookie")];

/// Where an outside crate may be named.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Owner {
    /// In these files; the first is the owner, each further one an exception with its reason.
    Files(&'static [&'static str]),
    /// On these floors, from the first to the last.
    Floors(u8, u8),
    /// Everywhere.
    Anywhere,
}

/// Every outside crate, by its name in paths.
pub(crate) const OWNERS: [(&str, Owner); 34] = [
    // Foreign cookies use the same ciphers and hashes as they are, in a file for each construction.
    ("aes_gcm", Owner::Files(&["primitives/xaes.rs", "primitives/gcm.rs"])),
    ("aes", Owner::Files(&["primitives/xaes.rs", "primitives/cbc.rs", "primitives/gcm.rs"])),
    ("hmac", Owner::Files(&["primitives/mac.rs", "primitives/mac_sha1.rs"])),
    ("sha2", Owner::Files(&["primitives/mac.rs", "primitives/pbkdf2.rs"])),
    ("cbc", Owner::Files(&["primitives/cbc.rs"])),
    ("pbkdf2", Owner::Files(&["primitives/pbkdf2.rs"])),
    ("subtle", Owner::Files(&["primitives/mac.rs"])),
    ("base64", Owner::Files(&["primitives/base64url.rs", "primitives/base64.rs"])),
    ("postcard", Owner::Files(&["primitives/postcard.rs"])),
    ("getrandom", Owner::Files(&["primitives/entropy.rs"])),
    // The core takes generators as arguments, so whoever hands one on names the trait.
    ("rand_core", Owner::Files(&["primitives/entropy.rs", "codec.rs", "keys/key.rs"])),
    // Foreign cookies wrap the same streams in zlib's frame.
    ("miniz_oxide", Owner::Files(&["primitives/deflate.rs", "primitives/zlib.rs"])),
    ("serde_json", Owner::Files(&["import/json/convert.rs"])),
    ("sha1", Owner::Files(&["primitives/mac_sha1.rs", "primitives/pbkdf2.rs"])),
    ("serde", Owner::Anywhere),
    ("zeroize", Owner::Floors(1, 3)),
    // The extractor traits of axum take `http`'s request.
    ("http", Owner::Files(&["adapters/http.rs", "adapters/axum.rs", "adapters/tower.rs"])),
    ("http_body", Owner::Files(&["adapters/tower.rs"])),
    ("pin_project_lite", Owner::Files(&["adapters/tower.rs", "adapters/actix.rs"])),
    ("tower_layer", Owner::Files(&["adapters/tower.rs"])),
    ("tower_service", Owner::Files(&["adapters/tower.rs"])),
    (
        "actix_web",
        // The adapter; its errors and, for builds with logins, the user stand beside it.
        Owner::Files(&["adapters/actix.rs", "adapters/actix/auth.rs", "adapters/actix/errors.rs"]),
    ),
    ("axum_core", Owner::Files(&["adapters/axum.rs"])),
    ("poem", Owner::Files(&["adapters/poem.rs"])),
    ("rocket", Owner::Files(&["adapters/rocket.rs"])),
    ("salvo_core", Owner::Files(&["adapters/salvo.rs"])),
    ("warp", Owner::Files(&["adapters/warp.rs"])),
    ("redis", Owner::Files(&["store/redis/mod.rs", "store/redis/revocations.rs"])),
    ("tokio", Owner::Files(&["store/memcached/link.rs"])),
    ("rusqlite", Owner::Files(&["store/sqlite.rs"])),
    // What two databases of one driver share, and each database's own types.
    ("sqlx", Owner::Files(&["store/sqlx_pool.rs", "store/mysql.rs", "store/postgres.rs"])),
    // Outside the walls, where no import is looked at.
    ("clap", Owner::Files(&["bin/cloakroom/args.rs"])),
    ("tokio", Owner::Files(&["bin/cloakroom/clear.rs"])),
    ("tracing", Owner::Files(&["session/events.rs"])),
];

/// Every import that does not point down, and every file without a floor.
pub(crate) fn upward_imports(house: &[Source]) -> Vec<String> {
    let mut found = vec![];
    for source in house {
        let module = source.module();
        let room = module.first().map_or("lib", String::as_str);
        if OUTSIDE.contains(&room) {
            continue;
        }
        let Some(floor) = floor_of(room) else {
            found.push(format!("{}: has no floor; give it one in tests/house", source.path));
            continue;
        };
        if floor == ROOF {
            continue;
        }
        for path in paths(source) {
            let Some(target) = path.inside(&module) else { continue };
            if let Some(problem) = judge(house, &module, floor, &target) {
                found.push(format!("{}:{}: {problem}", source.path, path.line));
            }
        }
    }
    found
}

/// Every outside crate named off its own floor file, and every one without an owner.
pub(crate) fn strangers(house: &[Source], dependencies: &[String]) -> Vec<String> {
    let mut found = vec![];
    for name in dependencies {
        if !OWNERS.iter().any(|(known, _)| known == name) {
            found.push(format!("Cargo.toml: {name} has no owner; give it one in tests/house"));
        }
    }
    for source in house {
        let room = source.module().first().map_or("lib".to_owned(), String::clone);
        if OUTSIDE.contains(&room.as_str()) {
            continue;
        }
        let paths = paths(source);
        let ours = own_names(source, &paths);
        for path in &paths {
            let name = path.parts[0].as_str();
            let Some((_, owner)) = OWNERS.iter().find(|(known, _)| *known == name) else {
                continue;
            };
            let allowed = match owner {
                Owner::Files(files) => files.contains(&source.path.as_str()),
                Owner::Floors(low, high) => {
                    floor_of(&room).is_some_and(|floor| (*low..=*high).contains(&floor))
                }
                Owner::Anywhere => true,
            };
            if !allowed && !ours.contains(name) {
                found.push(format!(
                    "{}:{}: names {name}, which belongs to {owner:?}",
                    source.path, path.line
                ));
            }
        }
    }
    found
}

fn floor_of(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// What is wrong with a path from `module`, on `floor`, to `target`.
fn judge(house: &[Source], module: &[String], floor: u8, target: &[String]) -> Option<String> {
    let shown = target.join("::");
    let is_file = |parts: &[String]| house.iter().any(|source| source.module() == parts);
    let room = match target.first() {
        Some(room) if is_file(&target[..1]) => room.as_str(),
        _ => return Some(format!("`{shown}` goes through the roof; name the module it is in")),
    };
    let own = module[0].as_str();
    match floor_of(room) {
        None => Some(format!("`{shown}` stands outside the floors")),
        Some(theirs) if theirs > floor => {
            Some(format!("`{shown}` is on floor {theirs}, above floor {floor}"))
        }
        Some(_) if APART.contains(&(own, room)) => Some(format!("`{own}` may not know `{room}`")),
        Some(_) if own == "adapters" && room == own => match (module.get(1), target.get(1)) {
            (Some(this), Some(that)) if this == that => None,
            (Some(this), Some(that)) if OVER.contains(&(this, that)) => None,
            (None, _) => None,
            _ => Some(format!("`{shown}` is another adapter's")),
        },
        Some(_) => None,
    }
}

/// Names that stand for something of ours in this file, whatever crate is called the same.
fn own_names(source: &Source, paths: &[Path]) -> BTreeSet<String> {
    let starts_inside = |path: &&Path| ["crate", "self", "super"].contains(&&*path.parts[0]);
    let imported = paths.iter().filter(|path| path.imports).filter(starts_inside);
    let declared = source.tokens.windows(2).filter(|pair| pair[0].text == "mod");
    imported
        .filter_map(|path| path.alias.clone().or_else(|| path.parts.last().cloned()))
        .chain(declared.map(|pair| pair[1].text.clone()))
        .collect()
}

mod tests {
    use super::{Source, strangers, upward_imports};

    fn house(files: &[(&str, &str)]) -> Vec<Source> {
        let rooms = ["limits.rs", "error.rs", "keys/mod.rs", "keys/ring.rs", "codec.rs"];
        let more = ["primitives/mod.rs", "adapters/mod.rs", "adapters/tower.rs", "lib.rs"];
        let mut all: Vec<_> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        for path in rooms.into_iter().chain(more) {
            if !files.iter().any(|(known, _)| *known == path) {
                all.push(Source::new(path, ""));
            }
        }
        all
    }

    #[track_caller]
    fn upward(path: &str, text: &str, expected: &[&str]) {
        let found = upward_imports(&house(&[(path, text)]));
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (line, part) in found.iter().zip(expected) {
            assert!(line.starts_with(path) && line.contains(part), "{line}");
        }
    }

    #[test]
    fn an_import_may_point_down_or_sideways() {
        upward("keys/ring.rs", "use crate::{error::A, limits::{B, C as D}}; crate::keys::x()", &[]);
        upward("keys/ring.rs", "use super::E; use super::super::limits; self::f()", &[]);
        upward("codec.rs", "use crate::keys::{self, ring::Ring};", &[]);
        upward("lib.rs", "pub use codec::Codec; pub use crate::keys::Key;", &[]);
        upward("keys/mod.rs", "mod ring; pub use ring::Ring; pub(in crate::keys) fn f() {}", &[]);
    }

    #[test]
    fn an_import_that_points_up_is_found() {
        upward(
            "limits.rs",
            "use crate::error;\n\nuse crate::codec::Codec;",
            &[":3: `codec::Codec`"],
        );
        upward("keys/ring.rs", "fn f() { crate::codec::seal() }", &["floor 4, above floor 2"]);
        upward("keys/ring.rs", "use super::super::{error, codec::C};", &["codec::C"]);
        upward("keys/ring.rs", "use crate::{limits::A, codec::{B, self}};", &["codec", "codec"]);
        upward("keys/mod.rs", "mod a { use super::super::codec::C; }", &["codec::C"]);
        upward("keys/mod.rs", "macro_rules! m { () => { $crate::codec::f() } }", &["codec::f"]);
        upward("keys/mod.rs", "pub use crate::codec as c;", &["codec"]);
    }

    #[test]
    fn tests_and_comments_may_point_anywhere() {
        upward("limits.rs", "//! [`crate::codec::C`]\n/* use crate::codec; */", &[]);
        upward("limits.rs", "#[cfg(test)] mod tests { use crate::codec::Codec; }", &[]);
    }

    #[test]
    fn an_import_through_the_roof_is_found() {
        upward("codec.rs", "use crate::Timestamp;", &["through the roof"]);
        upward("codec.rs", "use crate::*; use super::*;", &["through the roof", "the roof"]);
        let files = [("codec.rs", "use crate::guide::x;"), ("guide/mod.rs", "")];
        assert_eq!(upward_imports(&house(&files)).len(), 1);
    }

    #[test]
    fn a_file_without_a_floor_is_found() {
        upward("attic.rs", "", &["has no floor"]);
    }

    #[test]
    fn adapters_know_nothing_of_each_other() {
        upward("adapters/axum.rs", "use super::tower::Layer; use crate::codec::C;", &[]);
        upward("adapters/warp.rs", "use crate::adapters::tower::Layer;", &[]);
        upward("adapters/tower.rs", "use super::axum::X;", &["another adapter's"]);
        upward("adapters/poem.rs", "use crate::adapters::tower::X;", &["another adapter's"]);
    }

    #[test]
    fn the_gatehouse_knows_no_crypto() {
        upward("cookie/header.rs", "use crate::primitives::mac;", &["may not know"]);
    }

    #[track_caller]
    fn strange(path: &str, text: &str, expected: usize) {
        let found = strangers(&house(&[(path, text)]), &["serde".to_owned()]);
        assert_eq!(found.len(), expected, "{found:?}");
    }

    #[test]
    fn an_outside_crate_is_named_by_its_owner_alone() {
        strange("primitives/mac.rs", "use hmac::Hmac; use sha2::{Digest, Sha256};", 0);
        strange("codec.rs", "use rand_core::Rng; use serde::Serialize; use alloc::vec::Vec;", 0);
        strange("codec.rs", "use sha2::Sha256; fn f() { hmac::x() } use ::subtle::Choice;", 3);
        strange("codec.rs", "use {base64::A, std::b}; use http; extern crate aes_gcm;", 3);
        strange("codec.rs", "#[derive(zeroize::ZeroizeOnDrop)] struct S;", 1);
        strange("keys/ring.rs", "#[derive(zeroize::ZeroizeOnDrop)] struct S;", 0);
        strange("limits.rs", "fn f(x: &dyn tracing::Subscriber) {}", 1);
        strange("lib.rs", "pub use postcard::Error;", 1);
    }

    #[test]
    fn a_module_of_ours_may_be_called_like_a_crate() {
        strange("primitives/mod.rs", "mod postcard; pub use postcard::encode;", 0);
        strange("keys/ring.rs", "use crate::primitives::{self, postcard}; postcard::encode()", 0);
        strange("keys/ring.rs", "crate::primitives::postcard::encode()", 0);
        strange("keys/ring.rs", "use crate::primitives::postcard as p; postcard::encode()", 1);
    }

    #[test]
    fn a_dependency_without_an_owner_is_found() {
        let found = strangers(&house(&[]), &["serde".to_owned(), "left_pad".to_owned()]);
        assert!(found.len() == 1 && found[0].contains("left_pad"), "{found:?}");
    }
}
