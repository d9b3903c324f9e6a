//! Bodies that no writer of ours makes.

use alloc::{collections::BTreeMap, format, string::String, vec, vec::Vec};

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{Kind, ValueError, Values, buffer::Buffer, decode, encode, values_wire as wire};
use crate::Rejection;

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Item {
    id: u32,
    name: String,
    tags: Vec<String>,
}

#[derive(Serialize, Deserialize)]
enum State {
    Idle,
    Busy { since: i64 },
}

fn opened(body: &[u8]) -> Result<Values, Rejection> {
    decode(Kind::Values, body)
}

fn refused(body: &[u8]) {
    assert_eq!(opened(body).unwrap_err(), Rejection::Body, "{body:02x?}");
}

/// Reads every value as anything, and says whether all are whole.
fn all_read(values: &Values) -> bool {
    values.keys().all(|key| values.get::<IgnoredAny>(key).is_ok())
}

/// A session with something of everything.
fn sample() -> Vec<u8> {
    let items = (0..2).map(|id| Item {
        id: id * 40_000,
        name: format!("Item number {id}"),
        tags: vec!["deadbeef".into(), "dBjftJeZ4CU".into(), "\u{1f36a}".into()],
    });
    let mut values = Values::new();
    values.insert("items", &items.collect::<Vec<_>>()).unwrap();
    values.insert("states", &[State::Idle, State::Busy { since: -7 }]).unwrap();
    values.insert("uuid", "0f8fad5b-d9cb-469f-a165-70867728950e").unwrap();
    values.insert("numbers", &(1.5, -1_000, None::<u8>, true, u64::MAX)).unwrap();
    values.insert("a longer key that is packed", &BTreeMap::from([(7, "x")])).unwrap();
    encode(&values, None).unwrap().to_vec()
}

#[test]
fn a_body_cut_anywhere_errors_and_never_panics() {
    let body = sample();
    assert!(all_read(&opened(&body).unwrap()));
    let mut boundaries = 0;
    for len in 0..body.len() {
        match opened(&body[..len]) {
            Err(rejection) => assert_eq!(rejection, Rejection::Body),
            // Cut between two entries: a smaller map, all in order.
            Ok(values) => {
                assert!(all_read(&values));
                boundaries += 1;
            }
        }
    }
    assert_eq!(boundaries, 5);
}

#[test]
fn any_one_byte_changed_never_panics_and_stays_in_the_format() {
    let body = sample();
    for at in 0..body.len() {
        for byte in 0..=255 {
            let mut changed = body.clone();
            changed[at] = byte;
            let Ok(mut values) = opened(&changed) else { continue };
            let whole = all_read(&values);
            let _ = values.get::<Vec<Item>>("items");
            let _ = values.get::<[State; 2]>("states");
            assert_eq!(encode(&values, None).unwrap().as_slice(), changed);
            assert_eq!(serde_json::to_value(&values).is_ok(), whole, "{at} {byte:02x}");
            // A change makes the names be renumbered, which needs every value to be whole.
            values.insert("zzz", &1).unwrap();
            if let Ok(body) = encode(&values, None) {
                assert_eq!(all_read(&opened(&body).unwrap()), whole, "{at} {byte:02x}");
            } else {
                assert!(!whole);
            }
        }
    }
}

#[test]
fn short_bodies_of_every_kind_never_panic() {
    refused(&[]);
    for a in 0..=255 {
        for b in 0..=255 {
            for tail in [&[][..], &[0], &[0x40, 0x01, 0x00], &[0x41, b'a', 0x02, 0x91, 0x00]] {
                if let Ok(values) = opened(&[&[a, b], tail].concat()) {
                    all_read(&values);
                }
            }
        }
    }
}

#[test]
fn a_body_of_16_kib_is_accepted_and_a_longer_one_refused() {
    let body = |len: usize| {
        let mut body = Buffer::default();
        wire::write_len(&mut body, 0);
        wire::write_string(&mut body, "");
        // Both lengths take two bytes.
        wire::write_len(&mut body, len - 4);
        wire::write_bytes(&mut body, &vec![7; len - 7]);
        assert_eq!(body.len(), len);
        body.as_slice().to_vec()
    };
    let values = opened(&body(16_384)).unwrap();
    assert!(all_read(&values));
    refused(&body(16_385));
}

#[test]
fn a_name_twice_in_the_table_is_refused() {
    assert!(opened(b"\x04\x41a\x41b").is_ok());
    refused(b"\x04\x41a\x41a");
    // The same name in two forms.
    refused(b"\x07\x43302\x60\x64\x02");
    // A table that holds something else, or that ends inside a name.
    refused(b"\x01\x05");
    refused(b"\x02\x42a");
    refused(b"\x05\x41a");
}

#[test]
fn half_a_character_is_no_name_and_no_key() {
    // The two halves of one character, each called a text, are UTF-8 together.
    refused(b"\x04\x41\xc3\x41\xa9");
    refused(b"\x00\x41\xa9\x01\x00");
    refused(b"\x00\x41\xc3\x01\x00\x41\xc3\x01\x00");
    refused(b"\x00\x41\xc3\x01\x00\x42\xc4\xa9\x01\x00");
}

#[test]
fn keys_out_of_order_or_twice_are_refused() {
    assert!(opened(b"\x00\x41a\x01\x00\x41b\x01\x00").is_ok());
    refused(b"\x00\x41b\x01\x00\x41a\x01\x00");
    refused(b"\x00\x41a\x01\x00\x41a\x01\x00");
    refused(b"\x00\x43302\x01\x00\x60\x64\x02\x01\x00");
    // A key that is no string, and a value of no bytes.
    refused(b"\x00\x05\x01\x00");
    refused(b"\x00\x41a\x00");
}

#[test]
fn more_than_1024_keys_are_refused() {
    let body = |keys: u16| {
        let mut body = vec![0x00];
        for n in 0..keys {
            let [high, low] = n.to_be_bytes();
            body.extend([0xe0, 0, 0, high, low, 1, 0]);
        }
        body
    };
    assert_eq!(opened(&body(1_024)).unwrap().len(), 1_024);
    refused(&body(1_025));
}

#[test]
fn a_key_twice_in_a_nested_map_is_refused() {
    let read = |value: &[u8]| {
        let len = u8::try_from(value.len()).unwrap();
        let body = [b"\x04\x41a\x41b\x41k", &[len][..], value].concat();
        opened(&body).unwrap().get::<BTreeMap<String, u8>>("k")
    };
    assert!(read(&[0x92, 0, 1, 1, 2]).is_ok());
    assert_eq!(read(&[0x92, 0, 1, 0, 2]), Err(ValueError::Malformed));
}

#[test]
fn a_place_beyond_the_table_is_refused() {
    for place in [2, 0x7f] {
        let values = opened(&[4, 0x41, b'a', 0x41, b'b', 0x41, b'k', 3, 0x91, place, 0]).unwrap();
        assert_eq!(values.get::<IgnoredAny>("k").unwrap_err(), ValueError::Malformed);
    }
}

#[test]
fn bytes_after_a_value_are_refused() {
    let values = opened(b"\x00\x41k\x02\x05\x05").unwrap();
    assert_eq!(values.get::<u8>("k"), Err(ValueError::Malformed));
}

#[test]
fn a_claimed_length_allocates_nothing() {
    // Four thousand million bytes, values, entries or characters, in six bytes.
    for tag in [0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xac, 0xad] {
        let value = [tag, 0xff, 0xff, 0xff, 0xff, 0x0f];
        let values = opened(&[b"\x00\x41k\x06", &value[..]].concat()).unwrap();
        assert_eq!(values.get::<IgnoredAny>("k").unwrap_err(), ValueError::Malformed);
    }
    refused(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
    refused(&[0x00, 0x41, b'k', 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]);
}

#[test]
fn a_damaged_value_hurts_only_its_own_reader() {
    let mut values = opened(b"\x00\x41a\x01\xae\x41b\x01\x07").unwrap();
    assert_eq!(values.get::<u8>("b"), Ok(Some(7)));
    assert_eq!(values.get::<u8>("a"), Err(ValueError::Malformed));
    values.insert("b", &8).unwrap();
    assert_eq!(encode(&values, None).unwrap().as_slice(), b"\x00\x41a\x01\xae\x41b\x01\x08");
    assert!(values.remove("a"));
    assert_eq!(encode(&values, None).unwrap().as_slice(), b"\x00\x41b\x01\x08");
}
