//! What every page keeps to.

use super::device::{Device, LEVELS, PASSWORD, location, site};

const HOSTILE: &str = "\"><script>alert(1)</script>{{csrf}}'";

#[test]
fn what_people_type_is_shown_as_text() {
    for level in LEVELS {
        let server = site(level, &[]);
        let mut ada = Device::laptop(&server);
        ada.sign_up(HOSTILE);
        let note = format!("</textarea>{HOSTILE}\n\n  <b>kept</b> &amp;");
        let answer = ada.fill("/note", "/note", &[("note", &note)]);
        assert_eq!(location(&answer), Some("/note"), "{}", answer.body());
        for target in ["/", "/devices", "/password", "/note", "/delete", "/confirm"] {
            let page = ada.get(target).body();
            assert!(!page.contains("<script"), "{level} {target}");
        }
        let page = ada.get("/note").body();
        assert!(page.contains("&lt;/textarea&gt;&quot;&gt;&lt;script&gt;"), "{page}");
        assert!(page.contains("{{csrf}}&#39;\n\n  &lt;b&gt;kept&lt;/b&gt; &amp;amp;"), "{page}");
        assert!(ada.get("/").body().contains("&quot;&gt;&lt;script&gt;alert(1)"));

        let mut visitor = Device::phone(&server);
        let page = visitor.log_in(HOSTILE, "wrong horse").body();
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
    }
}

#[test]
fn every_answer_is_strict_and_no_page_has_a_script() {
    let server = site("s4", &[]);
    let (mut ada, mut visitor) = (Device::laptop(&server), Device::phone(&server));
    ada.sign_up("Ada");
    let mut answers: Vec<_> = ["/", "/login", "/signup", "/devices", "/nowhere"]
        .map(|target| (format!("visitor {target}"), visitor.get(target)))
        .into();
    for target in ["/", "/devices", "/password", "/note", "/delete", "/confirm", "/login"] {
        answers.push((format!("Ada {target}"), ada.get(target)));
    }
    answers.push(("forged".into(), ada.post("/logout", &[])));
    answers.push(("wrong password".into(), visitor.log_in("Ada", "wrong horse")));
    for (what, answer) in answers {
        let policy = answer.all("content-security-policy").concat();
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{what}: {policy}");
        }
        assert!(!policy.contains("script") && !policy.contains("unsafe"), "{what}: {policy}");
        assert_eq!(answer.all("x-content-type-options"), ["nosniff"], "{what}");
        assert_eq!(answer.all("x-frame-options"), ["DENY"], "{what}");
        let page = answer.body();
        assert!(page.is_empty() || answer.all("cache-control").contains(&"no-store"), "{what}");
        for bad in ["<script", " style=", "javascript:", " onclick", "{{", "}}"] {
            assert!(!page.contains(bad), "{what} has {bad}");
        }
        for line in answer.all("set-cookie") {
            for attribute in
                ["__Host-session", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"]
            {
                assert!(line.contains(attribute), "{what}: {line}");
            }
        }
    }
}

#[test]
fn the_style_is_for_every_cache_and_the_first_page_makes_no_session() {
    let server = site("s4", &[]);
    let mut visitor = Device::laptop(&server);
    let style = visitor.get("/style.css");
    assert_eq!(style.all("cache-control"), ["public, max-age=600"]);
    assert_eq!(style.all("vary"), [""; 0], "it never asks for the session");
    assert_eq!(visitor.get("/").status, 200);
    assert_eq!(visitor.cookies(), "");
}

#[test]
fn visitors_are_sent_to_the_login_and_come_back_from_it() {
    let server = site("s4", &[]);
    Device::laptop(&server).sign_up("Ada");
    for target in ["/devices", "/password", "/note", "/delete"] {
        let mut phone = Device::phone(&server);
        let answer = phone.get(target);
        let way = format!("/login?next={target}");
        assert_eq!(location(&answer), Some(way.as_str()));
        let page = phone.get(&way).body();
        assert!(page.contains("Log in to see that page."), "{page}");
        let fields = [("name", "Ada"), ("password", PASSWORD), ("next", target)];
        assert_eq!(location(&phone.fill(&way, "/login", &fields)), Some(target));
        assert_eq!(phone.get(target).status, 200);
    }
}

#[test]
fn names_and_passwords_that_will_not_do_are_refused_with_the_reason() {
    let server = site("s4", &[]);
    let (long, endless) = ("x".repeat(41), "x".repeat(201));
    for (name, password, repeat, says) in [
        ("", PASSWORD, PASSWORD, "Choose a name."),
        ("   ", PASSWORD, PASSWORD, "Choose a name."),
        (long.as_str(), PASSWORD, PASSWORD, "at most 40"),
        ("a\u{7}b", PASSWORD, PASSWORD, "at most 40"),
        ("Ada", "short", "short", "at least 8"),
        ("Ada", endless.as_str(), endless.as_str(), "at most 200"),
        ("Ada", PASSWORD, "correct house", "not the same"),
    ] {
        let mut visitor = Device::laptop(&server);
        let fields = [("name", name), ("password", password), ("repeat", repeat)];
        let answer = visitor.fill("/signup", "/signup", &fields);
        assert_eq!(answer.status, 422, "{name:?}");
        let page = answer.body();
        assert!(page.contains(says), "{name:?}: {page}");
        assert!(!visitor.is_in());
        assert!(!page.contains(PASSWORD) && !page.contains("short"), "no password comes back");
    }
}

#[test]
fn a_form_that_is_too_long_is_not_read() {
    let server = site("s4", &[]);
    let mut ada = Device::laptop(&server);
    ada.sign_up("Ada");
    let (fits, huge) = ("x".repeat(2001), "x".repeat(20_000));
    assert_eq!(ada.fill("/note", "/note", &[("note", &fits)]).status, 422);
    assert_eq!(ada.fill("/note", "/note", &[("note", &huge)]).status, 400);
}
