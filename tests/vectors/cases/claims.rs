//! Claims: each, all, and every way in which they can be wrong.

use cloakroom::{Protection, Rejection};

use super::{Case, case};
use crate::{
    file::{Vector, hex},
    reference::claim,
};

pub fn all(mode: Protection) -> Vec<Vector> {
    let mut vectors = accepted(mode);
    vectors.extend(refused(mode));
    vectors.extend(mislaid(mode));
    vectors
}

const MAX: [u8; 5] = [0xFF; 5];
pub const AT: [u8; 5] = [0x00, 0x6A, 0xB1, 0x3B, 0x80];
pub const STAMP: [u8; 16] = *b"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";

fn claiming(mode: Protection, name: &str, comment: &'static str, claims: Vec<u8>) -> Case {
    case(mode, name, "11", comment).session(|session| session.claims = claims)
}

fn accepted(mode: Protection) -> Vec<Vector> {
    let everything = [
        claim(1, b"user-42"),
        claim(2, &7_u32.to_be_bytes()),
        claim(3, &AT),
        claim(4, &MAX),
        claim(5, &STAMP),
        claim(6, &[2]),
    ];
    let opens = |name, comment, claims| {
        claiming(mode, name, comment, claims).option("reads", "visit").opens()
    };
    vec![
        opens("claims_all", "All six claims.", everything.concat()),
        opens("claims_subject_1", "The shortest subject.", claim(1, b"\0")),
        opens("claims_subject_64", "The longest subject.", claim(1, &[0xFF; 64])),
        opens("claims_epoch_0", "The first epoch.", claim(2, &[0; 4])),
        opens("claims_epoch_last", "The last epoch.", claim(2, &[0xFF; 4])),
        opens("claims_auth_at", "The time of the login.", claim(3, &AT)),
        opens("claims_checked_at", "The time of the last check.", claim(4, &MAX)),
        opens("claims_stamp", "A stamp.", claim(5, &STAMP)),
        opens("claims_level_0", "The least level.", claim(6, &[0])),
        opens("claims_level_255", "The greatest level.", claim(6, &[0xFF])),
        opens(
            "claims_first_and_last",
            "Tags may be left out.",
            [claim(1, b"x"), claim(6, b"y")].concat(),
        ),
        claiming(mode, "claims_and_own_lifetimes", "Both optional fields.", claim(6, &[2]))
            .option("reads", "visit")
            .session(|session| session.own = Some((3600, 600)))
            .opens(),
    ]
}

fn refused(mode: Protection) -> Vec<Vector> {
    let refused =
        |name, comment, claims| claiming(mode, name, comment, claims).refused(Rejection::Malformed);
    let two = |a: (u8, &[u8]), b: (u8, &[u8])| [claim(a.0, a.1), claim(b.0, b.1)].concat();
    vec![
        refused("claims_tag_0", "A tag without a meaning.", claim(0, b"")),
        refused("claims_tag_7", "A tag without a meaning.", claim(7, b"x")),
        refused("claims_tag_255", "A tag without a meaning.", claim(255, b"x")),
        refused("claims_descending", "Level before subject.", two((6, b"y"), (1, b"x"))),
        refused("claims_twice", "The level twice.", two((6, b"y"), (6, b"y"))),
        refused("claims_subject_0", "A subject of no bytes.", claim(1, b"")),
        refused("claims_subject_65", "A subject too long.", claim(1, &[b'x'; 65])),
        refused("claims_epoch_of_3_bytes", "An epoch too short.", claim(2, &[0; 3])),
        refused("claims_epoch_of_5_bytes", "An epoch too long.", claim(2, &[0; 5])),
        refused("claims_auth_at_of_4_bytes", "A time too short.", claim(3, &[0; 4])),
        refused("claims_auth_at_of_8_bytes", "A time too long.", claim(3, &[0; 8])),
        refused("claims_checked_at_of_4_bytes", "A time too short.", claim(4, &[0; 4])),
        refused("claims_checked_at_of_6_bytes", "A time too long.", claim(4, &[0; 6])),
        refused("claims_stamp_of_15_bytes", "A stamp too short.", claim(5, &[0; 15])),
        refused("claims_stamp_of_17_bytes", "A stamp too long.", claim(5, &[0; 17])),
        refused("claims_level_of_0_bytes", "A level too short.", claim(6, b"")),
        refused("claims_level_of_2_bytes", "A level too long.", claim(6, &[0; 2])),
        refused(
            "claims_cut_in_a_tag",
            "A tag without a length.",
            [claim(2, &[0; 4]), vec![6]].concat(),
        ),
        refused("claims_cut_in_a_field", "A field shorter than it says.", vec![5, 16, 0, 0]),
        refused(
            "claims_byte_left_over",
            "A byte after the last claim.",
            [claim(6, b"y"), vec![0]].concat(),
        ),
    ]
}

/// A block of claims whose length is a lie.
fn mislaid(mode: Protection) -> Vec<Vector> {
    let flagged = |name, comment, block: &'static [u8]| {
        case(mode, name, "11", comment)
            .payload(|payload| {
                payload[0] |= 0x40;
                payload.splice(26..26, block.iter().copied());
            })
            .refused(Rejection::Malformed)
    };
    vec![
        flagged("claims_len_0", "Claims are said to be present, and are none.", b"\0\0"),
        flagged("claims_len_short", "The length ends inside the claim.", b"\x00\x02\x06\x01\x02"),
        flagged("claims_len_long", "The length ends inside the body.", b"\x00\x04\x06\x01\x02"),
        flagged(
            "claims_len_beyond",
            "The length ends beyond the payload.",
            b"\xff\xff\x06\x01\x02",
        ),
    ]
}

/// The claims of a payload as a file shows them.
pub fn text(mut claims: &[u8]) -> String {
    let mut words = Vec::new();
    while let [tag, len, rest @ ..] = claims {
        let (bytes, rest) = rest.split_at(usize::from(*len));
        let number = || bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        words.push(match tag {
            1 => format!("subject={}", hex(bytes)),
            2 => format!("epoch={}", number()),
            3 => format!("auth_at={}", number()),
            4 => format!("checked_at={}", number()),
            5 => format!("stamp={}", hex(bytes)),
            _ => format!("level={}", number()),
        });
        claims = rest;
    }
    words.join(" ")
}
