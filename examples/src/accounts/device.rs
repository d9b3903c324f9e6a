//! A short description of a device, for its owner to know it by.
//!
//! It is made of words of ours: nothing that a browser says of itself is repeated.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

/// What a browser says and what it is called; the first that fits counts, because most say they are
/// several.
const BROWSERS: [(&str, &str); 13] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Wget/", "wget"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
    ("BSD", "BSD"),
];

/// Such as `Firefox on Linux`.
pub(super) fn describe(headers: &HeaderMap) -> String {
    let says = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let browser = called(says, &BROWSERS)
        .or_else(|| says.contains("HeadlessChrome/").then_some("Chrome"))
        .unwrap_or("Some browser");
    match called(says, &SYSTEMS) {
        Some(system) => format!("{browser} on {system}"),
        None => browser.to_owned(),
    }
}

fn called(says: &str, table: &[(&str, &'static str)]) -> Option<&'static str> {
    table.iter().find(|(word, _)| says.contains(word)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(says: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, says.parse().expect("a header"));
        describe(&headers)
    }

    #[test]
    fn browsers_that_claim_to_be_several_are_told_apart() {
        for (says, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on an iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.9.1", "curl"),
        ] {
            assert_eq!(described(says), name);
        }
    }

    #[test]
    fn what_nobody_knows_is_not_repeated() {
        assert_eq!(described("<script>alert(1)</script>"), "Some browser");
        assert_eq!(describe(&HeaderMap::new()), "Some browser");
    }
}
