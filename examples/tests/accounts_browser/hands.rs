//! What somebody does in a browser.

use super::support::server::Server;
use super::support::webdriver::Browser;

pub(crate) const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const NEW_PASSWORD: &str = "battery staple";

pub(crate) fn device(name: &str) -> Browser {
    Browser::start(&format!("accounts-{name}"))
}

pub(crate) fn open(browser: &Browser, server: &Server, page: &str) {
    browser.open(&format!("{}{page}", server.origin()));
}

pub(crate) fn sign_up(browser: &Browser, name: &str) {
    browser.click("a[href='/signup']");
    browser.wait_for_text("h1", "Sign up");
    browser.type_into("#name", name);
    browser.type_into("#password", PASSWORD);
    browser.type_into("#repeat", PASSWORD);
    browser.click("#send");
    browser.wait_for_text("h1", name);
}

pub(crate) fn log_in(browser: &Browser, name: &str, password: &str) {
    browser.type_into("#name", name);
    browser.type_into("#password", password);
    browser.click("#send");
}

pub(crate) fn change_password(browser: &Browser, current: &str, new: &str) {
    browser.type_into("#current", current);
    browser.type_into("#password", new);
    browser.type_into("#repeat", new);
    browser.click("#send");
}

/// The names in the list of devices.
pub(crate) fn devices(browser: &Browser) -> Vec<String> {
    let text = browser.text(".devices");
    let names = text.lines().filter(|line| !line.starts_with("Logged in "));
    names.filter(|line| !matches!(*line, "End" | "Log out")).map(str::to_owned).collect()
}

/// The session's cookie.
pub(crate) fn session(browser: &Browser) -> serde_json::Value {
    let cookies = browser.cookies();
    let session = cookies.into_iter().find(|cookie| cookie["name"] == "__Host-session");
    session.expect("a session")
}
