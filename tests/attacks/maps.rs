//! Maps under a genuine seal that no writer wrote: refused whole, or an error of the one value.

use cloakroom::{
    FixedEntropy, Protection,
    Rejection::{self, Body},
    Values,
};

use crate::workbench::{MODES, NOW, codec, forge, seal};

/// What `body` comes to as a map.
fn read(mode: Protection, body: &[u8]) -> Result<Values, Rejection> {
    let mut payload = vec![1 << 4];
    payload.extend([0xa5; 16]);
    payload.extend(&NOW.as_unix().to_be_bytes()[3..]);
    payload.extend([0; 4]);
    payload.extend(body);
    payload.push(0x80);
    let value = forge(mode).seal(&payload, b"", &FixedEntropy::repeating(9)).unwrap();
    let opened = codec(mode).open(value.as_bytes(), b"", NOW).unwrap();
    opened.decode().map_err(|error| error.reason())
}

#[track_caller]
fn refused(body: &[u8]) {
    for mode in MODES {
        assert_eq!(read(mode, body).map(|found| found.len()), Err(Body));
    }
}

fn genuine() -> Vec<u8> {
    let mut values = Values::new();
    values.insert("user", &42).unwrap();
    values.insert("token", "kX3-vQ9_bT7wZc1Lr5NfYh2UeGm8JsPaDo4iKq6RxWk").unwrap();
    values.insert("cart", &[std::collections::BTreeMap::from([("article", 1)])]).unwrap();
    let codec = codec(Protection::Signed);
    let opened = codec.open(seal(&codec, &values, 1).unwrap().as_bytes(), b"", NOW).unwrap();
    opened.expose_body().to_vec()
}

#[test]
fn a_map_cut_inside_an_entry_or_followed_by_bytes_is_refused_or_shorter_by_whole_entries() {
    let body = genuine();
    for mode in MODES {
        assert_eq!(read(mode, &body).map(|found| found.len()), Ok(3));
        for len in 1..body.len() {
            // Entries follow each other to the end, so a cut between two leaves a map.
            let found = read(mode, &body[..len]).map(|found| found.len());
            assert!(matches!(found, Err(Body) | Ok(0..=2)), "{found:?}");
        }
    }
    for more in [&[0][..], &[0, 0, 0], &[0xff], &[0xae], &[0x41, b'z'], &[0x41, b'z', 0]] {
        refused(&[&body[..], more].concat());
    }
}

#[test]
fn a_map_with_any_one_byte_replaced_never_panics_and_never_grows() {
    let body = genuine();
    for at in 0..body.len() {
        for byte in [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x90, 0xa3, 0xa7, 0xa8, 0xae, 0xc0, 0xe0, 0xff] {
            let mut damaged = body.clone();
            damaged[at] = byte;
            let Ok(found) = read(Protection::Signed, &damaged) else { continue };
            assert!(found.len() <= 3);
            for key in found.keys() {
                // Of some type or of none.
                let _ = found.get::<u64>(key);
                let _ = found.get::<String>(key);
                let _ = found.get::<Vec<std::collections::BTreeMap<String, u8>>>(key);
            }
        }
    }
}

#[test]
fn keys_twice_or_out_of_order_and_names_twice_are_refused() {
    refused(&[0, 0x41, b'a', 1, 1, 0x41, b'a', 1, 1]);
    refused(&[0, 0x41, b'b', 1, 1, 0x41, b'a', 1, 1]);
    refused(&[4, 0x41, b'a', 0x41, b'a']);
}

#[test]
fn numbers_that_are_not_in_their_shortest_form_are_refused() {
    // The length of the table, and of a value.
    refused(&[0x80, 0]);
    refused(&[0, 0x41, b'a', 0x81, 0, 1]);
    // A value is verified when it is read.
    for long in
        [&[0xa3, 5][..], &[0xa3, 0xc0, 0x80, 0], &[0xa4, 3], &[0xa9, 1, b'x'], &[0xa7, 1, 0]]
    {
        let len = u8::try_from(long.len()).unwrap();
        let body = [&[0, 0x41, b'a', len][..], long].concat();
        let found = read(Protection::Signed, &body).unwrap();
        assert!(found.get::<u64>("a").is_err() && found.get::<String>("a").is_err());
        assert!(found.get::<Vec<u8>>("a").is_err() && found.get::<i64>("a").is_err());
    }
}

#[test]
fn a_claimed_length_of_gigabytes_is_refused_at_once() {
    let claims = [0xff, 0xff, 0xff, 0xff, 0x0f];
    refused(&claims);
    refused(&[&[0, 0x41, b'a'][..], &claims].concat());
    for tag in [0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xac, 0xad] {
        let body = [&[0, 0x41, b'a', 6, tag][..], &claims].concat();
        let found = read(Protection::Signed, &body).unwrap();
        assert!(found.get::<Vec<u64>>("a").is_err() && found.get::<String>("a").is_err());
    }
}

#[test]
fn a_list_nested_65_deep_is_an_error_and_not_a_full_stack() {
    #[derive(serde::Deserialize)]
    struct List(#[allow(dead_code)] Vec<List>);
    for depth in [65, 100, 2000] {
        let mut value = vec![0x81; depth];
        value.push(0x80);
        let len = value.len();
        let mut body = vec![0, 0x41, b'a'];
        body.extend(if len < 128 {
            vec![len as u8]
        } else {
            vec![len as u8 | 0x80, (len >> 7) as u8]
        });
        body.extend(&value);
        let found = read(Protection::Signed, &body).unwrap();
        assert!(found.get::<List>("a").is_err(), "{depth}");
    }
}

#[test]
fn more_than_1024_entries_are_refused() {
    // Two characters a key, so that the keys ascend.
    let entries = |count: usize| {
        let mut body = vec![0];
        for nth in 0..count {
            let key = [b'0' + (nth / 64) as u8, b'0' + (nth % 64) as u8];
            body.extend([0x42, key[0], key[1], 1, 1]);
        }
        body
    };
    // As many as fit a cookie without deflate are no problem.
    assert_eq!(read(Protection::Signed, &entries(580)).map(|found| found.len()), Ok(580));
    let small = cloakroom::__fuzz::deflate(&entries(1025)).unwrap();
    let mut payload = vec![1 << 4 | 1];
    payload.extend([0xa5; 16]);
    payload.extend(&NOW.as_unix().to_be_bytes()[3..]);
    payload.extend([0; 4]);
    payload.extend(small);
    payload.push(0x80);
    let value = forge(Protection::Signed).seal(&payload, b"", &FixedEntropy::repeating(9)).unwrap();
    let opened = codec(Protection::Signed).open(value.as_bytes(), b"", NOW).unwrap();
    assert_eq!(opened.expose_body().len(), 1 + 1025 * 5);
    assert_eq!(opened.decode::<Values>().map(|found| found.len()).unwrap_err().reason(), Body);
}
