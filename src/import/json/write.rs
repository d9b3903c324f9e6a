//! The writer: byte for byte what Python's `json.dumps(value, separators=(",", ":"))` writes.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write;

use super::{
    JsonText, JsonValue, Node,
    view::{JsonItems, JsonMembers},
};

/// What is left of a list or map.
enum Left<'j> {
    Items(JsonItems<'j>),
    Members(JsonMembers<'j>),
}

/// `value` as Python would write it.
pub(super) fn python(value: JsonValue<'_>) -> String {
    let mut out = String::new();
    let mut open: Vec<Left<'_>> = Vec::new();
    let mut next = Some(value);
    loop {
        if let Some(value) = next.take() {
            begin(value, &mut out, &mut open);
        }
        let Some(left) = open.last_mut() else { return out };
        // Strings end with a quote, so a bracket at the end is one that has just been opened.
        let comma = if out.ends_with(['[', '{']) { "" } else { "," };
        match left {
            Left::Items(items) => match items.next() {
                Some(item) => {
                    out.push_str(comma);
                    next = Some(item);
                }
                None => {
                    out.push(']');
                    open.pop();
                }
            },
            Left::Members(members) => match members.next() {
                Some((name, value)) => {
                    out.push_str(comma);
                    text(name, &mut out);
                    out.push(':');
                    next = Some(value);
                }
                None => {
                    out.push('}');
                    open.pop();
                }
            },
        }
    }
}

/// Writes a value, or the bracket with which it begins.
fn begin<'j>(value: JsonValue<'j>, out: &mut String, open: &mut Vec<Left<'j>>) {
    match value.node() {
        Node::Null => out.push_str("null"),
        Node::Bool(true) => out.push_str("true"),
        Node::Bool(false) => out.push_str("false"),
        Node::Number(number) => out.push_str(&python_number(number)),
        Node::Text(string) => text(string, out),
        Node::List(_) => {
            out.push('[');
            open.extend(value.items().map(Left::Items));
        }
        Node::Map(_) => {
            out.push('{');
            open.extend(value.members().map(Left::Members));
        }
    }
}

/// A string in plain ASCII.
pub(super) fn text(string: &JsonText, out: &mut String) {
    out.push('"');
    string.units().for_each(|unit| push(unit, out));
    out.push('"');
}

/// A code point in plain ASCII, inside a string.
pub(super) fn push(unit: u32, out: &mut String) {
    // Writing into a string does not fail.
    let _ = match unit {
        0x22 => out.write_str("\\\""),
        0x5c => out.write_str("\\\\"),
        0x08 => out.write_str("\\b"),
        0x0c => out.write_str("\\f"),
        0x0a => out.write_str("\\n"),
        0x0d => out.write_str("\\r"),
        0x09 => out.write_str("\\t"),
        0x20..0x7f => {
            out.extend(char::from_u32(unit));
            Ok(())
        }
        0..0x1_0000 => write!(out, "\\u{unit:04x}"),
        _ => {
            let beyond = unit.wrapping_sub(0x1_0000);
            write!(out, "\\u{:04x}\\u{:04x}", 0xd800 | beyond >> 10, 0xdc00 | beyond & 0x3ff)
        }
    };
}

/// A number as Python writes it once it has read it.
fn python_number(number: &str) -> String {
    if !number.contains(['.', 'e', 'E']) {
        let is_zero = number == "-0";
        return if is_zero { "0".to_string() } else { number.to_string() };
    }
    number.parse().map_or_else(|_| number.to_string(), python_float)
}

/// Python's `repr` of a float: the shortest digits, an exponent below 1e-4 and from 1e16.
pub(super) fn python_float(float: f64) -> String {
    if float.is_nan() {
        return "NaN".to_string();
    }
    if float.is_infinite() {
        return if float > 0.0 { "Infinity" } else { "-Infinity" }.to_string();
    }
    let shortest = format!("{float:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        // Rust writes a float without an exponent here, and with a point.
        _ => format!("{float:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Json;

    #[track_caller]
    fn rewritten(text: &str, expected: &str) {
        assert_eq!(Json::parse(text).unwrap().root().to_python(), expected);
    }

    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (float, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.234_567_890_123_456_8e17, "1.2345678901234568e+17"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (-2.5e100, "-2.5e+100"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(python_float(float), text);
        }
    }

    #[test]
    fn numbers_are_what_python_has_read() {
        rewritten(
            "[-0, 0, -0.0, 1.50, 1E2, 1e400, -1e400]",
            "[0,0,-0.0,1.5,100.0,Infinity,-Infinity]",
        );
        rewritten("[NaN,Infinity,-Infinity]", "[NaN,Infinity,-Infinity]");
        rewritten("123456789012345678901234567890", "123456789012345678901234567890");
    }

    #[test]
    fn strings_are_plain_ascii() {
        rewritten(
            "\"\\u0000\\b\\f\\n\\r\\t\\u001f\\\"\\\\\\/\u{7f}é\u{20ac}😀\\ud83d\"",
            "\"\\u0000\\b\\f\\n\\r\\t\\u001f\\\"\\\\/\\u007f\\u00e9\\u20ac\\ud83d\\ude00\\ud83d\"",
        );
    }

    #[test]
    fn brackets_and_commas_stand_where_they_must() {
        let text = r#"{"a":[],"b":{},"[":["[",{"{":"{"},[[1],2]],"c":null}"#;
        rewritten(text, text);
    }
}
