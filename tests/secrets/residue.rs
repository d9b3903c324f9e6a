//! No byte of a key, of a ring's text or of a session's body stays behind in freed memory.
//!
//! What stood on a stack is not seen here: reading a dead stack has no meaning in Rust.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::thread;
use std::time::Duration;

use cloakroom::keys::{Ring, RingEdit, RingFile, RingFileEditor, RingText, Rotation, Window};
use cloakroom::{
    Codec, Deflate, EntropyRng, FixedClock, FixedEntropy, Key, KeyRing, OsEntropy, Policy,
    Protection, RequestParts, SessionConfig, SessionManager, Values,
};

use crate::allocator::{Residue, residue};
use crate::material::{APP, Hidden, KeyMaterial, NAME, NOW, block_on, random};

const MODES: [Protection; 2] = [Protection::Encrypted, Protection::Signed];

#[test]
fn the_allocator_finds_what_is_freed_without_being_wiped() {
    let secret: [u8; 32] = random();
    let found = |f: &dyn Fn()| residue(&[("secret", &secret)], f).finds;

    assert_eq!(found(&|| drop(black_box(secret.to_vec()))), 4);
    assert_eq!(found(&|| drop(black_box(Box::new((1_u8, secret, 2_u64))))), 4);
    // From any place in a block, and if only half of it is left.
    assert_eq!(found(&|| drop(black_box([b"abc", &secret[5..21], b"def"].concat()))), 1);
    // A vector that grows leaves its first place behind.
    let grow = || {
        let mut bytes = black_box(secret.to_vec());
        bytes.reserve(1000);
        bytes.fill(0);
    };
    assert_eq!(found(&grow), 4);
    let wiped = || {
        let mut bytes = black_box(secret.to_vec());
        bytes.fill(0);
        black_box(&bytes);
    };
    assert_eq!(found(&wiped), 0);
}

/// The search knows a derived key when it sees one: what it computes is what the crate derives.
#[test]
fn the_derived_keys_that_are_searched_for_are_those_of_the_crate() {
    let material = KeyMaterial::random();
    let codec = codec(&KeyRing::new(material.key()), Protection::Signed);
    let mut entropy = EntropyRng::new(&OsEntropy);
    let value = codec.seal_new(&Hidden::new(), b"", NOW, &mut entropy).unwrap();
    assert!(material.signed(&value));
    assert!(!KeyMaterial::random().signed(&value));
    assert_eq!(material.states()[0].len(), 32);
}

#[test]
fn a_key_leaves_nothing_behind_when_dropped() {
    let material = KeyMaterial::random();
    let text = material.text();
    let longer = format!("{text}A");
    assert_clean(&material, || {
        let key = material.key();
        let again: Key = key.expose_text().parse().unwrap();
        drop(key);
        drop(text.parse::<Key>().unwrap());
        assert!(longer.parse::<Key>().is_err());
        let ring = KeyRing::new(again);
        drop(ring.clone());
        assert_eq!(format!("{ring:?}").matches("kid").count(), 1);
    });
}

#[test]
fn a_key_that_is_refused_leaves_nothing_behind() {
    let material = KeyMaterial::random();
    let mut mistyped = material.text().into_bytes();
    mistyped[50] = if mistyped[50] == b'A' { b'B' } else { b'A' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    assert_clean(&material, || {
        assert!(mistyped.parse::<Key>().is_err());
        assert!(mistyped.parse::<KeyRing>().is_err());
        let twice = KeyRing::builder()
            .key(material.key(), Window::default())
            .key(material.key(), Window::default());
        assert!(twice.build().is_err());
    });
}

/// The derived keys of all places of a ring: vectors of keys must not leave copies as they grow.
#[test]
fn the_derived_keys_of_a_codec_leave_nothing_behind_wherever_the_key_stands_in_its_ring() {
    for mode in MODES {
        for keys in [1, 4, 5, 16] {
            let material = KeyMaterial::random();
            assert_clean(&material, || {
                let mut builder = KeyRing::builder().key(material.key(), Window::default());
                for nth in 1..keys {
                    let seal_from = Some(NOW.minus(nth));
                    let window = Window { seal_from, ..Window::default() };
                    builder = builder.key(Key::generate().unwrap(), window);
                }
                let ring = builder.build().unwrap();
                let codec = codec(&ring, mode);
                let mut entropy = EntropyRng::new(&OsEntropy);
                let value = codec.seal_new(&Hidden::new(), b"bind", NOW, &mut entropy).unwrap();
                codec.open(value.as_bytes(), b"bind", NOW).unwrap();
                assert!(codec.open(value.as_bytes(), b"other", NOW).is_err());
                drop(codec.also_open(mode, APP, "former", NOW.plus(1)).unwrap());
            });
        }
    }
}

#[test]
fn the_text_of_a_ring_leaves_nothing_behind_when_it_is_read_edited_and_rotated() {
    let material = KeyMaterial::random();
    let line = format!("{}  seal_from=2026-01-01T00:00:00Z # ours\n", material.text());
    assert_clean(&material, || {
        drop(RingText::new(&line));
        let mut edit = RingEdit::new(&line).unwrap();
        edit.set_not_before(Some(NOW)).unwrap();
        edit.rotate(&Key::generate().unwrap(), &Rotation::default(), NOW).unwrap();
        edit.add(&Key::generate().unwrap(), Window { revoked: true, ..Window::default() }).unwrap();
        edit.revoke(material.key().id()).unwrap();
        assert!(edit.add(&material.key(), Window::default()).is_err());
        edit.remove(material.key().id()).unwrap();
        drop(RingEdit::of(&material.key(), Window::default()).unwrap());
        let watched = line.clone();
        let ring = Ring::watch(move || Ok(RingText::new(&watched)), Duration::ZERO).unwrap();
        ring.force_reload(NOW).unwrap();
        // The closure's own text is its owner's to wipe.
        std::mem::forget(ring);
    });
}

#[test]
fn a_ring_file_leaves_nothing_behind_when_it_is_read_and_changed() {
    let material = KeyMaterial::random();
    let folder = std::env::temp_dir().join(format!("cloakroom-residue-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("ring");
    let _ = std::fs::remove_file(&path);
    assert_clean(&material, || {
        let edit = RingEdit::of(&material.key(), Window::default()).unwrap();
        RingFileEditor::create(&path, &edit).unwrap();
        let ring = Ring::watch(RingFile::new(&path), Duration::ZERO).unwrap();
        let mut editor = RingFileEditor::open(&path).unwrap();
        editor.edit().rotate(&Key::generate().unwrap(), &Rotation::default(), NOW).unwrap();
        editor.save().unwrap();
        ring.reload_now(NOW).unwrap();
        assert_eq!(ring.current().len(), 2);
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_body_of_a_session_leaves_nothing_behind_through_a_life_of_requests() {
    for mode in MODES {
        let hidden = Hidden::new();
        let secrets: [(&str, &[u8]); 1] = [("body", &hidden.plain())];
        let left = residue(&secrets, || {
            let clock = FixedClock::at(NOW);
            let ring = KeyRing::new(Key::generate().unwrap());
            let config = SessionConfig::new(ring, APP).protection(mode).clock(clock);
            let sessions = SessionManager::<Hidden>::new(config).unwrap();
            let mut cookies = String::new();
            for visit in 0..4 {
                let headers = [("cookie", cookies.as_bytes())];
                let session = block_on(sessions.load(&RequestParts::new("GET", "/", &headers)));
                assert_eq!(session.read(|found| found == &hidden).unwrap(), visit > 0);
                session.update(|found| hidden.copy_into(found, visit)).unwrap();
                session.renew().unwrap();
                session.size().unwrap();
                let answer = block_on(sessions.commit(&session, 200)).unwrap();
                let line = answer.set_cookies[0].as_str();
                cookies = line.split(';').next().unwrap().to_owned();
            }
        });
        assert_eq!(left, Residue::NONE, "{mode:?}");
    }
}

#[test]
fn a_map_and_an_inflated_body_leave_nothing_behind() {
    let hidden = Hidden::new();
    let ring = KeyRing::new(Key::generate().unwrap());
    let entropy = FixedEntropy::from_seed(1);
    let deflating = codec(&ring, Protection::Encrypted).with_deflate(Deflate::WhenSmaller).unwrap();
    let mut filler = Values::new();
    filler.insert("filler", &"abcdefgh".repeat(100)).unwrap();
    filler.insert("secret", &hidden).unwrap();
    let mut rng = EntropyRng::new(&entropy);
    let deflated = deflating.seal_new(&filler, b"", NOW, &mut rng).unwrap();
    assert!(deflating.open(deflated.as_bytes(), b"", NOW).unwrap().was_deflated());

    let left = residue(&[("body", &hidden.plain())], || {
        let mut values = Values::new();
        values.insert("secret", &hidden).unwrap();
        for nth in 0..200 {
            values.insert(&format!("key {nth}"), &nth).unwrap();
        }
        values.insert("secret", &Hidden::new()).unwrap();
        values.insert("secret", &hidden).unwrap();
        values.remove("secret");
        drop(values);
        let plain = codec(&ring, Protection::Encrypted);
        let opened = plain.open(deflated.as_bytes(), b"", NOW).unwrap();
        let values = opened.decode::<Values>().unwrap();
        assert!(values.get::<Hidden>("secret").unwrap() == Some(hidden.clone()));
        plain.seal_again(&opened, &values, b"", NOW, &mut EntropyRng::new(&entropy)).unwrap();
    });
    assert_eq!(left, Residue::NONE);
}

#[test]
fn the_keys_of_a_map_and_the_names_inside_it_leave_nothing_behind() {
    let letters: [[u8; 32]; 2] = [random(), random()].map(|some| some.map(|n| b'a' + n % 26));
    let [key, name] = letters.each_ref().map(|bytes| str::from_utf8(bytes).unwrap());
    let ring = KeyRing::new(Key::generate().unwrap());
    let codec = codec(&ring, Protection::Encrypted);
    let left = residue(&[("key", &letters[0]), ("name", &letters[1])], || {
        let mut values = Values::new();
        values.insert(key, &1).unwrap();
        values.insert("map", &BTreeMap::from([(name, 1)])).unwrap();
        for nth in 0..50 {
            let other = format!("key {nth}");
            values.insert(&other, &BTreeMap::from([(&other, nth)])).unwrap();
        }
        let mut rng = EntropyRng::new(&OsEntropy);
        let value = codec.seal_new(&values, b"", NOW, &mut rng).unwrap();
        let opened = codec.open(value.as_bytes(), b"", NOW).unwrap();
        let mut values = opened.decode::<Values>().unwrap();
        assert!(values.get::<serde::de::IgnoredAny>("map").is_ok());
        assert!(values.remove(key) && values.remove("map"));
        values.insert("last", &2).unwrap();
    });
    assert_eq!(left, Residue::NONE);
}

fn codec(ring: &KeyRing, mode: Protection) -> Codec {
    Codec::new(ring, mode, APP, NAME, Policy::default()).unwrap()
}

#[track_caller]
fn assert_clean(material: &KeyMaterial, f: impl FnOnce()) {
    // On another thread, whose stack nobody uses again: on this one, what the computation leaves
    // behind would be found in the unused bytes of what moves to the heap later.
    let derived = thread::scope(|scope| scope.spawn(|| material.secrets()).join().unwrap());
    let secrets: Vec<_> = derived.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    assert_eq!(residue(&secrets, f), Residue::NONE);
}
