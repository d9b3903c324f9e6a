//! Every page on screens of several widths, for programs and for people to look at.

use serde_json::json;

use super::hands::{
    IPHONE, NEW_PASSWORD, PASSWORD, change_password, device, log_in, open, sign_up,
};
use super::support::server::Server;
use super::support::webdriver::Browser;

pub(crate) fn pages(server: &Server) {
    let (laptop, phone) = (device("laptop"), device("phone"));
    phone.set_user_agent(IPHONE);
    open(&laptop, server, "/");
    look(&laptop, "01-welcome");
    laptop.click("#to-signup");
    laptop.wait_for_text("h1", "Sign up");
    look(&laptop, "02-signup");
    let name = "Wolfeschlegelsteinhausenbergerdorffwelch";
    sign_up(&laptop, name);
    laptop.wait_for_text("h1", name);
    look(&laptop, "03-account");
    laptop.set_dark(true);
    look(&laptop, "03-account-dark");
    laptop.set_dark(false);
    open(&laptop, server, "/password");
    look(&laptop, "04-password");
    change_password(&laptop, "wrong horse", NEW_PASSWORD);
    laptop.wait_for_text(".problem", "That is not your present password.");
    look(&laptop, "05-password-refused");

    open(&phone, server, "/devices");
    phone.wait_for_text("h1", "Log in");
    look(&phone, "06-login");
    log_in(&phone, name, "wrong horse");
    phone.wait_for_text(".problem", "That name and password do not belong together.");
    look(&phone, "07-login-refused");
    log_in(&phone, name, PASSWORD);
    phone.wait_for_text("h1", "Your devices");
    look(&phone, "08-devices");
    phone.set_dark(true);
    look(&phone, "08-devices-dark");
    open(&laptop, server, "/note");
    laptop.type_into("#note", "7fq2-9dkx  used\n3mzt-81pw\nv0ra-6c4e");
    laptop.click("#send");
    laptop.wait_for_text(".message", "Your note is saved.");
    look(&laptop, "09-note");
    open(&laptop, server, "/confirm?next=/delete");
    look(&laptop, "10-confirm");
    open(&laptop, server, "/delete");
    look(&laptop, "11-delete");
    open(&laptop, server, "/nowhere");
    look(&laptop, "12-no-such-page");
    open(&laptop, server, "/");
    laptop.click("#everywhere");
    laptop.wait_for_text(".message", "You are logged out everywhere.");
    look(&laptop, "13-logged-out");
}

/// Looks at the page on screens of several widths, and keeps pictures of it.
fn look(browser: &Browser, name: &str) {
    for width in [360, 768, 390, 1280] {
        browser.set_width(width);
        let styled = "return getComputedStyle(document.body).maxWidth !== 'none'";
        browser.wait_until("the style is in force", styled);
        let inside = "return document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(browser.run(inside), true, "{name} at {width} pixels");
        let words = "return [...document.querySelectorAll('main p, main h1, main dd, main label, main button')] \
                     .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)";
        let outside = browser.run(words);
        assert_eq!(outside, json!([]), "{name} at {width} pixels: out of its place");
        if matches!(width, 390 | 1280) {
            browser.screenshot(&format!("accounts-{name}-{width}"));
        }
    }
    let complaints = browser.complaints();
    let expected = |line: &String| line.contains("status of 404") || line.contains("status of 422");
    assert!(complaints.iter().all(expected), "{name}: {complaints:?}");
}
