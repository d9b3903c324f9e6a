//! The paths that a file names.

use super::source::{Source, Token};

/// A path: all of those in a `use`, and from the midst of the code those with a `::`.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) parts: Vec<String>,
    /// The inline modules around it.
    within: Vec<String>,
    /// The name after `as`.
    pub(crate) alias: Option<String>,
    /// Whether a `use` holds it.
    pub(crate) imports: bool,
    pub(crate) line: usize,
}

impl Path {
    /// The path from the crate's root, if it starts with `crate`, `self` or `super`.
    pub(crate) fn inside(&self, module: &[String]) -> Option<Vec<String>> {
        let mut here = [module, &self.within].concat();
        let mut parts = self.parts.iter().peekable();
        match parts.next()?.as_str() {
            "crate" => here.clear(),
            "self" => {}
            "super" => drop(here.pop()),
            _ => return None,
        }
        for part in parts {
            match part.as_str() {
                "super" => drop(here.pop()),
                "self" => {}
                _ => here.push(part.clone()),
            }
        }
        Some(here)
    }
}

/// Every path of the file that a build without tests compiles.
pub(crate) fn paths(source: &Source) -> Vec<Path> {
    let tokens = source.code();
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut walk = Walk { tokens: &tokens, found: vec![], within: vec![] };
    let mut modules: Vec<(usize, String)> = vec![];
    let (mut at, mut depth) = (0, 0_usize);
    while at < tokens.len() {
        match text(at) {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                modules.retain(|(opened, _)| *opened < depth + 1);
            }
            "mod" if text(at + 2) == "{" => modules.push((depth + 1, text(at + 1).to_owned())),
            _ => {}
        }
        walk.within = modules.iter().map(|(_, name)| name.clone()).collect();
        let starts = text(at + 1) == "::" && is_word(text(at)) && !continues(&tokens, at);
        at = match text(at) {
            "use" if is_word(text(at + 1)) || ["{", "::"].contains(&text(at + 1)) => {
                walk.tree(at + 1, &[], true)
            }
            "crate" if text(at + 1) == "::" && at > 0 && text(at - 1) == "in" => at + 1,
            "crate" if at > 0 && text(at - 1) == "extern" => at + 1,
            _ if at > 1 && text(at - 1) == "crate" && text(at - 2) == "extern" => {
                walk.tree(at, &[], true)
            }
            _ if starts => walk.tree(at, &[], false),
            _ => at + 1,
        };
    }
    walk.found
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Whether the word at `at` stands behind the `::` of a longer path.
fn continues(tokens: &[&Token], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or("", |at| tokens[at].text.as_str());
    before(1) == "::" && (is_word(before(2)) || before(2) == ">")
}

struct Walk<'a> {
    tokens: &'a [&'a Token],
    found: Vec<Path>,
    within: Vec<String>,
}

impl Walk<'_> {
    /// Reads the path or tree of paths at `at`; returns where it ends.
    fn tree(&mut self, mut at: usize, before: &[String], imports: bool) -> usize {
        let tokens = self.tokens;
        let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
        let mut parts = before.to_vec();
        let line = tokens.get(at).map_or(0, |token| token.line);
        loop {
            match text(at) {
                "::" => at += 1,
                "{" if imports => {
                    at += 1;
                    while !["}", ""].contains(&text(at)) {
                        at = self.tree(at, &parts, true);
                        at += usize::from(text(at) == ",");
                    }
                    return at + 1;
                }
                "*" if imports => {
                    at += 1;
                    break;
                }
                word if is_word(word) => {
                    parts.push(word.to_owned());
                    at += 1;
                    if text(at) != "::" {
                        break;
                    }
                }
                _ => break,
            }
        }
        let mut alias = None;
        if imports && text(at) == "as" {
            alias = Some(text(at + 1).to_owned());
            at += 2;
        }
        if parts.last().is_some_and(|last| last == "self") && parts.len() > 1 {
            parts.pop();
        }
        if !parts.is_empty() {
            let within = self.within.clone();
            self.found.push(Path { parts, within, alias, imports, line });
        }
        // Something that is no path at all must not hold the reader up.
        if imports && ![",", "}", ";"].contains(&text(at)) { at + 1 } else { at }
    }
}

mod tests {
    use super::{Source, paths};

    #[track_caller]
    fn found(text: &str, expected: &[&str]) {
        let found = paths(&Source::new("a.rs", text));
        let shown: Vec<String> = found.iter().map(|path| path.parts.join("::")).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_tree_of_imports_is_a_list_of_paths() {
        found("use a::{b, c::{d as e, self}, f::*,}; g", &["a::b", "a::c::d", "a::c", "a::f"]);
        found("pub(crate) use ::a; extern crate b; use {c, d::e};", &["a", "b", "c", "d::e"]);
    }

    #[test]
    fn a_path_in_the_code_is_found_whole() {
        found("fn f(x: a::B<c::D>) { a::b::<C>(); e.f(); }", &["a::B", "c::D", "a::b"]);
        found("impl a::B for <C as d::E>::F {}", &["a::B", "d::E"]);
    }

    #[test]
    fn a_path_knows_where_it_leads() {
        let text =
            "mod m { use super::a; } use self::b; use super::super::c; crate::d::e(); f::g()";
        let module = ["x".to_owned(), "y".to_owned()];
        let leads: Vec<_> = paths(&Source::new("x/y.rs", text))
            .iter()
            .map(|path| path.inside(&module).map_or("outside".to_owned(), |p| p.join("::")))
            .collect();
        assert_eq!(leads, ["x::y::a", "x::y::b", "c", "d::e", "outside"]);
    }
}
