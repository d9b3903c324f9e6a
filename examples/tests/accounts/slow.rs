//! Forms that arrive so slowly that their session ends meanwhile.
//!
//! Mallory has a copy of Ada's cookie, and Ada does what helps against that.

use super::device::{Device, LEVELS, PASSWORD, location, site};
use super::support::server::Server;

const NEW: &str = "battery staple";
const MALLORYS: &str = "tr0ub4dor and 3";

/// Ada, and Mallory with a copy of her cookie.
fn both(server: &Server) -> (Device, Device) {
    let mut ada = Device::laptop(server);
    ada.sign_up("Ada");
    let mallory = ada.clone();
    (ada, mallory)
}

fn change_password(ada: &mut Device) {
    let fields = [("current", PASSWORD), ("password", NEW), ("repeat", NEW)];
    assert_eq!(location(&ada.fill("/password", "/password", &fields)), Some("/"));
}

#[test]
fn no_slow_form_of_a_copied_cookie_outlives_a_change_of_the_password() {
    for level in LEVELS {
        for target in
            ["/devices/others", "/everywhere", "/password", "/confirm", "/note", "/delete"]
        {
            let server = site(level, &[]);
            let (mut ada, mut mallory) = both(&server);
            let token = mallory.token("/");
            let fields = [
                ("csrf", token.as_str()),
                ("current", PASSWORD),
                ("password", if target == "/confirm" { PASSWORD } else { MALLORYS }),
                ("repeat", MALLORYS),
                ("note", "mallory was here"),
                ("sure", "yes"),
            ];
            let answer = mallory.post_slowly(target, &fields, || change_password(&mut ada));
            assert!(matches!(answer.status, 403 | 303), "{level} {target} {}", answer.status);
            assert!(!mallory.is_in(), "{level} {target}");
            assert!(ada.is_in(), "{level} {target}: she is still here");
            assert!(!ada.get("/note").body().contains("mallory"), "{level} {target}");
            let mut tries = Device::laptop(&server);
            assert_eq!(tries.log_in("Ada", MALLORYS).status, 422, "{level} {target}");
            assert_eq!(location(&tries.log_in("Ada", NEW)), Some("/"), "{level} {target}");
        }
    }
}

#[test]
fn no_slow_form_gets_a_session_for_a_cookie_that_was_logged_out() {
    // At S1 a logout ends nothing but the browser's own cookie.
    for level in &LEVELS[1..] {
        for (target, password) in [("/devices/others", ""), ("/confirm", PASSWORD)] {
            let server = site(level, &[]);
            let (mut ada, mut mallory) = both(&server);
            let token = mallory.token("/");
            let fields = [("csrf", token.as_str()), ("password", password)];
            let answer = mallory.post_slowly(target, &fields, || {
                assert_eq!(location(&ada.fill("/", "/logout", &[])), Some("/"));
            });
            assert_eq!(answer.status, 403, "{level} {target}");
            assert!(answer.body().contains("Your session has ended"));
            assert!(!mallory.is_in(), "{level} {target}");
        }
    }
}

#[test]
fn of_two_logins_of_one_visitor_at_a_time_neither_fails() {
    for level in LEVELS {
        let server = site(level, &[]);
        Device::laptop(&server).sign_up("Ada");
        let mut first = Device::laptop(&server);
        let token = first.token("/login");
        let mut second = first.clone();
        let fields = [("csrf", token.as_str()), ("name", "Ada"), ("password", PASSWORD)];
        let answer = second.post_slowly("/login", &fields, || {
            assert_eq!(location(&first.post("/login", &fields)), Some("/"));
        });
        assert_eq!(location(&answer), Some("/"), "{level}");
        assert!(first.is_in() && second.is_in(), "{level}");
    }
}
