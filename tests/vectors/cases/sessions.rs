//! Sessions that open: every kind, option and length of the format, on the accepted side.

use cloakroom::Protection;

use super::{CREATED, ISSUED, case, former_visit, other, visit};
use crate::{file::Vector, reference::Keys};

pub fn all(mode: Protection) -> Vec<Vector> {
    let mut vectors = kinds(mode);
    vectors.extend(lengths(mode));
    vectors.extend(lifetimes(mode));
    vectors.extend(places(mode));
    if mode == Protection::Encrypted {
        vectors.extend(nonces());
    }
    vectors
}

/// `{"a": 42}`: no table, one entry of the key `a`.
const MAP: &[u8] = b"\x00\x41a\x01\x2a";
/// `{"a": [{"b": true}, 7], "c": null, "d": "x"}`, with `b` in the table.
const NESTED: &[u8] = b"\x02\x41b\x41a\x05\x82\x91\x00\xa1\x07\x41c\x01\xa0\x41d\x02\x41x";
/// `{"a": "deadbeef"}`, as text where eight hexadecimal digits are four bytes.
const PLAIN: &[u8] = b"\x00\x41a\x09\x48deadbeef";

fn kinds(mode: Protection) -> Vec<Vector> {
    let values = |name, comment, body: &[u8]| {
        let body = body.to_vec();
        case(mode, name, "V1", comment)
            .option("reads", "values")
            .session(|session| (session.kind, session.body) = (1, body))
            .opens()
    };
    vec![
        case(mode, "typed", "14", "An ordinary session with a typed body.")
            .option("reads", "visit")
            .opens(),
        case(mode, "typed_former_version", "T1", "A body of version 2, read by its number.")
            .option("reads", "visit")
            .session(|session| session.body = former_visit())
            .opens(),
        case(mode, "typed_ends_like_padding", "9", "The body itself ends in 80 00 00.")
            .option("reads", "visit")
            .session(|session| session.body = visit(b"\xc2\x80\0\0"))
            .opens(),
        values("values", "A Values body of one entry.", MAP),
        values("values_empty_map", "The empty map is one byte.", b"\0"),
        values("values_nested", "A map within a list, its key in the table.", NESTED),
        values("values_plain_text", "Text where a packed form is shorter.", PLAIN),
        case(mode, "stored", "10", "A stored session: no body. No value is shorter.")
            .session(|session| (session.kind, session.body) = (2, vec![]))
            .opens(),
        case(mode, "persistent", "14", "A cookie that outlives the browser.")
            .option("reads", "visit")
            .session(|session| session.browser = false)
            .opens(),
    ]
}

fn lengths(mode: Protection) -> Vec<Vector> {
    let note = |len| b"every byte of it ".iter().copied().cycle().take(len).collect::<Vec<_>>();
    let most = if mode == Protection::Encrypted { 2992 } else { 3000 };
    let mut vectors = vec![
        case(mode, "largest", "2", "A value of 4096 characters.")
            .option("reads", "visit")
            .session(|session| session.body = visit(&note(most)))
            .opens(),
    ];
    let paddings = [
        (1, "padding_1"),
        (2, "padding_2"),
        (3, "padding_3"),
        (15, "padding_15"),
        (16, "padding_16"),
        (30, "padding_30"),
        (31, "padding_31"),
        (300, "padding_300"),
    ];
    vectors.extend(paddings.map(|(extra, name)| {
        case(mode, name, "9", "Zeros behind the marker beyond those of rule 1.")
            .option("reads", "visit")
            .session(|session| session.extra = extra)
            .opens()
    }));
    vectors
}

fn lifetimes(mode: Protection) -> Vec<Vector> {
    let own = |name, comment, own| {
        case(mode, name, "14", comment)
            .option("reads", "visit")
            .session(|session| session.own = Some(own))
            .opens()
    };
    vec![
        own("own_lifetimes", "Lifetimes of its own.", (3600, 600)),
        own("own_life", "A life of its own, the policy's idle time.", (3600, 0)),
        own("own_idle", "An idle time of its own, the policy's life.", (0, 600)),
        own("own_lifetimes_of_zero", "Both zero: the policy's. No writer writes it.", (0, 0)),
        own("own_lifetimes_largest", "As long as four bytes can say.", (u32::MAX, u32::MAX)),
        own("own_life_of_61_seconds", "It is over in the next second.", (61, 0)),
        own("own_idle_of_1_second", "It is over in the next second.", (0, 1)),
    ]
}

fn places(mode: Protection) -> Vec<Vector> {
    let bound = |name, comment, bind: &[u8]| {
        case(mode, name, "5", comment)
            .place(|place| place.bind = bind.to_vec())
            .option("reads", "visit")
            .opens()
    };
    let printable: String = (0x21..=0x7E).cycle().take(255).map(char::from).collect();
    let (until, late) = (CREATED + 61, CREATED + 1000);
    vec![
        bound("bind_1", "A bind of one byte.", b"\0"),
        bound("bind_1024", "The longest bind.", &[0x62; 1024]),
        case(mode, "labels_of_1_byte", "14", "The shortest label and name.")
            .place(|place| (place.app, place.name) = ("s".into(), "n".into()))
            .option("reads", "visit")
            .opens(),
        case(mode, "labels_of_255_bytes", "14", "The longest label and name, of every character.")
            .place(|place| (place.app, place.name) = (printable.clone(), printable.clone()))
            .option("reads", "visit")
            .opens(),
        case(mode, "key_wraps", "4", "Another key, which counts over ff to 00.")
            .place(|place| place.key = 0xF0)
            .option("reads", "visit")
            .opens(),
        case(mode, "created_in_1970", "14", "The first second that there is.")
            .session(|session| (session.created, session.age) = (0, 0))
            .option("reads", "visit")
            .now(0)
            .opens(),
        case(mode, "created_last", "14", "The last second that five bytes can say.")
            .session(|session| (session.created, session.age) = ((1 << 40) - 1, 0))
            .option("reads", "visit")
            .now((1 << 40) - 1)
            .opens(),
        case(mode, "also_open_of_another_app", "14", "Sealed in a context that is also opened.")
            .writer(|place| place.app = "older".into())
            .option("also_open", format!("{} older {late}", super::mode_text(mode)))
            .opens(),
        case(mode, "also_open_of_another_mode", "14", "Sealed in the other mode, to be left.")
            .writer(|place| place.mode = other(mode))
            .option("also_open", format!("{} shop {late}", super::mode_text(other(mode))))
            .opens(),
        case(mode, "also_open_second", "14", "Sealed in the second of two contexts.")
            .writer(|place| place.app = "oldest".into())
            .option("also_open", format!("{} older {late}", super::mode_text(mode)))
            .option("also_open", format!("{} oldest {late}", super::mode_text(mode)))
            .opens(),
        case(mode, "also_open_last_second", "14", "One second before the context's end.")
            .writer(|place| place.app = "older".into())
            .option("also_open", format!("{} older {until}", super::mode_text(mode)))
            .opens(),
    ]
}

fn nonces() -> Vec<Vector> {
    let with = |name, comment, nonce: [u8; 24]| {
        let seal = move |keys: &Keys, payload: &[u8]| {
            keys.encrypted(&nonce, &keys.context(Protection::Encrypted, b""), payload)
        };
        case(Protection::Encrypted, name, "6", comment).sealed_by(seal).opens()
    };
    assert_eq!(ISSUED, CREATED + 60);
    vec![
        with("nonce_of_zeros", "A nonce that no hedge made.", [0; 24]),
        with("nonce_of_ones", "A nonce that no hedge made.", [0xFF; 24]),
    ]
}
