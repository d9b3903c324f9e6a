//! The accounts in real browsers: two profiles as two devices of one user, with scripts turned off.
//!
//! What is ignored without a browser is as in `browser.rs`. Pictures go to `target/screenshots`.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests fail so")]

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;

use hands::{
    IPHONE, NEW_PASSWORD, PASSWORD, change_password, device, devices, log_in, open, session,
    sign_up,
};
use support::server::Server;
use support::webdriver::is_installed;

mod hands;
mod looks;
#[path = "../support/mod.rs"]
mod support;

fn main() {
    let required = std::env::var("CLOAKROOM_REQUIRE")
        .is_ok_and(|list| list.split([',', ' ']).any(|name| name == "browser"));
    let installed = is_installed();
    let story = |name: &'static str, env: &'static [(&str, &str)], story: fn(&Server)| {
        let trial = Trial::test(name, move || {
            if !installed {
                return Err(Failed::from("CLOAKROOM_REQUIRE names browser: no chromedriver"));
            }
            story(&Server::start_program(env!("CARGO_BIN_EXE_accounts"), env));
            Ok(())
        });
        trial.with_ignored_flag(!installed && !required)
    };
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let trials = vec![
        story("two_devices_from_signing_up_to_deleting_the_account", &[], the_whole_story),
        story(
            "the_same_story_with_sessions_in_their_cookies",
            &[("CLOAKROOM_LEVEL", "s3")],
            the_whole_story,
        ),
        story(
            "a_page_that_matters_asks_for_the_password_again",
            &[("ACCOUNTS_SUDO_SECONDS", "5"), ("CLOAKROOM_LEVEL", "s2")],
            asked_again,
        ),
        story(
            "a_logout_drops_what_the_pages_stored_where_that_is_set",
            &[("ACCOUNTS_CLEAR_SITE_DATA", "storage")],
            storage_dropped,
        ),
        story(
            "a_logout_drops_every_cookie_where_that_is_set",
            &[("ACCOUNTS_CLEAR_SITE_DATA", "cookies"), ("CLOAKROOM_LEVEL", "s2")],
            cookies_dropped,
        ),
        story("pages_fit_every_screen_and_break_none_of_their_own_policy", &[], looks::pages),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

fn the_whole_story(server: &Server) {
    let (laptop, phone) = (device("laptop"), device("phone"));
    laptop.disable_script();
    phone.disable_script();
    phone.set_user_agent(IPHONE);

    laptop.open(&server.origin());
    laptop.wait_for_text("h1", "Leave your coat here.");
    assert_eq!(laptop.cookies(), [json!(null); 0], "looking makes no session");
    sign_up(&laptop, "Ada Lovelace");
    laptop.wait_for_text(".message", "Your account is made, and you are logged in.");
    let cookie = session(&laptop);
    for (name, value) in [("httpOnly", json!(true)), ("secure", json!(true)), ("path", json!("/"))]
    {
        assert_eq!(cookie[name], value, "{name}");
    }
    assert_eq!(cookie["sameSite"], "Lax");
    assert_eq!(cookie["expiry"], json!(null), "it ends with the browser");

    // The phone is sent to the login, and from there to what it asked for.
    open(&phone, server, "/devices");
    phone.wait_for_text(".message", "Log in to see that page.");
    phone.click("#remember");
    log_in(&phone, "ada lovelace", PASSWORD);
    phone.wait_for_text("h1", "Your devices");
    assert!(session(&phone)["expiry"].as_u64().is_some(), "it is remembered");
    assert_eq!(devices(&phone), ["Safari on an iPhone This device", "Chrome on Linux"]);

    // One device ends the other.
    laptop.click("a[href='/devices']");
    laptop.wait_for_text("h1", "Your devices");
    assert_eq!(devices(&laptop), ["Chrome on Linux This device", "Safari on an iPhone"]);
    laptop.click(".device:nth-child(2) button");
    laptop.wait_for_text(".message", "Safari on an iPhone is logged out.");
    assert_eq!(devices(&laptop), ["Chrome on Linux This device"]);
    open(&phone, server, "/");
    phone.wait_for_text("h1", "Leave your coat here.");
    phone.click("#to-login");
    log_in(&phone, "Ada Lovelace", PASSWORD);
    phone.wait_for_text(".message", "Welcome back, Ada Lovelace.");

    // A changed password ends the other device, and this one stays.
    open(&laptop, server, "/password");
    change_password(&laptop, "wrong horse", NEW_PASSWORD);
    laptop.wait_for_text(".problem", "That is not your present password.");
    change_password(&laptop, PASSWORD, NEW_PASSWORD);
    laptop.wait_for_text(".message", "Your password is changed. All other devices are logged out.");
    laptop.wait_for_text("#devices", "1");
    open(&phone, server, "/password");
    phone.wait_for_text("h1", "Log in");
    log_in(&phone, "Ada Lovelace", PASSWORD);
    phone.wait_for_text(".problem", "That name and password do not belong together.");
    log_in(&phone, "Ada Lovelace", NEW_PASSWORD);
    phone.wait_for_text("h1", "Change your password");

    // What was typed is shown as it was typed.
    open(&laptop, server, "/note");
    let note = "</textarea><script>document.title = 'broken'</script>";
    laptop.type_into("#note", note);
    laptop.click("#send");
    laptop.wait_for_text(".message", "Your note is saved.");
    laptop.wait_for_text("#note", note);

    // Out here, then out everywhere.
    phone.click("#logout");
    phone.wait_for_text(".message", "You are logged out on this device.");
    assert_eq!(phone.cookies(), [json!(null); 0], "the cookie is gone");
    open(&phone, server, "/login");
    log_in(&phone, "Ada Lovelace", NEW_PASSWORD);
    phone.wait_for_text("h1", "Ada Lovelace");
    open(&laptop, server, "/");
    laptop.wait_for_text("#devices", "2");
    laptop.click("#everywhere");
    laptop.wait_for_text(".message", "You are logged out everywhere.");
    open(&phone, server, "/devices");
    phone.wait_for_text("h1", "Log in");

    // The account ends, and so does what is left of it.
    log_in(&phone, "Ada Lovelace", NEW_PASSWORD);
    phone.wait_for_text("h1", "Your devices");
    open(&laptop, server, "/login");
    log_in(&laptop, "Ada Lovelace", NEW_PASSWORD);
    laptop.wait_for_text("h1", "Ada Lovelace");
    laptop.click("#to-delete");
    laptop.wait_for_text("h1", "Delete your account");
    laptop.click("#sure");
    laptop.click("#send");
    laptop.wait_for_text(".message", "Your account is deleted.");
    open(&phone, server, "/devices");
    phone.wait_for_text("h1", "Log in");
    log_in(&phone, "Ada Lovelace", NEW_PASSWORD);
    phone.wait_for_text(".problem", "That name and password do not belong together.");
}

/// The pages have no script; what these scripts store is the test's own.
fn storage_dropped(server: &Server) {
    let laptop = device("laptop");
    open(&laptop, server, "/");
    sign_up(&laptop, "Ada");
    let stored = "return localStorage.getItem('draft')";
    laptop.run("localStorage.setItem('draft', 'mine'); document.cookie = 'other=1'");
    assert_eq!(laptop.run(stored), json!("mine"));
    laptop.click("#logout");
    laptop.wait_for_text(".message", "You are logged out on this device.");
    assert_eq!(laptop.run(stored), json!(null));
    let cookies = laptop.cookies();
    let names: Vec<_> = cookies.iter().map(|cookie| cookie["name"].as_str()).collect();
    assert_eq!(names, [Some("other")], "the session's own cookie alone is gone");
}

fn cookies_dropped(server: &Server) {
    let laptop = device("laptop");
    open(&laptop, server, "/");
    sign_up(&laptop, "Ada");
    laptop.run("localStorage.setItem('draft', 'mine'); document.cookie = 'other=1'");
    laptop.click("#logout");
    laptop.wait_for_text("h1", "Leave your coat here.");
    assert_eq!(laptop.cookies(), [json!(null); 0]);
    // That of the message for this page among them: the price that the guide names.
    assert_eq!(laptop.run("return document.querySelector('.message')"), json!(null));
    assert_eq!(laptop.run("return localStorage.getItem('draft')"), json!("mine"));
}

fn asked_again(server: &Server) {
    let laptop = device("laptop");
    open(&laptop, server, "/");
    sign_up(&laptop, "Ada");
    // The pages have no script; this is the test's own.
    let asks = "if (document.getElementById('note')) location.reload(); \
                return !!document.querySelector('form[action=\"/confirm\"]')";
    open(&laptop, server, "/note");
    laptop.wait_until("the question", asks);
    laptop.type_into("#password", "wrong horse");
    laptop.click("#send");
    laptop.wait_for_text(".problem", "That is not your password.");
    laptop.type_into("#password", PASSWORD);
    laptop.click("#send");
    laptop.wait_for_text("h1", "Your private note");
    laptop.wait_until("the question again", asks);
    open(&laptop, server, "/devices");
    laptop.wait_for_text("h1", "Your devices");
    looks::look(&laptop, "14-no-list-of-devices");
}
