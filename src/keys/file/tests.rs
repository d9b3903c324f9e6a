use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::*;
use crate::primitives::{base64url, mac::sha256, testing::counting};

/// The text of a key that looks random, another for each number.
fn key(number: u8) -> String {
    Key::from_bytes(sha256(&[b"ring text", &[number]])).unwrap().expose_text().to_string()
}

fn ring(text: &str) -> KeyRing {
    text.parse().unwrap()
}

/// The error of a text, having checked that neither of its forms shows any key of the text.
fn error(text: &str) -> (Option<usize>, RingProblem) {
    let error = text.parse::<KeyRing>().unwrap_err();
    let shown = format!("{error} {error:?} {error:#?}");
    for word in text.split_whitespace().filter_map(|word| word.strip_prefix("ck1_")) {
        for part in word.as_bytes().windows(6) {
            assert!(!shown.contains(core::str::from_utf8(part).unwrap_or("\0")), "{shown}");
        }
    }
    (error.line, error.problem)
}

fn window(text: &str) -> Window {
    ring(text).entries().next().unwrap().window()
}

fn at(second: u64) -> Option<Timestamp> {
    Some(Timestamp::from_unix(second))
}

#[test]
fn the_ring_of_the_documentation_is_read() {
    let ring = ring(&format!(
        "# rotated every quarter\n\
         not_before=2026-10-01T00:00:00Z\n\
         \n\
         {}  seal_from=2026-11-01T00:00:00Z  seal_until=2027-02-01T00:15:00Z\topen_until=1802736000\n\
         {}  seal_from=2027-02-01T00:00:00Z  # staged\n\
         {}  revoked\n",
        key(1),
        key(2),
        key(3),
    ));
    assert_eq!(ring.not_before(), at(1_790_812_800));
    let windows: Vec<_> = ring.entries().map(|entry| entry.window()).collect();
    let none = Window::default();
    let first = Window {
        seal_from: at(1_793_491_200),
        seal_until: at(1_801_440_900),
        open_until: at(1_802_736_000),
        ..none
    };
    assert_eq!(
        windows,
        [first, Window { seal_from: at(1_801_440_000), ..none }, Window { revoked: true, ..none }]
    );
    let kids: Vec<_> = [1, 2, 3].map(|n| key(n).parse::<Key>().unwrap().id()).into();
    assert_eq!(ring.kids().collect::<Vec<_>>(), kids);
}

#[test]
fn a_lone_key_is_a_ring_with_or_without_a_line_end() {
    for text in [key(1), format!("{}\n", key(1)), format!("\n\n \t{} \n\n", key(1))] {
        assert_eq!(ring(&text).len(), 1);
    }
}

#[test]
fn semicolons_separate_entries_in_one_line_and_number_them() {
    let two = format!("not_before=5; {} seal_until=9 ;;{};", key(1), key(2));
    assert!(two.parse::<KeyRing>().is_err_and(|error| error.line == Some(4)));
    let two = format!("not_before=5; {} seal_from=9 ;;{};", key(1), key(2));
    assert_eq!((ring(&two).len(), ring(&two).not_before()), (2, at(5)));

    let bad = format!("{};{} seal_from=9;oops", key(1), key(2));
    assert_eq!(error(&bad), (Some(3), RingProblem::Key(KeyError::Prefix)));
    assert_eq!(error(&format!("{bad}\n")), (Some(3), RingProblem::Key(KeyError::Prefix)));
    let lines = format!("# two entries below\n{};oops", key(1));
    assert_eq!(error(&lines), (Some(2), RingProblem::Key(KeyError::Prefix)));
}

#[test]
fn comments_are_never_read_and_begin_only_at_an_entry_or_after_a_blank() {
    let text = format!(
        "#{k}\n  # {k}; {k}\n{k} # {k} ; nonsense # \u{feff}é\n;# x\n{k2} seal_from=9 ;# {k}",
        k = key(1),
        k2 = key(2)
    );
    assert_eq!(ring(&text).len(), 2);
    let glued = format!("{}#no comment", key(1));
    assert_eq!(error(&glued), (Some(1), RingProblem::Key(KeyError::Length)));
    let glued = format!("{} revoked#no comment", key(1));
    assert_eq!(error(&glued), (Some(1), RingProblem::UnknownWord));
    assert_eq!(error("# nothing but comments\n"), (None, RingProblem::Empty));
}

#[test]
fn a_lone_string_never_becomes_several_keys() {
    for text in ["secret", "a b c", "s3cr3t,other", "ck1_", "[\"a\", \"b\"]"] {
        assert!(matches!(error(text), (Some(1), RingProblem::Key(_))), "{text}");
    }
    let pair = format!("{} {}", key(1), key(2));
    assert_eq!(error(&pair), (Some(1), RingProblem::UnknownWord));
    let comma = format!("{},{}", key(1), key(2));
    assert_eq!(error(&comma), (Some(1), RingProblem::Key(KeyError::Length)));
    assert_eq!(error(""), (None, RingProblem::Empty));
    assert_eq!(error(" \t\n;;\n"), (None, RingProblem::Empty));
}

#[test]
fn unknown_and_repeated_words_are_refused() {
    for word in [
        "Revoked",
        "revoked=1",
        "sealfrom=5",
        "SEAL_FROM=5",
        "seal_from",
        "until=5",
        "=",
        "=5",
        "not_before=5",
        "seal_from:5",
        "\u{a0}revoked",
        "\"revoked\"",
    ] {
        let text = format!("\n{} {word}", key(1));
        assert_eq!(error(&text), (Some(2), RingProblem::UnknownWord), "{word}");
    }
    for word in ["revoked", "seal_from=5", "seal_until=6", "open_until=7"] {
        let text = format!("\n\n{} seal_until=6 {word}  {word}", key(1));
        assert_eq!(error(&text), (Some(3), RingProblem::RepeatedWord), "{word}");
    }
    let more = format!("not_before=5 revoked\n{}", key(1));
    assert_eq!(error(&more), (Some(1), RingProblem::UnknownWord));
}

#[test]
fn words_stand_in_any_order_and_dates_take_both_forms() {
    let text =
        format!("{} open_until=30 revoked seal_until=1970-01-01T00:00:20Z seal_from=10", key(1));
    let all = Window { seal_from: at(10), seal_until: at(20), open_until: at(30), revoked: true };
    assert_eq!(window(&text), all);
}

#[test]
fn a_date_that_is_none_is_refused_with_its_line() {
    for date in ["", "tomorrow", "2027-02-30T00:00:00Z", "2027-02-01", "-5", "1790000000000"] {
        for word in ["seal_from", "seal_until", "open_until"] {
            let text = format!("{}\n{} {word}={date}", key(1), key(2));
            assert_eq!(error(&text), (Some(2), RingProblem::Date), "{word}={date}");
        }
        let text = format!("{}\nnot_before={date}", key(1));
        assert_eq!(error(&text), (Some(2), RingProblem::Date));
    }
}

#[test]
fn a_second_not_before_is_refused_with_its_line() {
    let text = format!("not_before=5\n{}\nnot_before=5", key(1));
    assert_eq!(error(&text), (Some(3), RingProblem::SecondNotBefore));
}

#[test]
fn a_bad_key_is_refused_with_its_line_and_its_fault() {
    let good = key(1);
    let typo = format!("{}{}", &good[..51], if good.ends_with('A') { 'B' } else { 'A' });
    let cases = [
        (&good[1..], KeyError::Prefix),
        (&good[..51], KeyError::Length),
        (&typo, KeyError::Checksum),
        (&format!("{}.", &good[..51]), KeyError::Alphabet),
    ];
    for (bad, fault) in cases {
        let text = format!("# first\n{}\n\n{bad} revoked\n", key(2));
        assert_eq!(error(&text), (Some(4), RingProblem::Key(fault)));
    }
}

#[test]
fn weak_and_published_keys_are_refused() {
    let text = |master: [u8; 32]| {
        let sum = sha256(&[b"cloakroom.v1 key text", &master]);
        let bytes: Vec<u8> = master.iter().chain(&sum[..4]).copied().collect();
        format!("{}\nck1_{}", key(1), base64url::encode(&bytes))
    };
    let published = (Some(2), RingProblem::Key(KeyError::Published));
    for first in [0x00, 0x80, 0xf0] {
        assert_eq!(error(&text(counting(first))), published);
    }
    let weak = (Some(2), RingProblem::Key(KeyError::Weak));
    assert_eq!(error(&text([0; 32])), weak);
    assert_eq!(error(&text(*b"correct horse battery staple: 42")), weak);
    assert_eq!(error(&text(counting(0).map(|byte| 200 + byte % 16))), weak);
}

#[test]
fn faults_between_lines_name_both() {
    let same = format!("# comment\n{k}\n\n{k} revoked", k = key(1));
    assert_eq!(error(&same), (Some(4), RingProblem::SameKeyId { first: 2 }));
    let from = format!("{} seal_from=5\n{}\n{} seal_from=5", key(1), key(2), key(3));
    assert_eq!(error(&from), (Some(3), RingProblem::SameSealFrom { first: 1 }));
    let absent = format!("{}\n{} seal_until=5", key(1), key(2));
    assert_eq!(error(&absent), (Some(2), RingProblem::SameSealFrom { first: 1 }));
    let seal = format!("\n{} seal_from=5 seal_until=5", key(1));
    assert_eq!(error(&seal), (Some(2), RingProblem::SealWindow));
    let open = format!("\n{} open_until=5", key(1));
    assert_eq!(error(&open), (Some(2), RingProblem::OpenWindow));
    let open = format!("\n{} seal_until=6 open_until=5", key(1));
    assert_eq!(error(&open), (Some(2), RingProblem::OpenWindow));
}

#[test]
fn a_carriage_return_or_a_byte_order_mark_is_refused_even_in_a_comment() {
    assert_eq!(error(&format!("{}\r\n", key(1))), (Some(1), RingProblem::CarriageReturn));
    let late = format!("{}\n# old\n# comment\r\n", key(1));
    assert_eq!(error(&late), (Some(3), RingProblem::CarriageReturn));
    assert_eq!(error(&format!("\u{feff}{}", key(1))), (Some(1), RingProblem::ByteOrderMark));
    assert_eq!(error("\u{feff}# comment"), (Some(1), RingProblem::ByteOrderMark));
}

#[test]
fn sixty_four_kibibytes_are_read_and_one_byte_more_is_not() {
    let mut text = format!("{}\n#", key(1));
    text.push_str(&"x".repeat(RING_TEXT_MAX - text.len()));
    assert_eq!(ring(&text).len(), 1);
    text.push('x');
    assert_eq!(error(&text), (None, RingProblem::TooLong));
}

#[test]
fn the_lines_of_a_text_over_the_limit_are_not_looked_at() {
    let bad = |len: usize| format!("nonsense\n{}", "#".repeat(len - 9));
    let problems = |len| KeyRing::problems(&bad(len));
    let in_line = RingProblem::Key(KeyError::Prefix).at(1);
    let too_long = RingError { line: None, problem: RingProblem::TooLong };
    assert_eq!(problems(RING_TEXT_MAX), [in_line]);
    assert_eq!(problems(RING_TEXT_MAX + 1), [too_long]);
}

#[test]
fn the_seventeenth_key_is_refused_with_its_line() {
    let lines =
        |count| -> String { (0..count).map(|n| format!("{} seal_from={n}\n", key(n))).collect() };
    assert_eq!(ring(&lines(16)).len(), 16);
    assert_eq!(error(&lines(17)), (Some(17), RingProblem::TooManyKeys));
}

#[test]
fn every_problem_of_a_text_is_found_and_none_in_a_ring() {
    let good = format!("{}\n{} seal_from=5\n", key(1), key(2));
    assert_eq!(KeyRing::problems(&good), []);
    let bad = format!(
        "\u{feff}{k} seal_from=5 seal_until=5\r\nnot_before=5\r\nnot_before=6\noops\n\
         {k} revoked\n{k}\n{} open_until=soon\n",
        key(2),
        k = key(1),
    );
    let found: Vec<_> = KeyRing::problems(&bad).iter().map(|e| (e.line, e.problem)).collect();
    let expected = [
        (1, RingProblem::ByteOrderMark),
        (1, RingProblem::SealWindow),
        (3, RingProblem::SecondNotBefore),
        (4, RingProblem::Key(KeyError::Prefix)),
        (6, RingProblem::SameKeyId { first: 5 }),
        (7, RingProblem::Date),
    ];
    assert_eq!(found, expected.map(|(line, problem)| (Some(line), problem)));
    let crlf = format!("{}\r\n", key(1));
    assert_eq!(KeyRing::problems(&crlf), [RingProblem::CarriageReturn.at(1)]);
    for text in ["", "# c\n", &"#".repeat(RING_TEXT_MAX + 1)] {
        assert_eq!(KeyRing::problems(text), [text.parse::<KeyRing>().unwrap_err()]);
    }
}

#[test]
fn every_key_of_a_seventeenth_on_is_a_problem_of_its_own() {
    let lines: String = (0..18).map(|n| format!("{} seal_from={n}\n", key(n))).collect();
    let expected = [17, 18].map(|line| RingProblem::TooManyKeys.at(line));
    assert_eq!(KeyRing::problems(&lines), expected);
}
