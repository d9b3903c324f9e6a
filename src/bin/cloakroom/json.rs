//! JSON, written: objects of numbers, booleans, short texts and lists of objects.

use std::fmt::Write;

/// An object in the making, its members in the order in which they are given.
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self(String::new())
    }

    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        self.raw(name, &quoted(value))
    }

    pub(crate) fn number(self, name: &str, value: u64) -> Self {
        self.raw(name, &value.to_string())
    }

    pub(crate) fn flag(self, name: &str, value: bool) -> Self {
        self.raw(name, if value { "true" } else { "false" })
    }

    /// A number or null.
    pub(crate) fn maybe(self, name: &str, value: Option<u64>) -> Self {
        self.raw(name, &value.map_or("null".to_owned(), |value| value.to_string()))
    }

    /// A text or null.
    pub(crate) fn maybe_text(self, name: &str, value: Option<&str>) -> Self {
        self.raw(name, &value.map_or("null".to_owned(), quoted))
    }

    /// An object or null.
    pub(crate) fn object(self, name: &str, value: Option<Self>) -> Self {
        self.raw(name, &value.map_or("null".to_owned(), Self::finish))
    }

    pub(crate) fn list(self, name: &str, values: impl Iterator<Item = Self>) -> Self {
        let values: Vec<_> = values.map(Self::finish).collect();
        self.raw(name, &format!("[{}]", values.join(",")))
    }

    pub(crate) fn finish(self) -> String {
        format!("{{{}}}", self.0)
    }

    fn raw(mut self, name: &str, value: &str) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        self.0.push_str(comma);
        self.0.push_str(&quoted(name));
        self.0.push(':');
        self.0.push_str(value);
        self
    }
}

pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\x1f' => {
                // Writing into a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_member_is_written() {
        let inner = || Object::new().flag("yes", true);
        let all = Object::new()
            .text("t", "a\"\\\n")
            .number("n", 7)
            .maybe("m", None)
            .maybe_text("s", Some("x"))
            .object("o", Some(inner()))
            .object("p", None)
            .list("l", [inner(), Object::new()].into_iter());
        let expected = concat!(
            r#"{"t":"a\"\\\u000a","n":7,"m":null,"s":"x","o":{"yes":true},"p":null,"#,
            r#""l":[{"yes":true},{}]}"#
        );
        assert_eq!(all.finish(), expected);
    }
}
