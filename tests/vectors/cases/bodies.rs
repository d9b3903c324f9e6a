//! Steps 9 to 11: kinds, versions, bodies and shapes, for a reader that knows the session's type.

use cloakroom::{
    Protection,
    Rejection::{self, Body, ExpiredAbsolute, Kind, NewerVersion, OlderVersion, Shape},
};

use super::{CREATED, case, former_visit, visit};
use crate::file::Vector;

pub fn all(mode: Protection) -> Vec<Vector> {
    let mut vectors = kinds(mode);
    vectors.extend(typed(mode));
    vectors.extend(maps(mode));
    vectors
}

fn kinds(mode: Protection) -> Vec<Vector> {
    let of = |name, comment, reads: &'static str, kind, body: Vec<u8>| {
        case(mode, name, "T5", comment)
            .option("reads", reads)
            .session(|session| (session.kind, session.body) = (kind, body))
            .refused(Kind)
    };
    vec![
        of("kind_typed_to_values", "A typed body for a reader of Values.", "values", 0, visit(b"")),
        of("kind_values_to_typed", "A Values body for a reader of a type.", "visit", 1, vec![0]),
        of("kind_stored_to_typed", "No body for a reader of a type.", "visit", 2, vec![]),
        of("kind_stored_to_values", "No body for a reader of Values.", "values", 2, vec![]),
        of(
            "kind_before_body",
            "A damaged Values body for a reader of a type.",
            "visit",
            1,
            vec![9],
        ),
    ]
}

fn typed(mode: Protection) -> Vec<Vector> {
    let with = |name, rule, comment, reason: Rejection, change: &dyn Fn(&mut Vec<u8>)| {
        case(mode, name, rule, comment)
            .option("reads", "visit")
            .session(|session| change(&mut session.body))
            .refused(reason)
    };
    vec![
        with("newer_version", "T2", "A version that is not written yet.", NewerVersion, &|body| {
            body[0] = 4
        }),
        with("newer_version_255", "T2", "The last version.", NewerVersion, &|body| body[0] = 255),
        with(
            "older_version",
            "T2",
            "A version that nobody reads any more.",
            OlderVersion,
            &|body| body[0] = 1,
        ),
        with("older_version_0", "T2", "A version before the first.", OlderVersion, &|body| {
            body[0] = 0
        }),
        with("shape_of_another_type", "T4", "A bit of the shape is another.", Shape, &|body| {
            body[4] ^= 1
        }),
        with("shape_of_the_former_version", "T4", "The former version's shape.", Shape, &|body| {
            body[1..5].copy_from_slice(&former_visit()[1..5]);
        }),
        with(
            "body_of_the_former_version",
            "T3",
            "The former version's fields alone.",
            Body,
            &|body| {
                body.truncate(6);
            },
        ),
        with("body_byte_left_over", "T3", "A byte after the last field.", Body, &|body| {
            body.push(1)
        }),
        with(
            "body_zero_left_over",
            "13",
            "A zero after the last field, before the marker.",
            Body,
            &|body| body.push(0),
        ),
        with("body_cut", "T3", "The last byte of the text is missing.", Body, &|body| {
            body.pop();
        }),
        with("body_not_utf8", "T3", "Text that is not UTF-8.", Body, &|body| {
            *body.last_mut().unwrap() = 0xFF;
        }),
        with("body_length_of_2_64", "T3", "Text of 2^64 - 1 bytes.", Body, &|body| {
            body.truncate(6);
            body.extend([0xFF; 9]);
            body.push(1);
        }),
        with("body_number_too_large", "T3", "A u32 of 2^32.", Body, &|body| {
            body.splice(5..6, [0x80, 0x80, 0x80, 0x80, 0x10]);
        }),
        with("body_of_4_bytes", "T3", "Shorter than version and shape.", Body, &|body| {
            body.truncate(4)
        }),
        with(
            "body_of_4_bytes_of_version_9",
            "T3",
            "Too short, and of a newer version.",
            Body,
            &|body| {
                body.truncate(4);
                body[0] = 9;
            },
        ),
        with("body_before_shape", "T3", "Cut, and of another shape.", Body, &|body| {
            body[4] ^= 1;
            body.pop();
        }),
        case(mode, "order_expired_before_kind", "14", "Expired, and of another kind.")
            .option("reads", "values")
            .now(CREATED + 40 * 86_400)
            .refused(ExpiredAbsolute),
    ]
}

fn maps(mode: Protection) -> Vec<Vector> {
    let map = |name, rule, comment, body: &[u8]| {
        let body = body.to_vec();
        case(mode, name, rule, comment)
            .option("reads", "values")
            .session(|session| (session.kind, session.body) = (1, body))
            .refused(Body)
    };
    vec![
        map("values_table_too_long", "V1", "A table longer than the body.", b"\x05\x41b"),
        map("values_value_too_long", "V1", "A value longer than the body.", b"\x00\x41a\x02\x2a"),
        map("values_value_of_0_bytes", "V1", "A value of no bytes.", b"\x00\x41a\x00"),
        map("values_key_alone", "V1", "A key without a value.", b"\x00\x41a"),
        map("values_key_not_a_string", "V1", "A number for a key.", b"\x00\x07\x01\x2a"),
        map("values_key_not_utf8", "P4", "A key that is not UTF-8.", b"\x00\x41\xff\x01\x2a"),
        map("values_length_not_canonical", "V4", "The table's length in two bytes.", b"\x80\x00"),
        map(
            "values_name_twice",
            "V2",
            "A name twice in the table.",
            b"\x04\x41b\x41b\x41a\x01\x2a",
        ),
        map(
            "values_keys_descending",
            "V3",
            "Keys out of their order.",
            b"\x00\x41b\x01\x2a\x41a\x01\x2a",
        ),
        map("values_key_twice", "V3", "One key twice.", b"\x00\x41a\x01\x2a\x41a\x01\x2a"),
        map(
            "values_key_twice_in_two_forms",
            "V3",
            "One key as text and as hex.",
            b"\x00\x48deadbeef\x01\x2a\xe0\xde\xad\xbe\xef\x01\x2a",
        ),
    ]
}
