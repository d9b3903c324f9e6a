//! Cookies that do not open: the reason as JSON, and a sentence that helps.

use cloakroom::{Key, KeyRing};

use crate::{
    inspect::{NOW, Shop},
    signer::Token,
    support::{kid, run},
};

const BODY: &[u8] = b"\x01\0\0\0\0body";

/// Asserts the reason in both forms, and gives the sentence.
#[track_caller]
fn refused(shop: &Shop, options: &[&str], cookie: &str, reason: &str) -> String {
    let json = shop.inspect(&[&["--json"], options].concat(), cookie).answered_no();
    assert_eq!(json, format!("{{\"ok\":false,\"reason\":\"{reason}\"}}\n"));
    let human = shop.inspect(options, cookie).answered_no();
    let sentence = human.strip_prefix(&format!("refused ({reason}): ")).expect("the reason");
    assert!(sentence.ends_with(".\n") && sentence.lines().count() == 1, "{sentence}");
    assert!(cookie.len() < 50 || !sentence.contains(&cookie[20..40]), "{sentence}");
    sentence.to_owned()
}

#[track_caller]
fn refused_at(shop: &Shop, at: u64, cookie: &str, reason: &str) -> String {
    refused(shop, &["--at", &at.to_string()], cookie, reason)
}

#[test]
fn an_empty_cookie_has_no_length() {
    let shop = Shop::new("refuse-empty", "");
    assert!(refused(&shop, &[], "", "length").contains("is empty"));
}

#[test]
fn a_cut_or_lengthened_cookie_is_told_by_its_length() {
    let shop = Shop::new("refuse-length", "");
    let cookie = Token::new(&shop.key, NOW, BODY).encrypted();
    for wrong in [&cookie[..cookie.len() - 1], &format!("{cookie}A"), &"E".repeat(4100), "x"] {
        let sentence = refused_at(&shop, NOW, wrong, "length");
        assert!(sentence.contains(&format!("it has {} characters", wrong.len())), "{sentence}");
    }
    let signed = refused(&shop, &["--mode", "signed"], &"S".repeat(84), "length");
    assert!(signed.contains("signed values have 88 to 4096"), "{signed}");
}

#[test]
fn a_whole_header_line_is_told_by_its_characters() {
    let shop = Shop::new("refuse-encoding", "");
    let mut line = format!("id={}; Path=/", Token::new(&shop.key, NOW, BODY).encrypted());
    while line.len() % 4 != 0 {
        line.push(' ');
    }
    let sentence = refused_at(&shop, NOW, &line, "encoding");
    assert!(
        sentence.contains("character 3 is none of") && sentence.contains("`id=`"),
        "{sentence}"
    );
}

#[test]
fn values_may_begin_with_a_hyphen() {
    let shop = Shop::new("refuse-hyphen", "");
    for (cookie, reason) in
        [("-", "length"), ("-x", "length"), ("--xyz", "length"), ("-h1", "length")]
    {
        // A lone hyphen means standard input, which is empty here.
        refused(&shop, &[], cookie, reason);
    }
    refused(&shop, &[], &format!("-{}", "A".repeat(99)), "version");
    refused(&shop, &[], &format!("--json{}", "A".repeat(94)), "version");
    let at = NOW.to_string();
    let mut token = Token::new(&shop.key, NOW, BODY);
    (token.app, token.name) = ("-a", "--n");
    let args = ["inspect", "--ring", &shop.path, "--app", "-a", "--name", "--n", "--at", &at];
    run(&[&args[..], &[&token.encrypted()]].concat()).ok();
}

#[test]
fn the_other_mode_is_recognised() {
    let shop = Shop::new("refuse-version", "");
    let token = Token::new(&shop.key, NOW, BODY);
    let at = NOW.to_string();
    let signed = refused_at(&shop, NOW, &token.signed(), "version");
    assert!(signed.contains("it is signed, not encrypted: ask with --mode signed"), "{signed}");
    let options = ["--at", &at, "--mode", "signed"];
    let encrypted = refused(&shop, &options, &token.encrypted(), "version");
    assert!(encrypted.contains("ask with --mode encrypted"), "{encrypted}");
    let foreign = refused_at(&shop, NOW, &"A".repeat(100), "version");
    assert!(foreign.contains("neither an encrypted nor a signed"), "{foreign}");
}

#[test]
fn an_unknown_key_is_named_beside_those_of_the_ring() {
    let shop = Shop::new("refuse-unknown", "");
    let other = Key::generate().unwrap().expose_text().to_string();
    let sentence =
        refused_at(&shop, NOW, &Token::new(&other, NOW, BODY).encrypted(), "unknown_key");
    assert!(sentence.contains(&format!("names key {}", kid(&other))), "{sentence}");
    assert!(sentence.contains(&format!("the ring has the key {}", kid(&shop.key))), "{sentence}");
}

#[test]
fn another_name_application_context_or_an_altered_byte_is_forged() {
    let shop = Shop::new("refuse-forged", "");
    let token = || Token::new(&shop.key, NOW, BODY);
    let mut altered = token().encrypted();
    altered.replace_range(60..61, if &altered[60..61] == "A" { "B" } else { "A" });
    for cookie in [
        Token { name: "other", ..token() }.encrypted(),
        Token { app: "other", ..token() }.encrypted(),
        Token { bind: b"tenant", ..token() }.encrypted(),
        altered,
    ] {
        let sentence = refused_at(&shop, NOW, &cookie, "forged");
        assert!(sentence.contains("another cookie name or application"), "{sentence}");
        assert!(sentence.contains("cookie \"id\" of application \"shop\""), "{sentence}");
        assert!(sentence.contains(&kid(&shop.key)), "{sentence}");
    }
}

#[test]
fn an_authentic_cookie_of_another_layout_is_malformed() {
    let shop = Shop::new("refuse-malformed", "");
    let token = || Token::new(&shop.key, NOW, BODY);
    for wrong in [
        Token { flags: 0x80, ..token() },
        Token { flags: 0x30, ..token() },
        Token { flags: 0x02, ..token() },
        Token { body: vec![], ..token() },
        Token { flags: 0x01, ..token() },
        Token { flags: 0x20, ..token() },
    ] {
        let sentence = refused_at(&shop, NOW, &wrong.encrypted(), "malformed");
        assert!(sentence.contains("not in a layout of this version"), "{sentence}");
    }
    let cut = Token { body: b"\x01\0\0\0".to_vec(), ..token() };
    assert!(refused_at(&shop, NOW, &cut.encrypted(), "body").contains("too short"));
}

#[test]
fn expiry_names_the_second_on_both_sides() {
    let shop = Shop::new("refuse-expired", "");
    let cookie = Token { age: 1000, ..Token::new(&shop.key, NOW, BODY) }.encrypted();
    let at = |second: u64| second.to_string();
    let idle_end = NOW + 1000 + 14 * 86_400;
    shop.inspect(&["--at", &at(idle_end - 1)], &cookie).ok();
    let sentence = refused_at(&shop, idle_end, &cookie, "expired_idle");
    assert!(sentence.contains("it expired at 2026-10-05T14:30:00Z (now)"), "{sentence}");
    assert!(sentence.contains("last sealed at 2026-09-21T14:30:00Z"), "{sentence}");
    assert!(sentence.contains("idle timeout is 14 days"), "{sentence}");

    let late = refused_at(&shop, NOW + 40 * 86_400, &cookie, "expired_absolute");
    assert!(late.contains("the session began at 2026-09-21T14:13:20Z"), "{late}");
    assert!(
        late.contains("(10 days ago)") && late.contains("absolute timeout is 30 days"),
        "{late}"
    );

    let options = ["--at", &at(NOW + 1500), "--idle", "500"];
    let short = refused(&shop, &options, &cookie, "expired_idle");
    assert!(short.contains("the idle timeout is 500 s"), "{short}");

    let own = Token { flags: 4, life_idle: Some((3000, 60)), ..Token::new(&shop.key, NOW, BODY) };
    let sentence = refused_at(&shop, NOW + 60, &own.encrypted(), "expired_idle");
    assert!(sentence.contains("its own idle timeout is 1 min"), "{sentence}");
}

#[test]
fn a_cookie_of_the_future_tells_of_clocks() {
    let shop = Shop::new("refuse-future", "");
    let cookie = Token::new(&shop.key, NOW, BODY).encrypted();
    shop.inspect(&["--at", &(NOW - 60).to_string()], &cookie).ok();
    let sentence = refused_at(&shop, NOW - 61, &cookie, "future");
    assert!(sentence.contains("sealed at 2026-09-21T14:13:20Z (in 61 s)"), "{sentence}");
}

#[test]
fn the_dates_of_the_key_are_told_on_both_sides_of_every_second() {
    let words = format!("seal_from={} seal_until={} open_until={}", NOW, NOW + 100, NOW + 900);
    let shop = Shop::new("refuse-window", &words);
    let issued = |second| Token::new(&shop.key, second, BODY).encrypted();
    let ok = |second: u64, at: u64| shop.inspect(&["--at", &at.to_string()], &issued(second)).ok();
    ok(NOW - 60, NOW);
    ok(NOW + 160, NOW + 160);
    for wrong in [NOW - 61, NOW + 161] {
        let sentence = refused_at(&shop, NOW + 200, &issued(wrong), "key_window");
        assert!(
            sentence.contains(&format!("key {} seals from 2026", kid(&shop.key))),
            "{sentence}"
        );
        assert!(sentence.contains(" until 2026-09-21T14:15:00Z"), "{sentence}");
    }
    ok(NOW, NOW + 899);
    let closed = refused_at(&shop, NOW + 900, &issued(NOW), "key_closed");
    assert!(closed.contains("opens nothing since 2026-09-21T14:28:20Z (now)"), "{closed}");
}

#[test]
fn a_revoked_key_and_a_cut_off_are_told() {
    let shop = Shop::new("refuse-revoked", "");
    let cookie = Token { age: 50, ..Token::new(&shop.key, NOW, BODY) }.encrypted();
    run(&["ring", "not-before", &shop.path, &NOW.to_string()]).ok();
    shop.inspect(&["--at", &(NOW + 100).to_string()], &cookie).ok();
    run(&["ring", "not-before", &shop.path, &(NOW + 1).to_string()]).ok();
    let sentence = refused_at(&shop, NOW + 100, &cookie, "not_before");
    assert!(sentence.contains("began 2026-09-21T14:13:20Z (100 s ago)"), "{sentence}");
    assert!(sentence.contains("not_before is 2026-09-21T14:13:21Z"), "{sentence}");

    run(&["ring", "revoke", &shop.path, &kid(&shop.key)]).ok();
    let sentence = refused_at(&shop, NOW + 100, &cookie, "key_revoked");
    let expected = format!(
        "sealed at 2026-09-21T14:14:10Z (50 s ago) with key {}, which is revoked",
        kid(&shop.key)
    );
    assert!(sentence.contains(&expected), "{sentence}");
}

#[test]
fn a_cookie_with_its_key_in_a_larger_ring_is_still_dated() {
    let shop = Shop::new("refuse-many", "");
    run(&["ring", "rotate", &shop.path]).ok();
    run(&["ring", "not-before", &shop.path, "1"]).ok();
    let ring: KeyRing = crate::support::ring(&shop.path);
    let cookie = Token::new(&shop.key, 1_600_000_000, BODY).encrypted();
    let sentence = refused(&shop, &[], &cookie, "expired_absolute");
    assert!(sentence.contains("the session began at 2020-09-13T12:26:40Z"), "{sentence}");
    assert_eq!(ring.len(), 2);
}
