//! Two devices of one user, from signing up to logging out everywhere.

use super::device::{Device, LEVELS, LISTING, PASSWORD, location, site};

#[test]
fn whoever_signs_up_is_logged_in_and_the_name_is_taken() {
    for level in LEVELS {
        let server = site(level, &[]);
        let mut ada = Device::laptop(&server);
        ada.sign_up("Ada");
        let page = ada.get("/").body();
        assert!(page.contains(r#"id="who">Ada</h1>"#), "{page}");

        let mut other = Device::phone(&server);
        let fields = [("name", "ADA"), ("password", PASSWORD), ("repeat", PASSWORD)];
        let answer = other.fill("/signup", "/signup", &fields);
        assert_eq!(answer.status, 422);
        assert!(answer.body().contains("That name is taken"), "{level}");
        assert!(!other.is_in());
    }
}

#[test]
fn a_message_is_shown_once_after_the_redirect() {
    let server = site("s4", &[]);
    let mut ada = Device::laptop(&server);
    let fields = [("name", "Ada"), ("password", PASSWORD), ("repeat", PASSWORD)];
    ada.fill("/signup", "/signup", &fields);
    let welcome = "Your account is made";
    assert!(ada.get("/").body().contains(welcome));
    assert!(!ada.get("/").body().contains(welcome));
}

#[test]
fn a_login_that_is_remembered_outlives_the_browser_and_another_does_not() {
    for level in LEVELS {
        let server = site(level, &[]);
        Device::laptop(&server).sign_up("Ada");
        let mut phone = Device::phone(&server);
        let fields = [("name", "ada"), ("password", PASSWORD), ("remember", "yes")];
        let answer = phone.fill("/login", "/login", &fields);
        let session = |line: &&&str| line.starts_with("__Host-session=");
        let lines = answer.all("set-cookie");
        let line = lines.iter().find(session).expect("the session");
        assert!(line.contains("; Max-Age=2592000"), "{level}: {line}");

        let answer = Device::laptop(&server).log_in("ada", PASSWORD);
        let lines = answer.all("set-cookie");
        let line = lines.iter().find(session).expect("the session");
        assert!(!line.contains("Max-Age"), "{level}: {line}");
    }
}

#[test]
fn devices_are_listed_by_name_and_ending_one_leaves_the_rest() {
    for level in LISTING {
        let server = site(level, &[]);
        let (mut laptop, mut phone) = (Device::laptop(&server), Device::phone(&server));
        let mut third = Device::phone(&server);
        laptop.sign_up("Ada");
        phone.log_in("Ada", PASSWORD);
        third.log_in("Ada", PASSWORD);

        let list = laptop.list();
        let names: Vec<_> = list.iter().map(|(name, _)| name.as_str()).collect();
        let expected = ["Firefox on Linux (this)", "Safari on an iPhone", "Safari on an iPhone"];
        assert_eq!(names, expected, "{level}");
        let own = phone.list().into_iter().find(|(name, _)| name.ends_with("(this)"));
        let (name, id) = own.expect("the phone knows itself");
        assert_eq!(name, "Safari on an iPhone (this)", "{level}");

        let answer = laptop.fill("/devices", "/devices/end", &[("device", &id)]);
        assert_eq!(location(&answer), Some("/devices"));
        assert!(laptop.get("/devices").body().contains("Safari on an iPhone is logged out."));
        assert!(!phone.is_in(), "{level}");
        assert!(laptop.is_in() && third.is_in(), "{level}");
        assert_eq!(laptop.list().len(), 2);

        let answer = laptop.fill("/devices", "/devices/end", &[("device", &id)]);
        assert_eq!(answer.status, 303, "ending it again is no error");
        assert!(laptop.get("/devices").body().contains("logged out already"));
    }
}

#[test]
fn the_levels_below_say_that_there_is_no_list() {
    for level in ["s1", "s2"] {
        let server = site(level, &[]);
        let mut ada = Device::laptop(&server);
        ada.sign_up("Ada");
        assert!(ada.get("/devices").body().contains(r#"id="unknown""#), "{level}");
        let answer = ada.fill("/devices", "/devices/end", &[("device", "0123456789abcdef")]);
        assert_eq!(answer.status, 404, "{level}");
    }
}

#[test]
fn a_changed_password_ends_the_other_device_and_this_one_stays() {
    for level in LEVELS {
        let server = site(level, &[]);
        let (mut laptop, mut phone) = (Device::laptop(&server), Device::phone(&server));
        laptop.sign_up("Ada");
        phone.log_in("Ada", PASSWORD);
        let before = laptop.cookies();

        let new = "battery staple";
        let wrong = [("current", "wrong horse"), ("password", new), ("repeat", new)];
        let answer = laptop.fill("/password", "/password", &wrong);
        assert_eq!(answer.status, 422);
        assert!(phone.is_in(), "{level}: nothing was changed");

        let fields = [("current", PASSWORD), ("password", new), ("repeat", new)];
        let answer = laptop.fill("/password", "/password", &fields);
        assert_eq!(location(&answer), Some("/"), "{level}: {}", answer.body());
        assert!(laptop.is_in(), "{level}");
        assert_ne!(laptop.cookies(), before, "{level}: under a new id");
        assert!(!phone.is_in(), "{level}");
        if LISTING.contains(&level) {
            assert_eq!(laptop.list().len(), 1, "{level}");
        }
        assert_eq!(phone.log_in("Ada", PASSWORD).status, 422, "the old one is no good");
        assert_eq!(phone.log_in("Ada", new).status, 303);
        assert!(phone.is_in() && laptop.is_in());
    }
}

#[test]
fn the_others_can_be_logged_out_at_once() {
    for level in LEVELS {
        let server = site(level, &[]);
        let (mut laptop, mut phone) = (Device::laptop(&server), Device::phone(&server));
        laptop.sign_up("Ada");
        phone.log_in("Ada", PASSWORD);
        laptop.fill("/devices", "/devices/others", &[]);
        assert!(laptop.is_in() && !phone.is_in(), "{level}");
    }
}

#[test]
fn logging_out_everywhere_ends_every_device_of_this_user_alone() {
    for level in LEVELS {
        let server = site(level, &[]);
        let (mut laptop, mut phone) = (Device::laptop(&server), Device::phone(&server));
        let mut grace = Device::laptop(&server);
        laptop.sign_up("Ada");
        phone.log_in("Ada", PASSWORD);
        grace.sign_up("Grace");
        let answer = laptop.fill("/", "/everywhere", &[]);
        assert_eq!(location(&answer), Some("/"), "{level}");
        assert!(!laptop.is_in() && !phone.is_in(), "{level}");
        assert!(grace.is_in(), "{level}");
    }
}

#[test]
fn a_logout_leaves_the_other_device() {
    for level in LEVELS {
        let server = site(level, &[]);
        let (mut laptop, mut phone) = (Device::laptop(&server), Device::phone(&server));
        laptop.sign_up("Ada");
        phone.log_in("Ada", PASSWORD);
        assert_eq!(location(&phone.fill("/", "/logout", &[])), Some("/"));
        assert!(!phone.is_in() && laptop.is_in(), "{level}");
    }
}

#[test]
fn a_logout_asks_the_browser_to_drop_data_where_that_is_set() {
    for level in LEVELS {
        for (set, line) in [("", None), ("storage,cache", Some(r#""cache", "storage""#))] {
            let more = [("ACCOUNTS_CLEAR_SITE_DATA", set)];
            let server = site(level, if line.is_some() { &more } else { &[] });
            let mut ada = Device::laptop(&server);
            ada.sign_up("Ada");
            for page in ["/logout", "/everywhere"] {
                assert_eq!(ada.get("/").all("clear-site-data"), [""; 0], "{level}");
                let answer = ada.fill("/", page, &[]);
                let lines = answer.all("clear-site-data");
                assert_eq!(lines, line.into_iter().collect::<Vec<_>>(), "{level} {page}");
                assert_eq!(ada.log_in("Ada", PASSWORD).all("clear-site-data"), [""; 0], "{level}");
            }
        }
    }
}

#[test]
fn accounts_sessions_and_logouts_in_a_file_outlive_the_process() {
    let key = cloakroom::Key::generate().expect("a key").expose_text();
    for level in ["s2", "s3", "s4"] {
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("accounts-{level}-{}.sqlite", std::process::id()));
        let path = file.to_str().expect("a path of UTF-8");
        let env = [("ACCOUNTS_DB", path), ("CLOAKROOM_KEY", key.as_str())];
        let first = site(level, &env);
        let mut ada = Device::laptop(&first);
        ada.sign_up("Ada");
        let mut phone = Device::phone(&first);
        phone.log_in("Ada", PASSWORD);
        let copy = phone.clone();
        phone.fill("/", "/logout", &[]);
        drop(first);
        let second = site(level, &env);
        let mut ada = ada.walk_to(&second);
        assert!(ada.is_in(), "{level}");
        assert!(!copy.walk_to(&second).is_in(), "{level}: what has ended stays so");
        drop(second);
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{path}{end}"));
        }
    }
}
