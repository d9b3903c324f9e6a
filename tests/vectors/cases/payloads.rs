//! Step 6: payloads that are not laid out as section 3 says, under a genuine seal.

use cloakroom::{Protection, Rejection::Malformed};

use super::{case, visit};
use crate::file::Vector;

pub fn all(mode: Protection) -> Vec<Vector> {
    let mut vectors = flags(mode);
    vectors.extend(ends(mode));
    vectors.extend(kinds(mode));
    vectors
}

fn flags(mode: Protection) -> Vec<Vector> {
    let flag = |name, comment, bits: u8| {
        case(mode, name, "8", comment).payload(|payload| payload[0] |= bits).refused(Malformed)
    };
    vec![
        flag("malformed_codec_2", "A codec that there is not.", 0b10),
        flag("malformed_codec_3", "A codec that there is not.", 0b11),
        flag("malformed_kind_3", "A kind that there is not.", 0b0011_0000),
        flag("malformed_flag_7", "The flag that is reserved.", 0b1000_0000),
    ]
}

fn ends(mode: Protection) -> Vec<Vector> {
    let change = |name, comment, change: &dyn Fn(&mut Vec<u8>)| {
        case(mode, name, "8", comment).payload(change).refused(Malformed)
    };
    let last = |payload: &mut Vec<u8>, byte| *payload.last_mut().unwrap() = byte;
    vec![
        change("malformed_no_marker", "The body runs to the end.", &|payload| {
            payload.pop();
            // Whatever the mode, no zero is added behind the letters.
            while payload.len() % 3 != if mode == Protection::Encrypted { 0 } else { 2 } {
                payload.push(b'x');
            }
        }),
        change("malformed_marker_81", "Another byte for the marker.", &|payload| {
            last(payload, 0x81)
        }),
        change("malformed_marker_01", "Another byte for the marker.", &|payload| {
            last(payload, 0x01)
        }),
        change("malformed_marker_00", "A zero for the marker.", &|payload| last(payload, 0x00)),
        change("malformed_padding_not_zero", "A one among the zeros.", &|payload| {
            payload.extend([0, 0, 0, 1]);
        }),
        change("malformed_zeros", "Nothing but zeros.", &|payload| payload.fill(0)),
        change("malformed_header_alone", "The header, and no marker.", &|payload| {
            payload.truncate(26);
            payload.push(0);
        }),
        change("malformed_lifetimes_missing", "Lifetimes are said to be present.", &|payload| {
            payload[0] |= 0b0100;
            payload.truncate(26);
            payload.push(0x80);
        }),
        change(
            "malformed_lifetimes_cut",
            "The marker where the idle time should be.",
            &|payload| {
                payload[0] |= 0b0100;
                payload.truncate(26);
                payload.extend([0, 0, 0x0E, 0x10, 0x80, 0, 0]);
            },
        ),
        change("malformed_claims_missing", "Claims are said to be present.", &|payload| {
            payload[0] |= 0b0100_0000;
            payload.truncate(26);
            payload.push(0);
        }),
    ]
}

fn kinds(mode: Protection) -> Vec<Vector> {
    let of = |name, comment, kind, body: Vec<u8>, stream: Option<Vec<u8>>| {
        case(mode, name, "10", comment)
            .session(|session| {
                (session.kind, session.body, session.stream) = (kind, body, stream);
            })
            .refused(Malformed)
    };
    vec![
        of("malformed_typed_empty", "A typed body of no bytes.", 0, vec![], None),
        of("malformed_values_empty", "A Values body of no bytes.", 1, vec![], None),
        of("malformed_stored_with_body", "A stored session with a body.", 2, visit(b""), None),
        of("malformed_stored_with_zero", "A stored session with a body of 00.", 2, vec![0], None),
        of("malformed_stored_deflated", "A stored session of codec 1.", 2, vec![], Some(vec![])),
        of("malformed_deflated_empty", "Codec 1, and no stream.", 0, vec![], Some(vec![])),
        of(
            "malformed_inflates_to_nothing",
            "A stream that holds no byte.",
            1,
            vec![],
            Some(vec![3, 0]),
        ),
        of(
            "malformed_stored_with_a_stream",
            "A stream that holds no byte.",
            2,
            vec![],
            Some(vec![3, 0]),
        ),
    ]
}
