//! A hundred thousand tokens that look random, as one hash of what they are and one of what a
//! reader finds in them. `README.md` describes the sequence; this is it in Rust.

use std::{collections::BTreeMap, env, fs};

use cloakroom::{Codec, Key, KeyRing, Policy, Protection, Timestamp};
use sha2::{Digest, Sha256};
use shake::{
    Shake128,
    digest::{ExtendableOutput, Update, XofReader},
};

use crate::{
    file::{hex, to_text},
    generate,
    reference::{self, Keys, Session, claim, filled, stored_blocks},
    run,
};

#[test]
fn ten_thousand_tokens_have_the_accumulated_hashes() {
    check(10_000);
}

/// A minute of work without optimisation, so the debug profile leaves it to the release profile.
#[cfg(not(debug_assertions))]
#[test]
fn a_hundred_thousand_tokens_have_the_accumulated_hashes() {
    check(100_000);
}

const HEAD: &str = "# tokens, SHA-256 of their values, SHA-256 of what a reader finds\n";

/// With `CLOAKROOM_WRITE_VECTORS=1` the hashes of the file are replaced.
fn check(tokens: u32) {
    let path = generate::folder().join("accumulated.hashes");
    let sums = sums(tokens);
    let file = fs::read_to_string(&path).unwrap_or_default();
    let mut lines: BTreeMap<u32, &str> = file
        .lines()
        .filter_map(|line| Some((line.split(' ').next()?.parse().ok()?, line)))
        .collect();
    if env::var_os("CLOAKROOM_WRITE_VECTORS").is_some() {
        lines.insert(tokens, &sums);
        let lines: Vec<&str> = lines.into_values().collect();
        fs::write(&path, format!("{HEAD}{}\n", lines.join("\n"))).unwrap();
    } else {
        assert_eq!(lines.get(&tokens), Some(&sums.as_str()));
    }
}

fn sums(tokens: u32) -> String {
    let (mut values, mut results) = (Sha256::new(), Sha256::new());
    let (mut opened, mut refused) = (0, BTreeMap::new());
    for nth in 0..tokens {
        let token = Token::draw(nth);
        let found = token.found();
        for part in [&token.value[..], b"\n"] {
            Digest::update(&mut values, part);
        }
        Digest::update(&mut results, format!("{found}\n"));
        match found.strip_prefix("expect: ok\n") {
            Some(_) => opened += 1,
            None => *refused.entry(found).or_insert(0) += 1,
        }
    }
    // The sequence is worth its time only as long as it goes everywhere.
    assert!(opened > tokens / 3 && refused.len() >= 9, "{opened} {refused:?}");
    format!("{tokens} {} {}", hex(&values.finalize()), hex(&results.finalize()))
}

/// A token of the sequence, and what its reader is told.
struct Token {
    mode: Protection,
    master: [u8; 32],
    app: String,
    name: String,
    bind: Vec<u8>,
    now: u64,
    value: Vec<u8>,
}

impl Token {
    fn draw(nth: u32) -> Self {
        let mut stream = Stream::new(nth);
        let (master, r, sid) = (stream.array(), stream.array(), stream.array());
        let odd = |byte: u8| byte % 2 == 1;
        let mode = if odd(stream.byte()) { Protection::Signed } else { Protection::Encrypted };
        let (app, name) = (stream.label(), stream.label());
        let mut bind = match stream.byte() {
            ..128 => Vec::new(),
            len => stream.bytes(usize::from(len % 32)),
        };
        let created = 1_700_000_000 + u64::from(stream.number() % 100_000_000);
        let age = stream.below_a_power(23);
        let own = stream
            .byte()
            .is_multiple_of(4)
            .then(|| (stream.below_a_power(33), stream.below_a_power(33)));
        let browser = odd(stream.byte());
        let claims = stream.claims();
        let kind = stream.byte() % 3;
        let mut body = Vec::new();
        let mut deflated = false;
        if kind < 2 {
            let len = 5 + usize::from(stream.short() % 300);
            body = stream.bytes(len);
            let tails: [&[u8]; 4] = [b"", b"\x80", b"\x80\0\0", b"\0"];
            body.extend(tails[usize::from(stream.byte() % 4)]);
            deflated = odd(stream.byte());
        }
        let extra = usize::from(stream.byte() % 32);
        let now = created + u64::from(age) - 70 + u64::from(stream.below_a_power(22));
        let (fault, place) = (stream.byte() % 16, usize::from(stream.short()));
        let mask = 1 + stream.byte() % 255;

        let stream = deflated.then(|| stored_blocks(&body, 1000));
        let session =
            Session { sid, created, age, own, browser, kind, claims, body, stream, extra };
        let mut payload = session.payload();
        if fault == 0 {
            let place = place % payload.len();
            payload[place] ^= mask;
        }
        let payload = filled(mode, &payload);
        let mut token = Keys::derive(&master, &app, &name).token(mode, &r, &bind, &payload);
        if fault == 1 {
            let place = place % token.len();
            token[place] ^= mask;
        }
        let mut value = reference::value(&token);
        match fault {
            2 => value.truncate(value.len() - 4),
            3 => {
                let place = place % value.len();
                value[place] = b'=';
            }
            4 => bind.push(mask),
            _ => {}
        }
        Self { mode, master, app, name, bind, now, value }
    }

    fn found(&self) -> String {
        let ring = KeyRing::new(Key::from_bytes(self.master).unwrap());
        let policy = Policy::default();
        let codec = Codec::new(&ring, self.mode, &self.app, &self.name, policy).unwrap();
        match codec.open(&self.value, &self.bind, Timestamp::from_unix(self.now)) {
            Ok(opened) => to_text(&run::lines(&opened)),
            Err(error) => format!("expect: {}\n", error.reason().as_str()),
        }
    }
}

/// The random bytes of one token: SHAKE128 over the number of the token.
struct Stream<X>(X);

impl Stream<()> {
    fn new(nth: u32) -> Stream<impl XofReader> {
        let hash = Shake128::default().chain(b"cloakroom.v1 accumulated").chain(nth.to_be_bytes());
        Stream(hash.finalize_xof())
    }
}

impl<X: XofReader> Stream<X> {
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.read(&mut bytes);
        bytes
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.0.read(&mut bytes);
        bytes
    }

    fn byte(&mut self) -> u8 {
        u8::from_be_bytes(self.array())
    }

    fn short(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    fn number(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    /// A number of a random length of up to `most - 1` bits.
    fn below_a_power(&mut self, most: u8) -> u32 {
        let bits = self.byte() % most;
        let number = u64::from(self.number()) % (1 << bits);
        u32::try_from(number).unwrap()
    }

    fn label(&mut self) -> String {
        let len = 1 + usize::from(self.byte() % 24);
        self.bytes(len).into_iter().map(|byte| char::from(0x21 + byte % 94)).collect()
    }

    fn claims(&mut self) -> Vec<u8> {
        let chosen = self.byte();
        if chosen >= 128 {
            return Vec::new();
        }
        let mut claims = Vec::new();
        for tag in (1..=6).filter(|tag| chosen >> (tag - 1) & 1 == 1) {
            let len = match tag {
                1 => 1 + self.byte() % 64,
                tag => [4, 5, 5, 16, 1][usize::from(tag - 2)],
            };
            claims.extend(claim(tag, &self.bytes(usize::from(len))));
        }
        claims
    }
}
