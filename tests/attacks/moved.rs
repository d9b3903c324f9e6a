//! A genuine cookie somewhere else than where it belongs.

use cloakroom::{
    Codec, EntropyRng, FixedEntropy, KeyRing, OpenError, Policy, Protection,
    Rejection::{self, Forged, UnknownKey, Version},
    keys::Window,
};

use crate::workbench::{
    APP, MODES, NAME, NOW, Visit, codec, codec_of, cookie, key, read, refused, ring, seal, to_text,
    to_token, visit,
};

fn named(app: &str, name: &str, mode: Protection) -> Codec {
    Codec::new(&ring(), mode, app, name, Policy::default()).unwrap()
}

#[test]
fn a_cookie_of_another_name_is_refused() {
    for mode in MODES {
        for name in ["__Host-admin", "__Host-session2", "__Host-Session", "__host-session", "s"] {
            refused(&named(APP, name, mode), cookie(mode), Forged);
            refused(&codec(mode), seal(&named(APP, name, mode), &visit(), 7).unwrap(), Forged);
        }
    }
}

#[test]
fn a_cookie_of_another_application_is_refused() {
    for mode in MODES {
        for app in ["shop-dev", "Shop", "sho", "shop2", "s"] {
            refused(&named(app, NAME, mode), cookie(mode), Forged);
        }
    }
}

#[test]
fn no_two_pairs_of_application_and_name_are_one_context() {
    let pairs = [
        ("app", "x"),
        ("ap", "px"),
        ("a", "ppx"),
        ("appx", "appx"),
        ("x", "app"),
        ("a", "p|x"),
        ("app|", "x"),
        ("a!!!app", "x"),
    ];
    for mode in MODES {
        for (nth, (app, name)) in pairs.into_iter().enumerate() {
            let value = seal(&named(app, name, mode), &visit(), 7).unwrap();
            for (other, (app, name)) in pairs.into_iter().enumerate() {
                let found = read(&named(app, name, mode), &value);
                assert_eq!(found, if nth == other { Ok(visit()) } else { Err(Forged) });
            }
        }
    }
}

#[test]
fn a_cookie_of_the_other_mode_is_refused_whatever_its_first_byte_says() {
    let [encrypted, signed] = MODES;
    refused(&codec(encrypted), cookie(signed), Version);
    refused(&codec(signed), cookie(encrypted), Version);
    let mut token = to_token(&cookie(signed));
    token[0] = 0x11;
    refused(&codec(encrypted), to_text(&token), Forged);
    let mut token = to_token(&cookie(encrypted));
    token[0] = 0x49;
    refused(&codec(signed), to_text(&token), Forged);
}

#[test]
fn a_cookie_of_another_key_is_refused() {
    for mode in MODES {
        let other = codec_of(&KeyRing::new(key(2)), mode);
        refused(&other, cookie(mode), UnknownKey);
        refused(&codec(mode), seal(&other, &visit(), 7).unwrap(), UnknownKey);
    }
}

#[test]
fn the_key_id_of_one_key_on_the_token_of_another_is_refused() {
    let from = |seconds| Window { seal_from: Some(NOW.minus(seconds)), ..Window::default() };
    let both = KeyRing::builder().key(key(1), from(200)).key(key(2), from(100)).build().unwrap();
    for mode in MODES {
        let reader = codec_of(&both, mode);
        let genuine = cookie(mode);
        assert_eq!(read(&reader, &genuine), Ok(visit()));
        let mut token = to_token(&genuine);
        token[1..5].copy_from_slice(&key(2).id().to_bytes());
        refused(&reader, to_text(&token), Forged);
    }
}

fn seal_bound(mode: Protection, bind: &[u8]) -> String {
    codec(mode)
        .seal_new(&visit(), bind, NOW, &mut EntropyRng::new(&FixedEntropy::from_seed(7)))
        .expect("a bind within the limit")
}

fn open_bound(mode: Protection, value: &str, bind: &[u8]) -> Result<Visit, Rejection> {
    let opened = codec(mode).open(value.as_bytes(), bind, NOW);
    opened.and_then(|opened| opened.decode()).map_err(|error: OpenError| error.reason())
}

#[test]
fn a_cookie_bound_to_one_context_is_refused_in_every_other() {
    let longest = [b'b'; 1024];
    let binds: [&[u8]; 8] =
        [b"", b"tenant-1", b"tenant-2", b"tenant-", b"tenant-11", b"\0", b"\0\0", &longest];
    for mode in MODES {
        for sealed in binds {
            let value = seal_bound(mode, sealed);
            for opened in binds {
                let expected = if sealed == opened { Ok(visit()) } else { Err(Forged) };
                assert_eq!(open_bound(mode, &value, opened), expected);
            }
            for len in [1025, 4096, 1 << 20] {
                assert_eq!(open_bound(mode, &value, &vec![b'b'; len]), Err(Forged));
            }
        }
    }
}

#[test]
fn a_byte_cannot_move_between_the_bind_and_the_payload() {
    // Signed, bind and payload stand side by side under the tag; only the length keeps them apart.
    let value = seal_bound(Protection::Signed, b"tenant");
    let token = to_token(&value);
    let shorter = [&token[..5], &token[8..]].concat();
    let longer_bind = [b"tenant", &token[5..8]].concat();
    assert_eq!(open_bound(Protection::Signed, &to_text(&shorter), &longer_bind), Err(Forged));
    let longer = [&token[..5], b"ant", &token[5..]].concat();
    assert_eq!(open_bound(Protection::Signed, &to_text(&longer), b"ten"), Err(Forged));
}

#[test]
fn what_is_also_opened_is_opened_until_its_date_under_its_own_name_and_mode_alone() {
    let [encrypted, signed] = MODES;
    let until = NOW.plus(1);
    let reader = || codec(encrypted).also_open(signed, "old", NAME, until).unwrap();
    let of = |app, mode| seal(&named(app, NAME, mode), &visit(), 7).unwrap();
    assert_eq!(read(&reader(), of(APP, encrypted)), Ok(visit()));
    assert_eq!(read(&reader(), of("old", signed)), Ok(visit()));
    refused(&reader(), of("old", encrypted), Forged);
    refused(&reader(), of(APP, signed), Forged);

    let late = codec(encrypted).also_open(signed, "old", NAME, NOW).unwrap();
    refused(&late, of("old", signed), Version);
    let elsewhere = codec(encrypted).also_open(encrypted, "old", "older", until).unwrap();
    refused(&elsewhere, seal(&named("old", "older", encrypted), &visit(), 7).unwrap(), Forged);
}
