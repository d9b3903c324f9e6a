//! Key texts: what is read is written the same, and a mistake is never read.
//!
//! Input: a text, whose first 32 bytes are also a key.

use cloakroom::Key;
use cloakroom::keys::KeyError;

pub fn run(input: &[u8]) {
    if let Ok(text) = core::str::from_utf8(input) {
        match text.parse::<Key>() {
            Ok(key) => {
                assert_eq!((text.len(), key.expose_text().as_str()), (52, text));
                one_mistake_is_found(text);
            }
            Err(KeyError::Prefix) => assert!(!text.starts_with("ck1_")),
            Err(KeyError::Length) => assert_ne!(text.len(), 52),
            Err(_) => assert!(text.starts_with("ck1_") && text.len() == 52),
        }
    }
    let Some((master, rest)) = input.split_first_chunk::<32>() else { return };
    let mut distinct = master.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let printable = master.iter().all(|byte| (0x20..0x7f).contains(byte));
    match Key::from_bytes(*master) {
        Ok(key) => {
            assert!(distinct.len() > 16 && !printable);
            let text = key.expose_text();
            assert_eq!(text.parse::<Key>().unwrap().id(), key.id());
            assert_eq!(format!("{key:?}"), format!("Key(kid={})", key.id()));
            let mut mistaken = text.to_string().into_bytes();
            let Some([at, byte]) = rest.first_chunk() else { return };
            let at = usize::from(*at) % mistaken.len();
            if mistaken[at] != *byte {
                mistaken[at] = *byte;
                let read = core::str::from_utf8(&mistaken).map(str::parse::<Key>);
                assert!(!matches!(read, Ok(Ok(_))), "a mistyped key was read");
            }
        }
        Err(error) => {
            assert_eq!(error, KeyError::Weak);
            assert!(distinct.len() <= 16 || printable);
        }
    }
}

fn one_mistake_is_found(text: &str) {
    for at in 0..text.len() {
        let swapped = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        let mistaken = format!("{}{swapped}{}", &text[..at], &text[at + 1..]);
        assert!(mistaken.parse::<Key>().is_err(), "{at}");
    }
}
