//! The account itself, and its password.

use axum::response::Response;
use cloakroom::{Session, auth};

use super::{Page, time};
use crate::accounts::Site;
use crate::accounts::problem::Problem;
use crate::accounts::users::User;
use crate::accounts::visitor::{Visitor, now};
use crate::page::{Html, words};

/// Who is here, and what there is to do.
pub(in crate::accounts) async fn page(
    site: &Site,
    user: &User,
    session: &Session<Visitor>,
) -> Result<Response, Problem> {
    let devices = match site.level.lists_devices() {
        true => auth::devices(&site.sessions, user.subject()).await?.len().to_string(),
        false => "not counted".to_owned(),
    };
    let began = session.created().map_or_else(now, |moment| moment.as_unix());
    let ends = session.expires().map_or_else(now, |moment| moment.as_unix());
    let page =
        Page { site, session, user: Some(user), title: "Your account", here: "/", problem: None };
    page.show(
        include_str!("account.html"),
        &[
            ("id", Html::text(user.id)),
            ("name", Html::text(&user.name)),
            ("joined", time::day(user.joined)),
            ("began", time::ago(began)),
            ("ends", time::ahead(ends)),
            ("devices", Html::text(devices)),
            ("sudo", Html::text(words::span(site.sudo.as_secs()))),
        ],
    )
}

/// The form for another password.
pub(in crate::accounts) fn password(
    site: &Site,
    user: &User,
    session: &Session<Visitor>,
    problem: Option<&str>,
) -> Result<Response, Problem> {
    let page = Page {
        site,
        session,
        user: Some(user),
        title: "Change your password",
        here: "/password",
        problem,
    };
    page.show(include_str!("password.html"), &[("name", Html::text(&user.name))])
}
