//! What a session says about its login, beside its data: subject, epoch, times, stamp, level.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    clock::Timestamp,
    limits::{CREATED_MAX, SUBJECT_MAX},
};

/// The claims of a session: empty until a login writes them.
///
/// They stand beside the data under the same seal, so that a login can be checked, and ended,
/// without decoding what the application stores.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// Who is logged in: 1 to 64 bytes that the application understands.
    pub subject: Option<Vec<u8>>,
    /// The generation of the subject's sessions; older generations are logged out.
    pub epoch: Option<u32>,
    /// When the subject last proved who they are.
    pub auth_at: Option<Timestamp>,
    /// When the login was last checked against the application's records.
    pub checked_at: Option<Timestamp>,
    /// A tag over the subject's credential, which ends the session when the credential changes.
    pub stamp: Option<[u8; 16]>,
    /// How strongly the subject proved who they are.
    pub level: Option<u8>,
}

impl Claims {
    /// Whether nothing is claimed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether nothing is claimed but when somebody checked it.
    pub(crate) fn are_bare(&self) -> bool {
        Self { checked_at: None, ..self.clone() }.is_empty()
    }

    /// `tag[1] | len[1] | bytes[len]` in ascending order of tags; `None` for a subject of 0 or over
    /// 64 bytes or a time beyond five bytes. What `sink` got before is then not to be used.
    pub(crate) fn write(&self, mut sink: impl FnMut(&[u8])) -> Option<()> {
        let mut put = |tag: u8, bytes: &[u8]| {
            // The longest of them has 64 bytes.
            sink(&[tag, u8::try_from(bytes.len()).unwrap_or_default()]);
            sink(bytes);
        };
        if let Some(subject) = &self.subject {
            if subject.is_empty() || subject.len() > SUBJECT_MAX {
                return None;
            }
            put(SUBJECT, subject);
        }
        if let Some(epoch) = self.epoch {
            put(EPOCH, &epoch.to_be_bytes());
        }
        if let Some(at) = self.auth_at {
            put(AUTH_AT, &to_five_bytes(at)?);
        }
        if let Some(at) = self.checked_at {
            put(CHECKED_AT, &to_five_bytes(at)?);
        }
        if let Some(stamp) = &self.stamp {
            put(STAMP, stamp);
        }
        if let Some(level) = self.level {
            put(LEVEL, &[level]);
        }
        Some(())
    }

    /// Bytes that [`write`](Self::write) gives; 0 for no claims.
    pub(crate) fn encoded_len(&self) -> Option<usize> {
        let mut len = 0_usize;
        self.write(|piece| len = len.saturating_add(piece.len())).map(|()| len)
    }

    /// The inverse of [`write`](Self::write); `None` for anything it would not have written, or
    /// for no claims at all.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut claims = Self::default();
        let mut last = 0;
        if bytes.is_empty() {
            return None;
        }
        while let Some((&[tag, len], rest)) = bytes.split_first_chunk() {
            let (field, rest) = rest.split_at_checked(usize::from(len))?;
            if tag <= last {
                return None;
            }
            match tag {
                SUBJECT if (1..=SUBJECT_MAX).contains(&field.len()) => {
                    claims.subject = Some(field.to_vec());
                }
                EPOCH => claims.epoch = Some(u32::from_be_bytes(field.try_into().ok()?)),
                AUTH_AT => claims.auth_at = Some(from_five_bytes(field.try_into().ok()?)),
                CHECKED_AT => claims.checked_at = Some(from_five_bytes(field.try_into().ok()?)),
                STAMP => claims.stamp = Some(field.try_into().ok()?),
                LEVEL => claims.level = Some(u8::from_be_bytes(field.try_into().ok()?)),
                _ => return None,
            }
            (last, bytes) = (tag, rest);
        }
        bytes.is_empty().then_some(claims)
    }
}

/// A time in five bytes, which reach to the year 36 812.
pub(super) fn to_five_bytes(at: Timestamp) -> Option<[u8; 5]> {
    if at.as_unix() > CREATED_MAX {
        return None;
    }
    at.as_unix().to_be_bytes().last_chunk().copied()
}

pub(super) fn from_five_bytes([a, b, c, d, e]: [u8; 5]) -> Timestamp {
    Timestamp::from_unix(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]))
}

const SUBJECT: u8 = 1;
const EPOCH: u8 = 2;
const AUTH_AT: u8 = 3;
const CHECKED_AT: u8 = 4;
const STAMP: u8 = 5;
const LEVEL: u8 = 6;

/// Which claims are made; never what they say.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("subject", &self.subject.is_some())
            .field("epoch", &self.epoch.is_some())
            .field("auth_at", &self.auth_at)
            .field("checked_at", &self.checked_at)
            .field("stamp", &self.stamp.is_some())
            .field("level", &self.level)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn debug_shows_which_claims_are_made_and_not_for_whom() {
        let shown = alloc::format!("{:?}", everything());
        assert!(shown.starts_with("Claims { subject: true, epoch: true"), "{shown}");
        assert!(!shown.contains("user-42") && !shown.contains("117, 115"), "{shown}");
    }

    fn everything() -> Claims {
        Claims {
            subject: Some(b"user-42".to_vec()),
            epoch: Some(7),
            auth_at: Some(Timestamp::from_unix(1_790_000_000)),
            checked_at: Some(Timestamp::from_unix(CREATED_MAX)),
            stamp: Some([9; 16]),
            level: Some(2),
        }
    }

    fn written(claims: &Claims) -> Option<Vec<u8>> {
        let mut bytes = vec![];
        let written = claims.write(|piece| bytes.extend_from_slice(piece));
        assert_eq!(claims.encoded_len(), written.map(|()| bytes.len()));
        written.map(|()| bytes)
    }

    #[test]
    fn claims_are_read_back_as_they_were_written() {
        let written = written(&everything()).unwrap();
        assert_eq!(Claims::decode(&written), Some(everything()));
        assert_eq!(written.len(), 9 + 6 + 7 + 7 + 18 + 3);
    }

    #[test]
    fn every_truncation_of_claims_is_refused_unless_it_ends_between_two_of_them() {
        let written = written(&everything()).unwrap();
        let ends = [9, 15, 22, 29, 47, 50];
        for len in 0..=written.len() {
            assert_eq!(Claims::decode(&written[..len]).is_some(), ends.contains(&len), "{len}");
        }
    }

    #[test]
    fn tags_out_of_order_repeated_unknown_or_of_another_length_are_refused() {
        for hostile in [
            vec![6, 1, 1, 2, 4, 0, 0, 0, 7],
            vec![6, 1, 1, 6, 1, 1],
            vec![0, 0],
            vec![7, 1, 1],
            vec![1, 0],
            [vec![1, 65], vec![b'x'; 65]].concat(),
            vec![2, 3, 0, 0, 0],
            vec![3, 4, 0, 0, 0, 0],
            vec![5, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            vec![6, 2, 0, 1],
        ] {
            assert_eq!(Claims::decode(&hostile), None, "{hostile:?}");
        }
    }

    #[test]
    fn a_subject_of_no_bytes_or_of_65_cannot_be_written() {
        for len in [0, 65] {
            let claims = Claims { subject: Some(vec![b'x'; len]), ..Claims::default() };
            assert_eq!(written(&claims), None);
        }
    }
}
