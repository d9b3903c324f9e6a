//! Pages behind the password, and the page that asks for it.

use axum::response::Response;
use cloakroom::Session;

use super::Page;
use crate::accounts::Site;
use crate::accounts::problem::Problem;
use crate::accounts::users::User;
use crate::accounts::visitor::Visitor;
use crate::page::{Html, words};

/// The question, on the way to `next`.
pub(in crate::accounts) fn confirm(
    site: &Site,
    user: &User,
    session: &Session<Visitor>,
    next: &str,
    problem: Option<&str>,
) -> Result<Response, Problem> {
    let title = "Your password, once more";
    let page = Page { site, session, user: Some(user), title, here: next, problem };
    page.show(
        include_str!("confirm.html"),
        &[
            ("next", Html::text(next)),
            ("name", Html::text(&user.name)),
            ("sudo", Html::text(words::span(site.sudo.as_secs()))),
        ],
    )
}

/// The note, as it is or as it was typed.
pub(in crate::accounts) fn note(
    site: &Site,
    user: &User,
    session: &Session<Visitor>,
    note: &str,
    problem: Option<&str>,
) -> Result<Response, Problem> {
    let page = Page {
        site,
        session,
        user: Some(user),
        title: "Your private note",
        here: "/note",
        problem,
    };
    page.show(include_str!("note.html"), &[("note", Html::text(note))])
}

/// The last question before an account is gone.
pub(in crate::accounts) fn delete(
    site: &Site,
    user: &User,
    session: &Session<Visitor>,
    problem: Option<&str>,
) -> Result<Response, Problem> {
    let title = "Delete your account";
    let page = Page { site, session, user: Some(user), title, here: "/delete", problem };
    page.show(include_str!("delete.html"), &[("name", Html::text(&user.name))])
}
