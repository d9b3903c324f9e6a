//! Texts that a lenient decoder would take for the same token.

use cloakroom::Rejection::{self, Encoding, Forged, Length, Version};

use crate::workbench::{MODES, Visit, codec, cookie, read, refused, seal, to_token, visit};

#[test]
fn the_other_base64_alphabet_is_refused() {
    for mode in MODES {
        // One cookie of many that has both characters.
        let value = (0..100)
            .map(|seed| seal(&codec(mode), &visit(), seed).unwrap())
            .find(|value| value.contains('-') && value.contains('_'))
            .unwrap();
        refused(&codec(mode), value.replace('-', "+").replace('_', "/"), Encoding);
        refused(&codec(mode), value.replace('-', "+"), Encoding);
        refused(&codec(mode), value.replace('_', "/"), Encoding);
    }
}

#[test]
fn padding_is_refused_wherever_it_stands() {
    for mode in MODES {
        let value = cookie(mode);
        for padding in ["=", "==", "===", "%3D", "%3D%3D", "."] {
            refused(&codec(mode), format!("{value}{padding}"), Length);
        }
        refused(&codec(mode), format!("{value}===="), Encoding);
        for len in 1..=3 {
            let cut = &value[..value.len() - len];
            refused(&codec(mode), format!("{cut}{}", "=".repeat(len)), Encoding);
        }
    }
}

#[test]
fn a_last_group_with_spare_bits_is_refused_for_its_length() {
    for mode in MODES {
        let value = cookie(mode);
        for spare in ["A", "AA", "AB", "AAA", "AAB", "_", "__", "___"] {
            refused(&codec(mode), format!("{value}{spare}"), Length);
            let cut = &value[..value.len() - 4];
            refused(&codec(mode), format!("{cut}{spare}"), Length);
        }
    }
}

#[test]
fn blanks_line_ends_and_nul_are_refused_at_every_place() {
    let blanks: [&[u8]; 11] = [
        b"\0",
        b"\t",
        b"\n",
        b"\r",
        b"\r\n",
        b" ",
        b"\x0b",
        b"\x0c",
        b"\xc2\xa0",
        b"\xe2\x80\x83",
        b"\xef\xbb\xbf",
    ];
    for mode in MODES {
        let value = cookie(mode).into_bytes();
        for blank in blanks {
            for position in 0..=value.len() {
                let (front, back) = value.split_at(position);
                // Put in, and in the place of as many characters as it is long.
                let reason = read(&codec(mode), [front, blank, back].concat()).unwrap_err();
                assert!([Length, Encoding].contains(&reason));
                if let Some(rest) = back.get(blank.len()..) {
                    refused(&codec(mode), [front, blank, rest].concat(), Encoding);
                }
                let four = blank.repeat(4);
                refused(&codec(mode), [front, &four, back].concat(), Encoding);
            }
        }
    }
}

#[test]
fn quoted_escaped_and_recoded_cookies_are_refused() {
    for mode in MODES {
        let value = cookie(mode);
        let hex: String = to_token(&value).iter().map(|byte| format!("{byte:02x}")).collect();
        let escaped: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let wide: Vec<u8> = value.bytes().flat_map(|byte| [byte, 0]).collect();
        let full_width: String =
            value.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
        let turned: String = value.chars().rev().collect();
        let twice = crate::workbench::to_text(value.as_bytes());
        for (recoded, reasons) in [
            (format!("\"{value}\"").into_bytes(), &[Length][..]),
            (format!("b'{value}'").into_bytes(), &[Length]),
            (format!("s:{value}").into_bytes(), &[Length]),
            (value.to_lowercase().into_bytes(), &[Version, Rejection::UnknownKey, Forged]),
            (value.to_uppercase().into_bytes(), &[Version, Rejection::UnknownKey, Forged]),
            (hex.into_bytes(), &[Length, Version]),
            (escaped.into_bytes(), &[Encoding]),
            (wide, &[Encoding]),
            (full_width.into_bytes(), &[Encoding]),
            (turned.into_bytes(), &[Version]),
            (twice.into_bytes(), &[Length, Version]),
        ] {
            let reason = read(&codec(mode), &recoded).unwrap_err();
            assert!(reasons.contains(&reason), "{reason:?}: {}", recoded.escape_ascii());
        }
    }
}

#[test]
fn a_value_is_looked_at_up_to_4096_characters_and_no_further() {
    for mode in MODES {
        let reader = codec(mode);
        let start = &cookie(mode)[..8];
        for len in [4093, 4094, 4095, 4097, 4098, 4099, 4100, 8192, 65_532, 65_536, 1 << 20] {
            refused(&reader, format!("{start}{}", "A".repeat(len - start.len())), Length);
        }
        refused(&reader, format!("{start:A<4096}"), Forged);
        refused(&reader, format!("{start:A<4092}"), Forged);

        // The longest that can be sealed is opened.
        let most = if mode == cloakroom::Protection::Encrypted { 2995 } else { 3003 };
        let note = "x".repeat(most - 3);
        let large = Visit { user: 1, note };
        let value = seal(&reader, &large, 1).unwrap();
        assert_eq!((value.len(), read(&reader, value)), (4096, Ok(large)));
    }
}

#[test]
fn a_value_shorter_than_any_token_is_refused_for_its_length() {
    for (mode, least) in MODES.into_iter().zip([96, 88]) {
        let start = &cookie(mode)[..8];
        for len in 0..least {
            refused(&codec(mode), &format!("{start:A<96}")[..len], Length);
        }
        refused(&codec(mode), &format!("{start:A<96}")[..least], Forged);
    }
}
