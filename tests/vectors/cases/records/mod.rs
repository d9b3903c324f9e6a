//! Records of stored sessions, each behind a cookie of kind 2 that opens.
//!
//! The record does not know the cookie's mode: what opens is there in both, what is refused in
//! encrypted mode alone.

mod moments;

use cloakroom::{
    Protection,
    Rejection::{self, Forged, Malformed, RecordGone, UnknownKey},
};

use super::{
    CREATED, Case, ISSUED, Place, R, case, claims, counting, former_visit, mode_text, visit,
};
use crate::{
    file::{Vector, hex},
    reference::{Keys, Session, claim, record_context, row_key},
};

pub fn all(mode: Protection) -> Vec<Vector> {
    let mut vectors = sessions(mode);
    vectors.extend(places(mode));
    vectors.extend(moments::lasting(mode));
    if mode == Protection::Encrypted {
        vectors.extend(frames());
        vectors.extend(mistagged());
        vectors.extend(payloads());
        vectors.extend(moments::over());
    }
    vectors
}

/// A cookie and its record. They agree until one of them is changed.
struct Kept {
    cookie: Case,
    session: Session,
    writer: Place,
    record: Option<Vec<u8>>,
}

fn kept(mode: Protection, name: &str, rule: &'static str, comment: &'static str) -> Kept {
    let cookie = case(mode, &format!("record_{name}"), rule, comment);
    let (session, writer) = (cookie.session.clone(), cookie.writer.clone());
    let cookie = cookie.session(|session| (session.kind, session.body) = (2, vec![]));
    Kept { cookie, session, writer, record: None }
}

impl Kept {
    /// Changes the cookie, or what the reader is told.
    fn cookie(mut self, change: impl FnOnce(Case) -> Case) -> Self {
        self.cookie = change(self.cookie);
        self
    }

    fn reads(self, what: &str) -> Self {
        self.cookie(|cookie| cookie.option("reads", what))
    }

    fn session(mut self, change: impl FnOnce(&mut Session)) -> Self {
        change(&mut self.session);
        self
    }

    /// Changes where the record's writer believes that it belongs.
    fn writer(mut self, change: impl FnOnce(&mut Place)) -> Self {
        change(&mut self.writer);
        self
    }

    /// Changes the payload that is sealed.
    fn payload(self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut payload = self.session.payload();
        change(&mut payload);
        self.sealed_by(|keys, sid| keys.record(&R, sid, &payload))
    }

    /// Changes the sealed record.
    fn record(mut self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut record = self.sealed();
        change(&mut record);
        self.record = Some(record);
        self
    }

    /// Seals in another way than a writer does.
    fn sealed_by(mut self, seal: impl FnOnce(&Keys, &[u8; 16]) -> Vec<u8>) -> Self {
        self.record = Some(seal(&self.writer.keys(), &self.session.sid));
        self
    }

    fn sealed(&self) -> Vec<u8> {
        let sealed = || self.writer.keys().record(&R, &self.session.sid, &self.session.payload());
        self.record.clone().unwrap_or_else(sealed)
    }

    /// The vector, which opens to what the record says, sealed when the cookie was.
    fn opens(self) -> Vector {
        let record = hex(&self.sealed());
        let value = Some(self.cookie.written());
        let session = Session { age: self.cookie.session.age, ..self.session };
        Case { session, value, ..self.cookie.option("record", record) }.opens()
    }

    fn refused(self, reason: Rejection) -> Vector {
        let record = hex(&self.sealed());
        self.cookie.option("record", record).refused(reason)
    }
}

fn sessions(mode: Protection) -> Vec<Vector> {
    let values = |name, comment, body: &'static [u8]| {
        kept(mode, name, "R1", comment)
            .session(|session| (session.kind, session.body) = (1, body.to_vec()))
            .reads("values")
            .opens()
    };
    let typed = |name, comment| kept(mode, name, "R1", comment).reads("visit");
    let all = [
        claim(1, b"user-42"),
        claim(2, &7_u32.to_be_bytes()),
        claim(3, &claims::AT),
        claim(4, &claims::AT),
        claim(5, &claims::STAMP),
        claim(6, &[2]),
    ];
    let padded = |name, comment, change: &dyn Fn(&mut Vec<u8>)| {
        let (sid, mut payload) = (super::SID, typed(name, comment).session.payload());
        change(&mut payload);
        // No zero is added to what a writer would fill up.
        typed(name, comment).sealed_by(|keys, _| keys.record_of(&R, &sid, &payload)).opens()
    };
    vec![
        typed("typed", "The record of an ordinary session.").opens(),
        typed("typed_former_version", "A body of version 2, read by its number.")
            .session(|session| session.body = former_visit())
            .opens(),
        values("values", "A Values body of one entry.", b"\x00\x41a\x01\x2a"),
        values("values_empty_map", "The shortest record: the empty map.", b"\0"),
        typed("claims", "All claims, none of which are in the cookie.")
            .session(|session| session.claims = all.concat())
            .opens(),
        typed("persistent", "The cookie says otherwise; the record is right.")
            .session(|session| session.browser = false)
            .opens(),
        typed("longer_than_a_cookie", "A body for which no cookie has room.")
            .session(|session| session.body = visit(&[b'x'; 3100]))
            .opens(),
        padded("padding_300", "Zeros behind the marker.", &|payload| payload.extend([0; 300])),
        padded("padding_none", "No zero behind the marker.", &|_| {}),
        typed("nonce_of_zeros", "A nonce that no hedge made.")
            .sealed_by(|keys, sid| {
                let payload = kept(mode, "", "", "").session.payload();
                let a = record_context(&row_key(sid), 0x21, &keys.kid);
                keys.sealed_record(&keys.row(sid), &[0; 24], &a, &payload)
            })
            .opens(),
    ]
}

fn places(mode: Protection) -> Vec<Vector> {
    let printable: String = (0x21..=0x7E).cycle().take(255).map(char::from).collect();
    let also = |app: &str, until: u64| format!("{} {app} {until}", mode_text(mode));
    let moved = |name, comment, app: &str, options: &[String]| {
        let told = |cookie: Case, option: &String| cookie.option("also_open", option);
        kept(mode, name, "R3", comment)
            .writer(|place| place.app = app.to_owned())
            .cookie(|cookie| options.iter().fold(cookie, told))
            .opens()
    };
    let labels = |place: &mut Place| {
        (place.app, place.name) = (printable.clone(), printable.clone());
    };
    let late = CREATED + 1000;
    vec![
        kept(mode, "labels_of_255_bytes", "R1", "The longest label and name.")
            .cookie(|cookie| cookie.place(labels))
            .writer(labels)
            .opens(),
        moved(
            "also_open_of_another_app",
            "The cookie is ours already, the record of a context that is also opened.",
            "older",
            &[also("older", late)],
        ),
        moved(
            "also_open_second",
            "The record is of the second of two contexts.",
            "oldest",
            &[also("older", late), also("oldest", late)],
        ),
        moved(
            "also_open_last_second",
            "One second before the context's end.",
            "older",
            &[also("older", ISSUED + 1)],
        ),
    ]
}

/// A record whose refusal is told here.
fn wrong(name: &str, rule: &'static str, comment: &'static str) -> Kept {
    kept(Protection::Encrypted, name, rule, comment)
}

fn frames() -> Vec<Vector> {
    let none = |name, comment, change: &dyn Fn(&mut Vec<u8>)| {
        wrong(name, "R6", comment).record(change).refused(Malformed)
    };
    vec![
        none("empty", "No byte.", &Vec::clear),
        none("of_44_bytes", "A byte too short for nonce and tag.", &|record| record.truncate(44)),
        none("version_0", "A version that there is not.", &|record| record[0] = 0),
        none("version_of_a_token", "The version of an encrypted token.", &|record| {
            record[0] = 0x11
        }),
        wrong("unknown_key", "R2", "A key of another ring.")
            .writer(|place| place.key = 1)
            .refused(UnknownKey),
    ]
}

/// A key, and what the tag covers.
type Sealing = ([u8; 32], Vec<u8>);

fn mistagged() -> Vec<Vector> {
    let forged = |name, comment| wrong(name, "R2", comment);
    let altered = |name, comment, change: &dyn Fn(&mut Vec<u8>)| {
        forged(name, comment).record(change).refused(Forged)
    };
    let last = |record: &mut Vec<u8>, bit| *record.last_mut().unwrap() ^= bit;
    let payload = wrong("", "", "").session.payload();
    let other: [u8; 16] = counting(0x30);
    // The key, the nonce's and the tag's context as a writer has them, but for one.
    let sealed = |name, comment, seal: &dyn Fn(&Keys, &[u8; 16]) -> Sealing| {
        forged(name, comment)
            .sealed_by(|keys, sid| {
                let (key, a) = seal(keys, sid);
                keys.sealed_record(&key, &keys.hedged(&R, &a, &payload), &a, &payload)
            })
            .refused(Forged)
    };
    let a = |sid: &[u8; 16], keys: &Keys| record_context(&row_key(sid), 0x21, &keys.kid);
    vec![
        altered("nonce_first_bit", "A bit of the nonce.", &|record| record[5] ^= 0x80),
        altered("payload_first_bit", "A bit of the payload.", &|record| record[29] ^= 0x80),
        altered("tag_last_bit", "A bit of the tag.", &|record| last(record, 1)),
        altered("cut_at_the_end", "A byte less.", &|record| record.truncate(record.len() - 1)),
        altered("longer", "A byte more.", &|record| record.push(0)),
        altered("frame_alone", "Nonce and tag, and no payload.", &|record| {
            record.drain(29..record.len() - 16);
        }),
        forged("of_another_session", "Two rows exchanged.")
            .session(|session| session.sid = other)
            .refused(Forged),
        sealed("key_of_another_session", "The key of another session's id.", &|keys, sid| {
            (keys.row(&other), a(sid, keys))
        }),
        sealed("row_of_another_session", "The row key of another.", &|keys, sid| {
            (keys.row(sid), a(&other, keys))
        }),
        sealed("without_row_key", "A tag that covers no row key.", &|keys, sid| {
            (keys.row(sid), record_context(&[], 0x21, &keys.kid))
        }),
        sealed("row_key_of_a_bare_hash", "A row key without its first words.", &|keys, sid| {
            let bare = crate::reference::sha256(&[sid]);
            (keys.row(sid), record_context(&bare, 0x21, &keys.kid))
        }),
        sealed("tag_over_another_version", "A tag over the version of a token.", &|keys, sid| {
            (keys.row(sid), record_context(&row_key(sid), 0x11, &keys.kid))
        }),
        sealed("by_the_key_of_tokens", "Sealed by the key of cookies.", &|keys, sid| {
            (keys.enc, a(sid, keys))
        }),
        forged("of_another_app", "Another application's.")
            .writer(|place| place.app = "older".into())
            .refused(Forged),
        forged("of_another_name", "Another cookie's.")
            .writer(|place| place.name = "session".into())
            .refused(Forged),
        wrong("also_open_too_late", "R3", "The context's end has come.")
            .writer(|place| place.app = "older".into())
            .cookie(|cookie| cookie.option("also_open", format!("encrypted older {ISSUED}")))
            .refused(Forged),
    ]
}

fn payloads() -> Vec<Vector> {
    let malformed = |name, comment, change: &dyn Fn(&mut Vec<u8>)| {
        wrong(name, "R6", comment).payload(change).refused(Malformed)
    };
    let reads = |name, comment, what: &str, reason, body: Vec<u8>| {
        wrong(name, "R6", comment).session(|s| s.body = body).reads(what).refused(reason)
    };
    let mark = |name, comment, rule| {
        wrong(name, rule, comment).session(|s| (s.kind, s.body) = (2, vec![]))
    };
    vec![
        wrong("deflated", "R6", "A body of codec 1.")
            .session(|s| s.stream = Some(crate::reference::stored_blocks(&s.body, 99)))
            .refused(Malformed),
        malformed("sid_of_another_session", "The payload names another session.", &|payload| {
            payload[1] ^= 1;
        }),
        wrong("created_of_another", "R6", "It began at another time than the cookie says.")
            .session(|s| (s.created, s.age) = (s.created - 1, s.age + 1))
            .refused(Malformed),
        malformed("kind_3", "A kind that there is not.", &|payload| payload[0] |= 0b0011_0000),
        malformed("flag_7", "The flag that is reserved.", &|payload| payload[0] |= 0x80),
        malformed("no_marker", "The body runs to the end.", &|payload| {
            payload.pop();
            // No zero is added behind the letters.
            while payload.len() % 3 != 0 {
                payload.push(b'x');
            }
        }),
        wrong("typed_empty", "R6", "A typed body of no bytes.")
            .session(|s| s.body.clear())
            .refused(Malformed),
        wrong("claims_twice", "R6", "A claim that stands twice.")
            .session(|s| s.claims = [claim(6, &[2]), claim(6, &[2])].concat())
            .refused(Malformed),
        reads("kind_typed_to_values", "Of another kind.", "values", Rejection::Kind, visit(b"")),
        reads("newer_version", "Of a later version.", "visit", Rejection::NewerVersion, {
            let mut body = visit(b"");
            body[0] = 4;
            body
        }),
        reads("body_of_4_bytes", "No room for a shape.", "visit", Rejection::Body, vec![3; 4]),
        mark("mark", "The session has ended.", "R5").refused(RecordGone),
        mark("mark_of_the_future", "A mark has no times.", "R5")
            .session(|s| s.age = 86_400)
            .refused(RecordGone),
        wrong("mark_with_a_body", "R6", "A mark with a body of 00.")
            .session(|s| (s.kind, s.body) = (2, vec![0]))
            .refused(Malformed),
    ]
}
