//! Hostile `Cookie` headers: an anonymous session, the answer to nobody, and at most eight tries.

use cloakroom::{Counters, Protection, Rejection, SessionManager};

use crate::workbench::{MODES, NAME, Visit, cookie, header, load, manager, responses, visit};

/// Cookies that were tried so far.
fn tries(counters: &Counters) -> u64 {
    let refused: u64 = Rejection::ALL.iter().map(|reason| counters.rejected(*reason)).sum();
    counters.opened() + refused
}

/// A server, and how many of these headers' cookies it tried to open.
fn tried(mode: Protection, cookies: &[&[u8]]) -> (SessionManager<Visit>, u64) {
    let sessions = manager(mode);
    let session = load(&sessions, cookies);
    assert!(session.is_new() && session.read(|found| *found == Visit::default()).unwrap());
    let count = tries(sessions.counters());
    (sessions, count)
}

#[track_caller]
fn nobody_after(expected: u64, cookies: &[&[u8]]) {
    for mode in MODES {
        let (sessions, count) = tried(mode, cookies);
        assert_eq!(count, expected);
        assert_eq!(responses(&sessions, cookies), responses(&sessions, &[]));
    }
}

/// Whether a server finds the visitor in these headers.
fn found(mode: Protection, cookies: &[&[u8]]) -> bool {
    load(&manager(mode), cookies).read(|found| *found == visit()).unwrap()
}

#[test]
fn the_control_is_found() {
    for mode in MODES {
        assert!(found(mode, &[&header(cookie(mode))]));
        assert!(found(mode, &[b"a=b", &header(cookie(mode)), b"c=d"]));
    }
}

#[test]
fn a_header_of_64_kilobytes_costs_at_most_eight_tries() {
    let pair = |value: &[u8]| [NAME.as_bytes(), b"=", value, b"; "].concat();
    let filled = |piece: &[u8]| {
        let mut line = piece.repeat(65_536 / piece.len() + 1);
        line.truncate(65_536);
        line
    };
    nobody_after(0, &[&filled(b";")]);
    nobody_after(0, &[&filled(b"=")]);
    nobody_after(0, &[&filled(b" ")]);
    nobody_after(0, &[&filled(b"a=b; ")]);
    nobody_after(0, &[&filled(b"\xff")]);
    nobody_after(0, &[&filled(b"\"")]);
    nobody_after(1, &[&filled(&[NAME.as_bytes(), b"="].concat())]);
    nobody_after(8, &[&filled(&pair(b""))]);
    nobody_after(8, &[&filled(&pair(b"x"))]);
    nobody_after(8, &[&filled(&pair(&[b'A'; 4096]))]);
    // Forged in the last byte, so that each costs a whole tag.
    for mode in MODES {
        let mut forged = cookie(mode).into_bytes();
        let last = forged.len() - 1;
        forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
        let bomb = filled(&pair(&forged));
        let (sessions, count) = tried(mode, &[&bomb]);
        assert_eq!((count, sessions.counters().rejected(Rejection::Forged)), (8, 8));
    }
}

#[test]
fn of_200_cookies_of_our_name_eight_are_tried_in_their_order() {
    for mode in MODES {
        let genuine = header(cookie(mode));
        let junk = header("junk");
        for place in [0, 1, 7, 8, 9, 199] {
            let mut lines: Vec<&[u8]> = vec![&junk; 200];
            lines[place] = &genuine;
            let joined = lines.join(&b"; "[..]);
            for cookies in [&lines[..], &[&joined]] {
                let sessions = manager(mode);
                let session = load(&sessions, cookies);
                assert_eq!(session.is_new(), place >= 8, "place {place}");
                assert_eq!(tries(sessions.counters()), 8);
            }
        }
    }
}

#[test]
fn two_hundred_cookies_of_other_names_cost_no_try() {
    let lines: Vec<String> = (0..200).map(|nth| format!("c{nth}={}", "v".repeat(300))).collect();
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    nobody_after(0, &lines);
    nobody_after(0, &[&lines.join(&b"; "[..])]);
}

#[test]
fn names_that_are_nearly_ours_are_not() {
    for mode in MODES {
        let value = cookie(mode);
        for name in [
            "__host-session",
            "__HOST-SESSION",
            "__Host-Session",
            "__Host-sessio",
            "__Host-session2",
            "__Host-session\0",
            "\"__Host-session\"",
            "%5F%5FHost-session",
            "__Host%2Dsession",
            "\u{2000}__Host-session",
            "\u{a0}__Host-session",
            "\u{feff}__Host-session",
            "__Host-session\u{3000}",
            "\x0b__Host-session",
            "\x0c__Host-session",
            "__Host-session\r",
            "$__Host-session",
            "$Version=1; $__Host-session",
            "Cookie: __Host-session",
            "__Host-session[0]",
            "=__Host-session",
            ",__Host-session",
            "a,__Host-session",
            "",
            " ",
        ] {
            let line = format!("{name}={value}");
            nobody_after(0, &[line.as_bytes()]);
        }
    }
}

#[test]
fn our_name_is_found_where_only_blanks_and_other_cookies_stand_around_it() {
    for mode in MODES {
        let value = cookie(mode);
        for line in [
            format!("$Version=1; {NAME}={value}; $Path=/"),
            format!(" \t{NAME}\t = \t{value} \t"),
            format!(";;; ;{NAME}={value};;;"),
            format!("=; ={NAME}; nameless; {NAME}={value}"),
            format!("a=\"; {NAME}={value}; b=\""),
        ] {
            assert!(found(mode, &[line.as_bytes()]), "{line}");
        }
    }
}

#[test]
fn a_nameless_cookie_that_spells_ours_is_not_ours() {
    // A browser stores `=__Host-session=x` under the empty name and may send it without the `=`;
    // browsers refuse such a cookie for its prefix. What arrives is one more candidate, no more.
    for mode in MODES {
        let value = cookie(mode);
        nobody_after(0, &[format!("={NAME}={value}").as_bytes()]);
        nobody_after(0, &[format!("= {NAME}={value}").as_bytes()]);
        nobody_after(0, &[NAME.as_bytes()]);
    }
}

#[test]
fn bytes_that_are_not_text_spoil_their_own_cookie_alone() {
    for mode in MODES {
        let genuine = header(cookie(mode));
        for bytes in [&b"\xff"[..], b"\xc3\x28", b"\xed\xa0\x80", b"\0", b"\x80=\x80", b"\r\nX: y"]
        {
            let mut spoilt = genuine.clone();
            spoilt.splice(NAME.len() + 40..NAME.len() + 40, bytes.iter().copied());
            nobody_after(1, &[&spoilt]);
            assert!(found(mode, &[&[bytes, b"; ", &genuine].concat()]));
            assert!(found(mode, &[&[b"x=", bytes, b"; ", &genuine].concat()]));
            assert!(found(mode, &[&spoilt, &genuine]));
        }
    }
}

#[test]
fn a_quoted_value_is_not_unquoted() {
    for mode in MODES {
        let value = cookie(mode);
        for (open, close) in
            [("\"", "\""), ("'", "'"), ("\"", ""), ("", "\""), ("\\", ""), ("<", ">")]
        {
            nobody_after(1, &[&header(format!("{open}{value}{close}"))]);
        }
    }
}

#[test]
fn a_planted_cookie_of_another_session_logs_nobody_in() {
    // Two sessions under one name: somebody planted one, and which cannot be told.
    use crate::workbench::{codec, seal};
    for mode in MODES {
        let planted = header(seal(&codec(mode), &Visit { user: 666, ..visit() }, 8).unwrap());
        let genuine = header(cookie(mode));
        for cookies in [[&planted, &genuine], [&genuine, &planted]] {
            let cookies = cookies.map(Vec::as_slice);
            let sessions = manager(mode);
            let session = load(&sessions, &cookies);
            assert!(session.is_new());
            let [reading, _] = responses(&sessions, &cookies);
            assert!(reading.set_cookies[0].as_str().contains("Max-Age=0"));
        }
    }
}
