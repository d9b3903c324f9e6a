//! The worked example of the specification: every value on the way, made anew.

use std::{fs, path::Path};

use aes::{
    Aes256,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use cloakroom::Protection::{self, Encrypted, Signed};

use crate::{
    cases::{R, counting},
    file::{Vector, hex},
    generate,
    reference::{self, Keys, ctx},
};

/// Each block of the example on the page, with what it must say.
#[test]
fn the_worked_example_is_what_the_specification_derives() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide/wire_format.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, example) = page.split_once("## 12. A worked example").expect("section 12");
    let blocks = [keys(), encrypted(), signed()].map(|lines| block(&lines));
    let expected = blocks.join("\n---\n");
    let found = example.split("```").skip(1).step_by(2);
    let found: Vec<&str> = found.map(|block| block.trim_start_matches("text\n")).collect();
    assert_eq!(found.join("\n---\n"), expected, "the page should say\n\n{expected}");
}

type Values = Vec<(&'static str, String)>;

fn keys() -> Values {
    let master: [u8; 32] = counting(0);
    let keys = derived();
    vec![
        ("master", hex(&master)),
        ("text", reference::key_text(&master)),
        ("ctx", hex(&ctx("shop", "__Host-session"))),
        ("PRK", hex(&keys.prk)),
        ("kid", hex(&keys.kid)),
        ("K_enc", hex(&keys.enc)),
        ("K_nonce", hex(&keys.nonce)),
        ("K_sig", hex(&keys.sign)),
    ]
}

fn encrypted() -> Values {
    let (keys, value, token) = example(Encrypted);
    let context = keys.context(Encrypted, b"");
    let payload = payload(Encrypted);
    let nonce = keys.hedged(&R, &context, &payload);
    let [l, k1, kx] = xaes(&keys.enc, &nonce);
    assert_eq!(token[5..29], nonce);
    vec![
        ("r", hex(&R)),
        ("A", hex(&context)),
        ("P", hex(&payload)),
        ("N", hex(&nonce)),
        ("L", l),
        ("K1", k1),
        ("Kx", kx),
        ("C", hex(&token[29..token.len() - 16])),
        ("T", hex(&token[token.len() - 16..])),
        ("token", hex(&token)),
        ("value", value),
    ]
}

fn signed() -> Values {
    let (keys, value, token) = example(Signed);
    vec![
        ("A", hex(&keys.context(Signed, b""))),
        ("P", hex(&payload(Signed))),
        ("MAC", hex(&token[token.len() - 32..])),
        ("token", hex(&token)),
        ("value", value),
    ]
}

fn derived() -> Keys {
    Keys::derive(&counting(0), "shop", "__Host-session")
}

/// The example's token, which is that of a vector.
fn example(mode: Protection) -> (Keys, String, Vec<u8>) {
    let token = derived().token(mode, &R, b"", &payload(mode));
    let value = String::from_utf8(reference::value(&token)).unwrap();
    assert_eq!(vector(mode).value, value.as_bytes());
    (derived(), value, token)
}

fn vector(mode: Protection) -> Vector {
    let name = if mode == Encrypted { "encrypted_typed" } else { "signed_typed" };
    generate::all().into_iter().find(|vector| vector.name == name).unwrap()
}

/// The payload byte by byte, without the help of the reference writer.
fn payload(mode: Protection) -> Vec<u8> {
    let vector = vector(mode);
    let found = |key| vector.finds(key).unwrap();
    let mut payload = vec![0x08];
    payload.extend(crate::file::unhex(found("sid")));
    payload.extend(&1_790_000_000_u64.to_be_bytes()[3..]);
    payload.extend([0, 0, 0, 60, 3]);
    payload.extend(crate::file::unhex(&(found("shape").to_owned() + found("body"))));
    payload.push(0x80);
    reference::filled(mode, &payload)
}

/// `L`, `K1` and the derived key of XAES-256-GCM.
fn xaes(key: &[u8; 32], nonce: &[u8; 24]) -> [String; 3] {
    let aes = Aes256::new(&(*key).into());
    let block = |bytes: [u8; 16]| {
        let mut block = bytes.into();
        aes.encrypt_block(&mut block);
        <[u8; 16]>::from(block)
    };
    let l = u128::from_be_bytes(block([0; 16]));
    let k1 = l << 1 ^ if l >> 127 == 1 { 0x87 } else { 0 };
    let half = |nth| {
        let mut m = [0, nth, 0x58, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        m[4..].copy_from_slice(&nonce[..12]);
        block((u128::from_be_bytes(m) ^ k1).to_be_bytes())
    };
    [hex(&l.to_be_bytes()), hex(&k1.to_be_bytes()), hex(&[half(1), half(2)].concat())]
}

/// A block of the page: names in front, long values on lines of 80 characters.
fn block(values: &Values) -> String {
    let mut block = String::new();
    for (name, value) in values {
        let mut name = *name;
        for line in value.as_bytes().chunks(80) {
            block.push_str(&format!("{name:8} {}\n", std::str::from_utf8(line).unwrap()));
            name = "";
        }
    }
    block
}
