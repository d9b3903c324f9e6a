//! What the security pages point at exists: every test by its name, every file by its path.

use std::collections::BTreeSet;

use crate::sources;

/// A row of a table: its cells.
type Row<'p> = Vec<&'p str>;

#[test]
fn every_attack_and_outage_of_the_past_names_what_stops_it() {
    let page = sources::read("src/guide/past_bugs.md");
    let (attacks, outages) = (rows(&page, "Attacks"), rows(&page, "Outages"));
    let exceptions = rows(&page, "What does not apply");
    assert_pointed(&attacks);
    assert_pointed(&outages);

    let numbers = |rows: &[Row<'_>]| -> Vec<u32> {
        rows.iter().map(|row| row[0].parse().expect("a number")).collect()
    };
    let mut known = numbers(&attacks);
    known.extend(numbers(&exceptions));
    assert_eq!(BTreeSet::from_iter(known), (1..=49).collect());
    assert_eq!(numbers(&outages), Vec::from_iter(1..=27));
}

#[test]
fn every_requirement_that_is_met_points_at_code_or_a_test() {
    let page = sources::read("SECURITY.md");
    let mut judged = 0;
    for (section, least) in [("OWASP ASVS 5.0", 40), ("NIST SP 800-63B-4", 12)] {
        let rows = rows(&page, section);
        assert!(rows.len() >= least, "{section}: {} rows", rows.len());
        assert_pointed(&rows);
        for row in rows {
            let verdicts = ["met by default", "enabled", "the application's job", "not met"];
            assert!(verdicts.contains(&row[2]), "{section} {}: {}", row[0], row[2]);
            judged += 1;
        }
    }
    assert!(judged > 50);
}

#[test]
fn every_threat_at_a_boundary_points_at_code_or_a_test() {
    let page = sources::read("SECURITY.md");
    for (boundary, least) in [
        ("The cookie from the wire", 8),
        ("The application's code", 6),
        ("The key ring and its file", 7),
        ("The store", 18),
    ] {
        let rows = rows(&page, boundary);
        assert!(rows.len() >= least, "{boundary}: {} rows", rows.len());
        assert_pointed(&rows);
    }
}

/// What this test knows of a page is what it reads out of a row.
#[test]
fn the_pages_are_read_as_they_are_meant() {
    let page = "# A\n## One\n| | what | held by |\n|---|---|---|\n| 1 | `x` | `a_b_c_d`, `src/lib.rs` |\n\
                ### Two\n| 2 | no | `Session::read` |\n## Three\n| 3 | no | no |\n";
    let found = rows(page, "One");
    assert_eq!(found, [vec!["1", "`x`", "`a_b_c_d`, `src/lib.rs`"]]);
    assert_eq!(pointers(&found[0]), [Pointer::Test("a_b_c_d"), Pointer::File("src/lib.rs")]);
    assert_eq!(pointers(&rows(page, "Two")[0]), []);
    assert!(sources::tests().contains("the_pages_are_read_as_they_are_meant"));
    assert!(!sources::tests().contains("assert_pointed"));
}

#[derive(Debug, PartialEq, Eq)]
enum Pointer<'p> {
    Test(&'p str),
    File(&'p str),
}

/// The rows under the heading `section`, up to the next heading, without those that name columns.
fn rows<'p>(page: &'p str, section: &str) -> Vec<Row<'p>> {
    let is_it = |line: &&str| line.starts_with('#') && line.trim_matches(['#', ' ']) == section;
    let inside = page.lines().skip_while(|line| !is_it(line)).skip(1);
    let lines: Vec<&str> = inside.take_while(|line| !line.starts_with('#')).collect();
    let mut found = vec![];
    for pair in lines.windows(2) {
        let names_columns = pair[1].starts_with("|---");
        if pair[0].starts_with("| ") && !names_columns {
            found.push(pair[0]);
        }
    }
    found.extend(lines.last().filter(|line| line.starts_with("| ")));
    // A cell ends at a bar between blanks.
    found.iter().map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// What the last cell of a row points at.
fn pointers<'p>(row: &Row<'p>) -> Vec<Pointer<'p>> {
    let quoted = row.last().expect("a cell").split('`').skip(1).step_by(2);
    let pointer = |word: &'p str| {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if word.contains('/') && !word.contains(' ') {
            Some(Pointer::File(word))
        } else if word.matches('_').count() >= 3 && word.bytes().all(is_name) {
            Some(Pointer::Test(word))
        } else {
            None
        }
    };
    quoted.filter_map(pointer).collect()
}

#[track_caller]
fn assert_pointed(rows: &[Row<'_>]) {
    let tests = sources::tests();
    assert!(tests.len() > 500, "the tests were not found");
    let mut problems = vec![];
    for row in rows {
        let pointers = pointers(row);
        if pointers.is_empty() {
            problems.push(format!("{} points at nothing", row[0]));
        }
        for pointer in pointers {
            match pointer {
                Pointer::Test(name) if !tests.contains(name) => {
                    problems.push(format!("{}: there is no test {name}", row[0]));
                }
                Pointer::File(path) if !sources::exists(path) => {
                    problems.push(format!("{}: there is no file {path}", row[0]));
                }
                Pointer::Test(_) | Pointer::File(_) => {}
            }
        }
    }
    assert!(problems.is_empty(), "\n  {}\n", problems.join("\n  "));
}
