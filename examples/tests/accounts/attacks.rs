//! What must not work.

use super::device::{Device, LEVELS, LISTING, PASSWORD, between, location, site};

#[test]
fn a_cookie_that_was_planted_before_the_login_never_becomes_a_logged_in_one() {
    for level in LEVELS {
        let server = site(level, &[]);
        Device::laptop(&server).sign_up("Ada");
        let mut mallory = Device::laptop(&server);
        let token = mallory.token("/login");
        let planted = mallory.cookies();
        assert!(planted.contains("__Host-session="), "{level}: there is a session to plant");

        let mut victim = mallory.clone();
        let fields = [("name", "Ada"), ("password", PASSWORD), ("csrf", &token)];
        assert_eq!(location(&victim.post("/login", &fields)), Some("/"), "{level}");
        assert!(victim.is_in(), "{level}");
        assert!(!victim.cookies().contains(&planted), "{level}");
        assert_eq!(mallory.cookies(), planted, "the planted one is still what it was");
        assert!(!mallory.is_in(), "{level}");
    }
}

#[test]
fn a_form_with_another_token_than_the_sessions_does_nothing() {
    for level in LEVELS {
        let server = site(level, &[]);
        let (mut ada, mut phone) = (Device::laptop(&server), Device::phone(&server));
        let before_login = ada.token("/signup");
        ada.sign_up("Ada");
        phone.log_in("Ada", PASSWORD);
        let mut mallory = Device::laptop(&server);
        mallory.sign_up("Mallory");
        let (stolen, own) = (mallory.token("/"), ada.token("/"));
        let cut = &own[..own.len() - 1];
        let device = phone.list().first().map(|(_, id)| id.clone()).unwrap_or_default();
        for target in [
            "/logout",
            "/everywhere",
            "/devices/end",
            "/devices/others",
            "/password",
            "/confirm",
            "/note",
            "/delete",
            "/login",
            "/signup",
        ] {
            for token in ["", "x", cut, &stolen, &before_login] {
                let fields = [
                    ("csrf", token),
                    ("device", &device),
                    ("sure", "yes"),
                    ("name", "Eve"),
                    ("current", PASSWORD),
                    ("password", PASSWORD),
                    ("repeat", PASSWORD),
                    ("note", "forged"),
                ];
                let answer = ada.post(target, &fields);
                assert_eq!(answer.status, 403, "{level} {target} {token}");
                assert!(answer.body().contains("Nothing was done"));
            }
        }
        assert!(ada.is_in() && phone.is_in(), "{level}");
        assert!(!ada.get("/note").body().contains("forged"), "{level}");
        assert_eq!(Device::laptop(&server).log_in("Eve", PASSWORD).status, 422, "{level}");
        assert_eq!(ada.post("/note", &[("csrf", &own)]).status, 303, "its own token is good");
    }
}

#[test]
fn a_form_without_a_cookie_says_that_cookies_are_needed() {
    let server = site("s4", &[]);
    let token = Device::laptop(&server).token("/login");
    let fields = [("name", "Ada"), ("password", PASSWORD), ("csrf", token.as_str())];
    let answer = Device::laptop(&server).post("/login", &fields);
    assert_eq!(answer.status, 403);
    assert!(answer.body().contains("Your browser sent no cookie"));
}

#[test]
fn no_next_leads_off_the_site() {
    let server = site("s4", &[]);
    let mut ada = Device::laptop(&server);
    ada.sign_up("Ada");
    for bad in
        ["https://evil.example/", "//evil.example", "/\\evil.example", "/login", "javascript:1"]
    {
        let mut phone = Device::phone(&server);
        let coded: String = form_urlencoded::byte_serialize(bad.as_bytes()).collect();
        let page = phone.get(&format!("/login?next={coded}")).body();
        assert_eq!(between(&page, r#"name="next" value=""#, "\""), "/", "{bad}");
        let fields = [("name", "Ada"), ("password", PASSWORD), ("next", bad)];
        let answer = phone.fill("/login", "/login", &fields);
        assert_eq!(location(&answer), Some("/"), "{bad}");
        let answer = phone.get(&format!("/login?next={coded}"));
        assert_eq!(location(&answer), Some("/"), "{bad}: for somebody who is logged in");
        let fields = [("password", PASSWORD), ("next", bad)];
        assert_eq!(location(&phone.fill("/", "/confirm", &fields)), Some("/"), "{bad}");
    }
    let mut phone = Device::phone(&server);
    let fields = [("name", "Ada"), ("password", PASSWORD), ("next", "/devices")];
    assert_eq!(location(&phone.fill("/login", "/login", &fields)), Some("/devices"));
}

#[test]
fn an_unknown_name_and_a_wrong_password_are_answered_alike() {
    for level in LEVELS {
        let server = site(level, &[]);
        Device::laptop(&server).sign_up("Ada");
        let said = |name: &str, password: &str| {
            let mut visitor = Device::phone(&server);
            let answer = visitor.log_in(name, password);
            let names = answer.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            let body = answer.body();
            let token = between(&body, r#"name="csrf" value=""#, "\"").to_owned();
            (answer.status, names, body.replace(&token, "").replace(name, "NAME"))
        };
        let (wrong, unknown) = (said("Ada", "wrong horse"), said("Bob", "wrong horse"));
        assert_eq!(wrong, unknown, "{level}");
        assert_eq!(wrong.0, 422);
        assert_eq!(said("Bob", "nobody's").0, 422, "{level}: the hash for nobody lets nobody in");
    }
}

#[test]
fn a_cookie_that_was_logged_out_is_refused_when_it_is_sent_again() {
    for level in LEVELS {
        let server = site(level, &[]);
        let mut ada = Device::laptop(&server);
        ada.sign_up("Ada");
        let mut copy = ada.clone();
        assert!(copy.is_in());
        ada.fill("/", "/logout", &[]);
        // What S1 does not do, as the guide says.
        assert_eq!(copy.is_in(), level == "s1", "{level}");
        ada.log_in("Ada", PASSWORD);
        ada.fill("/devices", "/devices/others", &[]);
        assert!(!copy.is_in(), "{level}");
        assert!(ada.is_in(), "{level}");
    }
}

#[test]
fn a_cookie_from_before_a_renewal_is_refused() {
    for level in ["s2", "s3", "s4"] {
        let server = site(level, &[]);
        let mut ada = Device::laptop(&server);
        ada.sign_up("Ada");
        let mut copy = ada.clone();
        ada.fill("/confirm", "/confirm", &[("password", PASSWORD)]);
        assert!(ada.is_in() && !copy.is_in(), "{level}");
    }
}

#[test]
fn the_session_of_a_deleted_account_is_nobodys() {
    for level in LEVELS {
        let server = site(level, &[]);
        let (mut laptop, mut phone) = (Device::laptop(&server), Device::phone(&server));
        laptop.sign_up("Ada");
        phone.log_in("Ada", PASSWORD);
        let mut copy = laptop.clone();
        assert_eq!(laptop.fill("/delete", "/delete", &[]).status, 422, "the box is not checked");
        let answer = laptop.fill("/delete", "/delete", &[("sure", "yes")]);
        assert_eq!(location(&answer), Some("/"), "{level}: {}", answer.body());
        assert!(!laptop.is_in() && !phone.is_in() && !copy.is_in(), "{level}");
        assert_eq!(phone.get("/").status, 200, "{level}: the first page is there for everybody");
        assert_eq!(phone.log_in("Ada", PASSWORD).status, 422, "{level}");

        // Somebody else of that name is somebody else.
        let mut other = Device::phone(&server);
        other.sign_up("Ada");
        assert!(!laptop.is_in() && !phone.is_in() && !copy.is_in(), "{level}");
    }
}

#[test]
fn nobody_can_end_a_device_of_somebody_else() {
    for level in LISTING {
        let server = site(level, &[]);
        let (mut ada, mut mallory) = (Device::laptop(&server), Device::laptop(&server));
        ada.sign_up("Ada");
        mallory.sign_up("Mallory");
        let id = ada.list().first().map(|(_, id)| id.clone()).expect("a device");
        mallory.fill("/devices", "/devices/end", &[("device", &id)]);
        assert!(ada.is_in() && mallory.is_in(), "{level}");
    }
}
