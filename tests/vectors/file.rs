//! A vector file: lines of a key and its value, a blank line, the cookie's value, a line feed.

/// The keys of a file, in their order: what the reader is told, and
/// what it must find.
pub const TOLD: [&str; 21] = [
    "comment",
    "rule",
    "mode",
    "key",
    "app",
    "name",
    "bind",
    "now",
    "idle",
    "absolute",
    "max_idle",
    "max_absolute",
    "seal_from",
    "seal_until",
    "open_until",
    "revoked",
    "not_before",
    "also_open",
    "also_open",
    "reads",
    "record",
];
pub const FOUND: [&str; 14] = [
    "expect", "kid", "sid", "created", "issued", "own_life", "own_idle", "browser", "codec",
    "kind", "version", "shape", "claims", "body",
];

pub type Line = (&'static str, String);

/// A vector: what a reader is told, what it must find, and the cookie's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    pub name: String,
    pub told: Vec<Line>,
    pub found: Vec<Line>,
    pub value: Vec<u8>,
}

impl Vector {
    /// Reads a file, strictly: these keys in this order, each at most as often as listed.
    pub fn parse(name: &str, file: &[u8]) -> Self {
        let end = file.windows(2).position(|pair| pair == b"\n\n").expect("a blank line");
        let head = std::str::from_utf8(&file[..end]).expect("a header in UTF-8");
        let value = file[end + 2..].strip_suffix(b"\n").expect("a line feed at the end").to_vec();
        let mut keys = TOLD.into_iter().chain(FOUND);
        let lines = head.lines().map(|line| {
            let (key, value) = line.split_once(':').expect("a key, a colon and a value");
            let key = keys.find(|known| *known == key).unwrap_or_else(|| panic!("{name}: {key}"));
            (key, value.strip_prefix(' ').unwrap_or(value).to_owned())
        });
        let (told, found) = lines.partition(|(key, _)| TOLD.contains(key));
        Self { name: name.to_owned(), told, found, value }
    }

    /// The file.
    pub fn text(&self) -> Vec<u8> {
        let mut file = to_text(self.told.iter().chain(&self.found)).into_bytes();
        file.push(b'\n');
        file.extend(&self.value);
        file.push(b'\n');
        file
    }

    /// What the reader is told under `key`.
    pub fn told(&self, key: &str) -> Option<&str> {
        self.all_told(key).next()
    }

    pub fn all_told(&self, key: &str) -> impl Iterator<Item = &str> {
        self.told.iter().filter(move |(found, _)| *found == key).map(|(_, value)| value.as_str())
    }

    /// What the reader is told under a key that no file lacks.
    pub fn needs(&self, key: &str) -> &str {
        self.told(key).unwrap_or_else(|| panic!("{}: no {key}", self.name))
    }

    pub fn number(&self, key: &str) -> Option<u64> {
        self.told(key).map(|value| value.parse().expect("a number"))
    }

    pub fn finds(&self, key: &str) -> Option<&str> {
        self.found.iter().find(|(found, _)| *found == key).map(|(_, value)| value.as_str())
    }

    pub fn opens(&self) -> bool {
        self.finds("expect") == Some("ok")
    }

    pub fn is_deflated(&self) -> bool {
        self.finds("codec") == Some("deflate")
    }
}

/// Lines as they stand in a file.
pub fn to_text<'l>(lines: impl IntoIterator<Item = &'l Line>) -> String {
    let mut text = String::new();
    for (key, value) in lines {
        text.push_str(key);
        text.push_str(if value.is_empty() { ":" } else { ": " });
        text.push_str(value);
        text.push('\n');
    }
    text
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2) && text.is_ascii());
    let pairs = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits")).collect()
}
