//! One Rust file as the rules see it: tokens and comments, each with its line, and a mark on
//! every token that only test builds compile.
//!
//! This is a reader of well-formed Rust, not a parser: the compiler has already seen the file.

/// A word, a piece of punctuation (`::` is one), or a literal; a literal's content is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// The line it starts on, from 1.
    pub(crate) line: usize,
    /// The line it ends on: later than `line` for a long string.
    pub(crate) last_line: usize,
    /// Whether it stands under `#[cfg(test)]` or `#[cfg(doctest)]`.
    pub(crate) test: bool,
}

/// One line of a comment, without its slashes and the blanks around it.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A file of `src/`.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to `src/`, with `/` on every system.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Comment>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let mut reader = Reader { rest: text, line: 1, tokens: vec![], comments: vec![] };
        while reader.step() {}
        let mut tokens = reader.tokens;
        mark_tests(&mut tokens);
        Self { path: path.to_owned(), text: text.to_owned(), tokens, comments: reader.comments }
    }

    /// The tokens that a build without tests compiles.
    pub(crate) fn code(&self) -> Vec<&Token> {
        self.tokens.iter().filter(|token| !token.test).collect()
    }

    /// The path of the module that the file is: `["keys", "ring"]` for `keys/ring.rs`.
    pub(crate) fn module(&self) -> Vec<String> {
        let stem = self.path.trim_end_matches(".rs");
        let stem = stem.strip_suffix("/mod").unwrap_or(stem);
        stem.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
    }

    /// Files of modules that this one declares for test builds alone, as `src/` paths without
    /// their `.rs`.
    pub(crate) fn test_modules(&self) -> Vec<String> {
        let mut folder = self.module();
        let mut found = vec![];
        for window in self.tokens.windows(3) {
            let [keyword, name, end] = window else { continue };
            if keyword.test && keyword.text == "mod" && end.text == ";" {
                folder.push(name.text.clone());
                found.push(folder.join("/"));
                folder.pop();
            }
        }
        found
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
}

impl Reader<'_> {
    /// Takes one token, comment or blank off the front; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if self.rest.starts_with("//") {
            let len = self.rest.find('\n').unwrap_or(self.rest.len());
            self.comment(len);
        } else if self.rest.starts_with("/*") {
            self.comment(block_comment_len(self.rest));
        } else if let Some(len) = string_len(self.rest) {
            self.token(len, Some("\"\""));
        } else if first == '\'' {
            match char_len(self.rest) {
                Some(len) => self.token(len, Some("''")),
                None => self.token(1, None),
            }
        } else if first.is_alphanumeric() || first == '_' {
            let raw = if self.rest.starts_with("r#") { 2 } else { 0 };
            self.rest = &self.rest[raw..];
            let end = |c: char| !c.is_alphanumeric() && c != '_';
            self.token(self.rest.find(end).unwrap_or(self.rest.len()), None);
        } else if self.rest.starts_with("::") {
            self.token(2, None);
        } else if first.is_whitespace() {
            self.skip(first.len_utf8());
        } else {
            self.token(first.len_utf8(), None);
        }
        true
    }

    fn token(&mut self, len: usize, literal: Option<&str>) {
        let line = self.line;
        let taken = self.skip(len);
        let text = literal.unwrap_or(&taken).to_owned();
        self.tokens.push(Token { text, line, last_line: self.line, test: false });
    }

    fn comment(&mut self, len: usize) {
        let first = self.line;
        for (nth, text) in self.skip(len).lines().enumerate() {
            let text = text.trim().trim_start_matches(['/', '*', '!']).trim_end_matches("*/");
            self.comments.push(Comment { text: text.trim().to_owned(), line: first + nth });
        }
    }

    fn skip(&mut self, len: usize) -> String {
        let (taken, rest) = self.rest.split_at(len);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken.to_owned()
    }
}

fn block_comment_len(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of the string literal at the front, of whatever prefix, if there is one.
fn string_len(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|p| text.starts_with(p))?;
    let body = &text[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let inside = body[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", &body[..hashes]);
        let len = inside.find(&end).map_or(inside.len(), |at| at + end.len());
        return Some(prefix.len() + hashes + 1 + len);
    }
    let inside = body.strip_prefix('"')?;
    Some(prefix.len() + 1 + escaped_len(inside, '"'))
}

/// The length of the character literal at the front; `None` for a lifetime.
fn char_len(text: &str) -> Option<usize> {
    let inside = &text[1..];
    let mut chars = inside.chars();
    let first = chars.next()?;
    (first == '\\' || chars.next() == Some('\'')).then(|| 1 + escaped_len(inside, '\''))
}

/// Bytes up to and with the first `end` that no backslash stands before.
fn escaped_len(text: &str, end: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == end && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// Marks the items under `#[cfg(test)]`, `#[cfg(all(test, ...))]` and `#[cfg(doctest)]`.
fn mark_tests(tokens: &mut [Token]) {
    let mut at = 0;
    while at < tokens.len() {
        let end = match test_attribute(&tokens[at..]) {
            Some(0) => tokens.len(),
            Some(attribute) => at + attribute + item_len(&tokens[at + attribute..]),
            None => {
                at += 1;
                continue;
            }
        };
        tokens[at..end].iter_mut().for_each(|token| token.test = true);
        at = end;
    }
}

/// Tokens of the attribute at the front if it is for test builds; 0 if it speaks for the file.
fn test_attribute(tokens: &[Token]) -> Option<usize> {
    let text: Vec<&str> = tokens.iter().take(8).map(|token| token.text.as_str()).collect();
    match text.as_slice() {
        ["#", "[", "cfg", "(", "test" | "doctest", ")", ..]
        | ["#", "[", "cfg", "(", "all", "(", "test", ","] => Some(group_len(&tokens[1..]) + 1),
        ["#", "!", "[", "cfg", "(", "test", ..] => Some(0),
        _ => None,
    }
}

/// Tokens of the bracketed group at the front.
fn group_len(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// Tokens of the item, statement, field or arm at the front, its further attributes included.
fn item_len(tokens: &[Token]) -> usize {
    const ITEMS: [&str; 13] = [
        "pub", "fn", "mod", "use", "impl", "struct", "enum", "trait", "type", "const", "static",
        "async", "extern",
    ];
    let mut at = 0;
    while tokens.get(at).is_some_and(|token| token.text == "#") {
        at += 1 + group_len(&tokens[at + 1..]);
    }
    let is_item = tokens.get(at).is_some_and(|token| ITEMS.contains(&token.text.as_str()));
    let is_use = tokens[at..].iter().take(5).any(|token| token.text == "use");
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            ";" => return at + 1,
            "," if !is_item => return at + 1,
            ")" | "]" | "}" => return at,
            "(" | "[" => at += group_len(&tokens[at..]),
            "{" if is_use => at += group_len(&tokens[at..]),
            "{" => return at + group_len(&tokens[at..]),
            _ => at += 1,
        }
    }
    tokens.len()
}

mod tests {
    use super::Source;

    fn code(text: &str) -> String {
        let source = Source::new("a.rs", text);
        source.code().iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        assert_eq!(code("a // b\nc /* d /* e */ f */ g"), "a c g");
        assert_eq!(code(r##"a "b // \" c" r#"d " e"# br"\" f"##), "a \"\" \"\" \"\" f");
        assert_eq!(code(r"'a' '\'' '\\' x"), "'' '' '' x");
        assert_eq!(code("fn f<'a>(x: &'a str)"), "fn f < ' a > ( x : & ' a str )");
        assert_eq!(code("r#type::x"), "type :: x");
    }

    #[test]
    fn comments_keep_their_lines() {
        let source = Source::new("a.rs", "\"two\nlines\"\n/// one\n/* two\n * three */ x");
        let comments: Vec<_> = source.comments.iter().map(|c| (c.line, &*c.text)).collect();
        assert_eq!(comments, [(3, "one"), (4, "two"), (5, "three")]);
        let lines: Vec<_> = source.tokens.iter().map(|t| (t.line, t.last_line)).collect();
        assert_eq!(lines, [(1, 2), (5, 5)]);
    }

    #[test]
    fn what_only_tests_compile_is_cut_out() {
        assert_eq!(code("a; #[cfg(test)] mod tests { b; { c } } d"), "a ; d");
        assert_eq!(code("#[cfg(test)] #[allow(x)] fn f<A, B>(a: [u8; 2]) { b } c"), "c");
        assert_eq!(code("#[cfg(test)] pub(crate) use crate::{a, b}; c"), "c");
        assert_eq!(code("struct S { #[cfg(test)] a: u8, b: u8 }"), "struct S { b : u8 }");
        assert_eq!(code("#[cfg(all(test, unix))] mod tests; a"), "a");
        assert_eq!(code("#[cfg(doctest)] struct Readme; a"), "a");
        assert_eq!(code("#![cfg(test)] a"), "");
    }

    #[test]
    fn what_others_compile_too_stays() {
        for kept in
            ["#[cfg(not(test))] a", "#[cfg(any(test, b))] a", "#[cfg(feature = \"test\")] a"]
        {
            assert!(code(kept).ends_with('a'), "{kept}");
        }
    }

    #[test]
    fn a_module_for_tests_alone_names_its_file() {
        let declares = "mod a; #[cfg(test)] mod tests;";
        assert_eq!(Source::new("keys/mod.rs", declares).test_modules(), ["keys/tests"]);
        assert_eq!(Source::new("codec.rs", declares).test_modules(), ["codec/tests"]);
        assert_eq!(Source::new("lib.rs", declares).test_modules(), ["tests"]);
    }
}
