//! As much of the WebDriver protocol as the story needs, spoken to `chromedriver`.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use super::http;

/// How long a page may take to do what is expected of it.
const PATIENCE: Duration = Duration::from_secs(20);
/// The name under which the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Whether there is a driver on this machine.
pub fn is_installed() -> bool {
    let version = Command::new("chromedriver").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// A browser with a profile of its own; both are gone when it is dropped.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    addr: SocketAddr,
    session: String,
    profile: PathBuf,
}

impl Browser {
    /// Starts a driver on a free port and a browser under it.
    pub fn start(name: &str) -> Self {
        let profile = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("profile-{name}-{}", std::process::id()));
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver runs");
        let mut stdout = BufReader::new(driver.stdout.take().expect("its output"));
        let port = loop {
            let mut line = String::new();
            assert_ne!(stdout.read_line(&mut line).expect("it speaks"), 0, "no port was said");
            let words = line.trim().trim_end_matches('.').rsplit_once("successfully on port ");
            if let Some(port) = words.and_then(|(_, port)| port.parse::<u16>().ok()) {
                break port;
            }
        };
        std::thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
        let addr = SocketAddr::from(([127, 0, 0, 1], port));
        let mut browser = Self { driver, addr, session: String::new(), profile };
        let profile = format!("--user-data-dir={}", browser.profile.display());
        let args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
        let args: Vec<_> = args.into_iter().chain(["--disable-dev-shm-usage", &profile]).collect();
        let session = browser.call(
            "POST",
            "/session",
            &json!({ "capabilities": { "alwaysMatch": {
                "goog:chromeOptions": { "args": args },
                "goog:loggingPrefs": { "browser": "ALL" },
            }}}),
        );
        let id = session["sessionId"].as_str().expect("a session id");
        browser.session = format!("/session/{id}");
        browser
    }

    /// Opens an address and waits until the page is there.
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Presses the element that a CSS selector finds.
    pub fn click(&self, css: &str) {
        let element = self.find(css);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Empties a field and types into it.
    pub fn type_into(&self, css: &str, text: &str) {
        let element = self.find(css);
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// The text that is seen in an element.
    pub fn text(&self, css: &str) -> String {
        let text = self.get(&format!("/element/{}/text", self.find(css)));
        text.as_str().expect("text").to_owned()
    }

    /// Waits until an element shows this text, while one page takes another's place.
    pub fn wait_for_text(&self, css: &str, expected: &str) {
        let (start, query) = (Instant::now(), json!({ "using": "css selector", "value": css }));
        let shown = || {
            let found = self.try_call("POST", &format!("{}/element", self.session), &query)?;
            let element = found[ELEMENT].as_str().unwrap_or_default();
            let path = format!("{}/element/{element}/text", self.session);
            self.try_call("GET", &path, &Value::Null)
        };
        loop {
            let seen = shown();
            if seen.as_ref().is_ok_and(|text| text == expected) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{css} is {seen:?}, not {expected:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs a function's body in the page.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Asks again and again until the answer is true.
    pub fn wait_until(&self, what: &str, script: &str) {
        let start = Instant::now();
        while self.run(script) != json!(true) {
            assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The cookies that the browser would send to this page.
    pub fn cookies(&self) -> Vec<Value> {
        self.get("/cookie").as_array().expect("a list").clone()
    }

    /// What the console complained about since it was last asked.
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().expect("a list").clone();
        let severe = entries.into_iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].to_string()).collect()
    }

    /// Gives the page this width in CSS pixels.
    pub fn set_width(&self, width: u32) {
        let params =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", &params);
    }

    /// Turns the dark colours on or off.
    pub fn set_dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Says that it is another browser, from the next page on.
    pub fn set_user_agent(&self, agent: &str) {
        self.devtools("Emulation.setUserAgentOverride", &json!({ "userAgent": agent }));
    }

    /// Turns the page's script off, from the next page on.
    pub fn disable_script(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    }

    /// A picture of the whole page, for people to look at.
    pub fn screenshot(&self, name: &str) {
        let shot =
            self.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }));
        let png = base64::engine::general_purpose::STANDARD
            .decode(shot["data"].as_str().expect("a picture"))
            .expect("base64");
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&dir).expect("a folder for pictures");
        std::fs::write(dir.join(name).with_extension("png"), png).expect("a picture is written");
    }

    fn devtools(&self, command: &str, params: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": params }))
    }

    fn find(&self, css: &str) -> String {
        let found = self.post("/element", &json!({ "using": "css selector", "value": css }));
        found[ELEMENT].as_str().unwrap_or_else(|| panic!("nothing is {css}")).to_owned()
    }

    fn get(&self, path: &str) -> Value {
        self.call("GET", &format!("{}{path}", self.session), &Value::Null)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("{}{path}", self.session), body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_call(method, path, body).unwrap_or_else(|problem| panic!("{problem}"))
    }

    fn try_call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let json = [("Content-Type", "application/json")];
        let answer = http::request(self.addr, method, path, &json, &body);
        let mut value = answer.json();
        match answer.status {
            200 => Ok(value["value"].take()),
            _ => Err(format!("{method} {path}: {}", value["value"]["message"])),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is killed leaves its browser behind, so that the browser goes first.
        if !self.session.is_empty() {
            http::request(self.addr, "DELETE", &self.session, &[], "");
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}
