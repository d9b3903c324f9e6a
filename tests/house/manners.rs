//! Sizes, words and comments.

use super::imports::{OWNERS, Owner};
use super::source::{Source, Token};

/// Lines of a file, tests included.
pub(crate) const FILE_MAX: usize = 400;
/// Lines of code of an adapter: comments, blank lines and tests apart.
pub(crate) const ADAPTER_MAX: usize = 200;

/// Every file that is too long.
pub(crate) fn long_files(house: &[Source]) -> Vec<String> {
    let mut found = vec![];
    for source in house {
        let lines = source.text.lines().count();
        if lines > FILE_MAX {
            found.push(format!("{}: {lines} lines, over {FILE_MAX}", source.path));
        }
        let code = lines_of_code(source);
        if source.path.starts_with("adapters/") && code >= ADAPTER_MAX {
            let path = &source.path;
            found.push(format!("{path}: {code} lines of code, not under {ADAPTER_MAX}"));
        }
    }
    found
}

/// Every `todo!`, `unimplemented!` and `dbg!`, and the word that the crate forbids itself.
pub(crate) fn bad_words(house: &[Source]) -> Vec<String> {
    let mut found = vec![];
    for source in house {
        for (nth, line) in source.text.lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            if words.any(|word| word == "unsafe") {
                found.push(format!("{}:{}: the word unsafe", source.path, nth + 1));
            }
        }
        for pair in source.tokens.windows(2) {
            let [word, bang] = pair else { continue };
            if bang.text == "!" && ["todo", "unimplemented", "dbg"].contains(&&*word.text) {
                found.push(format!("{}:{}: {}!", source.path, word.line, word.text));
            }
        }
    }
    found
}

/// Every call that panics on an absent value and does not say, on the line above or its own, why
/// the value is there: `// invariant: ...`.
pub(crate) fn unexplained_panics(house: &[Source]) -> Vec<String> {
    const CALLS: [&str; 4] = ["unwrap", "expect", "unwrap_err", "expect_err"];
    let mut found = vec![];
    for source in house {
        let code = source.code();
        for pair in code.windows(2) {
            let [before, call] = pair else { continue };
            let calls = [".", "::"].contains(&&*before.text) && CALLS.contains(&&*call.text);
            if calls && !explained(source, call) {
                found
                    .push(format!("{}:{}: {} without a reason", source.path, call.line, call.text));
            }
        }
    }
    found
}

/// Every code block of the documentation that nobody compiles and that passes for code.
pub(crate) fn ignored_examples<'a>(
    pages: impl Iterator<Item = (&'a str, usize, &'a str)>,
) -> Vec<String> {
    pages
        .filter(|(_, _, line)| {
            let line = line.trim();
            let info = line.trim_start_matches(['`', '~']);
            (line.starts_with("```") || line.starts_with("~~~"))
                && info.split([',', ' ', '{', '}']).any(|word| word.starts_with("ignore"))
        })
        .map(|(path, line, _)| format!("{path}:{line}: an example that is never compiled"))
        .collect()
}

/// What stands in `lib.rs` that is neither a module nor a re-export.
pub(crate) fn furniture_on_the_roof(lib: &Source) -> Vec<String> {
    const KEYWORDS: [&str; 9] =
        ["fn", "struct", "enum", "trait", "impl", "type", "const", "static", "macro_rules"];
    let mut found = vec![];
    if !lib.text.lines().any(|line| line == "#![forbid(unsafe_code)]") {
        found.push("lib.rs: does not forbid unsafe code".to_owned());
    }
    for token in lib.code() {
        if KEYWORDS.contains(&token.text.as_str()) {
            found.push(format!("lib.rs:{}: {} belongs on a floor", token.line, token.text));
        }
    }
    found
}

/// The dependencies of the crate itself as paths name them, and every line of any dependency that
/// does not say, behind a `#`, why it is there and which file owns it.
pub(crate) fn dependencies(manifest: &str) -> (Vec<String>, Vec<String>) {
    let (mut names, mut found) = (vec![], vec![]);
    let mut section = "";
    for (nth, line) in manifest.lines().enumerate() {
        let at = format!("Cargo.toml:{}", nth + 1);
        if let Some(header) = line.strip_prefix('[') {
            section = header.split(']').next().unwrap_or("");
            if section.contains("dependencies.") {
                found.push(format!("{at}: a dependency of its own section; write it on one line"));
            }
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        if !section.ends_with("dependencies") || line.starts_with('#') {
            continue;
        }
        let name = name.trim().replace('-', "_");
        // Outside strings, a `#` begins a comment.
        let comment = value.split('"').step_by(2).find_map(|code| code.split_once('#'));
        let reason = comment.and_then(|_| value.rsplit_once('#')).map_or("", |(_, c)| c.trim());
        if reason.is_empty() {
            found.push(format!("{at}: {name} does not say why it is here"));
        }
        if section == "dependencies" {
            let owner = OWNERS.iter().find(|(known, _)| *known == name);
            if let Some((_, Owner::Files(files))) = owner
                && !reason.contains(files[0])
            {
                found.push(format!("{at}: {name} does not name its owner, {}", files[0]));
            }
            names.push(name);
        }
    }
    (names, found)
}

fn lines_of_code(source: &Source) -> usize {
    let mut lines: Vec<usize> =
        source.code().iter().flat_map(|token| token.line..=token.last_line).collect();
    lines.dedup();
    lines.len()
}

fn explained(source: &Source, call: &Token) -> bool {
    let comment = |line: usize| source.comments.iter().find(|comment| comment.line == line);
    let has_code = |line: usize| source.tokens.iter().any(|token| token.line == line);
    let mut above = call.line;
    loop {
        if comment(above).is_some_and(|comment| comment.text.starts_with("invariant:")) {
            return true;
        }
        above -= 1;
        if above == 0 || comment(above).is_none() || has_code(above) {
            return false;
        }
    }
}

mod tests {
    use super::*;

    fn one(text: &str) -> [Source; 1] {
        [Source::new("adapters/tower.rs", text)]
    }

    #[test]
    fn a_long_file_is_found() {
        assert!(long_files(&one(&"//\n".repeat(FILE_MAX))).is_empty());
        assert_eq!(long_files(&one(&"//\n".repeat(FILE_MAX + 1))).len(), 1);
    }

    #[test]
    fn an_adapter_is_measured_by_its_code() {
        let code = "use a;\n".repeat(ADAPTER_MAX - 1);
        let more = "\n// b\n/* c\n */ #[cfg(test)]\nmod tests { d }\n";
        assert!(long_files(&one(&(code.clone() + more))).is_empty());
        assert_eq!(long_files(&one(&(code.clone() + "\"a\nb\""))).len(), 1);
        assert!(long_files(&[Source::new("a.rs", &(code + "use b;"))]).is_empty());
    }

    #[test]
    fn a_bad_word_is_found_wherever_it_stands() {
        assert_eq!(bad_words(&one("// unsafe\nunsafe { x }\n#![forbid(unsafe_code)]")).len(), 2);
        assert_eq!(bad_words(&one("todo!(); dbg!(x) #[cfg(test)] unimplemented!();")).len(), 3);
        assert!(bad_words(&one("// todo! by hand\nlet todo = !dbg;")).is_empty());
    }

    #[test]
    fn a_panic_without_a_reason_is_found() {
        for call in
            ["x.unwrap();", "x\n    .expect(\"y\")", "map(Option::unwrap)", "x.unwrap_err()"]
        {
            assert_eq!(unexplained_panics(&one(call)).len(), 1, "{call}");
        }
        let stale = "// invariant: a\nlet b = 1;\nc.unwrap();";
        assert_eq!(unexplained_panics(&one(stale)).len(), 1);
        assert_eq!(unexplained_panics(&one("// because\nx.unwrap();")).len(), 1);
    }

    #[test]
    fn a_panic_with_a_reason_may_stand() {
        for explained in [
            "// invariant: a\nx.unwrap();",
            "// invariant: a,\n// and b\nx.unwrap();",
            "x.unwrap(); // invariant: a",
            "x\n    // invariant: a\n    .expect(\"y\")",
            "#[cfg(test)] mod tests { x.unwrap() }",
            "x.unwrap_or(y); x.unwrap_or_else(z); fn expect() {}\n#[expect(lint)]\nfn f() {}",
        ] {
            assert_eq!(unexplained_panics(&one(explained)), [""; 0], "{explained}");
        }
    }

    #[test]
    fn an_example_that_is_never_compiled_is_found() {
        let ignored = |line| ignored_examples([("a.rs", 1, line)].into_iter()).len();
        for line in ["```ignore", " ```rust,ignore", "~~~ignore-wasm32", "````rust, ignore"] {
            assert_eq!(ignored(line), 1, "{line}");
        }
        for line in ["```", "```text", "```no_run", "please ignore ```this```", "ignore"] {
            assert_eq!(ignored(line), 0, "{line}");
        }
    }

    #[test]
    fn the_roof_holds_modules_and_exports_alone() {
        let lib = |text: &str| furniture_on_the_roof(&Source::new("lib.rs", text)).len();
        assert_eq!(lib("//! fn\n#![forbid(unsafe_code)]\nmod a;\npub use a::B;"), 0);
        assert_eq!(lib("mod a;"), 1);
        assert_eq!(lib("#![forbid(unsafe_code)]\npub struct A;\nimpl A { fn b() {} }"), 3);
    }

    #[test]
    fn a_dependency_says_why_it_is_here() {
        let (names, found) = dependencies(
            "[features]\na = []\n[dependencies]\n# All of them.\n\
             serde = \"1\" # words\naes-gcm = { version = \"1\" } # primitives/xaes.rs\n",
        );
        assert_eq!((names, found), (vec!["serde".to_owned(), "aes_gcm".to_owned()], vec![]));
        for bad in [
            "[dependencies]\nserde = \"1\"",
            "[dependencies]\nserde = \"#1\"",
            "[dependencies]\naes-gcm = \"1\" # the AEAD",
            "[dev-dependencies]\na = \"1\"",
            "[target.'cfg(unix)'.dependencies]\na = \"1\" #",
            "[dependencies.serde]\nversion = \"1\"",
        ] {
            assert_eq!(dependencies(bad).1.len(), 1, "{bad}");
        }
    }
}
