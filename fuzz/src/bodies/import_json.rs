//! JSON as other languages write it: any text is read or refused, and what is read is written as
//! Python writes it, which is read again as the same.
//!
//! Input: the text.

use cloakroom::import::{ImportError, Json, JsonValue};

pub fn run(input: &[u8]) {
    let Ok(text) = core::str::from_utf8(input) else { return };
    match Json::parse(text) {
        Ok(json) => stands(&json),
        Err(ImportError::JsonDepth) => assert!(input.len() > 10_000),
        Err(ImportError::JsonNumber) => assert!(input.len() > 4300),
        Err(error) => assert_eq!(error, ImportError::Json),
    }
}

/// The laws of every document that was read.
pub fn stands(json: &Json) {
    let python = json.root().to_python();
    assert!(python.is_ascii() && !python.contains([' ', '\n']) || python.contains('"'));
    let again = Json::parse(&python).expect("what was written is read");
    assert_eq!(again.root().to_python(), python, "it changes when it is written again");
    names(json.root(), 0);
}

/// No name stands twice in one map, and every item is where the text has it.
fn names(value: JsonValue<'_>, depth: usize) {
    if depth > 64 {
        return;
    }
    if let Some(members) = value.members() {
        let mut seen = std::collections::BTreeSet::new();
        for (name, member) in members {
            assert!(seen.insert(name), "a name stands twice");
            if let Some(name) = name.as_str() {
                assert!(value.get(name).is_some());
            }
            names(member, depth + 1);
        }
    }
    for item in value.items().into_iter().flatten() {
        names(item, depth + 1);
    }
}
