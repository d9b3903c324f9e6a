//! Where proofs are made: the types say what may be read, and this says who may write them.

use crate::sources;

/// The private fields of `Verified` keep everybody out but its own module and the two below it;
/// this keeps those out too.
#[test]
fn one_expression_alone_makes_a_verified_payload() {
    let made = places("Verified {");
    assert_eq!(made, ["src/envelope/protect.rs: return Ok((Verified { token, payload }, nth));"]);
    // It stands behind the check of the tag.
    let protect = sources::read("src/envelope/protect.rs");
    let checked = protect.find("if sealer.check(&context, parts) {").expect("the check");
    let made = protect.find("Ok((Verified {").expect("the making");
    assert!(checked < made && !protect[checked..made].contains("\n        }\n"));
}

#[test]
fn payloads_are_taken_apart_in_one_place_and_only_when_verified() {
    let parsed = places("payload::parse(");
    let expected = [
        "src/codec.rs: let payload = payload::parse(verified.payload())",
        // A record, whose bytes come from where its tag is checked.
        "src/codec/records.rs: let payload = payload::parse(&bytes)",
    ];
    assert_eq!(parsed.len(), expected.len(), "{parsed:?}");
    for (place, expected) in parsed.iter().zip(expected) {
        assert!(place.starts_with(expected), "{parsed:?}");
    }
    let records = sources::read("src/codec/records.rs");
    let opened = records.find("keys.open(&record, sid, row_key)").expect("the check");
    assert!(opened < records.find("payload::parse(&bytes)").expect("the parsing"));
    let opened = places("protect::open(");
    let outside_the_door: Vec<_> =
        opened.iter().filter(|place| !place.starts_with("src/fuzz_door.rs")).collect();
    assert_eq!(outside_the_door.len(), 1, "{opened:?}");
}

/// Lines of code of the crate that hold `text`, tests and declarations apart.
fn places(text: &str) -> Vec<String> {
    let mut found = vec![];
    for (path, file) in sources::rust_files("src") {
        if path.ends_with("tests.rs") {
            continue;
        }
        let code = file.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in code.lines().map(str::trim) {
            let declares =
                ["//", "pub(crate) struct", "pub struct", "impl", "struct", "pub(crate) fn"];
            let spoken = declares.iter().any(|start| line.starts_with(start));
            if line.contains(text) && !spoken {
                found.push(format!("{path}: {line}"));
            }
        }
    }
    found
}
