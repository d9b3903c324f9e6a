//! A device of somebody: a client that fills in forms.

use super::support::client::Client;
use super::support::http::Answer;
use super::support::server::Server;

pub(crate) const LEVELS: [&str; 4] = ["s1", "s2", "s3", "s4"];
/// The levels that know where somebody is logged in.
pub(crate) const LISTING: [&str; 2] = ["s3", "s4"];
pub(crate) const PASSWORD: &str = "correct horse";

const LINUX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1";

/// The site at a level, and whatever else is set.
pub(crate) fn site(level: &str, more: &[(&str, &str)]) -> Server {
    let mut env = vec![("CLOAKROOM_LEVEL", level)];
    env.extend(more);
    Server::start_program(env!("CARGO_BIN_EXE_accounts"), &env)
}

/// A browser that is used by somebody.
#[derive(Clone)]
pub(crate) struct Device {
    client: Client,
    agent: &'static str,
}

impl Device {
    pub(crate) fn laptop(server: &Server) -> Self {
        Self { client: Client::new(server), agent: LINUX }
    }

    pub(crate) fn phone(server: &Server) -> Self {
        Self { client: Client::new(server), agent: PHONE }
    }

    /// The same cookies, sent to another server.
    pub(crate) fn walk_to(self, server: &Server) -> Self {
        Self { client: self.client.walk_to(server), ..self }
    }

    pub(crate) fn cookies(&self) -> String {
        self.client.cookies()
    }

    pub(crate) fn get(&mut self, target: &str) -> Answer {
        self.client.send("GET", target, &[("User-Agent", self.agent)], "")
    }

    /// Sends these fields as they are.
    pub(crate) fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let form = form.extend_pairs(fields).finish();
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        self.client.send("POST", target, &[("User-Agent", self.agent), kind], &form)
    }

    /// Opens `page`, fills in the form on it and sends it to `target`.
    pub(crate) fn fill(&mut self, page: &str, target: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token(page);
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.post(target, &fields)
    }

    /// Sends a form so slowly that `meanwhile` happens between the look at the session and the fields.
    pub(crate) fn post_slowly(
        &mut self,
        target: &str,
        fields: &[(&str, &str)],
        meanwhile: impl FnOnce(),
    ) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let begun = self.client.begin(target, &form);
        meanwhile();
        self.client.end(begun, &form)
    }

    /// The token of the forms on a page.
    pub(crate) fn token(&mut self, page: &str) -> String {
        let answer = self.get(page);
        assert_eq!(answer.status, 200, "{page}: {}", answer.body());
        let page = answer.body();
        let token = page.split(r#"name="csrf" value=""#).nth(1).expect("a form with a token");
        token.split('"').next().expect("its end").to_owned()
    }

    pub(crate) fn sign_up(&mut self, name: &str) {
        let fields = [("name", name), ("password", PASSWORD), ("repeat", PASSWORD)];
        let answer = self.fill("/signup", "/signup", &fields);
        assert_eq!(location(&answer), Some("/"), "{}", answer.body());
        assert!(self.is_in());
    }

    pub(crate) fn log_in(&mut self, name: &str, password: &str) -> Answer {
        self.fill("/login", "/login", &[("name", name), ("password", password)])
    }

    /// Whether somebody is logged in here.
    pub(crate) fn is_in(&mut self) -> bool {
        let answer = self.get("/password");
        match answer.status {
            200 => true,
            303 => {
                assert_eq!(location(&answer), Some("/login?next=/password"));
                false
            }
            other => panic!("{other}: {}", answer.body()),
        }
    }

    /// The devices that the page lists: names, and the values of their buttons.
    pub(crate) fn list(&mut self) -> Vec<(String, String)> {
        let page = self.get("/devices").body();
        let items = page.split(r#"<li class="device"#).skip(1);
        let name = |item: &str| between(item, r#"<p class="label">"#, " <").to_owned();
        let id = |item: &str| between(item, r#"name="device" value=""#, "\"").to_owned();
        let label = |item: &str| match item.starts_with(" this") {
            true => format!("{} (this)", name(item)),
            false => name(item).replace("</p>", ""),
        };
        items.map(|item| (label(item), id(item))).collect()
    }
}

/// Where an answer leads to.
pub(crate) fn location(answer: &Answer) -> Option<&str> {
    answer.all("location").first().copied()
}

/// What stands between two texts.
pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().expect("a beginning")
}
