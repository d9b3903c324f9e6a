//! The reader: Python's grammar (`json.loads` of CPython 3.13), one pass, no recursion.

use alloc::{collections::BTreeMap, vec::Vec};

use super::{Json, JsonText, Node, Place};
use crate::import::{DOCUMENT_MAX, ImportError};

/// Levels of lists and maps. CPython 3.13 gives up at about as many.
const DEPTH_MAX: usize = 10_000;
/// Digits of an integer, which is where CPython stops (`sys.int_info.default_max_str_digits`).
const INTEGER_DIGITS_MAX: usize = 4300;

/// How bytes stand for characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// A byte is a character, as Django reads its payloads.
    Latin1,
    /// What everybody else writes.
    Utf8,
}

/// Reads a document.
pub(crate) fn read(text: &[u8], charset: Charset) -> Result<Json, ImportError> {
    if text.len() > DOCUMENT_MAX {
        return Err(ImportError::TooLarge);
    }
    if charset == Charset::Utf8 && core::str::from_utf8(text).is_err() {
        return Err(ImportError::Encoding);
    }
    Reader { rest: text, charset, nodes: Vec::new(), open: Vec::new() }.document()
}

struct Reader<'t> {
    rest: &'t [u8],
    charset: Charset,
    nodes: Vec<Node>,
    open: Vec<Open>,
}

/// A list or map that has not ended.
enum Open {
    List(Vec<Place>),
    /// With the name whose value comes next.
    Map(Vec<(JsonText, Place)>, JsonText),
}

impl Reader<'_> {
    fn document(mut self) -> Result<Json, ImportError> {
        loop {
            self.skip_blanks();
            let Some(node) = self.value()? else { continue };
            let mut place = self.add(node)?;
            // A value has ended, and with it perhaps what it stands in.
            loop {
                self.skip_blanks();
                match self.open.pop() {
                    None if self.rest.is_empty() => {
                        return Ok(Json { nodes: self.nodes, root: place });
                    }
                    None => return Err(ImportError::Json),
                    Some(Open::List(mut items)) => {
                        items.push(place);
                        match self.next()? {
                            b']' => place = self.add(Node::List(items))?,
                            b',' => {
                                self.open.push(Open::List(items));
                                break;
                            }
                            _ => return Err(ImportError::Json),
                        }
                    }
                    Some(Open::Map(mut members, name)) => {
                        members.push((name, place));
                        match self.next()? {
                            b'}' => place = self.add(Node::Map(last_wins(members)))?,
                            b',' => {
                                let name = self.name()?;
                                self.open.push(Open::Map(members, name));
                                break;
                            }
                            _ => return Err(ImportError::Json),
                        }
                    }
                }
            }
        }
    }

    /// A value that is whole; `None` where a list or map has begun.
    fn value(&mut self) -> Result<Option<Node>, ImportError> {
        match self.rest.first() {
            Some(b'{') => {
                self.skip(1);
                self.skip_blanks();
                if self.take(b"}") {
                    return self.leaf_level(Node::Map(Vec::new()));
                }
                let name = self.name()?;
                self.begin(Open::Map(Vec::new(), name))
            }
            Some(b'[') => {
                self.skip(1);
                self.skip_blanks();
                if self.take(b"]") {
                    return self.leaf_level(Node::List(Vec::new()));
                }
                self.begin(Open::List(Vec::new()))
            }
            Some(b'"') => {
                self.skip(1);
                self.text().map(|text| Some(Node::Text(text)))
            }
            Some(b'-' | b'0'..=b'9') if !self.rest.starts_with(b"-I") => self.number().map(Some),
            _ => self.word().map(Some),
        }
    }

    fn word(&mut self) -> Result<Node, ImportError> {
        let constant = |text: &str| Node::Number(text.into());
        for (word, node) in [
            ("null", Node::Null),
            ("true", Node::Bool(true)),
            ("false", Node::Bool(false)),
            ("NaN", constant("NaN")),
            ("Infinity", constant("Infinity")),
            ("-Infinity", constant("-Infinity")),
        ] {
            if self.take(word.as_bytes()) {
                return Ok(node);
            }
        }
        Err(ImportError::Json)
    }

    /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`, as much of it as there is.
    fn number(&mut self) -> Result<Node, ImportError> {
        let text = self.rest;
        self.take(b"-");
        let whole = if self.take(b"0") { 1 } else { self.digits() };
        if whole == 0 {
            return Err(ImportError::Json);
        }
        let mut is_integer = true;
        if let [b'.', b'0'..=b'9', ..] = self.rest {
            is_integer = false;
            self.skip(1);
            self.digits();
        }
        if let [b'e' | b'E', b'0'..=b'9', ..] | [b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..] =
            self.rest
        {
            is_integer = false;
            self.skip(2);
            self.digits();
        }
        if is_integer && whole > INTEGER_DIGITS_MAX {
            return Err(ImportError::JsonNumber);
        }
        let used = text.get(..text.len().saturating_sub(self.rest.len())).unwrap_or_default();
        let used = core::str::from_utf8(used).map_err(|_| ImportError::Json)?;
        Ok(Node::Number(used.into()))
    }

    fn digits(&mut self) -> usize {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.skip(count);
        count
    }

    /// A member's name and the colon behind it, after the brace or comma.
    fn name(&mut self) -> Result<JsonText, ImportError> {
        self.skip_blanks();
        if !self.take(b"\"") {
            return Err(ImportError::Json);
        }
        let name = self.text()?;
        self.skip_blanks();
        if self.take(b":") { Ok(name) } else { Err(ImportError::Json) }
    }

    /// The rest of a string, its first quote being read.
    fn text(&mut self) -> Result<JsonText, ImportError> {
        let mut text = JsonText::new();
        loop {
            let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
            let plain = self.rest.iter().take_while(is_plain).count();
            let (run, rest) = self.rest.split_at_checked(plain).unwrap_or_default();
            self.rest = rest;
            match self.charset {
                Charset::Utf8 => text.push_bytes(run),
                Charset::Latin1 if run.is_ascii() => text.push_bytes(run),
                Charset::Latin1 => run.iter().for_each(|byte| text.push(u32::from(*byte))),
            }
            match self.next()? {
                b'"' => return Ok(text),
                b'\\' => text.push(self.escaped()?),
                _ => return Err(ImportError::Json),
            }
        }
    }

    /// The code point of an escape, its backslash being read.
    fn escaped(&mut self) -> Result<u32, ImportError> {
        Ok(match self.next()? {
            plain @ (b'"' | b'\\' | b'/') => plain.into(),
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => 0x0a,
            b'r' => 0x0d,
            b't' => 0x09,
            b'u' => {
                let first = self.hex4()?;
                let before = self.rest;
                if (0xd800..0xdc00).contains(&first) && self.take(b"\\u") {
                    let second = self.hex4()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let beyond = (first & 0x3ff) << 10 | second & 0x3ff;
                        return Ok(beyond.saturating_add(0x1_0000));
                    }
                    // Two strangers: the second is read again, by itself.
                    self.rest = before;
                }
                first
            }
            _ => return Err(ImportError::Json),
        })
    }

    fn hex4(&mut self) -> Result<u32, ImportError> {
        let (digits, rest) = self.rest.split_first_chunk::<4>().ok_or(ImportError::Json)?;
        self.rest = rest;
        digits.iter().try_fold(0, |unit, digit| {
            let digit = char::from(*digit).to_digit(16).ok_or(ImportError::Json)?;
            Ok(unit << 4 | digit)
        })
    }

    fn begin(&mut self, open: Open) -> Result<Option<Node>, ImportError> {
        if self.open.len() >= DEPTH_MAX {
            return Err(ImportError::JsonDepth);
        }
        self.open.push(open);
        Ok(None)
    }

    /// A list or map without anything in it is a level all the same.
    fn leaf_level(&self, node: Node) -> Result<Option<Node>, ImportError> {
        if self.open.len() >= DEPTH_MAX { Err(ImportError::JsonDepth) } else { Ok(Some(node)) }
    }

    fn add(&mut self, node: Node) -> Result<Place, ImportError> {
        let place = Place::try_from(self.nodes.len()).map_err(|_| ImportError::TooLarge)?;
        self.nodes.push(node);
        Ok(place)
    }

    fn skip_blanks(&mut self) {
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let blanks = self.rest.iter().take_while(is_blank).count();
        self.skip(blanks);
    }

    fn next(&mut self) -> Result<u8, ImportError> {
        let (first, rest) = self.rest.split_first().ok_or(ImportError::Json)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, word: &[u8]) -> bool {
        self.rest.strip_prefix(word).map(|rest| self.rest = rest).is_some()
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

/// Of members of one name the last counts, where the first stands: a Python dictionary.
fn last_wins(members: Vec<(JsonText, Place)>) -> Vec<(JsonText, Place)> {
    let mut last: BTreeMap<&JsonText, Place> = BTreeMap::new();
    for (name, place) in &members {
        last.insert(name, *place);
    }
    if last.len() == members.len() {
        return members;
    }
    let mut kept = Vec::with_capacity(last.len());
    for (name, _) in &members {
        if let Some(place) = last.remove(name) {
            kept.push((name.clone(), place));
        }
    }
    kept
}
