//! The pages: what the routes found out, as HTML.
//!
//! They are templates with places, and everything that somebody typed goes through [`Html::text`].

pub(super) mod account;
pub(super) mod devices;
pub(super) mod door;
pub(super) mod sudo;
mod time;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use cloakroom::Session;
use cloakroom::auth::csrf;
use cloakroom::auth::flash::{self, Message};

use super::Site;
use super::problem::Problem;
use super::settings::Level;
use super::users::User;
use super::visitor::Visitor;
use crate::page::Html;

/// The style of the demonstration page, and what is added here.
pub(super) const STYLE: &str =
    concat!(include_str!("../../page/page.css"), include_str!("accounts.css"));

/// A page of somebody's session.
struct Page<'p> {
    site: &'p Site,
    session: &'p Session<Visitor>,
    user: Option<&'p User>,
    title: &'p str,
    /// Where it is in the navigation.
    here: &'p str,
    /// What is wrong with the form that was sent.
    problem: Option<&'p str>,
}

impl Page<'_> {
    /// The page around `template`, whose places these values fill beside `{{csrf}}` and `{{problem}}`.
    fn show(&self, template: &str, values: &[(&str, Html)]) -> Result<Response, Problem> {
        let csrf = match self.user.is_some() || template.contains("{{csrf}}") {
            true => token(self.session)?,
            // Without a form nobody needs a session.
            false => Html::default(),
        };
        let problem = self.problem.map_or_else(Html::default, |says| {
            Html::ours(format!(r#"<p class="problem" role="alert">{}</p>"#, Html::text(says)))
        });
        let mut values = values.to_vec();
        values.extend([("csrf", csrf.clone()), ("problem", problem)]);
        let main = Html::template(template, &values);
        let html = layout(
            self.title,
            &[
                ("nav", self.navigation(csrf)),
                ("development", development(self.site)),
                ("messages", messages(&flash::take(self.session)?)),
                ("main", main),
                ("foot", Html::ours(about(self.site.level))),
            ],
        );
        let bad = self.problem.is_some();
        let status = if bad { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        Ok(respond(status, html))
    }

    fn navigation(&self, csrf: Html) -> Html {
        if self.user.is_none() {
            return Html::ours(include_str!("nav_visitor.html"));
        }
        let mut links = String::new();
        for (page, name) in [
            ("/", "Account"),
            ("/devices", "Devices"),
            ("/password", "Password"),
            ("/note", "Note"),
        ] {
            let current = if page == self.here { r#" aria-current="page""# } else { "" };
            links.push_str(&format!(r#"<li><a href="{page}"{current}>{name}</a></li>"#));
        }
        let values = [("links", Html::ours(links)), ("csrf", csrf)];
        Html::template(include_str!("nav_member.html"), &values)
    }
}

/// A page about a request that was not answered as it was meant; nobody's session is asked for it.
pub(super) fn problem(status: StatusCode, title: &str, says: &str) -> Response {
    let values = [("title", Html::text(title)), ("says", Html::text(says))];
    let main = Html::template(include_str!("problem.html"), &values);
    let nothing = Html::default;
    let html = layout(
        title,
        &[
            ("nav", nothing()),
            ("development", nothing()),
            ("messages", nothing()),
            ("main", main),
            ("foot", nothing()),
        ],
    );
    respond(status, html)
}

fn layout(title: &str, values: &[(&str, Html)]) -> Html {
    let mut values = values.to_vec();
    values.push(("title", Html::text(title)));
    Html::template(include_str!("layout.html"), &values)
}

fn respond(status: StatusCode, html: Html) -> Response {
    let headers: [(HeaderName, &str); 2] =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (status, headers, html.into_string()).into_response()
}

/// The field that every form carries.
fn token(session: &Session<Visitor>) -> Result<Html, Problem> {
    let token = Html::text(csrf::token(session)?);
    Ok(Html::ours(format!(r#"<input type="hidden" name="csrf" value="{token}">"#)))
}

fn messages(messages: &[Message]) -> Html {
    let mut items = String::new();
    for Message { level, text } in messages {
        let text = Html::text(text);
        items.push_str(&format!(r#"<p class="message {level}">{text}</p>"#));
    }
    match items.is_empty() {
        true => Html::default(),
        false => Html::ours(format!(r#"<div id="messages" role="status">{items}</div>"#)),
    }
}

fn development(site: &Site) -> Html {
    Html::ours(if site.development {
        r#"<p class="warning"><b>Development ring.</b> The key was made when this process started and ends with it: so does every session.</p>"#
    } else {
        ""
    })
}

/// What the level comes to, for those who look at the example.
fn about(level: Level) -> &'static str {
    match level {
        Level::S1 => {
            "<b>Level S1.</b> Sessions are in their cookies alone. A changed password ends the others."
        }
        Level::S2 => {
            "<b>Level S2.</b> Sessions are in their cookies; the server keeps a list of those that have ended."
        }
        Level::S3 => {
            "<b>Level S3.</b> Sessions are in their cookies; the server keeps a row for each login."
        }
        Level::S4 => {
            "<b>Level S4.</b> The cookie says which session it is; the server keeps the session, sealed."
        }
    }
}
