//! Reading `Cookie` and `Vary`, against a model and a few symmetries.
//!
//! Input: a byte that picks the name, then the headers, one a line.

use cloakroom::cookie;

const NAMES: [&str; 4] = ["__Host-session", "s", "$Version", "a.b"];
const MOST: usize = 8;

pub fn run(input: &[u8]) {
    let Some((pick, text)) = input.split_first() else { return };
    let name = NAMES[usize::from(*pick) % NAMES.len()];
    let headers: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();

    let (found, carried) = candidates(&headers, name);
    let expected = model(&headers, name);
    assert_eq!(found, expected[..expected.len().min(MOST)], "the model finds others");
    assert_eq!(carried, !expected.is_empty(), "carried, or not");

    for value in &found {
        assert!(!value.contains(&b';'), "a value runs over its end");
        assert!(text.as_ptr_range().contains(&value.as_ptr()) || value.is_empty(), "a copy");
    }

    cutting_a_header_at_a_semicolon_changes_nothing(&headers, name, &found);
    other_cookies_change_nothing(&headers, name, &found);
    the_first_cookie_is_tried_first(&headers, name, &found);
    vary(&headers);
}

/// The values of the cookies called `name`, and whether there was any.
pub fn candidates<'h>(headers: &[&'h [u8]], name: &str) -> (Vec<&'h [u8]>, bool) {
    let found = cookie::candidates(headers.iter().copied(), name);
    (found.values().to_vec(), found.carried())
}

/// The same rules, written as a machine that reads byte by byte.
fn model(headers: &[&[u8]], name: &str) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    for header in headers {
        let mut left = Vec::new();
        let mut right: Option<Vec<u8>> = None;
        for byte in header.iter().copied().chain([b';']) {
            match (byte, &mut right) {
                (b';', _) => {
                    if let Some(value) = right.take()
                        && trim(&left) == name.as_bytes()
                    {
                        values.push(trim(&value));
                    }
                    left.clear();
                }
                (b'=', None) => right = Some(Vec::new()),
                (byte, None) => left.push(byte),
                (byte, Some(value)) => value.push(byte),
            }
        }
    }
    values
}

fn trim(bytes: &[u8]) -> Vec<u8> {
    let is_blank = |byte: &&u8| **byte == 0x20 || **byte == 0x09;
    let front = bytes.iter().take_while(is_blank).count();
    let back = bytes.iter().rev().take_while(is_blank).count();
    if front == bytes.len() { Vec::new() } else { bytes[front..bytes.len() - back].to_vec() }
}

/// HTTP/2 cuts where it likes.
fn cutting_a_header_at_a_semicolon_changes_nothing(headers: &[&[u8]], name: &str, found: &[&[u8]]) {
    let pieces: Vec<&[u8]> =
        headers.iter().flat_map(|header| header.split(|byte| *byte == b';')).collect();
    assert_eq!(candidates(&pieces, name).0, found);
    assert_eq!(candidates(&[pieces.join(&b';').as_slice()], name).0, found);
}

fn other_cookies_change_nothing(headers: &[&[u8]], name: &str, found: &[&[u8]]) {
    let mut more = vec![b"other=1; ; =x; nameless".as_slice()];
    more.extend(headers);
    more.push(b"other=2");
    assert_eq!(candidates(&more, name).0, found);
}

fn the_first_cookie_is_tried_first(headers: &[&[u8]], name: &str, found: &[&[u8]]) {
    let ours = format!("{name}=ours");
    let mut more = vec![ours.as_bytes()];
    more.extend(headers);
    let (values, carried) = candidates(&more, name);
    assert!(carried);
    assert_eq!(values[0], b"ours");
    assert_eq!(values[1..], found[..found.len().min(MOST - 1)]);
}

fn vary(headers: &[&[u8]]) {
    let listed = headers.iter().any(|header| {
        header
            .split(|byte| *byte == b',')
            .map(trim)
            .any(|member| member == b"*" || member.eq_ignore_ascii_case(b"cookie"))
    });
    assert_eq!(cookie::vary_has(headers.iter().copied()), listed);
    let mut more = headers.to_vec();
    more.push(b"Accept, Cookie");
    assert!(cookie::vary_has(more));
}
