//! Reads request headers as the bytes they are: no decoding, no guessing, no allocation.

use crate::limits::CANDIDATES_MAX;

/// The cookies of one name in a request, in the order of the headers, at most eight.
///
/// A browser sends no attributes, and several cookies of one name when they were set for several
/// paths or domains: which of them is ours, only their seals can say.
#[derive(Clone, Copy)]
pub struct Candidates<'h> {
    values: [&'h [u8]; CANDIDATES_MAX],
    len: usize,
}

impl<'h> Candidates<'h> {
    /// The values, untouched but for spaces and tabs around them.
    pub fn values(&self) -> &[&'h [u8]] {
        self.values.get(..self.len).unwrap_or(&self.values)
    }

    /// Whether the request carried a cookie of the name, be it empty.
    pub fn carried(&self) -> bool {
        self.len > 0
    }
}

/// Finds the first eight cookies called `name` in the `Cookie` headers of a request.
///
/// RFC 6265bis section 4.2.1, and nothing more lenient: pairs are split at `;`, a pair at its first
/// `=`; only SP and HTAB are trimmed; the name is compared byte by byte. There is no percent
/// decoding, no unquoting and no `$Version`: each of them has let a planted cookie pass for a
/// prefixed one elsewhere. A pair without `=` has a value and no name, and so is never ours.
///
/// Takes time in proportion to the headers' length.
pub fn candidates<'h>(headers: impl IntoIterator<Item = &'h [u8]>, name: &str) -> Candidates<'h> {
    let mut found = Candidates { values: [&[]; CANDIDATES_MAX], len: 0 };
    let ours = headers
        .into_iter()
        .flat_map(|header| split(header, b';'))
        .filter_map(|pair| value_of(pair, name.as_bytes()));
    for (slot, value) in found.values.iter_mut().zip(ours) {
        *slot = value;
        found.len = found.len.saturating_add(1);
    }
    found
}

/// The value of a pair, if this is its name.
fn value_of<'h>(pair: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    let mut halves = pair.splitn(2, |byte| *byte == b'=');
    let (found, value) = (halves.next()?, halves.next()?);
    (!name.is_empty() && trimmed(found) == name).then(|| trimmed(value))
}

/// Whether the `Vary` headers of a response already cover `Cookie` (RFC 9110 section 12.5.5).
pub fn vary_has<'h>(existing: impl IntoIterator<Item = &'h [u8]>) -> bool {
    existing
        .into_iter()
        .flat_map(|header| split(header, b','))
        .map(trimmed)
        .any(|member| member == b"*" || member.eq_ignore_ascii_case(b"cookie"))
}

/// The stretches of `bytes` between the separators.
fn split(bytes: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    core::iter::from_fn(move || {
        let bytes = rest?;
        let halves = find(bytes, separator).and_then(|at| bytes.split_at_checked(at));
        let (before, after) = match halves {
            Some((before, [_, after @ ..])) => (before, Some(after)),
            _ => (bytes, None),
        };
        rest = after;
        Some(before)
    })
}

/// Where `wanted` first is. A session's value is long and has no separator in it, so this looks at
/// sixteen bytes at a time, which compiles to vector instructions.
fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    let (chunks, _) = bytes.as_chunks::<16>();
    let has = |chunk: &&[u8; 16]| chunk.iter().fold(false, |any, byte| any | (*byte == wanted));
    let skipped = chunks.iter().take_while(|chunk| !has(chunk)).count().saturating_mul(16);
    let rest = bytes.get(skipped..)?;
    rest.iter().position(|byte| *byte == wanted).map(|at| skipped.saturating_add(at))
}

/// Without the white space of HTTP around it: SP and HTAB, and no other byte.
fn trimmed(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec, vec::Vec};

    use super::*;

    const NAME: &str = "__Host-session";

    /// The values found in one header, as bytes.
    fn found(header: impl AsRef<[u8]>) -> Vec<Vec<u8>> {
        candidates([header.as_ref()], NAME).values().iter().map(|value| value.to_vec()).collect()
    }

    #[test]
    fn one_cookie_among_others_is_found() {
        for header in [
            "__Host-session=v",
            "a=1; __Host-session=v; b=2",
            "a=1;__Host-session=v;b=2",
            ";;; __Host-session=v ;;;",
            "\t__Host-session\t=\tv\t",
            "a; =b; __Host-session = v ",
            "$Version=1; __Host-session=v; $Path=/",
            "x__Host-session=w; __Host-session=v; __Host-session2=w",
        ] {
            assert_eq!(found(header), [b"v"], "{header:?}");
        }
    }

    #[test]
    fn what_is_not_a_cookie_of_the_name_is_not_found() {
        for header in [
            "",
            ";;;",
            " ",
            "=",
            "=v",
            "__Host-session",
            "=__Host-session=v",
            "__host-session=v",
            "__HOST-SESSION=v",
            "%5F%5FHost-session=v",
            "__Host%2Dsession=v",
            "\"__Host-session\"=v",
            "\u{2000}__Host-session=v",
            "\u{a0}__Host-session=v",
            "\u{b}__Host-session=v",
            "\u{c}__Host-session=v",
            "\r__Host-session=v",
            "\n__Host-session=v",
            "\0__Host-session=v",
            "__Host-session\u{2000}=v",
            "__Host- session=v",
            "__Host-session[]=v",
            "a=1, __Host-session=v",
            "a=1\n__Host-session=v",
            "a=\"; b=1, __Host-session=v\"",
        ] {
            assert!(found(header).is_empty(), "{header:?}");
            assert!(!candidates([header.as_bytes()], NAME).carried(), "{header:?}");
        }
    }

    #[test]
    fn splitting_finds_every_separator_wherever_it_stands() {
        assert_eq!(split(&[b';'; 50], b';').count(), 51);
        for len in 0..50 {
            for first in 0..=len {
                for second in first..=len {
                    let bytes: Vec<u8> = (0..len)
                        .map(|at| if at == first || at == second { b';' } else { b'a' })
                        .collect();
                    assert!(split(&bytes, b';').eq(bytes.split(|byte| *byte == b';')), "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn a_quoted_separator_is_no_less_a_separator() {
        assert_eq!(found("a=\"; __Host-session=v\""), [b"v\""]);
    }

    #[test]
    fn the_value_is_passed_on_as_it_stands() {
        for value in ["\"v\"", "v=w", "==", "%76", "v w", "a,b", "\u{2000}v\u{a0}", "v\0\r\n"] {
            assert_eq!(found(format!("__Host-session= {value}\t; a=1")), [value.as_bytes()]);
        }
        assert_eq!(found(b"__Host-session=\xff\xfe"), [b"\xff\xfe"]);
        assert_eq!(found(b"\xff=\xfe; __Host-session=v; \xc3\x28"), [b"v"]);
        assert!(found(b"\xff__Host-session=v").is_empty());
    }

    #[test]
    fn an_empty_cookie_is_carried_and_tried() {
        for header in ["__Host-session=", "__Host-session= \t", "__Host-session=;"] {
            assert_eq!(found(header), [b""], "{header:?}");
            assert!(candidates([header.as_bytes()], NAME).carried(), "{header:?}");
        }
    }

    #[test]
    fn the_first_eight_of_a_name_are_tried_in_order_over_all_headers() {
        let pairs: Vec<String> = (0..9).map(|nth| format!("{NAME}={nth}")).collect();
        let eight = pairs[..8].join("; ");
        let in_order: Vec<Vec<u8>> = (b'0'..b'8').map(|digit| vec![digit]).collect();
        assert_eq!(found(&eight), in_order);
        assert_eq!(found(pairs.join("; ")), in_order);
        // HTTP/2 may send every pair as a header of its own (RFC 9113 section 8.2.3).
        let headers = pairs.iter().map(|pair| pair.as_bytes());
        assert_eq!(candidates(headers, NAME).values(), in_order);
        assert!(!candidates([], NAME).carried());
    }

    #[test]
    fn long_headers_are_read_to_their_end() {
        let cookies: String = (0..200).map(|nth| format!("c{nth}=v; ")).collect();
        assert_eq!(found(cookies + "__Host-session=v"), [b"v"]);
        for filler in [";", " ", "=", "a", "__Host-session"] {
            let header = filler.repeat(65_536 / filler.len()) + "; __Host-session=v";
            assert_eq!(found(header), [b"v"], "{filler:?}");
        }
    }

    #[test]
    fn no_cookie_has_the_empty_name() {
        assert!(!candidates([b"=v; ; =".as_slice()], "").carried());
    }

    #[test]
    fn vary_is_searched_as_a_list_without_regard_to_case() {
        let has = |lines: &[&str]| vary_has(lines.iter().map(|line| line.as_bytes()));
        for yes in ["Cookie", "cookie", "*", "Accept,COOKIE", "Accept ,\tcookie , Origin", ",,*"] {
            assert!(has(&[yes]), "{yes}");
            assert!(has(&["Accept", yes]), "{yes}");
        }
        for no in ["", "Accept", "Cookies", "Set-Cookie", "Cookie Accept", "**", "\u{a0}cookie"] {
            assert!(!has(&[no]), "{no}");
        }
        assert!(!has(&[]));
    }
}
