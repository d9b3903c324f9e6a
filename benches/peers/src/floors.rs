//! The ingredients alone, over the bytes that a typed session really has: what no seal can undercut.

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{AeadInOut, KeyInit},
};
use base64::Engine;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use xaes_256_gcm::Xaes256Gcm;

use crate::{
    harness::Task,
    records::{Checkout, Login, Member, Record, Shopper},
};

/// Header, flags, id, times, version and shape around the body, of which the nonce is hashed.
const AROUND: usize = 32;
const AAD: [u8; 9] = [0x11; 9];

pub const XAES: &str = "xaes-256-gcm in place, both ways";
pub const HMAC_NONCE: &str = "HMAC-SHA256 for the nonce";
pub const BASE64: &str = "base64, both ways";
pub const POSTCARD: &str = "postcard, both ways";

/// What a hedged seal and an open cannot do without: goal 4 is a multiple of their sum.
pub const NEEDED: [&str; 4] = [XAES, HMAC_NONCE, BASE64, POSTCARD];

/// The ingredients for a session of so many bytes of JSON.
pub fn of_size(size: usize) -> Vec<(&'static str, Task<'static>)> {
    match size {
        Login::SIZE => of_record::<Login>(),
        Member::SIZE => of_record::<Member>(),
        Shopper::SIZE => of_record::<Shopper>(),
        Checkout::SIZE => of_record::<Checkout>(),
        other => panic!("there is no session of {other} bytes"),
    }
}

fn of_record<R: Record>() -> Vec<(&'static str, Task<'static>)> {
    let record = R::example();
    let body = postcard::to_allocvec(&record).expect("it has an encoding");
    let payload = [vec![0; AROUND], body].concat();
    let mut tasks = vec![
        (XAES, aead(Xaes256Gcm::new(&[7; 32].into()), &payload)),
        ("aes-gcm in place, both ways", aead(Aes256Gcm::new(&[7; 32].into()), &payload)),
        ("ring AES-256-GCM in place, both ways", ring(&payload)),
        (HMAC_NONCE, hmac(&payload)),
        ("HMAC-SHA256 by ring", ring_hmac(&payload)),
        (BASE64, base64(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &payload)),
        (POSTCARD, postcard(record)),
        (
            "32 bytes of the operating system",
            Task::new(|| {
                let mut random = [0; 32];
                getrandom::fill(&mut random).expect("the system has entropy");
                random
            }),
        ),
    ];
    #[cfg(feature = "aws-lc")]
    tasks.push(("aws-lc-rs AES-256-GCM in place, both ways", aws_lc(&payload)));
    tasks.shrink_to_fit();
    tasks
}

fn aead<A: AeadInOut + 'static>(cipher: A, payload: &[u8]) -> Task<'static> {
    let nonce = Nonce::<A::NonceSize>::default();
    let mut buffer = payload.to_vec();
    Task::new(move || {
        let tag = cipher.encrypt_inout_detached(&nonce, &AAD, buffer.as_mut_slice().into());
        let tag = tag.expect("short enough");
        cipher
            .decrypt_inout_detached(&nonce, &AAD, buffer.as_mut_slice().into(), &tag)
            .expect("just sealed");
    })
}

fn ring(payload: &[u8]) -> Task<'static> {
    use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("32 bytes"));
    let nonce = || Nonce::assume_unique_for_key([0; 12]);
    let mut buffer = payload.to_vec();
    Task::new(move || {
        let tag = key.seal_in_place_separate_tag(nonce(), Aad::from(AAD), &mut buffer);
        let tag = tag.expect("short enough");
        key.open_in_place_separate_tag(nonce(), Aad::from(AAD), tag, &mut buffer, 0..)
            .expect("just sealed");
    })
}

#[cfg(feature = "aws-lc")]
fn aws_lc(payload: &[u8]) -> Task<'static> {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("32 bytes"));
    let nonce = || Nonce::assume_unique_for_key([0; 12]);
    let mut buffer = payload.to_vec();
    Task::new(move || {
        let tag = key.seal_in_place_separate_tag(nonce(), Aad::from(AAD), &mut buffer);
        buffer.extend_from_slice(tag.expect("short enough").as_ref());
        let len = key.open_in_place(nonce(), Aad::from(AAD), &mut buffer).map(|open| open.len());
        buffer.truncate(len.expect("just sealed"));
    })
}

/// With the key's pads already hashed, as a server keeps them.
fn hmac(payload: &[u8]) -> Task<'static> {
    let keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(&[7; 32]).expect("any length");
    let payload = payload.to_vec();
    Task::new(move || {
        let mut mac = keyed.clone();
        mac.update(&[0; 32]);
        mac.update(&AAD);
        mac.update(&payload);
        mac.finalize().into_bytes()
    })
}

fn ring_hmac(payload: &[u8]) -> Task<'static> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[7; 32]);
    let payload = [&[0; 32], &AAD[..], payload].concat();
    Task::new(move || ring::hmac::sign(&key, &payload))
}

fn base64(engine: &'static impl Engine, payload: &[u8]) -> Task<'static> {
    let token = [&[0x11; 45], payload].concat();
    let mut text = vec![0; token.len().div_ceil(3) * 4];
    let mut bytes = vec![0; text.len()];
    Task::new(move || {
        let chars = engine.encode_slice(&token, &mut text).expect("there is room");
        engine.decode_slice(&text[..chars], &mut bytes).expect("just encoded")
    })
}

fn postcard<R: Record>(record: R) -> Task<'static> {
    let mut buffer = vec![0; 8192];
    Task::new(move || {
        let bytes = postcard::to_slice(&record, &mut buffer).expect("there is room");
        postcard::from_bytes::<R>(bytes).expect("just encoded")
    })
}
