//! Pages that ask for the password again.

use std::time::{Duration, Instant};

use super::device::{Device, LEVELS, PASSWORD, location, site};

/// How long a server may take to do what is expected of it.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_page_that_matters_asks_again_once_the_password_is_old() {
    for level in LEVELS {
        let server = site(level, &[("ACCOUNTS_SUDO_SECONDS", "2")]);
        let mut ada = Device::laptop(&server);
        ada.sign_up("Ada");
        let token = ada.token("/");
        let question = Some("/confirm?next=/note");
        until("the note asks", || location(&ada.get("/note")) == question);
        assert!(ada.is_in(), "{level}: the other pages do not ask");

        let answer = ada.post("/note", &[("csrf", &token), ("note", "unseen")]);
        assert_eq!(location(&answer), question, "{level}: nor can the form be sent");
        let fields = [("password", "wrong horse"), ("next", "/note")];
        let answer = ada.fill("/confirm", "/confirm", &fields);
        assert_eq!(answer.status, 422);
        assert_eq!(location(&ada.get("/note")), question, "{level}");

        let fields = [("password", PASSWORD), ("next", "/note")];
        until("the answer opens the note", || {
            let before = ada.cookies();
            let answer = ada.fill("/confirm", "/confirm", &fields);
            assert_eq!(location(&answer), Some("/note"), "{level}");
            assert_ne!(ada.cookies(), before, "{level}: under a new id");
            let page = ada.get("/note");
            // A slow machine may have taken the two seconds for this.
            assert!(!page.body().contains("unseen"));
            page.status == 200
        });
        until("it asks again", || location(&ada.get("/delete")) == Some("/confirm?next=/delete"));
    }
}

#[test]
fn a_fresh_password_counts_on_every_page_and_after_a_change_of_it() {
    for level in LEVELS {
        let server = site(level, &[("ACCOUNTS_SUDO_SECONDS", "3600")]);
        let mut ada = Device::laptop(&server);
        ada.sign_up("Ada");
        for target in ["/note", "/delete"] {
            assert_eq!(ada.get(target).status, 200, "{level} {target}");
        }
        let new = "battery staple";
        let fields = [("current", PASSWORD), ("password", new), ("repeat", new)];
        ada.fill("/password", "/password", &fields);
        assert_eq!(ada.get("/note").status, 200, "{level}");
    }
}

/// Asks again and again until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
