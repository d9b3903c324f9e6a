use super::*;
use crate::{
    envelope::{
        Claims, Policy, Protection,
        fit::Draft,
        times::{Lifetimes, Times},
    },
    keys::KeyRing,
    primitives::{
        entropy::{EntropyRng, OsEntropy},
        mac,
    },
};

const SID: [u8; SID_LEN] = [7; SID_LEN];
const ROW: [u8; ROW_KEY_LEN] = [9; ROW_KEY_LEN];

fn at(second: u64) -> Timestamp {
    Timestamp::from_unix(1_790_000_000).plus(second)
}

/// A codec with the key whose dates are `words`.
fn codec(words: &str) -> Codec {
    let text = Key::from_bytes(mac::sha256(&[b"records"])).unwrap().expose_text();
    let ring: KeyRing = std::format!("{} {words}", text.as_str()).parse().unwrap();
    let policy = Policy::default();
    let codec = Codec::new(&ring, Protection::Encrypted, "shop", "session", policy).unwrap();
    codec.with_records("shop", "session", core::iter::empty()).unwrap()
}

fn sealed(codec: &Codec, kind: Kind, body: &[u8], now: Timestamp) -> Vec<u8> {
    let times = Times { created: at(0), issued: now, lifetimes: Lifetimes::default() };
    let header = Header { sid: SID, times, browser: true, kind, claims: Claims::default() };
    let mut rng = EntropyRng::new(&OsEntropy);
    codec.seal_record(&ROW, &header, body, now, &mut rng).unwrap()
}

fn opened(codec: &Codec, record: &[u8], now: Timestamp) -> Result<bool, Rejection> {
    let opened = codec.open_record(&ROW, &SID, record, now);
    opened.map(|record| record.due).map_err(|error| error.reason())
}

#[test]
fn a_record_is_held_to_the_times_of_its_key_and_its_session() {
    let dates = std::format!("seal_until={} open_until={}", at(1000).as_unix(), at(2000).as_unix());
    let dated = codec(&dates);
    let record = sealed(&dated, Kind::Values, b"\x00", at(500));
    assert_eq!(opened(&dated, &record, at(440)), Ok(false));
    assert_eq!(opened(&dated, &record, at(439)), Err(Rejection::Future));
    assert_eq!(opened(&dated, &record, at(1999)), Ok(false));
    assert_eq!(opened(&dated, &record, at(2000)), Err(Rejection::KeyClosed));

    let free = codec("");
    let record = sealed(&free, Kind::Values, b"\x00", at(500));
    let end = 30 * 86_400;
    // Twenty days without a word: the idle time is the cookie's affair.
    assert_eq!(opened(&free, &record, at(20 * 86_400)), Ok(false));
    assert_eq!(opened(&free, &record, at(end - 1)), Ok(false));
    assert_eq!(opened(&free, &record, at(end)), Err(Rejection::ExpiredAbsolute));
    assert_eq!(opened(&codec("revoked"), &record, at(501)), Err(Rejection::KeyRevoked));
}

#[test]
fn a_mark_is_a_session_that_is_gone() {
    let codec = codec("");
    let mark = sealed(&codec, Kind::Stored, b"", at(1));
    assert_eq!(opened(&codec, &mark, at(2)), Err(Rejection::RecordGone));
}

#[test]
fn what_is_no_record_is_malformed() {
    let codec = codec("");
    let record = sealed(&codec, Kind::Values, b"\x00", at(1));
    for bad in [&[][..], &[0x21], &record[..44], &[&[0x11], &record[1..]].concat()] {
        assert_eq!(opened(&codec, bad, at(2)), Err(Rejection::Malformed));
    }
    let mut other = record;
    other[1] ^= 1;
    assert_eq!(opened(&codec, &other, at(2)), Err(Rejection::UnknownKey));
}

#[test]
fn a_record_of_a_former_context_is_due_and_opens_until_its_date() {
    let text = Key::from_bytes(mac::sha256(&[b"records"])).unwrap().expose_text();
    let ring: KeyRing = text.parse().unwrap();
    let of = |app: &str, also: &[(&str, &str, Timestamp)]| {
        let policy = Policy::default();
        let codec = Codec::new(&ring, Protection::Encrypted, app, "session", policy).unwrap();
        codec.with_records(app, "session", also.iter().copied()).unwrap()
    };
    let record = sealed(&of("former", &[]), Kind::Values, b"\x00", at(1));
    let codec = of("shop", &[("former", "session", at(500))]);
    assert_eq!(opened(&codec, &record, at(499)), Ok(true));
    assert_eq!(opened(&codec, &record, at(500)), Err(Rejection::Forged));
}

#[test]
fn a_record_of_a_former_key_is_due() {
    let text = |seed: &[u8]| Key::from_bytes(mac::sha256(&[seed])).unwrap().expose_text();
    let (former, present) = (text(b"former"), text(b"present"));
    let ring = std::format!(
        "{} seal_until={}\n{} seal_from={}",
        former.as_str(),
        at(100).as_unix(),
        present.as_str(),
        at(100).as_unix()
    );
    let policy = Policy::default();
    let ring: KeyRing = ring.parse().unwrap();
    let codec = Codec::new(&ring, Protection::Encrypted, "shop", "session", policy).unwrap();
    let codec = codec.with_records("shop", "session", core::iter::empty()).unwrap();
    let record = sealed(&codec, Kind::Values, b"\x00", at(99));
    assert_eq!(opened(&codec, &record, at(99)), Ok(false));
    assert_eq!(opened(&codec, &record, at(100)), Ok(true));
}

#[test]
fn a_cookie_takes_the_record_of_its_own_session_alone() {
    let codec = codec("");
    let cookie = |sid: u8, created: u64| {
        let times = Times { created: at(created), issued: at(9), lifetimes: Lifetimes::default() };
        let (kind, claims) = (Kind::Stored, Claims::default());
        let header = Header { sid: [sid; SID_LEN], times, browser: true, kind, claims };
        let body = Buffer::default();
        let draft = Draft { header: &header, body: &body, bind: b"", overhead: 0 };
        let value = codec.seal(&draft, at(9), &mut EntropyRng::new(&OsEntropy)).unwrap().value;
        codec.open(value.as_bytes(), b"", at(9)).unwrap()
    };
    let record = sealed(&codec, Kind::Values, b"\x00", at(9));
    let takes = |cookie: Opened| {
        let record = codec.open_record(&ROW, &SID, &record, at(9)).unwrap();
        cookie.with_record(record, at(9)).map(drop).map_err(|error| error.reason())
    };
    assert_eq!(takes(cookie(7, 0)), Ok(()));
    assert_eq!(takes(cookie(8, 0)), Err(Rejection::Malformed), "another session");
    assert_eq!(takes(cookie(7, 1)), Err(Rejection::Malformed), "one that began later");
}
