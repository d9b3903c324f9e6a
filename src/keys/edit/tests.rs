use alloc::string::ToString;

use super::*;
use crate::primitives::mac::sha256;

fn key(number: u8) -> Key {
    Key::from_bytes(sha256(&[b"edit", &[number]])).unwrap()
}

fn text(number: u8) -> String {
    key(number).expose_text().to_string()
}

fn edit(text: &str) -> RingEdit {
    RingEdit::new(text).unwrap()
}

fn at(second: u64) -> Option<Timestamp> {
    Some(Timestamp::from_unix(second))
}

const NONE: Window = Window { seal_from: None, seal_until: None, open_until: None, revoked: false };

#[test]
fn a_change_of_dates_touches_their_words_alone() {
    let cases = [
        ("K", Window { revoked: true, ..NONE }, "K  revoked"),
        (
            " \tK \t# c",
            Window { seal_until: at(9), ..NONE },
            " \tK  seal_until=1970-01-01T00:00:09Z \t# c",
        ),
        (
            "K seal_from=5   seal_until=7",
            Window { seal_from: at(5), seal_until: at(9), ..NONE },
            "K seal_from=5   seal_until=1970-01-01T00:00:09Z",
        ),
        (
            "K  revoked\tseal_from=5  # revoked",
            Window { seal_from: at(5), ..NONE },
            "K\tseal_from=5  # revoked",
        ),
        ("K open_until=9  seal_until=8", NONE, "K"),
        (
            "# K\nK seal_from=5;#x",
            Window { seal_from: at(6), ..NONE },
            "# K\nK seal_from=1970-01-01T00:00:06Z;#x",
        ),
        (
            "K revoked",
            Window { revoked: true, seal_until: at(1), ..NONE },
            "K revoked  seal_until=1970-01-01T00:00:01Z",
        ),
    ];
    for (before, window, after) in cases {
        let [before, after] = [before, after].map(|case| case.replace('K', &text(1)));
        let mut edit = edit(&before);
        edit.set_window(key(1).id(), window).unwrap();
        assert_eq!(edit.expose_text(), after);
        assert_eq!(edit.ring().entries().next().unwrap().window(), window);
    }
}

#[test]
fn dates_that_stand_there_already_keep_their_spelling() {
    let before = format!("{}  seal_from=1970-01-01T00:00:05Z seal_until=7\n", text(1));
    let mut edit = edit(&before);
    let window = Window { seal_from: at(5), seal_until: at(7), ..NONE };
    edit.set_window(key(1).id(), window).unwrap();
    assert_eq!(edit.expose_text(), before);
}

#[test]
fn a_key_is_added_on_a_line_of_its_own_whatever_the_text_ends_with() {
    for end in ["", "\n", "\n\n", "  # comment", ";", "\n# comment"] {
        let before = format!("{}{end}", text(1));
        let mut edit = edit(&before);
        edit.add(&key(2), Window { seal_from: at(5), ..NONE }).unwrap();
        let gap = if end.ends_with('\n') { "" } else { "\n" };
        let line = format!("{}  seal_from=1970-01-01T00:00:05Z\n", text(2));
        assert_eq!(edit.expose_text(), format!("{before}{gap}{line}"));
        assert_eq!(edit.ring().kids().collect::<Vec<_>>(), [key(1).id(), key(2).id()]);
    }
}

#[test]
fn a_key_leaves_with_its_line_and_comments_stay() {
    let rest = format!("{} seal_from=9", text(2));
    let cases = [
        ("%\n&\n", "&\n"),
        ("&\n% revoked\n", "&\n"),
        ("&\n%", "&\n"),
        ("# a\n  %  # b\n& # c\n", "# a\n# b\n& # c\n"),
        ("%;&", "&"),
        ("&;%", "&"),
        ("& ;% # d\n", "& ;# d\n"),
        ("% ;# d\n&", "# d\n&"),
        ("&; %;;\n", "&;;\n"),
        ("#%\n%\n#%\n&", "#%\n#%\n&"),
    ];
    for (before, after) in cases {
        let [before, after] =
            [before, after].map(|case| case.replace('%', &text(1)).replace('&', &rest));
        let mut edit = edit(&before);
        edit.remove(key(1).id()).unwrap();
        assert_eq!(edit.expose_text(), after);
        assert_eq!(edit.ring().kids().collect::<Vec<_>>(), [key(2).id()]);
    }
}

#[test]
fn not_before_is_replaced_where_it_stands_or_put_first() {
    let set = |before: &str, moment| {
        let mut edit = edit(&before.replace('K', &text(1)));
        edit.set_not_before(moment).unwrap();
        assert_eq!(edit.ring().not_before(), moment);
        edit.expose_text().replace(&text(1), "K")
    };
    assert_eq!(set("# c\nK\n", at(5)), "not_before=1970-01-01T00:00:05Z\n# c\nK\n");
    assert_eq!(set("K\n not_before=4 # c\n", at(5)), "K\n not_before=1970-01-01T00:00:05Z # c\n");
    assert_eq!(set("K;not_before=4", None), "K");
    assert_eq!(set("not_before=4\nK", None), "K");
    assert_eq!(set("K", None), "K");
}

#[test]
fn a_change_that_leaves_no_ring_is_refused_and_changes_nothing() {
    let before = format!("# c\n{}\n", text(1));
    let mut edit = edit(&before);
    let (known, other) = (key(1).id(), key(2).id());
    let backwards = Window { seal_from: at(5), seal_until: at(5), ..NONE };
    let missing = RingError { line: None, problem: RingProblem::NoSuchKey { kid: other } };
    assert_eq!(edit.set_window(known, backwards), Err(RingProblem::SealWindow.at(2)));
    assert_eq!(edit.add(&key(1), NONE), Err(RingProblem::SameKeyId { first: 2 }.at(3)));
    assert_eq!(edit.add(&key(2), NONE), Err(RingProblem::SameSealFrom { first: 2 }.at(3)));
    assert_eq!(edit.set_window(other, NONE), Err(missing));
    assert_eq!(edit.remove(other), Err(missing));
    assert_eq!(edit.remove(known).unwrap_err().problem, RingProblem::Empty);
    assert_eq!(edit.set_not_before(at(1 << 40)), Err(RingProblem::Date.at(1)));
    assert_eq!((edit.expose_text(), edit.ring().len()), (before.as_str(), 1));
}

#[test]
fn no_text_with_a_key_outgrows_its_buffer() {
    let longest = Window { seal_from: at(1), seal_until: at(2), open_until: at(3), revoked: true };
    assert!(line(&key(1), longest).len() < LINE_CAPACITY);
    assert!(with_window(&text(1), longest).capacity() > LINE_CAPACITY);
}

#[test]
fn debug_prints_no_key() {
    let shown = format!("{:?}", edit(&text(1)));
    assert!(shown.contains(&format!("Key(kid={})", key(1).id())));
    assert!(!shown.contains(&text(1)[4..12]));
}
