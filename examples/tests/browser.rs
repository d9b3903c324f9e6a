//! The page in a real browser: what it does with the cookie, and what its buttons say.
//!
//! Without `chromedriver` these tests are listed as ignored; where `CLOAKROOM_REQUIRE` names
//! `browser`, its absence is a failure. Pictures of the page go to `target/screenshots`.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests fail so")]

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;

use support::server::Server;
use support::webdriver::{Browser, is_installed};

mod support;

fn main() {
    let required = std::env::var("CLOAKROOM_REQUIRE")
        .is_ok_and(|list| list.split([',', ' ']).any(|name| name == "browser"));
    let installed = is_installed();
    let story = |name: &str, story: fn(&Server, &Browser)| {
        let label = name.to_owned();
        let trial = Trial::test(name, move || {
            if !installed {
                return Err(Failed::from("CLOAKROOM_REQUIRE names browser: no chromedriver"));
            }
            // The server is dropped last, so that the browser never talks to nobody.
            let server = Server::start(&[]);
            story(&server, &Browser::start(&label));
            Ok(())
        });
        trial.with_ignored_flag(!installed && !required)
    };
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let trials = vec![
        story("a_visitor_comes_fills_the_pocket_and_leaves", the_whole_story),
        story("the_cookie_is_kept_with_every_attribute", attributes),
        story("a_session_gets_lifetimes_of_its_own", own_lifetimes),
        story("the_edges_say_what_they_are", edges),
        story("the_page_works_without_its_script", without_script),
        story("the_page_breaks_none_of_its_own_policy", policy),
        story("nothing_scrolls_sideways_on_a_small_screen", small_screens),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

fn the_whole_story(server: &Server, browser: &Browser) {
    browser.set_width(1280);
    browser.open(&server.origin());
    assert_eq!(browser.text("#who"), "Nobody yet");
    assert_eq!(browser.cookies(), [] as [serde_json::Value; 0], "reading makes no session");
    pictures(browser, "1-before");

    press(browser, "#visit", "200");
    assert_eq!(browser.text("#views"), "1");

    browser.type_into("#user", "Ada");
    press(browser, "#login", "200");
    assert_eq!(browser.text("#who"), "Ada");
    assert_eq!(browser.text("#views"), "1", "a login keeps the data");
    press(browser, "#visit", "200");
    pictures(browser, "2-logged-in");
    browser.set_dark(true);
    pictures(browser, "2-logged-in-dark");
    browser.set_dark(false);

    let under = browser.text("#under small");
    press(browser, "#under", "200");
    assert_eq!(format!("{} bytes", browser.text("#note")), under);
    let full = cookie(browser);
    pictures(browser, "3-just-under");

    let said = press(browser, "#over", "422");
    assert!(said.contains("Too large") && said.contains("4\u{202f}096"), "{said}");
    assert!(said.contains("still holds the last good one"), "{said}");
    assert_eq!(format!("{} bytes", browser.text("#note")), under);
    assert_eq!(cookie(browser)["value"], full["value"], "the last good cookie stays");
    pictures(browser, "4-just-over");

    choose(browser, "persistent", "true");
    press(browser, "#fill", "200");
    press(browser, "#lifetime", "200");

    press(browser, "#logout", "303");
    assert_eq!(browser.text("#who"), "Nobody yet");
    assert_eq!(browser.cookies(), [] as [serde_json::Value; 0], "the cookie was removed");
    pictures(browser, "6-logged-out");
}

fn attributes(server: &Server, browser: &Browser) {
    browser.open(&server.origin());
    press(browser, "#visit", "200");
    let cookie = cookie(browser);
    assert_eq!(cookie["name"], "__Host-session");
    assert_eq!(cookie["httpOnly"], true);
    assert_eq!(cookie["secure"], true);
    assert_eq!(cookie["sameSite"], "Lax");
    assert_eq!(cookie["path"], "/");
    assert_eq!(cookie["domain"], "localhost", "no dot: this host only");
    assert_eq!(cookie["expiry"], json!(null), "it ends with the browser");
    assert_eq!(browser.run("return document.cookie"), "", "the script cannot read it");
}

fn own_lifetimes(server: &Server, browser: &Browser) {
    browser.open(&server.origin());
    press(browser, "#visit", "200");
    choose(browser, "idle", "86400");
    choose(browser, "absolute", "43200");
    choose(browser, "persistent", "true");
    press(browser, "#lifetime", "200");
    let expiry = cookie(browser)["expiry"].as_u64().expect("the browser keeps it");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let left = expiry.saturating_sub(now.expect("a clock after 1970").as_secs());
    assert!((43_100..=43_201).contains(&left), "{left}");
    browser.set_width(1280);
    pictures(browser, "5-lifetimes");
    let times = browser.text("#live-times");
    assert!(times.contains("whether you keep coming or not"), "{times}");
    assert!(browser.text("#live-cookie").contains("Lifetimes"), "they take their eight bytes");
}

fn edges(server: &Server, browser: &Browser) {
    browser.open(&server.origin());
    press(browser, "#visit", "200");
    let before = cookie(browser);
    press(browser, "#session", "200");
    assert!(browser.text("#log li:first-child .headers").contains("vary: Cookie"));
    press(browser, "#untouched", "200");
    assert!(browser.text("#log li:first-child .headers").contains("vary: none"));
    press(browser, "#stream", "200");
    assert!(browser.text("#log li:first-child pre").contains("the response has left"));
    assert_eq!(cookie(browser)["value"], before["value"], "none of these sent a cookie");
    press(browser, "#fail", "500");
    assert_eq!(browser.text("#views"), "2", "the change is kept");
    browser.set_width(1280);
    pictures(browser, "7-edges");
}

fn without_script(server: &Server, browser: &Browser) {
    browser.disable_script();
    browser.open(&server.origin());
    browser.click("#visit");
    browser.wait_for_text("#views", "1");
    browser.type_into("#user", "Grace");
    browser.click("#login");
    browser.wait_for_text("#who", "Grace");
    browser.type_into("#bytes", "200");
    browser.click("#fill");
    browser.wait_for_text("#note", "200");
    let under = browser.text("#under small");
    browser.click("#under");
    browser.wait_for_text("#note", under.trim_end_matches(" bytes"));
    browser.click("#logout");
    browser.wait_for_text("#who", "Nobody yet");
}

fn policy(server: &Server, browser: &Browser) {
    browser.open(&server.origin());
    press(browser, "#visit", "200");
    browser.wait_until(
        "the style is in force",
        "return getComputedStyle(document.body).maxWidth !== 'none'",
    );
    assert_eq!(browser.complaints(), [] as [String; 0]);
}

fn small_screens(server: &Server, browser: &Browser) {
    browser.open(&server.origin());
    browser.type_into("#user", "Wolfeschlegelsteinhausenbergerdorff the Elder");
    press(browser, "#login", "200");
    press(browser, "#under", "200");
    for width in [360, 390, 768, 1280] {
        browser.set_width(width);
        let inside = "return document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(browser.run(inside), true, "at {width} pixels");
    }
    browser.set_width(390);
    browser.click("#close");
    assert_eq!(browser.run("return document.getElementById('log').offsetHeight"), 0);
}

/// Presses a button and waits for what the page says about the answer.
fn press(browser: &Browser, css: &str, status: &str) -> String {
    browser.run("document.querySelector('#log li')?.classList.add('seen')");
    browser.run(&format!("document.querySelector('{css}').scrollIntoView({{block: 'center'}})"));
    browser.click(css);
    let fresh = "#log li:first-child:not(.seen)";
    browser.wait_until(css, &format!("return !!document.querySelector('{fresh}')"));
    assert_eq!(browser.text(&format!("{fresh} .request b")), status, "{css}");
    browser.text(&format!("{fresh} .said"))
}

/// Chooses in a list by the value.
fn choose(browser: &Browser, list: &str, value: &str) {
    browser.run(&format!("document.getElementById('{list}').value = '{value}'"));
}

/// The one cookie that the browser holds.
fn cookie(browser: &Browser) -> serde_json::Value {
    let mut cookies = browser.cookies();
    assert_eq!(cookies.len(), 1, "{} cookies", cookies.len());
    cookies.remove(0)
}

/// The page as it is, wide and narrow.
fn pictures(browser: &Browser, name: &str) {
    for width in [390, 1280] {
        browser.set_width(width);
        // What happened lies over the end of a narrow page, where there is room for it.
        browser.run("scrollTo(0, innerWidth < 600 ? document.body.scrollHeight : 0)");
        browser.screenshot(&format!("{name}-{width}"));
    }
}
