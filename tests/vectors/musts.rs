//! Every rule of the specification names the tests that hold it, and these exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::generate;

#[test]
fn every_rule_names_a_test_and_every_test_it_names_exists() {
    let (page, tests) = (page(), tests());
    assert!(tests.len() > 300, "the tests were not found");
    let mut problems: Vec<String> = named(&page)
        .into_iter()
        .filter(|name| !tests.contains(*name))
        .map(|name| format!("there is no test {name}"))
        .collect();
    let rules = rules(&page);
    let silent = rules.iter().filter(|(_, text)| named(text).is_empty());
    problems.extend(silent.map(|(rule, _)| format!("rule {rule} names no test")));
    assert!(problems.is_empty(), "\n  {}\n", problems.join("\n  "));
}

#[test]
fn rules_are_numbered_without_a_gap() {
    let page = page();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for rule in rules(&page).iter().map(|(rule, _)| rule) {
        let (series, number) = rule.split_at(rule.find(|c: char| c.is_ascii_digit()).unwrap());
        let count = counts.entry(series.to_owned()).or_default();
        *count += 1;
        assert_eq!(number, count.to_string(), "rule {rule}");
    }
    assert!(counts[""] >= 15 && counts.len() >= 6, "{counts:?}");
}

/// The numbered rules are about the token, those of section 10 about records; those of sections 6
/// to 9 have their tests beside the code that they speak of.
#[test]
fn every_numbered_rule_has_a_vector_and_every_vector_a_rule() {
    let page = page();
    let rules: BTreeSet<String> = rules(&page).into_iter().map(|(rule, _)| rule).collect();
    let vectors = generate::all();
    for vector in &vectors {
        assert!(rules.contains(vector.needs("rule")), "{}", vector.name);
    }
    let held: BTreeSet<&str> = vectors.iter().map(|vector| vector.needs("rule")).collect();
    let bytes = |rule: &&String| rule.trim_start_matches('R').parse::<u32>().is_ok();
    for rule in rules.iter().filter(bytes) {
        assert!(held.contains(rule.as_str()), "rule {rule} has no vector");
    }
}

#[test]
fn a_must_stands_in_a_rule_or_nowhere() {
    let page = page();
    let in_rules: usize = rules(&page).iter().map(|(_, text)| text.matches("MUST").count()).sum();
    // Twice where the words are explained.
    assert_eq!(page.matches("MUST").count(), in_rules + 2);
}

/// The rules `12.` and `* **V7.**` with all their text, tables excluded.
fn rules(page: &str) -> Vec<(String, String)> {
    let mut rules: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        if let Some((rule, text)) = beginning(line) {
            rules.push((rule.to_owned(), text.to_owned()));
            open = true;
        } else if !line.starts_with("  ") {
            open = false;
        } else if let (true, Some((_, text))) = (open, rules.last_mut()) {
            text.push(' ');
            text.push_str(line.trim());
        }
    }
    rules
}

/// The number of the rule that begins with this line, and the rest of the line.
fn beginning(line: &str) -> Option<(&str, &str)> {
    if let Some(line) = line.strip_prefix("* **") {
        let (rule, text) = line.split_once(".**")?;
        return rule.ends_with(|c: char| c.is_ascii_digit()).then_some((rule, text));
    }
    let (rule, text) = line.split_once(". ")?;
    let is_number = !rule.is_empty() && rule.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((rule, text))
}

/// The names of tests in `text`: what stands alone in parentheses, as in (`one`, `two`).
fn named(text: &str) -> Vec<&str> {
    let groups = text.split('(').skip(1).filter_map(|group| group.split(')').next());
    let groups = groups.map(|group| group.split(',').map(|name| name.trim()));
    groups
        .filter_map(|names| {
            let bare = |name: &'_ str| Some(name.strip_prefix('`')?.strip_suffix('`')?.len());
            let is_test = |name: &str| {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'`';
                bare(name).is_some() && name.contains('_') && name.bytes().all(plain)
            };
            let names: Vec<&str> = names.collect();
            names.iter().all(|name| is_test(name)).then_some(names)
        })
        .flatten()
        .map(|name| name.trim_matches('`'))
        .collect()
}

/// The names of all tests of the crate.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    let mut open = vec![root.join("src"), root.join("tests")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = fs::read_to_string(&path).unwrap();
                found.extend(file.split("#[test]").skip(1).filter_map(|after| {
                    let name = after.split_once("fn ")?.1.split_once('(')?.0;
                    Some(name.to_owned())
                }));
            }
        }
    }
    found
}

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide/wire_format.md");
    fs::read_to_string(path).unwrap()
}

#[test]
fn rules_and_the_tests_they_name_are_found_in_a_page() {
    let page = "1. A MUST be, see (section 2).\n   (`one_test`,\n   `two_tests`)\n\n| 3. no rule |\n\n\
                2. B, as (`x` | `y`) and (`Codec`).\n* **X1.** C. (`three_tests`)\n\n* **Bold.** D\n";
    let rules = rules(page);
    let found: Vec<_> = rules.iter().map(|(rule, text)| (rule.as_str(), named(text))).collect();
    let expected =
        [("1", vec!["one_test", "two_tests"]), ("2", vec![]), ("X1", vec!["three_tests"])];
    assert_eq!(found, expected);
}
