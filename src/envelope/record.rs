//! A stored session at rest: the same payload under a key of the session's own.
//!
//! ```text
//! RECORD  0x21 | kid[4] | N[24] | C[n] | T[16]
//! C || T  = XAES-256-GCM(K_row, N, P, A)          A = row key[32] | 0x21 | kid[4]
//! N       = HMAC-SHA256(K_nonce, r[32] | A | P)[..24]
//! K_row   = HMAC-SHA256(PRK, "row\0" | ctx | sid | 01)
//! ```
//!
//! The session's id is part of the key and a hash of it, the row key, part of what the tag covers. So
//! a copy of the database opens no session, with the ring either, and two rows that change places
//! open no more.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{
    payload::{self, Coding, Header},
    protect::Protection,
};
use crate::{
    body::{Body, Buffer},
    error::{EncodeReason, SealError},
    keys::Key,
    kid::KeyId,
    limits::{KID_LEN, NONCE_LEN, ROW_KEY_LEN, SID_LEN, TAG_LEN},
    primitives::{
        entropy::{Draw, R_LEN},
        kdf::{Context, Label, Root},
        mac::MacKey,
        xaes::Xaes,
    },
};

/// What a record begins with.
const VERSION: u8 = 0x21;

/// What the records of one master key, application and cookie name are sealed with.
pub(crate) struct RecordKeys {
    root: Root,
    context: Context,
    nonces: MacKey,
}

/// A record whose tag is still to be checked.
pub(crate) struct UnverifiedRecord<'r> {
    pub(crate) kid: KeyId,
    nonce: &'r [u8; NONCE_LEN],
    sealed: &'r [u8],
    tag: &'r [u8; TAG_LEN],
}

impl RecordKeys {
    pub(crate) fn derive(key: &Key, context: &Context) -> Self {
        let root = key.root();
        let nonces = MacKey::new(root.key(Label::Nonce, context).as_slice());
        Self { root, context: context.clone(), nonces }
    }

    /// Seals the session that `header` and `body` are, as the record under `row_key`.
    ///
    /// # Errors
    ///
    /// [`SealError`], as for a cookie; there is no limit of size here.
    pub(crate) fn seal(
        &self,
        kid: KeyId,
        row_key: &[u8; ROW_KEY_LEN],
        header: &Header,
        body: &[u8],
        rng: &mut impl Draw,
    ) -> Result<Vec<u8>, SealError> {
        let body = Raw(body);
        let len = payload::padded_len(header, body.len(), 0, Protection::Encrypted);
        let len = len.ok_or(SealError::Claims)?;
        let mut payload = Buffer::with_capacity(len);
        payload::write(header, (Coding::Raw, &body), len, &mut payload)?;
        let mut r = Zeroizing::new([0; R_LEN]);
        rng.draw_r(&mut r)?;
        let a = associated(row_key, kid);
        let hedged = self.nonces.tag(&[r.as_slice(), &a, &payload]);
        let nonce: &[u8; NONCE_LEN] = hedged.first_chunk().ok_or(SealError::Entropy)?;

        // One buffer of the exact size: growing would leave copies of the payload behind.
        let len = payload.len().saturating_add(FRAME);
        let mut record = Vec::with_capacity(len);
        record.push(VERSION);
        record.extend_from_slice(&kid.to_bytes());
        record.extend_from_slice(nonce);
        let start = record.len();
        record.extend_from_slice(&payload);
        let body = record.get_mut(start..).unwrap_or_default();
        let tag = self.cipher(&header.sid).seal(nonce, &a, body);
        record.extend_from_slice(&tag.ok_or(SealError::Entropy)?);
        Ok(record)
    }

    /// The payload of `record`, if it was sealed under this key for the session `sid` and the row
    /// `row_key`.
    pub(crate) fn open(
        &self,
        record: &UnverifiedRecord<'_>,
        sid: &[u8; SID_LEN],
        row_key: &[u8; ROW_KEY_LEN],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut payload = Zeroizing::new(record.sealed.to_vec());
        let a = associated(row_key, record.kid);
        self.cipher(sid).open(record.nonce, &a, &mut payload, record.tag).then_some(payload)
    }

    fn cipher(&self, sid: &[u8; SID_LEN]) -> Xaes {
        Xaes::new(&self.root.row_key(&self.context, sid))
    }
}

impl<'r> UnverifiedRecord<'r> {
    /// Takes a record apart; `None` for what is none.
    pub(crate) fn parse(record: &'r [u8]) -> Option<Self> {
        let (&[version], rest) = record.split_first_chunk()?;
        let (&kid, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (sealed, tag) = rest.split_last_chunk()?;
        (version == VERSION).then_some(Self { kid: KeyId::from_bytes(kid), nonce, sealed, tag })
    }
}

/// A body that is encoded already.
struct Raw<'b>(&'b [u8]);

impl Body for Raw<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn write(&self, out: &mut Buffer) -> Result<(), EncodeReason> {
        out.extend(self.0);
        Ok(())
    }
}

/// `A = row key[32] | 0x21 | kid[4]`.
fn associated(row_key: &[u8; ROW_KEY_LEN], kid: KeyId) -> [u8; ROW_KEY_LEN + 1 + KID_LEN] {
    let mut a = [VERSION; ROW_KEY_LEN + 1 + KID_LEN];
    let (front, back) = a.split_at_mut(ROW_KEY_LEN);
    front.copy_from_slice(row_key);
    let kid = kid.to_bytes();
    back.iter_mut().skip(1).zip(kid).for_each(|(to, from)| *to = from);
    a
}

/// Bytes around the payload of a record.
const FRAME: usize = 1 + KID_LEN + NONCE_LEN + TAG_LEN;

#[cfg(test)]
mod tests;
