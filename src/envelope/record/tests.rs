use super::*;
use crate::{
    body::Kind,
    clock::Timestamp,
    envelope::{
        claims::Claims,
        times::{Lifetimes, Times},
    },
    primitives::{
        entropy::{Entropy, EntropyError, EntropyRng},
        mac,
        testing::{counting, hex},
    },
};

struct Sevens;

impl Entropy for Sevens {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        out.fill(7);
        Ok(())
    }
}

fn keys(master: u8) -> (RecordKeys, KeyId) {
    let key = Key::from_bytes(counting(master)).unwrap();
    let context = Context::new("shop", "__Host-session").unwrap();
    (RecordKeys::derive(&key, &context), key.id())
}

fn header(sid: u8) -> Header {
    let created = Timestamp::from_unix(1_790_000_000);
    let times = Times { created, issued: created.plus(60), lifetimes: Lifetimes::default() };
    let claims = Claims::default();
    Header { sid: [sid; 16], times, browser: true, kind: Kind::Values, claims }
}

fn row_key(sid: u8) -> [u8; 32] {
    mac::sha256(&[b"cloakroom store v1", &[sid; 16]])
}

fn sealed(sid: u8) -> Vec<u8> {
    let (keys, kid) = keys(0);
    let mut rng = EntropyRng::new(&Sevens);
    keys.seal(kid, &row_key(sid), &header(sid), b"\x00", &mut rng).unwrap()
}

fn opens(record: &[u8], master: u8, sid: u8, row: u8) -> bool {
    let Some(record) = UnverifiedRecord::parse(record) else { return false };
    keys(master).0.open(&record, &[sid; 16], &row_key(row)).is_some()
}

#[test]
fn a_record_has_the_documented_bytes() {
    let record = sealed(1);
    let (_, kid) = keys(0);
    let prk = MacKey::new(b"cloakroom.v1 root").tag(&[&counting(0)]);
    let expand = |info: &[u8]| MacKey::new(&prk).tag(&[info, &[1]]);
    let ctx = b"\0\x04shop\0\x0e__Host-session";
    let k_row = expand(&[b"row\0".as_slice(), ctx, &[1; 16]].concat());
    let k_nonce = expand(&[b"nonce\0".as_slice(), ctx].concat());

    let mut p = Vec::from([0b0001_1000]);
    p.extend([1; 16]);
    p.extend([0x00, 0x6a, 0xb1, 0x3b, 0x80, 0, 0, 0, 60]);
    p.extend([0x00, 0x80]);
    // The length of a payload in an encrypted token is a multiple of three, and so is this one.
    p.resize(p.len().next_multiple_of(3), 0);
    let a = [row_key(1).as_slice(), &[0x21], &kid.to_bytes()].concat();
    let n: [u8; 24] = *MacKey::new(&k_nonce).tag(&[&[7; 32], &a, &p]).first_chunk().unwrap();
    let tag = Xaes::new(&k_row).seal(&n, &a, &mut p).unwrap();
    let expected = [&[0x21], kid.to_bytes().as_slice(), &n, &p, &tag].concat();
    assert_eq!(hex(&record), hex(&expected));
}

#[test]
fn a_record_has_fixed_bytes() {
    assert_eq!(hex(&sealed(1)), FIXED);
}

#[test]
fn a_record_is_made_in_one_buffer_that_has_its_size_from_the_start() {
    let record = sealed(1);
    assert_eq!(record.capacity(), record.len());
}

#[test]
fn a_body_of_any_length_comes_back() {
    let (keys, kid) = keys(0);
    for len in 1..100 {
        let body = [0x80].repeat(len);
        let mut rng = EntropyRng::new(&Sevens);
        let record = keys.seal(kid, &row_key(1), &header(1), &body, &mut rng).unwrap();
        let record = UnverifiedRecord::parse(&record).unwrap();
        let payload = keys.open(&record, &[1; 16], &row_key(1)).unwrap();
        assert_eq!((payload::parse(&payload).unwrap().body, payload.len() % 3), (&body[..], 0));
    }
}

#[test]
fn a_record_opens_for_its_session_key_and_row_alone() {
    let record = sealed(1);
    assert!(opens(&record, 0, 1, 1));
    assert!(!opens(&record, 0, 2, 1), "another session");
    assert!(!opens(&record, 0, 1, 2), "another row");
    assert!(!opens(&record, 0, 2, 2), "two rows exchanged");
    assert!(!opens(&record, 1, 1, 1), "another master key");
}

#[test]
fn an_altered_or_shortened_record_does_not_open() {
    let record = sealed(1);
    for nth in 0..record.len() {
        let mut altered = record.clone();
        altered[nth] ^= 1;
        assert!(!opens(&altered, 0, 1, 1), "byte {nth}");
        assert!(!opens(&record[..nth], 0, 1, 1), "{nth} bytes");
    }
}

const FIXED: &str = concat!(
    "2120ab0752910eaa3a7c823f170e4a0ffc1d344e653147a2d24ba41a6ef99771e93511f7d1",
    "58a144ea239fb2aecd6dd1b437d7138d2ab2a203202865f86119ff236eb9581f1eb1a3128506",
);
