//! Tests 37, 38 and 43 to 45: what lies on the disk, and who shares it.

use alloc::{string::String, vec::Vec};
use core::fmt::Write;

use super::{
    super::{Owner, Record, RowKey, Store},
    Failure, Harness, races,
    serve::Peer,
    stage::{Outcome, Stage, Updated, ensure},
};
use crate::{
    body::Kind,
    clock::{Clock, SystemClock},
    envelope::{
        Claims,
        payload::Header,
        record::{RecordKeys, UnverifiedRecord},
        times::{Lifetimes, Times},
    },
    keys::Key,
    kid::KeyId,
    limits::SID_LEN,
    primitives::{
        base64url,
        entropy::{EntropyRng, OsEntropy},
        kdf::Context,
        mac,
    },
};

/// Somebody with a key who seals records as a manager does.
struct Sealer {
    keys: RecordKeys,
    kid: KeyId,
}

const MARKER: &[u8] = b"the plaintext of this session 4b1d";
const USER: &[u8] = b"user-0000000042@shop.example";

impl Sealer {
    fn new() -> Result<Self, Failure> {
        let key = Key::generate().map_err(Failure::new)?;
        let context = Context::new("shop", "__Host-session").map_err(Failure::new)?;
        Ok(Self { keys: RecordKeys::derive(&key, &context), kid: key.id() })
    }

    fn seal(&self, sid: &[u8; SID_LEN], body: &[u8]) -> Result<Vec<u8>, Failure> {
        let now = SystemClock.now();
        let times = Times { created: now, issued: now, lifetimes: Lifetimes::default() };
        let (kind, claims) = (Kind::Values, Claims::default());
        let header = Header { sid: *sid, times, browser: true, kind, claims };
        let mut rng = EntropyRng::new(&OsEntropy);
        self.keys
            .seal(self.kid, RowKey::of(sid).as_bytes(), &header, body, &mut rng)
            .map_err(Failure::new)
    }

    fn opens(&self, sid: &[u8; SID_LEN], record: &[u8]) -> bool {
        let row_key = RowKey::of(sid);
        UnverifiedRecord::parse(record)
            .and_then(|record| self.keys.open(&record, sid, row_key.as_bytes()))
            .is_some()
    }
}

pub(super) fn at_rest<H: Harness>(stage: &Stage<H>) -> Outcome {
    let sealer = Sealer::new()?;
    let sid = sid(stage);
    let key = RowKey::of(&sid);
    let record = sealer.seal(&sid, MARKER)?;
    let owner = Owner::new(mac::sha256(&[b"our own secret", USER]));
    let whole = Record::new(&record, stage.now(), stage.later()).owned_by(owner.as_ref());
    stage.run(stage.store.create(&key, &whole))?.map_err(Failure::new)?;

    let dump = stage.harness.dump(&stage.store).ok_or_else(super::undeclared)?;
    // First that the dump shows records at all, in one form or another.
    ensure!(shows(&dump, &record), "the dump does not hold the sealed record");
    for (what, secret) in [("the session id", &sid[..]), ("plaintext", MARKER), ("the user", USER)]
    {
        ensure!(!shows(&dump, secret), "the dump holds {what}");
    }
    Ok(())
}

/// Whether `dump` holds `bytes` as they are, in hex or in base64url.
fn shows(dump: &[u8], bytes: &[u8]) -> bool {
    let mut hex = String::new();
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    let forms = [bytes, hex.as_bytes(), hex.to_uppercase().as_bytes()].map(<[u8]>::to_vec);
    let text = base64url::encode(bytes).into_bytes();
    let held = |form: &[u8]| dump.windows(form.len().max(1)).any(|window| window == form);
    forms.iter().chain([&text]).any(|form| held(form))
}

pub(super) fn swapped_rows<H: Harness>(stage: &Stage<H>) -> Outcome {
    let sealer = Sealer::new()?;
    let sids = [sid(stage), sid(stage)];
    let [a, b] = sids.map(|sid| RowKey::of(&sid));
    for sid in &sids {
        stage.fresh(&RowKey::of(sid), &sealer.seal(sid, MARKER)?)?;
    }
    let (Some(of_a), Some(of_b)) = (stage.data(&a)?, stage.data(&b)?) else {
        return Err(Failure::new("a record is gone"));
    };
    for (sid, record) in sids.iter().zip([&of_a, &of_b]) {
        ensure!(sealer.opens(sid, record), "a record does not open in its own row");
    }
    for (key, record) in [(&a, &of_b), (&b, &of_a)] {
        ensure!(matches!(stage.update(key, None, record)?, Updated::To(_)), "not exchanged");
    }
    for (sid, key) in sids.iter().zip([&a, &b]) {
        let record = stage.data(key)?.unwrap_or_default();
        ensure!(!sealer.opens(sid, &record), "a record opens in another row");
    }
    Ok(())
}

fn sid<H: Harness>(stage: &Stage<H>) -> [u8; SID_LEN] {
    stage.key().as_bytes().first_chunk().copied().unwrap_or_default()
}

pub(super) fn prefix_isolation<H: Harness>(stage: &Stage<H>) -> Outcome {
    let (a, b) = stage.harness.two_applications().ok_or_else(super::undeclared)?;
    let (a, b) = (stage.with(a), stage.with(b));
    let key = stage.key();
    a.fresh(&key, b"of a")?;
    ensure!(!b.is_alive(&key)?, "one application sees the other's record");
    ensure!(b.update(&key, None, b"x")? == Updated::Gone, "one updates the other's record");
    ensure!(!b.touch(&key, b.later())? && !b.delete(&key)?, "one removes the other's record");
    b.fresh(&key, b"of b")?;
    ensure!(b.delete(&key)?, "a record of its own was not deleted");
    ensure!(a.data(&key)?.as_deref() == Some(b"of a"), "one deleted the other's record");
    Ok(())
}

pub(super) fn schema_twice<H: Harness>(stage: &Stage<H>) -> Outcome {
    let (install, store) = stage.harness.installer().ok_or_else(super::undeclared)?;
    stage.together(8, |_| install())?;
    let stage = stage.with(store);
    let key = stage.key();
    stage.fresh(&key, b"in")?;
    install()?;
    ensure!(stage.is_alive(&key)?, "setting up again lost a record");
    Ok(())
}

/// The races against a delete once more, with a process of its own among the rivals.
pub(super) fn shared_process<H: Harness>(stage: &Stage<H>) -> Outcome {
    let command = stage.harness.other_process(&stage.store).ok_or_else(super::undeclared)?;
    let mut peer = Peer::start(command)?;
    let probe = stage.key();
    stage.fresh(&probe, b"in")?;
    ensure!(peer.load(&probe)?, "the other process does not see a record");
    races::with_peer(stage, &mut peer)?;
    peer.end()
}
