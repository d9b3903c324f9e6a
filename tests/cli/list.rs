//! The listing: states at every boundary second, JSON, and the drawing.

use serde_json::{Value, json};

use crate::support::{Dir, key, kid, read, run, run_with};

fn listed(path: &str, at: u64) -> Value {
    let text = run(&["ring", "list", path, "--json", "--at", &at.to_string()]).ok();
    serde_json::from_str(&text).expect("JSON")
}

fn states(path: &str, at: u64) -> Vec<String> {
    let listed = listed(path, at);
    let keys = listed["keys"].as_array().expect("keys");
    keys.iter().map(|key| key["state"].as_str().expect("a state").to_owned()).collect()
}

#[test]
fn states_change_in_the_very_second_of_every_date() {
    let dir = Dir::new("states");
    let path = &dir.write(
        "ring",
        format!(
            "{} seal_from=1000 seal_until=2100 open_until=3000\n{} seal_from=2000\n{} revoked",
            key(),
            key(),
            key()
        ),
    );
    for (at, expected) in [
        (999, ["staged", "staged", "revoked"]),
        (1000, ["active", "staged", "revoked"]),
        (1999, ["active", "staged", "revoked"]),
        (2000, ["retired", "active", "revoked"]),
        (2099, ["retired", "active", "revoked"]),
        (2100, ["retired", "active", "revoked"]),
        (2999, ["retired", "active", "revoked"]),
        (3000, ["closed", "active", "revoked"]),
    ] {
        assert_eq!(states(path, at), expected, "{at}");
    }
}

#[test]
fn a_key_without_a_successor_retires_at_its_end() {
    let dir = Dir::new("states-alone");
    let path = &dir.write("ring", format!("{} seal_until=2000 open_until=2000", key()));
    assert_eq!(
        (states(path, 1999), states(path, 2000)),
        (vec!["active".into()], vec!["closed".into()])
    );
    let path = &dir.write("ring", format!("{} seal_until=2000", key()));
    assert_eq!(
        (states(path, 1999), states(path, 2000)),
        (vec!["active".into()], vec!["retired".into()])
    );
    assert_eq!(listed(path, 2000)["sealing"], Value::Null);
}

#[test]
fn json_holds_ids_states_and_dates_and_nothing_else() {
    let dir = Dir::new("list-json");
    let (a, b) = (key(), key());
    let path = &dir
        .write("ring", format!("not_before=7\n{a} seal_until=30 open_until=40\n{b} seal_from=20"));
    let expected = json!({
        "at": 10, "sealing": kid(&a), "next_change": 20, "not_before": 7, "keys": [
            {"kid": kid(&a), "state": "active", "seal_from": null, "seal_until": 30, "open_until": 40},
            {"kid": kid(&b), "state": "staged", "seal_from": 20, "seal_until": null, "open_until": null},
        ],
    });
    assert_eq!(listed(path, 10), expected);
    assert_eq!(listed(path, 40)["next_change"], Value::Null);
}

#[test]
fn the_order_of_the_lines_means_nothing() {
    let dir = Dir::new("list-order");
    let (a, b) = (key(), key());
    for lines in [
        format!("{a}\n{b} seal_from=20"),
        format!("{b} seal_from=20\n{a}"),
        format!("{a};{b} seal_from=20"),
    ] {
        let path = &dir.write("ring", lines);
        assert_eq!(listed(path, 19)["sealing"], kid(&a).as_str());
        assert_eq!(listed(path, 20)["sealing"], kid(&b).as_str());
    }
}

#[test]
fn people_get_a_table_a_time_line_and_what_is_next() {
    let dir = Dir::new("list-people");
    let (a, b, c) = (key(), key(), key());
    let path = &dir.write(
        "ring",
        format!(
            "not_before=2026-01-01T00:00:00Z\n\
             {a} seal_from=2026-11-01T00:00:00Z seal_until=2027-02-01T00:15:00Z open_until=2027-02-16T00:00:00Z\n\
             {b} seal_from=2027-02-01T00:00:00Z\n{c} revoked\n"
        ),
    );
    let shown = run(&["ring", "list", path, "--at", "2027-01-31T12:00:00Z"]).ok();
    let [a, b, c] = [a, b, c].map(|key| kid(&key));
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(
        lines[1],
        format!("{a} active  2026-11-01T00:00:00Z 2027-02-01T00:15:00Z 2027-02-16T00:00:00Z")
    );
    assert_eq!(lines[2], format!("{b} staged  2027-02-01T00:00:00Z -                    -"));
    assert_eq!(lines[3], format!("{c} revoked -                    -                    -"));

    // 71 cells from 2026-10-26 to 2027-02-21; a key takes over where the other stops.
    let row = |kid: &str| {
        let row = lines
            .iter()
            .find_map(|line| line.strip_prefix(&format!("{kid} "))?.strip_prefix(['.', 'x']));
        row.expect("a row")
    };
    let (first, second) = (row(&a).to_owned(), row(&b).to_owned());
    let taken_over = first.find('-').expect("retired");
    assert_eq!(second.find('='), Some(taken_over));
    assert!(first.trim_start_matches('.').starts_with("===") && first.ends_with("---"), "{first}");
    assert!(row(&c).chars().all(|c| c == 'x'));
    let marker = lines.iter().position(|line| line.trim() == "v").expect("a marker");
    assert!(lines[marker].find('v').unwrap().abs_diff(10 + taken_over) <= 1);
    assert!(lines.iter().all(|line| line.len() <= 80), "{shown}");

    assert!(
        shown
            .contains(&format!("{a} seals. The next change is at 2027-02-01T00:00:00Z (in 12 h)."))
    );
    assert!(
        shown.contains(
            "Sessions that began before 2026-01-01T00:00:00Z (395 days ago) are refused."
        )
    );
    assert!(!shown.contains('\x1b'), "no colour where nobody looks");
    assert!(read(path).contains("ck1_"));
}

#[test]
fn the_drawing_fits_the_columns_and_an_end_is_announced() {
    let dir = Dir::new("list-columns");
    let path = &dir.write("ring", format!("{} seal_until=1790000000", key()));
    for (columns, widest) in [("40", 40), ("120", 120), ("9", 40), ("x", 80)] {
        let args = ["ring", "list", path, "--at", "1789000000"];
        let shown = run_with(&args, &[("COLUMNS", columns)], b"").ok();
        let drawn = shown.lines().filter(|line| line.contains('=') && line.contains('-'));
        assert_eq!(drawn.map(str::len).next(), Some(widest), "{shown}");
        assert!(shown.contains("Warning: no key seals from 2026-09-21T14:13:20Z"), "{shown}");
    }
    let over = run(&["ring", "list", path, "--at", "1790000000"]).ok();
    assert!(over.contains("No key seals."), "{over}");
}
