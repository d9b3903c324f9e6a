//! Steps 1 to 5: what is refused before a byte of the payload is looked at.

use cloakroom::{
    Protection,
    Rejection::{self, Encoding, Forged, Length, UnknownKey, Version},
};

use super::{CREATED, Case, R, case, counting, frame, mode_text, other};
use crate::{
    file::Vector,
    reference::{Keys, filled, hmac},
};

pub fn all(mode: Protection) -> Vec<Vector> {
    let mut vectors = lengths(mode);
    vectors.push(
        case(mode, "length_plus_2", "1", "A byte more, which makes two characters.")
            .token(|token| token.push(0))
            .refused(Length),
    );
    vectors.extend(alphabets(mode));
    vectors.extend(versions(mode));
    vectors.extend(keys(mode));
    vectors.extend(altered(mode));
    vectors.extend(moved(mode));
    vectors.extend(mistagged(mode));
    vectors
}

fn texts(
    mode: Protection,
    rule: &'static str,
    reason: Rejection,
    texts: Vec<(&str, &'static str, Vec<u8>)>,
) -> Vec<Vector> {
    let vector = |(name, comment, value): (&str, &'static str, Vec<u8>)| {
        case(mode, name, rule, comment).text(|text| *text = value).refused(reason)
    };
    texts.into_iter().map(vector).collect()
}

/// The value of an ordinary session.
fn genuine(mode: Protection) -> Vec<u8> {
    case(mode, "genuine", "14", "").opens().value
}

/// A value of this many characters that begins as it should.
fn long(mode: Protection, chars: usize) -> Vec<u8> {
    let mut value = genuine(mode)[..4].to_vec();
    value.resize(chars, b'A');
    value
}

fn lengths(mode: Protection) -> Vec<Vector> {
    let least = if mode == Protection::Encrypted { 96 } else { 88 };
    let more = |characters: &[u8]| [&genuine(mode), characters].concat();
    texts(
        mode,
        "2",
        Length,
        vec![
            ("length_0", "No cookie value at all.", vec![]),
            ("length_4", "The first four characters alone.", long(mode, 4)),
            (
                "length_below_the_least",
                "Four characters fewer than any token.",
                long(mode, least - 4),
            ),
            ("length_plus_1", "One character more than the token.", more(b"A")),
            ("length_plus_3", "Three characters more: the text of two more bytes.", more(b"AAA")),
            ("length_4100", "Four characters more than a reader looks at.", long(mode, 4100)),
            ("length_before_encoding", "Too long, and not base64url either.", vec![b'.'; 4100]),
        ],
    )
}

fn alphabets(mode: Protection) -> Vec<Vector> {
    let at = |place: usize, characters: &[u8]| {
        let mut value = genuine(mode);
        value.splice(place..place + characters.len(), characters.iter().copied());
        value
    };
    let last = |characters: &[u8]| at(genuine(mode).len() - characters.len(), characters);
    texts(
        mode,
        "3",
        Encoding,
        vec![
            ("encoding_plus", "A character of the other alphabet.", at(20, b"+")),
            ("encoding_slash", "A character of the other alphabet.", at(20, b"/")),
            ("encoding_padding", "Padding for the last character.", last(b"=")),
            (
                "encoding_padding_added",
                "A group of nothing but padding.",
                [&genuine(mode)[..], b"===="].concat(),
            ),
            ("encoding_blank", "A blank.", at(20, b" ")),
            ("encoding_line_feed", "A line feed for the last character.", last(b"\n")),
            ("encoding_carriage_return", "A line end of two characters.", last(b"\r\n")),
            ("encoding_tab", "A tab.", at(20, b"\t")),
            ("encoding_nul", "A NUL.", at(20, b"\0")),
            ("encoding_dot", "A dot, as in the tokens of other formats.", at(20, b".")),
            ("encoding_percent", "A character escaped as in URLs.", at(20, b"%2D")),
            ("encoding_quotes", "Quotes around it.", [b"\"", &genuine(mode)[..], b"\"AA"].concat()),
            ("encoding_not_ascii", "A letter of two bytes.", at(20, "\u{e9}".as_bytes())),
            ("encoding_before_version", "Of another version, and not base64url either.", {
                let mut value = at(20, b".");
                value[0] = b'A';
                value
            }),
        ],
    )
}

fn versions(mode: Protection) -> Vec<Vector> {
    let first = |name, comment, byte| {
        case(mode, name, "14", comment).token(|token| token[0] = byte).refused(Version)
    };
    let ours = if mode == Protection::Encrypted { 0x11 } else { 0x49 };
    vec![
        case(mode, "version_of_the_other_mode", "15", "A token of the other mode, from our key.")
            .writer(|place| place.mode = other(mode))
            .refused(Version),
        first("version_0", "A version that there is not.", 0),
        first("version_next", "The next number.", ours + 1),
        first("version_with_the_top_bit", "Our number and one bit.", ours | 0x80),
        case(mode, "version_before_unknown_key", "14", "The other mode, and another key too.")
            .writer(|place| (place.mode, place.key) = (other(mode), 0x80))
            .refused(Version),
    ]
}

fn keys(mode: Protection) -> Vec<Vector> {
    vec![
        case(mode, "unknown_key", "4", "Sealed by a key that the ring does not have.")
            .writer(|place| place.key = 0x80)
            .refused(UnknownKey),
        case(mode, "unknown_key_of_zeros", "4", "Our key's seal over a key id that no key has.")
            .sealed_by(|keys, payload| {
                Keys { kid: [0; 4], ..keys.clone() }.token(mode, &R, b"", payload)
            })
            .refused(UnknownKey),
        case(mode, "unknown_key_almost", "4", "One bit of the key id is another.")
            .token(|token| token[4] ^= 1)
            .refused(UnknownKey),
        case(mode, "unknown_key_before_forged", "4", "No key of ours, and a bind too long.")
            .writer(|place| place.key = 0x80)
            .reader(|place| place.bind = vec![0x62; 1025])
            .refused(UnknownKey),
        case(mode, "forged_key_id_of_another_key", "4", "Another key's token under our key id.")
            .writer(|place| place.key = 0x80)
            .token(|token| {
                let ours = Keys::derive(&counting(0), "shop", "__Host-session").kid;
                token[1..5].copy_from_slice(&ours);
            })
            .refused(Forged),
    ]
}

fn altered(mode: Protection) -> Vec<Vector> {
    let (before, after) = frame(mode);
    let altered = |name, comment, change: &dyn Fn(&mut Vec<u8>)| {
        case(mode, name, "14", comment).token(change).refused(Forged)
    };
    let mut vectors = vec![
        altered("forged_payload_first_bit", "A bit of the flags.", &|token| token[before] ^= 0x80),
        altered("forged_payload_sid", "A bit of the session id.", &|token| token[before + 5] ^= 1),
        altered("forged_payload_padding", "The last byte of the payload.", &|token| {
            let at = token.len() - after - 1;
            token[at] ^= 1;
        }),
        altered("forged_tag_first_bit", "The first bit of the tag.", &|token| {
            let at = token.len() - after;
            token[at] ^= 0x80;
        }),
        altered("forged_tag_last_bit", "The last bit of the tag.", &|token| {
            *token.last_mut().unwrap() ^= 1;
        }),
        altered("forged_tag_of_zeros", "A tag of nothing but zeros.", &|token| {
            let at = token.len() - after;
            token[at..].fill(0);
        }),
        altered("forged_cut_at_the_end", "Three bytes are missing at the end.", &|token| {
            token.truncate(token.len() - 3);
        }),
        altered("forged_cut_in_the_payload", "Three bytes are missing in the payload.", &|token| {
            token.drain(before + 8..before + 11);
        }),
        altered("forged_longer", "Three zeros more at the end.", &|token| token.extend([0; 3])),
        altered("forged_longer_payload", "Three zeros more behind the payload.", &|token| {
            let at = token.len() - after;
            token.splice(at..at, [0; 3]);
        }),
        case(mode, "forged_tag_of_another_token", "14", "The tag of another session of ours.")
            .token(|token| {
                let another =
                    case(mode, "another", "14", "").session(|session| session.sid = [1; 16]);
                let another = another.sealed();
                let at = token.len() - after;
                token[at..].copy_from_slice(&another[at..]);
            })
            .refused(Forged),
    ];
    if mode == Protection::Encrypted {
        for (name, at) in [("forged_nonce_first_bit", 5), ("forged_nonce_last_bit", 28)] {
            vectors.push(altered(name, "A bit of the nonce.", &|token| token[at] ^= 0x01));
        }
    }
    vectors
}

fn moved(mode: Protection) -> Vec<Vector> {
    let moved = |name, rule, comment| case(mode, name, rule, comment);
    let bound = |case: Case, writer: &[u8], reader: &[u8]| {
        case.writer(|place| place.bind = writer.to_vec())
            .reader(|place| place.bind = reader.to_vec())
            .refused(Forged)
    };
    let also = |mode, app: &str, until: u64| format!("{} {app} {until}", mode_text(mode));
    vec![
        moved("forged_app_of_another", "14", "The cookie of another application.")
            .writer(|place| place.app = "shop-dev".into())
            .refused(Forged),
        moved("forged_name_of_another", "14", "Another cookie of the same application.")
            .writer(|place| place.name = "__Host-admin".into())
            .refused(Forged),
        moved("forged_name_in_other_letters", "14", "Names are told apart by their case.")
            .writer(|place| place.name = "__host-session".into())
            .refused(Forged),
        moved("forged_app_and_name_shifted", "14", "The same letters, divided elsewhere.")
            .writer(|place| (place.app, place.name) = ("shop__".into(), "Host-session".into()))
            .refused(Forged),
        bound(moved("forged_bind_missing", "5", "Bound, and opened without."), b"tenant", b""),
        bound(
            moved("forged_bind_added", "5", "Not bound, and opened with a bind."),
            b"",
            b"tenant",
        ),
        bound(
            moved("forged_bind_of_another", "5", "Bound to another context."),
            b"tenant-1",
            b"tenant-2",
        ),
        bound(moved("forged_bind_longer", "5", "A zero more."), b"tenant", b"tenant\0"),
        moved("forged_bind_of_1025_bytes", "5", "A bind too long, though the tag is over it.")
            .place(|place| place.bind = vec![0x62; 1025])
            .refused(Forged),
        moved("forged_also_open_too_late", "14", "In the second in which the context ends.")
            .writer(|place| place.app = "older".into())
            .option("also_open", also(mode, "older", CREATED + 60))
            .refused(Forged),
        moved("forged_also_open_of_a_third_app", "14", "In none of both contexts.")
            .writer(|place| place.app = "oldest".into())
            .option("also_open", also(mode, "older", CREATED + 1000))
            .refused(Forged),
        moved(
            "forged_also_open_of_its_own_mode",
            "14",
            "That context, in our mode instead of its.",
        )
        .writer(|place| place.app = "older".into())
        .option("also_open", also(other(mode), "older", CREATED + 1000))
        .refused(Forged),
        moved("version_also_open_too_late", "14", "The other mode, whose context has ended.")
            .writer(|place| place.mode = other(mode))
            .option("also_open", also(other(mode), "shop", CREATED + 60))
            .refused(Version),
    ]
}

fn mistagged(mode: Protection) -> Vec<Vector> {
    let (context, keys) = (
        move |keys: &Keys| keys.context(mode, b""),
        Keys::derive(&counting(0), "shop", "__Host-session"),
    );
    let sealed = |name, comment, seal: &dyn Fn(&[u8]) -> Vec<u8>| {
        case(mode, name, "14", comment).sealed_by(|_, payload| seal(payload)).refused(Forged)
    };
    let under = |context: &[u8], payload: &[u8]| match mode {
        Protection::Encrypted => {
            keys.encrypted(&keys.hedged(&R, context, payload), context, payload)
        }
        Protection::Signed => keys.signed(context, payload),
    };
    let mut vectors = vec![
        sealed("forged_tag_over_the_payload_alone", "The tag leaves out A.", &|payload| {
            under(b"", payload)
        }),
        sealed(
            "forged_tag_without_bind_length",
            "The tag leaves out the length of the bind.",
            &|payload| under(&context(&keys)[..5], payload),
        ),
        sealed(
            "forged_tag_with_a_short_bind_length",
            "The length of the bind in two bytes.",
            &|payload| under(&context(&keys)[..7], payload),
        ),
        sealed(
            "forged_tag_over_the_other_version",
            "The tag is over the other mode's byte.",
            &|payload| under(&keys.context(other(mode), b""), payload),
        ),
        sealed("forged_by_the_root_key", "Sealed with PRK, which is for derivation.", &|payload| {
            let keys = Keys { enc: keys.prk, sign: keys.prk, ..keys.clone() };
            keys.token(mode, &R, b"", payload)
        }),
        sealed(
            "forged_by_the_key_of_the_other_mode",
            "Each mode has a key of its own.",
            &|payload| {
                let keys = Keys { enc: keys.sign, sign: keys.enc, ..keys.clone() };
                keys.token(mode, &R, b"", payload)
            },
        ),
        sealed(
            "forged_by_the_master_key",
            "Sealed with the key that is in the ring.",
            &|payload| {
                let keys = Keys { enc: counting(0), sign: counting(0), ..keys.clone() };
                keys.token(mode, &R, b"", payload)
            },
        ),
    ];
    if mode == Protection::Signed {
        vectors.push(sealed(
            "forged_bind_byte_moved",
            "A byte of the payload has become a bind.",
            &|payload| {
                let (byte, rest) = payload.split_at(1);
                let mac = hmac(&keys.sign, &[&keys.context(mode, byte), rest]);
                [&[0x49][..], &keys.kid, payload, &mac].concat()
            },
        ));
    } else {
        vectors.push(sealed(
            "forged_in_the_clear",
            "A payload that is not encrypted.",
            &|payload| {
                let token = keys.token(mode, &R, b"", payload);
                let (front, tag) = (&token[..29], &token[token.len() - 16..]);
                [front, &filled(mode, payload), tag].concat()
            },
        ));
    }
    vectors
}
