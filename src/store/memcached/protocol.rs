//! The meta commands of Memcached 1.6, as bytes.

use alloc::{format, string::String, vec::Vec};

/// How a value is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Where there is none.
    Add,
    /// Where there is one.
    Replace,
    /// Where there is the one that has this number.
    Compare(u64),
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is done.
    Done,
    /// There is no such value.
    Missing,
    /// There is a value that the mode does not want, or none that it wants.
    NotStored,
    /// The value has another number.
    Changed,
    Value {
        data: Vec<u8>,
        number: u64,
    },
    /// The server knows these commands.
    Here,
}

/// The first line of an answer, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Whole(Answer),
    /// So many bytes follow, of a value with this number, and an end of line.
    Value {
        len: usize,
        number: u64,
    },
}

/// Bytes of the longest value: what a server takes without a setting.
pub(super) const VALUE_MAX: usize = 1 << 20;
/// Bytes of the longest line.
pub(super) const LINE_MAX: u64 = 2048;

/// Asks whether the server knows these commands.
pub(super) const HELLO: &[u8] = b"mn\r\n";

/// Asks for a value and its number.
pub(super) fn get(key: &str) -> Vec<u8> {
    format!("mg {key} v c\r\n").into_bytes()
}

/// Puts a value that ends at `time`, in seconds as the server counts them.
pub(super) fn set(key: &str, mode: Mode, time: i64, value: &[u8]) -> Vec<u8> {
    let mode = match mode {
        Mode::Add => String::from("ME"),
        Mode::Replace => String::from("MR"),
        Mode::Compare(number) => format!("C{number}"),
    };
    let head = format!("ms {key} {} T{time} {mode}\r\n", value.len());
    [head.as_bytes(), value, b"\r\n"].concat()
}

pub(super) fn delete(key: &str) -> Vec<u8> {
    format!("md {key}\r\n").into_bytes()
}

impl Line {
    /// `None` for any other line, such as an error.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let mut words = core::str::from_utf8(line).ok()?.split(' ');
        let answer = match words.next()? {
            "HD" => Answer::Done,
            "EN" | "NF" => Answer::Missing,
            "NS" => Answer::NotStored,
            "EX" => Answer::Changed,
            "MN" => Answer::Here,
            "VA" => {
                let len = words.next()?.parse().ok().filter(|len| *len <= VALUE_MAX)?;
                let number = words.find_map(|word| word.strip_prefix('c'))?.parse().ok()?;
                return Some(Self::Value { len, number });
            }
            _ => return None,
        };
        Some(Self::Whole(answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_lines_with_the_value_behind() {
        assert_eq!(get("shop:A"), b"mg shop:A v c\r\n");
        assert_eq!(delete("shop:A"), b"md shop:A\r\n");
        let put = |mode| set("shop:A", mode, 1_790_000_000, b"a\r\n\0");
        assert_eq!(put(Mode::Add), b"ms shop:A 4 T1790000000 ME\r\na\r\n\0\r\n");
        assert_eq!(put(Mode::Replace), b"ms shop:A 4 T1790000000 MR\r\na\r\n\0\r\n");
        assert_eq!(put(Mode::Compare(77)), b"ms shop:A 4 T1790000000 C77\r\na\r\n\0\r\n");
    }

    #[test]
    fn every_answer_is_told_from_every_other() {
        for (line, answer) in [
            ("HD", Answer::Done),
            ("EN", Answer::Missing),
            ("NF", Answer::Missing),
            ("NS", Answer::NotStored),
            ("EX", Answer::Changed),
            ("MN", Answer::Here),
            ("HD c5", Answer::Done),
        ] {
            assert_eq!(Line::parse(line.as_bytes()), Some(Line::Whole(answer)), "{line}");
        }
        let value = Line::Value { len: 12, number: u64::MAX };
        assert_eq!(Line::parse(b"VA 12 c18446744073709551615"), Some(value));
        let longest = Line::Value { len: 1_048_576, number: 1 };
        assert_eq!(Line::parse(b"VA 1048576 f0 c1"), Some(longest));
    }

    #[test]
    fn a_line_that_is_no_answer_is_none() {
        for line in [
            "",
            "hd",
            "VA",
            "VA 12",
            "VA 12 t5",
            "VA 12 c",
            "VA -1 c5",
            "VA 1048577 c5",
            "VA 99999999999999999999 c5",
            "VALUE k 0 5",
            "ERROR",
            "CLIENT_ERROR bad data chunk",
            "SERVER_ERROR out of memory storing object",
            "HD\r",
            "\u{e9}",
        ] {
            assert_eq!(Line::parse(line.as_bytes()), None, "{line}");
        }
        assert_eq!(Line::parse(&[0xff]), None);
    }
}
