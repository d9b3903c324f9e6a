//! Pages for those who are not logged in.

use axum::response::Response;
use cloakroom::Session;

use super::Page;
use crate::accounts::Site;
use crate::accounts::problem::Problem;
use crate::accounts::visitor::Visitor;
use crate::page::Html;

/// What there is here.
pub(in crate::accounts) fn welcome(
    site: &Site,
    session: &Session<Visitor>,
) -> Result<Response, Problem> {
    let page = Page { site, session, user: None, title: "Welcome", here: "/", problem: None };
    page.show(include_str!("welcome.html"), &[])
}

/// The form for a new account, with the name that was typed.
pub(in crate::accounts) fn signup(
    site: &Site,
    session: &Session<Visitor>,
    name: &str,
    problem: Option<&str>,
) -> Result<Response, Problem> {
    let page = Page { site, session, user: None, title: "Sign up", here: "/signup", problem };
    page.show(include_str!("signup.html"), &[("name", Html::text(name))])
}

/// The form to log in, which leads to `next`.
pub(in crate::accounts) fn login(
    site: &Site,
    session: &Session<Visitor>,
    name: &str,
    next: &str,
    problem: Option<&str>,
) -> Result<Response, Problem> {
    let page = Page { site, session, user: None, title: "Log in", here: "/login", problem };
    let values = [("name", Html::text(name)), ("next", Html::text(next))];
    page.show(include_str!("login.html"), &values)
}
